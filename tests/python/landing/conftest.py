"""What the landing tests share: a home in a temporary folder, and raw tables as comparable rows."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from itam.feeds import load_feeds
from itam.landing import LandingReport, changes, land

Deliver = Callable[..., Path]


class Landed:
    """A home under test."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def deliver(self, name: str, content: str | bytes, source: str = "cmdb", feed: str = "hardware_asset") -> Path:
        """Put a file into the landing folder."""
        path = self.home / "landing" / source / feed / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def land(self, **arguments: Any) -> LandingReport:
        """One run."""
        return land(self.home, **arguments)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The answer to a query on the warehouse."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def raw(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every raw table, row ids aside, in an order of its own."""
        tables = [log.table for feed in load_feeds().values() for log in changes.logs(feed)]
        contents = {table: self.rows(f"select * exclude (row_id) from {table} order by all") for table in tables}
        for table in ("raw.deliveries", "raw.quarantined_rows", "raw.cast_failures", "raw.delivery_files"):
            contents[table] = self.rows(f"select * from {table} order by all")
        return {table: rows for table, rows in contents.items() if rows}


def assets(rows: Iterable[tuple[str, str]], header: str = "asset_id,asset_class,status") -> str:
    """A small register: ids and statuses."""
    return "\n".join([header, *(f"{asset},laptop,{status}" for asset, status in rows)]) + "\n"


@pytest.fixture
def landed(tmp_path: Path) -> Landed:
    """An empty home."""
    return Landed(tmp_path / "home")
