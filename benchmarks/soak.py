"""Deliveries every few seconds under Dagster, for half an hour or a night: ``make soak SOAK="--minutes 30"``.

Does the queue drain, does memory stay flat, is every delivery landed once? Files are written in pieces, some slowly, so
that they can be seen half. Here: the load, the counting, the report. Not here: tests; CI has no half hours.
"""

import argparse
import json
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
AS_OF = "2026-06-30"
BEGIN = datetime(2026, 7, 1)
PIECES = 4
SLOW_SHARE, SLOW_SECONDS = 0.1, 12.0
WATCH_SECONDS = 15.0
MOST_SECONDS_TO_DRAIN = 900.0


@dataclass
class Watch:
    """What was measured on the way."""

    rss_mib: list[float] = field(default_factory=list)  # webserver, daemon and their code servers, not the runs
    waiting: list[int] = field(default_factory=list)  # files in the landing folder


@dataclass(frozen=True)
class Report:
    """What it came to."""

    minutes: float
    delivered: int
    landed: int
    missed: int
    doubled: int
    refreshes: int
    failed_refreshes: int
    median_refresh_seconds: float
    most_files_waiting: int
    seconds_to_drain: float
    first_third_rss_mib: float
    last_third_rss_mib: float
    longest_seconds_to_published: float


