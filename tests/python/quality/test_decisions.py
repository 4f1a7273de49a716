from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from itam.cli.main import app
from itam.home import Home
from itam.publishing import status
from itam.quality import gate, ledger
from itam.quality.decisions import Decision, Decisions
from itam.quality.ledger import CheckResult
from itam.quality.policy import GatePolicy
from itam.quality.suites import Finding

TODAY = date(2026, 6, 30)


def policy(severity: str) -> GatePolicy:
    """What `x` means."""
    row = {"check_id": "x", "feed": "", "severity": severity, "tolerance": "", "owner_role": "", "reason": ""}
    return GatePolicy([{**row, "what_to_do": ""}])


def word(decision: str, until: str = "2026-07-31", delivery: str = "", at: str = "2026-06-29") -> Decision:
    """Somebody's word."""
    return Decision(datetime.fromisoformat(at), decision, "x", delivery, "why", "Ann", date.fromisoformat(until))


def judged(severity: str, *decided: Decision, delivery: str = "d1") -> CheckResult:
    """What follows from a failed check."""
    finding = Finding("x", "", "s", "", delivery, 3, "first\nsecond")
    (result,) = gate.judge([finding], policy(severity), Decisions(list(decided), TODAY))
    return result


@pytest.mark.parametrize(
    ("severity", "decided", "decision"),
    [
        ("block", [], "block"),
        ("compromise", [], "compromise"),
        ("warn", [], "publish"),
        ("block", [word("accept")], "publish"),
        ("compromise", [word("accept")], "publish"),
        ("warn", [word("reject")], "block"),
        ("block", [word("accept", until="2026-06-30")], "publish"),  # the last day counts
        ("block", [word("accept", until="2026-06-29")], "block"),  # and then it is over
        ("block", [word("accept"), word("reject", at="2026-06-30")], "block"),  # taken back
        ("block", [word("accept", delivery="d1")], "publish"),
        ("block", [word("accept", delivery="another")], "block"),
        (
            "block",
            [word("accept"), word("reject", delivery="d1", at="2026-06-01")],
            "block",
        ),  # the delivery's own counts
    ],
)
def test_what_follows_from_a_failed_check(severity: str, decided: list[Decision], decision: str) -> None:
    """A person may decide otherwise than policy, for a time, and nobody else may."""
    assert judged(severity, *decided).decision == decision


def test_a_decision_is_told_with_who_why_and_until_when() -> None:
    """An acceptance nobody can find out about is a lie with a date."""
    result = judged("block", word("accept"))
    assert (result.overridden_by, result.override_reason, result.until) == ("Ann", "why", date(2026, 7, 31))
    assert (result.observed, result.failing_rows) == ("first (and 2 more)", 3)


