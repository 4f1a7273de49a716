"""The report of every refresh: ``published/status.duckdb``, schema ``quality``.

It is replaced in one step by each refresh, also by one that publishes nothing, and holds no delivered value of a
person: rows in quarantine and failed casts are counted, their content stays in the warehouse.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from itam.home import Home
from itam.publishing.publish import quote, remove, sync

# table: its query on the warehouse (attached as `warehouse`, the name that its views use) and the tables that it reads
TABLES = {
    "runs": ("select * from warehouse.quality.runs", ("quality.runs",)),
    "arrivals": ("select * from warehouse.quality.arrivals", ("quality.arrivals",)),
    "quality_gate_log": ("select * from warehouse.quality.quality_gate_log", ("quality.quality_gate_log",)),
    "gate_decisions": ("select * from warehouse.quality.gate_decisions", ("quality.gate_decisions",)),
    "deliveries": ("select * from warehouse.raw.deliveries", ("raw.deliveries",)),
    "quarantined_rows": (
        """
        select batch_id, source_system, feed, extracted_at, file, column_name, expected, reason,
            count(*) as rows, min(row_number) as example_row_number
        from warehouse.raw.quarantined_rows group by all
        """,
        ("raw.quarantined_rows",),
    ),
    "cast_failures": (
        """
        select batch_id, source_system, feed, extracted_at, column_name, kind,
            sum(row_count) as rows, min(example_row_number) as example_row_number
        from warehouse.raw.cast_failures group by all
        """,
        ("raw.cast_failures",),
    ),
    "kept_files": ("select * from warehouse.raw.kept_files", ("raw.kept_files",)),
    "reconciliation": ("select * from warehouse.quality.reconciliation", ("quality.reconciliation",)),
    "unmapped_values": ("select * from warehouse.quality.unmapped_values", ("quality.unmapped_values",)),
    "feed_freshness": (
        """
        with
        d as (select max(as_of_date) as as_of_date from warehouse.raw.as_of_requests where is_current),
        newest as (
            select
                policy.feed, delivery.source_system, d.as_of_date, policy.cadence_days, policy.carry_days,
                max(delivery.extracted_at) filter (delivery.status = 'accepted') as newest_accepted_at,
                max(delivery.extracted_at) as newest_delivered_at
            from warehouse.staging.stg_policy__feed_policy as policy
            cross join d
            left join warehouse.raw.deliveries as delivery on delivery.feed = policy.feed
            group by all
        )
        select *,
            case
                when newest_accepted_at is null then 'missing'
                when date_diff('day', newest_accepted_at::date, as_of_date) > carry_days then 'stale'
                when date_diff('day', newest_accepted_at::date, as_of_date) > cadence_days then 'late'
                else 'fresh'
            end as freshness
        from newest
        """,
        ("staging.stg_policy__feed_policy", "raw.deliveries", "raw.as_of_requests"),
    ),
}


def write(home: Home) -> None:
    """Replace the status file by what the warehouse says now."""
    home.published.mkdir(parents=True, exist_ok=True)
    fresh = home.published / ".status.duckdb"
    remove(fresh, Path(f"{fresh}.wal"))
    with duckdb.connect(str(fresh)) as con:
        con.execute(f"attach {quote(home.warehouse)} as warehouse (read_only)")
        con.execute("create schema quality")
        there = {
            f"{schema}.{table}"
            for schema, table in con.execute(
                "select table_schema, table_name from information_schema.tables where table_catalog = 'warehouse'"
            ).fetchall()
        }
        for table, (query, needs) in TABLES.items():
            if there.issuperset(needs):
                con.execute(f"create table quality.{table} as {query}")
        con.execute("detach warehouse")
        con.execute("checkpoint")
    replace(home, fresh)


def write_failure(home: Home, run: dict[str, object]) -> None:
    """Replace the status file when the warehouse cannot be opened: what was known, and this run."""
    fresh = home.published / ".status.duckdb"
    home.published.mkdir(parents=True, exist_ok=True)
    remove(fresh, Path(f"{fresh}.wal"))
    with duckdb.connect(str(fresh)) as con:
        if home.status.exists():
            con.execute(f"attach {quote(home.status)} as earlier (read_only)")
            (here,) = con.execute("select current_catalog()").fetchall()[0]
            con.execute(f'copy from database earlier to "{here}"')
            con.execute("detach earlier")
        con.execute("create schema if not exists quality")
        con.execute(
            "create table if not exists quality.runs (refresh_id varchar, started_at timestamp, finished_at timestamp,"
            " as_of_date date, outcome varchar, step varchar, reason varchar)"
        )
        con.execute(
            f"insert into quality.runs ({', '.join(run)}) values ({', '.join('?' * len(run))})", list(run.values())
        )
        con.execute("checkpoint")
    replace(home, fresh)


def replace(home: Home, fresh: Path) -> None:
    """Swap a complete file in."""
    fresh.chmod(0o444)
    sync(fresh)
    fresh.replace(home.status)
    sync(home.published)
