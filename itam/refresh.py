"""One refresh: land, look at what came, build, check, publish, report. A scheduler calls the same steps one by one.

What a step does is decided elsewhere (landing, dbt, quality, publishing); here is only their order (``STEPS``), who may
write, what is remembered, and how the end is told. Killed at any point, the next refresh ends as if this one had never
been; a step that failed may be called again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import duckdb
import filelock

from itam import __version__, affected, rules
from itam.feeds import load_feeds
from itam.home import PROJECT_DIR, Home
from itam.landing import rebuild
from itam.landing.delivery import LandingReport
from itam.landing.ledger import Ledger
from itam.landing.reasons import NewerWarehouseError, NotKeptError, is_of_the_machine
from itam.logs import Log, open_log
from itam.publishing import postgresql, publish, status
from itam.quality import arrival, decisions, departure, gate, ledger, report
from itam.quality import policy as gate_policy
from itam.quality.ledger import CheckResult
from itam.settings import load_settings

UNMAPPED_SHOWN = 10
REFUSED_SHOWN = 10
SIGNS_OF_DAMAGE = ("Could not read enough bytes", "Corrupt database file", "not a valid DuckDB database file")
DAMAGED = "the warehouse is damaged; move the file away and it is built again from the kept deliveries"
GATE_MARKS = "source.itam.ledger.gate_marks"
ID_FORMAT = "%Y%m%dT%H%M%S%fZ"


class Outcome(StrEnum):
    """How a refresh ended."""

    PUBLISHED = "published"
    BLOCKED = "blocked"
    FAILED = "failed"


EXIT_CODES = {Outcome.PUBLISHED: 0, Outcome.BLOCKED: 3, Outcome.FAILED: 1}
NOT_COPIED = 4
"""The exit status of a refresh that published here and could not copy to the database of settings.yml."""


class RefreshError(Exception):
    """A refresh cannot go on; the message is one line for a person."""


class BusyError(RefreshError):
    """Another process holds the warehouse."""


class Reporter(Protocol):
    """Where progress goes."""

    def step(self, name: str) -> None:
        """A step begins."""

    def detail(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Something within the step happens."""

    def note(self, text: str) -> None:
        """A line worth keeping on the screen."""


@dataclass(frozen=True)
class Reland:
    """Kept deliveries that are to be read again: those since a day, of one feed or of all."""

    since: date
    feed: str | None = None


@dataclass
class Run:
    """One refresh under way."""

    refresh_id: str
    started_at: datetime
    requested: date | None
    log: Log
    reporter: Reporter
    as_of: date | None = None
    step: str = "land"
    reland: Reland | None = None  # kept deliveries to be read again first
    everything: bool = False  # build all models, not only those that a change touches
    quiet_seconds: float = 0  # files changed more recently are left for the next refresh: they may still grow
    accepted: int | None = None
    quarantined: int | None = None
    is_noted: bool = False  # in the ledger of the warehouse
    manifest: Any = None  # what dbt has read of the project
    landed: LandingReport | None = None
    judged: dict[str, list[CheckResult]] = field(default_factory=dict)  # by door: all results, passed ones too
    admitted: list[CheckResult] = field(default_factory=list)  # what did not pass of the deliveries,
    failed_tests: list[CheckResult] = field(default_factory=list)  # of the models,
    departing: list[CheckResult] = field(default_factory=list)  # of the built marts
    nodes: list[NodeOutcome] = field(default_factory=list)
    result: Result | None = None
    is_told: bool = False  # how it ended

    @property
    def blocking(self) -> list[CheckResult]:
        """What keeps the marts from being published."""
        return [r for r in (*self.admitted, *self.failed_tests, *self.departing) if r.blocks]

    def enter(self, step: str) -> None:
        """Begin a step."""
        self.step = step
        self.log.info("step", step=step)
        self.reporter.step(step)


