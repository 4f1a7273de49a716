"""The project as dbt sees it: parsed and compiled once, into a place of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]

Node = dict[str, Any]


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The manifest with compiled SQL; nothing is built and no data is needed."""
    from itam.home import Home
    from itam.refresh import run_dbt

    home = Home(tmp_path_factory.mktemp("conventions"))
    home.create()
    run_dbt(home, ["compile"], lambda text, done, total: None)
    found: dict[str, Any] = json.loads((home.dbt_target / "manifest.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def models(manifest: dict[str, Any]) -> list[Node]:
    """All models, in order of their names."""
    return sorted(
        (n for n in manifest["nodes"].values() if n["resource_type"] == "model"), key=lambda node: str(node["name"])
    )
