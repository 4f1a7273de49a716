"""Which old sightings go: what says nothing between its neighbours, and nothing else.

Here: one January of daily lists by hand, a device or seat for each reason to stay. Not here: the published figures
(``test_figures.py``).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from itam.feeds import load_feeds
from itam.landing import compaction
from itam.landing.ledger import Ledger
from itam.landing.policy import SEEDS, seed_columns
from itam.landing.run import open_warehouse
from itam.settings import SettingsError, load_settings
from tests.python.landing.conftest import Landed

FIRST, DAYS, LATER = date(2026, 1, 1), range(1, 32), date(2026, 12, 31)
NOBODY = "select null where false"

Say = Callable[[int], str]


def on(day: int, hour: int = 0) -> str:
    """A moment of that January, or before it."""
    return f"{datetime(2025, 12, 31, hour) + timedelta(days=day)}"


def device(seen: Say = on, used: Say = on, cpu: Say = lambda _: "10", serial: str = "", mac: str = "") -> Say:
    """A device's line of a day, without its id."""
    return lambda day: f"{seen(day)},{used(day)},{cpu(day)},{serial},{mac}"


DEVICES: dict[str, Say] = {
    "plain": device(),
    "gone": lambda day: "" if 10 <= day <= 12 else device()(day),
    "busier": device(cpu=lambda day: "10" if day < 10 else "20"),
    "unused before": device(used=lambda day: "" if day < 10 else on(day)),
    "told late": device(seen=lambda day: on(day - 20)),
    "went back": device(seen=lambda day: on(5) if day == 10 else on(day)),
    "seen once until": device(seen=lambda day: on(1) if day < 12 else on(day)),
    "patched": device(),
    "twin one": device(serial="sn-1234"),
    "twin two": device(serial="SN 1234"),
    "same card one": device(mac="aa:bb"),
    "same card two": device(mac="AA:BB "),
    "of two agents": device(),
}
STAY = {
    "plain": [1, 2, 16, 31],  # 2: the second date confirms it; 16: the second half of the month, by the window of 30
    "gone": [1, 2, 9, 10, 13, 16, 31],  # 10 is the tombstone
    "busier": [1, 2, 10, 16, 31],
    "unused before": [1, 2, 9, 10, 16, 31],
    "told late": [1, 2, 12, 13, 14, 15, 16, *range(26, 32)],  # what was said on 2 holds until 12, on 16 until 26
    "went back": [1, 2, 9, 10, 16, 31],
    "seen once until": [1, 12, 16, 31],
    "patched": [1, 2, 10, 16, 21, 31],  # the clocks of its patch: when it applied, and when it was first listed
    **{name: list(DAYS) for name in DEVICES if name.startswith(("twin", "same", "of two"))},
}
SEATS: dict[str, Say] = {"used": lambda day: on(day), "idle": lambda day: on(1)}
INSTALLS: dict[str, Say] = {
    "used": lambda day: f"{on(day)[:10]},500",
    "more": lambda day: f"{on(day)[:10]},{500 if day < 10 else 600}",
}


def listed(header: str, lines: Iterable[str]) -> str:
    """A file."""
    return "\n".join([header, *lines]) + "\n"


