"""Exceptions, money and companions against the KPIs they explain, on random organisations with the dirt of exports.

Here: what must hold whatever the organisation. Not here: amounts (test_asset_cases) and the KPIs themselves (the twin).
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.python.kernel.dirty_organisation import LAST_DAY, Organisation
from tests.python.kernel.naive_kpis import NEEDS

Build = Callable[..., duckdb.DuckDBPyConnection]

SEEDS = Path(__file__).resolve().parents[3] / "seeds"
AS_OF = [date(2024, 1, 19), date(2024, 2, 17), date(2024, 3, 8), LAST_DAY]
DOWN = ("assets_over_life_pct", "assets_past_eol_pct", "unauthorized_asset_pct")
DIMENSIONS = ("asset_class", "department", "cost_center", "location", "manufacturer")
DAYS = "join intermediate.int_calendar__as_of_dates as days on valid_from <= as_of_date and valid_to > as_of_date"
EXCEPTIONS = "select * from intermediate.int_exceptions__assets union all from intermediate.int_exceptions__patches"
IMPACTS = "select * from intermediate.int_impact__assets union all from intermediate.int_impact__patches"
COMPANIONS = "select * from intermediate.int_companions__assets union all from intermediate.int_companions__patches"


def known(seed: str, *columns: str) -> set[tuple[str, ...]]:
    """The keys of a seed."""
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as lines:
        return {tuple(row[column] for column in columns) for row in csv.DictReader(lines)}


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """What a query finds."""
    return connection.execute(query).fetchall()


def gaps(connection: duckdb.DuckDBPyConnection, kpi: str) -> list[tuple[Any, ...]]:
    """The slices in which the exceptions do not add up to what the KPI lacks."""
    lacking = "numerator" if kpi in DOWN else "denominator - numerator"
    listed = f"(select * from ({EXCEPTIONS}) {DAYS} where kpi_id = '{kpi}')"
    slices = " union all ".join(
        f"select as_of_date, '{dimension}' as dim_type, {dimension} as dim_value, quantity from {listed}"
        " where has_slices"
        for dimension in DIMENSIONS
    )
    return rows(
        connection,
        f"with sums as (select as_of_date, dim_type, dim_value, sum(quantity) as quantity from ("
        f"select as_of_date, 'all' as dim_type, 'all' as dim_value, quantity from {listed} union all {slices})"
        f" group by all), cells as (select as_of_date, dim_type, dim_value, {lacking} as gap from marts.kpi_{kpi}"
        f" where dim_type <> 'severity')"
        f" select * from sums full join cells using (as_of_date, dim_type, dim_value)"
        f" where coalesce(quantity, 0) <> coalesce(gap, 0)",
    )


@pytest.fixture(scope="module", params=[1, 2])
def organisation(request: pytest.FixtureRequest, build_from_files: Build) -> duckdb.DuckDBPyConnection:
    """A random organisation, landed and built."""
    return build_from_files(Organisation(request.param).deliveries, AS_OF)


def test_the_exceptions_are_the_gap(organisation: duckdb.DuckDBPyConnection) -> None:
    """A rate that is 7 % short must list exactly those 7 %, in every slice and on every day."""
    wrong = {kpi: found for kpi in NEEDS if (found := gaps(organisation, kpi))}
    assert not wrong
    listed = {kpi for (kpi,) in rows(organisation, f"select distinct kpi_id from ({EXCEPTIONS})")}
    assert len(listed) >= len(NEEDS) - 2  # an organisation this small may lack an idle server or a stocktake


def test_a_member_fails_once_a_day(organisation: duckdb.DuckDBPyConnection) -> None:
    """Who works through the list must not find the same device twice for one KPI."""
    assert not rows(
        organisation,
        f"select kpi_id, entity_type, entity_id, as_of_date from ({EXCEPTIONS}) {DAYS}"
        " group by all having count(*) > 1",
    )
    assert not rows(
        organisation,
        f"select kpi_id, entity_type, entity_id, kind, as_of_date from ({IMPACTS}) {DAYS}"
        " group by all having count(*) > 1",
    )


def test_money_belongs_to_what_fails(organisation: duckdb.DuckDBPyConnection) -> None:
    """An amount without a failing member cannot be acted on."""
    assert not rows(organisation, f"select * from ({IMPACTS}) where amount <= 0 or valid_from >= valid_to")
    assert not rows(
        organisation,
        f"select kpi_id, entity_type, entity_id, as_of_date from ({IMPACTS}) {DAYS}"
        f" except select kpi_id, entity_type, entity_id, as_of_date from ({EXCEPTIONS}) {DAYS}",
    )


def test_every_reason_and_number_is_explained(organisation: duckdb.DuckDBPyConnection) -> None:
    """A code that no seed explains is a riddle on a dashboard."""
    reasons = set(rows(organisation, f"select distinct reason_code from ({EXCEPTIONS})"))
    assert reasons <= known("reason_codes", "reason_code")
    numbers = set(rows(organisation, f"select distinct kpi_id, name, unit from ({COMPANIONS})"))
    assert numbers <= known("kpi_companion_definitions", "kpi_id", "name", "unit")
    assert not rows(
        organisation,
        f"select kpi_id, as_of_date, dim_type, dim_value, name from ({COMPANIONS}) group by all having count(*) > 1",
    )


def test_counts_beside_a_rate_are_its_exceptions(organisation: duckdb.DuckDBPyConnection) -> None:
    """Two numbers of one page must not contradict each other."""
    assert not rows(
        organisation,
        f"with counted as (select kpi_id, as_of_date, concat(reason_code, '_count') as name, count(*) as members"
        f" from ({EXCEPTIONS}) {DAYS} where has_slices group by all)"
        f" select * from counted join ({COMPANIONS}) as beside using (kpi_id, as_of_date, name)"
        f" where dim_type = 'all' and members <> value",
    )


def test_the_marts_count_the_estate(organisation: duckdb.DuckDBPyConnection) -> None:
    """Buckets, months and findings are other cuts through the same estate."""
    [(aged,)] = rows(organisation, "select coalesce(sum(asset_count), 0) from marts.mart_asset_age")
    [(estate,)] = rows(
        organisation,
        "select count(*) from intermediate.int_assets__survivor_spans join intermediate.int_assets__rows using (row_id)"
        f" where is_managed_estate and int_assets__survivor_spans.valid_from <= date '{LAST_DAY}'"
        f" and int_assets__survivor_spans.valid_to > date '{LAST_DAY}'",
    )
    assert aged == estate > 0
    found = rows(organisation, "select count(*), count(distinct match_key) from marts.mart_book_register_match")
    assert found[0][0] == found[0][1] > 0
