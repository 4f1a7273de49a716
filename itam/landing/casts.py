"""Canonical text: the SQL expressions that turn delivered text into what raw stores.

Here: pure functions from a column's declaration to SQL; no connection, no state. A value that is no value of the
column's type becomes null. Not here: what happens to a row because of that (``canonical.py``).
"""

import re
from collections.abc import Sequence

from itam.feeds import Column
from itam.settings import NumberFormat

_INTEGER = r"[+-]?[0-9]+(\.0+)?"
_DECIMAL = r"[+-]?[0-9]+(\.[0-9]+)?"
_DECIMAL_EXPONENT = _DECIMAL + r"([eE][+-]?[0-9]+)?"
_DOUBLE = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
_MIDNIGHT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]00:00(:00(\.0+)?)?(Z|\+00(:?00)?)?"
_TIMESTAMP = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?ZONE?)?"
_OFFSET = r"([+-](0[0-9]|1[0-8])(:?[0-5][0-9])?)"
_NO_DAYS = ("0000-00-00", "1970-01-01", "9999-12-31")


def literal(value: str) -> str:
    """A SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_or_null(sql: str, null_words: Sequence[str] = (), *, trimmed: bool = False) -> str:
    """The delivered text, or null when it is blank or one of the null words of a mapping."""
    if trimmed:
        words = ", ".join(literal(word) for word in ("", *null_words))
        return f"case when trim({sql}) in ({words}) then null else trim({sql}) end"
    blank = f"{sql} = '' or (starts_with({sql}, ' ') and trim({sql}) = '')"
    words = "".join(f" or trim({sql}) = {literal(word)}" for word in null_words)
    return f"case when {blank}{words} then null else {sql} end"


def is_temporal(data_type: str) -> bool:
    """Dates and timestamps."""
    return data_type in ("date", "timestamp")


def without_no_days(sql: str) -> str:
    """A trimmed date or timestamp, or null where a source writes one of the dates that mean 'no date'."""
    days = ", ".join(literal(day) for day in _NO_DAYS)
    return f"case when left({sql}, 10) in ({days}) then null else {sql} end"


def _integer(text: str, data_type: str) -> str:
    fast = f"cast(try_cast({text} as {data_type}) as varchar)"
    exact = f"cast(try_cast(split_part({text}, '.', 1) as {data_type}) as varchar)"
    return f"case when {fast} = {text} then {text} when regexp_full_match({text}, '{_INTEGER}') then {exact} end"


def _decimal(text: str, data_type: str, exponent: bool) -> str:
    pattern = _DECIMAL_EXPONENT if exponent else _DECIMAL
    value = f"cast(try_cast({text} as {data_type}) as varchar)"  # its scale is never 0: there is a point to stop at
    if data_type.startswith("decimal(38"):  # most have 18 digits, which are read some thirty times as fast
        value = f"coalesce({value.replace('decimal(38', 'decimal(18')}, {value})"
    return f"case when regexp_full_match({text}, '{pattern}') then rtrim(rtrim({value}, '0'), '.') end"


def _double(text: str) -> str:
    value = f"try_cast({text} as double)"
    return f"case when regexp_full_match({text}, '{_DOUBLE}') and isfinite({value}) then cast({value} as varchar) end"


def _boolean(text: str) -> str:
    return (
        f"case when lower({text}) in ('true', '1', 't', 'yes') then 'true' "
        f"when lower({text}) in ('false', '0', 'f', 'no') then 'false' end"
    )


def _date(text: str) -> str:
    day = f"cast(try_cast(left({text}, 10) as date) as varchar)"
    return (
        f"case when length({text}) = 10 then case when {day} = {text} then {text} end "
        f"when regexp_full_match({text}, '{_MIDNIGHT}') and {day} = left({text}, 10) then {day} end"
    )


def _timestamp(text: str, time_zone: str) -> str:
    zoned = _TIMESTAMP.replace("ZONE", f"(Z|{_OFFSET})")
    offset = f"regexp_extract({text}, '[+-][0-9:]+$')"
    digits = f"rpad(replace(substr({offset}, 2), ':', ''), 4, '0')"
    minutes = f"(cast(left({digits}, 2) as integer) * 60 + cast(right({digits}, 2) as integer))"
    shift = f"to_minutes(case when left({offset}, 1) = '-' then {minutes} else -{minutes} end)"
    usual = f"replace(left({text}, 19), 'T', ' ')"  # 2026-06-30T02:00:00Z, without a regular expression
    local = f"try_cast({text} as timestamp)"
    if time_zone != "UTC":
        local = f"timezone('UTC', timezone({literal(time_zone)}, {local}))"
    return (
        f"case when length({text}) = 20 and right({text}, 1) = 'Z' and substr({text}, 11, 1) in ('T', ' ') "
        f"and cast(try_cast({usual} as timestamp) as varchar) = {usual} then {usual} "
        f"when cast(try_cast(left({text}, 10) as date) as varchar) is distinct from left({text}, 10) then null "
        f"when not regexp_full_match({text}, '{zoned}') then null "
        f"when right({text}, 1) = 'Z' then cast(try_cast(left({text}, -1) as timestamp) as varchar) "
        f"when regexp_matches(substr({text}, 11), '[+-]') then "
        f"cast(try_cast(left({text}, -length({offset})) as timestamp) + {shift} as varchar) "
        f"else cast({local} as varchar) end"
    )


def plain_number(text: str, number_format: NumberFormat) -> str:
    """A number in the format of a source, rewritten with a point and no thousands signs; else left as it is."""
    decimal, thousands = re.escape(number_format.decimal), re.escape(number_format.thousands)
    whole = rf"([0-9]{{1,3}}({thousands}[0-9]{{3}})+|[0-9]+)" if thousands else "[0-9]+"
    pattern = literal(rf"[+-]?{whole}({decimal}[0-9]+)?")
    bare = f"replace({text}, {literal(number_format.thousands)}, '')" if thousands else text
    point = f"replace({bare}, {literal(number_format.decimal)}, '.')"
    return f"case when regexp_full_match({text}, {pattern}) then {point} else 'not ' || {text} end"


def canonical(
    column: Column,
    text: str,
    *,
    exponent: bool = False,
    time_zone: str = "UTC",
    number_format: NumberFormat | None = None,
    allowed: Sequence[str] = (),
) -> str:
    """The SQL expression of a column's canonical text; null when ``text`` is no value of its type.

    ``text`` is the name of a column of trimmed texts (texts of free columns are as delivered).
    """
    data_type = column.data_type
    if allowed:
        branches = " ".join(f"when {literal(value.lower())} then {literal(value)}" for value in allowed)
        return f"case lower({text}) {branches} end"
    if data_type == "varchar":
        return text
    if data_type == "boolean":
        return _boolean(text)
    if data_type == "date":
        return _date(text)
    if data_type == "timestamp":
        return _timestamp(text, time_zone)
    if number_format is not None:
        text = f"({plain_number(text, number_format)})"
    if data_type in ("integer", "bigint"):
        value = _integer(text, data_type)
    elif data_type == "double":
        value = _double(text)
    else:
        value = _decimal(text, data_type, exponent)
    if column.count:
        value = f"case when starts_with({text}, '-') and ltrim({text}, '-0.') <> '' then null else {value} end"
    return value


def expected(column: Column, allowed: Sequence[str] = ()) -> str:
    """What a value of the column looks like, in words, for the quarantine."""
    if allowed:
        return "one of " + ", ".join(allowed)
    words = {
        "varchar": "a text",
        "boolean": "true or false",
        "date": "a date like 2026-06-30",
        "timestamp": "a time like 2026-06-30T02:00:00Z",
        "integer": "a whole number",
        "bigint": "a whole number",
        "double": "a number like 12.5",
    }.get(column.data_type, "a number like 1234.56")
    return words + (", not negative" if column.count else "")