@dataclass(frozen=True)
class Result:
    """What a refresh came to."""

    refresh_id: str
    outcome: Outcome
    reason: str
    as_of: date | None = None
    is_copied: bool = True  # also to the database of settings.yml, if it names one

    @property
    def exit_code(self) -> int:
        """The exit status of the process."""
        return EXIT_CODES[self.outcome] if self.is_copied else NOT_COPIED

    @property
    def line(self) -> str:
        """The one line that says why."""
        return f"{self.outcome}: {self.reason}"


def refresh(
    home: Home, as_of: date | None, reporter: Reporter, reland: Reland | None = None, *, everything: bool = False
) -> Result:
    """Land what is new, build, check and publish; the status file is replaced whatever happens."""
    with under_way(home, as_of, reporter) as run:
        run.reland, run.everything = reland, everything
        for step in STEPS:
            step(home, run)
    assert run.result is not None
    return run.result


@contextmanager
def under_way(home: Home, as_of: date | None, reporter: Reporter, patience_seconds: float = 0) -> Iterator[Run]:
    """A refresh from its begin to its end: nobody else writes, and how it ended is told whatever happens within."""
    with only_writer(home, patience_seconds):
        started_at = utc_now()
        refresh_id = next_id(home, started_at)
        with open_log(home.logs, refresh_id) as log:
            run = Run(refresh_id, started_at, as_of, log, reporter)
            try:
                yield run
            except KeyboardInterrupt as error:
                fail(run, error)
            except Exception as error:
                fail(run, error)
            if not run.is_told:
                finish(home, run, run.result or stopped(run))


def fail(run: Run, error: BaseException) -> Result:
    """The refresh has failed, by an error or by hand."""
    if isinstance(error, Exception):
        run.log.exception("failed", step=run.step, exc_info=error)
        run.result = Result(run.refresh_id, Outcome.FAILED, one_line(error, run.step), run.as_of)
    else:
        run.result = stopped(run)
    return run.result


def stopped(run: Run) -> Result:
    """Somebody has ended it before it was done."""
    run.result = Result(run.refresh_id, Outcome.FAILED, f"stopped by hand during {run.step}", run.as_of)
    return run.result


def may_pass(error: BaseException) -> bool:
    """Whether the same step may succeed a little later: a full disk, a file open elsewhere; not wrong data."""
    if isinstance(error, RefreshError | NewerWarehouseError | NotKeptError):
        return isinstance(error, BusyError)
    is_locked = isinstance(error, duckdb.IOException) and "lock" in str(error).lower()
    return is_locked or is_of_the_machine(error)


def next_id(home: Home, started_at: datetime) -> str:
    """The time of its start; a little after the newest refresh where the clock was set back: ids stay in order."""
    known = [path.stem.removeprefix("refresh_") for path in home.logs.glob("refresh_*.jsonl")]
    if home.link.is_symlink():
        known.append(home.link.readlink().stem.removeprefix("itam_"))
    newest = max((moment for text in known if (moment := parse_id(text))), default=None)
    moment = started_at if newest is None else max(started_at, newest + timedelta(microseconds=1))
    return moment.strftime(ID_FORMAT)


def parse_id(text: str) -> datetime | None:
    """The moment that an id stands for, or none where it is no id."""
    try:
        return datetime.strptime(text, ID_FORMAT)
    except ValueError:
        return None


# --- who may write ---------------------------------------------------------------------------------------------------


@contextmanager
def only_writer(home: Home, patience_seconds: float = 0) -> Iterator[None]:
    """Hold the home, after waiting for whoever has it; a lock of the operating system, so it ends with the process."""
    home.create()
    lock = filelock.FileLock(home.lock)
    try:
        lock.acquire(timeout=patience_seconds)
    except filelock.Timeout:
        raise BusyError(f"another refresh of {home.root} is running; try again when it has ended") from None
    try:
        yield
    finally:
        lock.release()


