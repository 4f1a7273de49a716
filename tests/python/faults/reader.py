"""A dashboard in a loop: it reads published tables, DuckDB or Parquet, and holds them against their checksum table.

Run as ``python -m tests.python.faults.reader HOME duckdb|parquet``; it reads until HOME/stop exists, prints how many
pictures it has seen and how many versions they came from, and fails at the first error or mixed picture.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import duckdb

from itam.home import Home
from itam.publishing import read

CHECK = """
select
    (select count(*) from {kpi_results}),
    (select count(distinct value) from {kpi_results}),
    (select sum(hash(r)::hugeint) from {kpi_results} as r)
        = (select checksum from {checksums} where name = 'kpi_results'),
    (select sum(hash(d)::hugeint) from {dim_date} as d)
        = (select checksum from {checksums} where name = 'dim_date'),
    (select min(value) from {kpi_results})
"""
TABLES = ("kpi_results", "dim_date", "checksums")


def look_at_duckdb(home: Home) -> tuple[object, ...]:
    """One picture from the published file."""
    with closing(read.open_marts(home)) as con:
        (row,) = con.execute(CHECK.format(**{name: name for name in TABLES})).fetchall()
    return row


def look_at_parquet(home: Home) -> tuple[object, ...]:
    """One picture from the Parquet files: the folder behind the link is found first, as the documentation says."""
    folder = home.parquet_link.resolve(strict=True)
    with duckdb.connect(config={"threads": 1}) as con:
        (row,) = con.execute(CHECK.format(**{name: f"'{folder}/{name}.parquet'" for name in TABLES})).fetchall()
    return row


def main() -> int:
    """Read until told to stop."""
    home = Home(Path(sys.argv[1]))
    look = look_at_duckdb if sys.argv[2] == "duckdb" else look_at_parquet
    pictures, versions = 0, set()
    (home.root / f"reading-{sys.argv[3]}").touch()
    while not (home.root / "stop").exists():
        rows, distinct, is_result_whole, is_date_whole, value = look(home)
        if (rows, distinct, is_result_whole, is_date_whole) != (6, 1, True, True):
            print(f"mixed: {(rows, distinct, is_result_whole, is_date_whole)}")
            return 1
        pictures += 1
        versions.add(value)
    print(pictures, len(versions))
    return 0


if __name__ == "__main__":
    sys.exit(main())
