"""No published figure changes when old sightings go, on whatever day.

Here: an organisation with daily lists, published with all its sightings and again without those in between, month ends,
the last 90 days and forty other days each time. Not here: which rows go and why (``test_sightings.py``).
"""

from __future__ import annotations

import io
import shutil
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

from itam import refresh as refreshing
from itam.cli.progress import QuietReporter
from itam.feeds import load_feeds
from itam.home import Home
from itam.landing import land
from itam.logs import make_log
from itam.sample import write_sample
from tests.python.refreshed_home import RefreshedHome

pytestmark = pytest.mark.slow

AS_OF, WEEKS, ASSETS = date(2026, 6, 30), 44, 30
DAILY = date(2025, 11, 1), date(2026, 2, 28)
ASKED = [DAILY[0] + timedelta(days=days) for days in range(1, 118, 3)]
"""Days that are asked for when compaction is over, so that nothing was kept for them."""
BETWEEN = {
    "software_install": ("last_used_at",),
    "license_assignment": ("last_activity_at",),
    "patch_status": ("checked_at",),
}
LISTS_SIGHTINGS = "fct_device_sightings"

Tables = dict[str, list[tuple[Any, ...]]]


def stem(moment: datetime) -> str:
    """The name of a delivery."""
    return f"{moment:%Y-%m-%dT%H%M%SZ}"


def moment_of(file: Path) -> datetime:
    """When a delivery was extracted."""
    return datetime.strptime(file.name.split(".")[0], "%Y-%m-%dT%H%M%SZ")


def list_daily(landing: Path) -> None:
    """Between two weekly lists of a source, six more: what was used or checked by the second is so a day later each."""
    feeds = load_feeds()
    for feed, dates in BETWEEN.items():
        key = ", ".join(feeds[feed].key)
        for folder in sorted(landing.glob(f"*/{feed}")):
            files = sorted(folder.glob("*.parquet"))
            for file, following in pairwise(files):
                for days in range(1, 7):
                    at = moment_of(file) + timedelta(days=days)
                    if not DAILY[0] <= at.date() <= DAILY[1] or at >= moment_of(following):
                        continue
                    later = ", ".join(
                        f"case when later.{c} > listed.{c} then least(later.{c}, listed.{c} + interval {days} day) "
                        f"else listed.{c} end as {c}"
                        for c in dates
                    )
                    duckdb.execute(
                        f"copy (select listed.* replace ({later}) from '{file}' as listed "
                        f"left join '{following}' as later using ({key})) to '{folder / stem(at)}.parquet'"
                    )


def stop_for_a_while(landing: Path) -> None:
    """Two tools list daily, in the months to be compacted; a scanner and a portal are silent for weeks."""
    weekly = {moment_of(file).date() for file in landing.glob("workday/person/*")}
    for file in landing.glob("*/device_discovery/*"):
        day = moment_of(file).date()
        if day not in weekly and ("lansweeper" in file.parts or not DAILY[0] <= day <= DAILY[1]):
            file.unlink()
    for source, first, last in (
        ("lansweeper", date(2025, 12, 3), date(2026, 1, 9)),
        ("m365", date(2026, 1, 12), date(2026, 2, 20)),
        ("intune", date(2026, 2, 2), date(2026, 2, 6)),
    ):
        for file in landing.glob(f"{source}/*/*"):
            if first <= moment_of(file).date() <= last:
                file.unlink()


def watch(home: RefreshedHome) -> None:
    """Two tools and some devices on which each clause of the rule shows in a figure, were it left out."""

    def put(source: str, feed: str, at: str, lines: list[str]) -> None:
        home.deliver(source, feed, at, "\n".join([HEADERS[feed], *lines]))

    day = DAILY[0]
    while day <= AS_OF:
        at, today, is_even = f"{day}T040000Z", day.toordinal(), day.toordinal() % 2 == 0

        def seen(days_ago: int, day: date = day) -> str:
            return f"{day - timedelta(days=days_ago)}T00:30:00Z"

        devices = {
            "twin one": f"TWIN0001,laptop,corp,{seen(0 if is_even else 1)},",  # one device, by turns in two networks
            "twin two": f"TWIN0001,laptop,guest,{seen(1 if is_even else 0)},",
            "told late": f"LATE0001,laptop,corp,{seen(20)},",
            "at work by turns": f"WORK0001,server,corp,{seen(0)},{2 if today // 3 % 2 else 60}",
            "patched": f"PTCH0001,laptop,corp,{seen(0)},",
            "of two agents": f"AGNT0001,laptop,corp,{seen(0)},",
        }
        if day >= date(2026, 1, 5):
            devices["new"] = f"NEWS0001,laptop,corp,{seen(0)},"
        put("watcher", "device_discovery", at, [f"{name},Dell,{said}" for name, said in devices.items()])
        released = [date(2025, 11, 3) + timedelta(days=days) for days in range(0, 112, 9)]
        catalog = [f"p{first},Acme,Acme OS,critical,{first}T12:00:00Z" for first in released if first <= day]
        put("watcher", "patch_catalog", at, ["p0,Acme,Acme OS,critical,2025-01-01T00:00:00Z", *catalog])
        missing = [
            f"patched,p{first},missing,{seen(0)},{first}T12:00:00Z"
            for first in released
            if first < day <= first + timedelta(days=15)
        ]
        for agent, state, ago in (("watcher", "installed", not is_even), ("second", "missing", is_even)):
            pairs = [f"of two agents,p0,{state},{seen(int(ago))},"]
            if agent == "watcher":  # enough of a list that a patch less is not suspicious
                pairs += [*missing, *(f"told late,other {n},not_applicable,{seen(0)}," for n in range(12))]
            put(agent, "patch_status", at, pairs)
        day += timedelta(days=1 if day <= DAILY[1] else 7)


