"""Landing: deliveries become the change logs of raw, one transaction per delivery.

Here: one run over everything in the landing folder. A run that is killed leaves only whole deliveries behind, and the
next one goes on from there. Not here: what becomes of a single feed (``history.py``), how files are read, rows judged
or logs written: those are the modules beside this one.
"""

import csv
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from itam.landing import as_of as as_of_days
from itam.landing import history, housekeeping, inbox, policy, rebuild
from itam.landing.delivery import LandingReport
from itam.landing.inbox import DeliveredFile, Misplaced
from itam.landing.inputs import Inputs
from itam.landing.ledger import Ledger
from itam.privacy import raw as forgetting
from itam.settings import Settings, load_settings

Progress = Callable[[str, int | None, int | None], None]


def open_warehouse(home: Path) -> duckdb.DuckDBPyConnection:
    """The warehouse of a home, with the settings that every writer of it uses."""
    home.mkdir(parents=True, exist_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": "2",
        "memory_limit": os.environ.get("ITAM_MEMORY_LIMIT", "4GB"),
        "temp_directory": str(home / "tmp"),
        "checkpoint_threshold": "256MB",  # a delivery is a commit; the default would compress tables after most of them
    }
    connection = duckdb.connect(str(home / "warehouse.duckdb"), config=config)
    connection.execute("set TimeZone = 'UTC'")
    return connection


def land(
    home: Path,
    as_of: date | None = None,
    progress: Progress | None = None,
    connection: duckdb.DuckDBPyConnection | None = None,
    settings: Settings | None = None,
    today: date | None = None,
    quiet_seconds: float = 0,
) -> LandingReport:
    """Take in everything new in ``landing/`` and settle D; raises SettingsError for wrong settings or policy files.

    What has changed within the last ``quiet_seconds`` may still be written: it stays where it is, for the next run.
    """
    settings = settings or load_settings(home)
    own = connection is None
    connection = connection or open_warehouse(home)
    try:
        connection.execute("set preserve_insertion_order = true")
        connection.execute("set enable_progress_bar = false")
        with _foreign_limits():
            inputs, report = Inputs.load(home, settings), LandingReport()
            ledger = Ledger(home, connection)
            _land(ledger, inputs, report, progress or (lambda text, done, total: None), quiet_seconds)
        report.as_of = as_of_days.request(connection, inputs.feeds, as_of, today or inbox.now().date())
        return report
    finally:
        if own:
            connection.close()


@contextmanager
def _foreign_limits() -> Iterator[None]:
    """The limit of a CSV field is a setting of the process: leave it as it was."""
    limit = csv.field_size_limit()
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _land(ledger: Ledger, inputs: Inputs, report: LandingReport, progress: Progress, quiet_seconds: float) -> None:
    """Everything new, source by source and feed by feed, each in the order of the extracts."""
    if ledger.prepare(inputs.feeds):
        report.notes.append("the warehouse was written by another version of the project")
    policy.land_policy(ledger.connection, ledger.home, inputs.settings)
    forgetting.catch_up(ledger, inputs, report.notes)
    files = _find(ledger, inputs, report, quiet_seconds)
    forgetting.take_out(ledger, inputs, files, report.notes)
    grouped: dict[str, dict[str, list[DeliveredFile]]] = defaultdict(lambda: defaultdict(list))
    for file in files:
        for feed in inputs.feeds_of(file):
            grouped[file.source_system][feed].append(file)
    rebuild.reopen_changed(ledger, inputs, report.notes)
    for source, feed in ledger.pending():
        grouped[source][feed] += []
    done, total = 0, len(files)
    for source in sorted(grouped):
        for feed in [name for name in inputs.feeds if name in grouped[source]]:
            of_feed = history.History(ledger, inputs, report, source, inputs.feeds[feed])
            for delivery in of_feed.pending(grouped[source][feed]):
                progress(f"{source}/{feed}", min(done, total), total)
                of_feed.take(delivery)
                done += 1
            of_feed.settle()
        _keep(ledger, inputs, source, [file for file in files if file.source_system == source])
    housekeeping.retire(ledger, inputs)
    housekeeping.write_quarantine(ledger)


def _find(ledger: Ledger, inputs: Inputs, report: LandingReport, quiet_seconds: float) -> list[DeliveredFile]:
    """What was delivered; where nothing is known yet, also everything that was kept."""
    is_fresh = ledger.is_empty
    found = list(inbox.scan(ledger.home / "landing", inputs.feeds))
    report.outcomes += ledger.note_misplaced(entry for entry in found if isinstance(entry, Misplaced))
    delivered = [entry for entry in found if isinstance(entry, DeliveredFile)]
    files = [file for file in delivered if inbox.is_quiet(file.path, quiet_seconds)]
    if len(files) < len(delivered):
        report.notes.append(f"{len(delivered) - len(files)} files may still be written and wait for the next refresh")
    kept = list(inbox.kept(ledger.home, inputs.feeds)) if is_fresh else []
    if kept:
        report.notes.append(f"raw is built again from {len(kept)} kept files")
    names = {(file.source_system, file.feed, file.name) for file in files}
    return files + [file for file in kept if (file.source_system, file.feed, file.name) not in names]


def _keep(ledger: Ledger, inputs: Inputs, source: str, files: list[DeliveredFile]) -> None:
    """Move what is known from landing to the kept deliveries."""
    known = ledger.files(source)
    for file in files:
        if all((file.feed, file.name, feed) in known for feed in inputs.feeds_of(file)):
            inbox.keep(ledger.home, file)
            history.checkpoint("kept")
