"""Files without the forgotten: delivered and kept files are read in their own format and written back in it.

Here: the formats. A record that names nobody forgotten stays as it is, and a file without such a record is not touched.
In a record that does, unknown columns are emptied: nobody knows what a source writes there. Not here: how a single
value reads (``forgotten.py``), and which files there are (``itam.landing.inbox``).
"""

import csv
import gzip
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb
import ijson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from itam.feeds import Feed, Personal
from itam.landing import counting, mapping, readers
from itam.landing.inbox import DeliveredFile, members
from itam.landing.inputs import Inputs
from itam.landing.reasons import RefusedError
from itam.privacy.forgotten import Forgotten

_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_BATCH_ROWS = 50_000
_UNREADABLE = (
    *(RefusedError, OSError, EOFError, ValueError, KeyError, RecursionError, MemoryError, NotImplementedError),
    *(RuntimeError, pa.ArrowException, zipfile.BadZipFile, csv.Error, ijson.JSONError),
)
"""What reading a damaged file may raise."""


class UnreadableError(Exception):
    """A file cannot be searched."""


@dataclass(frozen=True)
class Columns:
    """Places of the personal and of the unknown columns in a record."""

    personal: tuple[tuple[int, Personal], ...]
    unknown: tuple[int, ...]


class Rewriter:
    """What is rewritten in the records of a file."""

    def __init__(self, forgotten: Forgotten, inputs: Inputs, file: DeliveredFile) -> None:
        self.forgotten = forgotten
        self.inputs = inputs
        self.file = file
        self.feed: Feed = inputs.feeds[file.feed]
        self.has_changed = False
        self._columns: dict[tuple[str, ...], Columns] = {}

    def columns(self, names: Sequence[str]) -> Columns:
        """The columns of a record with these names, under the mapping that reads it."""
        header = tuple(names)
        if header not in self._columns:
            self._columns[header] = self._find(header)
        return self._columns[header]

    def _find(self, header: tuple[str, ...]) -> Columns:
        stated = self.inputs.settings.source(self.file.source_system).mapping_of(self.feed.name)
        chosen = mapping.recognise(self.inputs.mappings, self.feed.name, set(header), documents=False, stated=stated)
        made = chosen.outputs[self.feed.name].columns if chosen and self.feed.name in chosen.outputs else {}
        personal: dict[str, Personal] = {}
        known = {name.lower() for name in chosen.known} if chosen else set()
        for column in self.feed.columns:
            reads = (
                {name.lower() for name in mapping.references(made[column.name], "")}
                if column.name in made
                else {column.name.lower()}
            )
            known |= {column.name.lower(), *reads}
            if column.personal:
                for name in reads:
                    personal.setdefault(name, column.personal)
        places = {place: name.strip().lower() for place, name in enumerate(header)}
        return Columns(
            tuple((place, personal[name]) for place, name in places.items() if name in personal),
            tuple(place for place, name in places.items() if name not in known),
        )

    def record(self, columns: Columns, values: list[Any]) -> bool:
        """Rewrite a record in place; whether it has changed."""
        names_somebody = is_changed = False
        for place, kind in columns.personal:
            if place < len(values) and (text := _text(values[place])):
                fresh = self.forgotten.rewritten(text, kind)
                if fresh != text:
                    values[place], is_changed = fresh, True
                    names_somebody = names_somebody or kind != "text"
        for place in columns.unknown:
            if place < len(values) and values[place] not in (None, ""):
                free = None if names_somebody else self.free(values[place])
                if free != values[place]:
                    values[place], is_changed = free, True
        self.has_changed = self.has_changed or is_changed
        return is_changed

    def free(self, value: Any) -> Any:
        """A value that nobody declared, also one with others in it."""
        match value:
            case str():
                return self.forgotten.rewritten(value, "text")
            case list():
                return [self.free(item) for item in value]
            case dict():
                return {name: self.free(item) for name, item in value.items()}
            case _:
                return value

    def line(self, text: str) -> str:
        """A text that is no record."""
        fresh = self.forgotten.rewritten(text, "text")
        self.has_changed = self.has_changed or fresh != text
        return fresh

    def document(self, content: bytes) -> bytes:
        """A JSON document: its strings, wherever they stand; everything else stays as it is."""

        def fresh(found: re.Match[str]) -> str:
            try:
                value = json.loads(found[0])
            except ValueError:
                return self.line(found[0])
            changed = self.line(value)
            return found[0] if changed == value else json.dumps(changed, ensure_ascii=False)

        text = content.decode("utf-8", "surrogateescape")
        return _JSON_STRING.sub(fresh, text).encode("utf-8", "surrogateescape")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def rewrite(forgotten: Forgotten, inputs: Inputs, file: DeliveredFile) -> bool:
    """Take the forgotten out of a file; whether it has changed. Raises UnreadableError for one that is damaged."""
    if file.is_manifest:
        return False
    rewriter = Rewriter(forgotten, inputs, file)
    path = file.path
    unfinished = path.with_name(f".{path.name}.part")
    try:
        if _names_nobody(rewriter):
            return False
        _FORMATS[file.format](rewriter, path, unfinished)
        if rewriter.has_changed:
            unfinished.replace(path)
    except _UNREADABLE as error:
        raise UnreadableError(f"{path} could not be searched for forgotten people: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return rewriter.has_changed


def _names_nobody(rewriter: Rewriter) -> bool:
    """Most files name nobody forgotten: seen at once from their different values, without going record by record."""
    file, limits = rewriter.file, rewriter.inputs.settings.limits
    if file.is_of_documents:
        return False
    try:
        with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
            incoming = readers.read(connection, file, file.path, "incoming", limits)
            if incoming.documents or incoming.bad:
                return False
            columns = rewriter.columns(list(incoming.columns))
            places = list(incoming.columns.values())
            kinds: list[tuple[int, Personal]] = [*columns.personal, *((place, "text") for place in columns.unknown)]
            for place, kind in kinds:
                cursor = connection.execute(f"select distinct {places[place]} from incoming")
                while found := cursor.fetchmany(_BATCH_ROWS):
                    if any(text and rewriter.forgotten.rewritten(text, kind) != text for (text,) in found):
                        return False
            return True
    except (duckdb.Error, *_UNREADABLE):
        return False


@contextmanager
def _packed(path: Path, sink: Path) -> Iterator[Any]:
    """A new file, packed like the old one; the same content gives the same bytes."""
    if path.suffix == ".gz":
        with sink.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as stream:
            yield stream
    else:
        with pa.output_stream(str(sink), compression="zstd" if path.suffix == ".zst" else None) as stream:
            yield stream


# --- csv --------------------------------------------------------------------------------------------------------------


def _csv(rewriter: Rewriter, path: Path, sink: Path) -> None:
    limits = rewriter.inputs.settings.limits
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in readers.bounded_lines(path, limits):
            taken.append(line)
            yield line

    csv.field_size_limit(limits.max_cell_bytes)
    reader = csv.reader(lines(), strict=True)
    columns: Columns | None = None
    with _packed(path, sink) as stream:
        while True:
            taken.clear()
            try:
                values = next(reader)
            except StopIteration:
                break
            except csv.Error:
                written = rewriter.line("".join(taken))
            else:
                written = "".join(taken)
                if columns is None:
                    columns = rewriter.columns(values) if values else None
                elif values and rewriter.record(columns, values):
                    written = _csv_line(values) + ("\r\n" if written.endswith("\r\n") else "\n")
            stream.write(written.encode("utf-8", "surrogateescape"))


class _Line:
    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)


