# one row per KPI, as-of date, slice and estimate
"""Estimates of the samples; the estimators and their sources are in itam/estimates.py."""

from typing import Any

from itam.estimates import estimates


def model(dbt: Any, session: Any) -> Any:
    """Hand the samples over and the estimates back."""
    dbt.config(materialized="table")
    return estimates(dbt.ref("int_companions__samples").order("all").to_arrow_table())
