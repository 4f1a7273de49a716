"""The summary of a day in sentences: what moved and where, what it costs, what to decide.

Every number in them is published, or the difference of two published ones; what stands here are the words between, and
which KPI comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from itam.dashboard import data, words
from itam.dashboard.data import Marts, Row, Rows

SHOWN = 3
A_MONTH = timedelta(days=28)
GAP = {"up": "denominator - numerator", "down": "numerator"}
"""The members that fail, as kpi_exceptions counts them."""
FIRST = ("asset_class", "publisher", "cost_center", "severity")


@dataclass(frozen=True)
class Summary:
    """Sentences, by what they answer."""

    stands: list[str]
    moved: list[str]
    costs: list[str]
    decide: list[str]

    @property
    def parts(self) -> list[tuple[str, list[str]]]:
        """Title and sentences of what there is to say."""
        found = [
            ("How it stands", self.stands),
            ("What moved, and where", self.moved),
            ("What it costs", self.costs),
            ("What to decide", self.decide),
        ]
        return [(title, said) for title, said in found if said]

    def text(self) -> str:
        """All of it as plain text, for a message."""
        return "\n\n".join("\n".join([title, *(f"- {s}" for s in said)]) for title, said in self.parts) + "\n"


def of(marts: Marts, role: str, day: date) -> Summary:
    """The summary of a role on a day."""
    cards = data.cards(marts, day, role)
    return Summary(
        stands(cards), what_moved(marts, cards, day), costs(marts, cards, day), decide(marts, cards, role, day)
    )


def headlines(marts: Marts, role: str, day: date) -> list[str]:
    """A minute's worth for the top of a page."""
    cards = data.cards(marts, day, role)
    said = stands(cards)
    for word, found in (("Improved most", moved(cards, "better")), ("Worsened most", moved(cards, "worse"))):
        if found:
            said.append(f"{word}: {'; '.join(_moved(c) for c in found[:SHOWN])}.")
    return said + _statements(cards)[:2]


def stands(cards: Rows) -> list[str]:
    """How many are on target, and which are not."""
    judged = [c for c in cards if words.light(c) != "none"]
    if not judged:
        return ["No KPI can be judged yet."]
    green = sum(1 for c in judged if c["rag"] == "green")
    said = [f"{green} of {len(judged)} judged KPIs are on target."]
    red = [f"{c['name']} {c['value_text']}" for c in judged if c["rag"] == "red"]
    if red:
        said.append(f"Off target: {'; '.join(red)}.")
    unknown = [c["name"] for c in cards if c["status"] == "not_measurable"]
    if unknown:
        said.append(f"Not measurable: {'; '.join(unknown)}.")
    return said


def moved(cards: Rows, way: str) -> Rows:
    """KPIs that got better or worse against the window before, the most first, by their own size."""
    found = [
        c
        for c in cards
        if words.verdict(c["change_from_previous"], c["unit"], c["direction"]) == way and c["value"] is not None
    ]
    return sorted(found, key=lambda c: (-_size(c), c["kpi_id"]))


def what_moved(marts: Marts, cards: Rows, day: date) -> list[str]:
    """The largest moves, each with the slices that made it."""
    since = next((d for d in data.days_with_slices(marts) if d <= day - A_MONTH), None)
    said = []
    for way, word in (("worse", "Worse"), ("better", "Better")):
        for card in moved(cards, way)[:SHOWN]:
            where = _where(marts, card, since, day) if since else ""
            said.append(f"{word}: {_moved(card)}{where}.")
    return said


def _where(marts: Marts, card: Row, since: date, day: date) -> str:
    """Which slices made the gap larger or smaller between two days."""
    gap = GAP.get(card["direction"] or "")
    known = marts.rows("select dimensions from kpi_catalog where kpi_id = $kpi", kpi=card["kpi_id"])
    dimensions = (known[0]["dimensions"] or "").split("|")
    dimension = next((d for d in FIRST if d in dimensions), None)
    if gap is None or dimension is None or card["unit"] != "rate":
        return ""
    rows = marts.rows(
        f"select dim_value, coalesce(sum({gap}) filter (as_of_date = $day), 0) as now,"
        f" coalesce(sum({gap}) filter (as_of_date = $since), 0) as then from kpi_results"
        " where kpi_id = $kpi and dim_type = $dimension and as_of_date in ($day, $since)"
        " group by dim_value order by dim_value",
        kpi=card["kpi_id"],
        dimension=dimension,
        day=day,
        since=since,
    )
    total_now, total_then = sum(r["now"] for r in rows), sum(r["then"] for r in rows)
    change = total_now - total_then
    if not change:
        return ""
    along = [(r["dim_value"], r["now"] - r["then"]) for r in rows if (r["now"] - r["then"]) * change > 0]
    along.sort(key=lambda x: (-abs(x[1]), x[0]))
    named = ", ".join(f"{words.plain(name)} ({amount:+,.0f})" for name, amount in along[:SHOWN] if abs(amount) >= 1)
    if not named:
        return ""
    return f"; gap {total_now:,.0f} against {total_then:,.0f} on {words.long_day(since)}, most of it {named}"


def costs(marts: Marts, cards: Rows, day: date) -> list[str]:
    """Money at stake by kind, then the dearest gaps."""
    said = []
    if day == data.newest(marts):
        rows = data.value_at_stake(marts)
        currency = next((r["currency"] for r in rows), None)
        for kind, name in words.KINDS.items():
            amount = sum(r["amount"] for r in rows if r["kind"] == kind)
            if amount:
                said.append(f"{name}: {words.money(amount, currency)}, counted once over all KPIs.")
    return said + _statements(cards)[:5]


def decide(marts: Marts, cards: Rows, role: str, day: date) -> list[str]:
    """What stands behind most of each gap that is off target, and what to do about it."""
    said = []
    if role == "finance" and day == data.newest(marts):
        due = [r for r in data.renewals(marts) if r["days_left"] <= 30 and not r["is_reviewed"]]
        if due:
            amount = sum(r["annual_value_base"] for r in due if r["annual_value_base"] is not None)
            first = words.long_day(due[0]["decision_deadline_date"])
            said.append(
                f"{len(due):,} contracts worth {words.money(amount, due[0]['base_currency'])} a year must be decided"
                f" within 30 days and nobody has reviewed them; the first by {first}."
            )
    order = {"red": 0, "amber": 1}
    off = sorted(
        (c for c in cards if words.light(c) in order and c["top_reason"]),
        key=lambda c: (order[c["rag"]], -(c["impact_amount"] or 0), c["page_order"], c["kpi_id"]),
    )
    for card in off[:6]:
        count = f" ({card['exceptions']:,} to work on)" if card["exceptions"] else ""
        said.append(
            f"{card['name']}: {words.sentence(card['top_reason'])} {words.sentence(card['suggested_action'])}{count}"
        )
    return said


def _statements(cards: Rows) -> list[str]:
    dear = sorted((c for c in cards if c["impact_amount"]), key=lambda c: (-c["impact_amount"], c["kpi_id"]))
    return list(dict.fromkeys(words.sentence(c["impact_statement"]) for c in dear if c["impact_statement"]))


def _size(card: Row) -> float:
    """How much a KPI moved: points of rates, else in relation to where it was."""
    change = abs(float(card["change_from_previous"]))
    return change if card["unit"] == "rate" else change / max(abs(float(card["previous_value"] or 1)), 1e-9)


def _moved(card: Row) -> str:
    change = words.difference(card["change_from_previous"], card["unit"], words.currency_of(card))
    return f"{card['name']} {card['value_text']} ({change})"
