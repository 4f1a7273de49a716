"""Ratios of the warehouse's work to what it is made of, measured in one run: ``make bench``.

Here: a sample organisation of a stated size, the stages timed one after another as processes of their own, and the
report (``benchmarks/results.json`` and ``results.md``). Not here: tests; a ratio is read, never asserted.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.stages import BIN, ROOT, Stage, timed

HERE = Path(__file__).resolve().parent
READERS = {
    "csv": "read_csv('{}', all_varchar=true, header=true)",
    "csv.gz": "read_csv('{}', all_varchar=true, header=true)",
    "parquet": "read_parquet('{}')",
    "json": "read_json_auto('{}')",
    "jsonl": "read_json_auto('{}', format='newline_delimited')",
}


def plain_tables(home: Path) -> None:
    """What landing is compared with: one ``create table`` per feed from the same files, nothing checked."""
    with duckdb.connect(str(home / "plain.duckdb")) as connection:
        files: dict[str, list[Path]] = defaultdict(list)
        for path in sorted((home / "landing").glob("*/*/*")):
            files[path.parent.name].append(path)
        for feed, paths in files.items():
            for number, path in enumerate(paths):
                reader = READERS.get(path.name.partition("Z.")[2])
                if reader is not None:
                    connection.execute(f"create table {feed}_{number} as select * from {reader.format(path)}")


def naive(home: Path, as_of: str) -> None:
    """Six KPIs of one day by hand-written SQL on the raw tables."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute((HERE / "naive.sql").read_text(encoding="utf-8"), {"as_of": as_of}).fetchall()


def arrival_checks(home: Path) -> dict[str, float]:
    """The suite of the feed with most rows, over all its deliveries at once: rows, and seconds without the import."""
    from itam.feeds import load_feeds
    from itam.quality import arrival, gx
    from itam.quality import policy as gate_policy

    feeds = load_feeds()
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(
            "create or replace table quality.gate_pending as "
            "select batch_id as delivery, feed from raw.deliveries where status = 'accepted'"
        )
        counts = {
            name: connection.execute(f"select count(*) from raw.{name} where change_type = 'upsert'").fetchall()[0][0]
            for name in feeds
        }
        largest = max(counts, key=lambda name: counts[name])
        suites = arrival.suites(feeds, {largest}, gate_policy.load(connection), "USD")
    begin = time.perf_counter()
    gx.inspect(home / "warehouse.duckdb", [suite for suite in suites if suite.feed == largest], {"threads": 2})
    return {"rows": counts[largest], "seconds": round(time.perf_counter() - begin, 2)}


def held_back(home: Path, aside: Path) -> list[tuple[Path, Path]]:
    """Move the newest file of every source and feed aside: they are the deliveries of the next day."""
    moves = []
    for folder in sorted((home / "landing").glob("*/*")):
        newest = max((p for p in folder.iterdir() if not p.name.endswith("manifest.json")), key=lambda p: p.name)
        target = aside / newest.relative_to(home / "landing")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(newest, target)
        moves.append((target, newest))
    return moves


