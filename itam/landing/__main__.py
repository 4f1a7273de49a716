"""``python -m itam.landing``: land what is new and say what became of each delivery. No building, no publishing."""

import argparse
import sys
from datetime import date
from pathlib import Path

import duckdb

from itam.landing import land
from itam.landing.reasons import NewerWarehouseError, is_of_the_machine
from itam.settings import SettingsError


def main(arguments: list[str] | None = None) -> int:
    """Land and print one line per delivery; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m itam.landing", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the organisation's folder")
    parser.add_argument("--as-of", type=date.fromisoformat, default=None, help="a day like 2026-06-30")
    given = parser.parse_args(arguments)
    try:
        report = land(given.home, as_of=given.as_of)
    except (SettingsError, NewerWarehouseError) as error:
        print(error, file=sys.stderr)
        return 1
    except (duckdb.Error, OSError) as error:
        if not is_of_the_machine(error):
            raise
        print(f"the disk is full or cannot be written; make room and land again ({error})", file=sys.stderr)
        return 1
    for line in (*report.notes, *(outcome.line for outcome in report.outcomes)):
        print(line)
    print(f"D = {report.as_of}; {report.accepted} accepted, {report.quarantined} quarantined")
    return 0


if __name__ == "__main__":
    sys.exit(main())