def utc_now() -> datetime:
    """The time of this machine, without zone, in UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


@contextmanager
def warehouse(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, opened for writing and closed again."""
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("set TimeZone = 'UTC'")
        yield con


# --- the steps -------------------------------------------------------------------------------------------------------


def take_in(home: Home, run: Run) -> None:
    """Note that the refresh runs, and land."""
    gate.warm_up()
    if not run.is_noted:
        begin(home, run)
    if run.reland is not None:
        reopen(home, run, run.reland)
    land(home, run)


def build_and_test(home: Home, run: Run) -> None:
    """Look at what arrived, build all models and run their tests."""
    run.nodes.clear()
    arriving = arrive(home, run)
    read_project(home, run)  # takes its time, in which another process looks at what arrived
    run.admitted = admit(home, run, arriving)
    run.failed_tests = build(home, run)


def hold_against_gate(home: Home, run: Run) -> None:
    """Check what was built, unless a test has kept it from being built as a whole; block where something blocks."""
    run.departing = [] if run.failed_tests else check(home, run)
    if run.blocking:
        run.result = blocked(run, run.blocking)


def publish_unless_blocked(home: Home, run: Run) -> None:
    """Readers get the new marts, or keep the last good ones."""
    run.result = run.result or publish_marts(home, run)


STEPS = (take_in, build_and_test, hold_against_gate, publish_unless_blocked)


def begin(home: Home, run: Run) -> None:
    """Open the ledger and settle what a dead refresh has left."""
    is_at_rest = home.warehouse.exists() and not Path(f"{home.warehouse}.wal").exists()
    with warehouse(home) as con:
        if is_at_rest:
            refuse_cut_short(home, con)
        ledger.create(con, home.link, home.status)
        for refresh_id in ledger.unfinished(con):
            settle(home, con, refresh_id)
        ledger.begin(con, run.refresh_id, run.started_at, __version__, rules.fingerprint(home))
        run.is_noted = True


def refuse_cut_short(home: Home, con: duckdb.DuckDBPyConnection) -> None:
    """DuckDB opens a file whose end is missing and fails where it misses it: better not to write to such a one."""
    ((blocks, size),) = con.execute("select used_blocks, block_size from pragma_database_size()").fetchall()
    if home.warehouse.stat().st_size < blocks * size:
        raise RefreshError(f"{DAMAGED} ({home.warehouse} has been cut short)")


def settle(home: Home, con: duckdb.DuckDBPyConnection, refresh_id: str) -> None:
    """End a refresh that died: published when readers already get it, else as if it had never begun."""
    if publish.is_current(home, refresh_id):
        publish.swap_in(home, refresh_id)
        remember_published(con, refresh_id)
        outcome, reason = Outcome.PUBLISHED, "published; the process ended before it could say so"
    else:
        ledger.forget(con, refresh_id)
        outcome, reason = Outcome.FAILED, "the process ended before it was done; nothing was published"
    con.execute(
        "update quality.runs set outcome = ?, reason = ?, finished_at = ? where refresh_id = ?",
        [outcome, reason, utc_now(), refresh_id],
    )


def land(home: Home, run: Run) -> None:
    """Take in new deliveries and settle which day is D."""
    from itam.landing import land as land_deliveries

    run.enter("land")
    report = land_deliveries(
        home.root, as_of=run.requested, progress=run.reporter.detail, quiet_seconds=run.quiet_seconds
    )
    run.landed, run.as_of = report, report.as_of
    run.accepted, run.quarantined = report.accepted, report.quarantined
    for o in report.outcomes:
        run.log.info(
            "delivery",
            source_system=o.source_system,
            feed=o.feed,
            batch=str(o.extracted_at or ""),
            status=o.status,
            reason=o.reason,
            rows=o.rows_delivered,
        )
    refused = [o.line for o in report.outcomes if o.status == "quarantined"]
    for note in [*report.notes, *refused[:REFUSED_SHOWN]]:
        run.reporter.note(note)
    if len(refused) > REFUSED_SHOWN:
        run.reporter.note(f"... and {len(refused) - REFUSED_SHOWN} more deliveries in quarantine: itam status")
    with warehouse(home) as con:
        ledger.record_arrivals(con, run.refresh_id)
    if run.as_of is None:
        raise RefreshError(
            f"no accepted delivery yet: put files into {home.landing}/<source_system>/<feed>/, or run `itam sample`"
        )
    compact(home, run, run.as_of)


