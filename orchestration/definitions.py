"""Everything Dagster knows about one home (``ITAM_HOME``), on one screen."""

from dagster import Definitions, definitions

from itam.home import Home
from orchestration.assets.landing import feed_specs, landing_assets, memory_spec
from orchestration.assets.publishing import gate_assets, packs, published, reports
from orchestration.assets.warehouse import warehouse_assets
from orchestration.jobs import prune_runs, refresh_job
from orchestration.resources import RefreshResource
from orchestration.schedules import refresh_schedules, upkeep_schedule
from orchestration.sensors import all_sensors


def definitions_of(home: Home) -> Definitions:
    """The graph of a home and what starts it."""
    models = warehouse_assets(home)
    return Definitions(
        assets=[
            *feed_specs(home),
            memory_spec(),
            landing_assets(home),
            models,
            gate_assets(models),
            published,
            reports,
            packs,
        ],
        jobs=[refresh_job, prune_runs],
        schedules=[*refresh_schedules(home), upkeep_schedule(home)],
        sensors=all_sensors(home),
        resources={"refresh": RefreshResource(home=str(home.root))},
    )


@definitions
def defs() -> Definitions:
    """Those of the home that the environment names."""
    return definitions_of(Home.locate())
