"""How many small changes in the SQL of the KPIs the tests would notice: ``make mutation``.

Here: which models are mutated, compiling the mutants, judging them, and the report (``tests/mutation/results.md``). A
mutant is killed when a test of the project fails on it, or a cell of a worked example that was computed by hand
differs. Not here: how a mutant is made (mutants), and where it runs (worlds).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml
from sqlglot.errors import SqlglotError

from itam.lineage import Lineage
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.worlds import OWN_TESTS, Case, Chain, Example, Recorder, World, examples, own_cases

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).with_name("results.md")
EQUIVALENT = Path(__file__).with_name("equivalent.yml")
NOT_SQL = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)

KINDS = (("marts", "models of the KPIs"), ("intermediate", "models that lead to one of them"))
KILLED, BY_EXAMPLE, SURVIVED, EQUAL, INVALID = "killed", "by an example", "survived", "equivalent", "no SQL"


@dataclass(frozen=True)
class Candidate:
    """A mutant of a model, compiled, with what has to be built anew to see its effect."""

    model: str
    mutant: Mutant
    chain: Chain
    kpis: tuple[str, ...]


def dbt(project: Path, target: Path, *arguments: str) -> dict[str, Any]:
    """Compile a project without any data; its manifest."""
    environment = {**os.environ, "DBT_TARGET_PATH": str(target), "ITAM_HOME": str(target)}
    options = ["--profiles-dir", str(ROOT), "--project-dir", str(project), "--quiet", "--log-path", str(target)]
    command = [sys.executable, "-W", "ignore", "-m", "dbt.cli.main", "compile", *options, *arguments]
    subprocess.run(command, check=True, env=environment, cwd=project)
    manifest: dict[str, Any] = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def compiled_mutants(texts: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The SQL of mutated models, compiled as models of their own in a copy of the project."""
    for name in ("macros", "seeds", "models"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "dbt_project.yml", folder)
    mutants = folder / "models" / "mutants"
    mutants.mkdir()
    for name, text in texts.items():
        (mutants / f"{name}.sql").write_text(text, encoding="utf-8")
    nodes = dbt(folder, folder / "target", "--select", "path:models/mutants")["nodes"].values()
    return {node["name"]: node["compiled_code"] for node in nodes if node["name"] in texts and "compiled_code" in node}


class Study:
    """What is mutated, and what leads from there to the KPIs."""

    def __init__(self, kpis: Sequence[str], shared_by: int, folder: Path) -> None:
        self.nodes = dbt(ROOT, folder / "compiled")["nodes"]
        self.lineage = Lineage(self.nodes)
        self.by_relation = {f"{n['schema']}.{n['name']}": n for n in self.nodes.values()}
        self.leads_to: dict[str, set[str]] = defaultdict(set)
        self.essences: dict[str, list[str]] = {}
        self.readers: dict[str, Chain] = {}
        for kpi in yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]["kpi_ids"]:
            for relation in self.lineage.upstream(f"marts.kpi_{kpi}"):
                self.leads_to[relation].add(kpi)
        self.models = [
            relation
            for relation, led in sorted(self.leads_to.items())
            if relation.startswith(("intermediate.", "marts."))
            and led & set(kpis)
            and (relation.startswith("marts.") or len(led) <= shared_by)
        ]

    def chain(self, relations: Sequence[str]) -> Chain:
        """Models as they can be run."""
        nodes = [self.by_relation[relation] for relation in relations]
        return [(node["schema"], node["name"], node["compiled_code"]) for node in nodes]

    def everything(self) -> Chain:
        """All that the KPIs read, and the KPIs, in an order in which they can be built."""
        wanted = {
            "intermediate.int_kpi__feed_status",
            *(f"marts.kpi_{k}" for led in self.leads_to.values() for k in led),
        }
        ordered = [r for relation in sorted(wanted) for r in reversed(self.lineage.upstream(relation))]
        return self.chain(list(dict.fromkeys(ordered)))

    def candidates(self, folder: Path) -> list[Candidate]:
        """Every mutant, compiled, that changes something which a KPI reads."""
        found = {
            f"mutant_{number}_{place}": (relation, mutant)
            for number, relation in enumerate(self.models)
            for place, mutant in enumerate(mutants_of(self.by_relation[relation]["raw_code"]))
        }
        sql = compiled_mutants({name: mutant.text for name, (_, mutant) in found.items()}, folder)
        return [
            self._candidate(relation, mutant, sql[name])
            for name, (relation, mutant) in found.items()
            if name in sql and self._is_read(relation, sql[name])
        ]

    def _is_read(self, relation: str, sql: str) -> bool:
        readers = [f"marts.kpi_{kpi}" for kpi in sorted(self.leads_to[relation])]
        if relation not in self.essences:
            original = self.by_relation[relation]["compiled_code"]
            self.essences[relation] = self.lineage.essence(relation, original, readers)
        try:
            return self.lineage.essence(relation, sql, readers) != self.essences[relation]
        except SqlglotError:
            return True

    def _candidate(self, relation: str, mutant: Mutant, sql: str) -> Candidate:
        schema, _, name = relation.partition(".")
        return Candidate(relation, mutant, [(schema, name, sql), *self._readers(relation)], self._kpis(relation))

    def _kpis(self, relation: str) -> tuple[str, ...]:
        return tuple(sorted(self.leads_to[relation]))

    def _readers(self, relation: str) -> Chain:
        """All models that read a model, straight or through others, in an order in which they can be built."""
        if relation not in self.readers:
            self.readers[relation] = self.chain(self.lineage.downstream(relation))
        return self.readers[relation]