HEADERS = {
    "device_discovery": "device_id,manufacturer,serial_number,device_class,network_zone,last_seen_at,cpu_p95_30d",
    "patch_catalog": "patch_id,vendor,product,severity,released_at",
    "patch_status": "device_id,patch_id,state,checked_at,first_applicable_at",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RefreshedHome:
    """Published with every sighting."""
    home = RefreshedHome(tmp_path_factory.mktemp("whole") / "home")
    write_sample(home.root, ASSETS, AS_OF, seed=5, weeks=WEEKS, daily_discovery=True, is_columnar=True)
    list_daily(home.root / "landing")
    stop_for_a_while(home.root / "landing")
    watch(home)
    report = land(home.root, as_of=AS_OF)
    assert {o.reason for o in report.outcomes if o.source_system in ("watcher", "second")} == {None}
    for day in ASKED:
        land(home.root, as_of=day)
    answer = home.refresh(AS_OF.isoformat())
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return home


@pytest.fixture(scope="module")
def compacted(whole: RefreshedHome, tmp_path_factory: pytest.TempPathFactory) -> RefreshedHome:
    """The same, published again without the old sightings in between."""
    home = RefreshedHome(tmp_path_factory.mktemp("compacted") / "home")
    shutil.copytree(whole.root, home.root, symlinks=True)
    with (home.root / "settings.yml").open("a", encoding="utf-8") as settings:
        settings.write("retention: {sightings_days: 120}\n")
    with duckdb.connect(str(home.root / "warehouse.duckdb")) as connection:
        connection.execute("create temp table asked as select * from raw.as_of_requests where not is_current")
        connection.execute("delete from raw.as_of_requests where not is_current")
        asked = connection.execute("select * from asked").fetchall()
    run = refreshing.Run("compaction", datetime(2026, 6, 30), None, make_log(io.StringIO(), "x"), QuietReporter())
    refreshing.compact(Home(home.root), run, AS_OF)
    with duckdb.connect(str(home.root / "warehouse.duckdb")) as connection:
        connection.executemany("insert into raw.as_of_requests values (?, ?)", asked)
    answer = home.refresh(AS_OF.isoformat())
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return home


def published(home: RefreshedHome) -> Tables:
    """Every published table as sorted rows, without the logs of refreshes."""
    names = home.published(
        "select table_name from duckdb_tables() where schema_name = 'marts' and not contains(table_name, '_log')"
    )
    return {name: home.published(f"select * from marts.{name} order by all") for (name,) in sorted(names)}


def old_sightings(home: RefreshedHome, feed: str) -> int:
    """How many rows of the days with daily lists are left."""
    query = f"select count(*) from raw.{feed}_sightings where extracted_at between ? and ?"
    return int(home.landed(query, DAILY)[0][0])


def test_sightings_went(whole: RefreshedHome, compacted: RefreshedHome) -> None:
    """Disk is what it is for: of daily lists most rows go, also here, where many a device has two agents."""
    feeds = ("device_discovery", *BETWEEN)
    before, after = ({feed: old_sightings(home, feed) for feed in feeds} for home in (whole, compacted))
    assert [feed for feed in feeds if after[feed] >= before[feed]] == []
    assert sum(after.values()) < sum(before.values()) / 2, (before, after)


def test_no_published_row_changes(whole: RefreshedHome, compacted: RefreshedHome) -> None:
    """What was reported for a day is what is reported for it for good, value by value, table by table."""
    first, second = published(whole), published(compacted)
    assert first.keys() == second.keys()
    assert len({row[0] for row in whole.published("select distinct as_of_date from marts.kpi_results")}) > 130
    different = [name for name in first if first[name] != second[name]]
    assert different == [LISTS_SIGHTINGS]


def test_the_list_of_sightings_says_the_same_of_every_published_day(
    whole: RefreshedHome, compacted: RefreshedHome
) -> None:
    """What was seen last is known for month ends and for the last 90 days as it always was."""
    said = f"""
        select days.as_of_date, seen.* exclude (valid_from, valid_to)
        from (select distinct as_of_date from marts.kpi_results) as days
        join marts.{LISTS_SIGHTINGS} as seen
            on seen.valid_from <= days.as_of_date and seen.valid_to > days.as_of_date
        where days.as_of_date not in (select unnest(?::date[])) order by all
    """
    assert whole.published(said, [ASKED]) == compacted.published(said, [ASKED])
