"""docs/kpis/, a page per KPI made from what the project declares: ``make docs``. Says nothing that is not declared.

Here: joining the seeds, the words beside each KPI model (its YAML) and what the compiled SQL reads. Not here: how SQL
is read (lineage), and any fact about a single KPI: those stand in its YAML and in the seeds.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itam.feeds import load_feeds
from itam.home import PROJECT_DIR, Home
from itam.lineage import Lineage
from itam.refresh import run_dbt

FOLDER = PROJECT_DIR / "docs" / "kpis"
UNITS = {
    "rate": "a fraction: 0.853 is 85.3 %",
    "currency": "base currency",
    "count": "a count",
    "hours": "hours",
    "days": "days",
    "per_100_asset_years": "per 100 assets and year",
}
DIRECTIONS = {"up": "higher is better", "down": "lower is better", "band": "close to 0 is good", "": "none"}
WINDOWS = {
    "state": "the state at D",
    "life": "everything up to D",
    "ytd": "the fiscal year up to D",
    "t12m": "twelve months: (D - 12 months, D]",
    "30": "30 days: [D - 29, D]",
    "90": "90 days: [D - 89, D]",
}
CATEGORIES = ("financial", "lifecycle", "operational", "compliance", "software")
# what dictionaries read of a feed (spellings, the calendar) is not what a KPI reads of it
DICTIONARIES = ("int_assets__manufacturers", "int_assets__classes")
LEAVES = ("stg_policy__", "int_calendar__", "int_feeds__", *DICTIONARIES)
HEAD = """\
# The KPIs

One page per KPI: what it says, how it is counted, what it needs, and an example by hand. Made by `make docs` from
`seeds/`, `models/marts/kpi/*.yml` and the SQL of the models; edit those, not the pages.

