"""Reading kept deliveries again when their rows would read otherwise today.

Here: noticing changed inputs, and making deliveries pending. Not here: what inputs are (``inputs.py``), and the landing
itself (``history.py``).
"""

from datetime import datetime

from itam.feeds import Feed
from itam.landing import changes
from itam.landing.inputs import Inputs
from itam.landing.ledger import Ledger


def reopen_changed(ledger: Ledger, inputs: Inputs, notes: list[str]) -> list[tuple[str, str]]:
    """Make the deliveries pending whose settings, mappings or allowed values changed; their sources and feeds."""
    before = ledger.fingerprints()
    reopened = []
    for source, name in ledger.sources():
        feed = inputs.feeds.get(name)
        if feed is None:
            continue
        fingerprint = inputs.fingerprint(source, feed)
        known = before.get((source, name))
        if known != fingerprint:
            with ledger.transaction():
                if known is not None and _reopen(ledger, source, feed, notes):
                    reopened.append((source, name))
                ledger.note_fingerprint(source, feed, fingerprint)
    return reopened


def _reopen(ledger: Ledger, source: str, feed: Feed, notes: list[str]) -> bool:
    deliveries = ledger.deliveries(source, feed)
    lost = [delivery for delivery in deliveries.values() if not delivery.is_readable]
    changed = f"{source}/{feed.name}: settings, mappings or allowed values changed"
    if lost:
        notes.append(
            f"{changed}; its history keeps the old reading, because {len(lost)} delivered files are no longer kept"
        )
        return False
    for log in changes.logs(feed):
        changes.cut(ledger.connection, log, source, datetime.min)
    ledger.reopen(deliveries.values())
    notes.append(f"{changed}; built again from {len(deliveries)} kept deliveries")
    return True
