"""Copy the published marts into a PostgreSQL database: schema ``marts``, with comments, indexes, roles, row policies.

Everything happens in one transaction of PostgreSQL: readers have the old schema until it commits, and a copy that is
killed anywhere has never been. DuckDB's postgres extension, loaded from its package, is the one driver. Here: how a
version gets there. Not here: who may read what (``access``), and what is published (``publish``).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import duckdb

from itam.dashboard.access import is_this_machine
from itam.errors import RefusedError
from itam.home import Home
from itam.publishing.access import Access, Table, declared
from itam.publishing.publish import quote
from itam.publishing.read import NothingPublishedError
from itam.settings import load_settings

EXTENSION = "postgres_scanner"
COPY_FAILED = "the copy failed"
"""How the end of a refresh speaks of it; ``itam health`` looks for it."""
OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
SCHEMA = "marts"
OLD = "marts_old_"
MARK = "Published by itam: "
"""How the comment of a schema of ours begins; no other one is ever renamed or dropped."""
LOCK = 4_923_117_680_412
"""Any number that other programs do not use: who holds it copies, a second one steps back."""
ENCRYPTED = ("require", "verify-ca", "verify-full")
PATIENCE = {"connect_timeout": "10", "tcp_user_timeout": "60000", "application_name": "itam"}
"""Parameters of libpq where the address says nothing: seconds, milliseconds, a name for whoever looks at the server."""
NUL = "\ufffd"
"""PostgreSQL has no text with a NUL in it."""
BEFORE_THE_REASON = re.compile(r"ERROR:\s+|FATAL:\s+|Unable to connect to Postgres at \".*?\": ", re.S)
ALONE = """
set local lock_timeout = '200ms';
do $$
begin
    for attempt in 1..20 loop
        begin
            lock table {tables} in access exclusive mode;
            exit;
        exception when lock_not_available then
            perform pg_sleep(0.2);
        end;
    end loop;
end $$;
set local lock_timeout = '10s';
"""
"""Wait until no statement is half way through the old tables, so that none sees a table of each version; readers wait
0.2 seconds at most. Where a long one does not end within eight seconds, the swap is done beside it."""
HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::(\d*))?")


class CopyError(Exception):
    """The marts could not be copied; what was there is there still. The message is one line for a person."""


@dataclass(frozen=True)
class Target:
    """A database, by libpq's parameters; the password is kept apart and never shown."""

    parameters: dict[str, str]
    password: str | None

    def __str__(self) -> str:
        """The address as it may be shown."""
        host, port, name = (self.parameters.get(key, "") for key in ("host", "port", "dbname"))
        return f"postgresql://{host}{':' + port if port else ''}/{name}"

    @property
    def connection(self) -> str:
        """The parameters as libpq reads them."""
        escaped = ((k, v.replace("\\", "\\\\").replace("'", "\\'")) for k, v in (PATIENCE | self.parameters).items())
        return " ".join(f"{key}='{value}'" for key, value in escaped)


def target(url: str, without_tls: bool = False, environment: Mapping[str, str] = os.environ) -> Target:
    """The database that an address names.

    Raises:
        RefusedError: it is no address of PostgreSQL, or of another machine without encryption.
    """
    try:
        parts = urlsplit(url)
        said = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        user, _, hosts = parts.netloc.rpartition("@")
        named = [HOST_AND_PORT.fullmatch(unquote(one)) for one in hosts.split(",")]
    except ValueError:
        parts, named = urlsplit(""), []
    if parts.scheme not in ("postgresql", "postgres") or not all(named) or parts.fragment:
        raise RefusedError("The address must be like postgresql://user@host:5432/database?sslmode=verify-full.")
    name, _, password = user.partition(":")
    ports = [m[2] or "" for m in named if m]
    given = {
        "host": ",".join(m[1].strip("[]") for m in named if m),
        "port": ",".join(ports) if any(ports) else "",
        "user": unquote(name),
        "dbname": unquote(parts.path.removeprefix("/")),
    }
    parameters = {key: value for key, value in (given | said).items() if value}
    word = parameters.pop("password", None) or unquote(password) or None
    refuse_in_the_clear(parameters, without_tls, environment)
    return Target(parameters, word)


def refuse_in_the_clear(parameters: Mapping[str, str], without_tls: bool, environment: Mapping[str, str]) -> None:
    """Numbers and a password do not cross a network where others can read them, unless somebody says so."""
    asked = {"host": "PGHOST", "hostaddr": "PGHOSTADDR", "service": "PGSERVICE", "sslmode": "PGSSLMODE"}
    found = {key: parameters.get(key) or environment.get(variable, "") for key, variable in asked.items()}
    hosts = [host for key in ("host", "hostaddr") for host in found[key].split(",") if host]
    is_here = all(host.startswith("/") or is_this_machine(host) for host in hosts) and (hosts or not found["service"])
    if not (is_here or without_tls or found["sslmode"] in ENCRYPTED):
        raise RefusedError(
            f"Not copied: {', '.join(hosts) or found['service']} is another machine, and the address does not ask for"
            " encryption. Add ?sslmode=verify-full (docs/connect/postgresql.md), or say --without-tls."
        )


