"""A small organisation whose published version is told by one number in every table, without a refresh.

Here: a warehouse with the kinds of columns that the marts have, published as a refresh would. The exposures are the
project's own, so that what roles may read is what is declared.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import yaml

from itam.home import PROJECT_DIR, Home
from itam.publishing import publish

TABLES = (
    *("dim_asset", "dim_date", "fct_costs", "kpi_catalog", "kpi_exceptions", "kpi_results", "kpi_scorecard"),
    *("mart_cio", "mart_finance", "mart_it_ops"),
)
WAREHOUSE = """
create schema marts;
create schema quality;
create table marts.kpi_catalog as
    from (values ('patch_compliance_rate', 'Patches', 'cio|it_ops'), ('shelfware_pct', 'Shelfware', 'finance'))
        as t (kpi_id, name, roles);
create table marts.kpi_results as
    select k.kpi_id, date '2026-06-30' - d::integer as as_of_date, s.dim_type, s.dim_value,
        {number}::decimal(38, 6) as numerator, 12345678901234567890123456789012.123456::decimal(38, 6) as denominator,
        {number} / 3 as value, 'USD' as unit
    from marts.kpi_catalog as k, range(50) as r (d),
        (values ('all', 'all'), ('department', 'Sales'), ('department', 'R&D'), ('location', 'Berlin'))
            as s (dim_type, dim_value);
create table marts.kpi_exceptions as
    select kpi_id, date '2026-06-30' as as_of_date, 'asset' as entity_type, 'a' || d as entity_id,
        case d % 3 when 0 then 'Sales' when 1 then 'R&D' end as department,
        ({number} + 0.01)::decimal(38, 2) as impact_amount
    from marts.kpi_catalog, range(30) as r (d);
create table marts.dim_asset as
    select 'k' || d as asset_key, case d % 3 when 0 then 'Sales' when 1 then 'R&D' end as department,
        {number}::decimal(18, 2) as purchase_cost, null::date as retired_date,
        'O''Brien "x" \\ ünï' || chr(0) || '漢' as model, true as is_managed_estate
    from range(100) as r (d);
create table marts.dim_date as select date '9999-12-31' as date_day, timestamp '2026-06-30 12:34:56.789012' as noon;
create table marts.fct_costs as
    select 'c' || d as cost_share_key, 'k' || d as asset_key, (d / 7)::decimal(38, 12) as share_amount_base,
        d::bigint * 10000000000 as seconds, 'NaN'::double as odd
    from range(100) as r (d);
create table marts.kpi_scorecard as
    select kpi_id, date '2026-06-30' as as_of_date, 'Sales' as department, {number} as value from marts.kpi_catalog;
create table marts.mart_cio as from marts.kpi_scorecard;
create table marts.mart_finance as from marts.kpi_scorecard;
create table marts.mart_it_ops as from marts.kpi_scorecard;
comment on table marts.kpi_results is 'Every KPI; it''s one row per day and slice.';
comment on column marts.kpi_results.value is 'numerator / denominator';
create table quality.quality_gate_log as select 'r' as refresh_id, 'check' as check_id;
create table quality.kpi_result_log as select 'shelfware_pct' as kpi_id, date '2026-06-30' as as_of_date, 1 as value;
"""


def refresh_id(number: int) -> str:
    """The id of a version."""
    return f"20260701T0200{number:02}000000Z"


def publish_version(home: Home, number: int) -> None:
    """Write a version and hand it to readers."""
    home.create()
    home.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute(WAREHOUSE.format(number=number))
    home.dbt_target.mkdir(exist_ok=True)
    (home.dbt_target / "manifest.json").write_text(json.dumps({"exposures": exposures()}), encoding="utf-8")
    publish.write_version(home, refresh_id(number), list(TABLES))
    publish.swap_in(home, refresh_id(number))


def exposures() -> dict[str, Any]:
    """The project's exposures, as dbt's manifest has them."""
    said = yaml.safe_load((PROJECT_DIR / "models" / "marts" / "exposures.yml").read_text(encoding="utf-8"))
    return {
        one["name"]: {
            "meta": one.get("config", {}).get("meta", {}),
            "depends_on": {
                "nodes": ["model.itam." + re.sub(r"ref\('(\w+)'\)", r"\1", ref) for ref in one["depends_on"]]
            },
        }
        for one in said["exposures"]
    }


def settings(home: Home, text: str) -> None:
    """Write settings.yml."""
    home.settings.write_text(text, encoding="utf-8")


def published(home: Home) -> Path:
    """The file that readers open."""
    return home.link.resolve(strict=True)
