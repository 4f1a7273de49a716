"""How many records a file holds, counted without the reader that loads it.

Here: counts over bytes. Landing compares them with what DuckDB loaded; a difference means rows were lost without a
word. Not here: reading values (``readers.py``).
"""

import codecs
import mmap
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa

from itam.landing.reasons import RefusedError
from itam.settings import Limits

CHUNK = 1 << 20
_FREE_BYTES = 1 << 28  # below this size any compression ratio is harmless


def chunks(path: Path, limits: Limits) -> Iterator[bytes]:
    """The decompressed bytes in pieces; refuses what unpacks to more than the limits allow, and what is cut short."""
    packed = path.stat().st_size
    allowed = limits.max_uncompressed_bytes
    if path.suffix == ".gz":
        allowed = min(allowed, max(_FREE_BYTES, packed * limits.max_compression_ratio))
    total = 0
    try:
        for chunk in _gunzip(path) if path.suffix == ".gz" else _read(path):
            total += len(chunk)
            if total > allowed:
                raise RefusedError(
                    f"it unpacks to more than {allowed} bytes from {packed}; deliver it in parts, or raise limits in "
                    "settings.yml"
                )
            yield chunk
    except (zlib.error, OSError, EOFError, pa.ArrowException) as error:
        raise RefusedError("the compressed file is damaged or cut short; deliver it again") from error


def _read(path: Path) -> Iterator[bytes]:
    with pa.input_stream(str(path), compression="zstd" if path.suffix == ".zst" else None) as stream:
        while chunk := bytes(stream.read(CHUNK)):
            yield chunk


def _gunzip(path: Path) -> Iterator[bytes]:
    """Every member of a gzip file, in pieces of bounded size; an end that is missing is an error."""
    unpacker = zlib.decompressobj(wbits=31)
    with path.open("rb") as stream:
        while packed := stream.read(CHUNK):
            while packed:
                if unpacker.eof:
                    packed = packed.lstrip(b"\0")
                    if not packed:
                        break
                    unpacker = zlib.decompressobj(wbits=31)
                yield unpacker.decompress(packed, CHUNK)
                packed = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    if not unpacker.eof:
        raise EOFError


@dataclass
class TextFacts:
    """What one pass over a text file finds."""

    records: int = 0
    has_nul: bool = False
    is_utf8: bool = True
    depth: int = 0
    is_closed: bool = True


def _outside_quotes(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes outside of double quotes; a quoted part leaves the sign ``x``."""
    inside = False
    for piece in pieces:
        parts = piece.split(b'"')
        yield b"x".join(parts[1 if inside else 0 :: 2])
        if len(parts) % 2 == 0:
            inside = not inside
            if inside:  # a quote that stays open is something in its line; one that closes was counted when it opened
                yield b"x"


def csv_facts(path: Path, limits: Limits) -> TextFacts:
    """Records of a CSV, its header not counted; blank lines are none."""
    facts = TextFacts()
    decoder = codecs.getincrementaldecoder("utf-8")()

    def watched() -> Iterator[bytes]:
        for chunk in chunks(path, limits):
            facts.has_nul = facts.has_nul or b"\0" in chunk
            if facts.is_utf8:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    facts.is_utf8 = False
            yield chunk

    open_line = False  # whether the line that is being read has anything in it
    for text in _outside_quotes(watched()):
        text = text.replace(b"\r", b"\n") if b"\r" in text else text
        if not text:
            continue
        breaks = text.count(b"\n")
        if breaks == 0:
            open_line = True
            continue
        while b"\n\n" in text:
            text = text.replace(b"\n\n", b"\n")
        ends = text.count(b"\n")
        facts.records += ends - (1 if text.startswith(b"\n") and not open_line else 0)
        open_line = not text.endswith(b"\n")
    facts.records = max(facts.records + (1 if open_line else 0) - 1, 0)
    return facts


_QUOTED_FIELD = re.compile(rb'(?:\A(?:\xef\xbb\xbf)?|(?<=[,\r\n]))"(?:[^"]++|"")*+"|[\r\n]+')


def csv_records_by_fields(path: Path) -> int:
    """As ``csv_facts``, with quotes counting only where a field begins: for files with quotes inside fields."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        breaks = [m.start() for m in _QUOTED_FIELD.finditer(data) if data[m.start()] in b"\r\n"]
        leading = 1 if breaks and breaks[0] == 0 else 0
        trailing = 0 if data[len(data) - 1] in b"\r\n" else 1
        return max(len(breaks) - leading + trailing - 1, 0)


def json_lines(path: Path, limits: Limits) -> TextFacts:
    """Records of a JSON Lines file: its lines that are not blank."""
    facts = TextFacts()
    open_line = False
    for chunk in chunks(path, limits):
        facts.has_nul = facts.has_nul or b"\0" in chunk
        lines = chunk.split(b"\n")
        for line in lines[:-1]:
            facts.records += open_line or bool(line.strip())
            open_line = False
        open_line = open_line or bool(lines[-1].strip())
    facts.records += open_line
    return facts


def json_list(path: Path, limits: Limits) -> TextFacts:
    """Records of a JSON list: the objects that stand directly in it; and how deep the file is nested."""
    facts = TextFacts()
    depth = 0

    def whole_escapes() -> Iterator[bytes]:
        held = b""
        for chunk in chunks(path, limits):
            facts.has_nul = facts.has_nul or b"\0" in chunk
            text = held + chunk
            held = b""
            if (len(text) - len(text.rstrip(b"\\"))) % 2:
                text, held = text[:-1], text[-1:]
            yield text.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in text else text

    for text in _outside_quotes(whole_escapes()):
        signs = np.frombuffer(text, dtype=np.uint8)
        signs = signs[(signs | 0x26) == 0x7F]  # [ ] { } and a few neighbours
        opens = (signs == 0x7B) | (signs == 0x5B)
        steps = opens.astype(np.int32) - ((signs == 0x7D) | (signs == 0x5D)).astype(np.int32)
        if steps.size:
            levels = np.cumsum(steps) + depth
            facts.records += int(np.count_nonzero((signs == 0x7B) & (levels == 2)))
            facts.depth = max(facts.depth, int(levels.max()))
            depth = int(levels[-1])
    facts.is_closed = depth == 0
    return facts


def archive_size(path: Path, limits: Limits) -> None:
    """Refuse a zip (or xlsx) that unpacks to more than the limits allow, before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            total = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise RefusedError("the archive is damaged; deliver it again") from error
    allowed = max(_FREE_BYTES, path.stat().st_size * limits.max_compression_ratio)
    if total > min(allowed, limits.max_uncompressed_bytes):
        raise RefusedError(f"it would unpack to {total} bytes from {path.stat().st_size}; deliver it in parts")


_SHEET_ROW = re.compile(rb"<row\b[^>]*?(?:/>|>(.*?)</row>)", re.DOTALL)
_SHEET_VALUE = re.compile(rb"<(?:v|t)\b[^>]*>[^<]|<(?:v|t)>[^<]")


def sheet_rows(stream: IO[bytes]) -> int:
    """Rows of a sheet's XML that hold a value, the header not counted."""
    rows, text = 0, b""
    while chunk := stream.read(CHUNK):
        text += chunk
        end = 0
        for matched in _SHEET_ROW.finditer(text):
            end = matched.end()
            rows += bool(matched[1] and _SHEET_VALUE.search(matched[1]))
        text = text[end:]
    return max(rows - 1, 0)