D is the as-of day. Days are UTC. A *slice* is one value of one dimension; slices add up to `all`. How to read a row of
`kpi_results`: [reading the numbers](../how-to/reading-the-numbers.md). What a delivery must contain:
[the feeds](../feeds.md).
"""

Row = dict[str, str]


def seed(name: str) -> list[Row]:
    """The rows of a policy seed."""
    with (PROJECT_DIR / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@dataclass(frozen=True)
class Project:
    """What all pages are made from."""

    nodes: Mapping[str, Any]
    lineage: Lineage
    dictionaries: Mapping[str, list[str]]
    reasons: Mapping[str, Row]
    failures: Mapping[str, list[tuple[str, str]]]
    kinds: Mapping[str, list[str]]

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Project:
        """The project as dbt compiled it."""
        nodes = manifest["nodes"]
        words, lists = Lineage(nodes), Lineage(nodes, LEAVES[:1])
        names = {node["name"] for node in nodes.values() if node["resource_type"] == "model"}
        failures: dict[str, set[tuple[str, str]]] = defaultdict(set)
        kinds: dict[str, set[str]] = defaultdict(set)
        for name in sorted(names):
            if name.startswith("int_exceptions__"):
                for kpi, entity, reason in words.words(
                    f"intermediate.{name}", ["kpi_id", "entity_type", "reason_code"]
                ):
                    if kpi and entity and reason:
                        failures[kpi].add((entity, reason))
            if name.startswith("int_impact__"):
                for kpi, kind in words.words(f"intermediate.{name}", ["kpi_id", "kind"]):
                    if kpi and kind:
                        kinds[kpi].add(kind)
        return cls(
            nodes={node["name"]: node for node in nodes.values() if node["resource_type"] == "model"},
            lineage=Lineage(nodes, LEAVES),
            dictionaries={name: list(lists.reads(f"intermediate.{name}")) for name in DICTIONARIES},
            reasons={row["reason_code"]: row for row in seed("reason_codes")},
            failures={kpi: sorted(found) for kpi, found in failures.items()},
            kinds={kpi: sorted(found) for kpi, found in kinds.items()},
        )


def pages(manifest: Mapping[str, Any]) -> dict[str, str]:
    """File name: the whole page, the index included."""
    project = Project.of(manifest)
    definitions = seed("kpi_definitions")
    made = {f"{kpi['kpi_id']}.md": _page(kpi, project) for kpi in definitions}
    return {"README.md": _index(definitions), **made}


def _index(definitions: list[Row]) -> str:
    parts = [HEAD.rstrip()]
    for category in CATEGORIES:
        lines = [
            f"| [{kpi['name']}]({kpi['kpi_id']}.md) | {kpi['question']} | {_target(kpi['kpi_id'])[0]} |"
            for kpi in definitions
            if kpi["category"] == category
        ]
        parts.append("\n".join([f"## {category.title()}", "", "| KPI | question | target |", "|---|---|---|", *lines]))
    return "\n\n".join(parts) + "\n"


def _page(kpi: Row, project: Project) -> str:
    name = kpi["kpi_id"]
    node = project.nodes[f"kpi_{name}"]
    meta = node["config"]["meta"]
    said = {column: node["columns"][column]["description"] for column in node["columns"]}
    target, origin = _target(name)
    guide = f" ({kpi['guide_id']})" if kpi["guide_id"] else ""
    facts = [
        ("numerator", said["numerator"]),
        ("denominator", said["denominator"]),
        ("coverage", _coverage(said)),
        ("unit", UNITS[kpi["unit"]]),
        ("direction", DIRECTIONS[kpi["direction"]]),
        ("window", meta.get("window") or WINDOWS[kpi["window_kind"]]),
        ("target", f"{target}: {origin}" if origin else target),
        ("slices", ", ".join(kpi["dimensions"].split("|")) or "none: `all` only"),
        ("owner", f"{kpi['owner_role']}; read by {', '.join(kpi['roles'].split('|'))}; {kpi['cadence']}"),
        ("maturity", f"level {kpi['maturity_level']}{', one of the top ten' if kpi['tier'] == 'top_ten' else ''}"),
    ]
    sections = [
        f"# {kpi['name']}\n\n`{name}`{guide}. **{kpi['question']}** {meta['means']}",
        f"{kpi['name']} = {kpi['formula']}.\n\n" + _table(("", ""), facts),
        "## What it needs\n\n" + _needs(name, project),
        "## What fails\n\n" + _failures(name, meta, project),
        "## Money\n\n" + _money(name, meta, project),
        _companions(name),
        "## Edge cases\n\n" + "\n".join(f"- {case}" for case in meta["edge_cases"]),
        "## An example by hand\n\n" + meta["example"].strip(),
        _profiles(name),
        "## Where it is computed\n\n" + _place(name, node, project),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(names)} |", "|" + "---|" * len(names), *lines])


def _coverage(said: Mapping[str, str]) -> str:
    if said["covered"] == said["population"]:
        return "1: every member can be judged"
    return f"{said['covered'].rstrip('.')} / {said['population'][0].lower()}{said['population'][1:]}"


def _target(name: str) -> tuple[str, str]:
    """The target in force without a profile, and where it comes from."""
    row = next((row for row in seed("kpi_targets") if row["kpi_id"] == name and not row["slice"]), None)
    if row is None:
        return "none", ""
    origin, _, words = row["source"].partition(": ")
    source = "the guide" if origin == "guide" else "proposed, until there is a baseline"
    if not row["target"]:
        return words, source
    number = float(row["target"])
    amount = f"{number * 100:g} %" if row["unit"] == "rate" else f"{number:g} {row['unit']}"
    sign = {"up": "at least", "down": "at most", "band": "within +/-"}[row["direction"]]
    return f"{sign} {amount}", source


def _needs(name: str, project: Project) -> str:
    reads = project.lineage.reads(f"marts.kpi_{name}")
    feeds = load_feeds()
    columns: dict[str, set[str]] = defaultdict(set)
    for relation, found in reads.items():
        schema, _, table = relation.partition(".")
        feed = feeds.get(table.removesuffix("_sightings"))
        if schema == "raw" and feed is not None:
            columns[feed.name] |= {column.name for column in feed.columns} & found
    needed: dict[str, set[str]] = defaultdict(set)
    for row in seed("kpi_needs"):
        if row["kpi_id"] == name:
            needed[row["feed"]].add(row["alternative"])
    alternatives = {alternative for found in needed.values() for alternative in found}
    roles = {
        feed: "needed" if found == alternatives else f"needed ({' or '.join(sorted(found))})"
        for feed, found in needed.items()
    }
    for row in seed("kpi_optional_feeds"):
        if row["kpi_id"] == name:
            low = "; low_confidence" if row["lowers_confidence"] == "true" else ""
            role = roles.get(row["feed"], "optional")
            roles[row["feed"]] = f"{role}; without it {row['without_it']}{low}"
    roles |= dict.fromkeys(sorted(columns.keys() - roles.keys()), "read when it is there")
    lines = [
        (
            f"[{feed}](../feeds.md#{feed})",
            role,
            ", ".join(f"`{c.name}`" for c in feeds[feed].columns if c.name in columns[feed])
            or "nothing for the number",
        )
        for feed, role in roles.items()
    ]
    parts = [_table(("feed", "", "columns that the number depends on"), lines)]
    if len(alternatives) > 1:
        parts.append("One number of the alternatives is enough: all feeds that carry it.")
    policy = {row["name"]: row for row in seed("kpi_policy")}
    thresholds = sorted(reads.get("staging.stg_policy__kpi_policy", set()) & policy.keys())
    if thresholds:
        words = [f"`{t}` = {policy[t]['value']} {policy[t]['unit']}".strip() for t in thresholds]
        parts.append(f"Thresholds (`seeds/kpi_policy.csv`): {', '.join(words)}.")
    tables = set(reads).union(*(project.dictionaries[d] for d in DICTIONARIES if f"intermediate.{d}" in reads))
    lists = {t.removeprefix("staging.stg_policy__") for t in tables if t.startswith("staging.stg_policy__")}
    if lists := lists - {"kpi_policy", "kpi_definitions"}:
        parts.append(f"Lists (`seeds/`): {', '.join(f'`{one}`' for one in sorted(lists))}.")
    return "\n\n".join(parts)


def _failures(name: str, meta: Mapping[str, Any], project: Project) -> str:
    never = set(meta.get("never", ()))
    found = [(entity, reason) for entity, reason in project.failures.get(name, ()) if reason not in never]
    lines = [
        (f"`{reason}`", entity, row["severity"], row["sentence"], row["suggested_action"])
        for entity, reason in found
        if (row := project.reasons.get(reason))
    ]
    head = ("reason", "of", "severity", "what is wrong", "what to do")
    return "\n\n".join([meta["exceptions"], *([_table(head, lines)] if lines else [])])


def _money(name: str, meta: Mapping[str, Any], project: Project) -> str:
    kinds = project.kinds.get(name, [])
    parts = [meta["money"]]
    if kinds:
        parts.append(f"Kinds: {', '.join(f'`{kind}`' for kind in kinds)}.")
    statement = next((row for row in seed("kpi_statements") if row["kpi_id"] == name), None)
    if statement:
        parts.append(f"In one sentence: *{statement['statement']}*")
    return "\n\n".join(parts)


def _companions(name: str) -> str:
    lines = [
        (f"`{row['name']}`", row["unit"], row["description"])
        for row in seed("kpi_companion_definitions")
        if row["kpi_id"] == name
    ]
    return "## Beside it\n\n" + _table(("companion", "unit", "says"), lines) if lines else ""


def _profiles(name: str) -> str:
    lines = [
        (
            row["profile"],
            row["weight"],
            "mandatory" if row["is_mandatory"] == "true" else "",
            row["target"],
            row["reason"],
        )
        for row in seed("profiles")
        if row["kpi_id"] == name and not row["companion"]
    ]
    return "## By profile\n\n" + _table(("profile", "weight", "", "target", "why"), lines) if lines else ""


def _place(name: str, node: Mapping[str, Any], project: Project) -> str:
    by_id = {other["unique_id"]: other for other in project.nodes.values()}
    parents = [
        by_id[parent]
        for parent in dict.fromkeys(node["depends_on"]["nodes"])
        if parent in by_id and not by_id[parent]["name"].startswith(("int_calendar__", "stg_policy__"))
    ]
    links = [f"[{parent['name']}](../../{parent['original_file_path']})" for parent in parents]
    path = node["original_file_path"]
    words = Path(path).with_suffix(".yml")
    return (
        f"[{path}](../../{path}), described in [{words.name}](../../{words}). It reads {', '.join(links)}. "
        f"Status, trust, target and RAG are added in [kpi_results](../../models/marts/kpi/kpi_results.sql)."
    )


def compiled() -> dict[str, Any]:
    """The manifest with compiled SQL; nothing is built and no data is needed."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.create()
        run_dbt(home, ["compile"], lambda text, done, total: None)
        manifest: dict[str, Any] = json.loads((home.dbt_target / "manifest.json").read_text(encoding="utf-8"))
        return manifest


def write(made: Mapping[str, str]) -> None:
    """The pages into their folder; a page of a KPI that is gone goes too."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(pages(compiled()))
