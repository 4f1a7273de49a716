"""Compaction: of sightings that are old enough, those in between go.

Here: which rows of a log of sightings say nothing that their neighbours do not say as well, month by month. Not here:
change logs, which hold no repeats, and when it runs (``refresh.py``).

A row goes when the one that is kept before it says the same on every day until the next one: the same values, and dates
of seeing that count by every window on all these days. Months do not look at each other: what comes first and last for
a key in a month stays. So a month is compacted in memory of its own size, and again alone when a late delivery adds to
it.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from itam.feeds import Feed
from itam.landing.casts import literal, quoted
from itam.landing.changes import Log
from itam.landing.ledger import Ledger
from itam.landing.policy import SEEDS

WINDOWS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "last_seen_at": (
        ("kpi_policy", "value", "activity_window_days"),
        ("kpi_policy", "value", "discovery_window_days"),
        ("kpi_policy", "value", "license_device_seen_days"),
        ("class_policy", "staleness_days", "%"),
    ),
    "last_user_activity_at": (("kpi_policy", "value", "activity_window_days"),),
    "last_used_at": (("kpi_policy", "value", "usage_window_days"),),
    "last_activity_at": (
        ("kpi_policy", "value", "saas_window_days"),
        ("kpi_policy", "value", "usage_window_days"),
    ),
    "checked_at": (("kpi_policy", "value", "patch_status_max_age_days"),),
}
"""The days for which models let a date of seeing count: seed, column, and which rows by their first column."""

RIVALS = """
create or replace temp table compaction_rivals as
with named as (
    select source_system, device_id, 'serial ' || regexp_replace(upper(serial_number), '[^A-Z0-9]', '', 'g') as name
    from raw.device_discovery where change_type = 'upsert' and serial_number is not null
    union
    select source_system, device_id, 'mac ' || lower(trim(mac_address))
    from raw.device_discovery where change_type = 'upsert' and mac_address is not null
)
select distinct device_id from named
where name in (select name from named group by name having count(*) > 1)
union
select device_id from raw.patch_status
where device_id is not null group by device_id having count(distinct source_system) > 1
"""
"""Devices that two rows may speak for: which of them was seen last matters to the second."""

CLOCKS = """
create or replace temp table compaction_clocks as
select device_id, cast(first_applicable_at as timestamp) as starts_at
from raw.patch_status where first_applicable_at is not null
union
select device_id, min(extracted_at) from raw.patch_status group by source_system, device_id, patch_id
union
select status.device_id, cast(catalog.released_at as timestamp)
from raw.patch_status as status join raw.patch_catalog as catalog using (patch_id)
where catalog.released_at is not null
"""
"""When the time to patch a device may begin: the first sighting after it says whether the device could be reached."""

NO_RIVAL = "device_id not in (select device_id from compaction_rivals)"
ONLY_OF: dict[str, tuple[str, ...]] = {
    "device_discovery": (
        NO_RIVAL,
        "not exists (select 1 from compaction_clocks as clock where clock.device_id = near.device_id and "
        "clock.starts_at > cast(before as timestamp) and clock.starts_at <= cast(last_seen_at as timestamp))",
        # a device is confirmed on the day that shows a second date
        "(cast(last_seen_at as date) = first_date or cast(before as date) <> first_date)",
    ),
    "patch_status": (NO_RIVAL,),
}
"""What else models read of the sightings of one feed, as conditions under which a row may go."""


def compact(ledger: Ledger, feeds: Iterable[Feed], as_of: date, days: int, waiting: str) -> list[str]:
    """Compact the months that have ended ``days`` before D, one transaction each; returns a line per log.

    ``waiting`` is a query for the deliveries that somebody still looks at row by row: their months wait.
    """
    until, notes = as_of - timedelta(days=days), []
    due = {feed.name: (feed, _due(ledger, feed, until, waiting)) for feed in feeds if feed.observed}
    if any(months for _, months in due.values()):
        ledger.connection.execute(RIVALS)
        ledger.connection.execute(CLOCKS)
    for feed, months in due.values():
        removed = sum(_compact_month(ledger, feed, month, newest) for month, newest in months)
        if removed:
            notes.append(f"{feed.name}: {removed:,} old sightings between others have gone (settings.yml: retention)")
    return notes


def _due(ledger: Ledger, feed: Feed, until: date, waiting: str) -> list[tuple[date, int]]:
    """Months with rows that were never looked at, and their newest row."""
    return ledger.connection.execute(
        f"""
        select month, max(row_id)
        from (select row_id, cast(date_trunc('month', extracted_at) as date) as month from {_log(feed).table}) as log
        where month + interval 1 month <= ? and month not in (
            select cast(date_trunc('month', extracted_at) as date) from raw.deliveries
            where feed = ? and batch_id in ({waiting})
        )
        group by month
        having max(row_id) > coalesce(
            (select done.newest_row_id from landing.compacted as done where done.feed = ? and done.month = log.month), 0
        )
        order by month
        """,
        [until, feed.name, feed.name],
    ).fetchall()


def _log(feed: Feed) -> Log:
    return Log(feed, is_sightings=True)


def _compact_month(ledger: Ledger, feed: Feed, month: date, newest: int) -> int:
    """Take out what may go in a month; returns the number of rows."""
    connection, table = ledger.connection, _log(feed).table
    with ledger.transaction():
        connection.execute(f"create or replace temp table compaction_gone as {_gone(ledger, feed, month)}")
        connection.execute(f"delete from {table} where row_id in (select row_id from compaction_gone)")
        removed: int = connection.execute("select count(*) from compaction_gone").fetchall()[0][0]
        connection.execute("delete from landing.compacted where feed = ? and month = ?", [feed.name, month])
        ledger.insert("landing.compacted", [(feed.name, month, newest)])
    return removed


def _gone(ledger: Ledger, feed: Feed, month: date) -> str:
    """A query for the rows that may go.

    What may go by its neighbours lies between rows that stay, with the values of the first of these and dates that only
    move forward. So one look at the last row that stays says whether its dates last until the next row; where they do
    not, the row stays as well, which can only make the rows after it better covered.
    """
    dates = [column for column in feed.observed if column.observation]
    windows = {column.name: _shortest(ledger, column.name) for column in dates}
    step = max(min(windows.values()) // 2, 1)
    names = ", ".join(quoted(name) for name in _log(feed).payload)
    alike = [
        f"(lag({name}) over of_key is not distinct from {name})"
        for name in (quoted(column.name) for column in feed.observed if not column.observation)
    ]
    forward = [
        f"((lag({name}) over of_key <= {name} and {name} <= lead({name}) over of_key) or "
        f"coalesce(lag({name}) over of_key, {name}, lead({name}) over of_key) is null)"
        for name in (quoted(column.name) for column in dates)
    ]
    seen = quoted(dates[0].name)
    kept = ", ".join(
        f"last_value(case when not may_go then {quoted(name)} end ignore nulls) over (of_key "
        f"rows between unbounded preceding and 1 preceding) as kept_{name}"
        for name in windows
    )
    lasting = [
        f"({quoted(name)} is null or kept_{name} = {quoted(name)} or cast(kept_{name} as date) + {days} >= next_day)"
        for name, days in windows.items()
    ]
    return f"""
        with rows as (
            select row_id, source_system, row_key, change_type, extracted_at, {names},
                cast(extracted_at as date) as day, (day(extracted_at) - 1) // {step} as part
            from {_log(feed).table}
            where date_trunc('month', extracted_at) = date {literal(str(month))}
        ),
        near as (
            select *,
                lead(day) over of_key as next_day,
                lag({seen}) over of_key as before,
                cast(first_value({seen}) over of_key as date) as first_date,
                lag(change_type) over of_key = 'upsert' and change_type = 'upsert'
                and lead(change_type) over of_key = 'upsert' and lag(part) over of_key = part
                and {" and ".join([*alike, *forward])} as is_between
            from rows
            window of_key as (partition by source_system, row_key order by extracted_at)
        ),
        judged as (
            select *, coalesce({" and ".join(["is_between", *ONLY_OF.get(feed.name, ())])}, false) as may_go from near
        ),
        held as (
            select *, {kept} from judged
            window of_key as (partition by source_system, row_key order by extracted_at)
        )
        select row_id from held
        where may_go and {" and ".join(lasting)} and not exists (
            select 1 from raw.as_of_requests as asked where asked.as_of_date >= day and asked.as_of_date < next_day
        )
    """


def _shortest(ledger: Ledger, column: str) -> int:
    """The shortest window for a date of seeing, by the project's rows and the organisation's."""
    found = []
    for seed, value, name in WINDOWS[column]:
        by = "name" if seed == "kpi_policy" else "asset_class"
        rows = ledger.connection.execute(
            f"select min(try_cast({value} as double)) from (select {by}, {value} from raw.policy_{seed} union all "
            f"select {by}, {value} from read_csv({literal(str(SEEDS / f'{seed}.csv'))}, all_varchar = true)) "
            f"where trim({by}) like ?",
            [name],
        ).fetchall()
        found.append(int(rows[0][0]))
    return min(found)
