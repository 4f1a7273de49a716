"""`itam publish --to postgresql://…`: what arrives, who may read it, and what happens when it goes wrong."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from itam.errors import RefusedError
from itam.home import PROJECT_DIR, Home
from itam.publishing import postgresql
from itam.publishing.postgresql import CopyError, copy, target
from itam.settings import SettingsError, load_settings
from tests.python.connect.postgres import organisation
from tests.python.connect.postgres.organisation import TABLES, publish_version, settings
from tests.python.connect.postgres.server import WORD, Server

SCHEMAS = "select string_agg(nspname, ' ' order by nspname) from pg_namespace where nspname like 'marts%'"
DEPARTMENTS = """
publish:
  department_roles:
    itam_sales: {reads: it_ops, departments: [Sales]}
    itam_finance: {reads: finance, departments: ["R&D"]}
"""


def number(server: Server, user: str = "publisher") -> str:
    """The version that a reader gets."""
    return server.ask("select distinct value from marts.mart_cio", user)


def test_everything_arrives_exactly(database: Server, home: Home) -> None:
    """A cent lost on the way to a dashboard is found by an auditor, not by us."""
    told = copy(home, database.url("publisher"))
    tables = (*TABLES, "kpi_result_log", "quality_gate_log")
    assert told.startswith(f"as of 2026-06-30, {len(tables)} tables, ")
    assert WORD not in told
    to = target(database.url("publisher"))
    with postgresql.connected(to, organisation.published(home)) as con:
        for table in tables:
            here, there = f"version.marts.{table}", f"pg.marts.{table}"
            text = "replace(model, chr(0), '\ufffd') as model" if table == "dim_asset" else None
            mine = f"select * replace ({text}) from {here}" if text else f"from {here}"
            for one, other in ((mine, f"from {there}"), (f"from {there}", mine)):
                assert con.execute(f"select count(*) from ({one} except all {other})").fetchall() == [(0,)], table
    exact = "select min(denominator) || ' ' || pg_typeof(min(denominator)) from marts.kpi_results"
    assert database.ask(exact) == "12345678901234567890123456789012.123456 numeric"
    types = "select string_agg(format_type(atttypid, atttypmod), ', ' order by attnum) from pg_attribute"
    where = "where attrelid = 'marts.fct_costs'::regclass and attnum > 0"
    assert database.ask(f"{types} {where}") == (
        "character varying, character varying, numeric(38,12), bigint, double precision"
    )


def test_descriptions_and_indexes_come_along(database: Server, home: Home) -> None:
    """An analyst reads in the tool what a column means, and does not wait for a day of one KPI."""
    copy(home, database.url("publisher"))
    assert database.ask("select obj_description('marts.kpi_results'::regclass)") == (
        "Every KPI; it's one row per day and slice."
    )
    assert database.ask("select col_description('marts.kpi_results'::regclass, 7)") == "numerator / denominator"
    indexed = "select string_agg(indexdef, ';') from pg_indexes where schemaname = 'marts' and tablename = "
    assert "(kpi_id, as_of_date)" in database.ask(f"{indexed}'kpi_results'")
    assert "(asset_key)" in database.ask(f"{indexed}'fct_costs'")
    assert database.ask("select count(*) > 0 from pg_stats where schemaname = 'marts'") == "t"


def test_a_second_time_changes_nothing_and_a_new_version_replaces_the_old(database: Server, home: Home) -> None:
    """A scheduler that is nervous does no harm; tables that nobody reads any more do not pile up."""
    url = database.url("publisher")
    copy(home, url)
    before = database.ask("select 'marts.mart_cio'::regclass::oid")
    assert "already there" in copy(home, url)
    assert database.ask("select 'marts.mart_cio'::regclass::oid") == before
    publish_version(home, 2)
    copy(home, url)
    assert number(database) == "2"
    assert database.ask(SCHEMAS) == "marts"


def test_a_role_reads_its_tables_and_its_kpis_and_writes_nothing(database: Server, home: Home) -> None:
    """What a person does not see on the pages is not to be had by SQL."""
    copy(home, database.url("publisher"))
    database.ask(
        "grant itam_cio to ann; grant itam_finance to bob; grant itam_all to cem; grant itam_cio, itam_finance to dot"
    )
    kpis = "select string_agg(distinct kpi_id, ' ' order by kpi_id) from marts.kpi_results"
    both = "patch_compliance_rate shelfware_pct"
    expected = {"ann": "patch_compliance_rate", "bob": "shelfware_pct", "cem": both, "dot": both}
    assert {user: database.ask(kpis, user) for user in expected} == expected
    readable = (
        "select string_agg(relname, ' ' order by relname) from pg_class where relnamespace = 'marts'::regnamespace"
    )
    readable += " and relkind = 'r' and relname ~ '^(mart_|fct_|dim_a)' and has_table_privilege(oid, 'select')"
    assert {user: database.ask(readable, user) for user in expected} == {
        "ann": "mart_cio",
        "bob": "dim_asset fct_costs mart_finance",
        "cem": "dim_asset fct_costs mart_cio mart_finance mart_it_ops",
        "dot": "dim_asset fct_costs mart_cio mart_finance",
    }
    assert "permission denied" in database.psql("select * from marts.mart_finance", "ann").stderr
    for statement in ("delete from marts.mart_cio", "create table marts.t (x int)", "drop table marts.mart_cio"):
        assert database.psql(statement, "cem").returncode != 0, statement
    assert database.ask("select count(*) from marts.quality_gate_log", "ann") == "1"


def test_a_department_sees_itself(database: Server, home: Home) -> None:
    """The head of Sales learns what Sales has to do, and nothing about the others, not even their sum."""
    settings(home, DEPARTMENTS)
    copy(home, database.url("publisher"))
    database.ask("grant itam_sales to ann; grant itam_finance to bob; grant itam_it_ops to cem")
    slices = "select string_agg(distinct dim_type || ' ' || dim_value, ', ') from marts.kpi_results"
    assert database.ask(slices, "ann") == "department Sales"
    assert database.ask(slices, "bob") == "department R&D"
    assert "all all" in database.ask(slices, "cem")
    assert (
        database.ask("select string_agg(distinct department, ', '), count(*) from marts.dim_asset", "ann") == "Sales|34"
    )
    assert database.ask("select count(*) from marts.kpi_exceptions where department is null", "ann") == "0"
    assert database.ask("select count(*) > 0 from marts.kpi_catalog", "ann") == "t"
    for table in ("kpi_scorecard", "mart_it_ops", "quality_gate_log"):  # numbers of the whole organisation
        assert "permission denied" in database.psql(f"select * from marts.{table}", "ann").stderr, table


def test_rights_follow_the_settings(database: Server, home: Home) -> None:
    """A right that was taken away is gone with the next copy, of the same version too."""
    settings(home, DEPARTMENTS)
    copy(home, database.url("publisher"))
    database.ask("grant itam_sales to ann")
    assert database.psql("select count(*) from marts.kpi_results", "ann").returncode == 0
    settings(home, "")
    assert "already there" not in copy(home, database.url("publisher"))
    assert "permission denied" in database.psql("select count(*) from marts.kpi_results", "ann").stderr


KILL = """
import os, signal, sys
from pathlib import Path
from itam.home import Home
from itam.publishing import postgresql
point, left = sys.argv[3], [int(sys.argv[4])]
original = getattr(postgresql, point)
def dying(*args):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*args)
setattr(postgresql, point, dying)
postgresql.copy(Home(Path(sys.argv[1])), sys.argv[2])
"""


@pytest.mark.parametrize(
    ("point", "times", "left"),
    [
        pytest.param("missing_roles", 1, "1", id="before anything"),
        pytest.param("tell", 2, "1", id="all tables are filled"),
        pytest.param("inside", 1, "1", id="before the swap"),
        pytest.param("tell", 4, "1", id="the old schema is renamed"),
        pytest.param("tidy", 1, "2", id="after the swap"),
    ],
)
def test_killed_anywhere_readers_have_a_whole_schema(
    database: Server, home: Home, point: str, times: int, left: str
) -> None:
    """A machine that stops while it copies must not leave a dashboard without a table."""
    url = database.url("publisher")
    copy(home, url)
    publish_version(home, 2)
    script = [sys.executable, "-c", KILL, str(home.root), url, point, str(times)]
    killed = subprocess.run(script, capture_output=True, text=True, check=False, cwd=PROJECT_DIR)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert number(database) == left
    assert database.ask("select count(distinct value), count(*) from marts.mart_it_ops", "publisher") == "1|2"
    copy(home, url)
    assert number(database) == "2"
    assert database.ask(SCHEMAS) == "marts"


def test_a_schema_of_somebody_else_is_left_alone(database: Server, home: Home) -> None:
    """A database may have marts of its own."""
    database.ask("create schema marts; create table marts.mine (x int)", "publisher")
    with pytest.raises(RefusedError, match="was not made by `itam publish`"):
        copy(home, database.url("publisher"))
    assert database.ask("select count(*) from marts.mine", "publisher") == "0"


def test_who_may_not_create_roles_is_told_what_to_ask_for(database: Server, home: Home) -> None:
    """A publisher with few rights is good practice, so it must be easy."""
    database.ask("grant create on database itam to ann")
    with pytest.raises(RefusedError, match="create role itam_cio nologin;") as refused:
        copy(home, database.url("ann"))
    database.ask(str(refused.value).partition("run once: ")[2])
    assert "tables" in copy(home, database.url("ann"))


def test_a_view_on_the_marts_is_not_dropped_with_them(database: Server, home: Home) -> None:
    """An analyst's work is not ours to delete; that it shows old numbers has to be said."""
    url = database.url("publisher")
    copy(home, url)
    database.ask("create view public.mine as select value from marts.mart_cio", "publisher")
    publish_version(home, 2)
    assert "is still there: cannot drop" in copy(home, url)
    assert number(database) == "2"
    assert database.ask("select distinct value from public.mine", "publisher") == "1"
    database.ask("drop view public.mine", "publisher")
    publish_version(home, 3)
    copy(home, url)
    assert database.ask(SCHEMAS) == "marts"


