"""From a delivered file to a table of text: one temporary table per file, one column per delivered column.

Here: the formats, their safe reading and the proof that nothing was lost on the way. Not here: what the columns mean
(``mapping.py``) and whether values are right (``canonical.py``).
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from itam.landing import counting
from itam.landing.casts import literal, quoted
from itam.landing.inbox import DeliveredFile, members
from itam.landing.reasons import BadRecord, RefusedError
from itam.settings import Limits

MAX_DEPTH = 64
_BATCH = 20_000
_PAYLOAD = 10_000


@dataclass
class Incoming:
    """A file as loaded: ``columns`` names the SQL column of each delivered column, in the order of the file."""

    table: str
    columns: dict[str, str]
    row_number: str = "rowid + 1"
    delivered: int = 0
    bad: list[BadRecord] = field(default_factory=list)
    nested: bool = False
    documents: bool = False

    def column(self, name: str) -> str | None:
        """The SQL column of a delivered column, found without regard to case."""
        return self.columns.get(name) or next(
            (sql for delivered, sql in self.columns.items() if delivered.lower() == name.lower()), None
        )


def read(
    connection: duckdb.DuckDBPyConnection, file: DeliveredFile, path: Path, table: str, limits: Limits
) -> Incoming:
    """Load one file; raises RefusedError with the reason when it cannot be loaded as a whole."""
    if not path.is_dir():
        size = path.stat().st_size
        if size == 0:
            raise RefusedError("the file is empty; a list without rows still has a header")
        if size > limits.max_file_bytes:
            raise RefusedError(
                f"the file has {size} bytes, more than the {limits.max_file_bytes} that settings.yml allows"
            )
    readers = {
        "csv": _csv,
        "csv.gz": _csv,
        "parquet": _parquet,
        "jsonl": _json_lines,
        "json": _json,
        "xlsx": _xlsx,
        "zip": _documents,
        "": _documents,
    }
    connection.execute(f"drop table if exists {table}")
    incoming = readers[file.format](connection, path, table, limits)
    row = connection.execute(f"select count(*) from {table}").fetchone()
    loaded = row[0] if row else 0
    if loaded + len(incoming.bad) != incoming.delivered:
        raise RefusedError(
            f"the file holds {incoming.delivered} records, of which {loaded} could be read and {len(incoming.bad)} are "
            "damaged: its quotes or line ends contradict each other; export it again"
        )
    return incoming


def header(names: Iterable[Any], limits: Limits) -> dict[str, str]:
    """Delivered column names to SQL columns; refuses names that could be taken for one another."""
    columns: dict[str, str] = {}
    seen: set[str] = set()
    for position, given in enumerate(names):
        name = str("" if given is None else given).strip() or f"column_{position + 1}"
        if name.lower() in seen:
            raise RefusedError(f"the column '{name}' appears twice in the header; rename or drop one")
        seen.add(name.lower())
        columns[name] = f"c{position}"
    if len(columns) > limits.max_columns:
        raise RefusedError(
            f"the file has {len(columns)} columns, more than the {limits.max_columns} that settings.yml allows"
        )
    if not columns:
        raise RefusedError("the file has no header; its first line names the columns")
    return columns


def first_line(error: Exception) -> str:
    """The first line of an error of a library, without its own punctuation."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".:")


def plain_bytes(path: Path) -> Iterator[bytes]:
    """The bytes of a small file, whichever way it is kept."""
    return counting.chunks(path, Limits(max_uncompressed_bytes=1 << 20))


# --- csv --------------------------------------------------------------------------------------------------------------


