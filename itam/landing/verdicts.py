"""Whether a snapshot may be believed: the 80 % sentinel.

Here: the verdict on each delivery of one source and feed as a function of all that are known, in the order of their
extracts; nothing else: no connection, no files.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from statistics import median

LOOK_BACK = 7
AT_LEAST = 3
SHARE = Fraction(8, 10)


@dataclass(frozen=True)
class Known:
    """What the verdict needs to know about a delivery; ``fault`` is why it cannot be accepted on its own account."""

    batch_id: str
    extracted_at: datetime
    rows: int
    expected_rows: int | None = None
    fault: str | None = None


def judge(deliveries: Iterable[Known], *, is_snapshot: bool) -> dict[str, str | None]:
    """The reason to quarantine each delivery, or none when it is accepted."""
    verdicts: dict[str, str | None] = {}
    accepted: list[int] = []
    for delivery in sorted(deliveries, key=lambda known: known.extracted_at):
        reason = delivery.fault
        if reason is None and is_snapshot:
            reason = _too_few(delivery, accepted[-LOOK_BACK:])
        verdicts[delivery.batch_id] = reason
        if reason is None:
            accepted.append(delivery.rows)
    return verdicts


def _too_few(delivery: Known, earlier: list[int]) -> str | None:
    if delivery.expected_rows is not None and delivery.rows < SHARE * delivery.expected_rows:
        return (
            f"the delivery has {delivery.rows} rows, less than 80 % of the {delivery.expected_rows} that its manifest "
            "expects; extract it again"
        )
    if len(earlier) >= AT_LEAST and delivery.rows < SHARE * Fraction(median(earlier)):
        return (
            f"the delivery has {delivery.rows} rows, less than 80 % of the usual {median(earlier):g} of the "
            f"{len(earlier)} accepted before it; extract it again, or state expected rows and deliver the full list"
        )
    return None
