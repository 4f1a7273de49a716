"""What lies in the landing folder, and where delivered files are kept.

Here: names, places and bytes of files: which delivery a file belongs to, its digest, and the move from ``landing/`` to
``deliveries/``. Not here: what is inside a file (``readers.py``), and what is known about it already (``ledger.py``).
"""

import hashlib
import os
import re
import shutil
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from itam.feeds import Feed

FORMATS = ("csv.gz", "csv", "parquet", "jsonl", "json", "xlsx", "zip")
_MANIFEST = "manifest.json"
_UNCOMPRESSED = ("csv", "jsonl", "json", _MANIFEST)
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{6}(?:\.\d{1,6})?Z)(?:\.(.+))?")
_KEPT_FILE, _KEPT_FOLDER = ".kept.zst", ".kept.zip"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class DeliveredFile:
    """One file (or folder of one file per device) and the delivery that its place and name say it belongs to."""

    source_system: str
    feed: str
    extracted_at: datetime
    name: str
    path: Path

    @property
    def format(self) -> str:
        """The part of the name after the time of the extract; empty for a folder."""
        return self.name.partition("Z")[2].removeprefix(".")

    @property
    def is_manifest(self) -> bool:
        """A manifest says what to expect; it brings no rows."""
        return self.format == _MANIFEST

    @property
    def is_of_documents(self) -> bool:
        """A folder or zip with one file per device."""
        return self.format in ("", "zip")


@dataclass(frozen=True)
class Misplaced:
    """A file that belongs to no delivery, and the sentence that says why."""

    path: Path
    reason: str


def parse_time(text: str) -> datetime | None:
    """``2026-06-30T020000Z`` as a UTC time without zone, or none."""
    form = "%Y-%m-%dT%H%M%S.%fZ" if "." in text else "%Y-%m-%dT%H%M%SZ"
    try:
        moment = datetime.strptime(text, form)
    except ValueError:
        return None
    return moment if moment.year >= 1900 else None


def _ignored(name: str) -> bool:
    return (name.startswith(".") and not name.startswith("..")) or name.endswith(".part")


def _children(folder: Path) -> list[Path]:
    """What lies in a folder; one that may not be read looks empty, its files are not ours to take."""
    try:
        return sorted((child for child in folder.iterdir() if not _ignored(child.name)), key=lambda child: child.name)
    except OSError:
        return []


def _leaves(path: Path, root: Path) -> bool:
    """Whether a link anywhere in a delivered path leads out of the landing folder."""
    paths = [path, *path.rglob("*")] if path.is_dir() else [path]
    return any(_is_foreign(entry, root) for entry in paths if entry.is_symlink() or entry == path)


def _file(path: Path, source_system: str, feed: str, name: str) -> DeliveredFile | Misplaced:
    matched = _NAME.fullmatch(name)
    moment = parse_time(matched[1]) if matched else None
    if matched is None or moment is None:
        return Misplaced(path, f"the name '{name}' does not begin with a time like 2026-06-30T020000Z: rename the file")
    if not (path.is_file() or path.is_dir()):
        return Misplaced(path, f"'{name}' is neither a file nor a folder: deliver a file")
    form = matched[2] or ""
    if form not in (*FORMATS, _MANIFEST, "") or (form == "") != path.is_dir():
        return Misplaced(path, f"'{name}' is in no format that is read here: deliver one of {', '.join(FORMATS)}")
    return DeliveredFile(source_system, feed, moment, name, path)


def scan(landing: Path, feeds: dict[str, Feed]) -> Iterator[DeliveredFile | Misplaced]:
    """Every delivered file below ``landing/<source_system>/<feed>/``, and every entry that cannot be one."""
    if not landing.is_dir():
        return
    root = landing.resolve()
    for source in _children(landing):
        if not source.is_dir() or source.name.startswith(".") or _is_foreign(source, root):
            yield Misplaced(source, "only folders called like a source system belong here: landing/<source>/<feed>/")
            continue
        for folder in _children(source):
            if not folder.is_dir() or _is_foreign(folder, root):
                yield Misplaced(folder, "only folders called like a feed belong here: landing/<source>/<feed>/")
            elif folder.name not in feeds:
                yield Misplaced(folder, f"no feed is called '{folder.name}': use one of {', '.join(feeds)}")
            else:
                for path in _children(folder):
                    if _leaves(path, root):
                        yield Misplaced(path, f"'{path.name}' is a link out of the landing folder: deliver the file")
                    else:
                        yield _file(path, source.name, folder.name, path.name)


