"""Write the published marts and swap them in.

A version is written completely under its own name, then two links are repointed. A reader that has the old file open
keeps it; a new reader sees the new one; neither waits. Killed anywhere, the next refresh either finds the links as they
were, or finds the new version and finishes the swap. What may be published is decided by the dbt project: public
models of the schema ``marts`` with an enforced contract.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import duckdb

from itam.home import Home

LEDGER_TABLES = ("quality_gate_log", "kpi_result_log")
KEEP_VERSIONS = 2
MOST_ROW_GROUPS = 40
"""About as many as there are KPIs: a Parquet reader that asks for one of them skips the others."""
LEAST_ROWS_OF_A_GROUP = 2048  # what DuckDB reads at once
MANIFEST = "manifest.json"


def public_tables(manifest: Path) -> list[str]:
    """Names of the models that readers get, from dbt's manifest."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    return sorted(
        node["alias"]
        for node in nodes
        if node["resource_type"] == "model"
        and node["schema"] == "marts"
        and node["config"].get("access") == "public"
        and node["config"].get("contract", {}).get("enforced")
    )


def version_file(home: Home, refresh_id: str) -> Path:
    """The DuckDB file of one refresh."""
    return home.versions / f"itam_{refresh_id}.duckdb"


def version_folder(home: Home, refresh_id: str) -> Path:
    """The Parquet folder of one refresh."""
    return home.versions / f"parquet_{refresh_id}"


def is_current(home: Home, refresh_id: str) -> bool:
    """Whether readers get this refresh."""
    return home.link.is_symlink() and home.link.readlink().name == version_file(home, refresh_id).name


def write_version(home: Home, refresh_id: str, tables: list[str]) -> None:
    """Copy the tables out of the warehouse into files nobody reads yet."""
    home.versions.mkdir(parents=True, exist_ok=True)
    file, folder = version_file(home, refresh_id), version_folder(home, refresh_id)
    unfinished, unfinished_folder = home.versions / f".{file.name}", home.versions / f".{folder.name}"
    remove(unfinished, unfinished_folder, file, folder)
    unfinished_folder.mkdir()
    unfinished_folder.chmod(0o755)  # whatever else is private, this is for readers
    with duckdb.connect(str(unfinished)) as con:
        con.execute(f"attach {quote(home.warehouse)} as warehouse (read_only)")
        con.execute("create schema marts")
        for schema, table in [("marts", t) for t in tables] + [("quality", t) for t in LEDGER_TABLES]:
            # keys stand first: sorted, the same numbers are the same bytes, they pack better, and readers skip more
            ((rows,),) = con.execute(
                f"create table marts.{table} as from warehouse.{schema}.{table} order by all"
            ).fetchall()
            copy_comments(con, schema, table)
            group = max(LEAST_ROWS_OF_A_GROUP, rows // MOST_ROW_GROUPS)
            parquet = unfinished_folder / f"{table}.parquet"
            con.execute(f"copy marts.{table} to {quote(parquet)} (format parquet, row_group_size {group})")
        con.execute("detach warehouse")
        con.execute("checkpoint")
        manifest = describe(con, refresh_id, unfinished_folder)
    (unfinished_folder / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
    unfinished.chmod(0o444)
    for written in unfinished_folder.iterdir():
        written.chmod(0o444)
        sync(written)
    sync(unfinished)
    unfinished.rename(file)
    unfinished_folder.rename(folder)
    sync(home.versions)


def copy_comments(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> None:
    """Readers get the documentation with the table."""
    told = con.execute(
        "select null, comment from duckdb_tables() where database_name = 'warehouse' and schema_name = $1"
        " and table_name = $2 and comment is not null"
        " union all select column_name, comment from duckdb_columns() where database_name = 'warehouse'"
        " and schema_name = $1 and table_name = $2 and comment is not null",
        [schema, table],
    ).fetchall()
    for column, comment in told:
        what = f"column marts.{table}.{column}" if column else f"table marts.{table}"
        con.execute(f"comment on {what} is {quote(comment)}")


def describe(con: duckdb.DuckDBPyConnection, refresh_id: str, folder: Path) -> dict[str, Any]:
    """The manifest of a Parquet folder: which refresh it is, and of each table its file, rows, hash and columns."""
    ((as_of,),) = con.execute("select max(as_of_date) from marts.kpi_results").fetchall()
    columns: dict[str, list[dict[str, Any]]] = {}
    for table, name, data_type, comment in con.execute(
        "select table_name, column_name, data_type, comment from duckdb_columns() where schema_name = 'marts'"
        " order by table_name, column_index"
    ).fetchall():
        columns.setdefault(table, []).append({"name": name, "type": data_type, "comment": comment})
    tables = []
    for table, comment in con.execute(
        "select table_name, comment from duckdb_tables() where schema_name = 'marts' order by table_name"
    ).fetchall():
        ((rows,),) = con.execute(f"select count(*) from marts.{table}").fetchall()
        file = folder / f"{table}.parquet"
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        about = {"name": table, "file": file.name, "rows": rows, "bytes": file.stat().st_size, "sha256": digest}
        tables.append({**about, "comment": comment, "columns": columns[table]})
    return {"refresh_id": refresh_id, "as_of_date": str(as_of), "tables": tables}


def swap_in(home: Home, refresh_id: str) -> None:
    """Point the links at a complete version; doing it again changes nothing."""
    repoint(home.link, version_file(home, refresh_id))
    repoint(home.parquet_link, version_folder(home, refresh_id))


def repoint(link: Path, target: Path) -> None:
    """Replace a link in one step."""
    fresh = link.with_name(f".{link.name}.new")
    remove(fresh)
    fresh.symlink_to(target.relative_to(link.parent))
    fresh.replace(link)
    sync(link.parent)


def tidy(home: Home) -> None:
    """Keep the served version and the one before it; drop older ones and what was never finished."""
    served = home.link.readlink().name if home.link.is_symlink() else ""
    complete = sorted((f.name for f in home.versions.glob("itam_*.duckdb") if f.name <= served), reverse=True)
    kept = {name.removeprefix("itam_").removesuffix(".duckdb") for name in complete[:KEEP_VERSIONS]}
    names = {f"itam_{x}.duckdb" for x in kept} | {f"parquet_{x}" for x in kept}
    remove(*(f for f in home.versions.iterdir() if f.name not in names))


def remove(*paths: Path) -> None:
    """Delete files, folders and links, where they are."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def quote(value: str | Path) -> str:
    """A SQL string literal."""
    return "'" + str(value).replace("'", "''") + "'"
