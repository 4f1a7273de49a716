"""Estimates against hand cases and the sources they name."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from itam.estimates import KEYS, estimates, kaplan_meier_median, poisson, wilson


def table(rows: list[tuple[str, str, float, bool, int]]) -> pa.Table:
    """Samples of one KPI and day: (sample, unit, value, is_censored, weight)."""
    shared: dict[str, Any] = dict(zip(KEYS[:4], ("kpi", date(2026, 6, 30), "all", "all"), strict=True))
    return pa.Table.from_pylist(
        [
            {**shared, "sample": s, "unit": u, "value": v, "is_censored": c, "weight": w}
            for s, u, v, c, w in sorted(rows, key=lambda r: r[:2])
        ]
    )


def values(rows: list[tuple[str, str, float, bool, int]]) -> dict[str, float | None]:
    """The estimates by name."""
    return {row["name"]: row["value"] for row in estimates(table(rows)).to_pylist()}


def test_a_stocktake_of_190_in_200_does_not_prove_95_percent() -> None:
    """G18's own example: 95.0 % of 200 may be 91.0 % in truth."""
    low, high = wilson(190, 200)
    assert low == pytest.approx(0.910, abs=5e-4)
    assert high == pytest.approx(0.973, abs=5e-4)


def test_a_count_of_none_still_has_an_upper_bound() -> None:
    """No event seen is not no risk: the rule of three, exactly -ln(0.025)."""
    low, high = poisson(0)
    assert low == 0
    assert high == pytest.approx(-np.log(0.025))


def test_the_open_backlog_moves_the_median() -> None:
    """The closed mean improves when nobody closes anything; with open ones counted it does not.

    Ended after 1, 2, 3; open since 4, 4, 4: survival 5/6, 4/6, 3/6 at 1, 2, 3, so half have ended at 3.
    """
    time = np.array([1.0, 2, 3, 4, 4, 4])
    is_open = np.array([False, False, False, True, True, True])
    assert kaplan_meier_median(time, is_open) == 3
    assert np.isnan(kaplan_meier_median(time[1:], is_open[1:]))


def test_weights_are_repetitions() -> None:
    """Large samples arrive as histograms; 1 day twice and 4 days once are 1, 1, 4."""
    found = values([("days", "days", 1, False, 2), ("days", "days", 4, False, 1)])
    assert found == {"days_mean": 2, "days_median": 1, "days_p90": pytest.approx(3.4)}


def test_what_cannot_be_told_is_null() -> None:
    """A median that most members have not reached yet is unknown, not the largest age seen."""
    found = values([("days", "days", 5, True, 3), ("days", "days", 1, False, 1)])
    assert found["days_open_count"] == 3
    assert found["days_km_median"] is None


def test_no_samples_no_estimates() -> None:
    """An organisation on its first day has an empty table, with its columns."""
    empty = estimates(pa.table({key: pa.array([], pa.string()) for key in KEYS}))
    assert empty.num_rows == 0
    assert empty.column_names[:2] == ["kpi_id", "as_of_date"]
