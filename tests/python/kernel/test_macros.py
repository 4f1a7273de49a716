"""The verbs of the kernel against a day-by-day reading: any spans, any ties, any order.

Here: macros over tables of a few rows. Not here: models.
"""

from __future__ import annotations

import calendar
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from tests.python.kernel.naive_kpis import completed_months
from tests.python.kernel.profiles import PROFILE

FIRST = date(2024, 2, 24)
DAYS = [FIRST + timedelta(days=number) for number in range(14)]
Values = tuple[Any, ...]

days = st.sampled_from(DAYS)
keys = st.sampled_from(["x", "y"])
spans = st.tuples(keys, st.sampled_from(["p", None]), days, days)
random_dates = st.one_of(
    st.dates(date(2015, 1, 1), date(2029, 12, 31)),
    st.sampled_from([date(2024, 2, 29), date(2023, 2, 28), date(2024, 1, 31), date(2024, 3, 30), date(2020, 2, 29)]),
)


def table(database: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[Values]) -> None:
    """A table of a few rows."""
    database.execute(f"create or replace table {name} ({columns})")
    if rows:
        database.executemany(f"insert into {name} values ({', '.join('?' * len(rows[0]))})", rows)


def read(database: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """The rows of a query by column."""
    result = database.execute(sql)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def by_day(rows: Sequence[dict[str, Any]], *names: str) -> Counter[Values]:
    """What rows say on each day, with the number of times it is said."""
    return Counter((day, *(row[name] for name in names)) for row in rows for day in DAYS if covers(row, day))


def covers(row: dict[str, Any], day: date) -> bool:
    """The day lies in the row's span."""
    return bool(row["valid_from"] <= day < row["valid_to"])


def apart(rows: Sequence[Values]) -> list[Values]:
    """Rows (owner, ..., valid_from, valid_to), less those that overlap an earlier one of their owner."""
    kept: list[Values] = []
    for row in rows:
        if row[-2] < row[-1] and all(row[0] != one[0] or row[-1] <= one[-2] or one[-1] <= row[-2] for one in kept):
            kept.append(row)
    return kept


@PROFILE
@given(rows=st.lists(spans, max_size=12))
def test_merged_spans_are_the_longest_runs_of_days(
    database: duckdb.DuckDBPyConnection, macros: dict[str, str], rows: list[Values]
) -> None:
    """Two versions of equal spans must not become two overlapping islands: every sum after them would be wrong."""
    table(database, "spans", "key_a varchar, key_b varchar, valid_from date, valid_to date", rows)
    want = []
    for key in {row[:2] for row in rows}:
        covered = [any(row[:2] == key and row[2] <= day < row[3] for row in rows) for day in [*DAYS, DAYS[-1]]]
        covered[-1] = False
        for number, day in enumerate(DAYS):
            if covered[number] and (number == 0 or not covered[number - 1]):
                want.append((*key, day, DAYS[covered.index(False, number)]))
    assert sorted(database.execute(macros["merged"]).fetchall(), key=str) == sorted(want, key=str)


@PROFILE
@given(rows=st.lists(st.tuples(keys, st.sampled_from(["p", None]), st.integers(-2, 3), days, days), max_size=10))
def test_a_sweep_sums_what_holds_on_a_day(
    database: duckdb.DuckDBPyConnection, macros: dict[str, str], rows: list[Values]
) -> None:
    """And, or, minus and count are this one sum; a day must not be counted twice or lost between two edges."""
    columns = "key_a varchar, key_b varchar, weight integer, valid_from date, valid_to date"
    table(database, "parts", columns, rows)
    got = by_day(read(database, macros["summed"]), "key_a", "key_b", "weight")
    want: Counter[Values] = Counter()
    for key in {row[:2] for row in rows}:
        own = [row for row in rows if row[:2] == key and row[3] < row[4]]
        for day in DAYS:
            if own and min(row[3] for row in own) <= day < max(row[4] for row in own):
                want[day, *key, sum(row[2] for row in own if row[3] <= day < row[4])] += 1
    assert got == want


@PROFILE
@given(
    carried=st.lists(st.tuples(keys, st.integers(1, 2**52), days, days), max_size=8),
    counted=st.lists(st.tuples(keys, st.integers(0, 1), days, days), max_size=8),
)
def test_a_sweep_carries_an_id_through(
    database: duckdb.DuckDBPyConnection, macros: dict[str, str], carried: list[Values], counted: list[Values]
) -> None:
    """A row keeps its own attributes on every day, however many marks begin and end around it."""
    versions = apart(carried)
    rows = [(key, row_id, 0, start, end) for key, row_id, start, end in versions]
    rows += [(key, 0, weight, start, end) for key, weight, start, end in counted]
    table(database, "parts", "key_a varchar, row_id bigint, weight integer, valid_from date, valid_to date", rows)
    got = by_day(read(database, macros["counted"]), "key_a", "row_id", "weight")
    want: Counter[Values] = Counter()
    for key, row_id, start, end in versions:
        for day in DAYS:
            marks = sum(weight for other, weight, begin, until in counted if other == key and begin <= day < until)
            if start <= day < end and marks != 1:
                want[day, key, row_id, marks] += 1
    assert got == want


@PROFILE
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["o1", "o2", "o3"]), keys, st.one_of(st.none(), st.integers(0, 2)), days, days),
        max_size=12,
    )
)
def test_the_best_row_of_each_day_wins_and_no_other(
    database: duckdb.DuckDBPyConnection, macros: dict[str, str], rows: list[Values]
) -> None:
    """Of an asset entered twice one row speaks on every day, and it is the one that the rule names."""
    numbered = [
        (owner, key, score, number, start, end) for number, (owner, key, score, start, end) in enumerate(apart(rows))
    ]
    columns = "owner varchar, key_a varchar, score integer, row_id bigint, valid_from date, valid_to date"
    table(database, "rivals", columns, numbered)
    got = by_day(read(database, macros["best"]), "key_a", "row_id")
    want: Counter[Values] = Counter()
    for key in {row[1] for row in numbered}:
        for day in DAYS:
            held = [row for row in numbered if row[1] == key and row[4] <= day < row[5]]
            if held:
                want[day, key, min(held, key=lambda row: (row[2] is None, -(row[2] or 0), row[3]))[3]] += 1
    assert got == want


