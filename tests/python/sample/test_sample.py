"""The sample organisation: the same arguments give the same bytes, and what dirt.py states is really in the files.

Here: files as written, before anything is landed. Not here: whether the KPIs are believable (they are calibrated), and
how the warehouse copes with the dirt (landing, traps, worked examples).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from itam.feeds import load_feeds
from itam.landing.verdicts import Known, judge
from itam.sample import dirt, write_sample
from itam.sample.columns import text

AS_OF = date(2026, 6, 30)
FORMATS = {
    "parquet": "read_parquet('{}', union_by_name=true, filename=true)",
    "csv": "read_csv('{}', all_varchar=true, union_by_name=true, filename=true, quote='\"', header=true)",
    "json": "read_json('{}', format='array', union_by_name=true, filename=true, maximum_object_size=100000000)",
    "jsonl": "read_json('{}', format='newline_delimited', union_by_name=true, filename=true)",
}
REFUSED = ("lansweeper", "device_discovery")
"""The source that once leaves out a required column."""


def digests(folder: Path) -> dict[str, str]:
    """Every file of a folder and the hash of its bytes."""
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def kind_of(file: Path) -> str:
    """The format of a delivery, compression aside."""
    return file.name.split(".")[1]


def shape(file: Path) -> tuple[list[str], int]:
    """The columns and the number of rows of a delivery, by nothing that the project itself reads with."""
    if file.suffix == ".parquet":
        meta = pq.read_metadata(file)
        return meta.schema.names, meta.num_rows
    data = file.read_bytes()
    text = (gzip.decompress(data) if file.suffix == ".gz" else data).decode()
    if kind_of(file) == "csv":
        header, *lines = list(csv.reader(io.StringIO(text)))
        return header, len(lines)
    rows = json.loads(text) if file.suffix == ".json" else [json.loads(line) for line in text.splitlines()]
    return list(rows[0]) if rows else [], len(rows)


def relation(files: str, kind: str) -> str:
    """What reads deliveries of one format."""
    return FORMATS[kind].format(files)


class Sample:
    """Deliveries as tables: a view per feed with `source_system`, `extracted_at` and text columns."""

    def __init__(self, landing: Path) -> None:
        self.landing = landing
        self.connection = duckdb.connect()
        for feed in load_feeds().values():
            parts = []
            for folder in sorted(landing.glob(f"*/{feed.name}")):
                file = next(f for f in sorted(folder.iterdir()) if "manifest" not in f.name)
                kind, ending = kind_of(file), file.name.partition(".")[2]
                columns = ", ".join(f'cast("{column.name}" as varchar) as "{column.name}"' for column in feed.columns)
                parts.append(
                    f"select '{folder.parent.name}' as source_system, parse_filename(filename)[:18] as extracted_at, "
                    f"{columns} from {relation(f'{folder}/*.{ending}', kind)}"
                )
            self.connection.execute(f'create table "{feed.name}" as {" union all by name ".join(parts)}')
            self.connection.execute(
                f'create table "last_{feed.name}" as select * from "{feed.name}" as f where extracted_at = '
                f'(select max(extracted_at) from "{feed.name}" as m where m.source_system = f.source_system)'
            )

    def number(self, query: str) -> float:
        """The one number that a query gives."""
        row = self.connection.execute(query).fetchone()
        assert row is not None
        return float(row[0] or 0)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The organisation of `make demo`."""
    home = tmp_path_factory.mktemp("sample")
    write_sample(home, assets=1000, as_of=AS_OF, seed=1, weeks=60)
    return Sample(home / "landing")


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    """Two people who compare their demos must look at the same organisation, on any machine and in any process."""
    program = (
        "import sys; from datetime import date; from pathlib import Path; from itam.sample import write_sample;"
        "write_sample(Path(sys.argv[1]), assets=120, as_of=date(2026, 6, 30), seed=int(sys.argv[2]), weeks=12)"
    )
    for name, seed, hash_seed in (("one", "3", "1"), ("two", "3", "2"), ("other", "4", "1")):
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / name), seed],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo" if name == "two" else "UTC"},
        )
    one, two, other = (digests(tmp_path / name) for name in ("one", "two", "other"))
    assert len(one) > 200
    assert one == two
    assert {file for file in one if other.get(file) != one[file]} >= {f for f in one if "/hardware_asset/" in f}


