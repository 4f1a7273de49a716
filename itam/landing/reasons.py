"""Why something does not land: sentences for the person who delivered it."""

from dataclasses import dataclass


class RefusedError(Exception):
    """A delivery that cannot be taken in; the message is one sentence: what is wrong, and what to do."""


@dataclass(frozen=True)
class BadRecord:
    """One record that cannot be taken in while the rest of its file can."""

    row_number: int
    reason: str
    payload: str
    column: str | None = None
    value: str | None = None
    expected: str | None = None
