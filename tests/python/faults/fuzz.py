"""Deliveries as nobody should send them: rows of any feed in any format, then mutated by a seed.

Here: making them, the same for the same seed. Not here: landing them and what must hold afterwards (``fuzzed.py``).
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from itam.feeds import Column, Feed, load_feeds
from itam.landing.policy import load_enums
from tests.python.landing.test_hostile import workbook

FORMATS = ("csv", "csv", "csv.gz", "json", "jsonl", "parquet", "xlsx", "zip")
TEXTS = (
    "",
    "x",
    "Zoë Ångström",
    "a,b",
    'say "hi"',
    "two\nlines",
    "=1+1",
    "'; drop table raw.deliveries; --",
    "\t",
    "😀",
    "NULL",
)
ODD = {
    "date": ("0000-00-00", "2026-02-30", "31.12.2026", "9999-12-31", "yesterday", "20260101", "1e3"),
    "timestamp": ("2026-06-01T24:00:00Z", "2026-06-01T02:00:00+25:00", "1970-01-01", "now()", "2026-06-31 00:00:00"),
    "decimal": ("1e400", "-0.00", "1.234,56", "NaN", "inf", "0x1F", "9" * 40, "12.5.6", "--1"),
    "integer": ("1.5", "9" * 25, "-1", "1e3", "twelve", "0b1"),
    "boolean": ("maybe", "2", "TRUE ", "nein", "01"),
}
GOOD = {
    "date": "2026-0{}-15",
    "timestamp": "2026-0{}-15T10:00:00Z",
    "decimal": "{}.50",
    "double": "{}.5",
    "integer": "{}",
    "bigint": "{}",
    "boolean": "true",
}
Record = dict[str, str]


@dataclass(frozen=True)
class Fuzzed:
    """A delivery: where it goes, its bytes, and how many records are in it when that is known for certain."""

    source: str
    feed: str
    name: str
    content: bytes
    records: int | None


def value(chance: random.Random, column: Column, allowed: tuple[str, ...], number: int) -> str:
    """A value of a column, mostly one that fits."""
    kind = column.data_type.split("(")[0].lower()
    if chance.random() < 0.06:
        return chance.choice(ODD.get(kind, TEXTS))
    if allowed:
        return chance.choice(allowed)
    if kind in GOOD:
        return GOOD[kind].format(1 + number % 9)
    return f"{column.name[:3]}{number % 17}" if chance.random() < 0.9 else chance.choice(TEXTS)


def records(chance: random.Random, feed: Feed, enums: dict[tuple[str, str], tuple[str, ...]]) -> list[Record]:
    """Rows of a feed; some keys come twice."""
    columns = [c for c in feed.columns if c.required or c.name in feed.key or chance.random() < 0.7]
    return [
        {c.name: value(chance, c, enums.get((feed.name, c.name), ()), number) for c in columns}
        for number in range(chance.randrange(0, 30))
    ]


def as_csv(rows: list[Record], header: list[str]) -> bytes:
    """A CSV by the book."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([row[name] for name in header] for row in rows)
    return out.getvalue().encode()


def as_zip(rows: list[Record], header: list[str]) -> bytes:
    """One document per row: an inventory where it belongs, something else elsewhere."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, row in enumerate(rows):
            name = row.get("hostname", "h")
            document = {
                "deviceid": f"d{number}",
                "content": {"hardware": {"name": name}, "softwares": [{"name": "vim"}]},
            }
            archive.writestr(zipfile.ZipInfo(f"{number}.json"), json.dumps(document))  # no time of day in it
    return buffer.getvalue()


def as_parquet(rows: list[Record], header: list[str]) -> bytes:
    """Text columns in one row group."""
    buffer = io.BytesIO()
    pq.write_table(pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in header}), buffer)
    return buffer.getvalue()


WRITERS: dict[str, Callable[[list[Record], list[str]], bytes]] = {
    "csv": as_csv,
    "csv.gz": lambda rows, header: gzip.compress(as_csv(rows, header), 1, mtime=0),
    "json": lambda rows, header: json.dumps(rows).encode(),
    "jsonl": lambda rows, header: "".join(json.dumps(row) + "\n" for row in rows).encode(),
    "parquet": as_parquet,
    "xlsx": lambda rows, header: workbook(
        [header, *([row[name].replace("&", "").replace("<", "") for name in header] for row in rows)]
    ),
    "zip": as_zip,
}


# --- mutations of bytes ----------------------------------------------------------------------------------------------

SPLINTERS = (
    b'"',
    b"\n",
    b"\r\n",
    b"\0",
    b",",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"{",
    b"]",
    b"\\",
    b"'",
    b"\xc3",
    b"1e999",
    b"\x1f",
)


def flipped(chance: random.Random, data: bytearray) -> None:
    """Some bits are wrong."""
    for _ in range(chance.randrange(1, 9)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def splintered(chance: random.Random, data: bytearray) -> None:
    """Signs that mean something stand where they should not."""
    for _ in range(chance.randrange(1, 5)):
        place = chance.randrange(len(data) + 1)
        data[place:place] = chance.choice(SPLINTERS)


def cut_short(chance: random.Random, data: bytearray) -> None:
    """The end is missing."""
    del data[chance.randrange(len(data)) :]


def torn(chance: random.Random, data: bytearray) -> None:
    """A piece in the middle is missing."""
    start = chance.randrange(len(data))
    del data[start : start + chance.randrange(1, 200)]


def doubled(chance: random.Random, data: bytearray) -> None:
    """A piece stands there again."""
    start = chance.randrange(len(data))
    piece = data[start : start + chance.randrange(1, 400)]
    place = chance.randrange(len(data) + 1)
    data[place:place] = piece * chance.randrange(1, 4)


def lengthened(chance: random.Random, data: bytearray) -> None:
    """A cell is very long."""
    place = chance.randrange(len(data) + 1)
    data[place:place] = chance.choice((b"a", b'"', b"9", b"[")) * chance.randrange(1_000, 200_000)


def recoded(chance: random.Random, data: bytearray) -> None:
    """Another encoding."""
    text = bytes(data).decode("utf-8", "replace")
    data[:] = text.encode(chance.choice(("utf-16", "latin-1", "cp1252", "utf-8-sig")), "replace")


def noise(chance: random.Random, data: bytearray) -> None:
    """Nothing but noise."""
    data[:] = chance.randbytes(chance.randrange(0, 3_000))


MUTATIONS = (flipped, splintered, cut_short, torn, doubled, lengthened, recoded, noise)


def deliveries(seed: int, count: int, home: Path) -> list[Fuzzed]:
    """So many deliveries; every tenth is left as it was made, so that its records are known."""
    feeds, enums = list(load_feeds().values()), load_enums(home)
    made = []
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        feed, form = chance.choice(feeds), chance.choice(FORMATS)
        if form == "zip" and chance.random() < 0.8:
            feed = next(f for f in feeds if f.name == "device_discovery")
        rows = records(chance, feed, enums)
        header = list(rows[0]) if rows else [c.name for c in feed.columns]
        content = bytearray(WRITERS[form](rows, header))
        is_whole = number % 10 == 0
        if not is_whole:
            for _ in range(chance.randrange(1, 3)):
                if content:
                    chance.choice(MUTATIONS)(chance, content)
        known = len(rows) if is_whole and form in ("csv", "csv.gz", "jsonl", "parquet") else None
        name = f"2026-06-{1 + number % 28:02}T{number % 24:02}0000Z.{form}"
        made.append(Fuzzed(f"s{number // 4}", feed.name, name, bytes(content), known))
    return made
