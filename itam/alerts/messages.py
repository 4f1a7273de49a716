"""Messages: what changed, in the words of the person who has to act. Value, target, money, top three, where to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from itam.alerts.states import TOP, State

MOST_AT_ONCE = 5
"""More changes than this become one message."""
WORDS = {
    "not_measurable": "cannot be measured",
    "green": "on target again",
    "open": "open again",
    "well": "well again",
    "fresh": "on time again",
}


@dataclass(frozen=True)
class Change:
    """A state that differs from the one that was told."""

    state: State
    before: str | None


@dataclass(frozen=True)
class Message:
    """What is sent."""

    title: str
    body: str
    changes: tuple[Change, ...]
    is_good: bool = False
    files: tuple[Path, ...] = ()


def compose(changes: Sequence[Change], link: str, as_one: bool) -> list[Message]:
    """A message per change, but renewals and assets together; many at once are one, a digest too; a report is alone."""
    own = ("renewal", "sanitization", "pack")
    messages = [_one(change) for change in changes if change.state.kind not in own]
    for kind in ("renewal", "sanitization"):
        of_kind = [change for change in changes if change.state.kind == kind]
        messages += [_list(of_kind)] if of_kind else []
    if as_one or len(messages) > MOST_AT_ONCE:
        messages = [_digest(messages)] if messages else []
    messages += [_report(change) for change in changes if change.state.kind == "pack"]
    return [replace(m, title=f"[ITAM] {m.title}", body=_with_link(m.body, link)) for m in messages]


def _one(change: Change) -> Message:
    state, was = change.state, f" (was {change.before.replace('_', ' ')})" if change.before else ""
    title = f"{state.name}: {WORDS.get(state.level, state.level)}{was}"
    return Message(title, "\n".join(state.facts), (change,), state.is_good)


def _report(change: Change) -> Message:
    """A pack: its summary to read, and to open what prints and what calculates."""
    state = change.state
    printed = [f for f in state.files if f.suffix == ".pdf"] or [f for f in state.files if f.suffix == ".html"]
    files = (*printed, *(f for f in state.files if f.suffix == ".xlsx"))
    return Message(state.name, "\n".join(state.facts), (change,), is_good=True, files=files)


def _list(changes: list[Change]) -> Message:
    kind, count = changes[0].state.kind, len(changes)
    facts = [fact for change in changes for fact in change.state.facts]
    if kind == "renewal":
        days = min(int(change.state.level) for change in changes)
        title = f"{_count(count, 'renewal')} to decide, the first in {days} days or less"
        todo = "What to do: look at the usage (mart_renewals), then renew, shrink or cancel."
        where = 'Where to look: itam query "select * from mart_renewals"'
    else:
        title = f"{_count(count, 'asset')} out of our hands without proof of wiping"
        todo = "What to do: get the certificates from the supplier, or report a possible data loss."
        where = "Where to look: itam query \"select * from kpi_exceptions where kpi_id = 'data_sanitization_rate'\""
    more = [f"... and {count - TOP} more"] if count > TOP else []
    return Message(title, "\n".join([*facts[:TOP], *more, todo, where]), tuple(changes))


def _digest(messages: list[Message]) -> Message:
    parts = [f"{m.title}\n{m.body}" for m in messages]
    title = f"{_count(len(messages), 'change')}: {'; '.join(m.title for m in messages[:2])}"
    title = f"{title}; …" if len(messages) > 2 else title
    changes = tuple(change for m in messages for change in m.changes)
    return Message(title, "\n\n".join(parts), changes, all(m.is_good for m in messages))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _with_link(body: str, link: str) -> str:
    return f"{body}\nMore: {link}" if link else body
