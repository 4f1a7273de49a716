"""The notebook of docs/connect, run without a browser by a kernel of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import duckdb

from itam.home import PROJECT_DIR, Home
from tests.bi.conftest import BI


def test_the_notebook_runs_from_top_to_bottom(home: Home, tmp_path: Path) -> None:
    """The first notebook that an analyst opens must not end in a traceback, and must show today's numbers."""
    run = subprocess.run(
        [str(BI.with_name("jupyter-execute")), "--output", str(tmp_path / "done"), "docs/connect/kpis.ipynb"],
        cwd=PROJECT_DIR,
        env={**os.environ, "ITAM_HOME": str(home.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    cells = json.loads((tmp_path / "done.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = [o for cell in cells for o in cell.get("outputs", [])]
    assert [o for o in outputs if o["output_type"] == "error"] == []
    shown = "".join(text for o in outputs for text in o.get("data", {}).get("text/plain", []))
    with duckdb.connect(str(home.link.resolve()), read_only=True) as con:
        headlines = con.execute(
            "select name, value_text from marts.mart_cio where tier = 'top_ten'"
            " and as_of_date = (select max(as_of_date) from marts.mart_cio)"
        ).fetchall()
    assert headlines
    assert [(name, value) for name, value in headlines if name not in shown or value not in shown] == []