def compact(home: Home, run: Run, as_of: date) -> None:
    """Take old sightings between others out of the logs, but for months with a delivery that the gate looks at."""
    from itam.landing import compaction
    from itam.landing.run import open_warehouse

    days = load_settings(home.root).retention.sightings_days
    if days is None:
        return
    with open_warehouse(home.root) as con:
        gate.pending_feeds(con)
        ended = min(as_of, run.started_at.date())
        notes = compaction.compact(
            Ledger(home.root, con), load_feeds().values(), ended, days, "select delivery from quality.gate_pending"
        )
    for note in notes:
        run.log.info("compaction", note=note)
        run.reporter.note(note)


def reopen(home: Home, run: Run, reland: Reland) -> None:
    """Let landing read kept deliveries again, as if they had come now."""
    since = datetime.combine(reland.since, datetime.min.time())
    feeds = load_feeds()
    if reland.feed is not None and reland.feed not in feeds:
        raise RefreshError(f"no feed is called '{reland.feed}': use one of {', '.join(feeds)}")
    with warehouse(home) as con:
        opened = Ledger(home.root, con)
        opened.prepare(feeds)
        count = rebuild.reopen_since(opened, feeds, since, reland.feed)
    run.reland = None
    run.reporter.note(f"{count} kept deliveries are read again")


def arrive(home: Home, run: Run) -> gate.Inspection:
    """Begin to look at the deliveries that no published mart has been built on yet."""
    with warehouse(home) as con:
        pending = gate.pending_feeds(con)
        suites = arrival.suites(load_feeds(), pending, gate_policy.load(con), gate_policy.base_currency(con))
    return gate.Inspection(home, suites)


def admit(home: Home, run: Run, arriving: gate.Inspection) -> list[CheckResult]:
    """What was found in the deliveries, and what follows from it for the KPIs that need them."""
    return judged(home, run, "arrival", arriving)[0]


def judged(home: Home, run: Run, door: str, inspection: gate.Inspection) -> tuple[list[CheckResult], bool]:
    """The results of a door, recorded; and whether KPIs are to be marked otherwise than before."""
    findings = inspection.findings()
    with warehouse(home) as con:
        decided = decisions.load(con, run.started_at.date())
        results = gate.judge(findings, gate_policy.load(con), decided)
        ledger.record_checks(con, run.refresh_id, utc_now(), results)
        lists = {feed.name for feed in load_feeds().values() if feed.kind == "snapshot"}
        are_other_marks = gate.mark(con, door, results, lists)
    run.judged[door] = results
    for r in results:
        run.log.info(
            "check", check=r.check_id, outcome=r.outcome, observed=r.observed, feed=r.feed, delivery=r.delivery
        )
    return [r for r in results if r.outcome != "passed"], are_other_marks


def read_project(home: Home, run: Run) -> None:
    """Let dbt read the project once."""
    run.enter("build")
    run.manifest = run_dbt_command(home, ["parse"], run.reporter.detail)


def build(home: Home, run: Run) -> list[CheckResult]:
    """Build what the change touches and run its tests; what comes back are the tests that failed."""
    graph = affected.Graph.read(home.dbt_target / "manifest.json")
    with warehouse(home) as con:
        made_of = affected.inputs(con, graph, rules.of_project())
        if run.everything:
            affected.forget(con)
        change = affected.begin(con, graph, made_of)
    run.log.info("change", why=change.why)
    failed = build_models(home, run, []) if change.sources is None else build_affected(home, run, graph, change)
    if not failed:
        with warehouse(home) as con:
            affected.remember(con, made_of)
    return failed


