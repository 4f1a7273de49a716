"""Landing: deliveries become the change logs of raw, one transaction per delivery.

Here: which deliveries are new, in which order they are taken, and what is remembered about each. A run that is killed
leaves only whole deliveries behind, and the next one goes on from there. Not here: how files are read, rows judged or
logs written: those are the modules beside this one.
"""

import csv
import hashlib
import json
import os
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from itam.feeds import Feed, load_feeds
from itam.landing import as_of as as_of_days
from itam.landing import canonical, changes, inbox, mapping, policy, readers, verdicts
from itam.landing.changes import Counts, Moment
from itam.landing.inbox import DeliveredFile, Misplaced
from itam.landing.reasons import RefusedError
from itam.settings import Settings, load_settings

Progress = Callable[[str, int | None, int | None], None]

ENVELOPE = "batch_id varchar, source_system varchar, feed varchar, extracted_at timestamp"
TABLES = {
    "raw.deliveries": f"{ENVELOPE}, status varchar, reason varchar, rows_delivered bigint, rows_accepted bigint, "
    "rows_quarantined bigint, rows_inserted bigint, rows_changed bigint, rows_unchanged bigint, rows_deleted bigint, "
    "expected_rows bigint, fault varchar, file_names varchar, mapping varchar, "
    "unknown_columns varchar",
    "raw.delivery_files": f"{ENVELOPE}, folder varchar, file_name varchar, sha256 varchar",
    "raw.kept_files": "source_system varchar, feed varchar, file_count bigint, kept_bytes bigint",
    "raw.quarantined_rows": f"{ENVELOPE}, file varchar, row_number bigint, column_name varchar, value varchar, "
    "expected varchar, reason varchar, payload varchar",
    "raw.cast_failures": f"{ENVELOPE}, column_name varchar, value varchar, kind varchar, row_count bigint, "
    "example_row_number bigint",
    "raw.verdict_changes": f"{ENVELOPE}, status_before varchar, status_after varchar, reason varchar",
    "raw.as_of_requests": "as_of_date date, is_current boolean",
    "raw.pseudonym_salt": "salt varchar",
    "landing.meta": "schema_version integer",
    "landing.fingerprints": "source_system varchar, feed varchar, fingerprint varchar",
}
DETAILS = ("raw.delivery_files", "raw.quarantined_rows", "raw.cast_failures")


def checkpoint(name: str) -> None:
    """A named point between two steps; nothing happens here unless somebody watches."""
    del name


@dataclass(frozen=True)
class Outcome:
    """What became of one delivery in this run."""

    source_system: str
    feed: str
    extracted_at: datetime | None
    status: str
    reason: str | None
    rows_delivered: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    unknown_columns: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """One line for a person."""
        place = f"{self.source_system}/{self.feed}" + (
            f"/{self.extracted_at:%Y-%m-%dT%H%M%SZ}" if self.extracted_at else ""
        )
        rows = f"{self.rows_accepted} of {self.rows_delivered} rows"
        return f"{self.status:11} {place}: {self.reason or rows}"


@dataclass
class LandingReport:
    """What a run did; ``notes`` are lines that a person should see."""

    as_of: date | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    touched_feeds: set[str] = field(default_factory=set)

    @property
    def accepted(self) -> int:
        """Deliveries accepted in this run."""
        return sum(outcome.status == "accepted" for outcome in self.outcomes)

    @property
    def quarantined(self) -> int:
        """Deliveries set aside as a whole in this run."""
        return sum(outcome.status == "quarantined" for outcome in self.outcomes)


@dataclass
class Delivery:
    """One (source, feed, extracted_at): what is known of it and the files that it consists of."""

    moment: Moment
    status: str | None = None
    rows: int = 0
    expected_rows: int | None = None
    fault: str | None = None
    barred: str | None = None
    files: dict[tuple[str, str], DeliveredFile] = field(default_factory=dict)
    digests: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def known(self) -> verdicts.Known:
        """As the sentinel sees it."""
        return verdicts.Known(self.moment.batch_id, self.moment.extracted_at, self.rows, self.expected_rows, self.fault)