def test_a_second_copy_at_once_steps_back(database: Server, home: Home) -> None:
    """A scheduler and a person at the same minute must not both rename."""
    held = subprocess.Popen(
        ["psql", "-X", "-q", "-A", "-t"],
        env=database.environment("publisher"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert held.stdin is not None
    assert held.stdout is not None
    print(f"select pg_try_advisory_lock({postgresql.LOCK});", file=held.stdin, flush=True)
    assert held.stdout.readline() == "t\n"
    with pytest.raises(RefusedError, match="under way"):
        copy(home, database.url("publisher"))
    held.communicate()
    copy(home, database.url("publisher"))


def test_a_password_is_never_shown(database: Server, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors end in logs and mails."""
    with pytest.raises(CopyError) as wrong:
        copy(home, database.url("publisher", word="verrat"))
    assert "password authentication failed" in str(wrong.value)
    assert "verrat" not in str(wrong.value)
    assert "verrat" not in repr(wrong.value.__cause__)
    monkeypatch.setenv("PGPASSWORD", WORD)
    copy(home, f"postgresql://publisher@127.0.0.1:{database.port}/itam")


def test_a_connection_is_encrypted_where_the_address_asks_for_it(
    database: Server, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What leaves the machine must not be read on the way, nor go to somebody who only says to be the server."""
    certificate = database.folder / "data" / "server.crt"
    readable = home.root / "server.crt"
    readable.write_bytes(certificate.read_bytes())
    where = f"postgresql://publisher@localhost:{database.port}/itam?sslmode=verify-full"
    monkeypatch.setenv("PGPASSWORD", WORD)
    with pytest.raises(CopyError, match="certificate"):
        copy(home, f"{where}&sslrootcert={certificate.with_name('nowhere.crt')}")
    copy(home, f"{where}&sslrootcert={readable}")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@db.example.com/itam",
        "postgresql://u@db.example.com/itam?sslmode=prefer",
        "postgresql://u@127.0.0.1,db.example.com/itam",
        "postgresql://u@localhost/itam?hostaddr=192.0.2.1",
        "postgresql:///itam?service=elsewhere",
    ],
)
def test_another_machine_without_encryption_is_refused(url: str) -> None:
    """Nobody should find out from a network trace that an option was missing."""
    with pytest.raises(RefusedError, match="sslmode=verify-full"):
        target(url, environment={})
    assert target(url, without_tls=True, environment={}).parameters["dbname"] == "itam"


def test_encryption_may_be_asked_for_by_the_environment() -> None:
    """Whoever sets libpq's variables for all programs need not say it again."""
    assert target("postgresql://u@db.example.com/itam", environment={"PGSSLMODE": "require"})
    with pytest.raises(RefusedError):
        target("postgresql:///itam", environment={"PGHOST": "db.example.com"})


def test_several_hosts_keep_their_ports() -> None:
    """A pair of servers is one address, as libpq reads it."""
    found = target("postgresql://u@localhost,127.0.0.1:5433/itam", environment={}).parameters
    assert (found["host"], found["port"]) == ("localhost,127.0.0.1", ",5433")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("postgresql://u@127.0.0.1:5433/itam", "127.0.0.1"),
        ("postgresql://u@[::1]/itam", "::1"),
        ("postgresql:///itam", None),
        ("postgres://u@%2Fvar%2Frun%2Fpostgresql/itam", "/var/run/postgresql"),
        ("postgresql://u@/itam?host=/tmp/x", "/tmp/x"),
    ],
)
def test_this_machine_needs_no_encryption(url: str, host: str | None) -> None:
    """A socket is as private as the machine."""
    assert target(url, environment={}).parameters.get("host") == host


