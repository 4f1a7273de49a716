"""Superset itself: the dashboard of bi/superset/export, imported and asked over the API."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from itam.home import PROJECT_DIR, Home
from tests.bi.conftest import Superset

EXPORT = PROJECT_DIR / "bi" / "superset" / "export"
LOCKED_OUT = [
    "select * from read_csv('/etc/hostname')",
    "select * from read_text('/etc/hostname')",
    "select * from '/etc/hostname'",
    "select * from read_parquet('/tmp/*.parquet')",
    "attach '/tmp/other.duckdb' as other",
    "copy (select 1) to '/tmp/itam_superset_test.csv'",
    "install httpfs",
    "load httpfs",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "create table marts.mine as select 1",
    "delete from marts.kpi_results",
]
REFUSED = re.compile(
    r"disabled (by|through) configuration|configuration has been locked|does not allow for DDL/DML"
    r"|Table with name /etc/hostname does not exist"
)


def published(home: Home, query: str) -> list[tuple[Any, ...]]:
    """What the published file itself says."""
    with duckdb.connect(str(home.link.resolve()), read_only=True) as con:
        return con.execute(query).fetchall()


def charts(superset: Superset) -> dict[str, int]:
    """Names and ids of the charts on the dashboard."""
    return {chart["slice_name"]: chart["id"] for chart in superset.call("GET", "dashboard/itam-cio/charts")["result"]}


def data(superset: Superset, chart: str) -> list[dict[str, Any]]:
    """The rows that a chart draws."""
    answer = superset.call("GET", f"chart/{charts(superset)[chart]}/data/")
    assert "http" not in answer, answer
    rows: list[dict[str, Any]] = answer["result"][0]["data"]
    return rows


def test_every_chart_of_the_dashboard_finds_its_data(superset: Superset) -> None:
    """A dashboard that was exported from other columns opens with a row of error signs."""
    names = charts(superset)
    assert len(names) == len(list((EXPORT / "charts").glob("*.yaml")))
    assert [name for name in names if not data(superset, name)] == []


def test_the_headlines_are_those_of_the_mart(superset: Superset) -> None:
    """Superset between the mart and the CIO must not change a number or lose a line."""
    expected = published(
        superset.home,
        "select name, value_text, rag, exceptions from marts.mart_cio where tier = 'top_ten'"
        " and as_of_date = (select max(as_of_date) from marts.mart_cio) order by page_order",
    )
    drawn = [(row["name"], row["value_text"], row["rag"], row["exceptions"]) for row in data(superset, "Headline KPIs")]
    assert drawn == expected


def test_a_slice_is_the_value_of_that_slice(superset: Superset) -> None:
    """Numerators and denominators are added, rates never: else departments do not agree with the scorecard."""
    expected = published(
        superset.home,
        "select dim_value, value from marts.kpi_results where kpi_id = 'patch_compliance_rate'"
        " and dim_type = 'department' and as_of_date = (select max(as_of_date) from marts.kpi_results)",
    )
    drawn = {row["dim_value"]: row["Value"] for row in data(superset, "By department")}
    assert drawn == pytest.approx(dict(expected))


def test_money_is_counted_once(superset: Superset) -> None:
    """Two KPIs that talk of the same euro must not make two of it."""
    ((expected,),) = published(superset.home, "select sum(amount)::double from marts.mart_value_at_stake")
    assert data(superset, "Money at stake") == [{"Money at stake": pytest.approx(expected)}]


def test_a_sum_of_money_arrives_to_its_last_digit(superset: Superset) -> None:
    """A sum that is off by a cent starts a search through the ledger."""
    query = "select sum(share_amount_base) as total from marts.fct_costs"
    ((expected,),) = published(superset.home, query)
    ((total,),) = (row.values() for row in superset.sql(query)["data"])
    assert Decimal(repr(total)) == expected


@pytest.mark.parametrize("statement", LOCKED_OUT)
def test_sql_lab_reaches_nothing_but_the_marts(superset: Superset, statement: str) -> None:
    """Whoever may write SQL in Superset would else read every file that the server reads."""
    assert superset.sql("select 42 as answer")["data"] == [{"answer": 42}]
    assert REFUSED.search(superset.sql(statement)["said"])
    assert not Path("/tmp/itam_superset_test.csv").exists()


def test_another_entry_for_the_file_is_locked_as_well(superset: Superset) -> None:
    """An administrator adds the file a second time and does not know of the settings."""
    made = superset.call(
        "POST",
        "database/",
        {"database_name": "plain", "sqlalchemy_uri": f"duckdb:///{superset.home.link}", "expose_in_sqllab": True},
    )
    assert superset.sql("select count(*) as n from marts.kpi_catalog", made["id"])["data"][0]["n"] > 0
    for statement in LOCKED_OUT:
        assert REFUSED.search(superset.sql(statement, made["id"])["said"]), statement


def test_the_next_refresh_is_seen_at_once(superset: Superset) -> None:
    """A Superset that is started once and runs for months must not show the day on which it was started."""
    home = superset.home
    before = home.link.resolve()
    after = before.with_name("itam_20990101T000000000000Z.duckdb")
    after.write_bytes(before.read_bytes())
    with duckdb.connect(str(after)) as con:
        con.execute("update marts.kpi_catalog set name = 'Renamed' where kpi_id = 'tco_per_asset'")
    query = "select name from marts.kpi_catalog where kpi_id = 'tco_per_asset'"
    assert superset.sql(query)["data"] == [{"name": "TCO per asset"}]
    fresh = home.link.with_name("fresh")
    fresh.symlink_to(Path("versions") / after.name)
    fresh.replace(home.link)
    try:
        assert superset.sql(query)["data"] == [{"name": "Renamed"}]
    finally:
        fresh.symlink_to(Path("versions") / before.name)
        fresh.replace(home.link)


def test_the_export_goes_in_by_the_menu_as_well(superset: Superset) -> None:
    """Most who want the dashboard have a Superset already: there it is a zip that somebody uploads."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        for path in sorted(EXPORT.rglob("*.yaml")):
            text = path.read_text(encoding="utf-8").replace("ITAM_PUBLISHED", str(superset.home.link))
            bundle.writestr(f"export/{path.relative_to(EXPORT).as_posix()}", text)
    part = (
        b'--b\r\nContent-Disposition: form-data; name="formData"; filename="itam.zip"\r\n'
        b"Content-Type: application/zip\r\n\r\n" + file.getvalue() + b"\r\n--b\r\n"
        b'Content-Disposition: form-data; name="overwrite"\r\n\r\ntrue\r\n--b--\r\n'
    )
    answer = superset.call("POST", "dashboard/import/", raw=("multipart/form-data; boundary=b", part))
    assert answer == {"message": "OK"}


