"""What the warehouse costs as the organisation grows, stage by stage: ``make bench SIZE=1000000``.

Here: one size, from an empty folder to the published pages, each stage a process of its own; the figures of every size
measured so far (``benchmarks/scale.json``), their table in ``docs/scale.md`` and the picture beside it. A size that
nobody has measured is computed from the two largest that were, and is marked so. Not here: tests; the comparison with
PostgreSQL (``postgresql.py``).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import altair as alt
import duckdb

from benchmarks.next_day import write_next_day
from benchmarks.stages import BIN, ROOT, Stage, size_of, timed
from itam.home import Home

Measured: TypeAlias = dict[str, Any]
"""The figures of one size: the parts of a ``Stage`` by stage, and what they were measured on."""

RESULTS = ROOT / "benchmarks" / "scale.json"
PAGE = ROOT / "docs" / "scale.md"
PICTURE = ROOT / "docs" / "images" / "scale.svg"
MARKS = ("<!-- scale: written by make bench SIZE=... -->", "<!-- /scale -->")
AS_OF = date(2026, 6, 30)
WEEKS = 4
DESK_LOAD = 3.2
"""Makes two tickets an asset."""
GROWING = ("generate", "land", "build", "gate", "publish")
READING = ("scorecard", "page")
COMPUTED_FOR = 5_000_000
DISK_BYTES_PER_ASSET = 12_500
GENERATOR_BYTES_PER_ASSET = 3_000
LEAST_DISK_GIB, LEAST_MEMORY_GIB = 2, 6
"""What a size takes, from the measured sizes with a tenth to spare; the builds keep to DuckDB's limit and spill."""
SCREENS = ("cio", "it_ops", "finance", "kpi", "quality")


def room(assets: int, place: Path) -> str | None:
    """What is missing on this machine for a size, in a sentence; none where there is enough."""
    gib = 1024**3
    disk = LEAST_DISK_GIB + assets * DISK_BYTES_PER_ASSET / gib
    memory = max(LEAST_MEMORY_GIB, 0.5 + assets * GENERATOR_BYTES_PER_ASSET / gib)
    free = shutil.disk_usage(place).free / gib
    available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / gib
    told = Path("/proc/meminfo")
    if told.exists():  # counts what caches would give back
        lines = dict(line.split(":") for line in told.read_text(encoding="ascii").splitlines())
        available = int(lines["MemAvailable"].split()[0]) / 1024**2
    if free < disk:
        return f"{assets:,} assets need {disk:.0f} GiB of disk in {place}, which has {free:.0f}: give another --place."
    if available < memory:
        return f"{assets:,} assets need {memory:.0f} GiB of memory, and {available:.0f} are available: a smaller SIZE."
    return None


def write_deliveries(home: Path, assets: int) -> None:
    """The organisation of a size, as Parquet, delivery by delivery."""
    from itam.sample import write_sample

    write_sample(home, assets=assets, as_of=AS_OF, seed=1, weeks=WEEKS, is_columnar=True, desk_load=DESK_LOAD)


def page_seconds(home: Path) -> float:
    """Drawing a page, the median of all screens; libraries are loaded before."""
    os.environ["STREAMLIT_LOGGER_LEVEL"] = "error"  # it would tell that no browser is there
    from streamlit.testing.v1 import AppTest
    from streamlit.util import calc_hash

    from itam.dashboard import serve

    os.environ["ITAM_HOME"] = str(home)
    took = []
    for path in ("cio", *SCREENS):
        page = AppTest.from_file(str(serve.APP), default_timeout=120)
        page.query_params["kpi"] = "patch_compliance_rate"
        page._page_hash = calc_hash(path)  # pages that are functions have no file to switch to
        begin = time.perf_counter()
        page.run()
        took.append(time.perf_counter() - begin)
        if page.exception:
            raise SystemExit(f"the page {path} could not be drawn: {page.exception[0].value}")
    return statistics.median(took[1:])


