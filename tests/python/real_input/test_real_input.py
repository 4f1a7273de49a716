"""Real public exports through a whole refresh: what nobody here wrote lands complete, or waits with one sentence.

Here: files of several public sources, counted by the standard library alone. Not here: how a shape is mapped (the
mappings' own tests, on small samples). The files are not part of the project; without them the tests skip.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.python.refreshed_home import RefreshedHome

ROOT = Path(__file__).resolve().parents[3]
REAL = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"the real public data is not at {REAL}")

D = "2026-06-01"
KEV = {
    "2025-01-27": "cisa_kev/snapshots/known_exploited_vulnerabilities_2025-01-27.csv",
    "2025-04-08": "cisa_kev/snapshots/known_exploited_vulnerabilities_2025-04-08.csv",
    "2025-08-25": "cisa_kev/known_exploited_vulnerabilities_2025-08-25.csv",
}
FILES = {
    **{f"cisa/kev/{day}T000000Z.csv": file for day, file in KEV.items()},
    f"endoflife/product_lifecycle/{D}T000000Z.csv": "endoflife/releases.csv",
    f"focus/cloud_cost/{D}T000000Z.csv": "focus/focus_sample.csv",
}
FOREIGN = {
    f"azure/cloud_cost/{D}T000000Z.csv": "focus/azure_EA_ActualCost_Small.csv",
    "gsa/hardware_asset/2016-08-17T000000Z.csv": "gsa_it_standards/2016-08-17_89a4a76.csv",
    "gsa/software_install/2020-11-24T000000Z.csv": "gsa_it_standards/2020-11-24_41d4692.csv",
    "gsa/hardware_asset/2022-04-29T000000Z.csv": "gsa_it_standards/it-standards_2022-04-29.csv",
}
INVENTORIES = {
    "2026-05-25": [
        "computer_1.json",
        "computer_2.json",
        "computer_3.json",
        "networkequipment_1.json",
        "phone_1.json",
        "printer_1.json",
    ],
    D: [
        "computer_1.json",
        "computer_2.json",
        "computer_3_updated.json",
        "networkequipment_1.json",
        "phone_1.json",
        "printer_1.json",
    ],
}
"""One inventory per device and day; the second day has the later one of the same computer."""


def records(file: str) -> list[dict[str, str]]:
    """The rows of a delivered CSV."""
    with (REAL / file).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def documents(day: str) -> list[dict[str, Any]]:
    """The inventories of a day."""
    return [json.loads((REAL / "glpi_inventory" / name).read_text(encoding="utf-8")) for name in INVENTORIES[day]]


def programs(day: str) -> list[tuple[Any, ...]]:
    """What the inventories of a day list as software: device and the names that tell installs apart."""
    return [
        (document["deviceid"], item.get("publisher"), item.get("name"), item.get("version"), item.get("arch"))
        for document in documents(day)
        for item in document["content"].get("softwares", [])
    ]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> RefreshedHome:
    """A fresh home with all of it, refreshed once."""
    made = RefreshedHome(tmp_path_factory.mktemp("real"))
    for target, source in (FILES | FOREIGN).items():
        path = made.root / "landing" / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REAL / source, path)
    for day, names in INVENTORIES.items():
        folder = made.root / "landing" / "glpi" / "device_discovery" / f"{day}T000000Z"
        folder.mkdir(parents=True)
        for name in names:
            shutil.copy(REAL / "glpi_inventory" / name, folder)
    answer = made.refresh()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert f"as of {D}" in answer.stdout
    return made


def delivery(home: RefreshedHome, source: str, feed: str, day: str) -> tuple[Any, ...]:
    """What is said about one delivery."""
    return home.told(
        "select status, rows_delivered, rows_accepted, rows_quarantined, reason from quality.deliveries"
        " where source_system = ? and feed = ? and cast(extracted_at as date) = ?",
        [source, feed, day],
    )[0]


def distinct(rows: Iterable[dict[str, str]], *columns: str) -> int:
    """How many rows differ in some columns."""
    return len({tuple(row[column] for column in columns) for row in rows})


@pytest.mark.parametrize("target", FILES)
def test_a_real_list_lands_complete(home: RefreshedHome, target: str) -> None:
    """Somebody's first own file must not lose a row on the way, or the first number is wrong."""
    source, feed, name = target.split("/")
    rows = records(FILES[target])
    assert delivery(home, source, feed, name[:10]) == ("accepted", len(rows), len(rows), 0, None)


def test_what_a_list_restates_is_known_as_of_its_newest_state(home: RefreshedHome) -> None:
    """Who patches by the list of last winter patches too late.

    The three states together: every vulnerability ever listed once, as its newest state has it.
    """
    told = ("dueDate", "dateAdded", "knownRansomwareCampaignUse")
    states = [{row["cveID"]: tuple(row[name] for name in told) for row in records(file)} for file in KEV.values()]
    newest = states[0] | states[1] | states[2]
    assert any(newest[cve] != said for state in states[:2] for cve, said in state.items())
    held = home.landed(
        "select cve_id, cast(due_date as varchar), cast(date_added as varchar), known_ransomware_campaign_use"
        " from staging.stg_reference__kev"
    )
    assert len(held) == len(newest)
    assert {cve: tuple(said) for cve, *said in held} == newest


