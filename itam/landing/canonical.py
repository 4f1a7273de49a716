"""From loaded text to the rows of one delivery: canonical values, row quarantine, duplicates, keys and hashes.

Here: what makes a row acceptable. Not here: the forms of values (``casts.py``) and what was delivered before
(``changes.py``).
"""

from collections.abc import Mapping as Mappings
from dataclasses import dataclass, field
from typing import Any

import duckdb

from itam.feeds import Column, Feed
from itam.landing import casts
from itam.landing.casts import literal, quoted
from itam.landing.mapping import Mapping, Texts
from itam.landing.readers import Incoming
from itam.settings import SourceSettings

STAGED = "landing_staged"
EMPTY_KEYS = {("incident", "ci_id")}
_MOST_VALUES = 1000
_PAYLOAD = 10_000

Enums = Mappings[tuple[str, str], tuple[str, ...]]


@dataclass
class Quarantined:
    """Rows set aside, in the order of the columns of raw.quarantined_rows behind the envelope."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    failures: list[tuple[Any, ...]] = field(default_factory=list)


def key_of(columns: tuple[str, ...]) -> str:
    """SQL of what identifies a row within its source."""
    return " || chr(31) || ".join(f"coalesce({quoted(name)}, '')" for name in columns)


def hash_of(names: list[str]) -> str:
    """SQL of a digest over columns."""
    return "md5(concat(" + ", chr(31), ".join(f"coalesce({quoted(name)}, '')" for name in names) + "))"


def _extra(unknown: dict[str, str], null_words: tuple[str, ...]) -> str:
    if not unknown:
        return "cast(null as varchar)"
    members = [
        f"case when {text} is not null then {literal(_json_key(name))} || cast(to_json({text}) as varchar) end"
        for name, text in sorted((name, f"({casts.text_or_null(sql, null_words)})") for name, sql in unknown.items())
    ]
    return f"nullif('{{' || concat_ws(',', {', '.join(members)}) || '}}', '{{}}')"


def _json_key(name: str) -> str:
    import json

    return json.dumps(name, ensure_ascii=False) + ":"


def _default(feed: Feed, column: Column, text: str, source: SourceSettings) -> str:
    if column.name == "currency" and source.currency:
        return f"coalesce({text}, {literal(source.currency)})"
    if (feed.name, column.name) in EMPTY_KEYS:
        return f"coalesce({text}, '')"
    return text


def stage(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    source: SourceSettings,
    mapping: Mapping | None,
    enums: Enums,
    incoming: Incoming,
    texts: Texts,
    extracted_at: str,
    file: str,
    file_number: int,
) -> Quarantined:
    """Append the acceptable rows of one file to the staged rows of its delivery; what is set aside comes back."""
    null_words = mapping.null_words if mapping else ()
    number_format = (mapping.number_format if mapping else None) or source.number_format
    typed: list[Column] = []
    first, second, third = [], [], []
    for position, column in enumerate(feed.columns):
        raw = f"t{position}"
        text = texts.expressions.get(column.name)
        allowed = enums.get((feed.name, column.name), ())
        trimmed = bool(allowed) or column.data_type != "varchar"
        sql = "cast(null as varchar)"
        if text:
            sql = casts.text_or_null(f"({text})" if mapping else text, null_words, trimmed=trimmed)
        if casts.is_temporal(column.data_type) and text:
            sql = casts.without_no_days(f"({sql})")
        first.append(f"{_default(feed, column, f'({sql})', source)} as {raw}")
        value = casts.canonical(
            column,
            raw,
            exponent=feed.name == "cloud_cost",
            time_zone=source.time_zone,
            number_format=number_format,
            allowed=allowed,
        )
        second.append(f"{value if text else raw} as v{position}")
        if text and (allowed or column.data_type != "varchar"):
            typed.append(column)
        clamped = f"v{position}"
        if column.observation:
            clamped = (
                f"case when v{position} > {literal(extracted_at)} then {literal(extracted_at)} else v{position} end"
            )
        third.append(f"{clamped} as {quoted(column.name)}")
    positions = {column.name: position for position, column in enumerate(feed.columns)}

    def mask(columns: list[Column], condition: str) -> str:
        bits = [
            f"case when {condition.format(i=positions[c.name])} then cast({1 << n} as bigint) else 0 end"
            for n, c in enumerate(columns)
        ]
        return " + ".join(bits) or "cast(0 as bigint)"

    skewed = [column for column in feed.columns if column.observation and column.name in texts.expressions]
    failed = mask(typed, "t{i} is not null and v{i} is null")
    late = mask(skewed, f"v{{i}} > {literal(extracted_at)}")
    missing = " or ".join(f"v{positions[column.name]} is null" for column in feed.required) or "false"
    described = [column.name for column in feed.described] + ["extra"]
    observed = [column.name for column in feed.observed]
    nested = _nested(feed, incoming, mapping, texts)
    loaded = (
        f"select landing_row, {', '.join(first)}, {_extra(texts.unknown, null_words)} as extra, {nested} as is_nested "
        f"from {texts.relation}"
    )
    valued = f"select *, {', '.join(second)} from ({loaded})"
    judged = (
        f"select cast({file_number} as integer) as file_number, landing_row, {', '.join(third)}, extra, "
        f"{failed} as failed, {late} as late, ({missing}) or is_nested is not null as is_bad from ({valued})"
    )
    key = key_of(feed.key) if feed.key else hash_of(described)
    rows = f"select *, {key} as row_key, {hash_of(described)} as row_hash"
    rows += f", {hash_of(observed)} as seen_hash" if observed else ", cast(null as varchar) as seen_hash"
    rows += f", {key_of(feed.replaces) if feed.replaces else 'cast(null as varchar)'} as landing_scope from ({judged})"
    if file_number == 0:
        connection.execute(f"create or replace temp table {STAGED} as {rows}")
    else:
        connection.execute(f"insert into {STAGED} {rows}")

    found = Quarantined()
    totals = connection.execute(
        f"select bit_or(failed), bit_or(late), count(*) filter (is_bad) from {STAGED} where file_number = {file_number}"
    ).fetchone()
    all_failed, all_late, bad = totals or (0, 0, 0)
    if bad:
        found.rows = _set_aside(connection, feed, enums, incoming, valued, file, file_number)
    kept = f"select landing_row from {STAGED} where file_number = {file_number} and not is_bad"
    for number, column in enumerate(typed):
        if (all_failed or 0) & (1 << number) and not column.required:
            kind = _failure_kind(column, enums.get((feed.name, column.name), ()))
            condition = f"t{positions[column.name]} is not null and v{positions[column.name]} is null"
            found.failures += _failures(connection, valued, positions[column.name], column.name, kind, condition, kept)
    for number, column in enumerate(skewed):
        if (all_late or 0) & (1 << number):
            condition = f"v{positions[column.name]} > {literal(extracted_at)}"
            found.failures += _failures(
                connection, valued, positions[column.name], column.name, "clock_skew", condition, kept
            )
    return found


def _failure_kind(column: Column, allowed: tuple[str, ...]) -> str:
    return "enum" if allowed else "count" if column.count else "cast"


def _nested(feed: Feed, incoming: Incoming, mapping: Mapping | None, texts: Texts) -> str:
    """The first feed column that holds a list or an object where a flat value is expected."""
    if not incoming.nested:
        return "cast(null as varchar)"
    allowed = mapping.nested if mapping else ()
    order = list(incoming.columns.values())
    branches = [
        f"when kinds[{order.index(text) + 1}] in ('OBJECT', 'ARRAY') then {literal(name)}"
        for name, text in texts.expressions.items()
        if text in order and name not in allowed
    ]
    return f"case when kinds is null then null {' '.join(branches)} end" if branches else "cast(null as varchar)"


def _set_aside(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    enums: Enums,
    incoming: Incoming,
    valued: str,
    file: str,
    file_number: int,
) -> list[tuple[Any, ...]]:
    columns, values, reasons, expectations = [], [], [], []
    for position, column in enumerate(feed.columns):
        if not column.required:
            continue
        wrong = f"v{position} is null"
        allowed = enums.get((feed.name, column.name), ())
        wish = casts.expected(column, allowed)
        columns.append(f"when {wrong} then {literal(column.name)}")
        values.append(f"when {wrong} then t{position}")
        cause = "the value is not allowed" if allowed else "the value is no " + column.data_type.partition("(")[0]
        reasons.append(
            f"when {wrong} then case when t{position} is null then 'a required value is missing' "
            f"else {literal(cause)} end"
        )
        expectations.append(f"when {wrong} then {literal(wish)}")
    payload = _payload(incoming)
    lacks = " or ".join(f"v{position} is null" for position, column in enumerate(feed.columns) if column.required)
    query = (
        f"select {literal(file)}, landing_row, case when is_nested is not null then is_nested {' '.join(columns)} end, "
        f"left(case when is_nested is not null then null {' '.join(values)} end, {_PAYLOAD}), "
        f"case when is_nested is not null then 'a flat value' {' '.join(expectations)} end, "
        "case when is_nested is not null then 'the value is a list or an object' "
        f"{' '.join(reasons)} end, payload from ({valued}) "
        f"join (select {incoming.row_number} as payload_row, {payload} as payload from {incoming.table}) "
        "on payload_row = landing_row "
        f"where landing_row in (select landing_row from {STAGED} where file_number = {file_number} and is_bad) "
        f"and (({lacks}) or is_nested is not null) "
        "order by landing_row"
    )
    return connection.execute(query).fetchall()


def _payload(incoming: Incoming) -> str:
    if not incoming.columns:
        return "'{}'"
    members = ", ".join(f"{quoted(name)} := {sql}" for name, sql in incoming.columns.items())
    return f"left(cast(to_json(struct_pack({members})) as varchar), {_PAYLOAD})"


def _failures(
    connection: duckdb.DuckDBPyConnection, valued: str, position: int, name: str, kind: str, condition: str, kept: str
) -> list[tuple[Any, ...]]:
    """Per value how often it failed; the rarest beyond a sensible list as one row without a value."""
    query = (
        f"with failing as (select left(t{position}, 500) as value, count(*) as row_count, min(landing_row) as example "
        f"from ({valued}) where ({condition}) and landing_row in ({kept}) group by 1), "
        "ranked as (select *, row_number() over (order by row_count desc, value) as place from failing) "
        f"select case when place <= {_MOST_VALUES} then value end as value, sum(row_count), min(example) from ranked "
        "group by 1 order by 2 desc, 1"
    )
    return [(name, value, kind, count, example) for value, count, example in connection.execute(query).fetchall()]


def drop_duplicates(connection: duckdb.DuckDBPyConnection, feed: Feed, files: list[str]) -> list[tuple[Any, ...]]:
    """Leave the last row of each key; the others are set aside."""
    connection.execute(f"delete from {STAGED} where is_bad")
    doubled = (
        f"select row_key, max(file_number * (1::bigint << 40) + landing_row) as last from {STAGED} "
        "group by row_key having count(*) > 1"
    )
    sides = (
        f"select file_number, landing_row, s.row_key, s.rowid as staged_row from {STAGED} as s join ({doubled}) as d "
        "on d.row_key = s.row_key where file_number * (1::bigint << 40) + landing_row < last"
    )
    connection.execute(f"create or replace temp table landing_doubled as {sides}")
    found = connection.execute("select file_number, landing_row, row_key from landing_doubled order by all").fetchall()
    if found:
        names = ", ".join(quoted(column.name) for column in feed.columns)
        shown = connection.execute(
            f"select d.file_number, d.landing_row, left(cast(to_json(s) as varchar), {_PAYLOAD}) "
            "from landing_doubled as d "
            f"join (select rowid as staged_row, {names} from {STAGED}) as s on s.staged_row = d.staged_row "
            "order by 1, 2"
        ).fetchall()
        connection.execute(f"delete from {STAGED} where rowid in (select staged_row from landing_doubled)")
        column = feed.key[0] if len(feed.key) == 1 else ", ".join(feed.key) or None
        wish = "one row per key; the last one was taken" if feed.key else "each line once"
        payloads = {(file, row): payload for file, row, payload in shown}
        return [
            (
                files[file],
                row,
                column,
                key.replace(chr(31), ", ") if feed.key else None,
                wish,
                "a later row has the same key",
                payloads[file, row],
            )
            for file, row, key in found
        ]
    return []
