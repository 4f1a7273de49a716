"""Canonical text against a naive reading of the rules, value by value."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from itam.feeds import Column
from itam.landing.casts import canonical, text_or_null, without_no_days
from itam.settings import NumberFormat


def cast(data_type: str, texts: list[str], **options: object) -> list[str | None]:
    """What landing makes of texts in a column of a type."""
    column = Column("c", data_type, count=bool(options.pop("count", False)))
    allowed = options.get("allowed", ())
    raw = text_or_null("t", trimmed=data_type != "varchar" or bool(allowed))
    if data_type in ("date", "timestamp"):
        raw = without_no_days(f"({raw})")
    with duckdb.connect() as connection:
        connection.execute("create table given (n integer, t varchar)")
        connection.executemany("insert into given values (?, ?)", list(enumerate(texts)))
        sql = canonical(column, "x", **options)  # type: ignore[arg-type]
        return [
            row[0]
            for row in connection.execute(f"select {sql} from (select n, {raw} as x from given) order by n").fetchall()
        ]


def naive_integer(text: str, low: int, high: int) -> str | None:
    """Optional sign, digits, optionally a point and zeros."""
    text = text.strip(" ")
    if not re.fullmatch(r"[+-]?[0-9]+(\.0+)?", text):
        return None
    value = int(text.split(".")[0])
    return str(value) if low <= value <= high else None


def naive_decimal(text: str) -> Decimal | None:
    """Optional sign, digits, optional fraction; nothing else."""
    text = text.strip(" ")
    return Decimal(text) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) else None


def naive_timestamp(text: str, zone: str = "UTC") -> str | None:
    """ISO-8601 with T or blank; an offset is converted to UTC, never dropped."""
    text = text.strip(" ")
    pattern = r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d(?::?\d\d)?)?)?"
    matched = re.fullmatch(pattern, text, re.ASCII)
    if not matched or (matched[4] and not matched[3]):
        return None
    try:
        moment = datetime.fromisoformat(f"{matched[1]}T{matched[2] or '00:00'}{matched[3] or ':00'}")
    except ValueError:
        return None
    moment += timedelta(microseconds=int((matched[4] or ".0")[1:7].ljust(6, "0")))
    if matched[5] in (None, "Z"):
        here = ZoneInfo(zone) if matched[5] is None else UTC
    else:
        digits = matched[5][1:].replace(":", "").ljust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        if int(digits[:2]) > 18 or int(digits[2:]) > 59:
            return None
        here = timezone(timedelta(minutes=-minutes if matched[5][0] == "-" else minutes))
    shifted = moment.replace(tzinfo=here).astimezone(UTC).replace(tzinfo=None)
    text = shifted.isoformat(" ")
    return text.rstrip("0") if "." in text else text


numbers = st.one_of(
    st.from_regex(r"[+-]?[0-9]{1,12}(\.[0-9]{0,4})?", fullmatch=True),
    st.from_regex(r" ?[+-]?[0-9.,eE]{1,8} ?", fullmatch=True),
    st.sampled_from(
        [
            "",
            "12.0",
            "12.5",
            "1e3",
            "1,234",
            "1.234,56",
            "+5",
            "007",
            "-0",
            ".5",
            "5.",
            "0x10",
            "１２",
            "1_000",
            "nan",
            "inf",
        ]
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=30))
@example(["2147483648", "-2147483648", "9223372036854775807"])
def test_whole_numbers(texts: list[str]) -> None:
    """12.5 is not 13 and 1e3 is not 1000: a whole number is digits, or it is no value."""
    assert cast("integer", texts) == [naive_integer(text, -(2**31), 2**31 - 1) for text in texts]
    assert cast("bigint", texts) == [naive_integer(text, -(2**63), 2**63 - 1) for text in texts]


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=30))
@example(["999999.9999999999995", "-999999.999999999999", "1000000", "0.0000000000005", "-12345678901234567890.123"])
def test_amounts(texts: list[str]) -> None:
    """An amount keeps its digits, few or many; thousands separators and exponents are no guesswork."""
    for digits, scale in ((18, 4), (38, 12)):
        found = cast(f"decimal({digits},{scale})", texts)
        for text, value in zip(texts, found, strict=True):
            wanted = naive_decimal(text)
            if wanted is None or abs(wanted) >= 10 ** (digits - scale):
                assert value is None, text
            else:
                assert value is not None
                assert abs(Decimal(value) - wanted) <= Decimal(1).scaleb(-scale) / 2, text
                assert not re.search(r"\.[0-9]*0$|\.$|^\+|^-0$|^0[0-9]", value), value


def test_exponents_only_where_exporters_write_them() -> None:
    """A bill may say 1.81E-8; elsewhere an exponent is a spreadsheet that has rounded."""
    assert cast("decimal(38,12)", ["1.81E-8", "1e3"], exponent=True) == ["0.0000000181", "1000"]
    assert cast("decimal(18,4)", ["1.81E-8", "1e3"]) == [None, None]
    assert cast("double", ["1.5e3", "1e400", "nan", "12", ".5"]) == ["1500.0", None, None, "12.0", "0.5"]


def test_a_stated_number_format() -> None:
    """A source that writes 1.234,56 is understood when the organisation says so, and only then."""
    european = NumberFormat(decimal=",", thousands=".")
    texts = ["1.234,56", "1234,5", "12", "1.23,4", "1,234.56", "-1.234.567,8"]
    assert cast("decimal(18,4)", texts, number_format=european) == ["1234.56", "1234.5", "12", None, None, "-1234567.8"]
    assert cast("decimal(18,4)", texts) == [None, None, "12", None, None, None]


def test_counts_are_not_negative() -> None:
    """A negative count is a failed cast; minus zero is zero."""
    assert cast("integer", ["-1", "0", "-0", "3"], count=True) == [None, "0", "0", "3"]


def test_booleans() -> None:
    """true, 1, t, yes and their opposites in any case, and nothing else."""
    assert cast("boolean", ["TRUE", "1", "t", "Yes", "no", "F", "0", "false"]) == ["true"] * 4 + ["false"] * 4
    assert cast("boolean", ["y", "on", "2", "", "wahr"]) == [None] * 5


def test_enums_are_stored_as_listed() -> None:
    """Values compare trimmed and without case."""
    assert cast("varchar", [" OWNED ", "owned", "rented"], allowed=("owned",)) == ["owned", "owned", None]


days = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 1, 1)).map(str)
clocks = st.sampled_from(
    ["", "T00:00", " 00:00:00", "T00:00:00.000", "T12:30", " 23:59:59.123456", "T24:00:00", "T12:60", "T1:00"]
)
zones = st.sampled_from(["", "Z", "+02:00", "-0500", "+00:00", "+01", "-00:30", "+25:00", "z", " UTC"])
moments = st.one_of(
    st.builds(lambda day, clock, zone: day + clock + zone, days, clocks, zones),
    st.sampled_from(
        ["2026-02-30", "2026-2-3", "2026/02/03", "20260203", "03.02.2026", "now", "", "2026-06-30T02:00:00.1234567Z"]
    ),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(moments, min_size=1, max_size=30))
def test_times_are_converted_to_utc(texts: list[str]) -> None:
    """An offset is never dropped; what is no ISO time is no value."""
    texts = [text for text in texts if text[:10] not in ("1970-01-01", "9999-12-31")]
    for zone in ("UTC", "America/New_York"):
        assert cast("timestamp", texts, time_zone=zone) == [naive_timestamp(text, zone) for text in texts]


@settings(max_examples=80, deadline=None)
@given(st.lists(moments, min_size=1, max_size=30))
def test_dates_are_days_or_midnights(texts: list[str]) -> None:
    """A date with a time is only a date at midnight, and at midnight elsewhere it is not known which day it is."""
    pattern = r"\d{4}-\d\d-\d\d([T ]00:00(:00(\.0+)?)?(Z|\+00(:?00)?)?)?"
    for text, value in zip(texts, cast("date", texts), strict=True):
        known = (
            re.fullmatch(pattern, text) and naive_timestamp(text[:10]) and text[:10] not in ("1970-01-01", "9999-12-31")
        )
        assert value == (text[:10] if known else None), text


@pytest.mark.parametrize(
    "text", ["0000-00-00", "1970-01-01", "9999-12-31", "0000-00-00 00:00:00", "9999-12-31T23:59:59Z"]
)
def test_no_dates(text: str) -> None:
    """The days that systems write for 'none' are none."""
    assert cast("date", [text]) == cast("timestamp", [text]) == [None]
