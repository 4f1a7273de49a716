"""Schedules: one per cadence of the KPI catalogue, in the organisation's time zone. A day is refreshed once."""

from typing import Any

from dagster import (
    DefaultScheduleStatus,
    RunConfig,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    schedule,
)

from itam import cadence
from itam.home import Home
from itam.settings import load_settings
from orchestration.jobs import prune_runs, refresh_job


def refresh_schedules(home: Home) -> list[Any]:
    """The schedules of the cadences that some KPI has."""
    settings = load_settings(home.root)
    cadences = cadence.kpis_by_cadence(home)
    return [_schedule(c, list(cadences), settings.time_zone, settings.refresh_at) for c in cadences]


def _schedule(own: str, cadences: list[str], time_zone: str, time_of_day: str) -> Any:
    @schedule(
        name=own,
        job=refresh_job,
        cron_schedule=cadence.cron(own, time_of_day),
        execution_timezone=time_zone,
        default_status=DefaultScheduleStatus.RUNNING,
        description=f"Refresh for the KPIs of the cadence {own}; the day that has ended is reported.",
    )
    def due(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
        """Ask for one refresh, or leave it to a more frequent cadence of the same day."""
        day = context.scheduled_execution_time.date()
        on_this_day = cadence.due(day, cadences)
        if on_this_day[:1] != [own]:
            return SkipReason(f"the {on_this_day[0]} refresh of {day} computes these KPIs too")
        return RunRequest(
            run_key=f"scheduled-{day}",
            run_config=refresh_config(not_before=str(cadence.reported_day(day))),
            tags={"itam/cadence": " ".join(on_this_day)},
        )

    return due


def refresh_config(**said: Any) -> RunConfig:
    """The run config of a refresh."""
    return RunConfig(resources={"refresh": {"config": said}})


def upkeep_schedule(home: Home) -> ScheduleDefinition:
    """Old runs are forgotten at night."""
    return ScheduleDefinition(
        name="prune_runs_nightly",
        job=prune_runs,
        cron_schedule="30 3 * * *",
        execution_timezone=load_settings(home.root).time_zone,
        default_status=DefaultScheduleStatus.RUNNING,
    )
