"""One real refresh in a process that ends without a word at a named point.

Run as ``python -m tests.python.faults.dying HOME PART [POINT]``. A point is
``call:<module>:<function>:before|after[:<nth>]``, ``landing:<checkpoint>:<nth>`` or ``node:<what dbt says of it>``;
without one the refresh goes to its end. The part is ``whole``; or ``landed``: it ends blocked before anything is built;
or ``built``: the models stand already, so that gate and publication are tried without minutes of dbt. Production code
knows nothing of it: functions are replaced here, and dbt's nodes are told to the reporter of the refresh.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from itam import refresh as refreshing
from itam.cli.progress import QuietReporter
from itam.home import Home
from itam.quality.ledger import CheckResult


def die() -> None:
    """End as a machine does that loses its power, as far as a process can."""
    os.kill(os.getpid(), signal.SIGKILL)


class Deaf(QuietReporter):
    """Says nothing, and dies when dbt starts a node that it was told of."""

    def __init__(self, node: str = "") -> None:
        self.node = node

    def detail(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """A node begins."""
        if self.node and self.node in text and "test" not in text.split()[0]:
            die()


def at_call(place: str, act: Callable[[], None]) -> None:
    """Do something before or after the nth call of ``<module>:<function>:before|after[:<nth>]``."""
    module_name, name, when, *nth = place.split(":")
    owner: Any = importlib.import_module(module_name)
    *path, function = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    original, left = getattr(owner, function), int(nth[0]) if nth else 1

    def acting(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and when == "before":
            act()
        answer = original(*args, **kwargs)
        if left == 0 and when == "after":
            act()
        return answer

    setattr(owner, function, acting)


def die_in_landing(place: str) -> None:
    """Die at the nth passage of a checkpoint of landing."""
    from itam.landing import history

    wanted, nth = place.split(":")
    left = int(nth)

    def checkpoint(name: str) -> None:
        nonlocal left
        left -= name == wanted
        if left == 0:
            die()

    history.checkpoint = checkpoint


class NothingToSee:
    """An inspection of nothing."""

    def findings(self) -> list[Any]:
        """None."""
        return []


def shorten(part: str) -> None:
    """Leave out the models, and before they are built also what looks at them."""
    blocked = CheckResult("nothing is built", "block", "", "failed", "only landing is tried", decision="block")

    def build(home: Home, run: refreshing.Run) -> list[CheckResult]:
        run.enter("build")
        return [blocked] if part == "landed" else []

    def read_project(home: Home, run: refreshing.Run) -> None:
        run.manifest = None

    def arrive(home: Home, run: refreshing.Run) -> NothingToSee:
        return NothingToSee()

    module: Any = refreshing
    if part != "whole":
        module.build, module.read_project = build, read_project
    if part == "landed":
        module.arrive, module.gate.warm_up = arrive, lambda: None


def main() -> int:
    """Refresh, or die."""
    root, part, point = Path(sys.argv[1]), sys.argv[2], "".join(sys.argv[3:])
    shorten(part)
    kind, _, place = point.partition(":")
    reporter = Deaf(place if kind == "node" else "")
    if kind == "call":
        at_call(place, die)
    elif kind == "landing":
        die_in_landing(place)
    result = refreshing.refresh(Home(root), None, reporter)
    print(result.line)
    return result.exit_code


if __name__ == "__main__":
    sys.exit(main())
