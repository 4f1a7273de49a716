"""Open published files as a reader: read-only, on one file, with everything else locked away."""

from __future__ import annotations

from pathlib import Path

import duckdb

from itam.home import Home

CONFIG = {
    "enable_external_access": "false",
    "lock_configuration": "true",
    "python_enable_replacements": "false",
}


class NothingPublishedError(Exception):
    """There is no file to read yet."""


class NotReadOnlyError(Exception):
    """A statement that does more than read."""


def open_marts(home: Home) -> duckdb.DuckDBPyConnection:
    """The published marts; the link is resolved first, so that the picture stays consistent."""
    return _open(home.link, "marts", f"Nothing is published in {home.root} yet: run `itam refresh`.")


def open_status(home: Home) -> duckdb.DuckDBPyConnection:
    """The report of the last refresh."""
    return _open(home.status, "quality", f"No refresh has run in {home.root} yet: run `itam refresh`.")


def _open(path: Path, schema: str, missing: str) -> duckdb.DuckDBPyConnection:
    if not path.exists():
        raise NothingPublishedError(missing)
    con = duckdb.connect(str(path.resolve(strict=True)), read_only=True, config=dict(CONFIG))
    con.execute(f"use {schema}")
    return con


def select(con: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyConnection:
    """Run one statement that reads; anything else is refused before it runs."""
    statements = con.extract_statements(sql)
    if len(statements) != 1:
        raise NotReadOnlyError(f"One statement at a time, please; got {len(statements)}.")
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise NotReadOnlyError("Only select (and describe, summarize, show, explain) is possible here.")
    return con.execute(statements[0])
