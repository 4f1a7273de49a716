"""Sensors: what has arrived starts a refresh, what has changed is told, a run that died is ended."""

import time
from typing import Any

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunFailureSensorContext,
    RunRequest,
    RunsFilter,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    run_failure_sensor,
    sensor,
)

from itam import alerts, arrivals
from itam.home import Home
from orchestration import upkeep
from orchestration.jobs import refresh_job

LOOK_SECONDS, TELL_SECONDS = 5, 30
WAITING = [DagsterRunStatus.QUEUED, DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING]


def all_sensors(home: Home) -> list[Any]:
    """The sensors of a home."""
    return [arrival_sensor(home), alert_sensor(home), failure_sensor(home), upkeep_sensor()]


def arrival_sensor(home: Home) -> Any:
    """New deliveries start a refresh."""

    @sensor(
        name="arrivals",
        job=refresh_job,
        minimum_interval_seconds=LOOK_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Complete new files in the landing folder start one refresh; a burst starts one, none starts two.",
    )
    def arrived(context: SensorEvaluationContext) -> SensorResult:
        """Look again, and ask for a refresh where one is due."""
        memory = arrivals.Memory.loads(context.cursor)
        seen = arrivals.look(home.landing)
        decision = arrivals.decide(seen, memory, time.time(), is_queued(context.instance))
        cursor = decision.memory.dumps()
        if decision.run_key is None:
            return SensorResult(skip_reason=SkipReason(decision.reason), cursor=cursor)
        return SensorResult([RunRequest(decision.run_key, tags={"itam/files": str(decision.files)})], cursor=cursor)

    return arrived


def is_queued(instance: DagsterInstance) -> bool:
    """Whether a refresh waits that has not begun."""
    return bool(instance.get_runs(RunsFilter(job_name=refresh_job.name, statuses=WAITING), limit=1))


def alert_sensor(home: Home) -> Any:
    """What has changed is told to whom it concerns."""

    @sensor(
        name="alerts",
        minimum_interval_seconds=TELL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="KPIs that cross a threshold, a blocked gate, stale feeds, renewals: told once per change.",
    )
    def changed(context: SensorEvaluationContext) -> SkipReason:
        """Compare what is with what was told."""
        sent = alerts.tell(home)
        for line in sent:
            context.log.info(line)
        return SkipReason(f"{len(sent)} messages sent" if sent else "nothing has changed")

    return changed


def failure_sensor(home: Home) -> Any:
    """A run that failed before it could say so itself is told too."""

    @run_failure_sensor(
        name="failed_runs", default_status=DefaultSensorStatus.RUNNING, minimum_interval_seconds=TELL_SECONDS
    )
    def failed(context: RunFailureSensorContext) -> None:
        """Note it; the alerts sensor tells."""
        alerts.note_failed_run(home, context.dagster_run.run_id, context.failure_event.message or "no message")

    return failed


def upkeep_sensor() -> Any:
    """Runs whose process has gone are ended, so that the queue goes on."""

    @sensor(
        name="dead_runs",
        minimum_interval_seconds=TELL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="A run whose process was killed is ended; the queue goes on, and the run is started again.",
    )
    def died(context: SensorEvaluationContext) -> SkipReason:
        """Look for processes that are gone."""
        ended = upkeep.end_dead_runs(context.instance)
        return SkipReason(f"ended: {', '.join(ended)}" if ended else "every run is alive")

    return died
