"""A warehouse as dbt would leave it, without dbt: just the tables that gate and publishing read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from itam.home import Home

BUILD = """
create schema if not exists raw;
create schema if not exists staging;
create schema if not exists intermediate;
create schema if not exists marts;
create schema if not exists quality;
create or replace table quality.reconciliation as
    select 'rows_delivered' as rule, 'cmdb/person' as subject, 1 as expected, 1 as found, 0 as explained,
        0 as difference;
create or replace table raw.deliveries as
    select 'cmdb/person/2026-06-30T020000Z' as batch_id, 'cmdb' as source_system, 'person' as feed,
        timestamp '2026-06-30 02:00:00' as extracted_at, 'accepted' as status, cast(null as varchar) as reason,
        1 as rows_delivered, 0 as rows_quarantined, 1 as rows_inserted, 0 as rows_changed, 0 as rows_unchanged,
        0 as rows_deleted;
create or replace table raw.delivery_files as
    select batch_id, 'person' as folder, '2026-06-30T020000Z.csv' as file_name, 'x' as sha256 from raw.deliveries;
create or replace table raw.as_of_requests as select date '2026-06-30' as as_of_date, true as is_current;
create or replace table staging.stg_policy__kpi_definitions as
    select 'deployment_rate' as kpi_id, 'rate' as value_range;
create or replace table staging.stg_policy__feed_policy as
    select 'person' as feed, 1 as cadence_days, 10 as carry_days;
create or replace table staging.stg_policy__kpi_policy as
    select cast(0.95 as decimal(18, 6)) as inventory_accuracy_gate;
create or replace table intermediate.int_calendar__as_of_dates as
    select unnest([date '2026-05-31', date '2026-06-30']) as as_of_date, true as has_slices;
create or replace table intermediate.int_assets__rows as
    select 1 as row_id, 'cmdb' as source_system, 'In use' as raw_status, cast(null as varchar) as raw_substatus,
        'deployed' as canonical_status;
create or replace table intermediate.int_assets__register_spans as
    select 1 as row_id, date '2026-01-01' as valid_from, date '9999-12-31' as valid_to;
create or replace table intermediate.int_assets__survivor_spans as
    select 'a' as asset_key, 1 as row_id, date '2026-01-01' as valid_from, date '9999-12-31' as valid_to;
create or replace table intermediate.int_feeds__alive_spans as
    select 'hardware_asset' as feed, date '2026-01-01' as valid_from, date '9999-12-31' as valid_to;
create or replace table marts.kpi_results as
    select
        'deployment_rate' as kpi_id, day.as_of_date, slice.dim_type, slice.dim_value, 'rate' as unit,
        cast(slice.n * {numerator} as decimal(38, 6)) as numerator, cast(slice.n * 8 as decimal(38, 6)) as denominator,
        {numerator} / 8 as value, cast(1 as double) as coverage, 'ok' as status,
        cast(null as varchar) as reason, 'trusted' as trust
    from intermediate.int_calendar__as_of_dates as day
    cross join (
        values ('all', 'all', 2), ('location', 'Berlin', 1), ('location', '(unassigned)', 1)
    ) as slice (dim_type, dim_value, n);
comment on table marts.kpi_results is 'One row per KPI, day and slice.';
create or replace table marts.dim_asset as select 'a' as asset_key;
create or replace table marts.dim_device as select 'd' as device_key;
create or replace table marts.dim_product as select 'p' as product_key;
create or replace table marts.dim_contract as select 'c' as contract_key;
create or replace table marts.fct_license_position as
    select 'p' as product_key, date '2026-06-30' as as_of_date, 'unlimited' as exclusion_reason,
        cast(null as decimal(18, 4)) as required_rights;
create or replace table marts.kpi_exceptions as
    select 'deployment_rate' as kpi_id, date '2026-06-30' as as_of_date, 'asset' as entity_type, 'a' as entity_id,
        'open' as change;
create or replace table marts.private_table as select 1 as secret;
"""


def build(home: Home, numerator: int = 4, tables: tuple[str, ...] = ("kpi_results",)) -> None:
    """Fill the warehouse and write the manifest that says what is public."""
    home.create()
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute(BUILD.format(numerator=numerator))
    home.dbt_target.mkdir(exist_ok=True)
    nodes = {
        name: {
            "resource_type": "model",
            "schema": "marts",
            "alias": name,
            "config": {"access": "public" if name in tables else "protected", "contract": {"enforced": True}},
        }
        for name in (*tables, "private_table")
    }
    (home.dbt_target / "manifest.json").write_text(json.dumps({"nodes": nodes}), encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home of its own."""
    return Home(tmp_path / "home")


@pytest.fixture
def filled() -> Callable[..., None]:
    """What fills a warehouse."""
    return build
