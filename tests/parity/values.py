"""Random values for the helpers whose arithmetic differs between engines, and the project that applies them.

Here: the values, as Parquet. Not here: the helpers (``macros/``), their application (``numbers/models``), and comparing
(``engines``).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

PROJECT = Path(__file__).with_name("numbers")
SEED = 0.42

VALUES = """
select
    range as id,
    -- amounts of every size that a ledger has, most with few decimals
    cast((random() - 0.5) * power(10, 1 + floor(random() * 15)) as decimal(38, 12)) as amount,
    cast((random() - 0.5) * power(10, 1 + floor(random() * 12)) as decimal(18, 4)) as price,
    cast(random() * power(10, floor(random() * 4)) as decimal(18, 8)) as rate,
    cast(cast((random() - 0.5) * power(10, 1 + floor(random() * 12)) as decimal(38, 2)) as decimal(38, 12)) as cents,
    cast(floor((random() - 0.5) * power(10, 1 + floor(random() * 12))) as bigint) as whole,
    cast(floor(random() * 1000) as integer) as few,
    -- doubles, halves among them
    (random() - 0.5) * power(10, floor(random() * 26) - 10) as fraction,
    floor((random() - 0.5) * 1e6 + 0.5) / power(2, floor(random() * 8)) as half,
    date '1950-01-01' + cast(floor(random() * 40000) as integer) as day,
    date '1950-01-01' + cast(floor(random() * 40000) as integer) as later_day,
    timestamp '2020-01-01' + to_microseconds(cast(floor(random() * 2e14) as bigint)) as moment,
    timestamp '2020-01-01' + to_microseconds(cast(floor(random() * 2e14) as bigint)) as later_moment,
    -- names with case, blanks, digits and letters beyond ASCII; a tenth unknown
    case
        when random() > 0.1
        then concat(
            [' Acme', 'ACME ', 'acmé', 'Straße', 'İstanbul', 'ΛΟΓΟΣ', 'ırmaſ']
                [1 + cast(floor(random() * 7) as integer)],
            ['  ', ' ', '-', '.', chr(9), chr(11)][1 + cast(floor(random() * 6) as integer)],
            cast(floor(random() * 200) as integer),
            ['', '.10', 'B', ' beta', '''s', '\\d'][1 + cast(floor(random() * 6) as integer)]
        )
    end as name
from range({count})
"""


def write(lake: Path, count: int) -> None:
    """Write ``count`` rows where the project's source is looked for; the same ones every time."""
    folder = lake / "raw" / "sampled"
    folder.mkdir(parents=True)
    with duckdb.connect(config={"threads": 1}) as con:  # random() repeats itself only in one thread
        con.execute("select setseed(?)", [SEED])
        con.sql(VALUES.format(count=count)).write_parquet(str(folder / "all.parquet"))
