"""People leave no trace in what is published, are found again by whoever may, and can be forgotten.

One small sample organisation, refreshed as its owner would.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from itam.privacy.forgotten import Forgotten
from itam.privacy.key import pseudonym, secret_key
from itam.sample import write_sample
from tests.python.refreshed_home import ITAM, RefreshedHome

AS_OF = "2026-06-30"
PERSONAL = """
select person_id from raw.person union select manager_person_id from raw.person
union select upn from raw.person union select account_ref from raw.license_assignment
union select user_ref from raw.device_discovery
"""
HOSTS = "select hostname from raw.hardware_asset union select hostname from raw.device_discovery"


def itam(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run(
        [str(ITAM), *arguments, "--home", str(home)], capture_output=True, text=True, check=False, cwd=home
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> RefreshedHome:
    """A sample organisation that was refreshed once; its HR and a register write more than they were asked for."""
    from datetime import date

    root = tmp_path_factory.mktemp("people") / "home"
    write_sample(root, assets=60, as_of=date.fromisoformat(AS_OF), seed=5, weeks=4)
    delivered = sorted((root / "landing").glob("*/person/*.csv.gz"))
    assert len(delivered) >= 4
    for path in delivered:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        with gzip.open(path, "wt", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, [*rows[0], "mail", "display_name"])
            writer.writeheader()
            for row in rows:
                name = row["upn"].partition("@")[0].rstrip("0123456789").replace(".", " ").title()
                writer.writerow({**row, "mail": row["upn"].replace("@", "@mail."), "display_name": name})
    made = RefreshedHome(root)
    ended = made.refresh(AS_OF)
    assert ended.returncode in (0, 3), ended.stdout + ended.stderr
    assert ended.returncode == 0, ended.stdout
    return made


@pytest.fixture(scope="module")
def people(home: RefreshedHome) -> list[str]:
    """Everything by which a person of the sample is known, in lower case."""
    found = {str(value).lower() for (value,) in home.landed(PERSONAL) if value}
    found |= {value.partition("@")[0] for value in found if "@" in value}
    found |= {value.replace("@", "@mail.") for value in found if "@" in value}
    assert len(found) > 60
    return sorted(found)


def published_values(root: Path) -> Iterator[tuple[str, str]]:
    """Every text that a reader can get: (place, value), of tables, comments and Parquet files."""
    with duckdb.connect(str((root / "published" / "itam.duckdb").resolve()), read_only=True) as connection:
        tables = connection.execute("select table_name, comment from duckdb_tables()").fetchall()
        assert len(tables) > 20
        for table, comment in tables:
            yield table, comment or ""
            yield from _values(connection, table, f"marts.{table}")
    with duckdb.connect() as connection:
        for path in sorted((root / "published" / "parquet").glob("*.parquet")):
            yield from _values(connection, path.name, f"read_parquet('{path}')")
    yield "manifest", (root / "published" / "parquet" / "manifest.json").read_text(encoding="utf-8")
    with duckdb.connect(str(root / "published" / "status.duckdb"), read_only=True) as connection:
        for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall():
            yield from _values(connection, f"status {table}", f"quality.{table}")


def _values(connection: duckdb.DuckDBPyConnection, place: str, relation: str) -> Iterator[tuple[str, str]]:
    for name, *_ in connection.execute(f"describe select * from {relation}").fetchall():
        for (value,) in connection.execute(f'select distinct cast("{name}" as varchar) from {relation}').fetchall():
            if value is not None:
                yield f"{place}.{name}", value


def test_nobody_is_in_what_is_published(home: RefreshedHome, people: list[str]) -> None:
    """Promise 6: names and mail addresses never leave raw and staging.

    Every value of every published table, and every byte of every published file, against every id, account, mail and
    name of the sample; host names too where they name a device.
    """
    hosts = {str(host).lower() for (host,) in home.landed(HOSTS) if host}
    hosts |= {host.partition(".")[0] for host in hosts}
    names = {part for value in people if "." in value for part in [value.partition("@")[0].rstrip("0123456789")]}
    forbidden = re.compile("|".join(map(re.escape, sorted({*people, *names, *hosts}, key=len, reverse=True))))
    found = {place for place, value in published_values(home.root) if forbidden.search(value.lower())}
    assert found == set()
    telling = [value.encode() for value in people if len(value) >= 7]
    for path in (home.root / "published").rglob("*"):
        if path.is_file():
            content = path.read_bytes().lower()
            assert [value for value in telling if value in content] == [], path


def test_marts_know_people_by_keyed_hash(home: RefreshedHome) -> None:
    """A plain hash of an employee number is found by trying all numbers; one with a key is not."""
    key = secret_key(home.root)
    expected = {pseudonym(key, person) for (person,) in home.landed("select distinct person_id from raw.person")}
    assert {person for (person,) in home.published("select person_key from marts.dim_person")} == expected


def test_who_finds_a_person_and_says_who_asked(home: RefreshedHome) -> None:
    """A leaver's laptop must be chased by name, and nobody may look people up unseen."""
    ((key, asset),) = home.published(
        "select person_key, asset_id from marts.dim_asset where person_key is not null and is_in_register limit 1"
    )
    ((person,),) = home.landed(
        "select assigned_person_id from staging.stg_cmdb__hardware_asset"
        f" where asset_id = '{asset}' order by extracted_at desc limit 1"
    )
    answer = itam(home.root, "who", key, "--reason", "laptop not returned", "--json")
    assert answer.returncode == 0, answer.stderr
    told: dict[str, Any] = json.loads(answer.stdout)
    assert told["identifier"] == person
    assert "@" in told["spell"]["upn"]
    assert asset in [row["asset_id"] for row in told["assets"]]
    assert itam(home.root, "who", "0" * 64).returncode == 1
    log = home.landed("select asked_key, is_found, reason, asked_by <> '' from quality.who_log order by asked_at")
    assert log == [(key, True, "laptop not returned", True), ("0" * 64, False, None, True)]


