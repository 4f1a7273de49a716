"""What a monitor is told: one word, and why."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from itam import health
from itam.home import Home
from orchestration.health import serve

NOON = datetime(2026, 6, 30, 12, 0)


def home(
    root: Path, outcome: str = "published", finished_at: str = "2026-06-30 06:01", newest: str = "2026-06-30"
) -> Home:
    """A home whose last refresh ended so."""
    made = Home(root)
    made.create()
    with duckdb.connect(str(made.status)) as con:
        con.execute("create schema quality")
        con.execute(
            "create table quality.runs as select 'r1' as refresh_id, cast(? as timestamp) as finished_at,"
            " ? as outcome, 'why' as reason, date '2026-06-30' as as_of_date",
            [finished_at, outcome],
        )
        con.execute(
            "create table quality.feed_freshness as"
            " select 'person' as feed, cast(? as timestamp) as newest_accepted_at",
            [newest],
        )
    return made


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        ({}, "well", ""),
        ({"outcome": "failed"}, "failing", "the last refresh failed: why"),
        ({"outcome": "blocked"}, "degraded", "the last refresh was blocked: why"),
        ({"finished_at": "2026-06-29 06:01"}, "failing", "no refresh has ended since 2026-06-29 06:01 UTC"),
        ({"newest": "2026-06-27"}, "degraded", "1 feeds are overdue: person"),
    ],
)
def test_how_a_home_is(tmp_path: Path, said: dict[str, str], status: str, why: str) -> None:
    """A failed night wakes somebody, a blocked gate or a late feed can wait for the morning."""
    found = health.check(home(tmp_path, **said), NOON)
    assert found.status == status
    assert why in " ".join([*found.failing, *found.degraded])


def test_a_home_without_a_refresh_and_a_disk_without_room_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing to read, or nowhere to write: both need a person."""
    assert health.check(Home(tmp_path), NOON).failing == ("no refresh has run yet",)
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 2**62)
    assert "make room" in health.check(home(tmp_path / "h"), NOON).failing[0]


def test_the_endpoint_answers_with_a_number_that_monitors_understand(tmp_path: Path) -> None:
    """200 or 503 is all that a load balancer reads; people read the rest."""
    silent: list[str] = []
    place = home(tmp_path, finished_at="2126-06-30 06:01", newest="2126-06-30")
    server = serve(place, "127.0.0.1", 0, lambda: tuple(silent))
    address = f"http://127.0.0.1:{server.server_port}/health"
    with urllib.request.urlopen(address) as answer:
        assert json.loads(answer.read())["status"] == "well"
    silent.append("the daemon is silent: SENSOR")
    with pytest.raises(urllib.error.HTTPError) as failed:
        urllib.request.urlopen(address)
    assert failed.value.code == 503
    assert "SENSOR" in failed.value.read().decode()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(address.replace("health", "other"))
    server.shutdown()
