"""The outbox: tables become files `landing/<source_system>/<feed>/<extracted_at>.<ext>`.

Here: formats and their bytes, which depend on nothing but the table. Not here: what is delivered when.
"""

from __future__ import annotations

import gzip
import io
import json
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from itam.sample.columns import as_text
from itam.sample.timeline import file_stem

Format: TypeAlias = Literal["csv", "csv.gz", "parquet", "json", "jsonl"]

_QUEUED_TABLES = 2
"""One is written and one waits: tables of millions of rows are gigabytes."""


def _csv_bytes(table: pa.Table) -> bytes:
    plain = {
        name: as_text(column.combine_chunks()) if pa.types.is_dictionary(column.type) else column
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    sink = io.BytesIO()
    pacsv.write_csv(pa.table(plain), sink, pacsv.WriteOptions(quoting_style="needed"))
    return sink.getvalue()


def _gzip_bytes(data: bytes) -> bytes:
    sink = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=sink, mtime=0) as packed:
        packed.write(data)
    return sink.getvalue()


def _parquet_bytes(table: pa.Table) -> bytes:
    repeated = [
        field.name
        for field in table.schema
        if pa.types.is_dictionary(field.type) or pa.types.is_temporal(field.type) or pa.types.is_decimal(field.type)
    ]
    stamped = pa.table(
        {
            name: column.cast(pa.timestamp("us")) if pa.types.is_timestamp(column.type) else column
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    )
    sink = io.BytesIO()
    pq.write_table(
        stamped,
        sink,
        compression="zstd",
        compression_level=1,
        use_dictionary=repeated,
        dictionary_pagesize_limit=1 << 22,
        store_schema=False,
        write_statistics=False,
    )
    return sink.getvalue()


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value


def _json_rows(table: pa.Table) -> list[str]:
    rows = table.to_pylist()
    return [json.dumps({key: _json_value(value) for key, value in row.items()}, ensure_ascii=False) for row in rows]


def encode(table: pa.Table, file_format: Format) -> bytes:
    """The bytes of a delivery."""
    match file_format:
        case "csv":
            return _csv_bytes(table)
        case "csv.gz":
            return _gzip_bytes(_csv_bytes(table))
        case "parquet":
            return _parquet_bytes(table)
        case "json":
            return ("[\n" + ",\n".join(_json_rows(table)) + "\n]\n").encode()
        case "jsonl":
            return "".join(row + "\n" for row in _json_rows(table)).encode()


@dataclass
class Outbox:
    """Writes deliveries on a second thread while the simulation prepares the next ones."""

    landing: Path
    is_columnar: bool = False
    files: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._writer = ThreadPoolExecutor(max_workers=1)
        self._room = threading.Semaphore(_QUEUED_TABLES)
        self._pending: list[Future[None]] = []

    def send(
        self, source: str, feed: str, day: int, second: int, table: pa.Table, file_format: Format, manifest: int = 0
    ) -> None:
        """Deliver one table; a manifest states how many rows the source meant to send."""
        file_format = "parquet" if self.is_columnar else file_format
        path = self.landing / source / feed / f"{file_stem(day, second)}.{file_format}"
        self._room.acquire()
        self._pending.append(self._writer.submit(self._write, path, feed, table, file_format))
        if manifest:
            path.parent.mkdir(parents=True, exist_ok=True)
            (path.parent / f"{file_stem(day, second)}.manifest.json").write_text(f'{{"expected_rows": {manifest}}}\n')

    def _write(self, path: Path, feed: str, table: pa.Table, file_format: Format) -> None:
        try:
            data = encode(table, file_format)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            self.files[feed] += 1
            self.rows[feed] += table.num_rows
            self.bytes[feed] += len(data)
        finally:
            self._room.release()

    def settle(self) -> None:
        """Wait for what is queued; raise what went wrong."""
        for future in self._pending:
            future.result()
        self._pending.clear()

    def close(self) -> None:
        """Stop the writer."""
        self._writer.shutdown(wait=True)