def measure(home: Path, assets: int, weeks: int, as_of: str) -> dict[str, object]:
    """All stages on one home, in the order in which they can be."""
    itam, dbt, python = str(BIN / "itam"), str(BIN / "dbt"), sys.executable
    itself = [python, "-m", "benchmarks.run", "--home", str(home), "--as-of", as_of]
    run = [dbt, "--quiet", "run", "--profiles-dir", "."]
    stages: dict[str, Stage] = {}

    def stage(name: str, command: list[str]) -> None:
        stages[name] = timed(command, home)
        print(f"{name:24}{stages[name].seconds:9.1f} s {stages[name].peak_gib:7.2f} GiB", flush=True)

    stage("sample", [itam, "sample", "--assets", str(assets), "--as-of", as_of, "--weeks", str(weeks)])
    delivered = sum(p.stat().st_size for p in (home / "landing").rglob("*") if p.is_file()) / 1024**2
    moves = held_back(home, home / "aside")
    stage("plain create table", [*itself, "--stage", "plain"])
    stage("landing", [python, "-m", "itam.landing", "--home", str(home), "--as-of", as_of])
    stage("first refresh", [itam, "refresh", "--quiet", "--as-of", as_of])
    stage("build, one date", [*run, "--vars", "{newest_date_only: true}"])
    stage("build, all dates", run)
    stage("naive, six KPIs", [*itself, "--stage", "naive"])
    for aside, landed in moves:
        shutil.move(aside, landed)
    stage("next refresh", [itam, "refresh", "--quiet", "--as-of", as_of])
    checks = json.loads(subprocess.check_output([*itself, "--stage", "arrival"], cwd=ROOT, text=True).splitlines()[-1])
    seconds = {name: round(s.seconds, 2) for name, s in stages.items()}
    full = seconds["landing"] + seconds["first refresh"]
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        dates = connection.execute("select count(*) from intermediate.int_calendar__as_of_dates").fetchall()[0][0]
        rows = connection.execute("select sum(rows_delivered) from raw.deliveries").fetchall()[0][0]
    return {
        "measured_on": date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "assets": assets,
        "weeks": weeks,
        "as_of_dates": dates,
        "rows_delivered": int(rows),
        "delivered_mib": round(delivered),
        "ratios": {
            "landing / plain create table": round(seconds["landing"] / seconds["plain create table"], 2),
            "build of all dates and slices / naive script": round(
                seconds["build, all dates"] / seconds["naive, six KPIs"], 2
            ),
            "build of all dates / of one date": round(seconds["build, all dates"] / seconds["build, one date"], 2),
            "refresh after one delivery of each kind / everything": round(seconds["next refresh"] / full, 2),
        },
        "arrival_checks": checks,
        "seconds": seconds,
        "peak_gib": {name: round(s.peak_gib, 2) for name, s in stages.items()},
    }


def page(results: dict[str, object]) -> str:
    """The results as a page for people."""
    lines = [
        "# Measured",
        "",
        f"{results['assets']:,} assets, {results['weeks']} weeks of deliveries ({results['rows_delivered']:,} rows, "
        f"{results['delivered_mib']} MiB), {results['as_of_dates']} as-of dates; {results['machine']}; "
        f"{results['measured_on']}. One run of `make bench`.",
        "",
        "| ratio | |",
        "|---|---|",
    ]
    ratios, seconds, peaks = results["ratios"], results["seconds"], results["peak_gib"]
    assert isinstance(ratios, dict) and isinstance(seconds, dict) and isinstance(peaks, dict)  # noqa: PT018
    lines += [f"| {name} | {value} |" for name, value in ratios.items()]
    lines += ["", "| stage | seconds | peak GiB |", "|---|---|---|"]
    lines += [f"| {name} | {value} | {peaks[name]} |" for name, value in seconds.items()]
    checks = results["arrival_checks"]
    assert isinstance(checks, dict)
    lines += ["", f"Great Expectations looks at {checks['rows']:,} rows of one feed in {checks['seconds']} s."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--as-of", default="2026-06-30")
    parser.add_argument("--home", type=Path, help="a folder to work in; it is made, and stays")
    parser.add_argument("--stage", choices=("plain", "naive", "arrival"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.stage == "plain":
        plain_tables(arguments.home)
    elif arguments.stage == "naive":
        naive(arguments.home, arguments.as_of)
    elif arguments.stage == "arrival":
        print(json.dumps(arrival_checks(arguments.home)))
    else:
        with tempfile.TemporaryDirectory(prefix="itam-bench-") as scratch:
            home = arguments.home or Path(scratch)
            results = measure(home, arguments.assets, arguments.weeks, arguments.as_of)
        (HERE / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
        (HERE / "results.md").write_text(page(results), encoding="utf-8")
        print(page(results))


if __name__ == "__main__":
    main()
