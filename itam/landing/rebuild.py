"""Reading kept deliveries again when their rows would read otherwise today.

Here: noticing changed inputs, and making deliveries pending. Not here: what inputs are (``inputs.py``), and the landing
itself (``history.py``).
"""

from datetime import datetime

from itam.feeds import Feed
from itam.landing import changes
from itam.landing.inputs import Inputs
from itam.landing.ledger import Ledger
from itam.landing.reasons import NotKeptError


def reopen_changed(ledger: Ledger, inputs: Inputs, notes: list[str]) -> None:
    """Make the deliveries pending whose settings, mappings or allowed values changed."""
    before = ledger.fingerprints()
    for source, name in ledger.sources():
        feed = inputs.feeds.get(name)
        if feed is None:
            continue
        fingerprint = inputs.fingerprint(source, feed)
        known = before.get((source, name))
        if known != fingerprint:
            with ledger.transaction():
                if known is not None:
                    _reopen(ledger, source, feed, notes)
                ledger.note_fingerprint(source, feed, fingerprint)


def reopen_since(ledger: Ledger, feeds: dict[str, Feed], since: datetime, only: str | None = None) -> int:
    """Make the deliveries pending that were extracted since a moment, of one feed or of all; their number."""
    reopened = 0
    with ledger.transaction():
        for source, name in ledger.sources():
            if name not in feeds or only not in (None, name):
                continue
            known = ledger.deliveries(source, feeds[name])
            later = [d for moment, d in known.items() if moment >= since and d.status in ("accepted", "quarantined")]
            lost = next((d for d in later if not d.is_readable), None)
            if lost is not None:
                raise NotKeptError(
                    f"the files of {lost.moment.batch_id} are no longer kept (settings.yml: retention), so it cannot"
                    " be landed again; choose a later day or another feed"
                )
            for log in changes.logs(feeds[name]) if later else ():
                changes.cut(ledger.connection, log, source, since)
            ledger.reopen(later)
            reopened += len(later)
    return reopened


def _reopen(ledger: Ledger, source: str, feed: Feed, notes: list[str]) -> None:
    deliveries = ledger.deliveries(source, feed)
    lost = [delivery for delivery in deliveries.values() if not delivery.is_readable]
    changed = f"{source}/{feed.name}: settings, mappings or allowed values changed"
    if lost:
        notes.append(
            f"{changed}; its history keeps the old reading, because {len(lost)} delivered files are no longer kept"
        )
        return
    for log in changes.logs(feed):
        changes.cut(ledger.connection, log, source, datetime.min)
    ledger.reopen(deliveries.values())
    notes.append(f"{changed}; built again from {len(deliveries)} kept deliveries")
