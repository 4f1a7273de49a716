"""The same hand-written KPIs on PostgreSQL and on DuckDB, in one run: ``make bench-pg HOME_DIR=...``.

Here: the raw tables of a home copied into a throwaway server, the indexes that a good engineer would add, six KPIs of
one day (``naive.sql``, the same text on both), and the ratio. Both may use two processors. Not here: the warehouse's
own build (``run.py``, ``scale.py``), which gives all KPIs, slices and days.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import pwd
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.stages import ROOT
from itam.publishing.postgresql import OFFLINE, extension
from itam.publishing.publish import quote

HERE = ROOT / "benchmarks"
OWNER = "postgres"
TABLES = (
    *(f"raw.{name}" for name in ("hardware_asset", "device_discovery", "device_discovery_sightings", "person")),
    *(f"raw.{name}" for name in ("patch_status", "patch_catalog")),
    *(f"seeds.{name}" for name in ("class_alias", "class_policy", "status_map", "sla_policy")),
)
INDEXES = (
    *(
        f"create index on raw.{name} (source_system, row_key, extracted_at desc)"
        for name in ("hardware_asset", "device_discovery", "device_discovery_sightings", "person", "patch_status")
    ),
    "create index on raw.patch_catalog (patch_id, extracted_at desc)",
)
SETTINGS = {
    "shared_buffers": "1GB",
    "work_mem": "512MB",
    "maintenance_work_mem": "1GB",
    "effective_cache_size": "4GB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    "max_parallel_workers_per_gather": "1",
    "max_parallel_maintenance_workers": "1",
}
"""For a machine with a few GiB to spare and a quick disk; the leader and one worker are two processors."""
RUNS = 5


def programs() -> Path | None:
    """Where the server's programs are: the newest version, none without one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def server(place: Path) -> Iterator[tuple[str, int]]:
    """A server from its begin to its end, reached by a socket in a folder of its owner.

    Yields: its connection string and its process id.

    Raises:
        SystemExit: it cannot be started; the message says why.
    """
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL does not run as root
        if OWNER not in {entry.pw_name for entry in pwd.getpwall()}:
            raise SystemExit("make bench-pg: PostgreSQL does not run as root, and there is no user postgres.")
        user = {"user": OWNER, "group": OWNER, "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="itam-pg-"))  # short: a socket's path may have 107 characters
    try:
        if user:
            shutil.chown(folder, OWNER, OWNER)
        make = [str(place / "initdb"), "-D", "data", "-U", OWNER, "-A", "trust", "--no-sync", "-E", "UTF8"]
        subprocess.run([*make, "--locale=C.UTF-8"], check=True, capture_output=True, cwd=folder, **user)
        settings = {"listen_addresses": "", "unix_socket_directories": str(folder), **SETTINGS}
        arguments = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(place / "postgres"), "-D", "data", *arguments], stdout=log, stderr=log, cwd=folder, **user
            )
        try:
            until = time.monotonic() + 60
            ready = [str(place / "pg_isready"), "-q", "-h", str(folder)]
            while subprocess.run(ready, check=False).returncode:
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"make bench-pg: the server does not start: {(folder / 'log').read_text()}")
                time.sleep(0.1)
            yield f"host={folder} user={OWNER} dbname=postgres", process.pid
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
    finally:
        shutil.rmtree(folder)


