"""The job of the refresh: its order, what stops it, what is tried again, and who else may write meanwhile."""

from __future__ import annotations

import errno
from pathlib import Path

import dagster as dg
import filelock
import pytest

from itam.home import Home
from itam.quality.ledger import CheckResult
from itam.refresh import RefreshError
from tests.python.orchestration.conftest import Launch, Steps

BLOCKING = CheckResult("value_in_range", "block", "rates are rates", "failed", "1.5", decision="block")


def events(result: dg.ExecuteInProcessResult, kind: str) -> list[str]:
    """The steps that an event is about."""
    return [str(e.step_key) for e in result.all_events if e.event_type_value == kind]


def test_a_run_is_the_steps_of_a_refresh_in_their_order(steps: Steps, launch: Launch) -> None:
    """What a person types and what Dagster runs must be the same thing."""
    result = launch()
    assert result.success
    assert steps.done == ["land", "build", "check", "publish"]
    assert steps.ended == ["published: as of today"]
    fed = result.asset_materializations_for_node("land")
    assert {m.asset_key.to_user_string() for m in fed} == {"raw/person", "landing/deliveries"}


def test_what_blocks_stops_the_run_before_anything_is_published(steps: Steps, launch: Launch) -> None:
    """The last good marts stay, and the run says which check it was."""
    steps.blocking = [BLOCKING]
    result = launch()
    assert not result.success
    assert steps.done == ["land", "build", "check"]
    assert steps.ended[0].startswith("blocked: value_in_range")
    failed = [e for e in result.get_asset_check_evaluations() if not e.passed]
    assert {e.check_name for e in failed} == {"value_in_range", "may_publish"}
    assert all(e.blocking for e in failed)
    assert events(result, "STEP_RESTARTED") == []


def test_a_full_disk_is_tried_again_a_little_later(steps: Steps, launch: Launch) -> None:
    """Somebody makes room in a minute: nobody has to be woken for that."""
    steps.errors = {"land": [OSError(errno.ENOSPC, "no space left")], "publish": [OSError(errno.ENOSPC, "full")] * 2}
    result = launch()
    assert result.success
    assert events(result, "STEP_RESTARTED") == ["land", "published__itam", "published__itam"]
    assert steps.done == ["land", "build", "check", "publish"]


def test_what_cannot_pass_is_not_tried_again(steps: Steps, launch: Launch) -> None:
    """A wrong setting is as wrong in a minute; the run ends at once and says why in one line."""
    steps.errors = {"land": [RefreshError("settings.yml: 'Mars' is no time zone")]}
    result = launch()
    assert not result.success
    assert events(result, "STEP_RESTARTED") == []
    assert steps.done == []
    assert steps.ended == ["failed: settings.yml: 'Mars' is no time zone"]


def test_a_disk_that_stays_full_ends_the_run(steps: Steps, launch: Launch) -> None:
    """Trying for ever would hide it."""
    steps.errors = {"build": [OSError(errno.ENOSPC, "no space left")] * 9}
    result = launch()
    assert not result.success
    assert len(events(result, "STEP_RESTARTED")) == 3
    assert "disk is full" in steps.ended[0]


def test_a_person_who_refreshes_meanwhile_is_waited_for(steps: Steps, launch: Launch, tmp_path: Path) -> None:
    """Two writers at once would break the warehouse; the second one waits, and says so when it waits in vain."""
    with filelock.FileLock(Home(tmp_path / "home").lock):
        result = launch()
    assert not result.success
    assert steps.done == []
    assert launch().success


def test_the_day_that_a_schedule_asks_for_is_the_least(
    steps: Steps, launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When every feed has stopped the day goes on, and its KPIs say so; when deliveries are ahead, nothing is added."""
    from datetime import date

    from itam import cadence

    asked = []
    for newest in (date(2026, 6, 30), date(2026, 7, 20)):
        monkeypatch.setattr(cadence, "newest_day", lambda home, newest=newest: newest)
        result = launch(not_before="2026-07-14")
        (landed,) = [m for m in result.asset_materializations_for_node("land") if m.asset_key.path[0] == "landing"]
        asked.append(landed.metadata["as_of_date"].value)
    assert asked == ["2026-07-14", "2026-06-30"]


def test_packs_are_made_by_scheduled_runs(steps: Steps, launch: Launch) -> None:
    """At midnight one file of the new week has come and most have not: the board's pack waits for the schedule."""
    assert launch().success
    assert steps.packs == []
    assert launch(not_before="2026-06-28").success
    assert len(steps.packs) == 1


def test_a_pack_that_cannot_be_made_does_not_undo_what_is_published(steps: Steps, launch: Launch) -> None:
    """A broken browser costs a PDF: the refresh is told as published, and the run is red so that somebody looks."""
    steps.errors = {"packs": [RuntimeError("no such browser")]}
    result = launch(not_before="2026-06-28")
    assert not result.success
    assert steps.ended == ["published: as of today"]
    assert events(result, "STEP_RESTARTED") == []
    assert events(result, "STEP_FAILURE") == ["published__packs"]


def test_models_alone_are_refused(small: dg.Definitions, steps: Steps, instance: dg.DagsterInstance) -> None:
    """A model built by a click would leave the warehouse half old; the job does it as a whole."""
    job = small.resolve_job_def("refresh")
    result = job.execute_in_process(
        instance=instance, raise_on_error=False, asset_selection=[dg.AssetKey(["marts", "kpi_results"])]
    )
    assert not result.success
    assert steps.done == []
