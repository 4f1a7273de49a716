"""What a change touches: which models have to be built again, computed from what the last whole build was made of.

A model is a function of its inputs, so one whose sources, parents and SQL are as they were would come out as it is. The
fingerprint of every source is kept with the build; sources that differ make their descendants affected, but for those
that are only reached through a model of the meta ``steady`` that comes out as it was (the days that are reported, the
days on which a feed counts). Whatever else may have changed (the project, a missing table, a build that did not end)
makes everything affected. Not here: who builds.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

PROJECT = "project"
"""The row of the state that stands for SQL, macros, seeds and the engine."""
STATE = (
    "create schema if not exists quality;"
    " create table if not exists quality.built_from (input varchar primary key, fingerprint varchar not null)"
)
ROW_IDS = "row_id"
"""Logs number their rows and only ever add or take away whole ones; who rewrites one in place calls ``forget``."""


@dataclass(frozen=True)
class Graph:
    """Sources, models and tests of the project, by their unique ids."""

    nodes: Mapping[str, Mapping[str, Any]]
    sources: Mapping[str, Mapping[str, Any]]
    children: Mapping[str, list[str]]
    parents: Mapping[str, list[str]]

    @staticmethod
    def read(manifest: Path) -> Graph:
        """What dbt has read of the project."""
        content = json.loads(manifest.read_text(encoding="utf-8"))
        return Graph(content["nodes"], content["sources"], content["child_map"], content["parent_map"])

    @property
    def models(self) -> list[str]:
        """All models."""
        return [name for name in self.nodes if name.startswith("model.")]

    def is_steady(self, node: str) -> bool:
        """Whether a model is often the same after a change of what it reads."""
        return bool(self.nodes.get(node, {}).get("config", {}).get("meta", {}).get("steady"))

    def affected(self, changed: Iterable[str], same: Collection[str]) -> set[str]:
        """What hangs on something changed, but not through what came out as it was."""
        return self._reach(changed, self.children, same)

    def above(self, node: str) -> set[str]:
        """What a model is made of."""
        return self._reach([node], self.parents, ())

    def _reach(self, start: Iterable[str], edges: Mapping[str, list[str]], stop: Collection[str]) -> set[str]:
        found: set[str] = set()
        waiting = list(start)
        while waiting:
            for node in edges.get(waiting.pop(), []):
                if node not in found and node.partition(".")[0] in ("model", "test"):
                    found.add(node)
                    if node not in stop:
                        waiting.append(node)
        return found

    def feeds_and_policies(self, sources: Iterable[str]) -> list[str]:
        """What a person knows of these sources; not what the warehouse keeps of itself."""
        said = [(self.sources[source]["source_name"], str(self.sources[source]["name"])) for source in sources]
        return [name for owner, name in said if owner == "raw" or name.startswith("policy_")]

    def relation(self, node: str) -> str:
        """The table of a source or model, quoted."""
        said = self.sources.get(node) or self.nodes[node]
        return f'"{said["schema"]}"."{said.get("identifier") or said["alias"]}"'


def inputs(con: duckdb.DuckDBPyConnection, graph: Graph, project: str) -> dict[str, str]:
    """The fingerprint of everything that models read, by its unique id, and that of the project."""
    logs = {
        f'"{schema}"."{table}"'
        for schema, table in con.execute(
            "select schema_name, table_name from duckdb_columns() where column_name = ? and schema_name = 'raw'",
            [ROW_IDS],
        ).fetchall()
    }
    found = {PROJECT: f"{project} {duckdb.__version__}"}
    for source in graph.sources:
        relation = graph.relation(source)
        found[source] = _numbers(con, relation) if relation in logs else content(con, relation)
    return found


def content(con: duckdb.DuckDBPyConnection, relation: str) -> str:
    """Two tables of the same rows in any order have the same."""
    return _one(con, f"select concat_ws(' ', count(*), coalesce(sum(hash(t)), 0)) from {relation} as t")


def _numbers(con: duckdb.DuckDBPyConnection, relation: str) -> str:
    return _one(
        con,
        f"select count(*) || ' ' || coalesce(max({ROW_IDS}), 0) || ' ' || coalesce(sum({ROW_IDS}), 0) from {relation}",
    )


def _one(con: duckdb.DuckDBPyConnection, query: str) -> str:
    ((text,),) = con.execute(query).fetchall()
    return str(text)


@dataclass(frozen=True)
class Change:
    """What differs from the last whole build."""

    why: str
    sources: tuple[str, ...] | None  # none: everything may


def begin(con: duckdb.DuckDBPyConnection, graph: Graph, now: Mapping[str, str]) -> Change:
    """What has changed; the state is forgotten, so that a build that does not end is followed by one of everything."""
    con.execute(STATE)
    before = dict(con.execute("select input, fingerprint from quality.built_from").fetchall())
    con.execute("delete from quality.built_from")
    if not before:
        return Change("there is no whole build to go on from", None)
    if before.get(PROJECT) != now[PROJECT]:
        return Change("models, seeds or the engine have changed", None)
    there = {
        f'"{schema}"."{name}"'
        for schema, name in con.execute("select table_schema, table_name from information_schema.tables").fetchall()
    }
    lost = sorted(node for node in graph.models if graph.relation(node) not in there)
    if lost:
        return Change(f"{graph.relation(lost[0])} is missing", None)
    changed = tuple(sorted(source for source in graph.sources if before.get(source) != now[source]))
    return Change(f"changed: {', '.join(graph.feeds_and_policies(changed)) or 'no feed and no policy'}", changed)


def remember(con: duckdb.DuckDBPyConnection, made_of: Mapping[str, str]) -> None:
    """The build is whole: keep what it was made of."""
    con.execute(STATE)
    con.execute("begin")
    con.execute("delete from quality.built_from")
    con.executemany("insert into quality.built_from values (?, ?)", list(made_of.items()))
    con.execute("commit")


def forget(con: duckdb.DuckDBPyConnection, source: str | None = None) -> None:
    """Something was written past the logs, all of them or a source: what is made of it is built again next time."""
    con.execute(STATE)
    con.execute("delete from quality.built_from where ? is null or input = ?", [source, source])


def next_steady(graph: Graph, affected: Collection[str], built: Collection[str]) -> tuple[list[str], list[str]]:
    """Steady models that can be built now, and with them what they are made of; none when nothing is left to learn."""
    open_ones = [node for node in sorted(affected) if graph.is_steady(node) and node not in built]
    above = {node: graph.above(node) & set(affected) - set(built) for node in open_ones}
    ready = [node for node in open_ones if not any(graph.is_steady(parent) for parent in above[node])]
    return ready, sorted({*ready, *(parent for node in ready for parent in above[node] if parent.startswith("model."))})
