"""What the fault tests share: a small disk of their own, and a refresh in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from itam.home import Home
from itam.publishing import read

ROOT = Path(__file__).resolve().parents[3]
Disk = Callable[[int], Path]


def run(module: str, *arguments: object, timeout: int = 300) -> subprocess.CompletedProcess[str]:
    """Run a module of the project to its end."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=timeout)


def light(home: Home, numerator: int, fault: str = "") -> subprocess.CompletedProcess[str]:
    """A refresh that publishes `numerator` / 8 everywhere, without landing and dbt."""
    return run("tests.python.faults.light", home.root, numerator, *([fault] if fault else []))


def values(home: Home) -> list[tuple[Any, ...]]:
    """The values that readers see."""
    with read.open_marts(home) as con:
        return con.execute("select distinct value from kpi_results").fetchall()


def fill(place: Path, leave: int = 0) -> Path:
    """Use up the disk, but for some bytes."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while stream.write(b"\0" * (1 << 16)):
                pass
        except OSError:
            pass
        if leave:
            stream.truncate(max(stream.tell() - leave, 0))
    return filler


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Makes disks of some megabytes; a test that needs one is skipped where nothing may be mounted."""
    mounted: list[Path] = []

    def make(megabytes: int) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            pytest.skip("there is no mount here, so no small disk")
        if done.returncode != 0:
            pytest.skip(f"no small disk: {done.stderr.strip()}")
        mounted.append(place)
        return place

    yield make
    for place in mounted:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
