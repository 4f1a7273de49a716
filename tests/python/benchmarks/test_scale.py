"""The benchmark of sizes: what it refuses to begin, what it computes, what it shows.

Here: its arithmetic and its page, on figures made up for the purpose. Not here: its figures; they are read, not tested.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import scale
from benchmarks.stages import ROOT, Stage, timed
from itam.home import Home


def figures(assets: int) -> scale.Measured:
    """A size on which landing grows with the assets, building with their square root, and reading not at all."""
    seconds = dict.fromkeys((*scale.GROWING, *scale.READING), 2.0)
    seconds |= {"land": assets / 1000, "build": (assets / 100) ** 0.5}
    stages = {**seconds, "refresh": 60.0, "build of one date": 10.0, "build of all dates": 15.0}
    return {
        **{"measured_on": "2026-11-24", "machine": "2 cores", "load": [0.1, 0.2], "memory_limit": "4GB"},
        **{"assets": assets, "incidents": 2 * assets, "rows": 40 * assets, "as_of_dates": 93},
        "gib": {"deliveries": 0.1, "warehouse": assets / 1e6, "published": 0.1},
        **{"seconds": seconds, "cpu_seconds": stages, "peak_gib": stages, "spilled_gib": stages},
    }


def test_a_size_that_does_not_fit_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """Who asks for more than the machine has must not learn it after an hour, from a full disk."""
    run = [sys.executable, "-m", "benchmarks.scale", "--assets", "1000000000", "--home", str(tmp_path)]
    answer = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr.startswith("make bench: 1,000,000,000 assets need")
    assert answer.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
    assert scale.room(1, tmp_path) is None


def test_a_size_that_nobody_measured_goes_on_growing() -> None:
    """A computed figure is a promise: it must stay on the last line, stage by stage, and be marked."""
    known = {size: figures(size) for size in (10_000, 100_000, 1_000_000)}
    guess = scale.computed(known, 4_000_000)
    assert guess["seconds"]["land"] == pytest.approx(4000)
    assert guess["seconds"]["build"] == pytest.approx(100 + (100 - 1000**0.5) * 30 / 9)
    assert guess["seconds"]["scorecard"] == pytest.approx(2)
    assert guess["gib"]["warehouse"] == pytest.approx(4)
    head = scale.table(known).splitlines()[0]
    assert head == "| assets | 10,000 | 100,000 | 1,000,000 | 5,000,000, computed |"
    assert "computed" not in scale.table(known | {scale.COMPUTED_FOR: figures(scale.COMPUTED_FOR)})


def test_the_page_shows_what_was_measured() -> None:
    """The table that people quote is the file of results, not somebody's memory of it."""
    known = scale.load_results()
    assert known
    shown = scale.PAGE.read_text(encoding="utf-8").split(scale.MARKS[0])[1].split(scale.MARKS[1])[0]
    assert shown.strip() == scale.table(known)


def test_the_picture_has_a_line_for_every_stage() -> None:
    """A stage that is missing in the picture is a cost that nobody sees grow."""
    drawn = ElementTree.fromstring(scale.picture({size: figures(size) for size in (10_000, 100_000)}))
    words = {element.text for element in drawn.iter() if element.text}
    assert {*scale.GROWING, *scale.READING, "measured", "computed"} <= words


def test_a_measured_process_tells_what_it_took(tmp_path: Path) -> None:
    """Memory and spilling that are not seen are not stated; a failure is told in the command's own words."""
    (tmp_path / "tmp").mkdir()
    program = (
        "import pathlib, sys, time; held = bytearray(200 << 20); "
        "pathlib.Path(sys.argv[1], 'tmp', 'spilled').write_bytes(bytes(50 << 20)); time.sleep(1.5)"
    )
    # measured from a small process, as a benchmark is: a child's peak begins with what its parent holds
    measure = (
        "import dataclasses, json, sys; from pathlib import Path; from benchmarks.stages import timed; "
        "print(json.dumps(dataclasses.asdict(timed(sys.argv[2:], Path(sys.argv[1])))))"
    )
    command = [sys.executable, "-c", measure, str(tmp_path), sys.executable, "-c", program, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    stage = Stage(**json.loads(told))
    assert stage.seconds >= 1.5
    assert stage.cpu_seconds > 0
    assert 0.19 < stage.peak_gib < 0.5
    assert stage.spilled_gib == pytest.approx(50 / 1024)
    with pytest.raises(SystemExit, match="no such thing"):
        timed([sys.executable, "-c", "raise SystemExit('no such thing')"], tmp_path)


def test_the_steps_of_a_refresh_are_read_from_its_log(tmp_path: Path) -> None:
    """What a refresh spends on building must not be told as landing."""
    home = Home(tmp_path)
    home.logs.mkdir()
    entries = [
        ("step", "land", "00:00"),
        ("delivery", None, "00:01"),
        ("step", "build", "00:05"),
        ("end", None, "01:05"),
    ]
    lines = [
        json.dumps({"event": event, **({"step": step} if step else {}), "timestamp": f"2026-06-30T00:{at}Z"})
        for event, step, at in entries
    ]
    (home.logs / "refresh_1.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert scale.steps(home) == {"land": 5, "build": 60}
