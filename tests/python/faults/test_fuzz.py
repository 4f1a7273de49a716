"""Thousands of mutated deliveries over all formats and feeds: no traceback, no lost row, no hang, memory bounded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.python.faults.conftest import run
from tests.python.faults.fuzz import deliveries

BATCH, MEGABYTES, SECONDS = 250, 1_500, 600


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))], ids=lambda seed: f"seed {seed}"
)
def test_mutated_deliveries(tmp_path: Path, seed: int) -> None:
    """Whatever a broken export sends, every record is in history or in quarantine with a sentence, and others land."""
    done = run("tests.python.faults.fuzzed", tmp_path / "home", seed, BATCH, timeout=SECONDS)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stdout + done.stderr
    took = json.loads(done.stdout.splitlines()[-1])
    assert took["accepted"] > BATCH // 10
    assert took["quarantined"] > BATCH // 10
    assert took["mb"] < MEGABYTES


def test_the_same_seed_is_the_same_fuzz(tmp_path: Path) -> None:
    """A failure that cannot be had again cannot be mended."""
    assert deliveries(3, 20, tmp_path) == deliveries(3, 20, tmp_path)
    assert deliveries(3, 20, tmp_path) != deliveries(4, 20, tmp_path)
