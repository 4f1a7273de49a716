"""A disk that is full, may not be written, or holds a file that may not be read."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from itam.home import Home
from itam.publishing import read
from tests.python.faults.conftest import ROOT, Disk, fill, light, run, values
from tests.python.landing.conftest import Landed, assets

DAYS = ["2026-06-01T020000Z", "2026-06-08T020000Z"]


def register(rows: int) -> str:
    """A register whose rows do not compress."""
    chance = random.Random(1)
    text = [f"A{n},laptop,in use,{chance.randbytes(60).hex()}" for n in range(rows)]
    return "asset_id,asset_class,status,model\n" + "\n".join(text) + "\n"


@pytest.mark.parametrize("left", [1 << 20, 4 << 20, 6 << 20])
def test_a_disk_that_fills_up_while_landing(disk: Disk, left: int) -> None:
    """A full disk is no fault of the delivery: nothing is quarantined, nothing half written, a rerun takes it all."""
    place = disk(40)
    landed = Landed(place / "home")
    landed.deliver(f"{DAYS[0]}.csv", assets([("A", "in use")]))
    assert run("itam.landing", "--home", landed.home).returncode == 0
    before = landed.raw()
    landed.deliver(f"{DAYS[1]}.csv", register(30_000))
    filler = fill(place, left)
    failed = run("itam.landing", "--home", landed.home)
    assert failed.returncode == 1, failed.stdout
    assert "Traceback" not in failed.stderr
    assert "disk" in failed.stderr or "space" in failed.stderr
    filler.unlink()
    assert {k: v for k, v in landed.raw().items() if k in before} == before or landed.rows(
        "select status from raw.deliveries"
    ) == [("accepted",), ("accepted",)]
    again = run("itam.landing", "--home", landed.home)
    assert again.returncode == 0, again.stderr
    assert landed.rows("select status, rows_accepted from raw.deliveries order by extracted_at") == [
        ("accepted", 1),
        ("accepted", 30_000),
    ]
    assert [path for path in (landed.home / "landing").rglob("*") if path.is_file()] == []
    assert list((landed.home / "deliveries").rglob("*.part")) == []


PLACES = {
    "build": "itam.refresh:build:before",
    "gate": "itam.quality.ledger:record_checks:before",
    "copy": "itam.publishing.publish:write_version:before",
    "swap": "itam.publishing.publish:swap_in:before",
    "status": "itam.publishing.status:write:before",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_disk_that_fills_up_later(disk: Disk, place: str) -> None:
    """Readers keep the last good marts, the run says that the disk is full, and with room again all goes on."""
    small = disk(40)
    home = Home(small / "home")
    assert light(home, 4).returncode == 0
    failed = light(home, 6, f"full@{PLACES[place]}")
    assert "Traceback" not in failed.stderr, failed.stderr
    if place in ("build", "gate", "copy"):
        assert failed.returncode == 1, failed.stdout
        assert "disk is full" in failed.stdout.splitlines()[-1]
        assert values(home) == [(0.5,)]
    assert values(home) in ([(0.5,)], [(0.75,)])
    (small / "filler").unlink()
    assert light(home, 6).returncode == 0
    assert values(home) == [(0.75,)]
    with read.open_status(home) as status:
        assert status.execute("select outcome from runs order by refresh_id desc limit 1").fetchall() == [
            ("published",)
        ]
    assert not [path for path in home.versions.iterdir() if path.name.startswith(".")]


def test_a_home_that_may_not_be_written(disk: Disk) -> None:
    """One sentence, exit 1, and readers go on reading."""
    place = disk(40)
    home = Home(place / "home")
    assert light(home, 4).returncode == 0
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    failed = run("itam.cli.main", "refresh", "--home", home.root)
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1
    assert "ead-only" in failed.stderr
    assert values(home) == [(0.5,)]
    subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
    assert light(home, 6).returncode == 0


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """One file without permission waits and is told; everything beside it lands, and it lands when it may be read."""
    landed = Landed(tmp_path / "home")
    closed = landed.deliver(f"{DAYS[0]}.csv", assets([("A", "in use")]))
    landed.deliver(f"{DAYS[0]}.csv", "person_id,spell_no,hire_date\np,1,2020-01-01\n", source="hr", feed="person")
    closed.chmod(0)
    command = [sys.executable, "-m", "itam.landing", "--home", str(landed.home)]
    if os.geteuid() == 0:  # root may read everything: give that up
        if shutil.which("setpriv") is None:
            pytest.skip("root reads every file, and there is no setpriv to give that up")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{closed} cannot be read: Permission denied" in done.stdout
    assert landed.rows("select feed, status from raw.deliveries") == [("person", "accepted")]
    assert closed.exists()
    closed.chmod(0o644)
    landed.land()
    assert landed.rows("select feed, status from raw.deliveries order by 1") == [
        ("hardware_asset", "accepted"),
        ("person", "accepted"),
    ]
