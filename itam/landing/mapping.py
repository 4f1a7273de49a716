"""Foreign shapes: small declarative files that say how another tool's export reads as our feeds.

Here: reading, checking and recognising mappings, and the SQL texts of a file's columns under one. Not here: any tool's
particulars: those are the YAML files in ``itam/mappings/`` and ``$ITAM_HOME/mappings/``.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from itam.feeds import Feed, load_feeds
from itam.landing.casts import literal, quoted
from itam.settings import NumberFormat, SettingsError

SHIPPED = Path(__file__).resolve().parents[1] / "mappings"
_CLASSES = {"COLUMN_REF", "FUNCTION", "CONSTANT", "CASE", "CAST", "COMPARISON", "CONJUNCTION", "OPERATOR", "BETWEEN"}
_FUNCTIONS = frozenset(
    [
        "->>",
        "->",
        "||",
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "~~",
        "!~~",
        "~~~",
        "!~~~",
        "abs",
        "array_to_string",
        "coalesce",
        "concat",
        "concat_ws",
        "contains",
        "date_trunc",
        "ends_with",
        "greatest",
        "ifnull",
        "json_array_length",
        "json_extract",
        "json_extract_string",
        "json_type",
        "least",
        "left",
        "length",
        "list_contains",
        "list_extract",
        "list_sort",
        "list_sum",
        "lower",
        "lpad",
        "ltrim",
        "md5",
        "nullif",
        "regexp_extract",
        "regexp_full_match",
        "regexp_matches",
        "regexp_replace",
        "replace",
        "reverse",
        "right",
        "round",
        "rpad",
        "rtrim",
        "sha256",
        "split_part",
        "starts_with",
        "strftime",
        "strip_accents",
        "strptime",
        "substr",
        "substring",
        "trim",
        "try_strptime",
        "upper",
    ]
)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Recognition(_Model):
    """What a file must have to be read by the mapping: these columns, or these members of each document."""

    feed: str
    columns: tuple[str, ...] = ()
    document: tuple[str, ...] = ()


class Output(_Model):
    """How one feed comes out of the file."""

    columns: dict[str, str] = {}
    rows: str | None = None
    where: str | None = None


class Mapping(_Model):
    """One mapping: what it recognises, and an SQL expression over the delivered row per column of each feed."""

    name: str
    description: str
    recognises: Recognition
    null_words: tuple[str, ...] = ()
    number_format: NumberFormat | None = None
    nested: tuple[str, ...] = ()
    known: tuple[str, ...] = Field((), description="further columns that belong to the shape; kept, not reported")
    identity: str | None = None
    outputs: dict[str, Output]


@lru_cache(maxsize=4096)
def references(expression: str, place: str) -> frozenset[str]:
    """The columns that a scalar expression reads; refuses everything that is not a scalar over the row."""
    parsed = json.loads(_serialized(f"select {expression}"))
    if parsed.get("error"):
        raise SettingsError(f"{place}: '{expression}' is no SQL expression: {parsed.get('error_message', '')}")
    statements = parsed["statements"]
    node = statements[0]["node"] if len(statements) == 1 else {}
    plain = node.get("type") == "SELECT_NODE" and node["from_table"]["type"] == "EMPTY"
    clean = plain and not any(
        [
            node["where_clause"],
            node["group_expressions"],
            node["having"],
            node["qualify"],
            node["sample"],
            node["modifiers"],
        ]
    )
    if not clean or len(node["select_list"]) != 1:
        raise SettingsError(f"{place}: '{expression}' must be one expression over the columns of the row")
    found: set[str] = set()
    _walk(node["select_list"][0], found, place)
    return frozenset(found)


@lru_cache(maxsize=1)
def _parser() -> duckdb.DuckDBPyConnection:
    """An empty database that only parses."""
    return duckdb.connect(":memory:")


def _serialized(query: str) -> str:
    row = _parser().execute("select cast(json_serialize_sql(?) as varchar)", [query]).fetchone()
    return str(row[0]) if row else "{}"


def _walk(node: Any, found: set[str], place: str) -> None:
    if isinstance(node, list):
        for child in node:
            _walk(child, found, place)
    elif isinstance(node, dict):
        kind = node.get("class")
        if kind is not None and kind not in _CLASSES:
            raise SettingsError(f"{place}: an expression may not hold a {str(kind).lower()}")
        if kind == "FUNCTION" and node["function_name"].lower() not in _FUNCTIONS:
            raise SettingsError(f"{place}: the function '{node['function_name']}' may not be used in a mapping")
        if kind == "COLUMN_REF":
            found.add(".".join(node["column_names"]))
        for child in node.values():
            _walk(child, found, place)


@lru_cache
def _load(path: Path, stamp: int) -> Mapping:
    del stamp  # a changed file is read again
    try:
        mapping = Mapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not readable YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"{path}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error
    feeds = load_feeds()
    for name, output in mapping.outputs.items():
        if name not in feeds:
            raise SettingsError(f"{path}: no feed is called '{name}'")
        declared = {column.name for column in feeds[name].columns}
        for column, expression in output.columns.items():
            if column not in declared:
                raise SettingsError(f"{path}: the feed {name} has no column '{column}'")
            references(expression, f"{path}: {name}.{column}")
        for expression in filter(None, (output.where, mapping.identity)):
            references(expression, f"{path}: {name}")
    return mapping


def load_mappings(home: Path) -> dict[str, Mapping]:
    """Shipped mappings, and the organisation's, which come first."""
    paths = [*sorted((home / "mappings").glob("*.yml")), *sorted(SHIPPED.glob("*.yml"))]
    mappings: dict[str, Mapping] = {}
    for path in paths:
        mapping = _load(path, path.stat().st_mtime_ns)
        mappings.setdefault(mapping.name, mapping)
    return mappings