def test_the_columns_are_those_of_the_contract(sample: Sample) -> None:
    """Who copies a sample file as a template must get a file that is accepted."""
    feeds = load_feeds()
    seen = set()
    for file in sorted(f for f in sample.landing.rglob("*") if f.is_file() and "manifest" not in f.name):
        feed, source = file.parent.name, file.parent.parent.name
        columns, _ = shape(file)
        declared = [column.name for column in feeds[feed].columns]
        if (source, feed) == REFUSED and columns != declared:
            assert columns == [name for name in declared if name != "last_seen_at"]
            seen.add("without a required column")
        else:
            assert columns == declared, file
        seen.add(feed)
    assert seen == {*feeds, "without a required column"}


@pytest.mark.parametrize("assets", [100, 200, 1000])
@pytest.mark.parametrize("seed", [1, 2])
def test_only_the_broken_deliveries_look_broken(assets: int, seed: int, tmp_path: Path) -> None:
    """A newcomer whose demo is full of quarantine cannot tell an accident from the rule.

    The list of patches once grew with every patch day and shrank with every clean-up; a small estate lost whole
    deliveries to the sentinel by it.
    """
    write_sample(tmp_path, assets=assets, as_of=AS_OF, seed=seed, weeks=26)
    refused = []
    for folder in sorted(p for p in (tmp_path / "landing").glob("*/*") if load_feeds()[p.name].kind == "snapshot"):
        known = []
        for file in sorted(f for f in folder.iterdir() if "manifest" not in f.name):
            columns, rows = shape(file)
            manifest = file.with_name(f"{file.name.split('.')[0]}.manifest.json")
            expected = int(manifest.read_text().split(":")[1].strip(" }\n")) if manifest.exists() else None
            fault = None
            if folder.name == "device_discovery" and "last_seen_at" not in columns:
                fault = "a required column is missing"
            moment = datetime.strptime(file.name.split(".")[0], "%Y-%m-%dT%H%M%SZ")
            known.append(Known(file.name, moment, rows, expected, fault))
        refused += [(folder.parent.name, folder.name) for reason in judge(known, is_snapshot=True).values() if reason]
    assert sorted(refused) == [("configmgr", "patch_status"), ("intune", "device_discovery"), REFUSED]


COMPUTERS = "asset_class in ('Notebook', 'Computer', 'Server', 'laptop', 'desktop', 'server')"
PERSONAL = (
    "asset_class in ('Notebook', 'Computer', 'Monitor', 'Docking Station', 'Smartphone', 'Tablet', "
    "'laptop', 'desktop', 'monitor', 'dock', 'mobile', 'tablet')"
)
IN_STOCK = "((status = 'In stock' and substatus in ('Available', 'Reserved')) or status = 'deployable')"
IN_USE = "status in ('In use', 'deployed')"
HAS_SERIAL = "asset_class <> 'Virtual Machine'"
PLACEHOLDERS = "('To Be Filled By O.E.M.', 'System Serial Number', 'Default string', '0000000', 'N/A', 'None')"
OWN = "(select * from hardware_asset where ownership is distinct from 'byod')"
LAST = "(select * from last_hardware_asset where ownership is distinct from 'byod')"


def ever(condition: str, among: str = "true") -> tuple[str, str]:
    """Assets whose record fitted a condition in some delivery, of those that could have."""
    hit = f"bool_or(coalesce({condition}, false)) as hit"
    return share(f"(select {hit} from {OWN} where {among} group by source_system, asset_id)", "hit")


def share(table: str, condition: str) -> tuple[str, str]:
    """Rows of a table that fit a condition, of all its rows."""
    return f"select count(*) filter ({condition}) from {table}", f"select count(*) from {table}"


def twice(column: str) -> tuple[str, str]:
    """Assets whose column another asset of the same register has too, in some delivery."""
    shared = (
        f"select source_system, extracted_at, {column} from {OWN} where {column} is not null "
        f"and {column} not in {PLACEHOLDERS} group by all having count(*) > 1"
    )
    return (
        f"select count(distinct asset_id) / 2 from {OWN} join ({shared}) using (source_system, extracted_at, {column})",
        f"select count(distinct asset_id) from {OWN}",
    )


DEFECTS = {
    "no_asset_tag": ever("asset_tag is null"),
    "no_location": ever("location is null"),
    "no_model": ever("model is null"),
    "no_purchase_date": ever("purchase_date is null", "status not in ('On order', 'pending')"),
    "no_purchase_cost": ever("purchase_cost is null", HAS_SERIAL),
    "no_serial": ever("serial_number is null", HAS_SERIAL),
    "placeholder_serial": ever(f"serial_number in {PLACEHOLDERS}", HAS_SERIAL),
    "duplicate_serial": twice("serial_number"),
    "duplicate_asset_tag": twice("asset_tag"),
    "no_owner": ever("assigned_person_id is null", f"{IN_USE} and {PERSONAL}"),
    "owner_in_stock": ever("assigned_person_id is not null", IN_STOCK),
    "no_stockroom": ever("stockroom is null", IN_STOCK),
    "dates_out_of_order": ever("received_date < purchase_date", HAS_SERIAL),
    "negative_cost": ever("cast(purchase_cost as double) < 0"),
    "unknown_currency": ever("currency = 'XTS'"),
}

