"""Gate, publication and reports: what was built is checked, handed to readers, and told."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import duckdb
from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Failure,
    MaterializeResult,
    MetadataValue,
    asset,
    multi_asset,
)

from itam import refresh as refreshing
from itam.home import Home
from itam.publishing.publish import public_tables
from itam.quality import report
from itam.reports import periodic
from orchestration import checks
from orchestration.assets.landing import POOL
from orchestration.resources import RefreshResource

GATE, PUBLISHED, REPORTS = checks.GATE, AssetKey(["published", "itam"]), AssetKey(["published", "reports"])
PACKS = AssetKey(["published", "packs"])


def gate_assets(models: Any) -> Any:
    """The gate, behind every model: its results are checks of the feeds and of itself; what blocks stops the run."""

    @multi_asset(
        name="gate",
        specs=[
            AssetSpec(
                GATE,
                deps=[key for key in models.keys if key.path[0] in ("marts", "quality")],
                description="What deliveries and built marts were held against, and what followed.",
                group_name="quality",
                owners=["team:itam"],
                kinds={"greatexpectations"},
                skippable=True,
            )
        ],
        check_specs=checks.gate_specs(),
        can_subset=True,
        allow_arbitrary_check_specs=True,
        pool=POOL,
    )
    def gate(context: AssetExecutionContext, refresh: RefreshResource) -> Iterator[Any]:
        """Check, and say what was found."""
        seconds = refresh.step("check", refreshing.hold_against_gate, context.retry_number)
        run = refresh.run
        results = [r for door in run.judged.values() for r in door]
        yield MaterializeResult(
            GATE,
            metadata={
                "results": len(results),
                "not_passed": sum(r.outcome != "passed" for r in results),
                "blocking": len(run.blocking),
                "seconds": seconds,
                "coverage": coverage(refresh.place),
                "page": MetadataValue.path(str(report.path(refresh.place, run.refresh_id))),
                "data_docs": MetadataValue.path(str(report.data_docs_path(refresh.place))),
                "to_make_the_data_docs": "itam gate docs",
            },
        )
        yield from checks.gate_results(refresh.place, run)

    return gate


@asset(
    key=PUBLISHED,
    deps=[GATE],
    group_name="published",
    owners=["team:itam"],
    kinds={"duckdb", "parquet"},
    description="What readers open: the public marts, swapped in in one step.",
    pool=POOL,
)
def published(context: AssetExecutionContext, refresh: RefreshResource) -> MaterializeResult:
    """Copy the public tables into a new version and repoint the link."""
    seconds = refresh.step("publish", refreshing.publish_unless_blocked, context.retry_number)
    result = refresh.run.result
    if result is not None and not result.is_copied:
        context.log.warning(result.reason)
    return MaterializeResult(
        metadata={
            "outcome": result.reason if result else "",
            "as_of_date": str(refresh.run.as_of),
            "tables": len(public_tables(refresh.place.dbt_target / "manifest.json")),
            "bytes": refresh.place.link.stat().st_size,
            "seconds": seconds,
            "file": MetadataValue.path(str(refresh.place.link)),
        }
    )


@asset(
    key=REPORTS,
    deps=[PUBLISHED],
    group_name="published",
    owners=["team:itam"],
    kinds={"html"},
    description="The status of the warehouse and the page of the refresh: what arrived, what failed, what to do.",
    pool=POOL,
)
def reports(context: AssetExecutionContext, refresh: RefreshResource) -> MaterializeResult:
    """Tell how it ended; a run that is blocked or fails tells it when it ends."""
    del context
    run = refresh.run
    refreshing.finish(refresh.place, run, run.result or refreshing.stopped(run))
    return MaterializeResult(
        metadata={
            "page": MetadataValue.path(str(report.path(refresh.place, run.refresh_id))),
            "status": MetadataValue.path(str(refresh.place.status)),
        }
    )


@asset(
    key=PACKS,
    deps=[REPORTS],
    group_name="published",
    owners=["team:itam"],
    kinds={"html", "pdf", "excel"},
    description="The packs of the weeks, months and quarters that have ended, for the alert routes to send.",
    pool=POOL,
)
def packs(refresh: RefreshResource) -> MaterializeResult:
    """Make what is due, in a scheduled run: by then a day's deliveries are there."""
    if refresh.not_before is None:
        return MaterializeResult(metadata={"files": 0, "why": "packs are made by scheduled refreshes"})
    try:
        made = periodic.write_due(refresh.place)
    except Exception as error:  # what is published stays published, and the next scheduled run makes them
        raise Failure(f"packs: {error}", allow_retries=False) from error
    return MaterializeResult(metadata={"files": len(made), "made": [str(path) for path in made]})


def coverage(home: Home) -> float:
    """The mean coverage of the KPIs that have a value on D."""
    with closing(duckdb.connect(str(home.warehouse))) as con:
        (mean,) = con.execute(
            "select avg(coverage) from marts.kpi_results where dim_type = 'all'"
            " and as_of_date = (select max(as_of_date) from marts.kpi_results)"
        ).fetchall()[0]
    return round(float(mean or 0), 4)