def build_affected(home: Home, run: Run, graph: affected.Graph, change: affected.Change) -> list[CheckResult]:
    """Build what hangs on changed sources: first what may come out as it was, then what is affected all the same."""
    built: set[str] = set()
    same: set[str] = set()
    touched = graph.affected(change.sources or (), same)
    while True:
        steady, first = affected.next_steady(graph, touched, built)
        if not steady:
            break
        before = contents(home, graph, steady)
        build_models(home, run, names(graph, first), "run")
        after = contents(home, graph, steady)
        built.update(first)
        same.update(node for node in steady if before[node] == after[node])
        touched = graph.affected(change.sources or (), same)
    models = [node for node in graph.models if node in touched]
    said = f"{len(models)} of {len(graph.models)} models are built again; {change.why}"
    run.log.info("affected", models=names(graph, models))
    run.reporter.note(said)
    left = sorted(touched - built)
    return build_models(home, run, names(graph, left)) if left else []


def contents(home: Home, graph: affected.Graph, nodes: list[str]) -> dict[str, str]:
    """What is in these tables."""
    with warehouse(home) as con:
        return {node: affected.content(con, graph.relation(node)) for node in nodes}


def names(graph: affected.Graph, nodes: list[str]) -> list[str]:
    """What dbt calls them."""
    return [str(graph.nodes[node]["name"]) for node in nodes]


def build_models(home: Home, run: Run, select: list[str], how: str = "build") -> list[CheckResult]:
    """Build what is selected, nothing said means all; `run` leaves the tests for later."""
    chosen = ["--select", *select] if select else []
    without = ["--exclude-resource-type", "unit_test"] if how == "build" else []
    command = [how, *without, *chosen]
    outcome = run_dbt(home, command, run.reporter.detail, run.manifest)
    run.nodes += outcome
    for node in outcome:
        if node.status in ("error", "runtime error"):
            run.log.error("node", node=node.name, message=node.message)
    broken = [n for n in outcome if n.status in ("error", "runtime error")]
    if broken:
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        raise RefreshError(f"{broken[0].name} could not be built{more}: {first_line(broken[0].message)}")
    failed = [
        CheckResult(
            check_id=f"dbt:{n.name}",
            severity="block" if n.status == "fail" else "warn",
            expected="the test finds nothing",
            outcome="failed",
            observed=first_line(n.message),
            decision="block" if n.status == "fail" else "publish",
        )
        for n in outcome
        if n.status in ("fail", "warn")
    ]
    if any(f.blocks for f in failed):
        record(home, run, failed)
        return failed
    return []


def check(home: Home, run: Run) -> list[CheckResult]:
    """Hold the built marts against the gate; where KPIs are marked otherwise than before, say so in them."""
    run.enter("check")
    with warehouse(home) as con:
        suites = departure.suites(gate_policy.load(con))
    results, are_other_marks = judged(home, run, "departure", gate.Inspection(home, suites))
    if are_other_marks and not any(r.blocks for r in results):
        with warehouse(home) as con:
            affected.forget(con, GATE_MARKS)
        results += build_models(home, run, ["int_kpi__gate_marks+"])
    return results


def record(home: Home, run: Run, results: list[CheckResult]) -> None:
    """Write gate results of tests that dbt has run."""
    with warehouse(home) as con:
        ledger.record_checks(con, run.refresh_id, utc_now(), results)