def test_the_export_names_nobodys_machine() -> None:
    """A path of somebody else's disk in an export is an error message on everybody else's."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(EXPORT.rglob("*.yaml")))
    assert "sqlalchemy_uri: duckdb:///ITAM_PUBLISHED\n" in text
    assert [word for word in ("/tmp", "/home", "/work", "/srv", "/Users") if word in text] == []


def test_keys_and_passwords_are_its_own_and_private(superset: Superset) -> None:
    """A key that stands in a repository opens every session that was ever signed with it."""
    for name in ("secret_key", "admin_password", "superset.db"):
        assert stat.S_IMODE((superset.state / name).stat().st_mode) == 0o600
    command = Path(f"/proc/{superset.process.pid}/cmdline").read_bytes()
    for name in ("secret_key", "admin_password"):
        secret = (superset.state / name).read_bytes()
        assert len(secret) > 40
        assert secret not in command
        assert secret not in (superset.state / "superset.log").read_bytes()


def test_it_listens_on_this_machine_only(superset: Superset) -> None:
    """An administrator's password over plain HTTP has no business on a network."""
    children = Path(f"/proc/{superset.process.pid}/task/{superset.process.pid}/children").read_text().split()
    sockets = {
        str(link.readlink())
        for pid in [str(superset.process.pid), *children]
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if link.is_symlink() and "socket" in str(link.readlink())
    }
    listening = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and f"socket:[{line.split()[9]}]" in sockets
    ]
    assert {line[1].partition(":")[0] for line in listening} == {"0100007F"}
