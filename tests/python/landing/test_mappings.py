"""Foreign shapes land as they are, by declarations that can read nothing but their row."""

import shutil
from pathlib import Path

import pytest

from itam.feeds import ROOT
from itam.landing.mapping import load_mappings, references
from itam.settings import SettingsError, load_settings
from tests.python.landing.conftest import Landed

SAMPLES = Path(__file__).parent / "samples"
REAL = ROOT.parent / "shared" / "data"
NAME = "2026-06-01T020000Z"


def place(landed: Landed, sample: str, source: str, feed: str, name: str) -> None:
    """Copy a sample of the project into the landing folder."""
    target = landed.home / "landing" / source / feed / name
    target.parent.mkdir(parents=True, exist_ok=True)
    path = SAMPLES / sample
    shutil.copytree(path, target) if path.is_dir() else shutil.copy(path, target)


def test_shipped_mappings_are_sound(tmp_path: Path) -> None:
    """Every shipped mapping loads, reads only its row and writes only declared columns."""
    names = set(load_mappings(tmp_path))
    assert names >= {"cisa_kev", "endoflife_releases", "endoflife_api", "focus", "glpi_inventory"}


@pytest.mark.parametrize(
    "expression",
    [
        "(select 1)",
        "read_text('/etc/passwd')",
        "getenv('HOME')",
        "a from b",
        "a, b",
        "1; drop table x",
        "exists (select 1)",
        "sum(a)",
        "row_number() over ()",
        "",
    ],
)
def test_expressions_are_scalars_over_the_row(expression: str) -> None:
    """A mapping is somebody's configuration: it cannot read files, tables or the environment."""
    with pytest.raises(SettingsError):
        references(expression, "test")


def test_kev(landed: Landed) -> None:
    """The list of exploited vulnerabilities lands with its own header; its texts are kept, not reported."""
    place(landed, "kev.csv", "cisa", "kev", f"{NAME}.csv")
    landed.land()
    assert landed.rows("select cveID, dueDate, knownRansomwareCampaignUse from raw.kev order by 1") == [
        ("CVE-2026-0001", "2026-06-15", "Known"),
        ("CVE-2026-0002", "2026-06-20", "Unknown"),
    ]
    assert landed.rows("select mapping, unknown_columns from raw.deliveries") == [("cisa_kev", None)]


def test_end_of_life(landed: Landed) -> None:
    """An end is a date, or only yes or no: then there is no date, and is_eol tells it."""
    place(landed, "endoflife.csv", "eol", "product_lifecycle", f"{NAME}.csv")
    place(landed, "endoflife_api", "api", "product_lifecycle", NAME)
    landed.land()
    query = (
        "select product, cycle, release_date, eol_date, is_eol from raw.product_lifecycle "
        "where source_system = '{}' order by 2"
    )
    assert landed.rows(query.format("eol")) == [
        ("exampleos", "1", "2020-01-01", "2023-01-01", None),
        ("exampleos", "2", "2022-01-01", None, "true"),
        ("exampleos", "3", "2025-01-01", None, "false"),
    ]
    assert landed.rows(query.format("api")) == [
        ("exampledb", "10", "2024-01-01", "2029-01-01", "false"),
        ("exampledb", "9", "2020-01-01", None, "true"),
    ]


def test_focus(landed: Landed) -> None:
    """NULL is no value, the old name of the provider is understood, small charges keep their digits."""
    place(landed, "focus.csv", "cloud", "cloud_cost", f"{NAME}.csv")
    landed.land()
    found = landed.rows(
        "select BilledCost, ServiceProviderName, CommitmentDiscountId, Tags from raw.cloud_cost order by 1"
    )
    assert found == [("0.0000000181", "AWS", None, None), ("12.5", "Azure", "r1", '{"cost_center": "CC1"}')]
    assert landed.rows("select unknown_columns from raw.deliveries") == [(None,)]


def test_glpi(landed: Landed) -> None:
    """One file per device becomes devices and their software; of two inventories of a device the last counts."""
    place(landed, "glpi", "glpi", "device_discovery", NAME)
    landed.land()
    devices = landed.rows(
        "select device_id, serial_number, device_class, cpu_sockets, is_encrypted from raw.device_discovery order by 1"
    )
    assert devices == [("pc-1", "SN1", "Laptop", "1", "true"), ("sw-1", "SN9", "network", None, None)]
    software = landed.rows(
        "select device_id, raw_name, raw_version, install_date, usage_supported from raw.software_install order by 2"
    )
    assert software == [
        ("pc-1", "editor", "2.0", "2026-01-02", "false"),
        ("pc-1", "shell", "5", None, "false"),
    ]
    assert landed.rows("select feed, rows_delivered, rows_quarantined from raw.deliveries order by 1") == [
        ("device_discovery", 3, 1),
        ("software_install", 2, 0),
    ]


