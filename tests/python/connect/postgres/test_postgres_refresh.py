"""A refresh that also copies to PostgreSQL: what an operator is told; publishing here does not depend on it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from itam import health
from itam.alerts import states
from itam.home import PROJECT_DIR, Home
from itam.publishing import postgresql
from itam.publishing.read import open_marts, open_status
from itam.refresh import NOT_COPIED, utc_now
from tests.python.connect.postgres.organisation import published, settings
from tests.python.connect.postgres.server import WORD, Server
from tests.python.refreshed_home import ITAM


def test_a_server_that_is_not_there_is_told_and_takes_nothing_away(tmp_path: Path) -> None:
    """A database that is down must not keep the numbers from anybody else, and must not go unnoticed."""
    home = Home(tmp_path / "home")
    home.create()
    settings(home, "publish: {to: 'postgresql://publisher@127.0.0.1:1/itam'}")
    script = [sys.executable, "-m", "tests.python.publishing.killed", str(home.root), "4"]
    done = subprocess.run(script, capture_output=True, text=True, check=False, cwd=PROJECT_DIR)
    assert done.returncode == NOT_COPIED, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("published: as of 2026-06-30, ")
    assert "the copy failed, readers there keep what they had: postgresql://127.0.0.1:1/itam: " in line
    with closing(open_marts(home)) as con:
        assert con.execute("select distinct value from kpi_results").fetchall() == [(0.5,)]
    with closing(open_status(home)) as con:
        assert con.execute("select outcome from runs").fetchall() == [("published",)]
        told = con.execute("select outcome, severity, observed from quality_gate_log where check_id like 'copy:%'")
        ((outcome, severity, observed),) = told.fetchall()
    assert (outcome, severity) == ("failed", "warn")
    assert "Connection refused" in observed
    assert any("the copy failed" in text for text in health.check(home, utc_now()).degraded)
    state = states.current(home, utc_now())["copy"]
    assert (state.level, state.kind) == ("failed", "refresh")
    assert "Connection refused" in state.facts[0]


@pytest.mark.slow
def test_every_published_table_of_a_refresh_arrives(
    database: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the small organisation of the other tests does not have, the sample has: every table, every type."""
    home = Home(tmp_path / "home")
    monkeypatch.setenv("PGPASSWORD", WORD)
    subprocess.run([ITAM, "sample", "--home", home.root, "--assets", "150", "--weeks", "20", "--quiet"], check=True)
    settings(home, f"publish: {{to: 'postgresql://publisher@127.0.0.1:{database.port}/itam'}}")
    done = subprocess.run([ITAM, "refresh", "--home", home.root], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "copied: as of " in done.stdout
    to = postgresql.target(database.url("publisher"))
    with postgresql.connected(to, published(home)) as con:
        tables = [table.name for table in postgresql.tables_of(con)]
        assert len(tables) > 45
        for table in tables:
            for one, other in (("version", "pg"), ("pg", "version")):
                difference = f"from {one}.marts.{table} except all from {other}.marts.{table}"
                assert con.execute(f"select count(*) from ({difference})").fetchall() == [(0,)], table