def discovery(day: int, hour: int = 0) -> str:
    """All devices as they are listed on a day."""
    lines = [f"{name},{said(day)}" for name, said in DEVICES.items() if said(day)]
    header = "device_id,last_seen_at,last_user_activity_at,cpu_p95_30d,serial_number,mac_address"
    return listed(header, lines).replace(f"{on(day)},", f"{on(day, hour)},")


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which January has landed."""
    landed = Landed(tmp_path_factory.mktemp("january") / "home")
    for day in DAYS:
        name = f"2026-01-{day:02}T020000Z.csv"
        landed.deliver(name, discovery(day), "tool", "device_discovery")
        seats = [f"{seat},Acme,Draw,true,{said(day)}" for seat, said in SEATS.items()]
        header = "assignment_id,publisher,product,activity_supported,last_activity_at"
        landed.deliver(name, listed(header, seats), "portal", "license_assignment")
        installs = [f"plain,Acme,{title},true,{said(day)}" for title, said in INSTALLS.items()]
        header = "device_id,raw_publisher,raw_name,usage_supported,last_used_at,usage_minutes_90d"
        landed.deliver(name, listed(header, installs), "tool", "software_install")
        header = "device_id,patch_id,state,checked_at,first_applicable_at"
        for agent in ("tool", "other"):
            checks = [f"{name},p1,missing,{on(day)},{on(1)}" for name in ("of two agents", f"only {agent}")]
            if agent == "tool" and day >= 20:
                checks.append(f"patched,p1,missing,{on(day)},{on(10)}")
            landed.deliver(name, listed(header, checks), agent, "patch_status")
    report = landed.land()
    assert report.quarantined == 0, [outcome.line for outcome in report.outcomes if outcome.reason]
    return landed.home


@pytest.fixture
def home(january: Path, tmp_path: Path) -> Landed:
    """That home, to be compacted."""
    return Landed(Path(shutil.copytree(january, tmp_path / "home")))


def compact(home: Landed, as_of: date = LATER, waiting: str = NOBODY) -> list[str]:
    """What a refresh does after landing."""
    with open_warehouse(home.home) as connection:
        ledger = Ledger(home.home, connection)
        return compaction.compact(ledger, load_feeds().values(), as_of, 120, waiting)


def days_of(home: Landed, feed: str, key: str) -> dict[str, list[int]]:
    """The days on which rows are left, by key."""
    found: dict[str, list[int]] = {}
    query = f"select {key}, day(extracted_at) from raw.{feed}_sightings order by extracted_at, change_type"
    for name, day in home.rows(query):
        found.setdefault(name, []).append(day)
    return found


def test_what_stays_of_a_device(home: Landed) -> None:
    """First and last sightings, changes, and whatever a rule asks of a single day cannot be had again."""
    compact(home)
    assert days_of(home, "device_discovery", "device_id") == STAY


def test_what_stays_of_a_seat(home: Landed) -> None:
    """A use counts for 30 days, so two a month say it all; idleness was never written twice."""
    compact(home)
    assert days_of(home, "license_assignment", "assignment_id") == {"used": [1, 16, 31], "idle": [1]}


def test_what_stays_of_an_install(home: Landed) -> None:
    """A use counts for 90 days; minutes are values, and a change of them stays."""
    compact(home)
    assert days_of(home, "software_install", "raw_name") == {"used": [1, 31], "more": [1, 10, 31]}


def test_what_stays_of_a_check(home: Landed) -> None:
    """A check counts for 14 days, so that one in seven stays; of two agents it matters who looked last."""
    compact(home)
    left = days_of(home, "patch_status", "source_system || ' ' || device_id")
    assert left["tool only tool"] == left["other only other"] == [1, 8, 15, 22, 29, 31]
    assert left["tool of two agents"] == left["other of two agents"] == list(DAYS)


def test_what_was_asked_for_stays(home: Landed) -> None:
    """A past day that somebody asked for is published for good, with the sightings of that day."""
    with open_warehouse(home.home) as connection:
        connection.execute("insert into raw.as_of_requests values ('2026-01-07', false)")
    compact(home)
    assert days_of(home, "device_discovery", "device_id")["plain"] == [1, 2, 7, 16, 31]


def test_a_shorter_window_of_the_organisation_holds(home: Landed) -> None:
    """Whoever asks for a check within four days has one within four days."""
    with open_warehouse(home.home) as connection:
        connection.execute("insert into raw.policy_kpi_policy (name, value) values ('patch_status_max_age_days', '4')")
    compact(home)
    left = days_of(home, "patch_status", "source_system || ' ' || device_id")["tool only tool"]
    assert max(later - earlier for earlier, later in pairwise(left)) <= 4


def test_a_month_is_old_enough_or_not(home: Landed) -> None:
    """Half a month would be compacted by halves, and the last 120 days are read day by day."""
    before = home.raw()
    assert compact(home, date(2026, 1, 31) + timedelta(days=120)) == []
    assert home.raw() == before
    assert compact(home, date(2026, 2, 1) + timedelta(days=120)) != []


def test_what_the_gate_looks_at_waits(home: Landed) -> None:
    """A check of a delivery reads its rows: a month with one that is still looked at stays whole."""
    before = home.raw()
    assert compact(home, waiting="select batch_id from raw.deliveries where extracted_at < '2026-01-02'") == []
    assert home.raw() == before


def test_twice_is_once(home: Landed) -> None:
    """A second run has nothing to do, also when it has forgotten that it ever ran."""
    assert compact(home) != []
    once = home.raw()
    assert compact(home) == []
    with open_warehouse(home.home) as connection:
        connection.execute("delete from landing.compacted")
    assert compact(home) == []
    assert home.raw() == once


def test_the_newest_state_is_untouched(home: Landed) -> None:
    """The next list is compared with the head, which knows nothing of compaction."""
    query = "select * from landing.head_device_discovery_sightings order by all"
    before = home.rows(query)
    compact(home)
    assert home.rows(query) == before
    home.deliver("2026-02-01T020000Z.csv", discovery(32), "tool", "device_discovery")
    assert home.land().accepted == 1
    counts = home.rows("select count(*) from raw.device_discovery_sightings where extracted_at > '2026-02-01'")
    assert counts == [(len(DEVICES),)]


def test_a_delivery_that_comes_late_does_no_harm(home: Landed) -> None:
    """A list of a compacted month takes its place, and on no day a device is less seen than the lists said."""
    compact(home)
    home.deliver("2026-01-20T140000Z.csv", discovery(20, hour=13), "tool", "device_discovery")
    assert home.land().accepted == 1
    unseen = """
        select device_id, day, last_seen_at from (
            select device_id, unnest(range(extracted_at, coalesce(lead(extracted_at) over (
                partition by row_key order by extracted_at), '2026-02-01'), interval 1 day)) as day, last_seen_at
            from raw.device_discovery_sightings where change_type = 'upsert'
        ) where cast(last_seen_at as date) + 30 <= cast(day as date)
    """
    assert home.rows(unseen) == []
    rows = "select day(extracted_at), last_seen_at from raw.device_discovery_sightings where device_id = 'plain'"
    assert (20, on(20, 13)) in home.rows(rows)
    compact(home)
    assert home.rows(unseen) == []
    assert (20, on(20, 13)) in home.rows(rows)


def test_what_is_landed_again_is_compacted_again(home: Landed) -> None:
    """A rebuild from kept files brings every sighting back, and the next run takes the same ones out."""
    compact(home)
    once = home.raw()
    (home.home / "warehouse.duckdb").unlink()
    home.land()
    assert home.raw() != once
    compact(home)
    assert home.raw() == once


def test_a_run_that_dies_is_made_up_for(home: Landed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A month goes as a whole or not at all, and what was left is done by the next run."""
    whole = home.raw()
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "insert", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            compact(home)
    assert home.raw() == whole
    compact(home)
    assert days_of(home, "device_discovery", "device_id") == STAY


def test_every_date_of_seeing_has_its_windows() -> None:
    """A new observed column, or a threshold that is called otherwise, must not be compacted by guess."""
    observed = {column.name for feed in load_feeds().values() for column in feed.observed if column.observation}
    assert observed == compaction.WINDOWS.keys()
    known = (SEEDS / "kpi_policy.csv").read_text(encoding="utf-8")
    for seed, column, name in (window for windows in compaction.WINDOWS.values() for window in windows):
        assert column in seed_columns(SEEDS / f"{seed}.csv")
        assert name == "%" or f"\n{name}," in known


def test_less_than_120_days_is_refused(tmp_path: Path) -> None:
    """The days of the baseline are published one by one, so their sightings stay."""
    (tmp_path / "settings.yml").write_text("retention: {sightings_days: 119}\n")
    with pytest.raises(SettingsError, match="sightings_days: Input should be greater than or equal to 120"):
        load_settings(tmp_path)
    (tmp_path / "settings.yml").write_text("retention: {sightings_days: 120}\n")
    assert load_settings(tmp_path).retention.sightings_days == 120
