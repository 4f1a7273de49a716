"""Conventions that keep the project readable, held against dbt's manifest. Numbers are tested elsewhere."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
Node = dict[str, Any]

MAX_LINES = 80

# Who may read whom. Policy is staging that everybody needs: thresholds, maps and lists.
LAYERS = {
    "staging": {"seed", "source", "staging", "feeds"},
    "intermediate": {"staging", "intermediate"},
    "marts": {"intermediate", "marts", "policy", "staging"},
    "quality": {"staging", "intermediate", "marts", "policy", "source", "quality"},
}
# The ledger of deliveries and requests is not a feed: calendar and feed status read it where they are made.
READ_THE_LEDGER = (
    "models/intermediate/calendar/",
    "models/intermediate/devices/",
    "models/intermediate/feeds/",
    "models/quality/",
)
FEEDS_ARE_READ_IN = ("models/staging/", "models/quality/")

PERSONAL = re.compile(r"^(upn|e?mail.*|user_ref|account_ref|first_name|last_name|full_name|display_name|person_name)$")
CLOCK = re.compile(r"\b(current_date|current_timestamp|now\s*\(|today\s*\(|getdate|get_current_timestamp|random\s*\()")


def layer(node: Node) -> str:
    """The room a node stands in."""
    if node["resource_type"] in ("seed", "source"):
        return str(node["resource_type"])
    return str(node["original_file_path"]).split("/")[1]


def told(problems: Iterable[str]) -> None:
    """Fail with all problems, one a line."""
    found = sorted(problems)
    assert not found, "\n" + "\n".join(found)


def test_every_model_is_described_beside_itself_and_has_an_owner(models: list[Node]) -> None:
    """A number nobody owns is a number nobody mends."""
    problems = []
    for model in models:
        path = Path(model["original_file_path"])
        patch = (model["patch_path"] or "").split("://")[-1]
        if Path(patch) != path.with_suffix(".yml"):
            problems.append(f"{path}: no {path.stem}.yml beside it")
        if not model["description"]:
            problems.append(f"{path}: no description")
        if not model["config"]["meta"].get("owner"):
            problems.append(f"{path}: no meta.owner")
    told(problems)


def test_the_first_line_of_a_model_states_its_grain(models: list[Node]) -> None:
    """Who joins a table must know what a row is."""
    told(
        f"{m['original_file_path']}: begins with {m['raw_code'].splitlines()[0]!r}"
        for m in models
        if not m["raw_code"].startswith(("-- one row", "# one row"))
    )


def test_a_model_fits_on_a_screen_or_says_why_not(models: list[Node]) -> None:
    """What cannot be read at once is not reviewed."""
    told(
        f"{m['original_file_path']}: {lines} lines of code; shorten it, or say why in a comment `-- long: ...`"
        for m in models
        if (lines := len(re.findall(r"^(?!\s*(--|$)).+$", m["raw_code"], re.M))) > MAX_LINES
        and not re.search(r"^\s*-- long: \w", m["raw_code"], re.M)
    )


def test_names_say_in_which_room_a_model_stands(models: list[Node]) -> None:
    """A name tells where to look."""
    patterns = {
        "staging": r"stg_[a-z_]+__[a-z_]+",
        "intermediate": r"int_{area}__[a-z0-9_]+",
        "intermediate/companions": r"int_(companions|samples)__[a-z]+",
        "marts/core": r"(dim|fct)_[a-z_]+",
        "marts/kpi": r"(kpi|mart)_[a-z_]+",
        "marts/roles": r"mart_[a-z_]+",
        "quality": r"[a-z_]+",
    }
    problems = []
    for model in models:
        parts = Path(model["original_file_path"]).parts
        key = "/".join(parts[1:3]) if "/".join(parts[1:3]) in patterns else parts[1]
        pattern = patterns[key].format(area=parts[2])
        if not re.fullmatch(pattern, model["name"]):
            problems.append(f"{model['original_file_path']}: expected {pattern}")
    told(problems)


def test_data_flows_one_way(manifest: dict[str, Any], models: list[Node]) -> None:
    """A mart that reaches around a layer breaks when that layer is mended."""
    nodes = {**manifest["nodes"], **manifest["sources"]}
    problems = []
    for model in models:
        for parent_id in model["depends_on"]["nodes"]:
            parent, path = nodes[parent_id], model["original_file_path"]
            if parent["resource_type"] == "source":
                allowed = (*FEEDS_ARE_READ_IN, *(READ_THE_LEDGER if parent["source_name"] == "landing" else ()))
                if (
                    not path.startswith(allowed) and parent["name"] != "pseudonym_key"
                ):  # the macro that makes pseudonyms reads it
                    problems.append(f"{path} reads source {parent['source_name']}.{parent['name']}")
                continue
            kinds = {layer(parent)}
            if parent["name"].startswith("stg_policy__"):
                kinds.add("policy")
            if parent["name"].startswith("int_feeds__"):
                kinds.add("feeds")
            if not kinds & LAYERS[layer(model)]:
                problems.append(f"{path} reads {parent['name']}")
    told(problems)


def test_published_models_keep_their_promise(models: list[Node]) -> None:
    """Dashboards break when a column changes its type in silence."""
    problems = []
    for model in models:
        if layer(model) != "marts":
            continue
        path = model["original_file_path"]
        if not model["config"]["contract"]["enforced"]:
            problems.append(f"{path}: no enforced contract")
        for name, column in model["columns"].items():
            if not column["data_type"]:
                problems.append(f"{path}: {name} has no data_type")
            if not column["description"]:
                problems.append(f"{path}: {name} is not described")
            if re.fullmatch(r"(decimal|numeric)", (column["data_type"] or "").strip(), re.I):
                problems.append(f"{path}: {name} is a decimal without precision")
    told(problems)


def test_no_personal_data_in_the_marts(models: list[Node]) -> None:
    """Names and mail addresses never leave raw and staging."""
    told(
        f"{m['original_file_path']}: {name}"
        for m in models
        if layer(m) == "marts"
        for name in m["columns"]
        if PERSONAL.match(name)
    )


def test_no_kpi_reads_the_clock(models: list[Node]) -> None:
    """Recomputing a past day must give the same number."""
    told(f"{m['original_file_path']}: {c.group(0)}" for m in models if (c := CLOCK.search(m["compiled_code"].lower())))


def test_every_kpi_of_the_list_has_its_model_and_its_line_in_the_catalogue(
    manifest: dict[str, Any], models: list[Node]
) -> None:
    """A KPI without a catalogue line has no owner; a line without a model has no number."""
    with (ROOT / "seeds" / "kpi_definitions.csv").open(encoding="utf-8", newline="") as lines:
        catalogued = {row["kpi_id"] for row in csv.DictReader(lines)}
    listed = set(_project_vars()["kpi_ids"])
    built = {
        m["name"].removeprefix("kpi_") for m in models if m["original_file_path"].startswith("models/marts/kpi/kpi_")
    } & (catalogued | listed)
    told(
        [f"{k}: listed in dbt_project.yml, not in seeds/kpi_definitions.csv" for k in listed - catalogued]
        + [f"{k}: listed in dbt_project.yml, no model" for k in listed - built]
        + [f"{k}: has a model, not listed in dbt_project.yml" for k in built - listed]
    )


def _project_vars() -> dict[str, Any]:
    import yaml

    project: dict[str, Any] = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    return project["vars"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("file", sorted(path.name for path in ROOT.glob("requirements*.lock")))
def test_the_locks_hold_hashes_and_no_address(file: str) -> None:
    """An address in a lock file is a machine that somebody else does not have."""
    text = (ROOT / file).read_text(encoding="utf-8")
    assert "://" not in text
    pins = re.findall(r"^\S+==\S+", text, re.M)
    assert pins
    assert len(pins) == len(re.findall(r"^\S+==.*\\\n(?:    --hash=sha256:)", text, re.M))


def test_every_published_table_has_a_reader(manifest: dict[str, Any], models: list[Node]) -> None:
    """What nobody reads is not worth a promise; what somebody reads is not changed without telling them."""
    read = {parent for exposure in manifest["exposures"].values() for parent in exposure["depends_on"]["nodes"]}
    told(f"{m['name']} is in no exposure" for m in models if m["access"] == "public" and m["unique_id"] not in read)
