"""The comparison with PostgreSQL: a server is started, filled, asked and gone.

Here: that both are asked the same and answer the same. Not here: which is quicker; a ratio is read, never asserted.
"""

from __future__ import annotations

import os
import pwd
from datetime import date
from pathlib import Path

import pytest

from benchmarks import postgresql
from tests.python.sample_home import published_sample


def missing() -> str | None:
    """What this machine lacks."""
    if postgresql.programs() is None:
        return "no PostgreSQL server here: apt-get install postgresql"
    if os.geteuid() == 0 and postgresql.OWNER not in {entry.pw_name for entry in pwd.getpwall()}:
        return "PostgreSQL does not run as root, and there is no user postgres"
    return None


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_both_engines_are_asked_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A ratio of two different questions, or of two different answers, is worth nothing: differing numbers end it."""
    place = postgresql.programs()
    assert place is not None
    home = published_sample(tmp_path_factory).root
    with postgresql.server(place) as (address, pid):
        folder = Path(address.split()[0].removeprefix("host="))
        assert folder.exists()
        results = postgresql.compare(home, address, pid, date(2026, 6, 30))
        assert postgresql.processor_seconds(pid) > 0
    assert not folder.exists()
    assert results["rows"] > 1000
    assert all(value > 0 for name, value in results["seconds"].items() if name.startswith("query"))


def test_without_a_server_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A machine without PostgreSQL is told so in a sentence, and nothing fails."""
    monkeypatch.setattr(postgresql, "programs", lambda: None)
    monkeypatch.setattr("sys.argv", ["postgresql", "--home", str(tmp_path)])
    postgresql.main()
    assert capsys.readouterr().err == "No PostgreSQL here, nothing to compare with: apt-get install postgresql.\n"
