"""Landing: one asset per feed, materialized when something of it has arrived, and the step that takes it in."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import duckdb
from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetSpec,
    FreshnessPolicy,
    MaterializeResult,
    MetadataValue,
    TableColumn,
    TableSchema,
    multi_asset,
)

from itam import cadence
from itam import refresh as refreshing
from itam.feeds import Feed, load_feeds
from itam.home import Home
from itam.landing.housekeeping import quarantine_path
from orchestration import checks
from orchestration.project import LANDING, LEDGER
from orchestration.resources import RefreshResource

POOL = "warehouse"
"""One step at a time writes to the warehouse, whichever run it belongs to."""


def feed_specs(home: Home) -> list[AssetSpec]:
    """Every feed as what comes from outside, with its contract: columns, key, how often it comes."""
    cadences = cadence.feed_cadences(home)
    return [_feed_spec(feed, cadences[feed.name]) for feed in load_feeds().values()]


def _feed_spec(feed: Feed, contract: cadence.FeedCadence) -> AssetSpec:
    due = timedelta(days=contract.cadence_days)
    columns = [TableColumn(c.name, c.data_type, c.description or None) for c in feed.columns]
    return AssetSpec(
        AssetKey(["raw", feed.name]),
        description=feed.description,
        group_name=f"feeds_{feed.domain}",
        owners=["team:itam"],
        kinds={feed.kind, "duckdb"},
        metadata={
            "dagster/column_schema": TableSchema(columns),
            "key": ", ".join(feed.key),
            "cadence_days": contract.cadence_days,
            "carry_days": contract.carry_days if contract.carry_days is not None else "for good",
        },
        freshness_policy=FreshnessPolicy.time_window(warn_window=due * cadence.LATE, fail_window=due * cadence.OVERDUE),
    )


def memory_spec() -> AssetSpec:
    """What the warehouse remembers of itself; every step adds to it."""
    return AssetSpec(LEDGER, description="Refreshes, gate results and what was first reported.", group_name="landing")


def landing_assets(home: Home) -> Any:
    """The step that lands what has come."""

    @multi_asset(
        name="land",
        specs=[
            AssetSpec(
                LANDING,
                description="Deliveries taken in: change logs of the feeds, quarantine, the organisation's policy.",
                group_name="landing",
                owners=["team:itam"],
                kinds={"duckdb"},
            )
        ],
        check_specs=checks.freshness_specs(),
        can_subset=False,
        allow_arbitrary_check_specs=True,
        pool=POOL,
    )
    def land(context: AssetExecutionContext, refresh: RefreshResource) -> Iterator[Any]:
        """Land; each feed that something came of is materialized, with what came."""
        seconds = refresh.step("land", refreshing.take_in, context.retry_number)
        with closing(duckdb.connect(str(refresh.place.warehouse))) as con:
            arrived = arrivals(con, refresh.run.refresh_id)
        for feed, came in arrived.items():
            context.log_event(AssetMaterialization(AssetKey(["raw", feed]), metadata=_told(refresh.place, came)))
        yield from checks.freshness_results(refresh.place)
        yield MaterializeResult(
            LANDING,
            metadata={
                "refresh_id": refresh.run.refresh_id,
                "as_of_date": str(refresh.run.as_of),
                "deliveries_accepted": refresh.run.accepted or 0,
                "deliveries_quarantined": refresh.run.quarantined or 0,
                "rows_landed": sum(came["rows_landed"] for came in arrived.values()),
                "seconds": seconds,
                "log": MetadataValue.path(str(refresh.place.logs / f"refresh_{refresh.run.refresh_id}.jsonl")),
            },
        )

    return land


def _told(home: Home, came: dict[str, Any]) -> dict[str, Any]:
    """What came of a feed, and where to see what was set aside of it."""
    told = {name: value for name, value in came.items() if name != "set_aside"}
    if came.get("set_aside"):
        told["quarantine"] = MetadataValue.path(str(quarantine_path(home.root, came["set_aside"])))
        told["to_see_the_rows"] = f"itam quarantine show {came['set_aside']}"
    return told


ARRIVED = """
select
    arrived.feed,
    count(*) as deliveries,
    coalesce(sum(known.rows_delivered), 0) as rows_delivered,
    coalesce(sum(known.rows_inserted + known.rows_changed), 0) as rows_landed,
    coalesce(sum(known.rows_quarantined), 0) as rows_quarantined,
    coalesce(sum(failed.cast_failures), 0) as cast_failures,
    cast(max(arrived.extracted_at) as varchar) as newest_extract,
    max_by(arrived.delivery, arrived.extracted_at) filter (
        known.status = 'quarantined' or known.rows_quarantined > 0
    ) as set_aside
from quality.arrivals as arrived
left join raw.deliveries as known on known.batch_id = arrived.delivery
left join (
    select batch_id, sum(row_count) as cast_failures from raw.cast_failures group by all
) as failed on failed.batch_id = arrived.delivery
where arrived.refresh_id = ?
group by all
order by arrived.feed
"""


def arrivals(con: duckdb.DuckDBPyConnection, refresh_id: str) -> dict[str, dict[str, Any]]:
    """What came of each feed in a refresh."""
    cursor = con.execute(ARRIVED, [refresh_id])
    names = [d[0] for d in cursor.description][1:]
    return {
        feed: {
            name: value if isinstance(value, str | None) else int(value)
            for name, value in zip(names, values, strict=True)
        }
        for feed, *values in cursor.fetchall()
    }
