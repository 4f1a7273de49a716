"""Dagster runs the refresh: what starts it, who may write, what is shown. What it does is decided in ``itam``."""

import itam  # noqa: F401 - before Dagster and dbt are imported: telemetry is off