def recognise(
    mappings: dict[str, Mapping], feed: str, columns: set[str], *, documents: bool, stated: str | None
) -> Mapping | None:
    """The mapping that reads a file: the one that is stated, else the first that knows its shape."""
    if stated is not None and stated in mappings and feed in mappings[stated].outputs:
        return mappings[stated]
    for mapping in mappings.values():
        known = mapping.recognises
        fits = documents or {name.lower() for name in known.columns} <= {name.lower() for name in columns}
        if known.feed == feed and bool(known.document) == documents and fits:
            return mapping
    return None


def split_feeds(mappings: dict[str, Mapping], feed: str) -> list[str]:
    """The feeds that come out of a folder or zip of documents dropped into a feed's folder."""
    names = {feed}
    for mapping in mappings.values():
        if mapping.recognises.feed == feed and mapping.recognises.document:
            names |= set(mapping.outputs)
    return [feed, *sorted(names - {feed})]


@dataclass(frozen=True)
class Texts:
    """A relation of delivered texts under the names of a feed, ready for the casts."""

    relation: str
    expressions: dict[str, str]
    unknown: dict[str, str]
    missing: list[str]
    counted: str


def _alias(columns: dict[str, str], names: frozenset[str]) -> str:
    """Select items that make the delivered columns available under their own names; absent ones are null."""
    lower = {name.lower(): sql for name, sql in columns.items()}
    items = [f"{lower.get(name.lower(), 'cast(null as varchar)')} as {quoted(name)}" for name in sorted(names)]
    return "".join(f", {item}" for item in items)


def texts(feed: Feed, incoming: Any, mapping: Mapping | None, extracted_at: str) -> Texts:
    """The text expression of every feed column of one loaded file, and what the file has beyond them."""
    output = mapping.outputs[feed.name] if mapping and feed.name in mapping.outputs else Output()
    place = f"mapping {mapping.name}" if mapping else ""
    used: set[str] = set()
    for expression in (*output.columns.values(), *filter(None, (output.where, mapping.identity if mapping else None))):
        used |= references(expression, place)
    delivered = {name.lower(): sql for name, sql in incoming.columns.items()}
    splits = incoming.documents and output.rows is not None
    expressions: dict[str, str] = {}
    once: list[str] = []  # what does not depend on the element is read once per document
    missing: list[str] = []
    for column in feed.columns:
        if column.name in output.columns:
            reads = references(output.columns[column.name], place)
            known = not reads or any(name.lower() in delivered or name in _GIVEN for name in reads)
            if known:
                expressions[column.name] = f"cast({output.columns[column.name]} as varchar)"
            if known and splits and "item" not in reads:
                once.append(f", {expressions[column.name]} as landing_once_{len(once)}")
                expressions[column.name] = f"landing_once_{len(once) - 1}"
        elif column.name.lower() in delivered and not incoming.documents:
            expressions[column.name] = delivered[column.name.lower()]
        if column.required and column.name not in expressions:
            missing.append(column.name)
    consumed = {name.lower() for name in (*used, *(column.name for column in feed.columns))}
    unknown = (
        {}
        if incoming.documents
        else {name: sql for name, sql in incoming.columns.items() if name.lower() not in consumed}
    )
    given = f", {literal(extracted_at)} as extracted_at{'' if splits else ', cast(null as json) as item'}"
    names = frozenset(used - _GIVEN)
    source = (
        f"select *, {incoming.row_number} as landing_row{_alias(incoming.columns, names)}{given} from {incoming.table}"
    )
    if splits:
        mixed = {name for expression in output.columns.values() for name in _mixed(references(expression, place))}
        both = "".join(f", {name}" for name in sorted(mixed))
        if mapping and mapping.identity:
            newest = f"row_number() over (partition by {mapping.identity} order by landing_row desc) = 1"
            source = f"select * from ({source}) qualify {newest}"
        elements = f"coalesce(cast(json_extract(c1, {literal(f'$.{output.rows}')}) as json[]), [])"
        source = f"select landing_row{''.join(once)}{both}, {elements} as items from ({source})"
        source = f"select * exclude (items), unnest(items) as item from ({source})"
    counted = f"select count(*) from ({source})"
    if output.where:
        source = f"select * from ({source}) where {output.where}"
        counted = f"select count(*) from ({source})"
    return Texts(f"({source})", expressions, unknown, missing, counted)


def _mixed(reads: frozenset[str]) -> frozenset[str]:
    """What an expression over an element reads of its document."""
    return reads - {"item"} if "item" in reads else frozenset()


_GIVEN = frozenset({"extracted_at", "item"})
