"""Every feed with every column: a list that comes late leaves no column behind."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path

import pytest

from itam.feeds import Column, Feed, load_feeds
from itam.landing import changes
from itam.landing.policy import load_enums
from tests.python.landing.conftest import Landed

FEEDS = load_feeds()
ENUMS = load_enums(Path("no home"))
DAYS = ("2026-06-01T020000Z", "2026-06-08T020000Z", "2026-06-15T020000Z")


def value(feed: Feed, column: Column, row: int, version: int) -> str:
    """A value of the column's type, another one in each row and version; keys and scopes stay."""
    allowed = ENUMS.get((feed.name, column.name), ())
    if allowed:
        return allowed[row % len(allowed)]
    number = row if column.name in (*feed.key, *feed.replaces) else 10 * row + version
    match column.data_type.partition("(")[0]:
        case "varchar":
            return f"{column.name}-{number}"
        case "boolean":
            return ("true", "false")[number % 2]
        case "date":
            return f"2026-01-{number % 28 + 1:02d}"
        case "timestamp":
            return f"2026-01-{number % 28 + 1:02d} 08:00:00"
        case _:
            return str(number)


def content(feed: Feed, version: int) -> str:
    """Three rows, of which the second changes from version to version."""
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow([column.name for column in feed.columns])
    for row in range(3):
        writer.writerow([value(feed, column, row, version if row == 1 else 0) for column in feed.columns])
    return sink.getvalue()


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Landed, Landed]:
    """Every feed in three deliveries: punctual, and with the second one last."""
    folder = tmp_path_factory.mktemp("late")
    punctual, late = Landed(folder / "punctual"), Landed(folder / "late")
    for home, batches in ((punctual, [(0, 1, 2)]), (late, [(0,), (2,), (1,)])):
        for versions in batches:
            for version, feed in itertools.product(versions, FEEDS.values()):
                home.deliver(f"{DAYS[version]}.csv", content(feed, version), feed=feed.name)
            home.land()
    return punctual, late


@pytest.mark.parametrize("name", sorted(FEEDS))
def test_a_late_list_loses_no_column(homes: tuple[Landed, Landed], name: str) -> None:
    """An auditor who looks up a row must find all that was delivered, whenever the delivery before it came in."""
    punctual, late = homes
    for log in changes.logs(FEEDS[name]):
        query = f"select * exclude (row_id) from {log.table} order by all"
        assert late.rows(query) == punctual.rows(query)
    filled = ", ".join(f'count("{column.name}") > 0' for column in FEEDS[name].described)
    assert all(punctual.rows(f"select {filled} from raw.{name}")[0])
    assert punctual.rows(f"select * from raw.quarantined_rows where feed = '{name}'") == []