LEAVERS = (
    "(select max(last_day_of_work) as left_on, bool_or(coalesce(termination_rescinded, '') = 'true') as is_rescinded, "
    "min(cast(termination_known_at as timestamp)) as known_at from person group by person_id, spell_no "
    "having max(last_day_of_work) is not null)"
)
DEVICES = "(select * from last_device_discovery where device_class is distinct from 'virtual_machine')"
DISCOVERED_COMPUTERS = (
    "select count(distinct coalesce(serial_number, hostname)) from last_device_discovery "
    "where device_class in ('laptop', 'desktop', 'server')"
)
HARDWARE_TICKETS = (
    "(select * from last_incident where category in "
    "('hardware', 'server', 'storage', 'printer', 'peripheral', 'network hardware'))"
)
INCIDENTS = "(select * from last_incident where record_type in ('incident', 'event'))"
REPORTED = "(select serial_number, max(last_seen_at) as seen_at from device_discovery group by 1)"
RATES: dict[str, tuple[str, str]] = {
    "MANUFACTURER_SPELLING": share(
        LAST,
        "manufacturer in ('Dell Inc.', 'DELL', 'Dell Technologies', 'Hewlett-Packard', 'HP Inc.', 'hp', 'Apple Inc.', "
        "'APPLE', 'LENOVO', 'Lenovo Group', 'Cisco Systems', 'cisco', 'Samsung Electronics', 'SAMSUNG')",
    ),
    "MANUFACTURER_UNKNOWN_SPELLING": share(LAST, "manufacturer in ('Dell Computer Corp.', 'H.P.', 'Lenovo PC HK Ltd')"),
    "UNKNOWN_ASSET_FUNCTION": share(LAST, "asset_function = 'hot-desk'"),
    "UNKNOWN_CLASS": ever("asset_class = 'Projector'", "asset_class in ('Projector', 'Monitor', 'monitor')"),
    "OFFSET_MIDNIGHT_WARRANTY": share(
        "(select * from last_hardware_asset where source_system = 'snipe-it')", "contains(warranty_end, '+02:00')"
    ),
    "BOTH_REGISTERS": (
        f"select count(*) from (select serial_number from {LAST} where serial_number not in {PLACEHOLDERS} "
        "group by 1 having count(distinct source_system) > 1)",
        f"select count(*) from {LAST}",
    ),
    "LATE_REGISTRATION": share(
        f"(select min(extracted_at)[:10] as first, min(in_service_date) as used from {OWN} where {COMPUTERS} "
        "and in_service_date > (select min(extracted_at)[:10] from hardware_asset) group by source_system, asset_id)",
        "cast(first as date) - cast(used as date) > 9",
    ),
    "LEAP_DAY_PURCHASES": ever(
        "purchase_date in ('2024-02-29', '2020-02-29')", "asset_class in ('Notebook', 'laptop')"
    ),
    "ROGUE_DEVICES": (
        "select count(*) from last_device_discovery where source_system = 'lansweeper' and network_zone = 'corp' "
        f"and serial_number not in {PLACEHOLDERS} and serial_number not in "
        "(select serial_number from hardware_asset where serial_number is not null)",
        DISCOVERED_COMPUTERS,
    ),
    "BYOD_DEVICES": (
        "select count(*) from last_device_discovery where ownership = 'personal'",
        "select count(distinct person_id) from last_person",
    ),
    "BYOD_UNREGISTERED": share(
        "(select distinct serial_number from device_discovery "
        "where ownership = 'personal' and serial_number is not null)",
        "serial_number not in (select serial_number from hardware_asset where serial_number is not null)",
    ),
    "GUEST_AND_OT_DEVICES": (
        "select count(*) from last_device_discovery where network_zone in ('guest', 'ot')",
        DISCOVERED_COMPUTERS,
    ),
    "RETIRED_STILL_SEEN": share(
        f"(select a.serial_number, max(retired_date) as retired_on, max(seen_at) as seen_at from {OWN} as a "
        f"left join {REPORTED} using (serial_number) where {COMPUTERS} and retired_date is not null "
        f"and a.serial_number not in {PLACEHOLDERS} group by 1)",
        "seen_at is not null and cast(seen_at as date) > cast(retired_on as date) + 20",
    ),
    "NO_AGENT": share(
        f"(select distinct serial_number from last_hardware_asset where {IN_USE} and in_service_date < '2026-05-01' "
        f"and asset_class in ('Notebook', 'Smartphone', 'laptop', 'mobile') and serial_number not in {PLACEHOLDERS})",
        "serial_number not in (select serial_number from device_discovery where serial_number is not null)",
    ),
    "DISCOVERED_WITHOUT_SERIAL": share(DEVICES, "serial_number is null"),
    "DISCOVERED_PLACEHOLDER_SERIAL": share(DEVICES, f"serial_number in {PLACEHOLDERS}"),
    "DISCOVERED_CLOCK_SKEW": share(
        "(select bool_or(cast(last_seen_at as timestamp) > strptime(extracted_at, '%Y-%m-%dT%H%M%SZ')) as hit "
        "from device_discovery group by source_system, device_id)",
        "hit",
    ),
    "REHIRES": (
        "select count(*) from last_person where cast(spell_no as integer) > 1",
        f"select count(*) from {LEAVERS} where left_on < '2026-06-24'",
    ),
    "RESCINDED": share(LEAVERS, "is_rescinded"),
    "BACKDATED": share(LEAVERS, "cast(known_at as date) > cast(left_on as date)"),
    "BAD_LEAVE_DATE": share("last_person", "leave_return_date = '31/12/2025'"),
    "DUPLICATE_PERSON_ROWS": (
        "select max(n) from (select count(*) - count(distinct person_id || '-' || spell_no) as n from person "
        "group by extracted_at)",
        "select count(*) from last_person",
    ),
    "UNKNOWN_SOFTWARE_NAMES": share(
        "last_software_install",
        "raw_name in ('Halden Timesheet Client', 'SIMATIC License Manager', 'Garmin Express', "
        "'IndraWorks Engineering', 'Inhouse Label Printer Tool', 'imageRUNNER Status Monitor', 'Postman x86_64', "
        "'Docker Desktop', 'Zoom Workplace (64-bit)', 'Spotify')",
    ),
    "INCIDENTS_WITHOUT_CI": share(HARDWARE_TICKETS, "coalesce(ci_id, '') = ''"),
    "DUPLICATE_INCIDENTS": share(INCIDENTS, "status = 'Duplicate'"),
    "CHILD_INCIDENTS": share(INCIDENTS, "parent_incident_id is not null"),
    "REOPENED": share("last_incident", "cast(reopen_count as integer) > 0"),
    "ON_HOLD": share("last_incident", "cast(on_hold_seconds as bigint) > 0"),
    "CLOSED_NEVER_RESOLVED": share("last_incident", "resolved_at is null and closed_at is not null"),
    "RESOLVED_BEFORE_OPENED": share("last_incident", "cast(resolved_at as timestamp) < cast(opened_at as timestamp)"),
    "UNKNOWN_RECORD_TYPE": share("last_incident", "record_type = 'event'"),
    "NEGATIVE_AFFECTED_USERS": share("last_incident", "affected_users = '-1'"),
    "OVERLAPPING_OUTAGES": (
        "select count(distinct b.outage_id) from outage as a join outage as b on a.ci_id = b.ci_id "
        "and a.outage_id <> b.outage_id and b.begin_at > a.begin_at and b.begin_at < a.end_at",
        "select count(distinct outage_id) from outage",
    ),
    "UNKNOWN_PATCH_STATE": share(
        "(select bool_or(state = 'unknown') as hit from last_patch_status group by source_system, device_id)",
        "hit",
    ),
    "EXEMPT_PAIRS": share(
        "(select bool_or(exemption_id is not null) as hit from patch_status as s join (select distinct source_system, "
        "device_id from device_discovery where device_class = 'server') using (source_system, device_id) "
        "where state <> 'installed' group by device_id, patch_id)",
        "hit",
    ),
    "CREDIT_NOTES": share("cost_line", "reversal_of is not null"),
    "LINES_WITHOUT_RATE": share(
        "(select * from cost_line where cost_category in ('support', 'maintenance', 'other'))", "currency = 'CHF'"
    ),
    "SANITIZATION_FAILED_FIRST": share("sanitization", "result = 'failed'"),
    "SANITIZATION_UNVERIFIED": share("sanitization", "result = 'success' and verified_at is null"),
    "SANITIZATION_MISSING": share(
        "(select asset_id, max(serial_number) as serial_number from hardware_asset where disposed_date < '2026-06-01' "
        f"and disposed_date > '2026-01-15' and disposal_method is distinct from 'lost' and {COMPUTERS} group by 1)",
        "asset_id not in (select asset_id from sanitization where asset_id is not null) "
        "and serial_number not in (select serial_number from sanitization where serial_number is not null)",
    ),
    "SANITIZATION_WEAK": share(
        "(select w.* from sanitization as w join (select distinct serial_number from hardware_asset "
        "where asset_class in ('Notebook', 'Computer', 'laptop', 'desktop')) using (serial_number) "
        "where result = 'success')",
        "method = 'clear'",
    ),
}