def is_touched(world: World, candidate: Candidate) -> bool:
    """Whether the mutated model comes out differently in this world; an error is a difference."""
    try:
        return candidate.model in world.tables and world.is_touched(candidate.chain)
    except NOT_SQL:
        raise
    except duckdb.Error:
        return True


def is_seen(example: Example, candidate: Candidate) -> bool:
    """Whether a cell that was worked out by hand differs; an error is a difference."""
    for kpi in candidate.kpis:
        example.world.cells_before(kpi)
    try:
        example.world.enter(candidate.chain)
        return any(example.kills(kpi, example.world.cells(kpi)) for kpi in candidate.kpis)
    except duckdb.Error:
        return True
    finally:
        example.world.leave()


def verdict(candidate: Candidate, recorder: Recorder, cases: Sequence[Case], worked: Sequence[Example]) -> str:
    """What becomes of a mutant."""
    try:
        for case in cases:
            if any(is_touched(world, candidate) for world in case.worlds) and recorder.kills(case, candidate.chain):
                return KILLED
        for example in worked:
            if is_touched(example.world, candidate) and is_seen(example, candidate):
                return BY_EXAMPLE
    except NOT_SQL:
        return INVALID
    return SURVIVED


def reason_of(candidate: Candidate, rules: Sequence[Mapping[str, str]]) -> str | None:
    """Why a mutant is no mutant: it says the same in other words."""
    for rule in rules:
        if (
            re.search(rule.get("model", ""), candidate.model)
            and re.search(rule.get("context", ""), candidate.mutant.context)
            and re.search(rule.get("change", ""), candidate.mutant.change)
        ):
            return rule["reason"]
    return None


