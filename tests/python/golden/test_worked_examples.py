"""The worked examples: small landing folders with numbers computed by hand, run through a whole refresh each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT.parent / "shared" / "golden"
CASES = sorted(p.parent.name for p in EXAMPLES.glob("*/case.json"))
ITAM = Path(sys.executable).with_name("itam")


def implemented() -> list[str]:
    """The KPIs that the project computes."""
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    return [str(kpi) for kpi in project["vars"]["kpi_ids"]]


@pytest.mark.skipif(not CASES, reason=f"no worked examples at {EXAMPLES}")
@pytest.mark.parametrize("case", CASES)
def test_a_worked_example_comes_out_to_the_cell(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers an auditor has computed by hand are the only proof an auditor accepts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    kpis = [argument for kpi in implemented() for argument in ("--kpi", kpi)]
    run = subprocess.run(
        [sys.executable, str(EXAMPLES / "check.py"), case, "--itam", str(ITAM), *kpis],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"\n{run.stdout}{run.stderr}"
