"""Every feed with every column: a list that comes late leaves no column behind."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from itam.feeds import Column, Feed, load_feeds
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


@pytest.mark.parametrize("name", sorted(FEEDS))
def test_a_late_list_loses_no_column(name: str, tmp_path: Path) -> None:
    """An auditor who looks up a row must find all that was delivered, whenever the delivery before it came in."""
    punctual, late = Landed(tmp_path / "punctual"), Landed(tmp_path / "late")
    for version, day in enumerate(DAYS):
        punctual.deliver(f"{day}.csv", content(FEEDS[name], version), feed=name)
    punctual.land()
    for version in (0, 2, 1):
        late.deliver(f"{DAYS[version]}.csv", content(FEEDS[name], version), feed=name)
        late.land()
    assert late.raw() == punctual.raw()
    assert punctual.rows("select count(*) from raw.quarantined_rows") == [(0,)]
    columns = ", ".join(f'count(distinct "{column.name}")' for column in FEEDS[name].described)
    assert min(punctual.rows(f"select {columns} from raw.{name}")[0]) > 0
