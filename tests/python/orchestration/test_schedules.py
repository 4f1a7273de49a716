"""When refreshes are due: by the catalogue's cadences, in the organisation's time zone, once a day, DST or not."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from itam import cadence
from itam.home import Home

BERLIN = ZoneInfo("Europe/Berlin")


def schedules(defs: dg.Definitions) -> dict[str, Any]:
    """The schedules by name."""
    return {schedule.name: schedule for schedule in defs.get_repository_def().schedule_defs}


def tick(defs: dg.Definitions, name: str, moment: datetime) -> Any:
    """What a schedule asks for at a moment."""
    context = dg.build_schedule_context(scheduled_execution_time=moment)
    return schedules(defs)[name].evaluate_tick(context)


def test_there_is_a_schedule_for_each_cadence_of_the_catalogue(small: dg.Definitions) -> None:
    """A KPI of a cadence that nobody runs is never new."""
    found = schedules(small)
    assert set(found) == {"daily", "weekly", "monthly", "quarterly", "prune_runs_nightly"}
    assert {found[name].execution_timezone for name in cadence.CADENCES} == {"Europe/Berlin"}
    assert all(found[name].default_status == dg.DefaultScheduleStatus.RUNNING for name in cadence.CADENCES)


@pytest.mark.parametrize("year_and_change", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_change_of_the_clock_costs_no_refresh_and_makes_no_second(
    small: dg.Definitions, year_and_change: date
) -> None:
    """Six in the morning is six in the morning, in March and in October, and once a day."""
    begin = datetime.combine(year_and_change - timedelta(days=3), datetime.min.time(), BERLIN)
    daily = schedules(small)["daily"]
    ticks = schedule_execution_time_iterator(begin.timestamp(), daily.cron_schedule, daily.execution_timezone)
    local = [moment.astimezone(BERLIN) for moment in itertools.islice(ticks, 7)]
    assert [moment.date() for moment in local] == [begin.date() + timedelta(days=n) for n in range(7)]
    assert {(moment.hour, moment.minute) for moment in local} == {(6, 0)}
    gaps = {b.timestamp() - a.timestamp() for a, b in itertools.pairwise(local)}
    assert len(gaps) == 2, "one of these days has 23 or 25 hours"


def test_a_day_on_which_several_cadences_are_due_is_refreshed_once(small: dg.Definitions) -> None:
    """The first of January may be a Monday: one refresh computes them all, and says for whom."""
    monday_first = datetime(2029, 1, 1, 6, 0, tzinfo=BERLIN)
    (request,) = tick(small, "daily", monday_first).run_requests
    assert request.run_key == "scheduled-2029-01-01"
    assert request.tags["itam/cadence"] == "daily weekly monthly quarterly"
    for name in ("weekly", "monthly", "quarterly"):
        data = tick(small, name, monday_first)
        assert not data.run_requests
        assert "the daily refresh of 2029-01-01" in data.skip_message


def test_the_day_that_has_ended_is_reported(small: dg.Definitions) -> None:
    """On the first of a month its last day is what the board wants."""
    (request,) = tick(small, "daily", datetime(2026, 7, 1, 6, 0, tzinfo=BERLIN)).run_requests
    assert request.run_config["resources"]["refresh"]["config"] == {"not_before": "2026-06-30"}
    dg.validate_run_config(small.resolve_job_def("refresh"), request.run_config)


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2026, 6, 30), ["daily"]),
        (date(2026, 6, 29), ["daily", "weekly"]),
        (date(2026, 7, 1), ["daily", "monthly", "quarterly"]),
        (date(2026, 6, 1), ["daily", "weekly", "monthly"]),
    ],
)
def test_what_is_due_on_a_day(day: date, due: list[str]) -> None:
    """Mondays, firsts, and the firsts of quarters."""
    assert cadence.due(day, list(cadence.CADENCES)) == due


def test_an_organisation_without_daily_kpis_is_refreshed_weekly(tmp_path: Any) -> None:
    """The catalogue is policy: who wants fewer refreshes says so there."""
    home = Home(tmp_path)
    home.policy.mkdir(parents=True)
    seed = cadence.policy_lines(home, "kpi_definitions")
    lines = ["kpi_id,cadence", *(f"{row['kpi_id']},weekly" for row in seed)]
    (home.policy / "kpi_definitions.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert list(cadence.kpis_by_cadence(home)) == ["weekly"]
    assert cadence.due(date(2026, 6, 30), ["weekly"]) == []


def test_d_does_not_go_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A scheduled day is asked for only when deliveries have not been there yet; before the first there is nothing."""
    home = Home(tmp_path)
    for newest, asked in ((None, None), (date(2026, 6, 29), date(2026, 6, 30)), (date(2026, 6, 30), None)):
        monkeypatch.setattr(cadence, "newest_day", lambda home, newest=newest: newest)
        assert cadence.day_to_ask_for(home, date(2026, 6, 30)) == asked
