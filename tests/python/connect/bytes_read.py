"""How many bytes a new DuckDB reads from one Parquet file for one query: file and query in, a number out.

What it reads once to begin with (its own code, the first Parquet file) does not count.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb


def read_so_far() -> int:
    """Bytes that this process has asked the system for, as Linux counts them."""
    counts = dict(line.split(": ") for line in Path("/proc/self/io").read_text(encoding="utf-8").splitlines())
    return int(counts["rchar"])


def main(file: str, query: str) -> None:
    """Print the bytes that the query took."""
    with duckdb.connect() as con:
        sql = f"select {query}"
        warm_up = Path(file).with_name("warm_up.parquet")
        con.execute(sql, [str(warm_up)]).fetchall()
        before = read_so_far()
        con.execute(sql, [file]).fetchall()
        print(read_so_far() - before)


if __name__ == "__main__":
    main(*sys.argv[1:])