def page(results: Sequence[tuple[Candidate, str, str | None]], seconds: float, has_examples: bool) -> str:
    """The report."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for candidate, what, _ in results:
        counts[candidate.model][what] += 1
    lines = [
        "# Mutation test of the KPIs",
        "",
        "One operator, constant, condition or arm changed at a time in the SQL of each model below. Killed: a test of",
        "the project fails. By an example: only a cell of the worked examples beside the project differs. Made by",
        "`make mutation`.",
        "",
        "| | mutants | equivalent | killed by the project's own tests | with the worked examples |",
        "|---|---|---|---|---|",
        *(
            _line(kind, sum((c for m, c in counts.items() if m.startswith(schema)), Counter[str]()))
            for schema, kind in KINDS
            if any(m.startswith(schema) for m in counts)
        ),
        "",
        f"{seconds:.0f} s{'' if has_examples else '; without the worked examples'}.",
        "",
        "| model | mutants | killed | by an example | survived | equivalent | score |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {model.partition('.')[2]} | {sum(c.values()) - c[INVALID]} | {c[KILLED]} | {c[BY_EXAMPLE]} "
            f"| {c[SURVIVED]} | {c[EQUAL]} | {_score(c, with_examples=True)} |"
            for model, c in sorted(counts.items(), key=lambda one: (not one[0].startswith("marts"), one[0]))
        ),
    ]
    survivors = [
        f"- {c.model.partition('.')[2]}:{c.mutant.line} {c.mutant.change}: `{c.mutant.context}`"
        for c, w, _ in results
        if w == SURVIVED
    ]
    equal = Counter(reason for _, what, reason in results if what == EQUAL and reason)
    lines += ["", "## Survived", "", *(survivors or ["None."])]
    lines += ["", "## Equivalent", "", "Changes that cannot change a number, and why (`equivalent.yml`).", ""]
    lines += [f"- {number} x {reason}" for reason, number in equal.most_common()] or ["None."]
    return "\n".join(lines) + "\n"


def _line(kind: str, c: Counter[str]) -> str:
    mutants = sum(c.values()) - c[INVALID]
    scores = f"**{_score(c, with_examples=False)}** | {_score(c, with_examples=True)}"
    return f"| {kind} | {mutants} | {c[EQUAL]} | {scores} |"


def _score(counts: Counter[str], with_examples: bool) -> str:
    killed = counts[KILLED] + (counts[BY_EXAMPLE] if with_examples else 0)
    judged = counts[KILLED] + counts[BY_EXAMPLE] + counts[SURVIVED]
    return f"{100 * killed / judged:.1f} %" if judged else "-"


def main() -> None:
    """Mutate, judge, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kpi", action="append", help="only this KPI (repeatable); results.md is then left alone")
    parser.add_argument("--tests", action="append", help="only these tests, below tests/python (repeatable)")
    parser.add_argument("--shared", type=int, default=0, help="also mutate models that lead to at most so many KPIs")
    parser.add_argument("--example", action="append", help="only worked examples that begin like this (repeatable)")
    parser.add_argument("--no-examples", action="store_true", help="the project's own tests alone")
    options = parser.parse_args()
    begin = time.perf_counter()
    rules = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8")) or []
    every = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]["kpi_ids"]
    with tempfile.TemporaryDirectory() as folder:
        study = Study(options.kpi or every, options.shared, Path(folder))
        (copy := Path(folder) / "copy").mkdir()
        candidates = study.candidates(copy)
        print(
            f"{len(candidates)} mutants of {len(study.models)} models, {time.perf_counter() - begin:.0f} s", flush=True
        )
        recorder = Recorder()
        cases = own_cases(recorder, options.tests or OWN_TESTS)
        worked = [] if options.no_examples else examples(study.everything(), Path(folder), options.example or ())
        print(f"{len(cases)} cases, {len(worked)} examples, {time.perf_counter() - begin:.0f} s", flush=True)
        results: list[tuple[Candidate, str, str | None]] = []
        for candidate in candidates:
            what, reason = verdict(candidate, recorder, cases, worked), reason_of(candidate, rules)
            if reason and what != SURVIVED and what != INVALID:
                print(
                    f"not equivalent: {candidate.model}:{candidate.mutant.line} {candidate.mutant.change}", flush=True
                )
            if what == SURVIVED:
                what = EQUAL if reason else SURVIVED
            if what == SURVIVED:
                mutant = candidate.mutant
                print(f"{candidate.model}:{mutant.line} {mutant.change}: {mutant.context}", flush=True)
            results.append((candidate, what, reason))
    seconds = time.perf_counter() - begin
    text = page(results, seconds, bool(worked))
    if not options.kpi and not options.tests:
        RESULTS.write_text(text, encoding="utf-8")
    print(text.partition("\n\n| model")[0])


if __name__ == "__main__":
    main()
