"""A warehouse with hand-made raw tables, and the models of the money area run over it.

Here: writing a change log as landing would (one row per change, tombstones for what vanished) from canonical rows, and
running compiled models in dependency order. Not here: files, casts and verdicts (landing's own tests), and numbers.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from itam.feeds import Feed, load_feeds
from itam.quality import ledger

ROOT = Path(__file__).resolve().parents[3]
Row = Mapping[str, str | None]


@dataclass(frozen=True)
class Delivery:
    """What one source delivered of one feed at one time; values are canonical text."""

    source: str
    feed: str
    extracted_at: str
    rows: Sequence[Row]


def compile_models(target: Path, select: str) -> list[tuple[str, str, str]]:
    """Schema, name and SQL of the selected models and seeds' consumers, in an order in which they can be run."""
    environment = {**os.environ, "DBT_TARGET_PATH": str(target), "ITAM_HOME": str(target)}
    dbt = [sys.executable, "-m", "dbt.cli.main"]
    options = ["--profiles-dir", str(ROOT), "--project-dir", str(ROOT), "--quiet", "--log-path", str(target)]
    subprocess.run([*dbt, "compile", *options, "--select", select], check=True, env=environment, cwd=ROOT)
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    pending = {
        key: node for key, node in nodes.items() if node["resource_type"] == "model" and node.get("compiled_code")
    }
    ordered: list[tuple[str, str, str]] = []
    while pending:
        ready = [key for key, node in pending.items() if not pending.keys() & set(node["depends_on"]["nodes"])]
        for key in ready:
            node = pending.pop(key)
            ordered.append((node["schema"], node["name"], node["compiled_code"]))
    return ordered


def write_raw(connection: duckdb.DuckDBPyConnection, deliveries: Iterable[Delivery], as_of: str) -> None:
    """Every raw table, and in it the change log of the deliveries."""
    feeds = load_feeds()
    connection.execute("create schema if not exists raw")
    for feed in feeds.values():
        _create_log(connection, feed.name, [column.name for column in feed.described], with_extra=True)
        if feed.observed:
            keys = list(feed.key)
            _create_log(connection, f"{feed.name}_sightings", [*keys, *(column.name for column in feed.observed)])
    _create_ledger(connection, as_of)
    row_id = 0
    states: dict[tuple[str, str], dict[str, tuple[str, Row]]] = {}
    for delivery in sorted(deliveries, key=lambda one: one.extracted_at):
        feed = feeds[delivery.feed]
        connection.execute(
            "insert into raw.deliveries values (?, ?, ?, ?, 'accepted')",
            [f"{delivery.source}-{delivery.extracted_at}", delivery.source, delivery.feed, delivery.extracted_at],
        )
        logs = [(feed.name, [column.name for column in feed.described], True)]
        if feed.observed:
            logs.append((f"{feed.name}_sightings", [*feed.key, *(column.name for column in feed.observed)], False))
        for table, columns, with_extra in logs:
            known = states.setdefault((table, delivery.source), {})
            new = {
                _key(feed, row): (json.dumps({name: row.get(name) for name in columns}), row) for row in delivery.rows
            }
            gone = [key for key in known if key not in new] if feed.kind == "snapshot" else []
            for change, key, row in [
                *(("delete", key, known[key][1]) for key in gone),
                *(("upsert", key, row) for key, (text, row) in new.items() if known.get(key, ("",))[0] != text),
            ]:
                row_id += 1
                payload = [row.get(name) if change == "upsert" or name in feed.key else None for name in columns]
                _insert(connection, table, delivery, change, row_id, key, payload + ([None] if with_extra else []))
            states[table, delivery.source] = new if feed.kind == "snapshot" else {**known, **new}


def run_models(connection: duckdb.DuckDBPyConnection, models: Sequence[tuple[str, str, str]]) -> None:
    """The models as tables, seeds beside them."""
    connection.execute("create schema if not exists seeds")
    for path in sorted((ROOT / "seeds").glob("*.csv")):
        connection.execute(
            f"create or replace table seeds.{path.stem} as "
            f"select * from read_csv('{path}', all_varchar=true, header=true)"
        )
    for schema, name, sql in models:
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(f"create or replace table {schema}.{name} as {sql}")


def cells(connection: duckdb.DuckDBPyConnection, kpi_id: str) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The cells of a KPI model by date, dimension and slice."""
    result = connection.execute(f"select * from marts.kpi_{kpi_id}")
    names = [column[0] for column in result.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return {(str(row["as_of_date"]), row["dim_type"], row["dim_value"]): row for row in rows}


def _key(feed: Feed, row: Row) -> str:
    return chr(31).join(row.get(name) or "" for name in feed.key) if feed.key else json.dumps(dict(row), sort_keys=True)


def _create_log(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], with_extra: bool = False
) -> None:
    payload = "".join(f', "{name}" varchar' for name in [*columns, *(["extra"] if with_extra else [])])
    connection.execute(
        f"create or replace table raw.{table} (source_system varchar, extracted_at timestamp, batch_id varchar, "
        f"change_type varchar, row_id bigint, row_key varchar, row_hash varchar{payload})"
    )


def _insert(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    delivery: Delivery,
    change: str,
    row_id: int,
    key: str,
    payload: Sequence[str | None],
) -> None:
    values = [delivery.source, delivery.extracted_at, delivery.extracted_at, change, row_id, key, key, *payload]
    connection.execute(f"insert into raw.{table} values ({', '.join('?' * len(values))})", values)


def _create_ledger(connection: duckdb.DuckDBPyConnection, as_of: str) -> None:
    connection.execute(
        "create or replace table raw.deliveries (batch_id varchar, source_system varchar, feed varchar, "
        "extracted_at timestamp, status varchar)"
    )
    connection.execute("create or replace table raw.as_of_requests (as_of_date date, is_current boolean)")
    connection.execute("insert into raw.as_of_requests values (?, true)", [as_of])
    connection.execute("create or replace table raw.pseudonym_key as select '36' as inner_pad, '5c' as outer_pad")
    connection.execute(ledger.TABLES)
    landing = yaml.safe_load((ROOT / "models" / "staging" / "_landing.yml").read_text(encoding="utf-8"))
    for table in landing["sources"][0]["tables"]:
        if table["name"].startswith("policy_"):
            seed = ROOT / "seeds" / f"{table['name'].removeprefix('policy_')}.csv"
            names = seed.read_text(encoding="utf-8").splitlines()[0].split(",")
            columns = ", ".join(f'"{name}" varchar' for name in names)
            connection.execute(f"create or replace table raw.{table['name']} ({columns}, position bigint)")
