"""Dagster's own memory: old runs are forgotten, runs whose process has died are ended, so that none waits for them."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

KEEP_DAYS, KEEP_RUNS = 90, 150
"""Runs are kept for 90 days, the newest 150 of those (7 MB each); the ledger of refreshes in the warehouse for good."""
BATCH = 200
PROCESS_TAG = "itam/process"
ENDED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]


def prune(instance: DagsterInstance, now: datetime | None = None) -> int:
    """Delete ended runs that are too old or too many, with their events and their captured output."""
    oldest = (now or datetime.now(UTC)) - timedelta(days=KEEP_DAYS)
    kept = instance.get_run_records(RunsFilter(statuses=ENDED), limit=KEEP_RUNS)
    kept_ids = {r.dagster_run.run_id for r in kept if r.create_timestamp > oldest}
    old, cursor = [], None
    while batch := instance.get_run_records(RunsFilter(statuses=ENDED), limit=BATCH, cursor=cursor):
        cursor = batch[-1].dagster_run.run_id
        old += [r.dagster_run.run_id for r in batch if r.dagster_run.run_id not in kept_ids]
    for run_id in old:
        forget(instance, run_id)
    return len(old)


def forget(instance: DagsterInstance, run_id: str) -> None:
    """Delete one run and what it has printed; its events are a file of their own, which Dagster would leave empty."""
    instance.delete_run(run_id)
    path_for = getattr(instance.event_log_storage, "path_for_shard", None)
    if path_for is not None:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{path_for(run_id)}{suffix}").unlink(missing_ok=True)
    shutil.rmtree(Path(instance.storage_directory()) / run_id, ignore_errors=True)


def process_tag() -> str:
    """This process, so that another one with the same number later is not taken for it."""
    return f"{os.getpid()}@{_started(os.getpid())}"


def is_alive(tag: str) -> bool:
    """Whether the process of a tag still runs."""
    pid, _, started = tag.partition("@")
    return _started(int(pid)) == started


def _started(pid: int) -> str:
    """When a process began, in the machine's own count; empty where there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "" if Path("/proc/self").exists() or not _exists(pid) else "?"
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]  # a zombie has ended


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def end_dead_runs(instance: DagsterInstance) -> list[str]:
    """Runs that say they are under way although their process has gone: killed, or the machine stopped."""
    ended = []
    for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING])):
        tag = run.tags.get(PROCESS_TAG)
        if tag is not None and not is_alive(tag):
            end(instance, run)
            ended.append(run.run_id)
    return ended


def end(instance: DagsterInstance, run: DagsterRun) -> None:
    """Say that a run has ended; the daemon starts it again by its policy of retries."""
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)  # else its place in the pool stays taken
    if run.status == DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run, "its process has ended")
    else:
        instance.report_run_failed(run, "its process has died; the next refresh ends as if this one had never been")