def test_findings_of_one_check_and_delivery_are_one_result() -> None:
    """The log has one line per check and delivery, passed or not."""
    found = [
        Finding("x", "", "f", "f", "d1", 1, "a"),
        Finding("x", "", "f", "f", "d1", 2, "b"),
        Finding("x", "", "f", "f"),
    ]
    (result,) = gate.judge(found, policy("warn"), Decisions([], TODAY))
    assert (result.check_id, result.delivery, result.failing_rows, result.examples) == ("f.x", "d1", 3, ("a", "b"))
    (passed,) = gate.judge([Finding("x", "", "f", "f")] * 3, policy("warn"), Decisions([], TODAY))
    assert (passed.outcome, passed.decision) == ("passed", "publish")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A warehouse that a refresh has been in."""
    home = Home(tmp_path)
    home.create()
    with duckdb.connect(str(home.warehouse)) as con:
        ledger.create(con, home.link)
        con.execute("create schema raw")
        con.execute(
            "create table raw.deliveries as select * from (values"
            " ('cmdb/hardware_asset/1', 'cmdb', 'hardware_asset', timestamp '2026-06-01 02:00:00', 'accepted'),"
            " ('cmdb/hardware_asset/2', 'cmdb', 'hardware_asset', timestamp '2026-06-08 02:00:00', 'accepted'),"
            " ('cmdb/hardware_asset/3', 'cmdb', 'hardware_asset', timestamp '2026-06-15 02:00:00', 'quarantined')"
            ") as t (batch_id, source_system, feed, extracted_at, status)"
        )
    status.write(home)
    return home


def marks(home: Home, *results: CheckResult, lists: bool = True) -> list[tuple[Any, ...]]:
    """What the KPIs carry because of results."""
    with duckdb.connect(str(home.warehouse)) as con:
        gate.mark(con, "arrival", results, {"hardware_asset"} if lists else set())
        return con.execute(
            "select feed, kpi_id, is_compromised, valid_from, valid_to from quality.gate_marks order by all"
        ).fetchall()


def result(**changed: Any) -> CheckResult:
    """A result that lowers trust."""
    said: dict[str, Any] = {
        "check_id": "x",
        "severity": "compromise",
        "expected": "",
        "outcome": "failed",
        "observed": "seen",
        "delivery": "cmdb/hardware_asset/1",
        "feed": "hardware_asset",
        "decision": "compromise",
    }
    return CheckResult(**{**said, **changed})


def test_a_mark_holds_while_its_delivery_counts(home: Home) -> None:
    """A bad list lowers trust until a good one replaces it; a bad ledger line for good."""
    assert marks(home, result()) == [("hardware_asset", None, True, date(2026, 6, 1), date(2026, 6, 8))]
    assert marks(home, result(), lists=False)[0][-1] == date(9999, 12, 31)
    second = marks(home, result(delivery="cmdb/hardware_asset/2"))
    assert second == [("hardware_asset", None, True, date(2026, 6, 8), date(9999, 12, 31))]


def test_marks_are_of_the_kpis_that_a_check_names(home: Home) -> None:
    """Lowering the trust of forty KPIs for one that is wrong teaches people to ignore it."""
    found = marks(home, result(kpis=("a", "b"), delivery="", feed=None))
    assert [(kpi, since) for _, kpi, _, since, _ in found] == [("a", date(1, 1, 1)), ("b", date(1, 1, 1))]
    assert marks(home, result(decision="publish")) == []
    assert marks(home, result(check_id="inventory_accuracy")) == []  # kpi_results applies that rule by the day
    (accepted,) = marks(home, result(decision="publish", overridden_by="Ann", override_reason="why", until=TODAY))
    assert accepted[2] is False


def run(home: Home, *arguments: str) -> tuple[int, str]:
    """`itam gate ...`."""
    answer = CliRunner().invoke(app, ["gate", *arguments, "--home", str(home.root)])
    return answer.exit_code, answer.output


def test_a_decision_on_the_command_line_is_recorded_and_listed(home: Home) -> None:
    """Who, when, why and until when, for whoever asks a year later."""
    code, said = run(home, "accept", "kpi_jump", "--reason", "new site", "--until", "2026-12-24", "--by", "Ann")
    with duckdb.connect(str(home.warehouse)) as con:
        rows = con.execute(
            "select decision, check_id, delivery, reason, decided_by from quality.gate_decisions"
        ).fetchall()
    if date.today() > date(2026, 12, 24):
        assert code == 1
        return
    assert (code, rows) == (0, [("accept", "kpi_jump", "", "new site", "Ann")]), said
    assert "new site" in run(home, "list")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing_such", "--reason", "x", "--until", "TOMORROW"], "no check is called 'nothing_such'"),
        (["kpi_jump", "--reason", "x", "--until", "2020-01-01"], "is past"),
        (["kpi_jump", "--reason", " ", "--until", "TOMORROW"], "needs a reason"),
        (["kpi_jump", "--reason", "x", "--until", "2999-01-01"], "longer than a year"),
        (["dbt:not_null", "--reason", "x", "--until", "TOMORROW"], "nobody can decide"),
    ],
)
def test_what_is_no_decision_is_refused_in_one_line(home: Home, arguments: list[str], said: str) -> None:
    """An acceptance without a reason, an end or a subject is not one."""
    tomorrow = date.fromordinal(date.today().toordinal() + 1).isoformat()
    code, output = run(home, "accept", *(tomorrow if a == "TOMORROW" else a for a in arguments))
    assert code == 1
    assert said in output
    assert len(output.strip().splitlines()) == 1


def test_decisions_outlive_the_warehouse(home: Home) -> None:
    """A warehouse that is deleted to be rebuilt must not forget what was accepted, and by whom."""
    assert run(home, "reject", "kpi_jump", "--reason", "look first", "--by", "Ann")[0] == 0
    home.warehouse.unlink()
    with duckdb.connect(str(home.warehouse)) as con:
        ledger.create(con, home.link, home.status)
        assert con.execute("select decided_by, decision from quality.gate_decisions").fetchall() == [("Ann", "reject")]


def test_only_what_is_new_is_looked_at_and_what_marks_a_kpi_stays_under_watch(home: Home) -> None:
    """A year of history is not checked again every night, but a bad delivery in force is."""
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute(
            "create table raw.delivery_files as select batch_id, 'f' as folder, 'n' as file_name, 'x' as sha256"
            " from raw.deliveries"
        )
        ledger.record_arrivals(con, "r1")
        assert gate.pending_feeds(con) == {"hardware_asset"}
        ledger.record_checks(con, "r1", datetime(2026, 6, 30), [result()])
        gate.clear(con, "r1")
        gate.pending_feeds(con)
        pending = "select delivery from quality.gate_pending order by 1"
        assert con.execute(pending).fetchall() == [("cmdb/hardware_asset/1",)]
        con.execute("update raw.delivery_files set sha256 = 'other' where batch_id like '%/2'")  # delivered again
        ledger.record_arrivals(con, "r2")
        gate.pending_feeds(con)
        assert len(con.execute(pending).fetchall()) == 2