class _Lines(io.RawIOBase):
    """The decompressed bytes of a file as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


def stream(path: Path, limits: Limits) -> io.BufferedReader:
    """The decompressed bytes of a file, within its limits."""
    return io.BufferedReader(_Lines(counting.chunks(path, limits)), 1 << 20)


def bounded_lines(path: Path, limits: Limits) -> Iterator[str]:
    """Lines as text, undecodable bytes marked; a line beyond any sensible record ends the reading."""
    longest = 4 * limits.max_cell_bytes
    with stream(path, limits) as source:
        number = 0
        while line := source.readline(longest):
            number += 1
            if len(line) >= longest:
                raise RefusedError(
                    f"line {number} is longer than {longest} bytes; a cell holds a file or a quote is missing"
                )
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            yield line.decode("utf-8", "surrogateescape")


def _csv_records(path: Path, limits: Limits) -> Iterator[list[str] | csv.Error]:
    """Records by the rules of CSV, an error in the place of each record that breaks them; blank lines left out."""
    csv.field_size_limit(limits.max_cell_bytes)
    reader = csv.reader(bounded_lines(path, limits), strict=True)
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield error
            continue
        if record:
            yield record


def _csv_header(path: Path, limits: Limits) -> dict[str, str]:
    with path.open("rb") as stream:
        begin = stream.read(2)
        if begin in (b"\xff\xfe", b"\xfe\xff"):
            raise RefusedError("the file is UTF-16; export it as UTF-8")
    first = next(_csv_records(path, limits), None)
    if first is None or isinstance(first, csv.Error):
        if begin[:1] in (b"[", b"{"):
            raise RefusedError("it is JSON and is called .csv; deliver it as .json or .jsonl")
        raise RefusedError(f"the header is not readable CSV ({first or 'there is none'}); export the file again")
    columns = header(first, limits)
    if any(_is_marked(name) for name in columns):
        raise RefusedError("the header is not UTF-8; export the file as UTF-8")
    if any("\0" in name for name in columns):
        raise RefusedError("the header holds NUL bytes; export the file as CSV in UTF-8")
    return columns


def _is_marked(text: str) -> bool:
    return any("\udc80" <= sign <= "\udcff" for sign in text)


def _csv(connection: duckdb.DuckDBPyConnection, path: Path, table: str, limits: Limits) -> Incoming:
    columns = _csv_header(path, limits)
    facts = counting.csv_facts(path, limits)
    if facts.is_utf8 and not facts.has_nul:
        types = ", ".join(f"{literal(sql)}: 'VARCHAR'" for sql in columns.values())
        compression = {".gz": "gzip", ".zst": "zstd"}.get(path.suffix, "none")
        try:
            connection.execute(
                f"create temp table {table} as select * from read_csv({literal(str(path))}, auto_detect=false, "
                f"columns={{{types}}}, header=true, delim=',', quote='\"', escape='\"', strict_mode=true, "
                f"null_padding=false, compression='{compression}', max_line_size={2 * limits.max_cell_bytes})"
            )
            row = connection.execute(f"select count(*) from {table}").fetchone()
            if row and row[0] == facts.records:
                return Incoming(table, columns, delivered=facts.records)
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException):
            pass
        connection.execute(f"drop table if exists {table}")
    return _csv_exactly(connection, path, table, limits, columns, facts)


def _csv_exactly(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    table: str,
    limits: Limits,
    columns: dict[str, str],
    facts: counting.TextFacts,
) -> Incoming:
    """Record by record: slower, but each damaged record is set aside with its number."""
    bad: list[BadRecord] = []
    records = _csv_records(path, limits)
    next(records)
    names = list(columns)

    def good() -> Iterator[tuple[int, list[str | None]]]:
        for number, record in enumerate(records, start=1):
            if isinstance(record, csv.Error):
                if "field larger" in str(record):
                    raise RefusedError(
                        f"row {number} holds a cell of more than {limits.max_cell_bytes} bytes, or a quote that opens "
                        "there never closes; correct the row, or raise limits in settings.yml"
                    )
                if "unexpected end" in str(record):
                    raise RefusedError(
                        f"a quote that opens in row {number} never closes; close it and deliver the file again"
                    )
                bad.append(BadRecord(number, "the quotes of the row are broken", "", expected="quotes that close"))
                continue
            payload = json.dumps(dict(zip(names, record, strict=False)), ensure_ascii=True)[:_PAYLOAD]
            if len(record) != len(names):
                bad.append(
                    BadRecord(
                        number,
                        f"the row has {len(record)} values",
                        payload,
                        expected=f"{len(names)} values, as in the header",
                    )
                )
                continue
            broken = next((n for n, value in zip(names, record, strict=True) if "\0" in value), None)
            if broken is not None:
                bad.append(BadRecord(number, "a NUL byte", payload, broken, expected="text"))
                continue
            broken = next((n for n, value in zip(names, record, strict=True) if _is_marked(value)), None)
            if broken is not None:
                bad.append(BadRecord(number, "bytes that are not UTF-8", payload, broken, expected="UTF-8"))
                continue
            yield number, list(record)

    load(connection, table, good(), len(names))
    incoming = Incoming(table, columns, "row_number", facts.records, bad)
    row = connection.execute(f"select count(*) from {table}").fetchone()
    if row and row[0] + len(bad) != facts.records and not any(record.reason.startswith("the quotes") for record in bad):
        incoming.delivered = _by_fields(path, table, limits)
    return incoming


def _by_fields(path: Path, table: str, limits: Limits) -> int:
    """Count again where quotes stand inside unquoted fields; needs the file unpacked."""
    if path.suffix not in (".gz", ".zst"):
        return counting.csv_records_by_fields(path)
    unpacked = path.with_name(f".{table}.part")
    try:
        with unpacked.open("wb") as sink:
            for chunk in counting.chunks(path, limits):
                sink.write(chunk)
        return counting.csv_records_by_fields(unpacked)
    finally:
        unpacked.unlink(missing_ok=True)


def load(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[int, list[str | None]]], width: int
) -> None:
    """Fill a table of text columns c0, c1, … and the row number from an iterator, in batches."""
    names = [f"c{position}" for position in range(width)]
    schema = pa.schema([("row_number", pa.int64()), *((name, pa.string()) for name in names)])
    columns = ", ".join(f"{name} varchar" for name in names)
    connection.execute(f"create temp table {table} (row_number bigint, {columns})")
    batch: list[tuple[int, list[str | None]]] = []

    def flush() -> None:
        arrays = [pa.array([number for number, _ in batch], pa.int64())]
        arrays += [pa.array([record[position] for _, record in batch], pa.string()) for position in range(width)]
        connection.register("landing_batch", pa.table(arrays, schema=schema))
        connection.execute(f"insert into {table} select * from landing_batch")
        connection.unregister("landing_batch")
        batch.clear()

    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            flush()
    if batch:
        flush()


# --- parquet ----------------------------------------------------------------------------------------------------------


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path, table: str, limits: Limits) -> Incoming:
    try:
        meta = pq.read_metadata(path)
        unpacked = sum(meta.row_group(group).total_byte_size for group in range(meta.num_row_groups))
    except (pa.ArrowException, OSError) as error:
        raise RefusedError("the file is no readable Parquet; export it again") from error
    if unpacked > limits.max_uncompressed_bytes:
        raise RefusedError(f"it unpacks to {unpacked} bytes; deliver it in parts, or raise limits in settings.yml")
    try:
        described = connection.execute(f"describe select * from read_parquet({literal(str(path))})").fetchall()
        columns = header((row[0] for row in described), limits)
        texts = [
            f"{_parquet_text(quoted(row[0]), row[1])} as {sql}"
            for row, sql in zip(described, columns.values(), strict=True)
        ]
        connection.execute(
            f"create temp table {table} as select {', '.join(texts)} from read_parquet({literal(str(path))})"
        )
    except (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException) as error:
        raise RefusedError(f"the file is no readable Parquet ({first_line(error)}); export it again") from error
    return Incoming(table, columns, delivered=meta.num_rows)


def _parquet_text(column: str, data_type: str) -> str:
    if data_type == "VARCHAR":
        return column
    if data_type == "TIMESTAMP WITH TIME ZONE":
        return f"cast(timezone('UTC', {column}) as varchar) || 'Z'"
    if data_type.startswith("TIMESTAMP"):
        return f"cast(cast({column} as timestamp) as varchar)"
    if data_type in ("DOUBLE", "FLOAT"):
        plain = f"rtrim(rtrim(cast(cast({column} as decimal(38, 18)) as varchar), '0'), '.')"
        small = f"{column} <> 0 and abs({column}) < 0.0001 and abs({column}) >= 1e-12"
        large = f"abs({column}) >= 1e15 and abs({column}) < 1e19"
        return f"case when ({small}) or ({large}) then {plain} else cast({column} as varchar) end"
    if data_type.startswith(("STRUCT", "MAP")) or data_type.endswith("]"):
        return f"cast(to_json({column}) as varchar)"
    return f"cast({column} as varchar)"


# --- json -------------------------------------------------------------------------------------------------------------


def _json_lines(connection: duckdb.DuckDBPyConnection, path: Path, table: str, limits: Limits) -> Incoming:
    facts = counting.json_lines(path, limits)
    compression = "zstd" if path.suffix == ".zst" else "none"
    source = (
        f"read_csv({literal(str(path))}, auto_detect=false, columns={{'line': 'VARCHAR'}}, header=false, "
        f"delim='\\x01', quote='', escape='', compression='{compression}', max_line_size={2 * limits.max_cell_bytes})"
    )
    lines = f"{table}_lines"
    connection.execute(f"drop table if exists {lines}")
    try:
        connection.execute(f"create temp table {lines} as select trim(line) as line from {source}")
        row = connection.execute(f"select count(*) filter (line <> '') from {lines}").fetchone()
        if not row or row[0] != facts.records:
            raise duckdb.InvalidInputException
    except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException):
        connection.execute(f"drop table if exists {lines}")
        rows = ((number, [line.strip()]) for number, line in enumerate(bounded_lines(path, limits), start=1))
        load(connection, lines, ((number, [_escaped(line[0])]) for number, line in rows), 1)
        connection.execute(f"alter table {lines} rename column c0 to line")
    connection.execute(f"delete from {lines} where coalesce(line, '') = ''")
    broken = connection.execute(
        f"select rowid + 1, left(line, {_PAYLOAD}) from {lines} "
        f"where not json_valid(line) or not starts_with(line, '{{') or contains(line, chr(0)) order by 1"
    ).fetchall()
    bad = [BadRecord(row[0], "the line is no JSON object", row[1], expected="one object per line") for row in broken]
    if bad:
        connection.execute(
            f"delete from {lines} where not json_valid(line) or not starts_with(line, '{{') or contains(line, chr(0))"
        )
    incoming = _objects(connection, lines, table, limits)
    incoming.delivered, incoming.bad = facts.records, [*bad, *incoming.bad]
    return incoming


def _escaped(line: str) -> str:
    return line.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _json(connection: duckdb.DuckDBPyConnection, path: Path, table: str, limits: Limits) -> Incoming:
    facts = counting.json_list(path, limits)
    if facts.depth > MAX_DEPTH:
        raise RefusedError(f"the JSON is nested {facts.depth} levels deep; deliver a list of flat objects")
    if not facts.is_closed:
        raise RefusedError("the JSON ends before it is closed; deliver it again")
    opening = b"".join(_head(path, limits)).removeprefix(b"\xef\xbb\xbf").lstrip()
    if opening.startswith(b"{"):
        return _single_document(connection, path, table, limits)
    if not opening.startswith(b"["):
        raise RefusedError("the JSON is no list; deliver a list of flat objects")
    lines = f"{table}_lines"
    connection.execute(f"drop table if exists {lines}")
    try:
        connection.execute(
            f"create temp table {lines} as select cast(json as varchar) as line from read_json_objects("
            f"{literal(str(path))}, format='array', maximum_object_size={limits.max_document_bytes}, "
            f"compression='{'zstd' if path.suffix == '.zst' else 'uncompressed'}')"
        )
    except (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException) as error:
        raise RefusedError(
            f"the file is no readable JSON ({first_line(error)}); deliver a list of flat objects"
        ) from error
    other = connection.execute(
        f"select min(rowid) + 1 from {lines} where not starts_with(line, '{{') or not json_valid(line)"
    ).fetchone()
    if other and other[0] is not None:
        raise RefusedError(f"record {other[0]} of the list is no object; deliver a list of flat objects")
    incoming = _objects(connection, lines, table, limits)
    incoming.delivered = facts.records
    incoming.nested = facts.depth > 2
    return incoming


def _head(path: Path, limits: Limits) -> Iterator[bytes]:
    for chunk in counting.chunks(path, limits):
        yield chunk
        return


_UNPLAIN = r"[0-9.]{16,}|[0-9][eE]|0\.000"
_STRING_OR_MEMBER = r'("(?:[^"\\]|\\.)*"(?:\s*:\s*)?)(-?[0-9][0-9.eE+-]*)?'


def _exact_numbers(line: str) -> str:
    """A JSON text whose numbers are texts, where reading them as numbers would change a digit."""
    marked = f"regexp_replace({line}, {literal(_STRING_OR_MEMBER)}, '\\1' || chr(1) || '\\2' || chr(1), 'g')"
    texts = f"replace(replace({marked}, chr(1) || chr(1), ''), chr(1), '\"')"
    return f"case when regexp_matches({line}, {literal(_UNPLAIN)}) then {texts} else {line} end"


def pointer(key: str) -> str:
    """A JSON pointer to a member of the outermost object."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _objects(connection: duckdb.DuckDBPyConnection, lines: str, table: str, limits: Limits) -> Incoming:
    """Split the column ``line`` of JSON objects into one text column per key; nested values are named beside."""
    found = connection.execute(
        f"select distinct unnest(keys) as key from (select distinct json_keys(line) as keys from {lines}) order by 1"
    ).fetchall()
    keys = [row[0] for row in found]
    columns = header(keys, limits) if keys else {}
    pointers = "[" + ", ".join(literal(pointer(key)) for key in keys) + "]::varchar[]"
    values = "".join(
        f", case when kinds[{position}] in ('OBJECT', 'ARRAY') then json_extract_string(line, {literal(pointer(key))}) "
        f"else texts[{position}] end as c{position - 1}"
        for position, key in enumerate(keys, start=1)
    )
    connection.execute(
        f"create temp table {table} as select row_number{values}, kinds from (select rowid + 1 as row_number, line, "
        f"json_extract_string({_exact_numbers('line')}, {pointers}) as texts, "
        f"case when regexp_matches(line, '^.[^\\[{{]*[\\[{{]') then json_type(line, {pointers}) end as kinds "
        f"from {lines} order by rowid)"
    )
    connection.execute(f"drop table {lines}")
    return Incoming(table, columns, "row_number", nested=True)