def _is_foreign(path: Path, root: Path) -> bool:
    return not Path(os.path.realpath(path)).is_relative_to(root)  # a link to itself leads nowhere: it stays


def kept_path(home: Path, file: DeliveredFile) -> Path:
    """Where a file stays once its delivery is known."""
    suffix = _KEPT_FOLDER if file.format == "" else _KEPT_FILE if file.format in _UNCOMPRESSED else ""
    return home / "deliveries" / file.source_system / file.feed / (file.name + suffix)


def kept(home: Path, feeds: dict[str, Feed]) -> Iterator[DeliveredFile]:
    """Every kept file, as the delivered file that it was."""
    root = home / "deliveries"
    for path in sorted(root.glob("*/*/*")) if root.is_dir() else ():
        source, feed = path.parent.parent.name, path.parent.name
        name = path.name.removesuffix(_KEPT_FILE).removesuffix(_KEPT_FOLDER)
        matched = _NAME.fullmatch(name)
        moment = parse_time(matched[1]) if matched else None
        if feed in feeds and moment is not None and not _ignored(path.name):
            yield DeliveredFile(source, feed, moment, name, path)


def members(path: Path) -> Iterator[tuple[str, Path | zipfile.ZipInfo]]:
    """The documents of a folder or a zip, in name order; directories and hidden files are left out."""
    if path.is_dir():
        entries: list[tuple[str, Path | zipfile.ZipInfo]] = [
            (entry.relative_to(path).as_posix(), entry) for entry in path.rglob("*") if entry.is_file()
        ]
    else:
        with zipfile.ZipFile(path) as archive:
            entries = [(info.filename, info) for info in archive.infolist() if not info.is_dir()]
    for name, entry in sorted(entries, key=lambda item: item[0]):
        if not _ignored(name.rpartition("/")[2]):
            yield name, entry


def digest(path: Path) -> str:
    """SHA-256 of what was delivered, also when it is kept in another form; of a folder: of its names and bytes."""
    total = hashlib.sha256()
    if path.is_dir():
        for name, _ in members(path):
            total.update(f"{name}\0{digest(path / name)}\n".encode())
    elif path.name.endswith(_KEPT_FOLDER):
        with zipfile.ZipFile(path) as archive:
            for name, _ in members(path):
                total.update(f"{name}\0{hashlib.sha256(archive.read(name)).hexdigest()}\n".encode())
    else:
        compression = "zstd" if path.name.endswith(_KEPT_FILE) else None
        with pa.input_stream(str(path), compression=compression) as stream:
            while chunk := stream.read(_CHUNK):
                total.update(chunk)
    return total.hexdigest()


def keep(home: Path, file: DeliveredFile) -> None:
    """Move a delivered file to its kept place; what a crash leaves undone, the next run does."""
    target = kept_path(home, file)
    if file.path == target:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.part")
    try:
        _copy(file.path, unfinished, is_packed=target.suffix == ".zst")
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    shutil.rmtree(file.path) if file.path.is_dir() else file.path.unlink()


def _copy(path: Path, target: Path, *, is_packed: bool) -> None:
    """Write what was delivered to another place, down to the disk; a folder becomes a zip."""
    if path.is_dir():
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, entry in members(path):
                if isinstance(entry, Path):
                    archive.writestr(zipfile.ZipInfo(name), entry.read_bytes(), zipfile.ZIP_DEFLATED)
    elif is_packed:
        with path.open("rb") as source, pa.output_stream(target, compression="zstd") as sink:
            shutil.copyfileobj(source, sink, _CHUNK)
    else:
        shutil.copyfile(path, target)
    with target.open("rb") as stream:
        os.fsync(stream.fileno())


def changed_at(path: Path) -> float:
    """When a file, or anything in a folder, was last changed; what is gone meanwhile has just changed."""
    try:
        within = path.rglob("*") if path.is_dir() else ()
        return max([path.stat().st_mtime, *(entry.stat().st_mtime for entry in within)])
    except OSError:
        return time.time()


def is_quiet(path: Path, seconds: float) -> bool:
    """Whether nothing has changed for a while; a time ahead of this machine's clock counts as quiet."""
    return seconds <= 0 or not 0 <= time.time() - changed_at(path) < seconds


def now() -> datetime:
    """The present UTC time without zone; only for what is remembered about a run, never for what rows say."""
    return datetime.now(UTC).replace(tzinfo=None)
