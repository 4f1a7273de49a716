"""The history of one feed of one source: which deliveries are taken, in which order, and what becomes of each.

Here: new and late deliveries, one transaction each, until every verdict holds. Not here: how rows come about
(``staging.py``), how logs are written (``changes.py``), and what is remembered (``ledger.py``).
"""

import os
from collections.abc import Iterable
from datetime import datetime

from itam.feeds import Feed
from itam.landing import changes, housekeeping, inbox, verdicts
from itam.landing.changes import Counts, Moment
from itam.landing.delivery import Delivery, LandingReport, batch_id
from itam.landing.inbox import DeliveredFile
from itam.landing.inputs import Inputs
from itam.landing.ledger import Ledger
from itam.landing.reasons import RefusedError, one_sentence
from itam.landing.staging import Staged, stage


def checkpoint(name: str) -> None:
    """A named point between two steps; nothing happens here unless somebody watches."""
    del name


class History:
    """All deliveries of one feed of one source, those that are known and those that have just come."""

    def __init__(self, ledger: Ledger, inputs: Inputs, report: LandingReport, source: str, feed: Feed) -> None:
        self.ledger = ledger
        self.inputs = inputs
        self.report = report
        self.source = source
        self.feed = feed
        self.deliveries = ledger.deliveries(source, feed)

    def pending(self, found: list[DeliveredFile]) -> list[Delivery]:
        """What is to be landed, in the order of the extracts: new, changed, and whatever these make land again."""
        pending = {moment for moment, delivery in self.deliveries.items() if delivery.status == "pending"}
        for file in found:
            at = file.extracted_at
            delivery = self.deliveries.setdefault(at, Delivery(Moment(at, batch_id(self.source, self.feed.name, at))))
            place = (file.feed, file.name)
            try:
                sha256 = inbox.digest(file.path)
            except OSError as error:
                why = os.strerror(error.errno) if error.errno else error  # a library may put its own words there
                self.report.notes.append(f"{file.path} cannot be read: {why}")
                continue
            delivery.files[place] = file
            if delivery.digests.get(place) != sha256 or delivery.fault:  # what was refused may be tried again
                pending.add(at)
                delivery.digests[place] = sha256
        self.deliveries = {moment: delivery for moment, delivery in self.deliveries.items() if delivery.files}
        pending = {
            moment
            for moment in pending
            if moment in self.deliveries
            and not all(file.is_manifest for file in self.deliveries[moment].files.values())
        }
        if self.feed.kind != "snapshot" and pending:
            pending |= self._reopen(min(pending))
            pending -= self._immovable(pending)
        if pending and (self.source, self.feed.name) not in self.ledger.fingerprints():
            self.ledger.note_fingerprint(self.source, self.feed, self.inputs.fingerprint(self.source, self.feed))
        return [self.deliveries[moment] for moment in sorted(pending)]

    def _reopen(self, since: datetime) -> set[datetime]:
        """Events and references know only what changed: a late one makes its followers land again from their files."""
        later = [d for moment, d in self.deliveries.items() if moment >= since and d.status in ("accepted", "pending")]
        lost = [delivery for delivery in later if not delivery.is_readable]
        if lost:
            sentence = (
                f"it comes before the delivery of {lost[-1].moment.extracted_at}, whose file is no longer kept, "
                "so it cannot be put in its place; deliver that one again with it"
            )
            for moment, delivery in self.deliveries.items():
                if moment <= lost[-1].moment.extracted_at and delivery.status != "accepted":
                    delivery.barred = sentence
            return set()
        if later:
            with self.ledger.transaction():
                for log in changes.logs(self.feed):
                    changes.cut(self.ledger.connection, log, self.source, since)
                self.ledger.reopen(later)
            for delivery in later:
                delivery.status = "pending"
            checkpoint("reopened")
        return {delivery.moment.extracted_at for delivery in later}

    def _immovable(self, pending: set[datetime]) -> set[datetime]:
        """Accepted events that were delivered again, but whose followers' files are gone: they stay as they are."""
        stuck = {moment for moment in pending if self.deliveries[moment].status == "accepted"}
        for moment in sorted(stuck):
            batch = self.deliveries[moment].moment.batch_id
            self.report.notes.append(f"{batch} stays as it was: the files of later deliveries are no longer kept")
        return stuck

    def take(self, delivery: Delivery) -> None:
        """Read, judge and write one delivery: all of it in one transaction, or nothing."""
        staged = Staged()
        try:
            delivery.fault = delivery.barred
            if delivery.fault is None:
                stage(self.ledger.connection, self.inputs, self.source, self.feed, delivery, staged)
        except RefusedError as refusal:
            delivery.fault = one_sentence(str(refusal))
        delivery.rows, delivery.expected_rows = staged.delivered, staged.expected_rows
        judged = self._judge(d for d in self.deliveries.values() if d.status or d is delivery)
        reason = judged[delivery.moment.batch_id]
        checkpoint("staged")
        self._discard_csv(delivery)
        with self.ledger.transaction():
            counts = Counts()
            for log in changes.logs(self.feed):
                written = self._apply(log, delivery, is_accepted=reason is None)
                counts = counts if log.is_sightings else written
                checkpoint("log written")
            outcome = self.ledger.record(self.source, self.feed, delivery, staged, counts, reason)
            checkpoint("before commit")
        checkpoint("committed")
        delivery.status = outcome.status
        self.report.touched_feeds.add(self.feed.name)
        self.report.outcomes.append(outcome)

    def settle(self) -> None:
        """A late delivery may change the verdict on later ones: follow until every verdict holds."""
        lost: set[str] = set()
        while True:
            known = [d for d in self.deliveries.values() if d.status in ("accepted", "quarantined")]
            judged = self._judge(known)
            wrong = [
                d
                for d in sorted(known, key=lambda d: d.moment.extracted_at)
                if (judged[d.moment.batch_id] is None) != (d.status == "accepted") and d.moment.batch_id not in lost
            ]
            if not wrong:
                self.ledger.reword(judged)
                return
            delivery, before = wrong[0], wrong[0].status
            reason = judged[delivery.moment.batch_id]
            if reason is not None:
                self._withdraw(delivery, reason)
            elif delivery.is_readable:
                self.take(delivery)
            else:
                lost.add(delivery.moment.batch_id)
                self.report.notes.append(f"{delivery.moment.batch_id} would be accepted now, but its file is not kept")
                continue
            self.ledger.note_verdict(self.source, self.feed, delivery, before, reason)

    def _judge(self, deliveries: Iterable[Delivery]) -> dict[str, str | None]:
        return verdicts.judge((delivery.known for delivery in deliveries), is_snapshot=self.feed.kind == "snapshot")

    def _withdraw(self, delivery: Delivery, reason: str) -> None:
        """Take an accepted delivery out of history."""
        with self.ledger.transaction():
            for log in changes.logs(self.feed):
                self._apply(log, delivery, is_accepted=False)
            outcome = self.ledger.withdraw(self.source, self.feed, delivery, reason)
            checkpoint("before commit")
        delivery.status = outcome.status
        self._discard_csv(delivery)
        self.report.outcomes.append(outcome)

    def _apply(self, log: changes.Log, delivery: Delivery, *, is_accepted: bool) -> Counts:
        """Put the staged rows in their place in a log, or take a delivery's rows out of it."""
        connection, at = self.ledger.connection, delivery.moment
        was_accepted = delivery.status == "accepted"
        if self.feed.kind != "snapshot":
            return changes.append(connection, log, self.source, at) if is_accepted else Counts()
        later = [d.moment for t, d in self.deliveries.items() if t > at.extracted_at and d.status == "accepted"]
        following = min(later, key=lambda moment: moment.extracted_at, default=None)
        if is_accepted and not was_accepted and following is None:
            return changes.append(connection, log, self.source, at)
        if not (is_accepted or was_accepted):
            return Counts()
        own, next_counts = changes.splice(connection, log, self.source, at, following, is_present=is_accepted)
        if following is not None and next_counts is not None and not log.is_sightings:
            self.ledger.recount(following.batch_id, next_counts)
        return own

    def _discard_csv(self, delivery: Delivery) -> None:
        """What was set aside is written anew after the run."""
        housekeeping.quarantine_path(self.ledger.home, delivery.moment.batch_id).unlink(missing_ok=True)
