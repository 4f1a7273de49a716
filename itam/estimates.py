"""What samples of durations, proportions and counts come to, by a statistics library.

Here: the estimators, their names and sources. Not here: which members are in a sample, which the models int_samples__*
say.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import stats

CONFIDENCE = 0.95
KEYS = ("kpi_id", "as_of_date", "dim_type", "dim_value", "sample", "unit")
SCHEMA = pa.schema(
    [
        ("kpi_id", pa.string()),
        ("as_of_date", pa.date32()),
        ("dim_type", pa.string()),
        ("dim_value", pa.string()),
        ("name", pa.string()),
        ("value", pa.float64()),
        ("unit", pa.string()),
    ]
)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a proportion by Wilson's score (Wilson 1927, JASA 22:209), ends included."""
    interval = stats.binomtest(successes, trials).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def poisson(events: int) -> tuple[float, float]:
    """The exact 95 % interval of the mean of a count (Garwood 1936, Biometrika 28:437)."""
    tail = (1 - CONFIDENCE) / 2
    low = float(stats.chi2.ppf(tail, 2 * events)) / 2 if events else 0.0
    return low, float(stats.chi2.ppf(1 - tail, 2 * (events + 1))) / 2


def kaplan_meier_median(values: NDArray[np.float64], is_censored: NDArray[np.bool_]) -> float:
    """The time by which half have ended, open ones counted while they are seen (Kaplan, Meier 1958, JASA 53:457).

    NaN while fewer than half have ended.
    """
    survival = stats.ecdf(stats.CensoredData(uncensored=values[~is_censored], right=values[is_censored])).sf
    ended = np.flatnonzero(survival.probabilities <= 0.5)
    return float(survival.quantiles[ended[0]]) if len(ended) else math.nan


def _durations(
    sample: str, unit: str, values: NDArray[np.float64], is_censored: NDArray[np.bool_]
) -> Iterator[tuple[str, float, str]]:
    ended = values[~is_censored]
    if len(ended):
        yield f"{sample}_mean", float(ended.mean()), unit
        yield f"{sample}_median", float(np.quantile(ended, 0.5)), unit
        yield f"{sample}_p90", float(np.quantile(ended, 0.9)), unit
    if is_censored.any():
        yield f"{sample}_open_count", float(is_censored.sum()), "count"
        yield f"{sample}_open_mean", float(values[is_censored].mean()), unit
        yield f"{sample}_km_median", kaplan_meier_median(values, is_censored), unit


def _estimate(sample: str, unit: str, rows: list[dict[str, Any]]) -> Iterator[tuple[str, float, str]]:
    value = np.array([row["value"] for row in rows], dtype=np.float64)
    weight = np.array([row["weight"] for row in rows], dtype=np.int64)
    if unit == "proportion":
        low, high = wilson(int(weight[value > 0].sum()), int(weight.sum()))
        yield f"{sample}_wilson_low", low, "rate"
        yield f"{sample}_wilson_high", high, "rate"
    elif unit == "poisson":
        low, high = poisson(int((value * weight).sum()))
        yield f"{sample}_poisson_low", low, "count"
        yield f"{sample}_poisson_high", high, "count"
    else:
        is_censored = np.array([row["is_censored"] for row in rows], dtype=np.bool_)
        yield from _durations(sample, unit, np.repeat(value, weight), np.repeat(is_censored, weight))


def estimates(samples: pa.Table) -> pa.Table:
    """The estimates of all samples.

    Args:
        samples: Rows of int_companions__samples (KEYS, value, is_censored, weight), sorted by KEYS.

    Returns:
        Rows of kpi_companions: kpi_id, as_of_date, dim_type, dim_value, name, value (null = cannot be told), unit.
    """
    found: list[dict[str, Any]] = []
    for key, rows in groupby(samples.to_pylist(), key=lambda row: tuple(row[k] for k in KEYS)):
        kpi_id, as_of_date, dim_type, dim_value, sample, unit = key
        for name, value, value_unit in _estimate(sample, unit, [row for row in rows if row["weight"]]):
            found.append(
                {
                    "kpi_id": kpi_id,
                    "as_of_date": as_of_date,
                    "dim_type": dim_type,
                    "dim_value": dim_value,
                    "name": name,
                    "value": None if math.isnan(value) else value,
                    "unit": value_unit,
                }
            )
    return pa.Table.from_pylist(found, schema=SCHEMA)
