"""The home page of a role: what to know in a minute, its KPIs, then what they are made of."""

from __future__ import annotations

from markupsafe import Markup

from itam.dashboard import data, parts, sections, words
from itam.dashboard import view as shown
from itam.dashboard.view import View
from itam.reports import summary

QUESTIONS = {
    "cio": "Where do we stand, what is at stake, what is coming?",
    "it_ops": "What is going on, and what do we do today?",
    "finance": "What do we pay, for what, and when can we change it?",
}


def show(view: View, role: str) -> None:
    """Draw it."""
    cards = data.cards(view.marts, view.day, role)
    shown.heading(data.ROLES[role], f"{QUESTIONS[role]} As of {words.long_day(view.day)}.")
    counted = [(light, sum(1 for c in cards if words.light(c) == light)) for light in words.LIGHTS]
    lights = Markup(" ").join(
        Markup("{}&nbsp;{}&nbsp;{}&ensp;").format(parts.badge(light), n, words.LIGHTS[light][2])
        for light, n in counted
        if n
    )
    said = Markup("").join(Markup("<li>{}</li>").format(line) for line in summary.headlines(view.marts, role, view.day))
    shown.html(Markup('<p>{}{}</p><ul class="summary">{}</ul>').format(lights, trust(view), said))
    first = [c for c in cards if c["tier"] == "top_ten" or c["is_mandatory"]]
    rest = [c for c in cards if c not in first]
    shown.html(Markup("<h2>Headline KPIs</h2>{}").format(parts.cards(first, view.link)))
    shown.sections(view, sections.of_role(view.marts, role))
    if rest:
        shown.html(Markup("<h2>More KPIs</h2>{}").format(parts.cards(rest, view.link)))


def trust(view: View) -> Markup:
    """Whether the register carries the numbers that rest on it."""
    gate = data.card(view.marts, "inventory_accuracy_rate", view.day)
    rows = view.marts.rows(
        "select count(*) as n from kpi_scorecard where as_of_date = $day and trust = 'compromised'", day=view.day
    )
    if gate is None or gate["value_text"] is None or rows[0]["n"]:
        return Markup("")
    return Markup('<span class="mark">Register trusted: inventory accuracy {}</span>').format(gate["value_text"])