MORE = {"NO_AGENT", "LEAP_DAY_PURCHASES", "EXEMPT_PAIRS", "SANITIZATION_MISSING", "SANITIZATION_WEAK"}
"""Dirt that other causes look like (a phone in a drawer), or that every organisation has once."""


def fits(found: float, expected: float, *, at_most: bool = True) -> bool:
    """There at all, and not in another order of magnitude; small counts scatter."""
    return found >= 1 and found >= expected / 4 - 2 and (found <= 3 * expected + 4 or not at_most)


@pytest.mark.parametrize("defect", sorted(dirt.REGISTER_DEFECTS))
def test_a_defect_of_the_register_is_there_at_its_rate(sample: Sample, defect: str) -> None:
    """A record that nobody would have dirtied by hand proves nothing about dirty records."""
    hits, population = DEFECTS[defect]
    found, rows = sample.number(hits), sample.number(population)
    expected = rows * dirt.REGISTER_DEFECTS[defect]
    assert fits(found, expected), (found, expected)


@pytest.mark.parametrize("name", sorted(RATES))
def test_dirt_is_there_at_its_rate(sample: Sample, name: str) -> None:
    """Somebody who reads 'a twentieth is reopened' must find a twentieth reopened."""
    hits, population = RATES[name]
    found, rows = sample.number(hits), sample.number(population)
    expected = rows * getattr(dirt, name)
    assert fits(found, expected, at_most=name not in MORE), (found, expected)