# --- documents --------------------------------------------------------------------------------------------------------


def _single_document(connection: duckdb.DuckDBPyConnection, path: Path, table: str, limits: Limits) -> Incoming:
    text = b"".join(counting.chunks(path, limits))
    return _load_documents(connection, table, [(path.name, text)], limits)


def _documents(connection: duckdb.DuckDBPyConnection, path: Path, table: str, limits: Limits) -> Incoming:
    """One JSON document per file of a folder or zip."""
    if not path.is_dir():
        counting.archive_size(path, limits)

    def texts() -> Iterator[tuple[str, bytes]]:
        if path.is_dir():
            for name, entry in members(path):
                if isinstance(entry, Path):
                    too_large = entry.stat().st_size > limits.max_document_bytes
                    yield name, b"" if too_large else entry.read_bytes()
            return
        try:
            with zipfile.ZipFile(path) as archive:
                for name, info in members(path):
                    if isinstance(info, zipfile.ZipInfo):
                        too_large = info.file_size > limits.max_document_bytes
                        yield name, b"" if too_large else archive.read(info)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
            raise RefusedError(f"the archive is damaged ({first_line(error)}); deliver it again") from error

    return _load_documents(connection, table, texts(), limits)


def _load_documents(
    connection: duckdb.DuckDBPyConnection, table: str, texts: Iterable[tuple[str, bytes]], limits: Limits
) -> Incoming:
    bad: list[BadRecord] = []
    count = 0

    def good() -> Iterator[tuple[int, list[str | None]]]:
        nonlocal count
        for number, (name, text) in enumerate(texts, start=1):
            count = number
            problem = _document_problem(text)
            if problem is None:
                yield number, [name, text.decode("utf-8-sig")]
            else:
                shown = text[:_PAYLOAD].decode("utf-8", "backslashreplace").replace("\0", "\\0")
                bad.append(BadRecord(number, f"{name}: {problem}", shown, expected="one JSON object"))

    load(connection, table, good(), 2)
    return Incoming(table, {"file": "c0", "document": "c1"}, "row_number", count, bad, documents=True)


