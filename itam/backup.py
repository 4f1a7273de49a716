"""Backup and restore of a home: one archive, taken while nobody writes, verified before it replaces anything.

An archive is as secret as the home: it holds delivered rows, and ``secret.key`` where the key is a file. Where the key
comes from the environment (``ITAM_SECRET_KEY``) it is not in the archive, only a hash by which a wrong one is noticed.
Not in it: what can be made again (``target``, ``tmp``, the state of Dagster) and other backups.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from itam import __version__
from itam.home import Home
from itam.privacy import key
from itam.publishing.publish import remove, sync
from itam.refresh import only_writer

LEFT_OUT = {"backups", "dagster", "lake", "spark", "target", "tmp", ".refresh.lock", "warehouse.duckdb.wal"}
MANIFEST = "backup.json"
FORMAT = 1


class BackupError(Exception):
    """A backup that cannot be made or must not be used; the message is one line for a person."""


@dataclass(frozen=True)
class Archive:
    """What an archive says of itself."""

    made_at: str
    version: str
    key: str  # hash of the secret key
    digests: dict[str, str]
    rows: dict[str, int]


# --- backup ----------------------------------------------------------------------------------------------------------


def backup(home: Home, to: Path | None = None, keep: int | None = None, patience_seconds: float = 600) -> Path:
    """Write everything of a home into one archive; a refresh under way is waited for."""
    if not home.root.is_dir():
        raise BackupError(f"{home.root} is no home: there is nothing to back up")
    folder = to or home.root / "backups"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made_at = datetime.now(UTC)
    file = folder / f"itam_{made_at:%Y%m%dT%H%M%S%f}Z.tar"
    unfinished = file.with_name(f".{file.name}.part")
    with only_writer(home, patience_seconds):
        rows = settle_warehouse(home)
        try:
            write(home, unfinished, made_at, rows)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    sync(unfinished)
    unfinished.rename(file)
    sync(folder)
    if keep is not None:
        remove(*sorted(folder.glob("itam_*Z.tar"))[:-keep])
    return file


def settle_warehouse(home: Home) -> dict[str, int]:
    """Bring everything that is committed into the one file; how many rows each table has."""
    if not home.warehouse.exists():
        return {}
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("checkpoint")
        return count_rows(con)


def count_rows(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The rows of every table, counted."""
    tables = con.execute(
        "select schema_name, table_name from duckdb_tables() where not internal and database_name = current_database()"
        " order by all"
    ).fetchall()
    return {
        f"{schema}.{table}": int(con.execute(f'select count(*) from "{schema}"."{table}"').fetchall()[0][0])
        for schema, table in tables
    }


def write(home: Home, file: Path, made_at: datetime, rows: dict[str, int]) -> None:
    """The archive, readable by its owner alone; what it says of itself comes last."""
    digests = {}
    with (
        os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in kept(home.root):
            name = path.relative_to(home.root).as_posix()
            archive.add(path, name, recursive=False)
            if path.is_file() and not path.is_symlink():
                digests[name] = digest(path)
        said = Archive(made_at.isoformat(), __version__, key_hash(home), digests, rows)
        text = json.dumps({"format": FORMAT, **said.__dict__}, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode, entry.mtime = len(text), 0o600, made_at.timestamp()
        archive.addfile(entry, io.BytesIO(text))


def kept(root: Path) -> Iterator[Path]:
    """Folders before what is in them; hidden and unfinished files are nobody's, whatever is being delivered stays."""
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if parts[0] in LEFT_OUT or any(part.startswith(".") or part.endswith(".part") for part in parts):
            continue
        if path.is_symlink() or path.is_file() or path.is_dir():
            yield path


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def key_hash(home: Home) -> str:
    """By which a wrong key is noticed; the key itself cannot be told from it. Empty where no key is there yet."""
    if not os.environ.get(key.VARIABLE, "").strip() and not (home.root / key.FILE).exists():
        return ""
    return hashlib.sha256(b"itam backup\0" + key.secret_key(home.root)).hexdigest()


# --- restore ---------------------------------------------------------------------------------------------------------


def restore(file: Path, home: Home, replace: bool = False) -> tuple[Archive, Path | None]:
    """Put a home back; the one that was there is set aside, never deleted. What the archive says is held against it."""
    if not file.is_file():
        raise BackupError(f"{file} is no file")
    is_there = home.root.exists() and any(home.root.iterdir())
    if is_there and not replace:
        raise BackupError(f"{home.root} is not empty: restore elsewhere, or with --replace, which sets it aside")
    fresh = home.root.with_name(f".{home.root.name}.restoring")
    remove(fresh)
    fresh.mkdir(mode=0o700, parents=True)
    try:
        said = unpack(file, fresh)
        verify(said, Home(fresh))
        aside = put_in_place(fresh, home, is_there)
    except BaseException:
        remove(fresh)
        raise
    return said, aside


def unpack(file: Path, folder: Path) -> Archive:
    """Everything in the archive, nothing outside of the folder."""
    try:
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter=_as_it_was)
        said: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise BackupError(f"{file} cannot be read as a whole: {error}") from error
    if said.pop("format", None) != FORMAT:
        raise BackupError(f"{file} is of another version of this project: restore it with that one")
    (folder / MANIFEST).unlink()
    return Archive(**said)


def _as_it_was(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo:
    """Links and paths stay within; modes stay as they were, which the safe filter would open for the group."""
    safe = tarfile.data_filter(member, folder)
    return safe.replace(mode=member.mode & 0o755, deep=False) if member.mode is not None else safe


def verify(said: Archive, home: Home) -> None:
    """Bytes, rows and key are those that were backed up."""
    for name, expected in said.digests.items():
        path = home.root / name
        if not path.is_file() or digest(path) != expected:
            raise BackupError(f"{name} is not what was backed up; nothing was restored")
    if said.rows:
        with duckdb.connect(str(home.warehouse), read_only=True) as con:
            found = count_rows(con)
        wrong = next((t for t in said.rows.keys() | found.keys() if said.rows.get(t) != found.get(t)), None)
        if wrong is not None:
            raise BackupError(
                f"{wrong} has {found.get(wrong)} rows instead of {said.rows.get(wrong)}; nothing was restored"
            )
    if said.key and key_hash(home) != said.key:
        raise BackupError(
            f"the secret key is another one than when this was backed up: set {key.VARIABLE} to that key; nothing was"
            " restored"
        )


def put_in_place(fresh: Path, home: Home, is_there: bool) -> Path | None:
    """One rename, two where a home is set aside; its backups move along to the new one."""
    aside, mode = None, 0o755  # readers pass through it to what is published
    if is_there:
        mode = home.root.stat().st_mode & 0o777
        with only_writer(home):
            aside = home.root.with_name(f"{home.root.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
            home.root.rename(aside)
        if (aside / "backups").exists():
            shutil.move(aside / "backups", fresh / "backups")
    elif home.root.exists():
        home.root.rmdir()
    fresh.chmod(mode)
    fresh.rename(home.root)
    sync(home.root.parent)
    home.create()
    return aside
