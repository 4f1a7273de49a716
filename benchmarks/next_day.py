"""The deliveries of the day after the newest ones, of which one row in a hundred differs.

Here: what comes every day (register, discovery, installs, patches, seats, people, tickets, events, costs), made of the
newest kept file of each source: lists again as a whole, tickets and lines only those that changed. Not here: the
organisation itself (``itam/sample``), and what the refresh of these deliveries costs.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb

from itam.feeds import load_feeds
from itam.landing import inbox
from itam.landing.casts import literal, quoted

ONE_IN = 100
CHANGES = {
    "hardware_asset": "location",
    "device_discovery": "last_seen_at",
    "software_install": "last_used_at",
    "patch_status": "checked_at",
    "license_assignment": "last_activity_at",
    "person": "department",
    "incident": "priority",
    "asset_event": "reason",
    "outage": "end_at",
    "cost_line": "amount",
    "cloud_cost": "EffectiveCost",
}
"""The column of each daily feed that differs."""


def write_next_day(home: Path) -> int:
    """Put the deliveries into the landing folder; returns how many rows differ.

    A changed time is a day later; any other value is that of the row before it, or half of it where it is an amount.
    """
    feeds = load_feeds()
    newest = {
        (file.source_system, file.feed): file
        for file in sorted(inbox.kept(home, feeds), key=lambda file: file.extracted_at)
        if file.feed in CHANGES
    }
    changed = 0
    with duckdb.connect() as con:
        for (source, name), file in newest.items():
            feed, column = feeds[name], CHANGES[name]
            by = (
                " || ".join(f"coalesce(cast({quoted(key)} as varchar), '')" for key in feed.key) or "cast(t as varchar)"
            )
            differs = f"hash({by}) % {ONE_IN} = 0"
            value = {
                "timestamp": f"cast({quoted(column)} as timestamp) + interval 1 day",
                "decimal": f"cast({quoted(column)} as decimal(38, 4)) / 2",
            }.get(feed.column(column).data_type.split("(")[0], f"lag({quoted(column)}) over ()")
            extracted_at = file.extracted_at + timedelta(days=1)
            target = home / "landing" / source / name / f"{extracted_at:%Y-%m-%dT%H%M%SZ}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            only = "" if feed.kind == "snapshot" else f" where {differs}"
            rows = f"read_parquet({literal(str(file.path))})"
            types = dict(
                con.execute(f"select column_name, column_type from (describe select * from {rows})").fetchall()
            )
            told = f"case when {differs} then cast({value} as {types[column]}) else {quoted(column)} end"
            changed_rows = f"select * replace ({told} as {quoted(column)}) from {rows} as t{only}"
            con.execute(f"copy ({changed_rows}) to {literal(str(target))} (format parquet, compression zstd)")
            ((more,),) = con.execute(f"select count(*) from {rows} as t where {differs}").fetchall()
            changed += more
    return changed
