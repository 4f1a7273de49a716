"""History does not depend on the order, the batching or the number of attempts in which deliveries arrive."""

import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from itam.landing import changes
from tests.python.landing.conftest import Landed, assets

STATES = ("in use", "in stock", "retired")
DAYS = [f"2026-06-{day:02d}T020000Z" for day in range(1, 9)]


def _discovery(rows: list[tuple[str, str, str]]) -> str:
    return "\n".join(["device_id,hostname,last_seen_at", *(",".join(row) for row in rows)]) + "\n"


def _patches(rows: list[tuple[str, str, str]]) -> str:
    return "\n".join(["device_id,patch_id,state,checked_at", *(f"{d},{p},missing,{c}" for d, p, c in rows)]) + "\n"


def _costs(rows: list[tuple[str, str]]) -> str:
    lines = [f"{line},2026-05-01,2026-05,{amount},EUR,software" for line, amount in rows]
    return "\n".join(["line_id,posted_date,fiscal_period,amount,currency,cost_category", *lines]) + "\n"


def _bill(rows: list[tuple[str, str, str]]) -> str:
    header = (
        "BilledCost,EffectiveCost,BillingCurrency,BillingAccountId,BillingPeriodStart,BillingPeriodEnd,"
        "ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceProviderName,ServiceName"
    )
    lines = [
        f"{cost},{cost},USD,{account},2026-{month}-01,2026-07-01,2026-{month}-02,2026-{month}-03,Usage,AWS,EC2"
        for cost, account, month in rows
    ]
    return "\n".join([header, *lines]) + "\n"


