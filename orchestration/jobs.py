"""The jobs: a refresh as a whole, and keeping house in Dagster's own memory."""

from dagster import AssetSelection, OpExecutionContext, define_asset_job, in_process_executor, job, op

from orchestration import upkeep

LONGEST_SECONDS = 4 * 3600

refresh_job = define_asset_job(
    "refresh",
    selection=AssetSelection.all() | AssetSelection.all_asset_checks(),
    executor_def=in_process_executor,
    # a run that was killed begins anew: a refresh is one thing, its later steps need what its first one holds
    tags={"dagster/max_runtime": str(LONGEST_SECONDS), "dagster/retry_strategy": "ALL_STEPS"},
    description=(
        "Land, build, check, publish, report: what `itam refresh` does. Run config of the resource `refresh`: as_of"
        " adds a past day, reland_since (and reland_feed) reads kept deliveries again."
    ),
)


@op
def prune(context: OpExecutionContext) -> None:
    """Forget runs and their logs that policy does not keep."""
    context.log.info(f"{upkeep.prune(context.instance)} old runs are forgotten")


@job(executor_def=in_process_executor, description="Old runs, their events and logs are removed.")
def prune_runs() -> None:
    """Keep house."""
    prune()
