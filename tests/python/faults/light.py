"""One refresh of a warehouse filled without dbt, which may meet a fault on its way.

Run as ``python -m tests.python.faults.light HOME NUMERATOR [FAULT]``. FAULT is ``full@<place>`` (the disk is full from
there on), ``die@<place>``, ``wait@<place>`` (until HOME/go exists; HOME/waiting says that it waits) or ``clock@<days>``
(the clock is so many days off); places are those of ``dying.at_call``.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from itam import refresh as refreshing
from itam.cli.progress import QuietReporter
from itam.home import Home
from tests.python.faults.conftest import fill
from tests.python.faults.dying import at_call, die
from tests.python.publishing.killed import without_dbt


def meet(fault: str, home: Home) -> None:
    """Prepare a fault."""
    kind, _, place = fault.partition("@")
    if kind == "full":
        at_call(place, lambda: print(fill(home.root.parent)))
    elif kind == "die":
        at_call(place, die)
    elif kind == "wait":
        at_call(place, lambda: wait(home.root))
    elif kind == "clock":
        module: Any = refreshing
        utc_now = refreshing.utc_now
        module.utc_now = lambda: utc_now() + timedelta(days=int(place))


def wait(root: Path) -> None:
    """Stand still until told to go on."""
    (root / "waiting").touch()
    while not (root / "go").exists():
        time.sleep(0.02)


def main() -> int:
    """Refresh."""
    home, numerator = Home(Path(sys.argv[1])), int(sys.argv[2])
    without_dbt(numerator)
    if len(sys.argv) > 3:
        meet(sys.argv[3], home)
    result = refreshing.refresh(home, None, QuietReporter())
    print(result.line)
    return result.exit_code


if __name__ == "__main__":
    sys.exit(main())