def deliver(landing: Path, number: int, is_slow: bool) -> str:
    """Write one delivery in pieces; its name."""
    moment = BEGIN + timedelta(seconds=number)
    stamp = f"{moment:%Y-%m-%dT%H%M%SZ}"
    if number % 2:
        feed, head = "kev", "cveID,vendorProject,product,dateAdded,dueDate,knownRansomwareCampaignUse"
        rows = [f"CVE-2026-{number:05}{i},Maker,Thing,2026-06-01,2026-06-20,Unknown" for i in range(20)]
    else:
        feed, head = "outage", "outage_id,ci_id,begin_at,end_at,outage_type,incident_id"
        rows = [f"soak-{number}-{i},alm0000001,2026-06-01T00:00:00Z,2026-06-01T01:00:00Z,unplanned," for i in range(20)]
    path = landing / "soak" / feed / f"{stamp}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [head, *rows]
    size = -(-len(lines) // PIECES)
    with path.open("w", encoding="utf-8") as stream:
        for begin in range(0, len(lines), size):
            stream.write("".join(f"{line}\n" for line in lines[begin : begin + size]))
            stream.flush()
            time.sleep((SLOW_SECONDS if is_slow else 0.2) / PIECES)
    return f"soak/{feed}/{stamp}"


def resident_mib(root: int) -> float:
    """The memory of a process and all it has started, but for runs, which come and go."""
    children: dict[int, list[int]] = {}
    memory: dict[int, tuple[float, str]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            pages = int((folder / "statm").read_text().split()[1])
            command = (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        children.setdefault(parent, []).append(int(folder.name))
        memory[int(folder.name)] = (pages * 4096 / 1024**2, command)
    total, todo = 0.0, [root]
    while todo:
        pid = todo.pop()
        mib, command = memory.get(pid, (0.0, ""))
        if "execute_run" in command or "forkserver" in command or "multiprocessing" in command:
            continue
        total += mib
        todo += children.get(pid, [])
    return total


def waiting(landing: Path) -> int:
    """Files that no refresh has taken yet."""
    return sum(1 for path in landing.glob("soak/*/*") if path.is_file())


def watch(process: int, landing: Path, seen: Watch, until: threading.Event) -> None:
    """Measure until told to stop."""
    while not until.wait(WATCH_SECONDS):
        seen.rss_mib.append(resident_mib(process))
        seen.waiting.append(waiting(landing))


def published_latency(status: duckdb.DuckDBPyConnection, delivered_at: dict[str, datetime]) -> float:
    """The longest time from a delivery's last byte to its publication."""
    rows = status.execute(
        "select arrivals.delivery, runs.finished_at from quality.arrivals join quality.runs using (refresh_id)"
        " where runs.outcome = 'published'"
    ).fetchall()
    return max(((at - delivered_at[d]).total_seconds() for d, at in rows if d in delivered_at), default=0.0)


def soak(home: Path, minutes: float, every: float, ports: tuple[int, int]) -> Report:
    """Deliver under Dagster, let the queue drain, count."""
    sample = [str(BIN / "itam"), "sample", "--home", str(home), "--assets", "30", "--weeks", "4", "--as-of", AS_OF]
    subprocess.run([*sample, "--quiet"], check=True)
    up = [sys.executable, "-m", "orchestration.up", "--home", str(home)]
    up += ["--port", str(ports[0]), "--health-port", str(ports[1])]
    log = (home / "up.log").open("wb")
    process = subprocess.Popen(up, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    landing, seen, is_over = home / "landing", Watch(), threading.Event()
    delivered_at: dict[str, datetime] = {}
    chance = random.Random(1)
    threads: list[threading.Thread] = []
    try:
        while not (home / "published" / "itam.duckdb").exists():  # warm: the sample is published
            time.sleep(2)
            if process.poll() is not None:
                raise SystemExit(f"Dagster has ended: {home / 'up.log'}")
        threading.Thread(target=watch, args=(process.pid, landing, seen, is_over), daemon=True).start()
        began, number = time.monotonic(), 0
        while time.monotonic() - began < minutes * 60:

            def one(number: int = number, is_slow: bool = chance.random() < SLOW_SHARE) -> None:
                name = deliver(landing, number, is_slow)
                delivered_at[name] = datetime.now(UTC).replace(tzinfo=None)

            threads.append(threading.Thread(target=one))
            threads[-1].start()
            number += 1
            time.sleep(chance.uniform(0.5, 1.5) * every)
        for thread in threads:
            thread.join()
        ended = time.monotonic()
        while waiting(landing) and time.monotonic() - ended < MOST_SECONDS_TO_DRAIN:
            time.sleep(1)
        drained = time.monotonic() - ended
        while _under_way(home) and time.monotonic() - ended < MOST_SECONDS_TO_DRAIN:
            time.sleep(2)
    finally:
        is_over.set()
        process.send_signal(signal.SIGINT)
        process.wait(180)
        log.close()
    return count(home, minutes, delivered_at, seen, drained)


def _under_way(home: Path) -> bool:
    """Whether landed files are still to be published."""
    with duckdb.connect(str((home / "published" / "status.duckdb").resolve()), read_only=True) as con:
        told = con.execute("select count(*) from quality.deliveries where source_system = 'soak'").fetchall()
    kept = sum(1 for _ in (home / "deliveries").glob("soak/*/*"))
    return int(told[0][0]) < kept


def count(home: Path, minutes: float, delivered_at: dict[str, datetime], seen: Watch, drained: float) -> Report:
    """Hold what was landed against what was delivered."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        accepted = con.execute(
            "select batch_id, rows_accepted from raw.deliveries where source_system = 'soak' and status = 'accepted'"
        ).fetchall()
        landed: dict[str, int] = dict(accepted)
        twice = con.execute(
            "select count(*) from (select delivery from quality.arrivals where delivery like 'soak/%'"
            " group by delivery having count(*) > 1)"
        ).fetchall()[0][0]
        keys = con.execute(
            "select (select count(*) - count(distinct outage_id) from raw.outage where outage_id like 'soak-%')"
            " + (select count(*) - count(distinct \"cveID\") from raw.kev where source_system = 'soak')"
        ).fetchall()[0][0]
        runs = con.execute(
            "select outcome, date_diff('millisecond', started_at, finished_at) / 1000 from quality.runs"
            " where finished_at is not null"
        ).fetchall()
        latency = published_latency(con, delivered_at)
    third = max(len(seen.rss_mib) // 3, 1)
    return Report(
        minutes=minutes,
        delivered=len(delivered_at),
        landed=len(landed),
        missed=len([name for name in delivered_at if landed.get(name) != 20]),
        doubled=int(twice) + int(keys),
        refreshes=len(runs),
        failed_refreshes=sum(outcome != "published" for outcome, _ in runs),
        median_refresh_seconds=round(statistics.median(seconds for _, seconds in runs), 1),
        most_files_waiting=max(seen.waiting, default=0),
        seconds_to_drain=round(drained, 1),
        first_third_rss_mib=round(statistics.median(seen.rss_mib[:third]), 1),
        last_third_rss_mib=round(statistics.median(seen.rss_mib[-third:]), 1),
        longest_seconds_to_published=round(latency, 1),
    )


def main() -> int:
    """Soak, print and keep the figures; 1 where something was missed or doubled."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--every", type=float, default=5, help="seconds between deliveries, on average")
    parser.add_argument("--port", type=int, default=3200)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "soak.json")
    parser.add_argument("--keep", action="store_true", help="keep the home")
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="itam-soak-"))
    report = soak(home, given.minutes, given.every, (given.port, given.port + 1))
    text = json.dumps(asdict(report), indent=1)
    given.out.write_text(text + "\n", encoding="utf-8")
    print(text)
    if given.keep:
        print(home)
    else:
        shutil.rmtree(home)
    return 1 if report.missed or report.doubled else 0


if __name__ == "__main__":
    sys.exit(main())