@PROFILE
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["s1", "s2", "s3"]), keys, st.sampled_from(["e1", "e2"]), days, days), max_size=12
    )
)
def test_an_id_leads_to_a_foreign_source_only_while_it_is_the_only_one(
    database: duckdb.DuckDBPyConnection, macros: dict[str, str], rows: list[Values]
) -> None:
    """The same id in two tools must never tie a patch or an incident to the wrong machine."""
    named = [
        (source, key, entity, start, end)
        for source, key, entity, start, end in (
            (pair[0], pair[1], entity, start, end)
            for pair, entity, start, end in apart([((row[0], row[1]), *row[2:]) for row in rows])
        )
    ]
    table(
        database,
        "named",
        "ref_kind varchar, ref_id varchar, source_system varchar, entity_key varchar, valid_from date, valid_to date",
        [("id", key, source, entity, start, end) for source, key, entity, start, end in named],
    )
    got = by_day(read(database, macros["references"]), "ref_id", "source_system", "entity_key", "is_sole")
    want: Counter[Values] = Counter()
    for source, key, entity, start, end in named:
        for day in DAYS:
            if start <= day < end:
                sources = {one[0] for one in named if one[1] == key and one[3] <= day < one[4]}
                want[day, key, source, entity, len(sources) == 1] += 1
    assert got == want


@PROFILE
@given(one=random_dates)
def test_an_event_leaves_the_twelve_months_on_the_first_day_that_does_not_reach_it(
    database: duckdb.DuckDBPyConnection, macros: dict[str, str], one: date
) -> None:
    """(D - 12 months, D]: what happened on 29 February is a year old on 1 March, never on 28 February."""
    table(database, "days", "day date", [(one,)])
    ends = one
    while year_before(ends) < one:
        ends += timedelta(days=1)
    assert database.execute(macros["anniversaries"]).fetchall() == [(one, ends)]


