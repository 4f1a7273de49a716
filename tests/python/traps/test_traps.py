"""The twenty-five traps: each has a test of its name, on numbers that a reader can work out by hand.

Here: the traps that a whole refresh shows, on the organisation beside this file, and the index of those that other
tests prove already. Not here: the rules in full (the worked examples and the twins).
"""

from __future__ import annotations

import ast
import math
from pathlib import Path

import pytest

from tests.python.refreshed_home import Cell, RefreshedHome
from tests.python.traps import organisation
from tests.python.traps.organisation import D

TESTS = Path(__file__).resolve().parents[1]

PROVED = {
    1: ("traps/test_traps.py", "test_01_division_by_zero_gives_no_value"),
    2: ("traps/test_traps.py", "test_02_rates_are_pooled_and_never_averaged"),
    3: ("traps/test_traps.py", "test_03_a_month_is_over_when_it_is_complete"),
    4: ("traps/test_traps.py", "test_04_an_open_incident_waits_for_its_end"),
    5: ("traps/test_traps.py", "test_05_overlapping_outages_are_one"),
    6: ("traps/test_traps.py", "test_06_a_serial_twice_is_one_asset_and_a_placeholder_is_none"),
    7: ("traps/test_traps.py", "test_07_who_is_hired_again_within_the_grace_owes_nothing"),
    8: ("traps/test_traps.py", "test_08_a_late_return_changes_the_window_it_was_due_in"),
    9: ("traps/test_traps.py", "test_09_what_nobody_can_see_is_no_shelfware"),
    10: ("traps/test_traps.py", "test_10_maintenance_alone_gives_no_right"),
    11: ("traps/test_traps.py", "test_11_the_parts_of_a_suite_are_not_counted_again"),
    12: ("traps/test_traps.py", "test_12_a_right_serves_older_versions_only_by_downgrade"),
    13: ("traps/test_traps.py", "test_13_cores_have_a_minimum_and_come_in_packs"),
    14: ("traps/test_traps.py", "test_14_an_unlimited_licence_does_not_lift_the_rate"),
    15: ("traps/test_traps.py", "test_15_a_budget_of_zero_has_an_amount_and_no_percentage"),
    16: ("traps/test_traps.py", "test_16_a_line_without_a_rate_is_left_out_and_counted"),
    17: ("traps/test_traps.py", "test_17_a_credit_note_takes_back"),
    18: ("traps/test_traps.py", "test_18_a_superseded_patch_is_not_missing"),
    19: ("traps/test_traps.py", "test_19_an_unknown_patch_counts_as_missing"),
    20: ("traps/test_traps.py", "test_20_an_exemption_ends_with_its_last_day"),
    21: ("traps/test_traps.py", "test_21_a_retired_asset_that_is_seen_is_unauthorized"),
    22: ("traps/test_traps.py", "test_22_a_leap_day_has_its_birthday_in_february"),
    23: ("traps/test_traps.py", "test_23_slices_add_up_with_the_unassigned"),
    24: ("delivery_order/test_delivery_order.py", "test_a_day_computed_again_gives_the_same_bytes"),
    25: ("traps/test_traps.py", "test_25_a_day_without_data_is_no_estate_of_zero"),
}
"""Trap: the test that proves it."""