def test_an_organisation_adds_a_mapping(landed: Landed) -> None:
    """Their own export lands by their own file, with their number format and currency."""
    (landed.home / "mappings").mkdir(parents=True)
    (landed.home / "mappings" / "ours.yml").write_text(
        "name: ours\ndescription: ours\nrecognises: {feed: hardware_asset, columns: [Inventarnummer]}\n"
        "number_format: {decimal: ',', thousands: '.'}\noutputs:\n  hardware_asset:\n    columns:\n"
        "      asset_id: Inventarnummer\n      asset_class: lower(Art)\n      status: \"'in use'\"\n"
        "      purchase_cost: Preis\n"
    )
    (landed.home / "settings.yml").write_text("sources: {erp: {currency: EUR}}\n")
    landed.deliver(f"{NAME}.csv", 'Inventarnummer,Art,Preis\nI1,LAPTOP,"1.234,50"\n', source="erp")
    landed.land()
    assert landed.rows("select asset_id, asset_class, status, purchase_cost, currency from raw.hardware_asset") == [
        ("I1", "laptop", "in use", "1234.5", "EUR")
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("base_currency: euro", "base_currency"),
        ("time_zone: Mars/Olympus", "no time zone"),
        ("surprise: 1", "surprise"),
        ("sources: {a: {number_format: {decimal: ',', thousands: ','}}}", "two different signs"),
        ("- a", "names and values"),
        ("a: [", "readable YAML"),
    ],
)
def test_wrong_settings_are_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    """Whoever wrote the file reads what is wrong and where, in one line."""
    (tmp_path / "settings.yml").write_text(text)
    with pytest.raises(SettingsError, match=words) as caught:
        load_settings(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real public data is not here")
def test_real_exports(landed: Landed) -> None:
    """Real lists land complete, counted independently; exports of another shape wait with one sentence."""
    files = {
        "cisa/kev/2025-01-27T000000Z.csv": "cisa_kev/snapshots/known_exploited_vulnerabilities_2025-01-27.csv",
        "cisa/kev/2025-04-08T000000Z.csv": "cisa_kev/snapshots/known_exploited_vulnerabilities_2025-04-08.csv",
        "cisa/kev/2025-08-25T000000Z.csv": "cisa_kev/known_exploited_vulnerabilities_2025-08-25.csv",
        "eol/product_lifecycle/2026-06-01T000000Z.csv": "endoflife/releases.csv",
        "focus/cloud_cost/2026-06-01T000000Z.csv": "focus/focus_sample.csv",
        "azure/cloud_cost/2026-06-01T000000Z.csv": "focus/azure_EA_ActualCost_Small.csv",
        "gsa/hardware_asset/2026-06-01T000000Z.csv": "gsa_it_standards/2016-08-17_89a4a76.csv",
    }
    for target, source in files.items():
        path = landed.home / "landing" / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REAL / source, path)
    folder = landed.home / "landing/glpi/device_discovery/2026-06-01T000000Z"
    folder.mkdir(parents=True)
    for path in (REAL / "glpi_inventory").glob("*.json"):
        shutil.copy(path, folder)
    landed.land()
    found = {
        (row[0], row[1], str(row[2])[:10]): row[3:]
        for row in landed.rows(
            "select source_system, feed, extracted_at, status, rows_delivered, rows_accepted from raw.deliveries"
        )
    }
    import csv

    for target, source in files.items():
        place_of, feed, name = target.split("/")
        with (REAL / source).open(encoding="utf-8-sig", newline="") as stream:
            count = sum(1 for _ in csv.reader(stream)) - 1
        refused = place_of in ("azure", "gsa")
        assert found[place_of, feed, name[:10]] == (
            "quarantined" if refused else "accepted",
            count,
            0 if refused else count,
        )
    assert found["glpi", "device_discovery", "2026-06-01"] == ("accepted", 7, 6)
    assert found["glpi", "software_install", "2026-06-01"][0] == "accepted"
    reasons = landed.rows("select reason from raw.deliveries where status = 'quarantined'")
    assert all("required column" in reason for (reason,) in reasons)
