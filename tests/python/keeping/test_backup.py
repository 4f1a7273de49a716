"""A backup that cannot be restored is none: taken, restored elsewhere, held against what it came from."""

from __future__ import annotations

import os
import stat
import subprocess
import tarfile
import threading
import time
from pathlib import Path

import duckdb
import filelock
import pytest

from itam.backup import MANIFEST, BackupError, backup, restore
from itam.home import Home
from itam.privacy import key
from tests.python.refreshed_home import ITAM


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one of everything."""
    made = Home(tmp_path / "home")
    made.create()
    key.secret_key(made.root)
    with duckdb.connect(str(made.warehouse)) as con:
        con.execute("create schema raw; create table raw.person as select range as n from range(1000)")
    file = made.versions / "itam_1.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute("create schema marts; create table marts.kpi_results as select 1 as value")
    file.chmod(0o444)
    made.link.symlink_to(file.relative_to(made.published))
    for name in ("settings.yml", "alerts.yml", "forgotten.csv", "policy/kpi_targets.csv", "alerts/told.json"):
        path = made.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name, encoding="utf-8")
    for name in ("deliveries/hr/person/2026-06-30T010000Z.csv.kept.zst", "landing/hr/person/2026-07-01T010000Z.csv"):
        path = made.root / name
        path.parent.mkdir(parents=True)
        path.write_bytes(os.urandom(2000))
    (made.root / "dagster").mkdir()
    (made.root / "dagster" / "runs.db").write_text("not kept")
    (made.root / "landing" / "hr" / "person" / "x.csv.part").write_text("not kept")
    return made


def picture(home: Home) -> dict[str, tuple[int, bytes | str]]:
    """Every file with its mode and content."""
    left_out = ("backups", "dagster", "target", "tmp", ".refresh.lock")
    found: dict[str, tuple[int, bytes | str]] = {}
    for path in sorted(home.root.rglob("*")):
        name = path.relative_to(home.root).as_posix()
        if name.split("/")[0] in left_out or name.endswith(".part") or (path.is_dir() and not path.is_symlink()):
            continue
        said: bytes | str = str(path.readlink()) if path.is_symlink() else path.read_bytes()
        found[name] = (stat.S_IMODE(path.lstat().st_mode), said)
    return found


def test_what_is_restored_is_what_was_there(home: Home, tmp_path: Path) -> None:
    """After a fire there is one file: the organisation, its history, its key and its published numbers are in it."""
    before = picture(home)
    file = backup(home)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    there = Home(tmp_path / "elsewhere")
    said, aside = restore(file, there)
    assert aside is None
    assert picture(there) == before == picture(home)
    assert said.rows == {"raw.person": 1000}
    assert (there.root / "secret.key").read_text() == (home.root / "secret.key").read_text()
    assert not (there.root / "dagster").exists()
    assert stat.S_IMODE(there.root.stat().st_mode) == stat.S_IMODE(home.root.stat().st_mode) == 0o755


def test_a_home_that_is_there_is_set_aside_never_deleted(home: Home) -> None:
    """Who restores the wrong file must be able to go back; the backups stay where they were."""
    file = backup(home)
    (home.root / "settings.yml").write_text("changed since", encoding="utf-8")
    with pytest.raises(BackupError, match="is not empty"):
        restore(file, home)
    _, aside = restore(file, home, replace=True)
    assert aside is not None
    assert (aside / "settings.yml").read_text() == "changed since"
    assert (home.root / "settings.yml").read_text() == "settings.yml"
    assert file.exists()


def test_a_refresh_under_way_is_waited_for(home: Home) -> None:
    """A file copied while it is written is no backup."""
    lock = filelock.FileLock(home.lock)
    lock.acquire()
    made: list[Path] = []
    waiting = threading.Thread(target=lambda: made.append(backup(home)))
    waiting.start()
    time.sleep(0.5)
    assert not made
    lock.release()
    waiting.join(30)
    assert made
    assert made[0].exists()


def test_what_is_committed_and_not_yet_in_the_file_is_in_the_backup(home: Home, tmp_path: Path) -> None:
    """A process that was killed leaves its last commits in the log beside the file: the backup has them."""
    script = (
        "import duckdb, os, signal, sys\n"
        "con = duckdb.connect(sys.argv[1])\n"
        "con.execute('insert into raw.person select 1 from range(500)')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([str(ITAM.with_name("python")), "-c", script, str(home.warehouse)], check=False)
    assert Path(f"{home.warehouse}.wal").exists()
    said, _ = restore(backup(home), Home(tmp_path / "elsewhere"))
    assert said.rows == {"raw.person": 1500}


@pytest.mark.parametrize("harm", ["cut short", "changed", "nothing of ours"])
def test_a_damaged_archive_restores_nothing(home: Home, tmp_path: Path, harm: str) -> None:
    """Better the home of yesterday than a broken one of today."""
    file, before = backup(home), picture(home)
    content = bytearray(file.read_bytes())
    if harm == "cut short":
        content = content[: len(content) // 2]
    elif harm == "changed":
        with tarfile.open(file) as archive:
            at = archive.getmember("deliveries/hr/person/2026-06-30T010000Z.csv.kept.zst").offset_data
        content[at + 7] ^= 1
    else:
        content = bytearray(b"PK nothing of ours")
    file.write_bytes(content)
    with pytest.raises(BackupError):
        restore(file, home, replace=True)
    assert picture(home) == before
    assert not list(tmp_path.glob(".*restoring"))


def test_an_archive_cannot_write_outside(home: Home, tmp_path: Path) -> None:
    """An archive from a stranger is a delivery like any other."""
    file = tmp_path / "evil.tar"
    (tmp_path / "x").write_text("x")
    with tarfile.open(file, "w") as archive:
        archive.add(tmp_path / "x", "../outside")
        archive.add(tmp_path / "x", MANIFEST)
    with pytest.raises(BackupError):
        restore(file, Home(tmp_path / "elsewhere"))
    assert not (tmp_path / "outside").exists()


def test_a_key_from_the_environment_is_not_in_the_archive(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With another key every person would get another pseudonym: the restore refuses instead."""
    (home.root / "secret.key").unlink()
    monkeypatch.setenv(key.VARIABLE, "k" * 40)
    file = backup(home)
    assert b"k" * 40 not in file.read_bytes()
    monkeypatch.setenv(key.VARIABLE, "x" * 40)
    with pytest.raises(BackupError, match="secret key is another one"):
        restore(file, Home(tmp_path / "elsewhere"))
    monkeypatch.setenv(key.VARIABLE, "k" * 40)
    restore(file, Home(tmp_path / "elsewhere"))


def test_only_the_newest_are_kept(home: Home) -> None:
    """A nightly backup must not fill the disk that it protects."""
    files = [backup(home, keep=2) for _ in range(4)]
    assert sorted((home.root / "backups").iterdir()) == files[-2:]


def test_the_commands_say_what_they_did(home: Home, tmp_path: Path) -> None:
    """At night, with the phone in the other hand."""
    made = subprocess.run([str(ITAM), "backup", "--home", str(home.root)], capture_output=True, text=True, check=True)
    file = made.stdout.split(": ")[0]
    there = tmp_path / "elsewhere"
    back = subprocess.run(
        [str(ITAM), "restore", file, "--home", str(there)], capture_output=True, text=True, check=True
    )
    assert back.stdout.splitlines()[-1] == "Now: itam refresh"
    again = subprocess.run(
        [str(ITAM), "restore", file, "--home", str(there)], capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert "is not empty" in again.stderr
