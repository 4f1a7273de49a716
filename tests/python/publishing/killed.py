"""One refresh of a warehouse filled without dbt, in a process that may be told where to die.

Run as ``python -m tests.python.publishing.killed HOME NUMERATOR [POINT]``; POINT is ``module:function:before|after``.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from itam import refresh as refreshing
from itam.cli.progress import QuietReporter
from itam.home import Home
from itam.quality.suites import Finding, Rule, Suite
from tests.python.publishing.conftest import build


class QuickInspection:
    """The checks without the library that runs them, which takes seconds to load: dying is what is tested here."""

    def __init__(self, home: Home, suites: list[Suite]) -> None:
        self.home, self.suites = home, suites

    def findings(self) -> list[Finding]:
        """What the queries of the suites find."""
        found = []
        with duckdb.connect(str(self.home.warehouse)) as con:
            for suite in self.suites:
                for rule in (e for e in suite.expectations if isinstance(e, Rule)):
                    batch = f"({suite.batch}) as suite_rows"
                    rows = con.execute(rule.counted.format(batch=batch)).fetchall()
                    about = (rule.check_id, rule.expected, suite.name)
                    found += [Finding(*about, feed or suite.feed, *rest) for feed, *rest in rows] or [Finding(*about)]
        return found


def die_at(point: str) -> None:
    """Make the process end without a word before or after a function."""
    module_name, function, when = point.split(":")
    module: Any = importlib.import_module(module_name)
    original = getattr(module, function)

    def dying(*args: Any, **kwargs: Any) -> Any:
        if when == "after":
            original(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, function, dying)


def without_dbt(numerator: int) -> None:
    """Put a filled warehouse in the place of landing and dbt."""
    module: Any = refreshing

    def land(home: Home, run: refreshing.Run) -> None:
        run.enter("land")
        run.as_of = date(2026, 6, 30)

    def build_models(home: Home, run: refreshing.Run) -> list[Any]:
        run.enter("build")
        build(home, numerator)
        return []

    def arrive(home: Home, run: refreshing.Run) -> QuickInspection:
        return QuickInspection(home, [])

    def read_project(home: Home, run: refreshing.Run) -> None:
        run.manifest = None

    module.land, module.arrive, module.read_project, module.build = land, arrive, read_project, build_models
    module.gate.Inspection, module.gate.warm_up = QuickInspection, lambda: None


def main() -> int:
    """Refresh, or die."""
    home, numerator = Home(Path(sys.argv[1])), int(sys.argv[2])
    without_dbt(numerator)
    if len(sys.argv) > 3:
        die_at(sys.argv[3])
    result = refreshing.refresh(home, None, QuietReporter())
    print(result.line)
    return result.exit_code


if __name__ == "__main__":
    sys.exit(main())
