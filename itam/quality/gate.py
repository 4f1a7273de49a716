"""The gate: holds a warehouse against its suites, and says what each result means.

Here: running the checks in a process of its own, the decision on every finding, and the marks that a published KPI
carries because of one. Not here: what is checked (``arrival``, ``departure``), and when (``itam.refresh``).
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import traceback
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb

from itam.home import Home
from itam.quality.decisions import ACCEPT, REJECT, Decision, Decisions
from itam.quality.ledger import CheckResult
from itam.quality.policy import GatePolicy
from itam.quality.suites import EXAMPLES, Finding, Suite


class DecisionError(Exception):
    """A decision that cannot be recorded; the message is one line for the person who made it."""


TIMEOUT_SECONDS = 900
"""After this long a checking process counts as crashed."""
APPLIED_BY_THE_MODEL = "inventory_accuracy"
"""The guide's rule lowers trust day by day; kpi_results does that from the policy and the register's own accuracy."""


# --- a process of its own --------------------------------------------------------------------------------------------


def warm_up() -> None:
    """Begin to load Great Expectations in the background: it takes seconds, which landing and dbt need anyway."""
    _context()
    forkserver.ensure_running()


def _context() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["itam.quality.gx"])
    return context


class Inspection:
    """Suites being held against the warehouse by another process, which lets go of the file when it ends."""

    def __init__(self, home: Home, suites: list[Suite], docs: Path | None = None) -> None:
        self.suites = suites
        self._receiver: Connection | None = None
        if suites:
            config = {
                "threads": 2,
                "memory_limit": os.environ.get("ITAM_MEMORY_LIMIT", "4GB"),
                "temp_directory": str(home.root / "tmp"),
            }
            self._receiver, sender = multiprocessing.Pipe()
            self._process = _context().Process(
                target=_inspect, args=(sender, home.warehouse, suites, config, docs), daemon=True
            )
            self._process.start()
            sender.close()

    def findings(self) -> list[Finding]:
        """What was found; a process that died or hangs is a crash of every check."""
        if self._receiver is None:
            return []
        try:
            answer = self._receiver.recv() if self._receiver.poll(TIMEOUT_SECONDS) else "gave no answer in time"
        except (EOFError, OSError):
            answer = "ended without an answer"
        self._process.kill() if answer == "gave no answer in time" else None
        self._process.join()
        self._receiver.close()
        if isinstance(answer, list):
            return answer
        return [
            Finding(e.check_id, e.expected, suite.name, suite.feed, crash=f"the checking process {answer}")
            for suite in self.suites
            for e in suite.expectations
        ]


def _inspect(
    sender: Connection, database: Path, suites: list[Suite], config: dict[str, Any], docs: Path | None
) -> None:
    """Run in the other process: answer, or die with whoever asked."""
    threading.Thread(target=_die_with, args=(sender,), daemon=True).start()
    try:
        from itam.quality import gx

        os.chdir(database.parent)  # what a folder is called must not matter to the address that the library reads
        sender.send(gx.inspect(Path(database.name), suites, config, docs))
    except Exception:
        sender.send(f"failed: {traceback.format_exc(limit=-1).strip().splitlines()[-1]}")


def _die_with(sender: Connection) -> None:
    """Whoever asked sends nothing: when there is something to read it is the end of that process."""
    sender.poll(None)
    os._exit(1)


# --- what a finding means --------------------------------------------------------------------------------------------


def judge(findings: Iterable[Finding], policy: GatePolicy, decisions: Decisions) -> list[CheckResult]:
    """One result per check and delivery that fails, else one per check that says passed."""
    merged: dict[str, dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding in findings:
        merged[name_of(finding)][finding.delivery].append(finding)
    results = []
    for check_id, by_delivery in sorted(merged.items()):
        bad = {d: [f for f in found if f.crash or f.failing_rows] for d, found in sorted(by_delivery.items())}
        if any(bad.values()):
            results += [
                _result(check_id, delivery, found, policy, decisions.of(check_id, delivery))
                for delivery, found in bad.items()
                if found
            ]
        else:
            results.append(_result(check_id, "", next(iter(by_delivery.values())), policy, None))
    return results


def name_of(finding: Finding) -> str:
    """The name that a person uses: `hardware_asset.currency_known` where a check is made of a feed's suite."""
    return f"{finding.feed}.{finding.check_id}" if finding.feed and finding.suite == finding.feed else finding.check_id


def _result(
    check_id: str, delivery: str, found: list[Finding], policy: GatePolicy, decided: Decision | None
) -> CheckResult:
    feeds = sorted({f.feed for f in found if f.feed})
    meaning = policy.of(found[0].check_id, feeds[0] if feeds else "")
    examples = [line for f in found for line in f.examples.splitlines()][:EXAMPLES]
    rows = sum(f.failing_rows for f in found)
    result = CheckResult(
        check_id,
        meaning.severity,
        found[0].expected,
        "passed",
        "nothing found",
        delivery,
        ", ".join(feeds) or None,
        failing_rows=rows,
        examples=tuple(examples),
        kpis=tuple(sorted({k for f in found for k in f.kpis.split("|") if k})),
    )
    crash = next((f.crash for f in found if f.crash), "")
    if crash:  # nobody can accept what nobody has seen
        text = f"the check could not be made: {crash}"
        return replace(result, severity="block", outcome="crashed", observed=text, decision="block")
    if not rows:
        return result
    text = examples[0] if rows == 1 else f"{examples[0]} (and {rows - 1} more)"
    failed = replace(result, outcome="failed", observed=text, decision=_decision(meaning.severity, decided))
    if decided is None:
        return failed
    return replace(failed, overridden_by=decided.decided_by, override_reason=decided.reason, until=decided.valid_until)