def test_ends_of_life_are_dates_or_a_plain_yes(home: RefreshedHome) -> None:
    """`True` is no date, and no reason to forget that a product has ended."""
    rows = records(FILES[f"endoflife/product_lifecycle/{D}T000000Z.csv"])
    counted = home.landed(
        "select count(*), count(eol_date), count(*) filter (is_eol and eol_date is null)"
        " from staging.stg_reference__product_lifecycle"
    )
    dated = sum(row["eol"][:2] in ("19", "20") for row in rows)
    ended = sum(row["eol"] == "True" for row in rows)
    assert dated > 1000
    assert counted == [(distinct(rows, "product", "releaseCycle"), dated, ended)]


def test_a_cloud_bill_adds_up_to_the_cent(home: RefreshedHome) -> None:
    """The bill that finance pays and the bill that the dashboard shows are the same bill."""
    rows = records(FILES[f"focus/cloud_cost/{D}T000000Z.csv"])
    billed, effective, count = home.published(
        "select sum(billed_cost), sum(effective_cost), count(*) from marts.fct_cloud_costs"
    )[0]
    assert count == len({tuple(row.values()) for row in rows})
    twelve = Decimal("1e-12")
    assert billed == sum((Decimal(row["BilledCost"]).quantize(twelve) for row in rows), Decimal())
    assert effective == sum((Decimal(row["EffectiveCost"]).quantize(twelve) for row in rows), Decimal())


@pytest.mark.parametrize("day", INVENTORIES)
def test_inventories_become_devices_and_their_software(home: RefreshedHome, day: str) -> None:
    """An agent's folder of files is an inventory of the house, program by program."""
    status, delivered, accepted, aside, _ = delivery(home, "glpi", "device_discovery", day)
    assert (status, delivered, accepted, aside) == ("accepted", 6, 6, 0)
    listed = programs(day)
    named = {program for program in listed if program[2]}
    status, delivered, accepted, aside, _ = delivery(home, "glpi", "software_install", day)
    assert (status, delivered) == ("accepted", len(listed))
    assert (accepted, aside) == (len(named), len(listed) - len(named))


def test_a_later_inventory_replaces_the_one_before(home: RefreshedHome) -> None:
    """What was uninstalled in the meantime needs no licence any more."""
    now = {program[:4] for program in programs(D) if program[2]}
    before = {program[:4] for program in programs("2026-05-25") if program[2]}
    held = home.landed(
        "select distinct device_id, raw_publisher, raw_name, raw_version from staging.stg_discovery__software_install"
        " where valid_to > date '2026-06-01'"
    )
    assert before - now
    assert set(held) == {tuple(part or None for part in program) for program in now}
    assert home.landed("select count(distinct device_id) from staging.stg_discovery__device_discovery") == [(6,)]


@pytest.mark.parametrize("target", FOREIGN)
def test_a_file_of_another_shape_waits_with_one_sentence(home: RefreshedHome, target: str) -> None:
    """A file in the wrong folder must neither stop the others nor be half believed."""
    source, feed, name = target.split("/")
    status, _, accepted, _, reason = delivery(home, source, feed, name[:10])
    assert (status, accepted) == ("quarantined", 0)
    assert reason.startswith(name)
    assert "\n" not in reason
    assert len(reason) < 400
    assert home.landed(f"select count(*) from raw.{feed} where source_system = '{source}'") == [(0,)]


def test_a_kpi_without_its_feeds_says_so(home: RefreshedHome) -> None:
    """Half a set of feeds gives half a scorecard, and not one invented number."""
    with (ROOT / "seeds" / "kpi_needs.csv").open(encoding="utf-8", newline="") as stream:
        needed: dict[str, dict[str, set[str]]] = {}
        for row in csv.DictReader(stream):
            needed.setdefault(row["kpi_id"], {}).setdefault(row["alternative"], set()).add(row["feed"])
    here = {"kev", "product_lifecycle", "cloud_cost", "device_discovery", "software_install"}
    cells = {
        kpi: (status, value, reason)
        for kpi, status, value, reason in home.published(
            "select kpi_id, status, value, reason from marts.kpi_results where as_of_date = ? and dim_type = 'all'", [D]
        )
    }
    assert len(cells) > 30
    for kpi, (status, value, reason) in cells.items():
        missing = [feeds - here for feeds in needed[kpi].values()]
        if all(missing):
            assert (status, value) == ("not_measurable", None), kpi
            assert any(feed in reason for feeds in missing for feed in feeds), (kpi, reason)
        else:
            assert status != "not_measurable", (kpi, reason)
    assert cells["cloud_allocation_rate"][0] in ("ok", "no_population", "low_confidence")
    assert cells["deployment_rate"][2] is not None
    assert "hardware_asset" in str(cells["deployment_rate"][2])
