from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

from itam.home import Home
from itam.quality import arrival, gate, gx
from itam.quality.decisions import Decisions
from itam.quality.policy import GatePolicy, Meaning, load
from itam.quality.suites import Expectation, Filled, Listed, Rule, Suite, Unique

ALL = "select * from things"
WRONG: tuple[Expectation, ...] = (
    Rule(
        "rule",
        "no nines",
        "select 'a feed' as feed, 'd' || n as delivery, 'n is ' || n as observed from things where n = 9",
    ),
    Filled("filled", "words are there", "word"),
    Unique("unique", "pairs are unique", ("twice", "word")),
    Listed("listed", "words are known", "word", ("good",)),
)
RIGHT: tuple[Expectation, ...] = (
    Rule("rule", "no hundreds", "select n as observed from things where n = 100"),
    Filled("filled", "numbers are there", "n"),
    Unique("unique", "pairs are unique", ("n", "twice")),
    Listed("listed", "words are known", "word", ("good", "bad")),
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Ten things."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            "create table things as select cast(n as varchar) as n, n % 5 as twice,"
            " case n when 3 then 'bad' when 4 then null else 'good' end as word from range(10) as t(n)"
        )
    return path


def inspect(database: Path, *expectations: Expectation, batch: str = ALL) -> list[tuple[str, int, str]]:
    """Check, failing rows, and crash of what was found."""
    found = gx.inspect(database, [Suite("things", "", batch, expectations)], {"threads": 1})
    return [(f.check_id, f.failing_rows, f.crash) for f in found]


def test_each_kind_of_expectation_finds_what_is_wrong_and_passes_what_is_right(database: Path) -> None:
    """A gate that lets everything through looks like a gate where everything is fine."""
    assert inspect(database, *RIGHT) == [(e.check_id, 0, "") for e in RIGHT]
    assert inspect(database, *WRONG) == [("rule", 1, ""), ("filled", 1, ""), ("unique", 6, ""), ("listed", 1, "")]


def test_a_finding_names_feed_delivery_and_examples(database: Path) -> None:
    """Whoever must repair it needs to know where to begin."""
    (found,) = gx.inspect(database, [Suite("things", "", ALL, WRONG[:1])], {"threads": 1})
    assert (found.feed, found.delivery, found.examples) == ("a feed", "d9", "n is 9")


