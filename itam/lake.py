"""The change log as Parquet files that another engine reads in place: ``python -m itam.lake --home HOME``.

Here: writing what dbt's sources hold (logs of the feeds, partitioned by the month of their delivery; the ledger; the
organisation's policy) to ``HOME/lake/<schema>/<table>/``. Not here: reading it; ``macros/lake.sql`` does, for every
engine. The folder holds delivered rows, persons included: it is as private as the warehouse, and made of it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import duckdb
import yaml

from itam.feeds import FEEDS_FILE
from itam.home import Home
from itam.refresh import BusyError, only_writer

SOURCES = sorted(FEEDS_FILE.parent.glob("_*.yml"))
MONTH = "delivery_month"
LOG_COLUMNS = {"row_id", "extracted_at", "change_type"}
"""What a change log has and nothing else: its rows belong to the month of their delivery."""


def tables() -> list[tuple[str, str]]:
    """Schema and name of every table that models read as a source, as the YAML beside them declares."""
    declared = [source for file in SOURCES for source in yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]]
    return [(source["schema"], table["name"]) for source in declared for table in source["tables"]]


def write(home: Home) -> dict[str, int]:
    """Write all tables anew and put them in the place of the old ones; returns rows by ``schema.table``.

    Raises:
        FileNotFoundError: the home has no warehouse yet.
        BusyError: a refresh is writing.
    """
    if not home.warehouse.exists():
        raise FileNotFoundError(f"there is no warehouse in {home.root}: run `itam refresh` first")
    with only_writer(home):
        fresh = home.lake.with_name(f".{home.lake.name}")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        with closing(duckdb.connect(str(home.warehouse), read_only=True)) as con:
            rows = {f"{schema}.{table}": write_table(con, schema, table, fresh) for schema, table in tables()}
        shutil.rmtree(home.lake, ignore_errors=True)
        fresh.replace(home.lake)
    return rows


def write_table(con: duckdb.DuckDBPyConnection, schema: str, table: str, lake: Path) -> int:
    """Write one table below ``lake``; returns its rows. A table without rows leaves a file with its columns."""
    folder = lake / schema / table
    folder.mkdir(parents=True)
    source = con.table(f'"{schema}"."{table}"')
    if set(source.columns) >= LOG_COLUMNS:
        months = source.select(f"*, strftime(extracted_at, '%Y-%m') as {MONTH}")
        months.write_parquet(str(folder), partition_by=[MONTH], compression="zstd", overwrite=True)
        empty = folder / f"{MONTH}=none"
    else:
        source.write_parquet(str(folder / "all.parquet"), compression="zstd")
        empty = folder
    if not any(folder.iterdir()):
        empty.mkdir()
        source.limit(0).write_parquet(str(empty / "none.parquet"))
    return len(source)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the lake of a home; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m itam.lake", description=__doc__)
    parser.add_argument("--home", type=Path, default=None, help="the organisation's folder; default ITAM_HOME")
    home = Home.locate(parser.parse_args(arguments).home)
    try:
        rows = write(home)
    except (FileNotFoundError, BusyError) as error:
        print(f"itam.lake: {error}", file=sys.stderr)
        return 1
    print(f"{sum(rows.values()):,} rows of {len(rows)} tables are in {home.lake}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