def steps(home: Home) -> dict[str, float]:
    """Seconds of each step of the newest refresh, from its log."""
    entries = [json.loads(line) for line in max(home.logs.glob("refresh_*.jsonl")).read_text("utf-8").splitlines()]
    begun = [(e.get("step", "end"), datetime.fromisoformat(e["timestamp"])) for e in entries]
    begun = [moment for entry, moment in zip(entries, begun, strict=True) if entry["event"] in ("step", "end")]
    return {step: (after - before).total_seconds() for (step, before), (_, after) in pairwise(begun)}


def measure(home: Home, assets: int, with_builds_alone: bool) -> Measured:
    """All stages of one size, in the order in which they can be."""
    itself = [sys.executable, "-m", "benchmarks.scale", "--home", str(home.root), "--assets", str(assets)]
    dbt = [str(BIN / "dbt"), "--quiet", "run", "--profiles-dir", "."]
    noted = home.root / "stages.json"
    stages = {k: Stage(**v) for k, v in json.loads(noted.read_text("utf-8")).items()} if noted.exists() else {}

    def stage(name: str, *command: str) -> None:
        if name in stages:  # a run that was stopped goes on where it was
            return
        stages[name] = s = timed(list(command), home.root)
        noted.write_text(json.dumps({k: asdict(v) for k, v in stages.items()}), encoding="utf-8")
        spilled = f"{s.spilled_gib:7.2f} GiB spilled"
        print(f"{datetime.now():%H:%M} {name:20}{s.seconds:9.1f} s {s.peak_gib:7.2f} GiB {spilled}", flush=True)

    def split(whole: str, parts: dict[str, str]) -> None:
        """The steps of the refresh that has just ended, under these names."""
        if not parts.keys() <= stages.keys():
            took = steps(home)
            stages.update({name: replace(stages[whole], seconds=took[step]) for name, step in parts.items()})

    load = os.getloadavg()[0]
    stage("generate", *itself, "--stage", "generate")
    stage("land", sys.executable, "-m", "itam.landing", "--home", str(home.root), "--as-of", AS_OF.isoformat())
    stage("refresh", str(BIN / "itam"), "refresh", "--quiet", "--as-of", AS_OF.isoformat())
    split("refresh", {"build": "build", "gate": "check", "publish": "publish"})
    stage("scorecard", str(BIN / "itam"), "scorecard")
    page = json.loads(subprocess.check_output([*itself, "--stage", "page"], cwd=ROOT, text=True).splitlines()[-1])
    stages["page"] = Stage(page, 0.0, 0.0, 0.0)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        ((rows,),) = connection.execute("select sum(rows_delivered) from raw.deliveries").fetchall()
        ((tickets,),) = connection.execute("select count(distinct row_key) from raw.incident").fetchall()
        ((dates,),) = connection.execute("select count(*) from intermediate.int_calendar__as_of_dates").fetchall()
    gib = {
        "deliveries": round(size_of(home.root / "deliveries") / 1024**3, 2),
        "warehouse": round(home.warehouse.stat().st_size / 1024**3, 2),
        "published": round(home.link.resolve().stat().st_size / 1024**3, 2),
    }
    slowest = slow_nodes(home)
    if "next day" not in stages:
        changed = write_next_day(home.root)
        print(f"next day: {changed:,} rows differ", flush=True)
    stage("next day", str(BIN / "itam"), "refresh", "--quiet", "--as-of", (AS_OF + timedelta(days=1)).isoformat())
    split("next day", {f"next day, {step}": step for step in ("land", "build", "publish")})
    if with_builds_alone:
        stage("build of one date", *dbt, "--vars", "{newest_date_only: true}")
        stage("build of all dates", *dbt)
    return {
        "measured_on": date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "memory_limit": os.environ.get("ITAM_MEMORY_LIMIT", "4GB"),
        "assets": assets,
        "incidents": int(tickets),
        "rows": int(rows),
        "as_of_dates": int(dates),
        "gib": gib,
        "slowest": slowest,
        **{
            part: {name: round(getattr(s, part), 2) for name, s in stages.items()}
            for part in ("seconds", "cpu_seconds", "peak_gib", "spilled_gib")
        },
    }