@pytest.mark.parametrize(
    "url", ["mysql://u:geheim@h/d", "itam", "", "postgresql://u:geheim@h:port/d", "postgresql://h/d?x"]
)
def test_what_is_no_address_is_refused_without_repeating_it(url: str) -> None:
    """An address may hold a password."""
    with pytest.raises(RefusedError, match="must be like postgresql://") as refused:
        target(url, environment={})
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("publish: {to: 'postgresql://u:geheim@h/d'}", "no password in this file"),
        ("publish: {to: 'postgresql://u@h/d?password=geheim'}", "no password in this file"),
        ("publish: {department_roles: {sales: {reads: cio, departments: [Sales]}}}", "pattern"),
        ("publish: {department_roles: {itam_x: {reads: auditor, departments: [Sales]}}}", "reads"),
        ("publish: {department_roles: {itam_x: {reads: cio, departments: []}}}", "departments"),
        ("publish: {department_roles: {itam_all: {reads: cio, departments: [Sales]}}}", "itam_all reads everything"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(home: Home, text: str, why: str) -> None:
    """A typing error in a right is not found by the person who has too much of it."""
    settings(home, text)
    with pytest.raises(SettingsError, match=why) as refused:
        load_settings(home.root)
    assert "geheim" not in str(refused.value)


def test_the_extension_comes_from_its_package() -> None:
    """A warehouse behind a firewall downloads nothing."""
    with duckdb.connect(config=dict(postgresql.OFFLINE)) as con:
        con.execute(f"load '{postgresql.extension()}'")
        (found,) = con.execute(
            "select extension_name from duckdb_extensions() where loaded and extension_name like 'postgres%'"
        ).fetchall()
    assert found[0].startswith("postgres")
    assert Path(sys.prefix) in postgresql.extension().parents