def test_a_home_is_its_owners(home: RefreshedHome) -> None:
    """Readers of the marts are not readers of HR."""
    modes = {
        name: (home.root / name).stat().st_mode & 0o777 for name in ("warehouse.duckdb", "deliveries", "quarantine")
    }
    assert [name for name, mode in modes.items() if mode & 0o077] == []
    assert (home.root / "published" / "itam.duckdb").stat().st_mode & 0o777 == 0o444
    assert (home.root / "published").stat().st_mode & 0o777 == 0o755
    assert (home.root / "published" / "parquet").stat().st_mode & 0o777 == 0o755


# --- forgetting -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def leaver(home: RefreshedHome) -> tuple[str, list[str]]:
    """Who holds most, with laptop and seats, and everything that person is called."""
    ((person,),) = home.landed(
        "select assigned_person_id from raw.hardware_asset as asset join raw.person as person"
        " on person.person_id = asset.assigned_person_id where asset.hostname is not null"
        " group by 1 order by count(distinct asset_id) desc, 1 limit 1"
    )
    listed = itam(home.root, "forget", person, "--dry-run")
    assert listed.returncode == 0, listed.stderr
    called = [line.partition(": ")[2] for line in listed.stdout.splitlines()]
    assert person.lower() in called
    assert any("@" in name for name in called)
    assert "host: " in listed.stdout
    return person, called


@pytest.fixture(scope="module")
def without(
    home: RefreshedHome, leaver: tuple[str, list[str]], tmp_path_factory: pytest.TempPathFactory
) -> RefreshedHome:
    """A copy of the home in which the leaver is forgotten."""
    root = tmp_path_factory.mktemp("forgotten") / "home"
    shutil.copytree(home.root, root, symlinks=True)
    ended = itam(root, "forget", leaver[0], "--quiet")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert leaver[0] not in ended.stdout
    return RefreshedHome(root)