def publish_marts(home: Home, run: Run) -> Result:
    """Copy the public tables into a new version and swap it in."""
    run.enter("publish")
    tables = publish.public_tables(home.dbt_target / "manifest.json")
    with warehouse(home) as con:
        ledger.record_cells(con, run.refresh_id, utc_now())
        kpis, cells = con.execute(
            "select count(distinct kpi_id) filter (status in ('ok', 'low_confidence')), count(*) from marts.kpi_results"
            " where as_of_date = ?",
            [run.as_of],
        ).fetchall()[0]
    publish.write_version(home, run.refresh_id, tables)
    publish.swap_in(home, run.refresh_id)
    with warehouse(home) as con:
        remember_published(con, run.refresh_id)
    try:
        publish.tidy(home)
    except OSError:  # published is published; the next refresh tidies
        run.log.exception("old versions could not be removed")
    text = (
        f"as of {run.as_of}, {kpis} KPIs with a value, {cells} cells of that day, {len(tables)} tables in {home.link}"
    )
    refused = copy_out(home, run)
    failed = f"; {postgresql.COPY_FAILED}, readers there keep what they had: {refused} (again: itam publish)"
    return Result(
        run.refresh_id, Outcome.PUBLISHED, text + (failed if refused else ""), run.as_of, is_copied=refused is None
    )


def copy_out(home: Home, run: Run) -> str | None:
    """Copy to the database that settings.yml names; what is published here stays, whatever comes of it.

    Returns why it could not be copied, none where it was or nobody asked for it.
    """
    said = load_settings(home.root).publish
    if said.to is None:
        return None
    run.enter("copy")
    try:
        run.reporter.note(f"copied: {postgresql.copy(home, said.to, said.without_tls)}")
    except (Exception, KeyboardInterrupt) as error:
        run.log.exception("not copied")
        told = first_line(str(error)) if isinstance(error, Exception) else "stopped by hand"
        failed = CheckResult(
            check_id="copy:postgresql",
            severity="warn",
            expected="the marts are copied to publish.to of settings.yml",
            outcome="failed",
            observed=told,
        )
        record(home, run, [failed])
        return told
    return None


def remember_published(con: duckdb.DuckDBPyConnection, refresh_id: str) -> None:
    """What the next refresh compares with, and need not look at again."""
    gate.clear(con, refresh_id)
    ledger.record_published_tables(con)


def blocked(run: Run, failures: list[CheckResult]) -> Result:
    """The last good marts stay; the first reason is told, the others are one query away."""
    first = failures[0]
    more = f" (and {len(failures) - 1} more checks: itam status)" if len(failures) > 1 else ""
    text = f"{first.check_id}: {first.observed}{more}; the last good marts stay published"
    return Result(run.refresh_id, Outcome.BLOCKED, text, run.as_of)


def finish(home: Home, run: Run, result: Result) -> None:
    """Remember how it ended and replace the status file, even when the warehouse cannot be opened."""
    run.is_told = True
    run.log.info("end", outcome=result.outcome, reason=result.reason)
    finished_at = utc_now()
    if not run.is_noted:
        tell_failure(home, run, result, finished_at)
        return
    try:
        with warehouse(home) as con:
            if not publish.is_current(home, run.refresh_id):
                con.execute("delete from quality.kpi_result_log where refresh_id = ?", [run.refresh_id])
            ledger.finish(
                con,
                run.refresh_id,
                finished_at=finished_at,
                outcome=result.outcome,
                step=run.step,
                reason=result.reason,
                as_of=run.as_of,
                accepted=run.accepted,
                quarantined=run.quarantined,
            )
        status.write(home)
    except (duckdb.Error, OSError):
        run.log.exception("status of the warehouse could not be written")
        tell_failure(home, run, result, finished_at)
    try:
        report.write(home, run.refresh_id)
    except (duckdb.Error, OSError):  # a page that cannot be written changes nothing of what happened
        run.log.exception("the page of this refresh could not be written")