def test_no_stated_dirt_goes_unchecked() -> None:
    """A rate that nothing applies is a promise; each has its check here."""
    stated = {name for name, value in vars(dirt).items() if name.isupper() and isinstance(value, float)}
    assert stated == {*RATES, "REGISTER_DEFECT_REPAIRED"}
    assert dirt.REGISTER_DEFECTS.keys() == DEFECTS.keys()


def test_a_word_that_is_in_a_pool_twice_is_in_the_dictionary_once() -> None:
    """Two departments of one company once ended a Parquet page in stray memory: other bytes with every run."""
    column = text(["Halden Inc.", "Halden Inc.", "Halden Ltd"], np.array([0, 1, 2, -1, 1]), np.arange(5) < 4)
    assert column.to_pylist() == ["Halden Inc.", "Halden Inc.", "Halden Ltd", None, None]
    assert column.dictionary.to_pylist() == ["Halden Inc.", "Halden Ltd"]


def test_a_columnar_sample_says_the_same(tmp_path: Path) -> None:
    """Who measures with Parquet must measure the organisation that everybody else looks at."""
    for name, is_columnar in (("mixed", False), ("columnar", True)):
        write_sample(tmp_path / name, assets=100, as_of=AS_OF, seed=1, weeks=2, is_columnar=is_columnar)
    mixed, columnar = (Sample(tmp_path / name / "landing").connection for name in ("mixed", "columnar"))
    assert {f.suffix for f in (tmp_path / "columnar").rglob("*") if f.is_file()} == {".parquet", ".json"}
    assert all("manifest" in f.name for f in (tmp_path / "columnar").rglob("*.json"))
    for feed in load_feeds():
        keys = [c.name for c in load_feeds()[feed].columns if c.data_type == "varchar"]
        query = f'select source_system, extracted_at, {", ".join(keys)} from "{feed}" order by all'
        assert mixed.execute(query).fetchall() == columnar.execute(query).fetchall(), feed


def test_a_busier_desk_has_more_tickets_and_nothing_else(tmp_path: Path) -> None:
    """A benchmark that asks for two incidents an asset must get them, on the same estate."""
    usual, busy = (
        write_sample(tmp_path / str(load), assets=400, as_of=AS_OF, seed=1, weeks=1, desk_load=load).rows_by_feed
        for load in (1.0, 3.0)
    )
    assert 2.6 < busy["incident"] / usual["incident"] < 3.4
    assert {feed for feed in usual if usual[feed] != busy[feed]} <= {"incident", "outage"}