def slow_nodes(home: Home) -> dict[str, float]:
    """The ten nodes of the newest build that took longest, in seconds."""
    results = json.loads((home.dbt_target / "run_results.json").read_text(encoding="utf-8"))["results"]
    by_time = sorted(results, key=lambda r: r["execution_time"], reverse=True)
    return {r["unique_id"].split(".", 2)[2]: round(r["execution_time"], 1) for r in by_time[:10]}


def computed(known: dict[int, Measured], assets: int) -> Measured:
    """The figures of a size nobody has measured: on the straight line through the two largest that were."""
    smaller, larger = (known[size] for size in sorted(known)[-2:])

    more = (assets - larger["assets"]) / (larger["assets"] - smaller["assets"])

    def grown(part: str) -> dict[str, float]:
        pairs = {name: (smaller[part].get(name), after) for name, after in larger[part].items()}
        known_twice = {name: (before, after) for name, (before, after) in pairs.items() if before and after}
        return {name: after + max(after - before, 0) * more for name, (before, after) in known_twice.items()}

    return {
        "assets": assets,
        "rows": round(larger["rows"] * assets / larger["assets"]),
        "incidents": round(larger["incidents"] * assets / larger["assets"]),
        **{part: grown(part) for part in ("seconds", "cpu_seconds", "gib")},
    }


def table(known: dict[int, Measured]) -> str:
    """The figures of all sizes for people."""
    sizes = [known[size] for size in sorted(known)]
    shown = sizes if COMPUTED_FOR in known or len(known) < 2 else [*sizes, computed(known, COMPUTED_FOR)]
    is_computed = ["load" not in m for m in shown]
    names = [f"{m['assets']:,}{', computed' if guess else ''}" for m, guess in zip(shown, is_computed, strict=True)]

    def row(name: str, cells: list[str]) -> str:
        return f"| {name} | " + " | ".join(cells) + " |"

    def whole(m: Measured) -> float:
        return float(sum(m["seconds"][name] for name in GROWING[1:]))

    lines = [row("assets", names), "|---|" + "---:|" * len(names)]
    lines += [row("incidents", [f"{m['incidents']:,}" for m in shown])]
    lines += [row("rows delivered", [f"{m['rows']:,}" for m in shown])]
    lines += [row(f"{name}, s", [f"{m['seconds'][name]:,.1f}" for m in shown]) for name in (*GROWING, *READING)]
    lines += [row("**land to publish, s**", [f"**{whole(m):,.0f}**" for m in shown])]
    lines += [row("the same by an asset, ms", [f"{whole(m) / m['assets'] * 1000:.2f}" for m in shown])]
    for name, word in (("land", "land"), ("refresh", "build to publish")):
        used = [m["cpu_seconds"].get(name) or None for m in shown]
        lines += [row(f"processor time, {word}, s", ["" if cpu is None else f"{cpu:,.0f}" for cpu in used])]
        by_asset = [
            "" if cpu is None else f"{cpu / m['assets'] * 1000:.2f}" for cpu, m in zip(used, shown, strict=True)
        ]
        lines += [row(f"by an asset, {word}, ms", by_asset)]
    days = [
        (m["cpu_seconds"].get("next day"), m["cpu_seconds"].get("land"), m["cpu_seconds"].get("refresh")) for m in shown
    ]
    for step in ("land", "build", "publish"):
        took = [m["seconds"].get(f"next day, {step}") for m in shown]
        lines += [row(f"next day: {step}, s", ["" if s is None else f"{s:,.1f}" for s in took])]
    lines += [row("next day, land to publish, processor s", [f"{day:,.0f}" if day else "" for day, _, _ in days])]
    lines += [
        row(
            "next day / four weeks",
            [f"{day / (land + refresh):.2f}" if day and land and refresh else "" for day, land, refresh in days],
        )
    ]
    alone = [(m["cpu_seconds"].get("build of all dates"), m["cpu_seconds"].get("build of one date")) for m in shown]
    lines += [row("all dates / one date", [f"{all_ / one:.2f}" if all_ and one else "" for all_, one in alone])]
    for part, word in (("peak_gib", "memory"), ("spilled_gib", "spilled")):
        parts: list[dict[str, float]] = [m.get(part, {}) for m in shown]
        if part == "peak_gib":
            lines += [row("memory of the generator, GiB", [f"{p['generate']:.1f}" if p else "" for p in parts])]
        peaks = [max((gib for name, gib in p.items() if name != "generate"), default=None) for p in parts]
        lines += [row(f"{word} after that, at most, GiB", ["" if p is None else f"{p:.1f}" for p in peaks])]
    for name in ("deliveries", "warehouse", "published"):
        lines += [row(f"{name}, GiB", [f"{m['gib'][name]:.2f}" for m in shown])]
    lines += [row("load of the machine", ["" if "load" not in m else "{} to {}".format(*m["load"]) for m in shown])]
    latest = max(sizes, key=lambda m: m["measured_on"])
    said = (
        f"{latest['machine']}; memory limit of DuckDB {latest['memory_limit']}; last measured {latest['measured_on']}."
    )
    return "\n".join([*lines, "", said])


