"""What starts refreshes by itself and keeps the queue going: sensors on real folders, and Dagster's own memory."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from itam.home import Home
from orchestration import sensors, upkeep

STATUS = dg.DagsterRunStatus


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home of its own."""
    made = Home(tmp_path / "home")
    made.create()
    return made


def put(home: Home, name: str, age: float = 60.0) -> Path:
    """A delivered file that was written a while ago."""
    path = home.landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("person_id\n1\n", encoding="utf-8")
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def look(home: Home, instance: dg.DagsterInstance, cursor: str | None) -> Any:
    """One turn of the sensor."""
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    return sensors.arrival_sensor(home).evaluate_tick(context)


def test_500_files_in_random_order_start_one_refresh(home: Home, instance: dg.DagsterInstance) -> None:
    """A source that sends its whole history at once is one refresh; looking again starts none."""
    names = [f"s{n % 9}/person/2026-06-{n % 30 + 1:02}T{n % 24:02}{n % 60:02}00Z.csv" for n in range(500)]
    random.Random(7).shuffle(names)
    for name in names[:250]:
        put(home, name)
    first = look(home, instance, None)
    assert not first.run_requests
    for name in names[250:]:
        put(home, name)
    second = look(home, instance, first.cursor)
    assert not second.run_requests, "half of the burst has just come"
    third = look(home, instance, second.cursor)
    (request,) = third.run_requests
    assert request.tags["itam/files"] == str(len(set(names)))
    fourth = look(home, instance, third.cursor)
    assert not fourth.run_requests
    assert fourth.skip_message == "nothing new"


def test_a_file_still_growing_starts_nothing(home: Home, instance: dg.DagsterInstance) -> None:
    """Half a file is no delivery."""
    put(home, "workday/person/2026-06-30T010000Z.csv", age=1)
    first = look(home, instance, None)
    assert not look(home, instance, first.cursor).run_requests


def made(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus, tags: dict[str, str] | None = None
) -> dg.DagsterRun:
    """A run as Dagster remembers it."""
    from dagster._core.test_utils import create_run_for_test

    return create_run_for_test(instance, job_name="refresh", status=status, tags=tags)


def test_a_queued_refresh_takes_along_what_comes(home: Home, instance: dg.DagsterInstance) -> None:
    """While one refresh runs, one more waits, never ten."""
    put(home, "workday/person/2026-06-30T010000Z.csv")
    first = look(home, instance, None)
    made(instance, STATUS.NOT_STARTED)
    second = look(home, instance, first.cursor)
    assert not second.run_requests
    assert "is queued" in second.skip_message


def test_a_run_whose_process_was_killed_is_ended(instance: dg.DagsterInstance) -> None:
    """With one run at a time, a run that nobody ends would stop every later one for ever."""
    alive = made(instance, STATUS.STARTED, {upkeep.PROCESS_TAG: upkeep.process_tag()})
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    tag = f"{process.pid}@{upkeep._started(process.pid)}"
    assert upkeep.is_alive(tag)
    dead = made(instance, STATUS.STARTED, {upkeep.PROCESS_TAG: tag})
    assert upkeep.end_dead_runs(instance) == []
    process.kill()
    process.wait()
    assert upkeep.end_dead_runs(instance) == [dead.run_id]
    ended, running = (instance.get_run_by_id(run.run_id) for run in (dead, alive))
    assert ended is not None
    assert running is not None
    assert (ended.status, running.status) == (STATUS.FAILURE, STATUS.STARTED)


def test_a_number_of_a_process_that_is_used_again_is_another_process() -> None:
    """After a restart of the machine any process may have the number of the dead one."""
    assert upkeep.is_alive(upkeep.process_tag())
    assert not upkeep.is_alive(f"{os.getpid()}@1")


def test_old_runs_are_forgotten(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run a minute is half a million a year; what is under way stays, however old."""
    monkeypatch.setattr(upkeep, "KEEP_RUNS", 5)
    monkeypatch.setattr(upkeep, "BATCH", 4)
    old = [made(instance, STATUS.SUCCESS).run_id for _ in range(12)]
    running = made(instance, STATUS.STARTED).run_id
    assert upkeep.prune(instance) == 7
    assert {run.run_id for run in instance.get_runs()} == {*old[-5:], running}
    later = datetime.now(UTC) + timedelta(days=upkeep.KEEP_DAYS + 1)
    assert upkeep.prune(instance, later) == 5
    assert {run.run_id for run in instance.get_runs()} == {running}


def test_a_forgotten_run_leaves_no_file(tmp_path: Path) -> None:
    """Seven megabytes a run fill a disk in a year."""
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        runs = [made(instance, STATUS.SUCCESS) for _ in range(2)]
        for run in runs:
            instance.report_engine_event("something happened", run)
            (Path(instance.storage_directory()) / run.run_id / "compute_logs").mkdir(parents=True)
        upkeep.forget(instance, runs[0].run_id)
        left = {path.name for path in tmp_path.rglob("*")}
        assert not [name for name in left if runs[0].run_id in name]
        assert f"{runs[1].run_id}.db" in left
        assert [run.run_id for run in instance.get_runs()] == [runs[1].run_id]


def test_a_run_that_failed_is_noted_for_the_alerts(
    home: Home, small: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    """A run that was killed says nothing by itself."""
    run = made(instance, STATUS.STARTED)
    instance.report_run_failed(run, "its process has died")
    event = next(e for e in instance.all_logs(run.run_id) if e.dagster_event and e.dagster_event.is_failure)
    context = dg.build_run_status_sensor_context(
        sensor_name="failed_runs", dagster_event=event.dagster_event, dagster_instance=instance, dagster_run=run
    ).for_run_failure()
    sensors.failure_sensor(home)(context)
    assert "its process has died" in (home.root / "alerts" / "failed_run.json").read_text(encoding="utf-8")