def year_before(day: date) -> date:
    """The same calendar day one year earlier, the last of the month where there is none."""
    return date(day.year - 1, day.month, min(day.day, calendar.monthrange(day.year - 1, day.month)[1]))


@PROFILE
@given(born=random_dates, age=st.integers(0, 3000), at_month_end=st.booleans())
def test_months_are_complete_on_their_anniversary(
    database: duckdb.DuckDBPyConnection, macros: dict[str, str], born: date, age: int, at_month_end: bool
) -> None:
    """A laptop bought on the 31st is a month older at the end of every month, and not a day sooner."""
    day = born + timedelta(days=age)
    if at_month_end:
        day = date(day.year, day.month, calendar.monthrange(day.year, day.month)[1])
    table(database, "lives", "born date, day date", [(born, day)])
    assert database.execute(macros["ages"]).fetchall() == [(born, day, completed_months(born, day))]


amounts = st.one_of(st.integers(-2, 3).map(Decimal), st.just(Decimal("0.333333333333")))
flags = st.integers(0, 1)
members = st.tuples(
    st.one_of(days, st.just(date(2020, 1, 1))),
    st.one_of(days, st.just(date(9999, 12, 31))),
    amounts,
    amounts,
    flags,
    flags,
    st.sampled_from(["red", "blue", None]),
    st.sampled_from(["all", "round"]),
)
COLUMNS = "valid_from date, valid_to date, numerator decimal(38, 12), denominator decimal(38, 12), "
COLUMNS += "covered integer, population integer, colour varchar, shape varchar"


@PROFILE
@given(
    rows=st.lists(members, max_size=8),
    as_of=st.dictionaries(days, st.booleans(), min_size=1),
)
def test_a_cell_is_the_sum_over_the_members_of_its_day(
    database: duckdb.DuckDBPyConnection, macros: dict[str, str], rows: list[Values], as_of: dict[date, bool]
) -> None:
    """Every number that is published goes through here; a slice without a member must not be a row of zeros."""
    table(database, "members", COLUMNS, rows)
    sql = prepared(database, macros, as_of)
    got = {
        (row["as_of_date"], row["dim_type"], row["dim_value"]): tuple(
            row[name] for name in ("numerator", "denominator", "covered", "population")
        )
        for row in read(database, sql["cells"])
    }
    want: dict[Values, Values] = {}
    for day, has_slices in as_of.items():
        slices: dict[tuple[str, str], list[Values]] = defaultdict(list)
        for row in (row for row in rows if row[0] <= day < row[1]):
            slices["all", "all"].append(row)
            for dimension, value in (("colour", row[6]), ("shape", row[7])) if has_slices else ():
                slices[dimension, value or "(unassigned)"].append(row)
        for name, own in slices.items():
            if name == ("all", "all") or any(row[2] or row[3] for row in own):
                want[day, *name] = tuple(sum(row[number] for row in own) for number in range(2, 6))
    nothing = {cell for cell in got if cell not in want}
    assert {cell: got[cell] for cell in got if cell in want} == want
    assert all(cell[1] == "all" and not any(got[cell]) for cell in nothing)
    plain = {row["as_of_date"]: row for row in read(database, sql["plain_cells"])}
    for day in as_of:
        expected = want.get((day, "all", "all"), (0, 0))[:2]
        cell = plain.get(day, {"numerator": 0, "denominator": 0, "covered": None})
        assert (cell["numerator"], cell["denominator"]) == expected
        assert cell["covered"] is None


def prepared(database: duckdb.DuckDBPyConnection, macros: dict[str, str], as_of: dict[date, bool]) -> dict[str, str]:
    """The calendar of some as-of dates beside the members."""
    table(database, "int_calendar__as_of_dates", "as_of_date date, has_slices boolean", list(as_of.items()))
    database.execute(f"create or replace table int_calendar__days as {macros['int_calendar__days']}")
    return macros
