"""Checks: what the gate and the contracts of the feeds have found, as Dagster shows it. Nothing is checked here."""

from collections.abc import Iterator
from contextlib import closing

import duckdb
from dagster import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec, AssetKey, MetadataValue

from itam import cadence
from itam.feeds import load_feeds
from itam.home import Home
from itam.quality import arrival, departure, policy, report
from itam.quality.gate import name_of
from itam.quality.ledger import CheckResult
from itam.quality.suites import Finding
from itam.refresh import Run, utc_now

GATE = AssetKey(["quality", "gate"])
FRESHNESS = "freshness"
MAY_PUBLISH = "may_publish"
EXAMPLES_SHOWN = 20


def feed_key(feed: str) -> AssetKey:
    """The asset of a feed."""
    return AssetKey(["raw", feed])


# --- freshness -------------------------------------------------------------------------------------------------------


def freshness_specs() -> list[AssetCheckSpec]:
    """Whether each feed keeps its cadence."""
    return [
        AssetCheckSpec(
            FRESHNESS,
            asset=feed_key(feed),
            description="The newest accepted delivery of every source is no older than the cadence of the feed.",
        )
        for feed in load_feeds()
    ]


NEWEST = """
select feed, source_system, max(extracted_at) filter (status = 'accepted') as newest
from raw.deliveries where extracted_at is not null group by all order by all
"""


def freshness_results(home: Home) -> Iterator[AssetCheckResult]:
    """Late is a warning, overdue a failure; a feed that nobody delivers is neither."""
    today = utc_now().date()
    cadences = cadence.feed_cadences(home)
    with closing(duckdb.connect(str(home.warehouse))) as con:
        newest = con.execute(NEWEST).fetchall()
    for feed in load_feeds():
        ages = {source: (today - at.date()).days for name, source, at in newest if name == feed and at is not None}
        words = {cadences[feed].freshness(age) for age in ages.values()}
        worst = next((word for word in ("overdue", "late") if word in words), "fresh")
        yield AssetCheckResult(
            asset_key=feed_key(feed),
            check_name=FRESHNESS,
            passed=worst == "fresh",
            severity=AssetCheckSeverity.ERROR if worst == "overdue" else AssetCheckSeverity.WARN,
            description=worst if ages else "never delivered",
            metadata={f"days since {source}": age for source, age in ages.items()}
            | {"cadence_days": cadences[feed].cadence_days},
        )


# --- the gate --------------------------------------------------------------------------------------------------------


def gate_specs() -> list[AssetCheckSpec]:
    """The checks of every feed at the door in, those of the built marts at the door out, and their sum."""
    seed = policy.load(None)
    feeds = load_feeds()
    doors_in: dict[tuple[str, str], list[str]] = {}
    for suite in arrival.suites(feeds, set(feeds), seed, "USD"):
        for e in suite.expectations:
            doors_in.setdefault((suite.feed, e.check_id), []).append(e.expected)
    doors_out = {(e.check_id, e.expected) for suite in departure.suites(seed) for e in suite.expectations}
    about_feeds = [
        AssetCheckSpec(check, asset=feed_key(feed) if feed else GATE, description="; ".join(expected))
        for (feed, check), expected in sorted(doors_in.items())
    ]
    about_marts = [
        AssetCheckSpec(check, asset=GATE, description=expected, blocking=seed.of(check).severity == "block")
        for check, expected in sorted(doors_out)
    ]
    total = AssetCheckSpec(
        MAY_PUBLISH,
        asset=GATE,
        blocking=True,
        description="Nothing blocks: no check of severity block has failed, unless a person has accepted it.",
    )
    return [*about_feeds, *about_marts, total]


def gate_results(home: Home, run: Run) -> Iterator[AssetCheckResult]:
    """One result per check that was made; where nothing new was to be looked at, the earlier result stays."""
    page = MetadataValue.path(str(report.path(home, run.refresh_id)))
    by_name: dict[str, list[CheckResult]] = {}
    for result in (r for door in run.judged.values() for r in door):
        by_name.setdefault(result.check_id, []).append(result)
    for spec in gate_specs():
        if spec.name == MAY_PUBLISH:
            yield _sum(run, page)
            continue
        feed = spec.asset_key.path[-1] if spec.asset_key != GATE else ""
        name = name_of(Finding(spec.name, "", feed, feed))
        if name in by_name:
            yield _result(spec, by_name[name], page)


def _result(spec: AssetCheckSpec, found: list[CheckResult], page: MetadataValue) -> AssetCheckResult:
    wrong = [r for r in found if r.outcome != "passed"]
    blocks = any(r.blocks for r in wrong)
    told = wrong[0].observed if wrong else "nothing found"
    return AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=not wrong,
        severity=AssetCheckSeverity.ERROR if blocks else AssetCheckSeverity.WARN,
        description=told,
        metadata={
            "failing_rows": sum(r.failing_rows for r in wrong),
            "decision": "block" if blocks else wrong[0].decision if wrong else "publish",
            **({"deliveries": ", ".join(r.delivery for r in wrong if r.delivery)[:2000]} if wrong else {}),
            **({"examples": "\n".join(x for r in wrong for x in r.examples)[:2000]} if wrong else {}),
            "page": page,
        },
    )


def _sum(run: Run, page: MetadataValue) -> AssetCheckResult:
    names = list(dict.fromkeys(r.check_id for r in run.blocking))[:EXAMPLES_SHOWN]
    return AssetCheckResult(
        asset_key=GATE,
        check_name=MAY_PUBLISH,
        passed=not names,
        severity=AssetCheckSeverity.ERROR,
        description=run.result.reason if run.result else "nothing blocks",
        metadata={"blocking": ", ".join(names) or "nothing", "page": page},
    )