def copy(home: Home, url: str, without_tls: bool = False) -> str:
    """Copy what is published, unless it is there already: what was done, in a line.

    Raises:
        CopyError: the server says no, or is not there.
        RefusedError: it is not done like this.
        NothingPublishedError: there is nothing to copy.
    """
    to = target(url, without_tls)
    if not home.link.exists():
        raise NothingPublishedError(f"Nothing is published in {home.root} yet: run `itam refresh`.")
    version = home.link.resolve(strict=True)
    with connected(to, version) as con:
        tables = tables_of(con)
        access = access_of(con, home)
        refresh_id = version.stem.removeprefix("itam_")
        fresh = f"{SCHEMA}_{refresh_id.lower()}"
        script = described(con, fresh, tables) + guarded(fresh, tables, access)
        ((as_of,),) = con.execute("select max(as_of_date) from version.marts.kpi_results").fetchall()
        mark = f"{MARK}refresh {refresh_id}, as of {as_of}, {hashlib.sha256(script.encode()).hexdigest()[:16]}"
        with speaking_of(to):
            rows = load(con, fresh, tables, access, script, mark)
            kept = tidy(con)
    done = f"as of {as_of}, " + ("already there" if rows is None else f"{len(tables)} tables, {rows:,} rows")
    return "; ".join([f"{done} in {to}, schema {SCHEMA}", *kept])


# --- the connection --------------------------------------------------------------------------------------------------


