"""`make up` as an operator lives with it: it starts, is killed in the middle of a refresh, starts again, stops."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import filelock
import pytest

from itam.home import PROJECT_DIR, Home
from itam.sample import write_sample

pytestmark = pytest.mark.slow

LONGEST_SECONDS = 420


class Up:
    """The processes of one start."""

    def __init__(self, home: Home) -> None:
        with socket.socket() as one, socket.socket() as two:
            for free in (one, two):
                free.bind(("127.0.0.1", 0))
            self.ports = one.getsockname()[1], two.getsockname()[1]
        command = [sys.executable, "-m", "orchestration.up", "--home", str(home.root)]
        command += ["--port", str(self.ports[0]), "--health-port", str(self.ports[1])]
        self.log = (home.root.parent / "up.log").open("ab")
        self.process = subprocess.Popen(command, cwd=PROJECT_DIR, stdout=self.log, stderr=subprocess.STDOUT)

    def all_processes(self) -> set[int]:
        """It and everything it has started, directly or not."""
        parents = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    stat = (folder / "stat").read_text(encoding="ascii", errors="replace")
                except OSError:
                    continue
                parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found

    def kill(self) -> None:
        """Pull the plug."""
        for pid in self.all_processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()
        self.log.close()

    def stop(self) -> int:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(120)
        self.log.close()
        return code

    def health(self) -> dict[str, object]:
        """What a monitor reads."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[1]}/health", timeout=10) as answer:
            said: dict[str, object] = json.loads(answer.read())
        return said


def wait_until(condition: Callable[[], object]) -> None:
    """Until something holds."""
    until = time.monotonic() + LONGEST_SECONDS
    while not condition():
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.5)


def is_held(home: Home) -> bool:
    """Whether a refresh is under way."""
    lock = filelock.FileLock(home.lock)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return True
    lock.release()
    return False


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A sample organisation whose deliveries lie there."""
    made = Home(tmp_path / "home")
    made.create()
    write_sample(made.root, assets=30, as_of=date(2026, 6, 30), seed=1, weeks=4)
    return made


def test_a_machine_that_stops_in_the_middle_loses_nothing(home: Home) -> None:
    """The plug is pulled during the first refresh; after the next start everything is published, once, by itself."""
    first = Up(home)
    wait_until(lambda: home.warehouse.exists() and is_held(home))
    time.sleep(8)
    first.kill()
    assert not home.link.exists()

    second = Up(home)
    wait_until(home.link.exists)
    wait_until(lambda: not is_held(home))
    assert second.health()["outcome"] == "published"
    left = second.all_processes()
    assert second.stop() == 0
    assert [pid for pid in left if Path(f"/proc/{pid}").exists() and not _is_ending(pid)] == []

    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        runs = [
            outcome for (outcome,) in con.execute("select outcome from quality.runs order by refresh_id").fetchall()
        ]
        twice = con.execute(
            "select delivery from quality.arrivals group by delivery having count(distinct content) > 1 or count(*) > 2"
        ).fetchall()
    assert runs[-1] == "published"
    assert set(runs[:-1]) <= {"failed"}
    assert twice == []
    assert not [path for path in (home.landing).glob("*/*/*") if path.is_file()]


def _is_ending(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
