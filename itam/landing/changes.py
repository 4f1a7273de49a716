"""The change logs: what a delivery adds to history, and how history is put right when an older one arrives.

Here: raw tables and heads, the difference between two states, and splicing. Not here: which delivery is accepted
(``verdicts.py``), and how its rows came about (``canonical.py``).
"""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from itam.feeds import Feed
from itam.landing.canonical import STAGED
from itam.landing.casts import literal, quoted

SCHEMA_VERSION = 2
SEPARATOR = "chr(31)"


@dataclass(frozen=True)
class Counts:
    """What writing a delivery did to one log."""

    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0


@dataclass(frozen=True)
class Moment:
    """A delivery's place in history."""

    extracted_at: datetime
    batch_id: str


@dataclass(frozen=True)
class Log:
    """One change log of a feed (its description, or its sightings) and the head that holds the newest state."""

    feed: Feed
    is_sightings: bool = False

    @property
    def table(self) -> str:
        """The log."""
        return f"raw.{self.feed.name}{'_sightings' if self.is_sightings else ''}"

    @property
    def head(self) -> str:
        """Key and hash of every row of the newest state."""
        return f"landing.head_{self.feed.name}{'_sightings' if self.is_sightings else ''}"

    @property
    def payload(self) -> list[str]:
        """The columns behind the envelope."""
        if self.is_sightings:
            return [*self.feed.key, *(column.name for column in self.feed.observed)]
        return [*(column.name for column in self.feed.described), "extra"]

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that a tombstone still has."""
        return self.feed.key or self.feed.replaces

    @property
    def is_state(self) -> bool:
        """Whether a delivery is the whole list, so that what it lacks is gone."""
        return self.feed.kind == "snapshot"

    def content(self) -> str:
        """The staged rows as rows of this log: row_key, row_hash, landing_scope and the payload."""
        names = ", ".join(quoted(name) for name in self.payload)
        if not self.is_sightings:
            return f"select row_key, row_hash, landing_scope, {names} from {STAGED}"
        if not self.feed.sightings_by:
            return f"select row_key, seen_hash as row_hash, landing_scope, {names} from {STAGED}"
        by = self.feed.sightings_by
        group = ", ".join(quoted(name) for name in by)
        alike = " and ".join(f"s.{quoted(name)} = u.{quoted(name)}" for name in by)
        uniform = (
            f"select {group}, min(seen_hash) as seen_hash from {STAGED} group by {group} "
            "having min(seen_hash) = max(seen_hash)"
        )
        one_key = f" || {SEPARATOR} || ".join(f"coalesce({quoted(n)}, '')" if n in by else "''" for n in self.feed.key)
        one = ", ".join(
            f"any_value({quoted(n)}) as {quoted(n)}"
            if n not in self.feed.key or n in by
            else f"cast(null as varchar) as {quoted(n)}"
            for n in self.payload
            if n not in by
        )
        grouped = (
            f"select {one_key} as row_key, seen_hash as row_hash, cast(null as varchar) as landing_scope, {names} "
            "from ("
            f"select {', '.join('s.' + quoted(n) for n in by)}, {one.replace('any_value(', 'any_value(s.')}, "
            f"any_value(s.seen_hash) as seen_hash from {STAGED} as s join ({uniform}) as u on {alike} "
            f"group by {', '.join('s.' + quoted(n) for n in by)})"
        )
        single = (
            f"select row_key, seen_hash as row_hash, landing_scope, {names} from {STAGED} as s "
            f"where not exists (select 1 from ({uniform}) as u where {alike})"
        )
        return f"{grouped} union all {single}"


def logs(feed: Feed) -> list[Log]:
    """The logs of a feed."""
    return [Log(feed), Log(feed, is_sightings=True)] if feed.observed else [Log(feed)]


def create(connection: duckdb.DuckDBPyConnection, feeds: dict[str, Feed]) -> None:
    """All raw tables, empty where nothing was delivered."""
    for feed in feeds.values():
        for log in logs(feed):
            columns = ", ".join(f"{quoted(name)} varchar" for name in log.payload)
            connection.execute(
                f"create table if not exists {log.table} (source_system varchar, extracted_at timestamp, "
                "batch_id varchar, change_type varchar, row_id bigint, row_key varchar, row_hash varchar, "
                f"{columns})"
            )
            connection.execute(
                f"create table if not exists {log.head} "
                "(source_system varchar, row_key varchar, row_hash varchar, landing_scope varchar)"
            )


def _scalar(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0] or 0) if row else 0


def _write(
    connection: duckdb.DuckDBPyConnection, log: Log, source: str, at: Moment, content: str | None, before: str
) -> Counts:
    """Append the difference between two states; leaves it in ``landing_changes`` and ``landing_gone`` for the head."""
    envelope = f"{literal(source)}, timestamp '{at.extracted_at}', {literal(at.batch_id)}"
    names = ", ".join(quoted(name) for name in log.payload)
    content = content or f"select row_key, row_hash, landing_scope, {names} from {STAGED} where false"
    connection.execute(
        "create or replace temp table landing_changes as "
        f"select c.row_key, c.row_hash, c.landing_scope, b.row_key is null as is_new from ({content}) as c "
        f"left join ({before}) as b on b.row_key = c.row_key where b.row_hash is distinct from c.row_hash"
    )
    delivered = _scalar(connection, f"select count(*) from ({content})")
    fresh = _scalar(connection, "select count(*) from landing_changes where is_new")
    touched = _scalar(connection, "select count(*) from landing_changes")
    connection.execute("create or replace temp table landing_gone (row_key varchar, landing_scope varchar)")
    if log.is_state or log.feed.replaces:
        scoped = f" and b.landing_scope in (select landing_scope from ({content}))" if log.feed.replaces else ""
        connection.execute(
            f"insert into landing_gone select b.row_key, b.landing_scope from ({before}) as b "
            f"where not exists (select 1 from ({content}) as c where c.row_key = b.row_key){scoped}"
        )
    deleted = _scalar(connection, "select count(*) from landing_gone")
    if touched:
        only = "" if touched == delivered else " where c.row_key in (select row_key from landing_changes)"
        connection.execute(
            f"insert into {log.table} "
            f"select {envelope}, 'upsert', nextval('landing.row_ids'), row_key, row_hash, {names} "
            f"from ({content}) as c{only}"
        )
    if deleted:
        parts = "landing_scope" if log.feed.replaces else "row_key"
        filled = {name: f"string_split({parts}, {SEPARATOR})[{number}]" for number, name in enumerate(log.key, start=1)}
        keeps_empty = log.feed.name == "incident"
        tombstone = ", ".join(
            "cast(null as varchar)"
            if name not in filled
            else filled[name]
            if keeps_empty
            else f"nullif({filled[name]}, '')"
            for name in log.payload
        )
        connection.execute(
            f"insert into {log.table} "
            f"select {envelope}, 'delete', nextval('landing.row_ids'), row_key, null, {tombstone} "
            "from landing_gone"
        )
    return Counts(fresh, touched - fresh, delivered - touched, deleted)


def _state(log: Log, source: str, condition: str) -> str:
    """The rows that hold when only the part of the log that fits the condition has happened."""
    names = ", ".join(quoted(name) for name in log.payload)
    scope = (
        f" || {SEPARATOR} || ".join(f"coalesce({quoted(name)}, '')" for name in log.feed.replaces)
        or "cast(null as varchar)"
    )
    return (
        f"select row_key, row_hash, {scope} as landing_scope, {names} from ("
        "select *, row_number() over (partition by row_key order by extracted_at desc) as place "
        f"from {log.table} where source_system = {literal(source)} and {condition}) "
        "where place = 1 and change_type = 'upsert'"
    )


def rebuild_head(connection: duckdb.DuckDBPyConnection, log: Log, source: str) -> None:
    """Derive the newest state again from the log."""
    connection.execute(f"delete from {log.head} where source_system = ?", [source])
    connection.execute(
        f"insert into {log.head} select {literal(source)}, row_key, row_hash, landing_scope "
        f"from ({_state(log, source, 'true')})"
    )


def append(connection: duckdb.DuckDBPyConnection, log: Log, source: str, at: Moment) -> Counts:
    """The staged rows come after everything that is known."""
    before = f"select row_key, row_hash, landing_scope from {log.head} where source_system = {literal(source)}"
    counts = _write(connection, log, source, at, log.content(), before)
    if counts.changed or counts.deleted:
        connection.execute(
            f"delete from {log.head} where source_system = ? and row_key in "
            "(select row_key from landing_changes where not is_new union all select row_key from landing_gone)",
            [source],
        )
    if counts.inserted or counts.changed:
        connection.execute(
            f"insert into {log.head} select {literal(source)}, row_key, row_hash, landing_scope from landing_changes"
        )
    return counts


def splice(
    connection: duckdb.DuckDBPyConnection,
    log: Log,
    source: str,
    at: Moment,
    following: Moment | None,
    *,
    is_present: bool,
) -> tuple[Counts, Counts | None]:
    """Put a snapshot in its place in history, or take it out; the next one's changes are derived again.

    What the next delivery contained is the state that the log shows at its time, so no file is read for it.
    """
    earlier = f"extracted_at < timestamp '{at.extracted_at}'"
    connection.execute(f"create or replace temp table landing_before as {_state(log, source, earlier)}")
    touched = [at]
    if following is not None:
        until = f"extracted_at <= timestamp '{following.extracted_at}'"
        connection.execute(f"create or replace temp table landing_next as {_state(log, source, until)}")
        touched.append(following)
    for moment in touched:
        connection.execute(
            f"delete from {log.table} where source_system = ? and extracted_at = ?", [source, moment.extracted_at]
        )
    own = Counts()
    before = "select * from landing_before"
    if is_present:
        own = _write(connection, log, source, at, log.content(), before)
        before = log.content()
    if following is None:
        rebuild_head(connection, log, source)
        return own, None
    return own, _write(connection, log, source, following, "select * from landing_next", before)


def cut(connection: duckdb.DuckDBPyConnection, log: Log, source: str, since: datetime) -> None:
    """Forget what a source delivered from a moment on; its deliveries are landed again after it."""
    connection.execute(f"delete from {log.table} where source_system = ? and extracted_at >= ?", [source, since])
    rebuild_head(connection, log, source)
