"""The recipes of docs/connect/postgresql.md, run as they stand there by the clients themselves, over TLS."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from itam.home import PROJECT_DIR, Home
from itam.publishing.postgresql import copy
from tests.python.connect.postgres.server import Server

PAGE = (PROJECT_DIR / "docs" / "connect" / "postgresql.md").read_text(encoding="utf-8")
JDBC = Path("/usr/share/java/postgresql.jar")
ODBC = "select kpi_id, numerator, denominator from marts.kpi_results where dim_type = 'all'\n"
DENOMINATOR = "12345678901234567890123456789012.123456"


@pytest.fixture
def reader(database: Server, home: Home) -> Server:
    """A server with marts, and ann who is a CIO."""
    copy(home, database.url("publisher"))
    database.ask("grant itam_cio to ann")
    return database


def recipe(language: str, server: Server, folder: Path) -> str:
    """A block of the page, for this server."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)
    authority = folder / "authority.crt"
    authority.write_bytes((server.folder / "data" / "server.crt").read_bytes())
    for there, here in {
        "db.example.org": "localhost",
        "5432": str(server.port),
        "/etc/ssl/itam-ca.crt": str(authority),
    }.items():
        assert there in block
        block = block.replace(there, here)
    return str(block)


def environment(server: Server, **more: str) -> dict[str, str]:
    """What a client is started with: the password, and nothing else that libpq reads."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return {**mine, "LC_ALL": "C.UTF-8", "PGPASSWORD": server.environment("ann")["PGPASSWORD"], **more}


def run(server: Server, *command: str | Path, given: str = "", **more: str) -> str:
    """What a client prints."""
    done = subprocess.run(
        [*map(str, command)],
        env=environment(server, **more),
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_psql(reader: Server, tmp_path: Path) -> None:
    """The first thing that anybody tries."""
    told = run(reader, "bash", "-c", recipe("bash", reader, tmp_path))
    assert told.count("patch_compliance_rate") == 5
    assert DENOMINATOR in told
    assert "shelfware_pct" not in told


def test_psycopg(reader: Server, tmp_path: Path, need: Callable[[str], None]) -> None:
    """Notebooks and scripts get decimals as decimals."""
    if importlib.util.find_spec("psycopg") is None:
        need("no psycopg here: make connect")
    told = run(reader, sys.executable, "-c", recipe("python", reader, tmp_path)).splitlines()
    assert told[0] == f"2026-06-30 1.000000 {DENOMINATOR} 0.3333333333333333"
    assert len(told) == 5


def test_jdbc(reader: Server, tmp_path: Path, need: Callable[[str], None]) -> None:
    """Tableau, Metabase, DBeaver and Looker Studio speak by this driver."""
    if not JDBC.exists() or shutil.which("java") is None:
        need("no PgJDBC here: apt-get install libpostgresql-jdbc-java default-jre-headless")
    program = tmp_path / "Marts.java"
    program.write_text(recipe("java", reader, tmp_path), encoding="utf-8")
    told = run(reader, "java", "-XX:TieredStopAtLevel=1", "-cp", JDBC, program).splitlines()
    assert told == [f"patch_compliance_rate 1.000000 {DENOMINATOR}"] * 5


def test_odbc(reader: Server, tmp_path: Path, need: Callable[[str], None]) -> None:
    """Excel and Power BI on older machines speak by this driver."""
    drivers = shutil.which("odbcinst") and subprocess.run(
        ["odbcinst", "-q", "-d"], capture_output=True, text=True, check=False
    )
    if not drivers or "[PostgreSQL Unicode]" not in drivers.stdout or shutil.which("isql") is None:
        need("no psqlODBC here: apt-get install odbc-postgresql unixodbc")
    sources = tmp_path / "odbc.ini"
    sources.write_text(recipe("ini", reader, tmp_path), encoding="utf-8")
    told = run(reader, "isql", "itam", "ann", "-b", "-d|", given=ODBC, ODBCINI=str(sources)).splitlines()
    assert told.count(f"patch_compliance_rate|1.000000|{DENOMINATOR}") == 50
    refused = subprocess.run(
        ["isql", "itam", "ann", "-b"],
        input="delete from marts.mart_cio\n",
        env=environment(reader, ODBCINI=str(sources)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ERROR" in refused.stdout + refused.stderr