@contextmanager
def connected(to: Target, version: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB that sees the published version as ``version`` and the database as ``pg``."""
    with closing(duckdb.connect(config=dict(OFFLINE))) as con:
        con.execute(f"load {quote(extension())}")
        con.execute(f"attach {quote(version)} as version (read_only)")
        con.execute(f"set pg_null_byte_replacement = '{NUL}'")
        secret = ""
        if to.password is not None:  # DuckDB shows what it attaches in its errors, but no secret
            con.execute(f"create secret word (type postgres, password {quote(to.password)})")
            secret = ", secret word"
        with speaking_of(to):
            con.execute(f"attach {quote(to.connection)} as pg (type postgres{secret})")
        yield con


def extension() -> Path:
    """The file of DuckDB's postgres extension, which its package brings along: nothing is downloaded."""
    package = importlib.util.find_spec(f"duckdb_extension_{EXTENSION}")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "extensions" / f"v{duckdb.__version__}" / f"{EXTENSION}.duckdb_extension"


@contextmanager
def speaking_of(to: Target) -> Iterator[None]:
    """What the server says becomes one line that names it."""
    try:
        yield
    except duckdb.Error as error:
        raise CopyError(f"{to}: {reason(error)}") from error


def reason(error: duckdb.Error) -> str:
    """What PostgreSQL says, without the statement that it says it about."""
    return " ".join(BEFORE_THE_REASON.split(str(error))[-1].split())


def ask(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    """Rows of a query on PostgreSQL."""
    return con.execute("from postgres_query('pg', ?)", [sql]).fetchall()


def tell(con: duckdb.DuckDBPyConnection, script: str) -> None:
    """Run statements on PostgreSQL."""
    con.execute("call postgres_execute('pg', ?)", [script])


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of it or nothing."""
    con.execute("begin")
    try:
        yield
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


# --- what is copied --------------------------------------------------------------------------------------------------


def tables_of(con: duckdb.DuckDBPyConnection) -> list[Table]:
    """The published tables."""
    found = con.execute(
        "select table_name, list(column_name order by column_index) from duckdb_columns()"
        " where database_name = 'version' and schema_name = 'marts' group by all order by all"
    ).fetchall()
    return [Table(name, tuple(columns)) for name, columns in found]


def access_of(con: duckdb.DuckDBPyConnection, home: Home) -> Access:
    """The rights that are declared."""
    manifest = home.dbt_target / "manifest.json"
    if not manifest.exists():
        raise RefusedError(f"Not copied: {manifest} says who reads what, and is not there: run `itam refresh`.")
    roles = dict(con.execute("select kpi_id, coalesce(roles, '') from version.marts.kpi_catalog").fetchall())
    return declared(manifest, roles, load_settings(home.root).publish)


def described(con: duckdb.DuckDBPyConnection, schema: str, tables: list[Table]) -> str:
    """Statements for comments, for indexes where a BI tool filters or joins, and for the planner's statistics."""
    comments = con.execute(
        "select table_name, null, comment from duckdb_tables() where database_name = 'version' and comment is not null"
        " union all select table_name, column_name, comment from duckdb_columns()"
        " where database_name = 'version' and comment is not null order by all"
    ).fetchall()
    script = ""
    for table, column, comment in comments:
        what = f"column {name(schema, table, column)}" if column else f"table {name(schema, table)}"
        script += f"comment on {what} is {quote(comment)};\n"
    for table in tables:
        for columns in indexes(table):
            script += f"create index on {name(schema, table.name)} ({', '.join(map(name, columns))});\n"
    return script + f"analyze {names(schema, (table.name for table in tables))};\n"


def indexes(table: Table) -> list[tuple[str, ...]]:
    """The columns to index: the KPI and the day; the keys that join facts and dimensions."""
    if {"kpi_id", "as_of_date"} <= set(table.columns):
        return [("kpi_id", "as_of_date")]
    if table.name.startswith(("dim_", "fct_")):
        return [(column,) for column in table.columns if column.endswith("_key")]
    return []


def guarded(schema: str, tables: list[Table], access: Access) -> str:
    """Statements for grants, and for row policies on the tables of which a role reads a part only."""
    script = f"grant usage on schema {name(schema)} to {', '.join(name(role.name) for role in access.roles)};\n"
    for table in tables:
        rows = {role.name: found for role in access.roles if (found := access.rows(role, table)) is not None}
        where = name(schema, table.name)
        script += f"grant select on {where} to {', '.join(map(name, rows))};\n"
        if any(rows.values()):
            script += f"alter table {where} enable row level security;\n"
            for role, condition in rows.items():
                script += f"create policy {name(role)} on {where} for select to {name(role)}"
                script += f" using ({condition or 'true'});\n"
    return script


def load(
    con: duckdb.DuckDBPyConnection, fresh: str, tables: list[Table], access: Access, script: str, mark: str
) -> int | None:
    """Fill a new schema and give it the name that readers know: the number of rows, or none where it is there."""
    with transaction(con):
        if ask(con, f"select pg_try_advisory_xact_lock({LOCK})") != [(True,)]:
            raise RefusedError("Another copy into this database is under way; try again when it has ended.")
        missing = missing_roles(con, access)
        current = ask(con, f"select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = '{SCHEMA}'")
        if current == [(mark,)] and not missing:
            return None
        if any(not str(comment).startswith(MARK) for (comment,) in current):
            raise RefusedError(
                f"Not copied: the database has a schema {SCHEMA} that was not made by `itam publish`; rename it, or"
                " name another database."
            )
        tell(con, "set local standard_conforming_strings = on")  # a literal ends where we think it does
        for role in missing:
            tell(con, f"create role {name(role)} nologin")
        con.execute(f"create schema pg.{name(fresh)}")
        rows = 0
        for table in tables:
            source = f"version.marts.{name(table.name)}"
            ((count,),) = con.execute(f"create table pg.{name(fresh, table.name)} as from {source}").fetchall()
            rows += count
        tell(con, script)
        if current:
            old = f"{OLD}{datetime.now(UTC):%Y%m%dt%H%M%S%f}"
            tell(
                con, ALONE.format(tables=names(SCHEMA, inside(con, SCHEMA))) + f"alter schema {SCHEMA} rename to {old};"
            )
        tell(con, f"alter schema {name(fresh)} rename to {SCHEMA}; comment on schema {SCHEMA} is {quote(mark)};")
    return rows


def missing_roles(con: duckdb.DuckDBPyConnection, access: Access) -> list[str]:
    """Roles that have to be created first; who may not is told what to ask for."""
    there = {role for (role,) in ask(con, "select rolname::text from pg_roles")}
    missing = [role.name for role in access.roles if role.name not in there]
    ((may,),) = ask(con, "select rolcreaterole or rolsuper from pg_roles where rolname = current_user")
    if missing and not may:
        statements = " ".join(f"create role {role} nologin;" for role in missing)
        raise RefusedError(f"Not copied: this user may not create roles. Whoever may has to run once: {statements}")
    return missing


def tidy(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Drop what nobody reads any more; what is still in use is told and goes the next time."""
    kept = []
    owned = "nspname like 'marts\\_old\\_%' and obj_description(oid, 'pg_namespace') like 'Published by itam: %'"
    for (schema,) in ask(con, f"select nspname::text from pg_namespace where {owned} order by 1"):
        try:
            with transaction(con):
                tables = names(str(schema), inside(con, str(schema)))
                tell(con, f"set local lock_timeout = '10s'; drop table {tables}; drop schema {name(str(schema))};")
        except duckdb.Error as error:
            why = reason(error)
            kept.append(f"{schema} is still there: {'somebody reads it' if 'lock timeout' in why else why}")
    return kept


def inside(con: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    """The tables of a schema on PostgreSQL."""
    where = f"relkind = 'r' and relnamespace = {quote(schema)}::regnamespace"
    return [str(table) for (table,) in ask(con, f"select relname::text from pg_class where {where} order by 1")]


def name(*parts: str) -> str:
    """A quoted identifier."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def names(schema: str, tables: Iterable[str]) -> str:
    """Tables of a schema, as a list."""
    return ", ".join(name(schema, table) for table in tables)
