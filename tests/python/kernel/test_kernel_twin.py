"""The asset, discovery and patch KPIs against the rules read naively, on random organisations with the dirt of exports.

Here: every cell of every as-of date, all and slices. Not here: the reading (naive_kpis), the dirt (dirty_organisation).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import duckdb
import pytest

from tests.python.kernel import naive_kpis
from tests.python.kernel.dirty_organisation import LAST_DAY, Delivery
from tests.python.kernel.dirty_organisation import Organisation as DirtyOrganisation
from tests.python.kernel.naive_kpis import NEEDS, Cell, Day, Organisation
from tests.python.money.money_warehouse import cells

Build = Callable[[Sequence[Delivery], Sequence[date]], duckdb.DuckDBPyConnection]

AS_OF = [date(2024, 1, 19), date(2024, 2, 3), date(2024, 2, 17), date(2024, 3, 8), date(2024, 3, 22), LAST_DAY]
QUICK, THOROUGH = range(1, 6), range(100, 130)
NOTHING = (Cell(0, 0, 0, 0), Cell(0, 0, None, None))  # before the first member there is no cell


def accepted(connection: duckdb.DuckDBPyConnection, deliveries: Sequence[Delivery]) -> list[Delivery]:
    """The deliveries that landing let in."""
    found = connection.execute("select source_system, feed, extracted_at from raw.deliveries where status = 'accepted'")
    names = set(found.fetchall())
    return [delivery for delivery in deliveries if (delivery.source, delivery.feed, delivery.at) in names]


def built(connection: duckdb.DuckDBPyConnection, kpi: str) -> dict[date, dict[tuple[str, str], Cell]]:
    """The cells of a KPI model by date; manufacturers that no alias knows compare without case."""
    found: dict[date, dict[tuple[str, str], Cell]] = {}
    for (day, dim_type, dim_value), row in cells(connection, kpi).items():
        value = dim_value.lower() if dim_type == "manufacturer" else dim_value
        parts = [number(row[name]) for name in ("numerator", "denominator", "covered", "population")]
        found.setdefault(date.fromisoformat(day), {})[dim_type, value] = Cell(*parts)
    return found


def number(value: Any) -> int | None:
    """A whole number, or nothing."""
    assert value is None or value == int(value)
    return None if value is None else int(value)


def differences(connection: duckdb.DuckDBPyConnection, deliveries: Sequence[Delivery]) -> list[str]:
    """Where the models and the naive reading disagree."""
    organisation = Organisation(accepted(connection, deliveries))
    dates = connection.execute("select as_of_date, has_slices from intermediate.int_calendar__as_of_dates").fetchall()
    measurable = connection.execute("select kpi_id, as_of_date, is_measurable from intermediate.int_kpi__feed_status")
    status = {(kpi, day): flag for kpi, day, flag in measurable.fetchall()}
    models = {kpi: built(connection, kpi) for kpi in NEEDS}
    wrong = []
    for as_of, has_slices in sorted(dates):
        day = Day(organisation, as_of)
        for kpi, needs in NEEDS.items():
            is_measurable = all(day.is_alive(feed) for feed in needs)
            if status[kpi, as_of] != is_measurable:
                wrong.append(f"{as_of} {kpi}: measurable is {status[kpi, as_of]}")
            if not is_measurable:
                continue
            want, got = naive_kpis.cells(day, kpi, has_slices), models[kpi].get(as_of, {})
            for name in sorted(want.keys() | got.keys()):
                if want.get(name) != got.get(name) and not (name not in got and want[name] in NOTHING):
                    wrong.append(
                        f"{as_of} {kpi} {'/'.join(name)}: {want.get(name)} by the rules, {got.get(name)} built"
                    )
    return wrong


@pytest.mark.parametrize("number", [*QUICK, *(pytest.param(one, marks=pytest.mark.slow) for one in THOROUGH)])
def test_the_models_say_what_the_rules_say(build: Build, number: int) -> None:
    """Duplicates, shared names, vanished rows, silent sources, skewed clocks: the number is that of the sentences."""
    deliveries = DirtyOrganisation(number).deliveries
    wrong = differences(build(deliveries, AS_OF), deliveries)
    assert not wrong, "\n".join(wrong[:20])