def processor_seconds(server_pid: int) -> float:
    """What a server and its children have used of the processors so far; 0 where /proc does not tell."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(stat.parent.name) == server_pid:
            ticks += sum(int(field) for field in fields[11:15])  # with the children that have ended
        elif int(fields[1]) == server_pid:
            ticks += sum(int(field) for field in fields[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def seconds(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    """Running a statement and fetching all that it gives."""
    begin = time.perf_counter()
    connection.execute(sql).fetchall()
    return time.perf_counter() - begin


def compare(home: Path, address: str, server_pid: int, as_of: date) -> dict[str, Any]:
    """Load, index and ask PostgreSQL; ask DuckDB the same.

    Raises:
        SystemExit: the two do not give the same numbers.
    """
    text = (HERE / "naive.sql").read_text(encoding="utf-8").replace("$as_of", f"date '{as_of.isoformat()}'")
    config: dict[str, Any] = {"threads": 2, "allow_unsigned_extensions": "false", **OFFLINE}
    took: dict[str, list[float]] = {"PostgreSQL": [], "DuckDB": []}
    used: dict[str, list[float]] = {"PostgreSQL": [], "DuckDB": []}
    with duckdb.connect(config=config) as connection:
        connection.execute(f"load {quote(extension())}")
        connection.execute(f"attach {quote(str(home / 'warehouse.duckdb'))} as warehouse (read_only)")
        connection.execute(f"attach {quote(address)} as pg (type postgres)")
        connection.execute("create schema pg.raw")
        connection.execute("create schema pg.seeds")
        load = sum(seconds(connection, f"create table pg.{t} as from warehouse.{t}") for t in TABLES)
        rows = {t: connection.execute(f"select count(*) from warehouse.{t}").fetchall()[0][0] for t in TABLES}
        index = sum(seconds(connection, f"call postgres_execute('pg', '{sql}')") for sql in INDEXES)
        index += seconds(connection, "call postgres_execute('pg', 'vacuum analyze', use_transaction=false)")
        ((version,),) = connection.execute(
            "select * from postgres_query('pg', 'select current_setting(''server_version'')')"
        ).fetchall()
        ((size,),) = connection.execute(
            "from postgres_query('pg', 'select pg_database_size(current_database())')"
        ).fetchall()
        connection.execute("use warehouse")
        asked = f"from postgres_query('pg', {quote(text)})"
        for _ in range(RUNS + 1):  # in turns, so that both meet the same machine; the first warms up
            for name, sql in (("PostgreSQL", asked), ("DuckDB", text)):
                before = processor_seconds(server_pid), time.process_time()
                took[name].append(seconds(connection, sql))
                after = processor_seconds(server_pid), time.process_time()
                used[name].append(sum(after) - sum(before))
        theirs = connection.execute(asked).fetchall()
        ours = connection.execute(text).fetchall()
    differing = [name for (name, a), (_, b) in zip(theirs, ours, strict=True) if abs(float(a) - float(b)) > 1e-9]
    if differing:
        raise SystemExit(f"make bench-pg: {', '.join(differing)} differ between the two: naive.sql is not portable.")
    median = {name: statistics.median(values[1:]) for name, values in took.items()}
    least = {name: min(values[1:]) for name, values in used.items()}
    return {
        "measured_on": date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "load": round(os.getloadavg()[0], 1),
        "versions": {"PostgreSQL": str(version).split()[0], "DuckDB": duckdb.__version__},
        "rows": sum(rows.values()),
        "database_mib": round(size / 1024**2),
        "seconds": {
            "load into PostgreSQL": round(load, 1),
            "indexes and statistics": round(index, 1),
            "first query, PostgreSQL": round(took["PostgreSQL"][0], 2),
            "first query, DuckDB": round(took["DuckDB"][0], 2),
            "query, PostgreSQL": round(median["PostgreSQL"], 2),
            "query, DuckDB": round(median["DuckDB"], 2),
            "processor time of the query, PostgreSQL": round(least["PostgreSQL"], 2),
            "processor time of the query, DuckDB": round(least["DuckDB"], 2),
        },
        "ratio": round(median["PostgreSQL"] / median["DuckDB"], 1),
        "ratio_of_processor_time": round(least["PostgreSQL"] / least["DuckDB"], 1),
    }


def main() -> None:
    """Compare, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True, help="a home that has landed; it is only read")
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 6, 30))
    arguments = parser.parse_args()
    place = programs()
    if place is None:
        print("No PostgreSQL here, nothing to compare with: apt-get install postgresql.", file=sys.stderr)
        return
    if not (arguments.home / "warehouse.duckdb").exists():
        raise SystemExit(f"make bench-pg: no warehouse in {arguments.home}: itam refresh makes one.")
    with server(place) as (address, pid):
        results = compare(arguments.home.absolute(), address, pid, arguments.as_of)
    (HERE / "postgresql.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