ALSO = {
    4: ("operations/test_downtime_twin.py", "test_episodes_are_those_of_a_naive_reading_on_every_day"),
    5: ("operations/test_downtime_twin.py", "test_episodes_are_those_of_a_naive_reading_on_every_day"),
    7: ("operations/test_recovery_twin.py", "test_recovery_is_that_of_a_naive_reading_on_every_day"),
    12: ("licensing/test_shortfall.py", "test_the_closed_form_is_the_best_assignment"),
    14: ("licensing/test_licence_cases.py", "test_one_open_licence_takes_the_whole_product_out"),
    15: ("money/test_money_cases.py", "test_a_budget_of_zero_keeps_the_amount"),
    16: ("money/test_money_cases.py", "test_a_line_without_a_rate_drops_out_and_is_counted"),
    17: ("money/test_money_cases.py", "test_a_credit_note_takes_back_what_it_credits"),
    22: ("money/test_money_cases.py", "test_a_leap_day_purchase_has_its_birthday_in_february"),
    25: ("landing/test_history.py", "test_verdicts_follow_a_late_delivery_in_every_order"),
}
"""Where a trap is proved a second time, closer to the rule or on random input."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> RefreshedHome:
    """The organisation, landed and refreshed once."""
    made = RefreshedHome(tmp_path_factory.mktemp("traps"))
    organisation.deliver(made)
    answer = made.refresh(D)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert made.told("select file, reason from quality.quarantined_rows") == []
    return made


def parts(cell: Cell | None) -> tuple[float | None, float | None]:
    """Numerator and denominator of a cell that must exist."""
    assert cell is not None
    return cell.numerator, cell.denominator


@pytest.mark.parametrize("number", range(1, 26))
def test_every_trap_has_a_test(number: int) -> None:
    """A trap that somebody fell into once must not open again because a test was renamed."""
    for index in (PROVED, {n: where for n, where in ALSO.items() if n == number}):
        if number in index:
            file, name = index[number]
            tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
            assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert number in PROVED


def test_01_division_by_zero_gives_no_value(home: RefreshedHome) -> None:
    """A board must never read `inf`: nothing divided by nothing has no value, and says so.

    Cost centre CC15 has a budget of 0 and 50 of cost; the incident, outage and sanitization KPIs have days with nobody
    in them. Wherever the denominator is 0 there is no value, whatever the KPI.
    """
    cells = home.published("select denominator, value, coverage, status from marts.kpi_results")
    assert any(denominator == 0 for denominator, *_ in cells)
    for denominator, value, coverage, status in cells:
        assert value is None or math.isfinite(value)
        assert coverage is None or math.isfinite(coverage)
        if denominator == 0:
            assert value is None
            assert status == "no_population"


def test_02_rates_are_pooled_and_never_averaged(home: RefreshedHome) -> None:
    """A department with one laptop must not weigh as much as one with three.

    Location Averages: department A has 1 of 1 deployed, B 1 of 3. Together 2 / 4 = 0.5; the mean of 1 and 1/3 is 0.667.
    """
    cell = home.cell("deployment_rate", D, "location", "Averages")
    assert cell is not None
    assert (cell.numerator, cell.denominator, cell.value) == (2, 4, 0.5)


def test_03_a_month_is_over_when_it_is_complete(home: RefreshedHome) -> None:
    """Counting month boundaries retires laptops weeks before their time.

    Life 36 months, D is 15 June 2026. In service since 20 May 2023: 36 complete months (37 boundaries), not over. Since
    15 May 2023: 37 complete months, over. 1 / 2.
    """
    assert parts(home.cell("assets_over_life_pct", D, "department", "Months")) == (1, 2)


def test_04_an_open_incident_waits_for_its_end(home: RefreshedHome) -> None:
    """Nobody knows yet how long today's outage takes; it must neither flatter nor spoil the mean.

    One incident of 10 hours resolved, one open since three days: 10 hours / 1 episode.
    """
    assert parts(home.cell("mean_time_to_repair", D, "department", "Open")) == (10, 1)


def test_05_overlapping_outages_are_one(home: RefreshedHome) -> None:
    """Three monitors that report the same outage must not triple the downtime.

    08:00-12:00, 10:00-14:00 and 09:00-09:30 are one episode of 6 hours: 6 / 1, not 8.5 / 3.
    """
    assert parts(home.cell("mean_time_to_repair", D, "department", "Overlap")) == (6, 1)


def test_06_a_serial_twice_is_one_asset_and_a_placeholder_is_none(home: RefreshedHome) -> None:
    """One laptop in two rows is one laptop; five machines "To Be Filled By O.E.M." are five.

    `ab-123 4` of HP and `AB1234` of Hewlett-Packard are one asset, deployed (the newer row counts); the two rows with
    the placeholder are two: 3 / 3. Counted by rows it would be 3 / 4, joined by the placeholder 2 / 2.
    """
    assert parts(home.cell("deployment_rate", D, "department", "Serials")) == (3, 3)


def test_07_who_is_hired_again_within_the_grace_owes_nothing(home: RefreshedHome) -> None:
    """Somebody who comes back next week must not be chased for the laptop on their desk.

    Both left on 20 May, due on 3 June. P71 is hired again on 28 May: no obligation. P72 on 10 June, after the due day:
    the obligation stands, and nothing came back: 0 / 1.
    """
    assert parts(home.cell("asset_recovery_rate", D, "department", "Rehire")) == (0, 1)


def test_08_a_late_return_changes_the_window_it_was_due_in(home: RefreshedHome) -> None:
    """Last quarter's laptops that come back now must not make this quarter look good.

    Two leavers of 19 February, due on 5 March. One returned on 25 March, told only on 15 June: the 90 days to 31 March
    now say 1 / 2, and none of them on time. The other returned on 10 June: it was not due in the 90 days to D
    (from 18 March), where the department has no row.
    """
    assert parts(home.cell("asset_recovery_rate", "2026-03-31", "department", "Late")) == (1, 2)
    assert parts(home.cell("asset_recovery_on_time_rate", "2026-03-31", "department", "Late")) == (0, 2)
    assert home.cell("asset_recovery_rate", D, "department", "Late") is None


def test_09_what_nobody_can_see_is_no_shelfware(home: RefreshedHome) -> None:
    """A source that cannot see use must not take licences away from people.

    Acrobat Pro: 3 rights for 300 a year, 3 installs: one used, one seen never used, one where use cannot be seen. One
    right on the shelf (100) of 300 less the unseen one's 100: 100 / 200. Counted as unused, the unseen would make it
    200 / 300.
    """
    assert parts(home.cell("shelfware_pct", D, "product", "Acrobat Pro")) == (100, 200)


def test_10_maintenance_alone_gives_no_right(home: RefreshedHome) -> None:
    """Paying for support of a licence that was never bought does not make an auditor go away.

    Visio Professional: one install, five units of maintenance and no licence: 0 / 1.
    """
    assert parts(home.cell("license_compliance_rate", D, "product", "Visio Professional")) == (0, 1)


def test_11_the_parts_of_a_suite_are_not_counted_again(home: RefreshedHome) -> None:
    """Word inside Office is paid for with Office.

    One device with Office 2021, Word and Excel, one right of Office: Office 1 / 1, no row for Word and Excel.
    """
    assert parts(home.cell("license_compliance_rate", D, "product", "Office Professional Plus")) == (1, 1)
    assert home.cell("license_compliance_rate", D, "product", "Word") is None
    assert home.cell("license_compliance_rate", D, "product", "Excel") is None


def test_12_a_right_serves_older_versions_only_by_downgrade(home: RefreshedHome) -> None:
    """Three rights for three installs can still be one short.

    Photoshop: two installs of 24, one of 26; two rights of 26 with downgrade, one of 25 without. 26 takes one right of
    26, the other serves one 24; the right of 25 serves neither: required 3, short 1, 2 / 3.
    """
    assert parts(home.cell("license_position_rate", D, "product", "Photoshop")) == (2, 3)


def test_13_cores_have_a_minimum_and_come_in_packs(home: RefreshedHome) -> None:
    """A server with four cores needs sixteen, and nobody sells a seventeenth.

    SQL Server: one socket of 4 cores needs 16 (the minimum), one of 17 needs 18 (packs of two): 34. Eight packs of two
    are 16 rights: 16 / 34; they cover the first server: 1 of 2 installs.
    """
    assert parts(home.cell("license_position_rate", D, "product", "SQL Server Standard")) == (16, 34)
    assert parts(home.cell("license_compliance_rate", D, "product", "SQL Server Standard")) == (1, 2)


def test_14_an_unlimited_licence_does_not_lift_the_rate(home: RefreshedHome) -> None:
    """A site licence says nothing about how well the others are kept.

    IntelliJ is unlimited and leaves both rates. What remains of the installs: Acrobat 3 / 3, Visio 0 / 1, Office 1 / 1,
    Photoshop 2 / 3, SQL Server 1 / 2: 7 / 10, not 8 / 11.
    """
    assert home.cell("license_compliance_rate", D, "product", "IntelliJ IDEA Ultimate") is None
    assert home.cell("license_position_rate", D, "product", "IntelliJ IDEA Ultimate") is None
    assert parts(home.cell("license_compliance_rate", D)) == (7, 10)


def test_15_a_budget_of_zero_has_an_amount_and_no_percentage(home: RefreshedHome) -> None:
    """Overspend against nothing is not infinite, and not nothing either.

    CC15: 50 spent, 0 planned: 50 / 0, without a value.
    """
    cell = home.cell("budget_variance", D, "cost_center", "CC15")
    assert parts(cell) == (50, 0)
    assert cell is not None
    assert (cell.value, cell.status) == (None, "no_population")


def test_16_a_line_without_a_rate_is_left_out_and_counted(home: RefreshedHome) -> None:
    """Forty reais are not forty dollars.

    CC16: 80 USD and 40 BRL, no rate, against 100: -20 / 100. Of all five lines four convert: coverage 0.8.
    """
    assert parts(home.cell("budget_variance", D, "cost_center", "CC16")) == (-20, 100)
    coverage = home.published(
        "select coverage from marts.kpi_results"
        " where kpi_id = 'budget_variance' and as_of_date = ? and dim_type = 'all'",
        [D],
    )
    assert coverage == [(0.8,)]


def test_17_a_credit_note_takes_back(home: RefreshedHome) -> None:
    """What the supplier paid back was not spent.

    CC17: 150 less a credit of 60, against 100: -10 / 100.
    """
    assert parts(home.cell("budget_variance", D, "cost_center", "CC17")) == (-10, 100)


def test_18_a_superseded_patch_is_not_missing(home: RefreshedHome) -> None:
    """Nobody installs last month's cumulative update after this month's.

    OLD is missing, its successor NEW is installed: 1 / 1.
    """
    assert parts(home.cell("patch_compliance_rate", D, "department", "Superseded")) == (1, 1)


def test_19_an_unknown_patch_counts_as_missing(home: RefreshedHome) -> None:
    """Not knowing is not being safe.

    The only due patch is unknown: the device fails, 0 / 1; as an instance it is neither installed nor missing, no row.
    """
    assert parts(home.cell("patch_compliance_rate", D, "department", "Unknown")) == (0, 1)
    assert home.cell("patch_instance_compliance_rate", D, "department", "Unknown") is None


def test_20_an_exemption_ends_with_its_last_day(home: RefreshedHome) -> None:
    """An exemption that ran out yesterday is a hole that everybody believes to be closed.

    Both devices miss NEW. One is exempt until D, and passes; the other's exemption ended the day before: 1 / 2.
    """
    assert parts(home.cell("patch_compliance_rate", D, "department", "Exempt")) == (1, 2)


def test_21_a_retired_asset_that_is_seen_is_unauthorized(home: RefreshedHome) -> None:
    """A laptop that was written off and still signs in is somebody's.

    Two devices are seen; the asset of one is retired: 1 / 2.
    """
    assert parts(home.cell("unauthorized_asset_pct", D, "department", "Retired")) == (1, 2)


def test_22_a_leap_day_has_its_birthday_in_february(home: RefreshedHome) -> None:
    """An asset of 29 February must not stay young for a day longer than the others.

    In service since 29 February 2024, life 23 months. On 28 February 2026, the end of the month, 24 months are
    complete: 1 / 1.
    """
    assert parts(home.cell("assets_over_life_pct", "2026-02-28", "department", "Leap")) == (1, 1)


def test_23_slices_add_up_with_the_unassigned(home: RefreshedHome) -> None:
    """What belongs to nobody still belongs to the total.

    One laptop has no department: deployment_rate has (unassigned) 1 / 1; and the slices of every KPI, on every day that
    has slices, add up to its total (here no budget is negative, so those do too).
    """
    assert parts(home.cell("deployment_rate", D, "department", "(unassigned)")) == (1, 1)
    off = home.published(
        """
        with slices as (
            select
                kpi_id, as_of_date, dim_type,
                sum(numerator) as numerator, sum(denominator) as denominator, count(*) as n
            from marts.kpi_results where dim_type <> 'all' group by all
        )
        select kpi_id, as_of_date, s.dim_type, s.numerator, a.numerator, s.denominator, a.denominator
        from slices as s
        inner join marts.kpi_results as a using (kpi_id, as_of_date)
        where a.dim_type = 'all' and (
            abs(s.numerator - coalesce(a.numerator, 0)) > n * 1e-6
            or abs(coalesce(s.denominator, 0) - coalesce(a.denominator, 0)) > n * 1e-6
        )
        """
    )
    assert off == []
    sliced = home.published("select count(distinct kpi_id) from marts.kpi_results where dim_type <> 'all'")
    assert sliced[0][0] >= 15


def test_25_a_day_without_data_is_no_estate_of_zero(home: RefreshedHome) -> None:
    """The night the export fails must not look like the night the company burned down.

    The register of 30 March is carried for ten days: 9 April still has a value, 10 April is not measurable and names
    the feed. The list of 15 June 06:00 has a header and no rows: it waits in quarantine, and D shows the list of 02:00.
    """
    carried, gone = home.cell("deployment_rate", "2026-04-09"), home.cell("deployment_rate", "2026-04-10")
    assert carried is not None
    assert gone is not None
    assert (carried.status, carried.denominator) == ("ok", 22)
    assert (gone.status, gone.value, gone.denominator) == ("not_measurable", None, None)
    assert "hardware_asset" in str(gone.reason)
    today = home.cell("deployment_rate", D)
    assert today is not None
    assert today.denominator == 22
    waiting = home.told(
        "select strftime(extracted_at, '%H:%M'), reason from quality.deliveries where status <> 'accepted'"
    )
    assert [time for time, _ in waiting] == ["06:00"]
    assert "80 %" in waiting[0][1]
