"""The dbt project as Dagster sees it: its manifest, kept in the home, and how a node becomes an asset."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import filelock
from dagster import AssetDep, AssetKey, AssetSpec
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from itam.home import PROJECT_DIR, Home

FOLDERS = ("models", "macros", "seeds", "tests/dbt")
LANDING = AssetKey(["landing", "deliveries"])
LEDGER = AssetKey(["quality", "ledger"])


def manifest(home: Home) -> dict[str, Any]:
    """What dbt has read of the project; it reads it again when a file has changed."""
    folder = home.root / "dagster" / "dbt"
    file = folder / "manifest.json"
    folder.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder / ".lock"):
        if not file.exists() or file.stat().st_mtime < max(_changed_at(path) for path in _sources()):
            parse(home, folder)
        read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


def parse(home: Home, folder: Path) -> None:
    """Let dbt read the project, in a process of its own: it needs no warehouse."""
    dbt = Path(sys.executable).with_name("dbt")
    arguments = [
        *(str(dbt), "--quiet", "--log-level-file", "none", "--log-path", str(folder), "parse"),
        *("--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR), "--target-path", str(folder)),
    ]
    subprocess.run(arguments, check=True, env={**os.environ, "ITAM_HOME": str(home.root)}, stdout=subprocess.DEVNULL)


def project(home: Home) -> DbtProject:
    """Where project and manifest are."""
    return DbtProject(
        project_dir=PROJECT_DIR, profiles_dir=PROJECT_DIR, target_path=home.root / "dagster" / "dbt", target="duckdb"
    )


def _sources() -> Iterator[Path]:
    yield PROJECT_DIR / "dbt_project.yml"
    for folder in FOLDERS:
        yield from (
            path for path in (PROJECT_DIR / folder).rglob("*") if path.suffix in (".sql", ".yml", ".csv", ".py")
        )


def _changed_at(path: Path) -> float:
    return path.stat().st_mtime


class Translator(DagsterDbtTranslator):
    """A model is called ``<layer>/<name>``, is owned by the team that its description names, and has its columns."""

    def __init__(self) -> None:
        # many tables of the landing schema come from the one step that lands
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> AssetSpec:
        """Name, group and owner beside what dagster-dbt reads by itself: description, columns, tests."""
        node = self.get_resource_props(manifest, unique_id)
        spec = super().get_asset_spec(manifest, unique_id, project)
        if node["resource_type"] != "model":
            return spec.replace_attributes(key=key(node), group_name=group(node))
        owner = node["config"]["meta"]["owner"]
        deps = list(spec.deps)
        if any(dep.asset_key.path[0] == "raw" for dep in deps) and all(dep.asset_key != LANDING for dep in deps):
            deps.append(AssetDep(LANDING))  # what feeds have brought is there when landing has ended
        return spec.replace_attributes(key=key(node), deps=deps, group_name=group(node), owners=[f"team:{owner}"])

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """The name of a node in the graph."""
        return key(dbt_resource_props)


def key(node: Mapping[str, Any]) -> AssetKey:
    """A feed is raw/<feed>, whatever else landing writes is landing/deliveries, the memory is quality/ledger."""
    match node["resource_type"], node.get("source_name"):
        case "source", "raw":
            return AssetKey(["raw", node["name"]])
        case "source", "landing":
            return LANDING
        case "source", _:
            return LEDGER
        case "seed", _:
            return AssetKey(["seeds", node["name"]])
        case _:
            return AssetKey([node["original_file_path"].split("/")[1], node["name"]])


def group(node: Mapping[str, Any]) -> str:
    """Nodes stand together by layer, marts by folder, feeds by domain: few enough to see the whole graph at once."""
    if node["resource_type"] == "seed":
        return "policy"
    if node["resource_type"] == "source":
        return f"feeds_{node['config']['meta']['domain']}" if node["source_name"] == "raw" else "landing"
    folders = node["original_file_path"].split("/")[1:-1]
    if folders[:2] == ["staging", "policy"]:
        return "policy"
    return "_".join(folders) if folders[0] == "marts" else str(folders[0])