def contents(root: Path) -> Iterator[tuple[str, bytes]]:
    """The bytes of every file of a home, unpacked, in lower case; with names, which may name people too."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if path.name.endswith(".kept.zst"):
                with pa.input_stream(str(path), compression="zstd") as stream:
                    content = stream.read()
            elif path.suffix == ".gz":
                content = gzip.decompress(content)
            elif zipfile.is_zipfile(path):
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    content = b"".join(n.encode() + archive.read(n) for n in archive.namelist())
            yield str(path.relative_to(root)), content.lower()


def places(root: Path, called: list[str]) -> list[tuple[str, str]]:
    """Where somebody still stands: the file, and what stands around the first place in it."""
    found = []
    for path, content in contents(root):
        for name in called:
            at = content.find(name.encode())
            if at >= 0:
                found.append((path, content[max(0, at - 60) : at + 60].decode("utf-8", "replace")))
    return found


def test_the_forgotten_are_nowhere(home: RefreshedHome, without: RefreshedHome, leaver: tuple[str, list[str]]) -> None:
    """Not in kept files, not in the warehouse and its freed pages, not in reports, logs or quarantine."""
    assert places(without.root, leaver[1]) == []
    number = Forgotten.load(without.root).rewritten(leaver[0], "person")
    rows = "select count(*), count(extra) from raw.person where person_id = ? and change_type = 'upsert'"
    ((before, named),) = home.landed(rows, [leaver[0]])
    assert before == named > 0
    assert without.landed(rows, [number]) == [(before, 0)]  # what HR wrote beside is gone, names included
    assert itam(without.root, "who", pseudonym(secret_key(without.root), leaver[0])).returncode == 1


def differences(first: Path, second: Path) -> dict[str, int]:
    """Rows of the numbers that two homes have published, in one and not in the other."""
    found = {}
    with duckdb.connect() as connection:
        for name, root in (("first", first), ("second", second)):
            connection.execute(f"attach '{(root / 'published' / 'itam.duckdb').resolve()}' as {name} (read_only)")
        tables = ("kpi_results", "kpi_result_log", "kpi_companions", "kpi_catalog", "fct_costs", "fct_license_position")
        for table in tables:
            ((rows,),) = connection.execute(
                f"select count(*) from ((from first.marts.{table} except all from second.marts.{table})"
                f" union all (from second.marts.{table} except all from first.marts.{table}))"
            ).fetchall()
            found[table] = rows
        assert connection.execute("select count(*) > 500 from first.marts.kpi_results").fetchall() == [(True,)]
    return {table: rows for table, rows in found.items() if rows}


def test_every_number_of_every_day_stays(home: RefreshedHome, without: RefreshedHome) -> None:
    """Who is forgotten has still worked here: what was reported must not change because somebody asked to go."""
    assert differences(home.root, without.root) == {}


@pytest.mark.slow
def test_nothing_brings_the_forgotten_back(
    home: RefreshedHome, without: RefreshedHome, leaver: tuple[str, list[str]], tmp_path: Path
) -> None:
    """HR delivers its leavers again every week, and a lost warehouse is built again from kept files."""
    original = sorted((home.root / "deliveries").glob("*/person/*"))[-1]
    content = original.read_bytes()
    if original.name.endswith(".kept.zst"):
        with pa.input_stream(str(original), compression="zstd") as stream:
            content = stream.read()
    root = tmp_path / "home"
    shutil.copytree(without.root, root, symlinks=True)
    landing = root / "landing" / original.parent.parent.name / "person"
    landing.mkdir(parents=True, exist_ok=True)
    (landing / original.name.removesuffix(".kept.zst")).write_bytes(content)
    (root / "warehouse.duckdb").unlink()
    again = RefreshedHome(root)
    ended = again.refresh(AS_OF)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert differences(home.root, root) == {}
    assert places(root, leaver[1]) == []


def test_an_interrupted_forgetting_is_finished(
    home: RefreshedHome, leaver: tuple[str, list[str]], tmp_path: Path
) -> None:
    """Killed between the list and raw, the next landing must not take the person for somebody new."""
    from itam.landing import land
    from itam.privacy.forget import identifiers

    root = tmp_path / "home"
    shutil.copytree(home.root, root, symlinks=True, ignore=shutil.ignore_patterns("published", "target", "logs"))
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        called = identifiers(connection, leaver[0])
    Forgotten.load(root).add(called)
    land(root)
    after = RefreshedHome(root)
    assert after.landed("select count(*) from raw.person where person_id = ?", [leaver[0]]) == [(0,)]
    counts = "select count(*), count(distinct row_id), count(distinct row_key) from raw.person"
    assert after.landed(counts) == home.landed(counts)


def test_raw_reads_as_if_the_rewritten_files_had_been_landed(without: RefreshedHome, tmp_path: Path) -> None:
    """The log of a feed is what its files say: a rebuild must not find another history than the one in place."""
    from itam.feeds import load_feeds
    from itam.landing import land

    root = tmp_path / "home"
    root.mkdir()
    for name in ("deliveries", "secret.key", "forgotten.csv"):
        source = without.root / name
        shutil.copytree(source, root / name) if source.is_dir() else shutil.copy(source, root)
    land(root)
    rebuilt = RefreshedHome(root)
    for feed in load_feeds().values():
        tables = [f"raw.{feed.name}", *([f"raw.{feed.name}_sightings"] if feed.observed else [])]
        for table in tables:
            query = f"select * exclude (row_id) from {table} order by all"
            assert rebuilt.landed(query) == without.landed(query), table


def test_nobody_is_forgotten_by_mistake(home: RefreshedHome) -> None:
    """A typing error must not put a surrogate on the list for good."""
    answer = itam(home.root, "forget", "E999999")
    assert answer.returncode == 1
    assert answer.stderr == "Nobody with the person_id 'E999999' was ever delivered.\n"
    assert not (home.root / "forgotten.csv").exists()