def _csv_line(values: Iterable[Any]) -> str:
    line = _Line()
    csv.writer(line, lineterminator="").writerow(values)
    return line.text


# --- json -------------------------------------------------------------------------------------------------------------


def _json_lines(rewriter: Rewriter, path: Path, sink: Path) -> None:
    with _packed(path, sink) as stream:
        for line in readers.bounded_lines(path, rewriter.inputs.settings.limits):
            written = line
            try:
                record = json.loads(line, parse_float=_number) if line.strip() else None
            except (ValueError, RecursionError):
                written = rewriter.line(line)
            else:
                if isinstance(record, dict) and _object(rewriter, record):
                    written = json.dumps(record, ensure_ascii=False) + "\n"
            stream.write(written.encode("utf-8", "surrogateescape"))


def _number(text: str) -> Any:
    """A number whose digits a float would change becomes a text; landing reads both alike."""
    return float(text) if re.fullmatch(r"-?\d{1,9}\.\d{1,6}", text) else text


def _object(rewriter: Rewriter, record: dict[str, Any]) -> bool:
    values = list(record.values())
    if not rewriter.record(rewriter.columns(list(record)), values):
        return False
    record.update(zip(list(record), values, strict=True))
    return True


def _json(rewriter: Rewriter, path: Path, sink: Path) -> None:
    limits = rewriter.inputs.settings.limits
    opening = next(iter(counting.chunks(path, limits)), b"").removeprefix(b"\xef\xbb\xbf").lstrip()
    with _packed(path, sink) as stream:
        if not opening.startswith(b"["):
            stream.write(rewriter.document(b"".join(counting.chunks(path, limits))))
            return
        with readers.stream(path, limits) as source:
            between = "[\n"
            for record in ijson.items(source, "item"):
                if isinstance(record, dict):
                    _object(rewriter, record)
                written = json.dumps(record, ensure_ascii=False, default=_plain)
                stream.write((between + written).encode("utf-8", "surrogateescape"))
                between = ",\n"
            stream.write(b"[]" if between == "[\n" else b"\n]")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return _number(str(value))
    raise ValueError(f"a {type(value).__name__} is no JSON")


# --- archives of documents --------------------------------------------------------------------------------------------