def batch_id(source: str, feed: str, moment: datetime) -> str:
    """The name of a delivery: where it lies and when it was extracted."""
    fraction = f".{moment.microsecond:06d}" if moment.microsecond else ""
    return f"{source}/{feed}/{moment:%Y-%m-%dT%H%M%S}{fraction}Z"


def open_warehouse(home: Path) -> duckdb.DuckDBPyConnection:
    """The warehouse of a home, with the settings that every writer of it uses."""
    home.mkdir(parents=True, exist_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": "2",
        "memory_limit": os.environ.get("ITAM_MEMORY_LIMIT", "4GB"),
        "temp_directory": str(home / "tmp"),
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
) -> LandingReport:
    """Take in everything new in ``landing/`` and settle D; raises SettingsError for wrong settings or policy files."""
    settings = settings or load_settings(home)
    own = connection is None
    connection = connection or open_warehouse(home)
    try:
        connection.execute("set preserve_insertion_order = true")
        connection.execute("set enable_progress_bar = false")
        with _foreign_limits():
            run = _Run(home, connection, settings, progress or (lambda text, done, total: None))
            run.land()
        run.report.as_of = as_of_days.request(connection, run.feeds, as_of, today or inbox.now().date())
        return run.report
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


class _Run:
    """One run over one home."""

    def __init__(
        self, home: Path, connection: duckdb.DuckDBPyConnection, settings: Settings, progress: Progress
    ) -> None:
        self.home = home
        self.connection = connection
        self.settings = settings
        self.progress = progress
        self.feeds = load_feeds()
        self.enums = policy.load_enums(home)
        self.mappings = mapping.load_mappings(home)
        self.report = LandingReport()

    # --- the whole run ------------------------------------------------------------------------------------------------

    def land(self) -> None:
        """Everything new, source by source and feed by feed, each in the order of the extracts."""
        is_fresh = self._prepare()
        policy.land_policy(self.connection, self.home, self.settings)
        found = list(inbox.scan(self.home / "landing", self.feeds))
        self._note_misplaced([entry for entry in found if isinstance(entry, Misplaced)])
        files = [entry for entry in found if isinstance(entry, DeliveredFile)]
        if is_fresh:
            kept = list(inbox.kept(self.home, self.feeds))
            names = {(file.source_system, file.feed, file.name) for file in files}
            files += [file for file in kept if (file.source_system, file.feed, file.name) not in names]
            if kept:
                self.report.notes.append(f"raw is built again from {len(kept)} kept files")
        grouped: dict[str, dict[str, list[DeliveredFile]]] = defaultdict(lambda: defaultdict(list))
        for file in files:
            for feed in self._feeds_of(file):
                grouped[file.source_system][feed].append(file)
        for source, feed in self._changed_inputs():
            grouped[source][feed] += []
        done, total = 0, len(files)
        for source in sorted(grouped):
            for feed in [name for name in self.feeds if name in grouped[source]]:
                done = self._land_feed(source, self.feeds[feed], grouped[source][feed], done, total)
            self._keep(source, [file for file in files if file.source_system == source])
        self._retire()
        self._write_quarantine()

    def _feeds_of(self, file: DeliveredFile) -> list[str]:
        """The feeds that a file brings rows for."""
        return mapping.split_feeds(self.mappings, file.feed) if file.is_of_documents else [file.feed]

    def _prepare(self) -> bool:
        """The schemas; true when nothing is known yet, or what is known has another form and is built again."""
        rows = self.connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema in ('raw', 'landing') and table_catalog = current_database()"
        ).fetchall()
        tables = {row[0] for row in rows}
        version = self._value("select max(schema_version) from landing.meta") if "landing.meta" in tables else None
        requests: list[Any] = []
        self.connection.begin()
        if tables and version != changes.SCHEMA_VERSION:
            if "raw.as_of_requests" in tables:
                requests = self.connection.execute("select * from raw.as_of_requests").fetchall()
            self.report.notes.append("the warehouse was written by another version of the project")
            self.connection.execute("drop schema if exists raw cascade")
            self.connection.execute("drop schema if exists landing cascade")
        self.connection.execute("create schema if not exists raw")
        self.connection.execute("create schema if not exists landing")
        self.connection.execute("create sequence if not exists landing.row_ids")
        for table, columns in TABLES.items():
            self.connection.execute(f"create table if not exists {table} ({columns})")
        self.connection.execute("delete from raw.pseudonym_salt")
        self.connection.execute("insert into raw.pseudonym_salt values (?)", [_salt(self.home)])
        if version != changes.SCHEMA_VERSION:
            changes.create(self.connection, self.feeds)
        if version != changes.SCHEMA_VERSION:
            self.connection.execute("insert into landing.meta values (?)", [changes.SCHEMA_VERSION])
            if requests:
                self.connection.executemany("insert into raw.as_of_requests values (?, ?)", requests)
        self.connection.commit()
        return not self._value("select count(*) from raw.delivery_files")

    def _value(self, query: str, parameters: list[Any] | None = None) -> Any:
        row = self.connection.execute(query, parameters or []).fetchone()
        return row[0] if row else None

    def _note_misplaced(self, entries: list[Misplaced]) -> None:
        """Entries that belong to no delivery stay where they are and are told anew each time."""
        self.connection.begin()
        self.connection.execute("delete from raw.deliveries where extracted_at is null")
        for entry in entries:
            place = entry.path.relative_to(self.home / "landing")
            source = place.parts[0] if len(place.parts) > 1 else ""
            feed = place.parts[1] if len(place.parts) > 2 else ""
            reason = f"{place.as_posix()}: {entry.reason}"
            self._insert(
                "raw.deliveries",
                [
                    (
                        place.as_posix(),
                        source,
                        feed,
                        None,
                        "quarantined",
                        reason,
                        *[0] * 7,
                        None,
                        reason,
                        place.name,
                        None,
                        None,
                    )
                ],
            )
            self.report.outcomes.append(Outcome(source, feed, None, "quarantined", reason))
        self.connection.commit()

    def _insert(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            self.connection.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)

    # --- one feed of one source ---------------------------------------------------------------------------------------

    def _load_known(self, source: str, feed: Feed) -> dict[datetime, Delivery]:
        known: dict[datetime, Delivery] = {}
        for moment, status, rows, expected, fault in self.connection.execute(
            "select extracted_at, status, rows_delivered, expected_rows, fault from raw.deliveries "
            "where source_system = ? and feed = ? and extracted_at is not null order by extracted_at",
            [source, feed.name],
        ).fetchall():
            known[moment] = Delivery(Moment(moment, batch_id(source, feed.name, moment)), status, rows, expected, fault)
        for moment, folder, name, sha256 in self.connection.execute(
            "select extracted_at, folder, file_name, sha256 from raw.delivery_files "
            "where source_system = ? and feed = ?",
            [source, feed.name],
        ).fetchall():
            file = DeliveredFile(source, folder, moment, name, Path())
            known[moment].files[folder, name] = replace(file, path=inbox.kept_path(self.home, file))
            known[moment].digests[folder, name] = sha256
        return known

    def _land_feed(self, source: str, feed: Feed, found: list[DeliveredFile], done: int, total: int) -> int:
        deliveries = self._load_known(source, feed)
        pending = {moment for moment, delivery in deliveries.items() if delivery.status == "pending"}
        for file in found:
            delivery = deliveries.setdefault(
                file.extracted_at, Delivery(Moment(file.extracted_at, batch_id(source, feed.name, file.extracted_at)))
            )
            place = (file.feed, file.name)
            try:
                sha256 = inbox.digest(file.path)
            except OSError as error:
                self.report.notes.append(f"{file.path} cannot be read: {error.strerror}")
                continue
            delivery.files[place] = file
            if delivery.digests.get(place) != sha256 or delivery.fault:  # what was refused may be tried again
                pending.add(file.extracted_at)
                delivery.digests[place] = sha256
        deliveries = {moment: delivery for moment, delivery in deliveries.items() if delivery.files}
        pending = {moment for moment in pending if moment in deliveries}
        pending -= {moment for moment in pending if all(file.is_manifest for file in deliveries[moment].files.values())}
        if feed.kind != "snapshot" and pending:
            pending |= self._reopen(source, feed, deliveries, min(pending))
            pending -= self._immovable(deliveries, pending)
        if pending and not self._value(
            "select count(*) from landing.fingerprints where source_system = ? and feed = ?", [source, feed.name]
        ):
            self._insert("landing.fingerprints", [(source, feed.name, self._fingerprint(source, feed))])
        for moment in sorted(pending):
            self.progress(f"{source}/{feed.name}", min(done, total), total)
            self._take(source, feed, deliveries, deliveries[moment])
            done += 1
        self._settle(source, feed, deliveries)
        return done

    def _reopen(self, source: str, feed: Feed, deliveries: dict[datetime, Delivery], since: datetime) -> set[datetime]:
        """Events and references know only what changed: a late one makes its followers land again from their files."""
        later = [d for moment, d in deliveries.items() if moment >= since and d.status in ("accepted", "pending")]
        lost = [d for d in later if not all(file.path.exists() for file in d.files.values())]
        if lost:
            sentence = (
                f"it comes before the delivery of {lost[-1].moment.extracted_at}, whose file is no longer kept, "
                "so it cannot be put in its place; deliver that one again with it"
            )
            for moment, delivery in deliveries.items():
                if moment <= lost[-1].moment.extracted_at and delivery.status != "accepted":
                    delivery.barred = sentence
            return set()
        if later:
            self.connection.begin()
            for log in changes.logs(feed):
                changes.cut(self.connection, log, source, since)
            for delivery in later:
                delivery.status = "pending"
                self.connection.execute(
                    "update raw.deliveries set status = 'pending' where batch_id = ?", [delivery.moment.batch_id]
                )
            self.connection.commit()
            checkpoint("reopened")
        return {delivery.moment.extracted_at for delivery in later}

    def _immovable(self, deliveries: dict[datetime, Delivery], pending: set[datetime]) -> set[datetime]:
        """Accepted events that were delivered again, but whose followers' files are gone: they stay as they are."""
        stuck = {moment for moment in pending if deliveries[moment].status == "accepted"}
        for moment in sorted(stuck):
            batch = deliveries[moment].moment.batch_id
            self.report.notes.append(f"{batch} stays as it was: the files of later deliveries are no longer kept")
        return stuck

    def _take(self, source: str, feed: Feed, deliveries: dict[datetime, Delivery], delivery: Delivery) -> None:
        """Read, judge and write one delivery: all of it in one transaction, or nothing."""
        staged = _Staged()
        try:
            delivery.fault = delivery.barred
            if delivery.fault is None:
                self._stage(source, feed, delivery, staged)
        except RefusedError as refusal:
            delivery.fault = str(refusal)
        delivery.rows, delivery.expected_rows = staged.delivered, staged.expected_rows
        judged = verdicts.judge(
            (d.known for d in deliveries.values() if d.status or d is delivery), is_snapshot=feed.kind == "snapshot"
        )
        reason = judged[delivery.moment.batch_id]
        checkpoint("staged")
        self._record(source, feed, deliveries, delivery, staged, reason)

    def _record(
        self,
        source: str,
        feed: Feed,
        deliveries: dict[datetime, Delivery],
        delivery: Delivery,
        staged: "_Staged",
        reason: str | None,
    ) -> None:
        was_accepted = delivery.status == "accepted"
        at = delivery.moment
        self._csv_path(source, feed.name, at.extracted_at).unlink(missing_ok=True)
        self.connection.begin()
        try:
            counts = Counts()
            for log in changes.logs(feed):
                written = self._apply(log, source, deliveries, delivery, was_accepted, reason is None)
                counts = counts if log.is_sightings else written
                checkpoint("log written")
            self._forget(at.batch_id)
            envelope = (at.batch_id, source, feed.name, at.extracted_at)
            accepted = counts.inserted + counts.changed + counts.unchanged
            status = "quarantined" if reason else "accepted"
            row: tuple[Any, ...] = (status, reason, staged.delivered, accepted, staged.delivered - accepted)
            row += (counts.inserted, counts.changed, counts.unchanged, counts.deleted)
            files = [file for file in delivery.files.values() if not file.is_manifest]
            names = ", ".join(sorted(file.name for file in files))
            row += (staged.expected_rows, delivery.fault, names)
            unknown = ", ".join(sorted(staged.unknown)) or None
            self._insert("raw.deliveries", [(*envelope, *row, staged.mapping, unknown)])
            places = sorted(delivery.files)
            self._insert(
                "raw.delivery_files",
                [(*envelope, *place, delivery.digests[place]) for place in places],
            )
            if reason is None:
                self._insert_many("raw.quarantined_rows", envelope, staged.found.rows)
                self._insert_many("raw.cast_failures", envelope, staged.found.failures)
            checkpoint("before commit")
            self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise
        checkpoint("committed")
        delivery.status = status
        self.report.touched_feeds.add(feed.name)
        self.report.outcomes.append(
            Outcome(
                source,
                feed.name,
                at.extracted_at,
                status,
                reason,
                staged.delivered,
                accepted,
                staged.delivered - accepted,
                tuple(sorted(staged.unknown)),
            )
        )

    def _insert_many(self, table: str, envelope: tuple[Any, ...], rows: list[tuple[Any, ...]]) -> None:
        if rows:
            import pyarrow as pa

            columns = [pa.array(values) for values in zip(*rows, strict=True)]
            batch = pa.table(columns, names=[f"c{position}" for position in range(len(columns))])
            self.connection.register("landing_details", batch)
            self.connection.execute(f"insert into {table} select ?, ?, ?, ?, * from landing_details", list(envelope))
            self.connection.unregister("landing_details")

    def _forget(self, batch: str) -> None:
        for table in ("raw.deliveries", *DETAILS):
            self.connection.execute(f"delete from {table} where batch_id = ?", [batch])

    def _apply(
        self,
        log: changes.Log,
        source: str,
        deliveries: dict[datetime, Delivery],
        delivery: Delivery,
        was_accepted: bool,
        is_accepted: bool,
    ) -> Counts:
        at = delivery.moment
        if log.feed.kind != "snapshot":
            return changes.append(self.connection, log, source, at) if is_accepted else Counts()
        later = [d.moment for t, d in deliveries.items() if t > at.extracted_at and d.status == "accepted"]
        following = min(later, key=lambda moment: moment.extracted_at, default=None)
        if is_accepted and not was_accepted and following is None:
            return changes.append(self.connection, log, source, at)
        if not (is_accepted or was_accepted):
            return Counts()
        own, next_counts = changes.splice(self.connection, log, source, at, following, is_present=is_accepted)
        if following is not None and next_counts is not None and not log.is_sightings:
            self.connection.execute(
                "update raw.deliveries set rows_inserted = ?, rows_changed = ?, rows_unchanged = ?, rows_deleted = ? "
                "where batch_id = ?",
                [
                    next_counts.inserted,
                    next_counts.changed,
                    next_counts.unchanged,
                    next_counts.deleted,
                    following.batch_id,
                ],
            )
        return own

    def _settle(self, source: str, feed: Feed, deliveries: dict[datetime, Delivery]) -> None:
        """A late delivery may change the verdict on later ones: follow until every verdict holds."""
        lost: set[str] = set()
        while True:
            known = [d for d in deliveries.values() if d.status in ("accepted", "quarantined")]
            judged = verdicts.judge((d.known for d in known), is_snapshot=feed.kind == "snapshot")
            wrong = [
                d
                for d in sorted(known, key=lambda d: d.moment.extracted_at)
                if (judged[d.moment.batch_id] is None) != (d.status == "accepted") and d.moment.batch_id not in lost
            ]
            if not wrong:
                sentences = [(reason, batch, reason) for batch, reason in judged.items() if reason]
                if sentences:  # the numbers in a sentence may have changed though its verdict has not
                    query = "update raw.deliveries set reason = ? where batch_id = ? and reason <> ?"
                    self.connection.executemany(query, sentences)
                return
            delivery, before = wrong[0], wrong[0].status
            reason = judged[delivery.moment.batch_id]
            if reason is None and not all(file.path.exists() for file in delivery.files.values()):
                lost.add(delivery.moment.batch_id)
                self.report.notes.append(f"{delivery.moment.batch_id} would be accepted now, but its file is not kept")
                continue
            self._take(source, feed, deliveries, delivery) if reason is None else self._withdraw(
                source, feed, deliveries, delivery, reason
            )
            self._insert(
                "raw.verdict_changes",
                [
                    (
                        delivery.moment.batch_id,
                        source,
                        feed.name,
                        delivery.moment.extracted_at,
                        before,
                        delivery.status,
                        reason,
                    )
                ],
            )

    def _withdraw(
        self, source: str, feed: Feed, deliveries: dict[datetime, Delivery], delivery: Delivery, reason: str
    ) -> None:
        """Take an accepted delivery out of history; what is known about its files stays."""
        self.connection.begin()
        try:
            for log in changes.logs(feed):
                self._apply(log, source, deliveries, delivery, True, False)
            batch = delivery.moment.batch_id
            self.connection.execute(
                "update raw.deliveries set status = 'quarantined', reason = ?, rows_accepted = 0, rows_inserted = 0, "
                "rows_changed = 0, rows_unchanged = 0, rows_deleted = 0, rows_quarantined = rows_delivered "
                "where batch_id = ?",
                [reason, batch],
            )
            for table in ("raw.quarantined_rows", "raw.cast_failures"):
                self.connection.execute(f"delete from {table} where batch_id = ?", [batch])
            checkpoint("before commit")
            self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise
        delivery.status = "quarantined"
        self._csv_path(source, feed.name, delivery.moment.extracted_at).unlink(missing_ok=True)
        self.report.outcomes.append(
            Outcome(
                source, feed.name, delivery.moment.extracted_at, "quarantined", reason, delivery.rows, 0, delivery.rows
            )
        )

    # --- one delivery -------------------------------------------------------------------------------------------------

    def _stage(self, source: str, feed: Feed, delivery: Delivery, staged: "_Staged") -> None:
        """Load all files of a delivery into one table of acceptable rows."""
        extracted_at = str(delivery.moment.extracted_at)
        files: list[str] = []
        self.connection.execute(f"drop table if exists {canonical.STAGED}")
        for _, file in sorted(delivery.files.items()):
            if not file.path.exists():
                raise RefusedError(f"the file {file.name} is no longer kept; deliver it again")
            try:
                if file.is_manifest:
                    staged.expected_rows = _expected_rows(file.path)
                    continue
                self._stage_file(source, feed, file, extracted_at, len(files), staged)
                files.append(file.name)
            except RefusedError as refusal:
                raise RefusedError(f"{file.name}: {refusal}") from refusal
            except (duckdb.OutOfMemoryException, MemoryError) as error:
                raise RefusedError(
                    f"{file.name}: it needs more memory than there is; deliver it in parts, or raise ITAM_MEMORY_LIMIT "
                    "and deliver it again"
                ) from error
            except (duckdb.Error, OSError, RecursionError, UnicodeError) as error:
                raise RefusedError(
                    f"{file.name}: it cannot be read ({readers.first_line(error)}); export it again"
                ) from error
        staged.found.rows += canonical.drop_duplicates(self.connection, feed, files)
        left = self._value(f"select count(*) from {canonical.STAGED}")
        if left + len(staged.found.rows) != staged.delivered:
            raise RefusedError(
                f"{', '.join(files)}: {staged.delivered} records were delivered, but {left} could be loaded and "
                f"{len(staged.found.rows)} set aside; export the file again"
            )

    def _stage_file(
        self, source: str, feed: Feed, file: DeliveredFile, extracted_at: str, number: int, staged: "_Staged"
    ) -> None:
        table = f"landing_in_{number}"
        incoming = readers.read(self.connection, file, file.path, table, self.settings.limits)
        said = self.settings.source(source)
        chosen = mapping.recognise(
            self.mappings,
            file.feed,
            set(incoming.columns),
            documents=incoming.documents,
            stated=said.mapping_of(file.feed),
        )
        if incoming.documents and chosen is None:
            raise RefusedError(f"no mapping reads documents as {feed.name}; deliver a list of flat objects")
        texts = mapping.texts(feed, incoming, chosen, extracted_at)
        if incoming.documents:
            rows = self._value(texts.counted)
            bad = incoming.bad if file.feed == feed.name else []
            staged.delivered += rows + len(bad)
        else:
            bad = incoming.bad
            staged.delivered += incoming.delivered
        if texts.missing:
            there = ", ".join(list(incoming.columns)[:8])
            raise RefusedError(
                f"the required column '{texts.missing[0]}' of {feed.name} is missing (the file has {there}"
                f"{', …' if len(incoming.columns) > 8 else ''}); add it, or write a mapping for this shape"
            )
        found = canonical.stage(
            self.connection, feed, said, chosen, self.enums, incoming, texts, extracted_at, file.name, number
        )
        staged.mapping = chosen.name if chosen else staged.mapping
        known = {name.lower() for name in chosen.known} if chosen else set()
        staged.unknown |= {name for name in texts.unknown if name.lower() not in known}
        staged.found.rows += [
            (file.name, r.row_number, r.column, r.value, r.expected, r.reason, r.payload) for r in bad
        ]
        staged.found.rows += found.rows
        staged.found.failures += found.failures
        self.connection.execute(f"drop table {table}")

    # --- files after the fact -----------------------------------------------------------------------------------------

    def _keep(self, source: str, files: list[DeliveredFile]) -> None:
        """Move what is known from landing to the kept deliveries."""
        rows = self.connection.execute(
            "select folder, file_name, feed from raw.delivery_files where source_system = ?", [source]
        ).fetchall()
        known = set(rows)
        for file in files:
            if all((file.feed, file.name, feed) in known for feed in self._feeds_of(file)):
                inbox.keep(self.home, file)
                checkpoint("kept")

    def _retire(self) -> None:
        """Remove kept files that are older than the retention of their feed, and tell what the others weigh."""
        sizes: dict[tuple[str, str], list[int]] = defaultdict(list)
        for file in inbox.kept(self.home, self.feeds):
            days = self.settings.retention.days(file.feed)
            if days is not None and file.extracted_at < inbox.now() - timedelta(days=days):
                file.path.unlink()
            else:
                sizes[file.source_system, file.feed].append(file.path.stat().st_size)
        self.connection.begin()
        self.connection.execute("delete from raw.kept_files")
        self._insert("raw.kept_files", [(*place, len(found), sum(found)) for place, found in sorted(sizes.items())])
        self.connection.commit()

    def _csv_path(self, source: str, feed: str, moment: datetime) -> Path:
        return self.home / "quarantine" / f"{batch_id(source, feed, moment)}.csv"

    def _write_quarantine(self) -> None:
        """One CSV per delivery with rows set aside, or set aside as a whole."""
        for batch, source, feed, moment, reason in self.connection.execute(
            "select batch_id, source_system, feed, extracted_at, reason from raw.deliveries "
            "where extracted_at is not null and (status = 'quarantined' or rows_quarantined > 0)"
        ).fetchall():
            path = self._csv_path(source, feed, moment)
            if path.exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = self.connection.execute(
                "select file, row_number, column_name, value, expected, reason, payload from raw.quarantined_rows "
                "where batch_id = ? order by file, row_number",
                [batch],
            ).fetchall()
            unfinished = path.with_name(f".{path.name}.part")
            with unfinished.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(["file", "row_number", "column", "value", "expected", "reason", "record"])
                writer.writerows([(None, None, None, None, None, reason, None)] if reason else rows)
            unfinished.replace(path)

    # --- what the rows depend on --------------------------------------------------------------------------------------

    def _fingerprint(self, source: str, feed: Feed) -> str:
        said = self.settings.source(source)
        shapes = [m.model_dump_json() for m in self.mappings.values() if feed.name in m.outputs]
        lists = sorted((column, allowed) for (name, column), allowed in self.enums.items() if name == feed.name)
        text = json.dumps([changes.SCHEMA_VERSION, repr(feed), said.model_dump_json(), shapes, lists])
        return hashlib.sha256(text.encode()).hexdigest()

    def _changed_inputs(self) -> list[tuple[str, str]]:
        """Sources and feeds whose rows would read otherwise today: their deliveries are made pending again."""
        before = {
            (source, feed): fingerprint
            for source, feed, fingerprint in self.connection.execute("select * from landing.fingerprints").fetchall()
        }
        pairs = self.connection.execute(
            "select distinct source_system, feed from raw.delivery_files order by 1, 2"
        ).fetchall()
        reopened = []
        for source, name in pairs:
            feed = self.feeds.get(name)
            if feed is None:
                continue
            fingerprint = self._fingerprint(source, feed)
            known = before.get((source, name))
            if known != fingerprint:
                self.connection.begin()
                if known is not None and self._reopen_all(source, feed):
                    reopened.append((source, name))
                self.connection.execute(
                    "delete from landing.fingerprints where source_system = ? and feed = ?", [source, name]
                )
                self._insert("landing.fingerprints", [(source, name, fingerprint)])
                self.connection.commit()
        return reopened

    def _reopen_all(self, source: str, feed: Feed) -> bool:
        deliveries = self._load_known(source, feed)
        lost = [d for d in deliveries.values() if not all(file.path.exists() for file in d.files.values())]
        if lost:
            self.report.notes.append(
                f"{source}/{feed.name}: settings, mappings or allowed values changed; its history keeps the old "
                f"reading, because {len(lost)} delivered files are no longer kept"
            )
            return False
        for log in changes.logs(feed):
            changes.cut(self.connection, log, source, datetime.min)
        self.connection.execute(
            "update raw.deliveries set status = 'pending' "
            "where source_system = ? and feed = ? and extracted_at is not null",
            [source, feed.name],
        )
        self.report.notes.append(
            f"{source}/{feed.name}: settings, mappings or allowed values changed; "
            f"built again from {len(deliveries)} kept deliveries"
        )
        return True


