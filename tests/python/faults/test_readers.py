"""Many readers in loops while refreshes publish: no error and no mixed picture, which a checksum table proves."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from itam.home import Home
from tests.python.faults.conftest import ROOT, run


def publish(home: Home, numerators: list[int]) -> None:
    """Publish one version after the other, by one process, each with its checksum table."""
    done = run("tests.python.faults.publisher", home.root, *numerators, timeout=1200)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("readers", "refreshes"), [(4, 5), pytest.param(24, 20, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_readers_in_loops(tmp_path: Path, readers: int, refreshes: int) -> None:
    """A wall of dashboards that polls all day never sees an error, half a version, or two versions at once."""
    home = Home(tmp_path / "home")
    publish(home, [1])
    script = [sys.executable, "-m", "tests.python.faults.reader", str(home.root)]
    started = [
        subprocess.Popen(
            [*script, "parquet" if number % 2 else "duckdb", str(number)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(readers)
    ]
    try:
        until = time.monotonic() + 300
        while len(list(home.root.glob("reading-*"))) < readers and time.monotonic() < until:
            time.sleep(0.05)
        publish(home, [1 + number % 8 for number in range(1, refreshes + 1)])
    finally:
        (home.root / "stop").touch()
        told = [reader.communicate(timeout=300)[0].strip() for reader in started]
    assert [text for reader, text in zip(started, told, strict=True) if reader.returncode != 0] == []
    pictures = [tuple(map(int, text.split())) for text in told]
    assert all(seen > 0 for seen, _ in pictures)
    assert max(versions for _, versions in pictures) > 1
