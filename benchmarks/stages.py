"""One measured process: how long it took, the most memory it held, the most it spilled to disk.

Here: running a command on a home and watching it. Not here: which commands, and what becomes of the figures.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
WATCH_SECONDS = 0.5


@dataclass(frozen=True)
class Stage:
    """One timed process with its children.

    Wall seconds and processor seconds (which other programs on the machine hardly change), and in GiB the most memory
    that one of them held and the most that was spilled.
    """

    seconds: float
    cpu_seconds: float
    peak_gib: float
    spilled_gib: float


def size_of(folder: Path) -> int:
    """Bytes of the files below a folder, of which some may go while one looks."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def timed(command: list[str], home: Path) -> Stage:
    """Run a command on a home and wait for it; a failure ends the benchmark with the command's own words."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"ITAM_HOME": str(home), "DBT_TARGET_PATH": str(home / "target")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    done, spilled = threading.Event(), [0]

    def watch() -> None:
        while not done.wait(WATCH_SECONDS):
            spilled[0] = max(spilled[0], size_of(home / "tmp"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        done.set()
        watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{output[-2000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    return Stage(time.perf_counter() - begin, cpu, usage.ru_maxrss / 1024**2, spilled[0] / 1024**3)