def picture(known: dict[int, Measured]) -> str:
    """Seconds by size, both axes logarithmic, as SVG."""
    sizes = [(known[size], "measured") for size in sorted(known)]
    if COMPUTED_FOR not in known and len(known) > 1:
        sizes += [(known[max(known)], "computed"), (computed(known, COMPUTED_FOR), "computed")]
    rows = [
        {"assets": m["assets"], "seconds": m["seconds"][name], "stage": name, "how": how}
        for m, how in sizes
        for name in (*GROWING, *READING)
    ]
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("assets:Q", scale=alt.Scale(type="log"), axis=alt.Axis(format="~s", values=sorted(
                {m["assets"] for m, _ in sizes}))),
            y=alt.Y("seconds:Q", scale=alt.Scale(type="log"), axis=alt.Axis(format="~g")),
            color=alt.Color("stage:N", sort=[*GROWING, *READING], scale=alt.Scale(scheme="tableau10")),
            strokeDash=alt.StrokeDash(
                "how:N", sort=["measured", "computed"], legend=alt.Legend(title=None, symbolType="stroke")
            ),
        )
        .properties(width=620, height=380, background="white")
    )  # fmt: skip
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(lines.to_json())
    return svg


def show(known: dict[int, Measured]) -> None:
    """Write the table into its page, and the picture."""
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(MARKS[0])[0], text.split(MARKS[1])[1]
    PAGE.write_text(f"{before}{MARKS[0]}\n{table(known)}\n{MARKS[1]}{after}", encoding="utf-8")
    PICTURE.write_text(picture(known), encoding="utf-8")


def load_results() -> dict[int, Measured]:
    """What was measured so far, by size."""
    if not RESULTS.exists():
        return {}
    return {int(size): measured for size, measured in json.loads(RESULTS.read_text(encoding="utf-8")).items()}


def main() -> None:
    """Measure one size, keep the figures, and show all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, required=True)
    parser.add_argument("--place", type=Path, default=Path(tempfile.gettempdir()), help="where the home is made")
    parser.add_argument("--home", type=Path, help="a home that stays, so that a run that was stopped can go on")
    parser.add_argument("--refresh-only", action="store_true", help="leave out the builds of one date and of all")
    parser.add_argument("--stage", choices=("generate", "page"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.stage == "generate":
        write_deliveries(arguments.home, arguments.assets)
        return
    if arguments.stage == "page":
        print(page_seconds(arguments.home))
        return
    missing = room(arguments.assets, arguments.home or arguments.place)
    if missing is not None:
        raise SystemExit(f"make bench: {missing}")
    with tempfile.TemporaryDirectory(prefix="itam-scale-", dir=arguments.place) as scratch:
        measured = measure(Home(arguments.home or Path(scratch)), arguments.assets, not arguments.refresh_only)
    known = load_results() | {arguments.assets: measured}
    RESULTS.write_text(json.dumps({str(k): known[k] for k in sorted(known)}, indent=2) + "\n", encoding="utf-8")
    show(known)
    print(table(known))


if __name__ == "__main__":
    main()