def test_the_library_still_needs_its_patch(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version of the library that changes the private name must fail here, not in a refresh."""
    monkeypatch.setattr(gx, "keep_connections_open", lambda: None)
    monkeypatch.setattr(
        engine,
        "_PERSISTED_CONNECTION_DIALECTS",
        tuple(d for d in engine._PERSISTED_CONNECTION_DIALECTS if getattr(d, "value", d) != "duckdb"),
    )
    crashes = [crash for _, _, crash in inspect(database, *RIGHT) if crash]
    assert crashes, "without the patch everything works: remove it"


def test_a_check_that_crashed_has_neither_passed_nor_failed(database: Path) -> None:
    """A crash also says success = false; counted as a failure it blames the data, as a pass it lets everything in."""
    broken = Rule("broken", "", "select nothing_of_that_name from things")
    (check, rows, crash), right = inspect(database, broken, RIGHT[0])
    assert (check, rows) == ("broken", 0)
    assert "nothing_of_that_name" in crash
    assert right == ("rule", 0, "")
    assert all(crash for *_, crash in inspect(database, *RIGHT[1:], batch="select * from no_such_table"))


def meaning(severity: str) -> dict[str, str]:
    """A row of the policy."""
    row = {"check_id": "broken", "feed": "", "severity": severity, "tolerance": "", "owner_role": "", "reason": ""}
    return {**row, "what_to_do": ""}


def test_a_crash_blocks_under_its_name_whatever_its_severity(database: Path) -> None:
    """What could not be checked must not be published, not even when the check would only have warned."""
    found = gx.inspect(database, [Suite("s", "", ALL, (Rule("broken", "", "select x"),))], {"threads": 1})
    (result,) = gate.judge(found, GatePolicy([meaning("warn")]), Decisions([], result_day()))
    assert (result.check_id, result.outcome, result.blocks) == ("broken", "crashed", True)


def result_day() -> Any:
    """Some day."""
    from datetime import date

    return date(2026, 6, 30)


def test_the_checking_process_lets_go_of_the_warehouse(tmp_path: Path, database: Path) -> None:
    """The library holds a file it has opened until it ends; dbt has to write that file a moment later."""
    home = Home(tmp_path / "it's 100 % $HOME #1")  # and what the folder is called does not matter
    home.create()
    database = database.rename(home.warehouse)
    suites = [Suite("things", "", ALL, WRONG)]
    gate.warm_up()
    findings = gate.Inspection(home, suites).findings()
    assert [f.failing_rows for f in findings] == [1, 1, 6, 1]
    with duckdb.connect(str(database)) as con:
        con.execute("create table written_after as select 1")


def test_a_checking_process_that_dies_is_a_crash_of_every_check(tmp_path: Path, database: Path) -> None:
    """The kernel ends the hungriest process first, and the one that checks must not be missed in silence."""
    inspection = gate.Inspection(Home(tmp_path), [Suite("things", "", ALL, WRONG)])
    inspection._process.kill()
    findings = inspection.findings()
    assert [f.check_id for f in findings] == [e.check_id for e in WRONG]
    assert all("ended without an answer" in f.crash for f in findings)


ORPHAN = """
import os, signal, sys
from pathlib import Path
from itam.home import Home
from itam.quality import gate
from itam.quality.suites import Rule, Suite
hours = "select count(*) as observed from range(100000) as a(i), range(10000000) as b(i) where a.i > b.i"
slow = Rule("slow", "", hours)
inspection = gate.Inspection(Home(Path(sys.argv[1])), [Suite("slow", "", "select 1 as x", (slow,))])
assert not inspection._receiver.poll(5)
print(inspection._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_checking_process_dies_with_the_refresh_that_asked(tmp_path: Path, database: Path) -> None:
    """A refresh that was killed is started again at once, and must not find the warehouse held by what it left."""
    dead = subprocess.run([sys.executable, "-c", ORPHAN, str(tmp_path)], capture_output=True, text=True, check=False)
    assert dead.returncode == -signal.SIGKILL, dead.stderr
    pid, until = int(dead.stdout), time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < until, "it goes on without anybody who asked"
        time.sleep(0.05)
    duckdb.connect(str(database)).close()


def is_alive(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_a_million_rows_of_one_feed_take_three_seconds(tmp_path: Path) -> None:
    """A gate that takes minutes is left out on the day it is needed."""
    from itam.feeds import load_feeds

    feed = load_feeds()["hardware_asset"]
    database = tmp_path / "warehouse.duckdb"
    words = {
        "asset_id": "'A' || i",
        "currency": "'USD'",
        "asset_class": "'class ' || i % 9",
        "serial_number": "'SN' || i",
    }
    columns = [
        f"{words.get(c.name) or {'date': dates(i), 'timestamp': dates(i)}.get(c.data_type, numbers(i))} as {c.name}"
        for i, c in enumerate(feed.described, start=3)
    ]
    with duckdb.connect(str(database)) as con:
        con.execute(
            f"""
            create schema raw; create schema quality;
            create table raw.hardware_asset as
                select 'cmdb' as source_system, timestamp '2026-06-30 02:00:00' as extracted_at, 'b' as batch_id,
                    'upsert' as change_type, i as row_id, 'A' || i as row_key, {", ".join(columns)}
                from range(1000000) as t(i);
            create table raw.person as select 'upsert' as change_type, 'P' || i as person_id from range(20000) as t(i);
            create table raw.fx_rate as select 'EUR' as from_currency, 'USD' as to_currency;
            create table quality.gate_pending as select 'b' as delivery, 'hardware_asset' as feed;
            """
        )
    (suite, _) = arrival.suites(load_feeds(), {"hardware_asset"}, load(None), "USD")
    gx.inspect(database, [Suite("warm", "", "select 1 as x", ())], {"threads": 2})
    began, cpu = time.perf_counter(), time.process_time()
    findings = gx.inspect(database, [suite], {"threads": 2})
    took, worked = time.perf_counter() - began, time.process_time() - cpu
    assert [f.crash for f in findings if f.crash] == []
    # two threads worked: half of their time is what a machine with nothing else to do needs
    assert min(took, worked / 2 + 1) <= 3, (took, worked)


def dates(salt: int) -> str:
    """Days as text."""
    return f"cast(date '2015-01-01' + cast(hash(i * {salt}) % 4000 as integer) as varchar)"


def numbers(salt: int) -> str:
    """Numbers as text."""
    return f"cast(500 + hash(i * {salt}) % 2000 as varchar)"


def test_policy_with_a_severity_nobody_knows_is_refused() -> None:
    """'warning' for 'warn' must not silently mean that nothing blocks."""
    from itam.quality.policy import GatePolicyError

    with pytest.raises(GatePolicyError, match="severity of 'broken' is 'warning'"):
        GatePolicy([meaning("warning")])
    with pytest.raises(GatePolicyError, match="not a number"):
        GatePolicy([{**meaning("warn"), "tolerance": "a lot"}])


def test_a_feed_can_have_a_meaning_of_its_own() -> None:
    """What is a nuisance in one feed is a catastrophe in another."""
    policy = GatePolicy([meaning("warn"), {**meaning("block"), "feed": "cost_line", "tolerance": "0.1"}])
    assert policy.of("broken", "person").severity == "warn"
    assert policy.of("broken", "cost_line") == Meaning("block", Decimal("0.1"), "", "", "")
