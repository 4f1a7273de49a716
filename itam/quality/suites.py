"""What a check of the gate is: an expectation with a name, and the suites that they are gathered in.

Here: the words in which checks are written, and what one came to. Not here: the checks themselves (``arrival``,
``departure``), how they are run (``gx``), and what a failed one means, which is policy (``seeds/gate_policy.csv``).
"""

from __future__ import annotations

from dataclasses import dataclass

EXAMPLES = 5
"""Failing rows that are shown of one check and delivery."""
DELIVERIES = 200
"""Deliveries that one check names at most, those with most failing rows first."""


@dataclass(frozen=True)
class Rule:
    """A query that returns what is wrong, one row each: observed, and where it applies feed, delivery, kpi_id."""

    check_id: str
    expected: str
    failures: str  # {batch} is what the suite looks at

    @property
    def counted(self) -> str:
        """What is wrong, counted by feed and delivery, with the first examples."""
        nothing = ", ".join(f"cast(null as varchar) as {c}" for c in ("feed", "delivery", "kpi_id", "observed"))
        return f"""
            select
                coalesce(feed, '') as feed,
                coalesce(delivery, '') as delivery,
                count(*) as failing_rows,
                array_to_string(min(observed, {EXAMPLES}), chr(10)) as examples,
                coalesce(string_agg(distinct kpi_id, '|' order by kpi_id), '') as kpis
            from (select {nothing} where false union all by name ({self.failures})) as wrong
            group by all
            order by failing_rows desc, feed, delivery
            limit {DELIVERIES}
        """


@dataclass(frozen=True)
class Filled:
    """A column without nulls."""

    check_id: str
    expected: str
    column: str


@dataclass(frozen=True)
class Unique:
    """Columns that name a row."""

    check_id: str
    expected: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Listed:
    """A column that holds only listed values, or null."""

    check_id: str
    expected: str
    column: str
    values: tuple[str, ...]


Expectation = Rule | Filled | Unique | Listed


@dataclass(frozen=True)
class Suite:
    """Expectations about the rows of one query."""

    name: str
    feed: str
    batch: str
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True)
class Finding:
    """What one expectation came to, for one delivery where it can tell."""

    check_id: str
    expected: str
    suite: str
    feed: str = ""
    delivery: str = ""
    failing_rows: int = 0
    examples: str = ""
    kpis: str = ""
    crash: str = ""  # why the expectation could not be held against anything: an error of ours
