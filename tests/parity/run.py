"""Whether Spark says exactly what DuckDB says: ``make parity``.

Builds a worked example and a sample organisation on both engines from the same Parquet files and compares every table,
then the numeric helpers on random values. Exit status 0 if and only if nothing differs.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from itam import lake
from itam.home import Home
from tests.parity import values
from tests.parity.engines import ROOT, Build, BuildError, differences

ITAM = Path(sys.executable).with_name("itam")
AS_OF = "2026-06-30"
EXAMPLE = ROOT.parent / "shared" / "golden" / "90_organisation"
NOT_ON_SPARK = ("--exclude", "int_companions__estimates+")
"""A Python model and what rests on it: dbt runs Python on Spark on Databricks only."""


def refreshed(home: Path, sample: int | None = None, landing: Path | None = None) -> Path:
    """A home with a sample of so many assets, or with the deliveries of a folder, refreshed."""
    if landing is not None:
        shutil.copytree(landing, home / "landing", copy_function=shutil.copy)
    if sample is not None:
        command = [str(ITAM), "sample", "--home", str(home), "--assets", str(sample), "--as-of", AS_OF, "--weeks", "60"]
        subprocess.run(command, check=True, capture_output=True)
    subprocess.run([str(ITAM), "refresh", "--home", str(home), "--as-of", AS_OF], check=True, capture_output=True)
    return home


def compare(name: str, source: Path, work: Path, project: Path = ROOT, select: Sequence[str] = ()) -> bool:
    """Build a lake on both engines, print what differs and how long each took; returns whether nothing does."""
    builds = [Build("duckdb", work / name / "duckdb"), Build("spark", work / name / "spark")]
    seconds = []
    for build in builds:
        begun = time.monotonic()
        build.run(source, project, select)
        seconds.append(time.monotonic() - begun)
    found = list(differences(*builds))
    for table in found:
        if not table.is_equal:
            print(f"  {table.table}: {table.only_duckdb} rows only on DuckDB, {table.only_spark} only on Spark")
    equal = sum(table.is_equal for table in found)
    rows = sum(table.rows for table in found)
    print(
        f"{name}: {equal} of {len(found)} tables are equal ({rows:,} rows; DuckDB {seconds[0]:.0f} s,"
        f" Spark {seconds[1]:.0f} s)",
        flush=True,
    )
    return equal == len(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make parity", description=__doc__)
    parser.add_argument("--assets", type=int, default=10_000, help="size of the sample organisation; 0: none")
    parser.add_argument("--home", type=Path, action="append", default=[], help="a refreshed home to compare as well")
    parser.add_argument("--values", type=int, default=1_000_000, help="random values for the helpers; 0: none")
    parser.add_argument("--no-example", action="store_true", help="without the worked example")
    parser.add_argument("--keep", type=Path, help="an empty folder for what is built; default: a temporary one")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        work = (given.keep or Path(temporary)).absolute()
        homes = [(home.name, home) for home in given.home]
        try:
            if EXAMPLE.exists() and not given.no_example:
                homes.append((EXAMPLE.name, refreshed(work / "example", landing=EXAMPLE / "landing")))
            if given.assets:
                name = f"sample_{given.assets}"
                homes.append((name, refreshed(work / "sample", sample=given.assets)))
            are_equal = [compare_home(name, Home(home), work) for name, home in homes]
            if given.values:
                values.write(work / "values", given.values)
                are_equal.append(compare("helpers", work / "values", work, values.PROJECT))
        except BuildError as error:
            print(f"make parity: {error}", file=sys.stderr)
            return 2
        except subprocess.CalledProcessError as error:
            print(f"make parity: {error}\n{error.stderr.decode()}", file=sys.stderr)
            return 2
    return 0 if are_equal and all(are_equal) else 1


def compare_home(name: str, home: Home, work: Path) -> bool:
    """Compare what both engines make of a refreshed home, whose change log becomes Parquet first."""
    lake.write(home)
    return compare(name, home.lake, work, select=NOT_ON_SPARK)


if __name__ == "__main__":
    raise SystemExit(main())
