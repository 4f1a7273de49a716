"""Telling: what differs from what an address was told last is sent there, and remembered when it has been taken.

The memory is ``$ITAM_HOME/alerts/told.json``: per address (its hash: addresses hold passwords) the level of each state
that it knows. So each change is told once, whoever asks and however often; what could not be sent is sent next time;
what came and went while nobody was to be disturbed is never told.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import filelock

from itam.alerts import routes, states
from itam.alerts.messages import Change, Message, compose
from itam.alerts.routes import Alerts, AlertsError
from itam.alerts.states import State
from itam.home import Home
from itam.publishing.publish import sync
from itam.settings import load_settings

Send = Callable[[str, Message], bool]
Memory = dict[str, dict[str, Any]]


def tell(home: Home, now: datetime | None = None, send: Send | None = None, dry_run: bool = False) -> list[str]:
    """Send what has changed; a line per message. With ``dry_run`` nothing is sent or remembered."""
    moment = now or datetime.now(UTC)
    said = routes.load(home)
    if not said.routes:
        return []
    folder = home.root / "alerts"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(filelock.Timeout), filelock.FileLock(folder / ".lock", timeout=0):
        zone = ZoneInfo(load_settings(home.root).time_zone)
        now_states = states.current(home, moment.astimezone(UTC).replace(tzinfo=None))
        return _tell_all(home, said, now_states, moment.astimezone(zone), send or deliver, dry_run)
    return []  # somebody else is just telling


def _tell_all(
    home: Home, said: Alerts, now_states: Mapping[str, State], local: datetime, send: Send, dry_run: bool
) -> list[str]:
    memory, lines = _load(home), []
    by_address: dict[str, list[State]] = {}
    for state in now_states.values():
        for address in said.addresses(state.owner_role):
            by_address.setdefault(address, []).append(state)
    for address, concerned in by_address.items():
        told = memory.setdefault(name(address), {"levels": {}, "digest_on": None})
        for is_digest in (False, True):
            lines += _tell(address, _of(said, concerned, is_digest), said, local, told, send, is_digest, dry_run)
            if not dry_run:
                _save(home, memory)
    return lines


def _of(said: Alerts, concerned: list[State], is_digest: bool) -> list[State]:
    """The states of the roles that want a digest, or of the others."""
    roles = said.digest.roles if said.digest else ()
    return [state for state in concerned if (state.owner_role in roles) == is_digest]


def _tell(
    address: str,
    concerned: list[State],
    said: Alerts,
    local: datetime,
    told: dict[str, Any],
    send: Send,
    is_digest: bool,
    dry_run: bool,
) -> list[str]:
    """Tell one address; its memory changes with every message that was taken."""
    open_now = [s for s in concerned if said.may_tell(s.owner_role, s.kind, local, told["digest_on"])]
    levels: dict[str, str] = told["levels"]
    changes = [Change(s, levels.get(s.key)) for s in open_now if is_news(s, levels.get(s.key))]
    lines, are_taken = [], True
    for message in compose(changes, said.link, as_one=is_digest):
        is_taken = dry_run or send(address, message)
        are_taken = are_taken and is_taken
        lines.append(f"{'' if is_taken else 'NOT SENT, will be tried again: '}{message.title}")
        if is_taken:
            levels |= {change.state.key: change.state.level for change in message.changes}
    silent = {s.key: s.level for s in open_now if not is_news(s, levels.get(s.key))}
    levels |= silent
    for key in [k for k in levels if k not in {s.key for s in concerned} and _kind(k) in _kinds(concerned)]:
        del levels[key]  # what is gone is news if it comes back
    if is_digest and open_now and are_taken:
        told["digest_on"] = local.date().isoformat()
    return lines


def is_news(state: State, before: str | None) -> bool:
    """Whether somebody has to hear of it: something bad that is new, or an end of something bad."""
    if state.level == before:
        return False
    if state.is_good:
        is_end = before is not None and before not in states.GOOD
        return is_end and state.level != "none"
    if state.level == "not_measurable":  # a feed that nobody has ever delivered is no news
        return before is not None
    return True


def _kind(key: str) -> str:
    return key.partition(":")[0]


def _kinds(concerned: list[State]) -> set[str]:
    return {state.kind for state in concerned}


def name(address: str) -> str:
    """What an address is called in the memory."""
    return hashlib.sha256(address.encode()).hexdigest()[:20]


def _load(home: Home) -> Memory:
    try:
        read: Memory = json.loads((home.root / "alerts" / "told.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read


def _save(home: Home, memory: Memory) -> None:
    fresh = home.root / "alerts" / ".told.json"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        json.dump(memory, stream, indent=1, sort_keys=True)
    sync(fresh)
    fresh.replace(fresh.with_name("told.json"))


# --- sending ---------------------------------------------------------------------------------------------------------


def deliver(address: str, message: Message) -> bool:
    """Send by the notification library; whether it was taken."""
    import apprise

    sender = apprise.Apprise()
    if not sender.add(address):
        raise AlertsError(f"alerts.yml: an address of the form '{address.partition(':')[0]}:' cannot be read")
    kind = apprise.NotifyType.SUCCESS if message.is_good else apprise.NotifyType.WARNING
    text = apprise.NotifyFormat.TEXT
    files = [str(file) for file in message.files] or None  # a service that takes no files gets the text alone
    return bool(sender.notify(body=message.body, title=message.title, notify_type=kind, body_format=text, attach=files))


def send_test(home: Home, role: str, send: Send | None = None) -> list[str]:
    """Send a word to every address of a role, to see whether it arrives."""
    addresses = routes.load(home).addresses(role)
    if not addresses:
        raise AlertsError(f"{home.root / routes.FILE} has no route for {role}")
    message = Message("[ITAM] Test", f"Alerts for {role} arrive here.", ())
    done = [(a.partition(":")[0], (send or deliver)(a, message)) for a in addresses]
    return [f"{scheme}: {'sent' if is_taken else 'NOT SENT'}" for scheme, is_taken in done]
