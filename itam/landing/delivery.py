"""A delivery while it is landed, and what a run reports of it.

Here: plain records. Not here: what is remembered of a delivery in the warehouse (``ledger.py``).
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from itam.landing import verdicts
from itam.landing.changes import Moment
from itam.landing.inbox import DeliveredFile


def batch_id(source: str, feed: str, moment: datetime) -> str:
    """The name of a delivery: where it lies and when it was extracted."""
    fraction = f".{moment.microsecond:06d}" if moment.microsecond else ""
    return f"{source}/{feed}/{moment:%Y-%m-%dT%H%M%S}{fraction}Z"


@dataclass
class Delivery:
    """One (source, feed, extracted_at): what is known of it and the files that it consists of."""

    moment: Moment
    status: str | None = None
    rows: int = 0
    expected_rows: int | None = None
    fault: str | None = None
    barred: str | None = None
    files: dict[tuple[str, str], DeliveredFile] = field(default_factory=dict)
    digests: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def known(self) -> verdicts.Known:
        """As the sentinel sees it."""
        return verdicts.Known(self.moment.batch_id, self.moment.extracted_at, self.rows, self.expected_rows, self.fault)

    @property
    def is_readable(self) -> bool:
        """Whether all its files are still there."""
        return all(file.path.exists() for file in self.files.values())


@dataclass(frozen=True)
class Outcome:
    """What became of one delivery in this run."""

    source_system: str
    feed: str
    extracted_at: datetime | None
    status: str
    reason: str | None
    rows_delivered: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    unknown_columns: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """One line for a person."""
        place = f"{self.source_system}/{self.feed}" + (
            f"/{self.extracted_at:%Y-%m-%dT%H%M%SZ}" if self.extracted_at else ""
        )
        rows = f"{self.rows_accepted} of {self.rows_delivered} rows"
        return f"{self.status:11} {place}: {self.reason or rows}"


@dataclass
class LandingReport:
    """What a run did; ``notes`` are lines that a person should see."""

    as_of: date | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    touched_feeds: set[str] = field(default_factory=set)

    @property
    def accepted(self) -> int:
        """Deliveries accepted in this run."""
        return sum(outcome.status == "accepted" for outcome in self.outcomes)

    @property
    def quarantined(self) -> int:
        """Deliveries set aside as a whole in this run."""
        return sum(outcome.status == "quarantined" for outcome in self.outcomes)
