"""``itam who`` and ``itam forget``: lines about one person. What they say and do is decided in ``itam.privacy``."""

from __future__ import annotations

import subprocess
import sys

from rich.console import Console

from itam.cli.output import table
from itam.home import Home
from itam.privacy import forget as forgetting
from itam.privacy import who
from itam.refresh import only_writer

ASSET_COLUMNS = ("asset_id", "asset_tag", "serial_number", "manufacturer", "model", "hostname", "status")


def ask(home: Home, person_key: str, reason: str | None) -> who.Answer:
    """The person, after the question was logged."""
    with only_writer(home):
        return who.who(home.root, person_key, reason)


def show(out: Console, answer: who.Answer) -> None:
    """Print it."""
    said = {name.replace("_", " "): value for name, value in answer.spell.items() if value is not None}
    out.print(answer.identifier, markup=False)
    for name, value in said.items():
        out.print(f"  {name}: {value}", markup=False)
    if not answer.assets:
        out.print("  holds nothing in the register", markup=False)
        return
    made = table(out, ASSET_COLUMNS, title=f"In this name in the register: {len(answer.assets)}")
    for asset in answer.assets:
        made.add_row(*("" if asset[c] is None else str(asset[c]).replace("[", "\\[") for c in ASSET_COLUMNS))
    out.print(made)


def forget(out: Console, home: Home, person_id: str, also: tuple[str, ...], dry_run: bool) -> None:
    """Forget one person, or say what that would replace."""
    with only_writer(home):
        report = forgetting.forget(home.root, person_id, also, dry_run)
    if dry_run:
        for kind, identifier in report.identifiers:
            out.print(f"{kind}: {identifier}", markup=False)
        return
    for note in report.notes:
        out.print(note, markup=False, soft_wrap=True)
    out.print(report.line, markup=False, soft_wrap=True)


def refresh(home: Home, quiet: bool) -> int:
    """Refresh in a process of its own: dbt writes its command line down, and this one names the person."""
    command = [
        sys.executable,
        "-m",
        "itam.cli.main",
        "refresh",
        "--home",
        str(home.root),
        *(["--quiet"] if quiet else []),
    ]
    return subprocess.run(command, check=False).returncode
