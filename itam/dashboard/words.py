"""How numbers, money, days and times are written on pages and in reports."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

NONE = "–"
STATUS = {
    "no_population": "Nothing to count",
    "not_measurable": "Not measurable",
    "low_confidence": "Low confidence",
    "ok": "",
}
KINDS = {"recoverable_now": "Cash now", "at_renewal": "Cash at a renewal", "not_cash": "Not cash: exposure, capacity"}
RISKS = {
    "unpatched": "Unpatched",
    "unauthorised": "Unauthorised",
    "past_end_of_life": "Past vendor support",
    "over_life": "Over useful life",
    "unsanitised": "Not wiped",
}
LIGHTS = {
    "green": ("G", "●", "on target"),
    "amber": ("A", "▲", "close to target"),
    "red": ("R", "◆", "off target"),
    "none": ("–", "○", "not judged"),
}
"""Light: letter, shape, meaning. Nobody has to tell colours apart."""
DIMENSIONS = {
    "asset_class": "asset class",
    "department": "department",
    "cost_center": "cost centre",
    "location": "location",
    "manufacturer": "manufacturer",
    "publisher": "publisher",
    "product": "product",
    "severity": "severity",
}
UNITS = {
    "rate": "share",
    "currency": "amount",
    "days": "days",
    "hours": "hours",
    "count": "count",
    "per_100_asset_years": "per 100 assets and year",
}


def number(value: Any, digits: int = 0) -> str:
    """A number with thousands separators."""
    return NONE if value is None else f"{value:,.{digits}f}"


def percent(value: Any, digits: int = 1) -> str:
    """A fraction as a percentage."""
    return NONE if value is None else f"{float(value) * 100:,.{digits}f} %"


def money(amount: Any, currency: str | None) -> str:
    """An amount with its currency."""
    return NONE if amount is None else f"{amount:,.0f} {currency or ''}".strip()


def light(card: dict[str, Any]) -> str:
    """The light that a KPI is shown with: none while its level is locked."""
    return "none" if card["is_locked"] else str(card["rag"])


def currency_of(card: dict[str, Any]) -> str | None:
    """The currency of a KPI that is an amount: its text ends with it."""
    if card["unit"] != "currency" or not card["value_text"]:
        return card["impact_currency"]  # type: ignore[no-any-return]
    return str(card["value_text"]).rpartition(" ")[2]


def short_money(amount: Any, currency: str | None) -> str:
    """An amount as one says it: 1.2 million, 38 thousand."""
    if amount is None:
        return NONE
    size = abs(float(amount))
    for limit, name in ((1e9, " billion"), (1e6, " million")):
        if size >= limit:
            return f"{float(amount) / limit:,.2f}{name} {currency or ''}".strip()
    return money(amount, currency)


def figure(value: Any, unit: str, currency: str | None = None) -> str:
    """A value in its unit."""
    if value is None:
        return NONE
    match unit:
        case "rate":
            return percent(value)
        case "currency":
            return money(value, currency)
        case "count":
            return number(value)
        case "days" | "hours" | "months":
            return f"{number(value, 1)} {unit}"
        case _:
            return number(value, 1)


def part(value: Any, unit: str, currency: str | None = None) -> str:
    """A numerator or denominator: a count without a fraction where it has none."""
    if value is None:
        return NONE
    if unit == "currency":
        return money(value, currency)
    whole = Decimal(value) == Decimal(value).to_integral_value() or abs(value) >= 1000
    return number(value, 0 if whole else 2)


def difference(value: Any, unit: str, currency: str | None = None) -> str:
    """A change, with its sign; of rates in percentage points."""
    if value is None:
        return NONE
    if unit == "rate":
        return f"{float(value) * 100:+.1f} pp"
    if unit == "count":
        return f"{float(value):+,.0f}"
    if unit == "currency":
        return f"{float(value):+,.0f} {currency or ''}".strip()
    return f"{float(value):+,.1f}"


def verdict(value: Any, unit: str, direction: str | None) -> str:
    """Whether a change is good: better, worse, or nothing to say."""
    if not is_visible(value, unit) or direction not in ("up", "down"):
        return ""
    return "better" if (value > 0) == (direction == "up") else "worse"


def is_visible(value: Any, unit: str) -> bool:
    """Whether a change is more than nothing in the digits that are shown."""
    digits = 0 if unit in ("currency", "count") else 1
    return value is not None and round(float(value) * (100 if unit == "rate" else 1), digits) != 0


def day(value: date | None) -> str:
    """A day as people write it."""
    return NONE if value is None else f"{value.day} {value:%b %Y}"


def long_day(value: date) -> str:
    """A day in full."""
    return f"{value.day} {value:%B %Y}"


def moment(value: datetime | None, zone: str = "UTC") -> str:
    """A time (UTC without zone, as published) in the organisation's zone."""
    if value is None:
        return NONE
    there = value.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    return f"{there.day} {there:%b %Y, %H:%M} {there:%Z}"


def plain(name: str | None) -> str:
    """A word of the marts as people write it."""
    return NONE if name is None else name.replace("_", " ").strip()


def sentence(text: str | None) -> str:
    """With one blank between sentences."""
    return " ".join((text or "").split())
