"""A report as PDF: its HTML page, printed by a Chromium that is installed here."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from itam.errors import RefusedError

VARIABLE = "ITAM_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
SECONDS = 120


def browser() -> str:
    """The browser's program."""
    named = os.environ.get(VARIABLE)
    found = shutil.which(named) if named else next((p for p in map(shutil.which, NAMES) if p), None)
    if found is None:
        raise RefusedError(
            f"A PDF needs Chromium or Chrome, and none was found{f' at {named}' if named else ''}: install one, or name"
            f" its program in {VARIABLE}. The HTML report prints as well from any browser."
        )
    return found


def content(page: str) -> bytes:
    """The page, printed; it loads nothing, and the browser may go nowhere."""
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "report.html", Path(folder) / "report.pdf"
        source.write_text(page, encoding="utf-8")
        run = subprocess.run(
            [
                *(browser(), "--headless", "--disable-gpu", "--no-pdf-header-footer", "--disable-extensions"),
                *("--disable-background-networking", "--no-first-run", "--disable-dev-shm-usage"),
                *(("--no-sandbox",) if os.geteuid() == 0 else ()),  # Chromium refuses root otherwise
                *("--proxy-server=127.0.0.1:9", f"--user-data-dir={folder}/profile", f"--print-to-pdf={made}"),
                source.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if not made.exists():
            last = (run.stderr.strip().splitlines() or ["nothing was said"])[-1]
            raise RefusedError(f"Chromium did not print the report: {last}")
        return made.read_bytes()
