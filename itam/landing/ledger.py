"""The ledger: what the warehouse remembers of each delivery beside its rows.

Here: the tables of deliveries, files, rows set aside, fingerprints and requests: their form, and what is written to
them. Not here: the change logs (``changes.py``), and what is decided about a delivery (``history.py``).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from itam.feeds import Feed
from itam.landing import changes, inbox
from itam.landing.changes import Counts, Moment
from itam.landing.delivery import Delivery, Outcome, batch_id
from itam.landing.inbox import DeliveredFile, Misplaced
from itam.landing.reasons import NewerWarehouseError
from itam.landing.staging import Staged
from itam.privacy import key

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
    "raw.pseudonym_key": "inner_pad varchar, outer_pad varchar",
    "landing.meta": "schema_version integer",
    "landing.forgotten_applied": "entries integer",
    "landing.compacted": "feed varchar, month date, newest_row_id bigint",
    "landing.fingerprints": "source_system varchar, feed varchar, fingerprint varchar",
}
ROW_DETAILS = ("raw.quarantined_rows", "raw.cast_failures")


class Ledger:
    """The ledger of one home."""

    def __init__(self, home: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.home = home
        self.connection = connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it, or nothing."""
        self.connection.begin()
        try:
            yield
            self.connection.commit()
        except BaseException:
            with suppress(duckdb.Error):  # where the disk was full the transaction is gone already
                self.connection.rollback()
            raise

    def insert(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        """Add rows to a table."""
        if rows:
            self.connection.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)

    def _value(self, query: str) -> Any:
        row = self.connection.execute(query).fetchone()
        return row[0] if row else None

    def prepare(self, feeds: dict[str, Feed]) -> bool:
        """The schemas and all tables; true when they were of another version, and what they held is gone."""
        rows = self.connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema in ('raw', 'landing') and table_catalog = current_database()"
        ).fetchall()
        tables = {row[0] for row in rows}
        version = self._value("select max(schema_version) from landing.meta") if "landing.meta" in tables else None
        if version is not None and version > changes.SCHEMA_VERSION:
            raise NewerWarehouseError(
                f"{self.home / 'warehouse.duckdb'} was written by a newer version of the project: use that one, or "
                "move the file away and it is built again from the kept deliveries"
            )
        is_current = version == changes.SCHEMA_VERSION
        is_foreign = bool(tables) and not is_current
        requests: list[tuple[Any, ...]] = []
        with self.transaction():
            if is_foreign:
                if "raw.as_of_requests" in tables:
                    requests = self.connection.execute("select * from raw.as_of_requests").fetchall()
                self.connection.execute("drop schema if exists raw cascade")
                self.connection.execute("drop schema if exists landing cascade")
            self.connection.execute("create schema if not exists raw")
            self.connection.execute("create schema if not exists landing")
            self.connection.execute("create sequence if not exists landing.row_ids")
            for table, columns in TABLES.items():
                self.connection.execute(f"create table if not exists {table} ({columns})")
            self.connection.execute("delete from raw.pseudonym_key")
            self.insert("raw.pseudonym_key", [key.pads(key.secret_key(self.home))])
            if not is_current:
                changes.create(self.connection, feeds)
                self.insert("landing.meta", [(changes.SCHEMA_VERSION,)])
                self.insert("raw.as_of_requests", requests)
        return is_foreign

    @property
    def is_empty(self) -> bool:
        """Whether no delivered file is known."""
        return not self._value("select count(*) from raw.delivery_files")

    # --- what is known ------------------------------------------------------------------------------------------------

    def deliveries(self, source: str, feed: Feed) -> dict[datetime, Delivery]:
        """The known deliveries of a source's feed and their kept files, in the order of the extracts."""
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

    def sources(self) -> list[tuple[str, str]]:
        """Every source and feed that a file is known of."""
        return self.connection.execute(
            "select distinct source_system, feed from raw.delivery_files order by 1, 2"
        ).fetchall()

    def pending(self) -> list[tuple[str, str]]:
        """Every source and feed with deliveries to be landed again, also those that a run which died has left."""
        return self.connection.execute(
            "select distinct source_system, feed from raw.deliveries where status = 'pending' order by 1, 2"
        ).fetchall()

    def files(self, source: str) -> set[tuple[str, str, str]]:
        """Folder, name and feed of the known files of a source."""
        rows = self.connection.execute(
            "select folder, file_name, feed from raw.delivery_files where source_system = ?", [source]
        ).fetchall()
        return set(rows)

    def fingerprints(self) -> dict[tuple[str, str], str]:
        """What the rows of each source and feed were read with."""
        rows = self.connection.execute("select source_system, feed, fingerprint from landing.fingerprints").fetchall()
        return {(source, feed): fingerprint for source, feed, fingerprint in rows}

    # --- what is remembered -------------------------------------------------------------------------------------------

    def note_misplaced(self, entries: Iterable[Misplaced]) -> list[Outcome]:
        """Entries that belong to no delivery stay where they are and are told anew each time."""
        outcomes = []
        with self.transaction():
            self.connection.execute("delete from raw.deliveries where extracted_at is null")
            for entry in entries:
                place = entry.path.relative_to(self.home / "landing")
                source = place.parts[0] if len(place.parts) > 1 else ""
                feed = place.parts[1] if len(place.parts) > 2 else ""
                reason = f"{place.as_posix()}: {entry.reason}"
                row = (place.as_posix(), source, feed, None, "quarantined", reason, *[0] * 7)
                self.insert("raw.deliveries", [(*row, None, reason, place.name, None, None)])
                outcomes.append(Outcome(source, feed, None, "quarantined", reason))
        return outcomes

    def record(
        self, source: str, feed: Feed, delivery: Delivery, staged: Staged, counts: Counts, reason: str | None
    ) -> Outcome:
        """Replace what is remembered of a delivery."""
        at = delivery.moment
        for table in ("raw.deliveries", "raw.delivery_files", *ROW_DETAILS):
            self.connection.execute(f"delete from {table} where batch_id = ?", [at.batch_id])
        envelope = (at.batch_id, source, feed.name, at.extracted_at)
        accepted = counts.inserted + counts.changed + counts.unchanged
        status = "quarantined" if reason else "accepted"
        row: tuple[Any, ...] = (status, reason, staged.delivered, accepted, staged.delivered - accepted)
        row += (counts.inserted, counts.changed, counts.unchanged, counts.deleted)
        names = ", ".join(sorted(file.name for file in delivery.files.values() if not file.is_manifest))
        unknown = tuple(sorted(staged.unknown))
        row += (staged.expected_rows, delivery.fault, names, staged.mapping, ", ".join(unknown) or None)
        self.insert("raw.deliveries", [(*envelope, *row)])
        places = sorted(delivery.files)
        self.insert("raw.delivery_files", [(*envelope, *place, delivery.digests[place]) for place in places])
        if reason is None:
            self._insert_many("raw.quarantined_rows", envelope, staged.found.rows)
            self._insert_many("raw.cast_failures", envelope, staged.found.failures)
        return Outcome(
            source,
            feed.name,
            at.extracted_at,
            status,
            reason,
            staged.delivered,
            accepted,
            staged.delivered - accepted,
            unknown,
        )

    def _insert_many(self, table: str, envelope: tuple[Any, ...], rows: list[tuple[Any, ...]]) -> None:
        if rows:
            columns = [pa.array(values) for values in zip(*rows, strict=True)]
            batch = pa.table(columns, names=[f"c{position}" for position in range(len(columns))])
            self.connection.register("landing_details", batch)
            self.connection.execute(f"insert into {table} select ?, ?, ?, ?, * from landing_details", list(envelope))
            self.connection.unregister("landing_details")

    def withdraw(self, source: str, feed: Feed, delivery: Delivery, reason: str) -> Outcome:
        """A delivery is accepted no longer; what is known about its files stays."""
        at = delivery.moment
        self.connection.execute(
            "update raw.deliveries set status = 'quarantined', reason = ?, rows_accepted = 0, rows_inserted = 0, "
            "rows_changed = 0, rows_unchanged = 0, rows_deleted = 0, rows_quarantined = rows_delivered "
            "where batch_id = ?",
            [reason, at.batch_id],
        )
        for table in ROW_DETAILS:
            self.connection.execute(f"delete from {table} where batch_id = ?", [at.batch_id])
        return Outcome(
            source, feed.name, at.extracted_at, "quarantined", reason, delivery.rows, 0, rows_quarantined=delivery.rows
        )

    def recount(self, batch: str, counts: Counts) -> None:
        """Another delivery came before this one, so that it changes something else."""
        self.connection.execute(
            "update raw.deliveries set rows_inserted = ?, rows_changed = ?, rows_unchanged = ?, rows_deleted = ? "
            "where batch_id = ?",
            [counts.inserted, counts.changed, counts.unchanged, counts.deleted, batch],
        )

    def reopen(self, deliveries: Iterable[Delivery]) -> None:
        """These deliveries are to be landed again."""
        for delivery in deliveries:
            self.connection.execute(
                "update raw.deliveries set status = 'pending' where batch_id = ?", [delivery.moment.batch_id]
            )

    def reword(self, reasons: dict[str, str | None]) -> None:
        """The numbers in a sentence may have changed though its verdict has not."""
        sentences = [(reason, batch, reason) for batch, reason in reasons.items() if reason]
        if sentences:
            query = "update raw.deliveries set reason = ? where batch_id = ? and reason <> ?"
            self.connection.executemany(query, sentences)

    def note_verdict(self, source: str, feed: Feed, delivery: Delivery, before: str | None, reason: str | None) -> None:
        """A verdict has changed since it was given."""
        at = delivery.moment
        row = (at.batch_id, source, feed.name, at.extracted_at, before, delivery.status, reason)
        self.insert("raw.verdict_changes", [row])

    def note_fingerprint(self, source: str, feed: Feed, fingerprint: str) -> None:
        """What the rows of a source's feed are read with from now on."""
        self.connection.execute(
            "delete from landing.fingerprints where source_system = ? and feed = ?", [source, feed.name]
        )
        self.insert("landing.fingerprints", [(source, feed.name, fingerprint)])
