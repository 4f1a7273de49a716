"""What a reader has to know before believing a page: blocked, stale, not trusted, past, accepted."""

from __future__ import annotations

from datetime import date

from itam.dashboard import data, words
from itam.dashboard.data import Marts, Told
from itam.dashboard.parts import Note

NAMED = 6


def of_refresh(report: Told, marts: Marts | None, zone: str) -> list[Note]:
    """What the newest refresh says: blocked or failed, and which feeds are stale."""
    found = []
    last = report.last
    served = ""
    if marts is not None:
        served = (
            f" You see the last good numbers, as of {words.long_day(data.newest(marts))}, published"
            f" {words.moment(data.published_at(marts), zone)}."
        )
    if last and last["outcome"] == "blocked":
        text = f"The refresh of {words.moment(last['started_at'], zone)} was stopped: {words.sentence(last['reason'])}"
        found.append(Note("blocked", "bad", "Newer numbers are held back.", _ended(text) + served))
    elif last and last["outcome"] == "failed":
        text = f"The refresh of {words.moment(last['started_at'], zone)} failed: {words.sentence(last['reason'])}"
        found.append(Note("failed", "bad", "The newest refresh failed.", _ended(text) + served))
    stale = [r for r in report["freshness"] if r["freshness"] == "stale"]
    if stale:
        found.append(
            Note(
                "stale",
                "warn",
                "Stale feeds.",
                f"{_listed([_feed(r) for r in stale])}: too old to say what is the case today; KPIs that have nothing"
                " else to go by are not measurable.",
            )
        )
    return found


def of_feeds(report: Told) -> list[Note]:
    """What is late and still counts: for the page of feeds."""
    late = [r for r in report["freshness"] if r["freshness"] == "late"]
    if not late:
        return []
    text = f"{_listed([_feed(r) for r in late])}: the last delivery still counts."
    return [Note("late", "info", "Late feeds.", text)]


def of_day(marts: Marts, day: date) -> list[Note]:
    """What holds for the numbers of one day: the past, trust, acceptances."""
    found = []
    newest = data.newest(marts)
    if day != newest:
        found.append(
            Note(
                "past",
                "info",
                f"You look at {words.long_day(day)}.",
                f"KPIs are those of that day as now known; lists of members are of {words.long_day(newest)}.",
            )
        )
    rows = marts.rows("select trust, count(*) as n from kpi_scorecard where as_of_date = $day group by trust", day=day)
    doubtful = next((r["n"] for r in rows if r["trust"] == "compromised"), 0)
    if doubtful:
        gate = data.card(marts, "inventory_accuracy_rate", day)
        value = gate["value_text"] if gate and gate["value_text"] else "unknown"
        physical = data.card(marts, "physical_accuracy_rate", day)
        counted = f", physical accuracy {physical['value_text']}" if physical and physical["value_text"] else ""
        found.append(
            Note(
                "compromised",
                "warn",
                "The register is not accurate enough.",
                f"Inventory accuracy is {value}{counted}; {doubtful} KPIs that rest on the register are marked"
                " “not trusted”. Mend the register before acting on them.",
            )
        )
    accepted = [r for r in data.gate_of_version(marts) if r["overridden_by"]]
    if accepted:
        said = "; ".join(
            dict.fromkeys(f"{r['check_id']} ({r['overridden_by']}: {r['override_reason']})" for r in accepted)
        )
        found.append(Note("accepted", "info", "Published by decision.", f"Accepted although not met: {said}."))
    return found


def nothing_yet(report: Told, root: str, zone: str) -> list[Note]:
    """There is no version to show."""
    return [
        Note(
            "nothing_published",
            "info",
            "Nothing is published yet.",
            f"Put deliveries into {root}/landing and run `itam refresh`; this page shows the numbers by itself then.",
        ),
        *of_refresh(report, None, zone),
    ]


def _feed(row: data.Row) -> str:
    source = f" of {row['source_system']}" if row["source_system"] else ""
    return f"{words.plain(row['feed'])}{source} (last {words.day(row['newest_accepted_at'])})"


def _listed(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