def differ(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Compare table by table, so that a failure names the table."""
    for table in sorted(found.keys() | wanted.keys()):
        left, right = found.get(table, []), wanted.get(table, [])
        assert (table, [row for row in left if row not in right]) == (table, [row for row in right if row not in left])
        assert len(left) == len(right), table


register = st.lists(st.tuples(st.sampled_from("ABCDEFGH"), st.sampled_from(STATES)), max_size=8)
scans = st.lists(
    st.tuples(
        st.sampled_from("ABC"), st.sampled_from("xy"), st.sampled_from(["2026-05-30", "2026-05-31", "2027-01-01"])
    ),
    max_size=4,
)
patches = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from("pq"), st.sampled_from(["2026-05-30", "2026-05-31"])), max_size=6
)
ledgers = st.lists(st.tuples(st.sampled_from("123"), st.sampled_from(["1", "2"])), max_size=3)
bills = st.lists(
    st.tuples(st.sampled_from(["1", "2"]), st.sampled_from("ab"), st.sampled_from(["05", "06"])), max_size=4
)


@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    contents=st.tuples(
        st.lists(register, min_size=5, max_size=7),
        st.lists(scans, min_size=3, max_size=3),
        st.lists(patches, min_size=3, max_size=3),
        st.lists(ledgers, min_size=4, max_size=4),
        st.lists(bills, min_size=3, max_size=3),
    ),
    randomness=st.randoms(use_true_random=False),
)
def test_any_order_and_batching_gives_the_same_tables(
    tmp_path_factory: pytest.TempPathFactory, contents: Any, randomness: Any
) -> None:
    """A delivery that comes late, or with others, or alone, leads to the history that punctual ones lead to."""
    feeds = [
        ("hardware_asset", [assets(rows) for rows in contents[0]]),
        ("device_discovery", [_discovery(rows) for rows in contents[1]]),
        ("patch_status", [_patches(rows) for rows in contents[2]]),
        ("cost_line", [_costs(rows) for rows in contents[3]]),
        ("cloud_cost", [_bill(rows) for rows in contents[4]]),
    ]
    deliveries = [(feed, f"{DAYS[n]}.csv", text) for feed, texts in feeds for n, text in enumerate(texts)]
    folder = tmp_path_factory.mktemp("orders")
    punctual, shuffled = Landed(folder / "punctual"), Landed(folder / "shuffled")
    for feed, name, text in deliveries:
        punctual.deliver(name, text, feed=feed)
    punctual.land()
    randomness.shuffle(deliveries)
    cuts = sorted(randomness.sample(range(1, len(deliveries)), 2))
    for part in (deliveries[: cuts[0]], deliveries[cuts[0] : cuts[1]], deliveries[cuts[1] :]):
        for feed, name, text in part:
            shuffled.deliver(name, text, feed=feed)
        shuffled.land()
    differ(shuffled.raw(), punctual.raw())
    for table in ("head_hardware_asset", "head_device_discovery_sightings", "head_cost_line", "head_cloud_cost"):
        query = f"select * from landing.{table} order by all"
        assert shuffled.rows(query) == punctual.rows(query)


def test_verdicts_follow_a_late_delivery_in_every_order(tmp_path: Path) -> None:
    """Three large lists make a small one suspicious, also when one of the three comes after it; the change is told."""
    sizes = {DAYS[0]: 10, DAYS[1]: 10, DAYS[2]: 10, DAYS[3]: 4, DAYS[4]: 9}
    results = []
    for number, order in enumerate(list(itertools.permutations(sizes))[::40]):
        home = Landed(tmp_path / str(number))
        for name in order:
            home.deliver(f"{name}.csv", assets([(f"A{n}", "in use") for n in range(sizes[name])]))
            home.land()
        results.append(home.raw())
        statuses = home.rows("select status from raw.deliveries order by extracted_at")
        assert statuses == [("accepted",)] * 3 + [("quarantined",), ("accepted",)]
        if order.index(DAYS[3]) < 3 and number:
            assert home.rows("select count(*) from raw.verdict_changes")[0][0] >= 1
    assert all(result == results[0] for result in results)


def test_the_same_bytes_again_change_nothing(landed: Landed) -> None:
    """A file that is delivered twice is known; nothing is written and it does not stay in the landing folder."""
    landed.deliver(f"{DAYS[0]}.csv", assets([("A", "in use")]))
    landed.land()
    before = landed.raw()
    again = landed.deliver(f"{DAYS[0]}.csv", assets([("A", "in use")]))
    assert landed.land().outcomes == []
    assert landed.raw() == before
    assert not again.exists()


def test_other_bytes_under_a_known_name_replace_the_delivery(landed: Landed, tmp_path: Path) -> None:
    """A corrected file takes the place of the wrong one, as if the wrong one had never come."""
    other = Landed(tmp_path / "other")
    for home, first in ((landed, assets([("A", "in use"), ("X", "in use")])), (other, assets([("A", "in stock")]))):
        home.deliver(f"{DAYS[0]}.csv", first)
        home.deliver(f"{DAYS[1]}.csv", assets([("A", "in use")]))
        home.deliver(f"{DAYS[0]}.csv", _costs([("1", "5" if home is landed else "6")]), feed="cost_line")
        home.deliver(f"{DAYS[1]}.csv", _costs([("1", "5")]), feed="cost_line")
        home.land()
    landed.deliver(f"{DAYS[0]}.csv", assets([("A", "in stock")]))
    landed.deliver(f"{DAYS[0]}.csv", _costs([("1", "6")]), feed="cost_line")
    landed.land()
    assert landed.raw() == other.raw()


def test_two_files_of_one_moment_are_one_delivery(landed: Landed, tmp_path: Path) -> None:
    """A csv and a jsonl of the same extract are united by key, the later name wins, together or one after the other."""
    other = Landed(tmp_path / "other")
    files = {
        f"{DAYS[0]}.csv": assets([("A", "in use"), ("B", "in use")]),
        f"{DAYS[0]}.jsonl": '{"asset_id": "B", "asset_class": "laptop", "status": "in stock"}\n',
    }
    for name, text in files.items():
        landed.deliver(name, text)
        landed.land()
    for name, text in reversed(files.items()):
        other.deliver(name, text)
        other.land()
    assert landed.raw() == other.raw()
    assert landed.rows("select asset_id, status from raw.hardware_asset order by 1") == [
        ("A", "in use"),
        ("B", "in stock"),
    ]
    assert landed.rows("select rows_delivered, rows_accepted, rows_quarantined from raw.deliveries") == [(3, 2, 1)]


def test_unchanged_rows_are_not_written_again(landed: Landed) -> None:
    """The log holds changes: an equal list adds nothing, in whatever format and spelling of numbers it comes."""
    header = "asset_id,asset_class,status,purchase_cost,purchase_date,approved\n"
    landed.deliver(f"{DAYS[0]}.csv", header + "A,laptop,in use,12.50,2026-01-02,TRUE\n")
    landed.deliver(
        f"{DAYS[1]}.json",
        '[{"asset_id":"A","asset_class":"laptop","status":"in use","purchase_cost":12.5,'
        '"purchase_date":"2026-01-02T00:00:00Z","approved":true}]',
    )
    landed.land()
    assert landed.rows("select count(*) from raw.hardware_asset") == [(1,)]
    assert landed.rows("select rows_unchanged from raw.deliveries order by extracted_at") == [(0,), (1,)]


def test_sightings_are_kept_apart(landed: Landed) -> None:
    """A device that is merely seen again adds one narrow row and leaves its description alone; skew is clamped."""
    landed.deliver(f"{DAYS[0]}.csv", _discovery([("d", "h", "2026-05-30T00:00:00Z")]), feed="device_discovery")
    landed.deliver(f"{DAYS[1]}.csv", _discovery([("d", "h", "2026-12-30T00:00:00Z")]), feed="device_discovery")
    landed.deliver(f"{DAYS[2]}.csv", _discovery([]), feed="device_discovery")
    landed.land()
    assert landed.rows("select change_type, hostname from raw.device_discovery order by extracted_at") == [
        ("upsert", "h"),
        ("delete", None),
    ]
    assert landed.rows(
        "select change_type, last_seen_at from raw.device_discovery_sightings order by extracted_at"
    ) == [
        ("upsert", "2026-05-30 00:00:00"),
        ("upsert", "2026-06-02 02:00:00"),
        ("delete", None),
    ]
    assert landed.rows("select kind, row_count from raw.cast_failures") == [("clock_skew", 1)]


def test_patch_checks_are_one_row_per_device_while_they_agree(landed: Landed) -> None:
    """A device whose patches were all checked at once has one sighting; when they differ, one per pair."""
    landed.deliver(
        f"{DAYS[0]}.csv", _patches([("d", "p", "2026-05-30"), ("d", "q", "2026-05-30")]), feed="patch_status"
    )
    landed.deliver(
        f"{DAYS[1]}.csv", _patches([("d", "p", "2026-05-30"), ("d", "q", "2026-05-31")]), feed="patch_status"
    )
    landed.land()
    found = landed.rows(
        "select change_type, device_id, patch_id, checked_at from raw.patch_status_sightings order by all"
    )
    assert found == [
        ("delete", "d", None, None),
        ("upsert", "d", "p", "2026-05-30 00:00:00"),
        ("upsert", "d", "q", "2026-05-31 00:00:00"),
        ("upsert", "d", None, "2026-05-30 00:00:00"),
    ]


def test_a_bill_replaces_its_period(landed: Landed) -> None:
    """A restated bill takes the place of the account's period; other periods and accounts stay."""
    landed.deliver(f"{DAYS[0]}.csv", _bill([("1", "a", "05"), ("2", "a", "05"), ("1", "b", "05")]), feed="cloud_cost")
    landed.deliver(f"{DAYS[1]}.csv", _bill([("2", "a", "05"), ("3", "a", "05")]), feed="cloud_cost")
    landed.land()
    found = landed.rows(
        "select change_type, BilledCost, BillingAccountId from raw.cloud_cost "
        "where extracted_at > '2026-06-02' order by all"
    )
    assert found == [("delete", None, "a"), ("upsert", "3", "a")]


KILLER = """
import os, sys
from pathlib import Path
from itam.landing import history, land
point, countdown = sys.argv[2], [int(sys.argv[3])]
def die(name):
    if name == point:
        countdown[0] -= 1
        if countdown[0] == 0:
            os.kill(os.getpid(), 9)
history.checkpoint = die
land(Path(sys.argv[1]))
"""


@pytest.mark.parametrize(
    ("point", "countdown"),
    [
        ("staged", 2),
        ("log written", 1),
        ("log written", 4),
        ("before commit", 3),
        ("committed", 1),
        ("reopened", 1),
        ("kept", 2),
    ],
)
def test_a_killed_run_leaves_nothing_half_done(tmp_path: Path, point: str, countdown: int) -> None:
    """Kill -9 anywhere, then a rerun: the tables are those of an undisturbed run."""
    undisturbed, killed = Landed(tmp_path / "a"), Landed(tmp_path / "b")
    for home in (undisturbed, killed):
        home.deliver(f"{DAYS[1]}.csv", _costs([("1", "5")]), feed="cost_line")
        home.land()
        home.deliver(f"{DAYS[0]}.csv", _costs([("1", "4"), ("2", "4")]), feed="cost_line")
        for day, rows in enumerate(([("A", "x"), ("B", "x")], [("A", "y")], [("B", "y"), ("A", "y")])):
            home.deliver(f"{DAYS[day]}.csv", assets(rows))
            home.deliver(f"{DAYS[day]}.csv", _discovery([("d", "h", f"2026-05-1{day}")]), feed="device_discovery")
    undisturbed.land()
    script = [sys.executable, "-c", KILLER, str(killed.home), point, str(countdown)]
    assert subprocess.run(script, check=False, env=os.environ.copy(), timeout=120).returncode == -9
    killed.land()
    assert killed.raw() == undisturbed.raw()
    assert [path for path in (killed.home / "landing").rglob("*") if path.is_file()] == []


def test_a_warehouse_of_another_version_is_built_again(landed: Landed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer version of the project reads the kept deliveries again, says so, and ends with the same tables."""
    landed.deliver(f"{DAYS[0]}.csv", assets([("A", "in use"), ("A", "in stock")]))
    landed.deliver(f"{DAYS[1]}.jsonl", '{"asset_id": "B", "asset_class": "laptop", "status": "in stock"}\n')
    landed.deliver(f"{DAYS[1]}.manifest.json", '{"expected_rows": 1}')
    landed.land()
    before = landed.raw()
    monkeypatch.setattr(changes, "SCHEMA_VERSION", 99)
    report = landed.land()
    assert any("another version" in note for note in report.notes)
    assert landed.raw() == before
    (landed.home / "warehouse.duckdb").unlink()
    landed.land()
    assert landed.raw() == before


def test_changed_settings_read_the_kept_deliveries_again(landed: Landed) -> None:
    """When the organisation states a time zone or a value list, history is read anew from the files that were kept."""
    text = "asset_id,asset_class,status,last_changed_at,ownership\nA,laptop,in use,2026-01-01T12:00:00,rented\n"
    landed.deliver(f"{DAYS[0]}.csv", text)
    landed.land()
    assert landed.rows("select last_changed_at, ownership from raw.hardware_asset") == [("2026-01-01 12:00:00", None)]
    (landed.home / "settings.yml").write_text("sources: {cmdb: {time_zone: Europe/Berlin}}\n")
    (landed.home / "policy").mkdir()
    (landed.home / "policy" / "enum_values.csv").write_text(
        "feed,column,required,allowed\nhardware_asset,ownership,false,owned|leased|rented\n"
    )
    assert any("built again" in note for note in landed.land().notes)
    assert landed.rows("select last_changed_at, ownership from raw.hardware_asset") == [
        ("2026-01-01 11:00:00", "rented")
    ]
    assert landed.land().notes == []


def test_days_that_are_asked_for(landed: Landed) -> None:
    """D follows the newest snapshot, an older day is added beside it and does not move it back."""
    from datetime import date

    landed.deliver(f"{DAYS[4]}.csv", assets([("A", "in use")]))
    assert landed.land().as_of == date(2026, 6, 5)
    assert landed.land(as_of=date(2026, 5, 1)).as_of == date(2026, 6, 5)
    assert landed.land(as_of=date(2026, 6, 30)).as_of == date(2026, 6, 30)
    assert landed.rows("select * from raw.as_of_requests order by 1") == [
        (date(2026, 5, 1), False),
        (date(2026, 6, 30), True),
    ]


def test_retention_and_late_events(landed: Landed) -> None:
    """Where retention removed a later file, a late event waits with a sentence and changes nothing for good."""
    landed.home.mkdir()
    (landed.home / "settings.yml").write_text("retention: {feeds: {cost_line: 0}}\n")
    landed.deliver(f"{DAYS[1]}.csv", _costs([("1", "5")]), feed="cost_line")
    landed.land()
    assert list((landed.home / "deliveries").rglob("*.zst")) == []
    landed.deliver(f"{DAYS[0]}.csv", _costs([("1", "4")]), feed="cost_line")
    landed.land()
    assert landed.rows("select status, reason like '%no longer kept%' from raw.deliveries order by extracted_at") == [
        ("quarantined", True),
        ("accepted", None),
    ]
    landed.deliver(f"{DAYS[0]}.csv", _costs([("1", "4")]), feed="cost_line")
    landed.deliver(f"{DAYS[1]}.csv", _costs([("1", "5")]), feed="cost_line")
    landed.land()
    assert landed.rows("select status, rows_inserted, rows_changed from raw.deliveries order by extracted_at") == [
        ("accepted", 1, 0),
        ("accepted", 0, 1),
    ]


def test_kept_files_can_be_weighed(landed: Landed) -> None:
    """What the kept deliveries take is one query away."""
    landed.deliver(f"{DAYS[0]}.csv", assets([("A", "in use")]))
    landed.land()
    ((source, feed, count, size),) = landed.rows("select * from raw.kept_files")
    assert (source, feed, count) == ("cmdb", "hardware_asset", 1)
    assert size > 0