@dataclass
class _Staged:
    """What staging a delivery found."""

    delivered: int = 0
    expected_rows: int | None = None
    mapping: str | None = None
    unknown: set[str] = field(default_factory=set)
    found: canonical.Quarantined = field(default_factory=canonical.Quarantined)


def _salt(home: Path) -> str:
    """The secret that pseudonyms of this home are salted with; it outlives the warehouse, so they stay the same."""
    path = home / "pseudonym.salt"
    if not path.exists():
        unfinished = path.with_name(".pseudonym.salt.part")
        unfinished.write_text(secrets.token_hex(32), encoding="ascii")
        unfinished.chmod(0o600)
        unfinished.replace(path)
    return path.read_text(encoding="ascii").strip()


def _expected_rows(path: Path) -> int | None:
    """``expected_rows`` of a manifest; refuses a manifest that cannot be read, because it cannot vouch for anything."""
    try:
        content = json.loads(b"".join(readers.plain_bytes(path)).decode("utf-8-sig"))
        expected = content.get("expected_rows") if isinstance(content, dict) else "?"
    except (ValueError, RecursionError) as error:
        raise RefusedError('it is no readable manifest; write {"expected_rows": 1234}') from error
    if expected is None:
        return None
    if isinstance(expected, bool) or not isinstance(expected, int) or expected < 0:
        raise RefusedError('expected_rows is no count; write {"expected_rows": 1234}')
    return expected