def tell_failure(home: Home, run: Run, result: Result, finished_at: datetime) -> None:
    """The status file without the warehouse; where not even that can be written, the printed line remains."""
    said = {
        "refresh_id": run.refresh_id,
        "started_at": run.started_at,
        "finished_at": finished_at,
        "as_of_date": run.as_of,
        "outcome": result.outcome,
        "step": run.step,
        "reason": result.reason,
    }
    try:
        status.write_failure(home, said)
    except (duckdb.Error, OSError):
        run.log.exception("the status file could not be written")


# --- dbt -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NodeOutcome:
    """How one model, seed or test ended."""

    name: str
    status: str
    message: str
    unique_id: str = ""
    seconds: float = 0.0
    failures: int = 0


def run_dbt(
    home: Home, command: list[str], progress: Callable[[str, int | None, int | None], None], manifest: Any = None
) -> list[NodeOutcome]:
    """Run dbt on this home: how every node ended."""
    results = getattr(run_dbt_command(home, command, progress, manifest), "results", [])
    return [
        NodeOutcome(
            r.node.name, str(r.status), str(r.message or ""), r.node.unique_id, r.execution_time, r.failures or 0
        )
        for r in results
    ]


def run_dbt_command(
    home: Home, command: list[str], progress: Callable[[str, int | None, int | None], None], manifest: Any = None
) -> Any:
    """Run dbt in this process and let go of the warehouse; with a manifest it need not read the project again."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    def on_event(event: Any) -> None:
        if event.info.name == "LogStartLine":
            progress(event.data.description, event.data.index, event.data.total)

    os.environ |= {"ITAM_HOME": str(home.root), "ITAM_REFRESH": "yes"}
    arguments = [
        *("--quiet", "--no-use-colors", "--log-level", "none", "--log-level-file", "info"),
        *("--log-path", str(home.logs)),
        *command,
        *("--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)),
        *("--target-path", str(home.dbt_target)),
    ]
    try:
        answer = dbtRunner(manifest=manifest, callbacks=[on_event]).invoke(arguments)
    finally:
        DuckDBConnectionManager.close_all_connections()
    if answer.result is None:
        raise RefreshError(f"dbt could not start: {first_line(str(answer.exception))}")
    return answer.result


# --- telling ---------------------------------------------------------------------------------------------------------


def unmapped_values(home: Home) -> list[dict[str, Any]]:
    """Values that no policy seed knows, the most costly first, from the status file."""
    with duckdb.connect(str(home.status.resolve()), read_only=True) as con:
        if not con.execute("select 1 from duckdb_tables() where table_name = 'unmapped_values'").fetchall():
            return []
        cursor = con.execute(
            "select feed, source_system, column_name, value, rows, kpis, seed, seed_line"
            " from quality.unmapped_values order by rows desc, feed, source_system, column_name, value"
        )
        names = [d[0] for d in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def first_line(text: str) -> str:
    """The first line with words in it, short enough to read."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = (
        " ".join(lines[:2])
        if lines and lines[0].endswith((")", ":", "Error"))
        else (lines[0] if lines else "no message")
    )
    return told if len(told) <= 300 else f"{told[:297]}..."


def one_line(error: BaseException, step: str) -> str:
    """What went wrong, for a person."""
    if isinstance(error, RefreshError | NewerWarehouseError | NotKeptError):
        return str(error)
    text = first_line(str(error) or type(error).__name__)
    if is_of_the_machine(error):
        return f"{step}: the disk is full or cannot be written; make room and refresh again ({text})"
    if isinstance(error, duckdb.Error) and "can only read versions" in text:
        return f"the warehouse was written by a newer version of DuckDB; use that one, or move the file away ({text})"
    if isinstance(error, duckdb.Error) and any(sign in text for sign in SIGNS_OF_DAMAGE):
        return f"{DAMAGED} ({text})"
    if isinstance(error, duckdb.IOException) and "lock" in text.lower():
        return f"the warehouse is open in another program; close it and try again ({text})"
    if isinstance(error, OSError) and error.filename:
        return f"{step}: {error.strerror}: {Path(str(error.filename))}"
    return f"{step}: {text}"