def verify(decision: Decision, policy: GatePolicy) -> None:
    """Refuse a decision about nothing."""
    name = decision.check_id
    if name.startswith("dbt:"):
        raise DecisionError(f"{name} is a failed test of a model: what is built on it is not there, nobody can decide")
    if name.split(".")[-1] not in policy.check_ids:
        raise DecisionError(f"no check is called '{name}': itam gate list")
    if not decision.reason:
        raise DecisionError("a decision needs a reason that others can read")


def _decision(severity: str, decided: Decision | None) -> str:
    """What follows: block keeps the last good marts, compromise publishes with lowered trust, publish says so only."""
    if decided is not None and decided.decision == REJECT:
        return "block"
    if decided is not None and decided.decision == ACCEPT:
        return "publish"
    return severity if severity in ("block", "compromise") else "publish"


# --- what a published KPI carries ------------------------------------------------------------------------------------

PENDING = """
create or replace table quality.gate_pending as
with newest as (
    select delivery, feed, content, status from quality.arrivals
    qualify row_number() over (partition by delivery order by refresh_id desc) = 1
)
select newest.delivery, newest.feed
from newest
join raw.deliveries as known on known.batch_id = newest.delivery and known.status = 'accepted'
where not exists (
    from quality.gate_cleared as cleared
    where cleared.delivery = newest.delivery and cleared.content is not distinct from newest.content
)
"""

CLEARED = """
insert into quality.gate_cleared
with newest as (
    select delivery, content from quality.arrivals
    qualify row_number() over (partition by delivery order by refresh_id desc) = 1
)
select pending.delivery, newest.content
from quality.gate_pending as pending
join newest using (delivery)
where not exists (
    from quality.quality_gate_log as result
    where result.refresh_id = $refresh_id and result.delivery = pending.delivery and result.outcome = 'failed'
        and (result.decision = 'compromise' or result.overridden_by is not null)
)
"""

SPAN = """
select
    cast(delivery.extracted_at as date),
    coalesce((
        select min(cast(later.extracted_at as date)) from raw.deliveries as later
        where later.feed = delivery.feed and later.source_system = delivery.source_system
            and later.status = 'accepted' and later.extracted_at > delivery.extracted_at and $is_list
    ), date '9999-12-31')
from raw.deliveries as delivery where delivery.batch_id = $delivery
"""


def pending_feeds(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Note the deliveries that no published mart has been built on yet; their feeds."""
    con.execute(PENDING)
    return {feed for (feed,) in con.execute("select distinct feed from quality.gate_pending").fetchall()}


def clear(con: duckdb.DuckDBPyConnection, refresh_id: str) -> None:
    """What was just published need not be looked at again, but for what its KPIs are marked with."""
    con.execute(CLEARED, {"refresh_id": refresh_id})


def mark(con: duckdb.DuckDBPyConnection, door: str, results: Iterable[CheckResult], lists: set[str]) -> bool:
    """Replace the marks of a door by those of these results; whether they differ from the ones before."""
    con.execute("create or replace temp table fresh_marks as from quality.gate_marks limit 0")
    for row in [row for result in results for row in _marks(con, door, result, lists)]:
        con.execute("insert into fresh_marks values (?, ?, ?, ?, ?, ?, ?, ?)", row)
    here = "select * from quality.gate_marks where door = $door"
    (differ,) = con.execute(
        f"select exists ((from fresh_marks except ({here})) union all (({here}) except from fresh_marks))",
        {"door": door},
    ).fetchall()[0]
    if differ:
        con.execute("begin")
        con.execute("delete from quality.gate_marks where door = ?", [door])
        con.execute("insert into quality.gate_marks from fresh_marks")
        con.execute("commit")
    return bool(differ)


def _marks(con: duckdb.DuckDBPyConnection, door: str, result: CheckResult, lists: set[str]) -> list[tuple[Any, ...]]:
    """The KPIs it names, else those that need its feed, else all; on the days that its delivery counts on."""
    is_compromised = result.decision == "compromise" and result.check_id != APPLIED_BY_THE_MODEL
    is_accepted = result.decision == "publish" and result.overridden_by is not None
    if not (is_compromised or is_accepted):
        return []
    sentence = f"The check {result.check_id} is not met ({result.observed}): read with care."
    if is_accepted:
        sentence = (
            f"The check {result.check_id} is not met; {result.overridden_by} has accepted that until {result.until}:"
            f" {str(result.override_reason).rstrip('.')}."
        )
    spans = con.execute(SPAN, {"delivery": result.delivery, "is_list": result.feed in lists}).fetchall() or [
        ("0001-01-01", "9999-12-31")
    ]
    feed = None if result.kpis else result.feed
    return [
        (door, result.check_id, feed, kpi, is_compromised, sentence, *span)
        for kpi in result.kpis or (None,)
        for span in spans
    ]