def _documents(rewriter: Rewriter, path: Path, sink: Path) -> None:
    """Names of members may hold a host name too; those of one device go on sorting alike."""
    if path.is_dir():
        for name, entry in list(members(path)):
            if isinstance(entry, Path):
                _loose_document(rewriter, path, name, entry)
        rewriter.has_changed = False  # each file was written in its place
        return
    counting.archive_size(path, rewriter.inputs.settings.limits)
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, entry in members(path):
            if isinstance(entry, zipfile.ZipInfo):
                content = rewriter.document(archive.read(entry))
                packed.writestr(zipfile.ZipInfo(rewriter.line(name)), content, zipfile.ZIP_DEFLATED)


def _loose_document(rewriter: Rewriter, folder: Path, name: str, entry: Path) -> None:
    before = entry.read_bytes()
    content, fresh = rewriter.document(before), folder / rewriter.line(name)
    if content != before:
        unfinished = entry.with_name(f".{entry.name}.part")
        unfinished.write_bytes(content)
        unfinished.replace(entry)
    if fresh != entry:
        fresh.parent.mkdir(parents=True, exist_ok=True)
        entry.rename(fresh)


# --- parquet ----------------------------------------------------------------------------------------------------------


def _parquet(rewriter: Rewriter, path: Path, sink: Path) -> None:
    """Columns that may name people become texts; everything else keeps its type."""
    with pq.ParquetFile(path) as source:
        schema = source.schema_arrow
        columns = rewriter.columns(schema.names)
        personal = [(place, kind) for place, kind in columns.personal if _is_text_or_number(schema.field(place).type)]
        free = [place for place in columns.unknown if _is_text_or_number(schema.field(place).type)]
        touched = {place for place, _ in personal} | set(free)
        fields = [pa.field(f.name, pa.string()) if p in touched else f for p, f in enumerate(schema)]
        with pq.ParquetWriter(sink, pa.schema(fields), compression="zstd") as writer:
            for batch in source.iter_batches(_BATCH_ROWS):
                writer.write_batch(_batch(rewriter, columns, touched, batch, pa.schema(fields)))


def _is_text_or_number(data_type: Any) -> bool:
    inner = data_type.value_type if pa.types.is_dictionary(data_type) else data_type
    return bool(pa.types.is_string(inner) or pa.types.is_large_string(inner) or pa.types.is_integer(inner))


def _batch(rewriter: Rewriter, columns: Columns, touched: set[int], batch: Any, schema: Any) -> Any:
    lists = {place: [_text(v) or None for v in batch.column(place).to_pylist()] for place in touched}
    before = {place: list(values) for place, values in lists.items()}
    masks = [False] * batch.num_rows
    personal = [(place, kind) for place, kind in columns.personal if place in touched]
    for place, kind in personal:
        for row, text in enumerate(lists[place]):
            if text and (fresh := rewriter.forgotten.rewritten(text, kind)) != text:
                lists[place][row] = fresh
                masks[row] = masks[row] or kind != "text"
    for place in touched - {place for place, _ in personal}:
        lists[place] = [t and rewriter.forgotten.rewritten(t, "text") for t in lists[place]]
    rewriter.has_changed = rewriter.has_changed or lists != before
    arrays = [pa.array(lists[p], pa.string()) if p in lists else batch.column(p) for p in range(batch.num_columns)]
    for place in columns.unknown:
        nulls = pa.nulls(batch.num_rows, arrays[place].type)
        arrays[place] = pc.if_else(pa.array(masks), nulls, arrays[place])
    return pa.record_batch(arrays, schema=schema)


# --- xlsx -------------------------------------------------------------------------------------------------------------

_BOOK = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="xl/workbook.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="worksheets/sheet1.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>',
}
"""The parts of a workbook with one sheet."""


def _xlsx(rewriter: Rewriter, path: Path, sink: Path) -> None:
    """The sheet that is read, as texts; what else a workbook holds is read by nobody and goes."""
    columns: Columns | None = None
    rows: list[list[str | None]] = []
    for values in readers.sheet(path, rewriter.inputs.settings.limits)[1]:
        if columns is None:
            columns = rewriter.columns([value or "" for value in values])
        else:
            rewriter.record(columns, values)
        rows.append(values)
    if not rewriter.has_changed:
        return
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in _BOOK.items():
            book.writestr(zipfile.ZipInfo(name), f'<?xml version="1.0" encoding="UTF-8"?>{content}')
        with book.open(zipfile.ZipInfo("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as sheet:
            sheet.write(
                b'<?xml version="1.0" encoding="UTF-8"?>'
                b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            )
            for number, values in enumerate(rows, start=1):
                cells = "".join(_cell(place, number, text) for place, text in enumerate(values) if text is not None)
                sheet.write(f'<row r="{number}">{cells}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")


def _cell(place: int, row: int, text: str) -> str:
    where = f"{_letters(place)}{row}"
    return f'<c r="{where}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _letters(place: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    letters, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


_FORMATS: dict[str, Callable[[Rewriter, Path, Path], None]] = {
    "csv": _csv,
    "csv.gz": _csv,
    "jsonl": _json_lines,
    "json": _json,
    "parquet": _parquet,
    "xlsx": _xlsx,
    "zip": _documents,
    "": _documents,
}
