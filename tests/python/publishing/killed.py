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

from itam import refresh as refreshing
from itam.cli.progress import QuietReporter
from itam.home import Home
from tests.python.publishing.conftest import build


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


def main() -> int:
    """Refresh, or die."""
    home, numerator = Home(Path(sys.argv[1])), int(sys.argv[2])
    module: Any = refreshing

    def land(home: Home, run: refreshing.Run) -> None:
        run.enter("land")
        run.as_of = date(2026, 6, 30)

    def build_models(home: Home, run: refreshing.Run) -> list[Any]:
        run.enter("build")
        build(home, numerator)
        return []

    module.land, module.build = land, build_models
    if len(sys.argv) > 3:
        die_at(sys.argv[3])
    result = refreshing.refresh(home, None, QuietReporter())
    print(result.line)
    return result.exit_code


if __name__ == "__main__":
    sys.exit(main())
