"""One refresh after the other, without landing and dbt, each with a table of checksums over what it publishes.

Run as ``python -m tests.python.faults.publisher HOME NUMERATOR...``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import duckdb

from itam import refresh as refreshing
from itam.cli.progress import QuietReporter
from itam.home import Home
from tests.python.publishing.conftest import build
from tests.python.publishing.killed import without_dbt

CHECKSUMS = """
create or replace table marts.dim_date as
    select date '2026-01-01' + n::integer as date_day, {numerator} as version from range(2000) as days (n);
create or replace table marts.checksums as
    select 'kpi_results' as name, sum(hash(r)::hugeint) as checksum from marts.kpi_results as r
    union all select 'dim_date', sum(hash(d)::hugeint) from marts.dim_date as d;
"""


def main() -> int:
    """Publish all versions."""
    home, module = Home(Path(sys.argv[1])), refreshing
    for numerator in map(int, sys.argv[2:]):
        without_dbt(numerator)

        def build_models(home: Home, run: refreshing.Run, numerator: int = numerator) -> list[Any]:
            run.enter("build")
            build(home, numerator, ("kpi_results", "dim_date", "checksums"))
            with duckdb.connect(str(home.warehouse)) as con:
                con.execute(CHECKSUMS.format(numerator=numerator))
            return []

        vars(module)["build"] = build_models
        result = refreshing.refresh(home, None, QuietReporter())
        print(result.line)
        if result.exit_code:
            return result.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
