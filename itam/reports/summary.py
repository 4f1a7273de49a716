"""The summary of a day in sentences: what moved, where, what it costs, what to decide.

Every number in them is published; what stands here are the words between, and which KPI comes first.
"""

from __future__ import annotations

from datetime import date

from itam.dashboard import data, words
from itam.dashboard.data import Marts, Row, Rows

SHOWN = 3
GAP = {"up": "denominator - numerator", "down": "numerator"}
"""The members that fail, as kpi_exceptions counts them."""
FIRST_DIMENSION = ("asset_class", "publisher", "cost_center", "severity")


def headlines(marts: Marts, role: str, day: date) -> list[str]:
    """A minute's worth: how it stands, what moved most, what is at stake, what to do first."""
    cards = data.cards(marts, day, role)
    judged = [c for c in cards if c["rag"] != "none"]
    green = sum(1 for c in judged if c["rag"] == "green")
    said = [f"{green} of {len(judged)} judged KPIs are on target." if judged else "No KPI can be judged yet."]
    for word, found in (("Improved most", moved(cards, "better")), ("Worsened most", moved(cards, "worse"))):
        if found:
            said.append(f"{word}: {'; '.join(_moved(c) for c in found[:SHOWN])}.")
    dear = sorted((c for c in cards if c["impact_amount"]), key=lambda c: -c["impact_amount"])
    said += [words.sentence(c["impact_statement"]) for c in dear[:2] if c["impact_statement"]]
    return said


def moved(cards: Rows, way: str) -> Rows:
    """KPIs that got better or worse against the window before, the most first, by their own size."""
    found = [
        c for c in cards if words.verdict(c["change_from_previous"], c["unit"], c["direction"]) == way and c["value"]
    ]
    return sorted(found, key=lambda c: (-_size(c), c["kpi_id"]))


def _size(card: Row) -> float:
    """How much a KPI moved: points of rates, else in relation to where it was."""
    change = abs(float(card["change_from_previous"]))
    return change if card["unit"] == "rate" else change / max(abs(float(card["previous_value"] or 1)), 1e-9)


def _moved(card: Row) -> str:
    return f"{card['name']} {card['value_text']} ({words.difference(card['change_from_previous'], card['unit'])})"