def _document_problem(text: bytes) -> str | None:
    if not text:
        return "the file is empty or too large"
    try:
        document = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return "the file is no readable JSON"
    return None if isinstance(document, dict) else "the file is no JSON object"


# --- xlsx -------------------------------------------------------------------------------------------------------------


def sheet(path: Path, limits: Limits) -> tuple[str, Iterator[list[str | None]]]:
    """Name and rows of the first sheet of a workbook, as texts."""
    import python_calamine

    counting.archive_size(path, limits)
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        first = workbook.get_sheet_by_index(0)
        rows = first.iter_rows()
    except (python_calamine.CalamineError, OSError, IndexError) as error:
        raise RefusedError(f"the file is no readable workbook ({first_line(error)}); save it again") from error
    return first.name, ([_cell(value) for value in values] for values in rows)


def _xlsx(connection: duckdb.DuckDBPyConnection, path: Path, table: str, limits: Limits) -> Incoming:
    """The first sheet; its first row is the header, dates become ISO text, blank rows are none."""
    sheet_name, rows = sheet(path, limits)
    names = next(rows, None)
    if names is None:
        raise RefusedError("the first sheet is empty; its first row names the columns")
    while names and names[-1] is None:
        names.pop()
    columns = header(names, limits)
    bad: list[BadRecord] = []
    count = 0

    def good() -> Iterator[tuple[int, list[str | None]]]:
        nonlocal count
        for record in rows:
            if not any(value is not None for value in record):
                continue
            count += 1
            if any(value is not None for value in record[len(names) :]):
                payload = json.dumps(record, ensure_ascii=False)[:_PAYLOAD]
                bad.append(
                    BadRecord(count, "a value stands right of the header", payload, expected="a header above it")
                )
                continue
            yield count, record[: len(names)] + [None] * (len(names) - len(record))

    load(connection, table, good(), len(columns))
    return Incoming(table, columns, "row_number", _sheet_records(path, sheet_name), bad)


def _cell(value: Any) -> str | None:
    """A cell as text, as a CSV export would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    text = str("" if value is None else value)
    return text if text.strip() else None


def _sheet_records(path: Path, name: str) -> int:
    """Rows with a value in the XML of the first sheet, the header not counted."""
    from xml.etree import ElementTree

    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    try:
        with zipfile.ZipFile(path) as archive:
            book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
            links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
            ids = {node.get("name"): node.get(relation) for node in book.iter() if node.tag.endswith("}sheet")}
            targets = {node.get("Id"): node.get("Target", "") for node in links}
            target = targets[ids[name]].removeprefix("/xl/").removeprefix("xl/")
            with archive.open(f"xl/{target}") as stream:
                return counting.sheet_rows(stream)
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile, OSError) as error:
        raise RefusedError("the file is no readable workbook; save it again as .xlsx") from error
