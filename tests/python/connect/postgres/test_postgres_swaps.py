"""Readers ask without a pause while versions are swapped: no error, and no picture of two versions."""

from __future__ import annotations

import subprocess
import threading
import time
from dataclasses import dataclass, field

import pytest

from itam.home import Home
from itam.publishing import postgresql, publish
from tests.python.connect.postgres.organisation import publish_version, refresh_id
from tests.python.connect.postgres.server import Server

PICTURE = """
select (select string_agg(distinct numerator::int::text, ' ') from marts.kpi_results),
    (select string_agg(distinct purchase_cost::int::text, ' ') from marts.dim_asset),
    (select count(*) from marts.kpi_results);
"""
"""Two tables of one version in one statement: the version by one, by the other, and the rows."""


@dataclass
class Reader:
    """A psql that stays connected, as a BI tool's pool does."""

    server: Server
    seen: list[str] = field(default_factory=list)
    errors: str = ""

    def read(self, done: threading.Event) -> None:
        """Ask until it is done; an error ends psql and is kept."""
        script = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        pipe = subprocess.PIPE
        environment = self.server.environment("cem")
        with subprocess.Popen(script, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as psql:
            assert psql.stdin is not None
            assert psql.stdout is not None
            assert psql.stderr is not None
            while not done.is_set():
                psql.stdin.write(PICTURE)
                psql.stdin.flush()
                line = psql.stdout.readline()
                if not line:
                    break
                self.seen.append(line.strip())
                time.sleep(0.002)
            psql.stdin.close()
            self.errors = psql.stderr.read()


@pytest.mark.parametrize(
    ("number", "swaps"), [(4, 4), pytest.param(16, 20, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_readers_while_versions_are_swapped_in(database: Server, home: Home, number: int, swaps: int) -> None:
    """A wall of dashboards must not notice that there is something new, but for the numbers."""
    url = database.url("publisher")
    publish_version(home, 2)
    postgresql.copy(home, url)
    database.ask("grant itam_all to cem")
    readers = [Reader(database) for _ in range(number)]
    done = threading.Event()
    threads = [threading.Thread(target=reader.read, args=(done,)) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        while not all(reader.seen or reader.errors for reader in readers):
            time.sleep(0.05)
        for swap in range(swaps):
            publish.swap_in(home, refresh_id(1 + swap % 2))
            assert "; " not in postgresql.copy(home, url)  # nothing is left behind
    finally:
        done.set()
        for thread in threads:
            thread.join(60)
    assert [reader.errors for reader in readers if reader.errors] == []
    pictures = {picture for reader in readers for picture in reader.seen}
    assert pictures == {"1|1|400", "2|2|400"}
    for reader in readers:
        changes = sum(one != other for one, other in zip(reader.seen, reader.seen[1:], strict=False))
        assert changes == swaps


@pytest.mark.slow
def test_a_report_that_takes_its_time_ends_on_the_version_it_began_with(database: Server, home: Home) -> None:
    """A long query neither fails nor keeps the others from what is new."""
    url = database.url("publisher")
    postgresql.copy(home, url)
    database.ask("grant itam_all to cem")
    pipe = subprocess.PIPE
    script = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
    slow = subprocess.Popen(script, env=database.environment("cem"), stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert slow.stdin is not None
    assert slow.stdout is not None
    slow.stdin.write("begin; declare c cursor for select value from marts.mart_cio; fetch 1 from c;\n")
    slow.stdin.flush()
    assert slow.stdout.readline().strip() == "1"
    publish_version(home, 2)
    assert postgresql.copy(home, url).endswith("is still there: somebody reads it")
    assert database.ask("select distinct value from marts.mart_cio", "cem") == "2"
    rest, errors = slow.communicate("fetch 1 from c; commit;\n")
    assert (rest.strip(), errors) == ("1", "")
    assert "already there" in postgresql.copy(home, url)
