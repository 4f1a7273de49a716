"""Kept deliveries read again: what was landed by an error that is mended is repaired, what was right stays as it is."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path

import pytest

from itam.feeds import load_feeds
from itam.landing import rebuild
from itam.landing.ledger import Ledger
from itam.landing.reasons import NotKeptError
from itam.landing.run import open_warehouse
from tests.python.landing.conftest import Landed, assets

SINCE = datetime(2026, 6, 10)


def reopen(landed: Landed, since: datetime = SINCE, only: str | None = None) -> int:
    """What `itam reland` does before it refreshes."""
    with open_warehouse(landed.home) as connection:
        return rebuild.reopen_since(Ledger(landed.home, connection), load_feeds(), since, only)


@pytest.fixture
def history(landed: Landed) -> Landed:
    """Four lists and three bundles of events."""
    for day in (1, 8, 15, 22):
        rows = [(f"a{n}", "deployed" if n < day else "in_stock") for n in range(10)]
        landed.deliver(f"2026-06-{day:02}T020000Z.csv", assets(rows))
        event = f"event_id,asset_id,event_at,event_type\ne{day},a1,2026-06-0{day % 9 + 1}T00:00:00Z,audit\n"
        landed.deliver(f"2026-06-{day:02}T030000Z.csv", event, feed="asset_event")
    landed.land()
    return landed


def test_what_was_right_stays_as_it_is(history: Landed) -> None:
    """Reading three years again must not move a row."""
    before = history.raw()
    assert reopen(history) == 4
    assert history.rows("select count(*) from raw.deliveries where status = 'pending'") == [(4,)]
    history.land()
    assert history.raw() == before
    assert reopen(history, datetime(2020, 1, 1)) == 8
    history.land()
    assert history.raw() == before


def test_what_was_wrong_is_repaired(history: Landed) -> None:
    """An error of ours that lost rows is mended by the files, which are all kept."""
    before = history.raw()
    with open_warehouse(history.home) as connection:
        connection.execute("delete from raw.hardware_asset where extracted_at >= ?", [SINCE])
    reopen(history)
    history.land()
    assert history.raw() == before


def test_only_one_feed(history: Landed) -> None:
    """Who mends one feed need not wait for twenty-four."""
    assert reopen(history, only="asset_event") == 2
    assert {feed for (feed,) in history.rows("select feed from raw.deliveries where status = 'pending'")} == {
        "asset_event"
    }


def test_a_run_that_dies_before_it_has_read_again_is_made_up_for(history: Landed) -> None:
    """What is taken out of history and not back in would be lost until the next delivery of the same source."""
    before = history.raw()
    reopen(history)
    history.deliver("2026-06-23T020000Z.csv", "person_id\np1\n", source="hr", feed="person")
    history.land()
    after = history.raw()
    assert {table: after[table] for table in ("raw.hardware_asset", "raw.asset_event")} == {
        table: before[table] for table in ("raw.hardware_asset", "raw.asset_event")
    }


def test_what_is_no_longer_kept_is_refused_and_nothing_is_lost(history: Landed) -> None:
    """A history that cannot be read again must not be cut."""
    before = history.raw()
    next(Path(history.home / "deliveries").rglob("2026-06-15T020000Z*")).unlink()
    with pytest.raises(NotKeptError, match="cmdb/hardware_asset/2026-06-15T020000Z"):
        reopen(history)
    assert history.raw() == before


def test_a_file_that_was_just_written_is_left_for_the_next_run(landed: Landed) -> None:
    """Under a scheduler a file may be half there: it would be moved away while it is written."""
    old = landed.deliver("2026-06-01T020000Z.csv", assets([("a", "deployed")]))
    os.utime(old, (time.time() - 60, time.time() - 60))
    fresh = landed.deliver("2026-06-08T020000Z.csv", assets([("a", "deployed")]))
    report = landed.land(quiet_seconds=5)
    assert report.accepted == 1
    assert report.notes == ["1 files may still be written and wait for the next refresh"]
    assert fresh.exists()
    assert landed.land().accepted == 1
