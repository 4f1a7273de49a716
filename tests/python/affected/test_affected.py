"""What a change touches: a refresh that builds a part of the models leaves what a build of everything leaves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from itam import affected
from itam.affected import Graph
from itam.landing import land
from itam.sample import write_sample
from tests.python.refreshed_home import RefreshedHome

AS_OF = "2026-06-30"
LATE = "2026-05-12"
OF_A_REFRESH = {"refresh_id", "computed_at", "checked_at", "started_at", "finished_at", "landed_at", "step", "version"}
"""Columns that differ between two refreshes of the same deliveries."""

Rows = list[tuple[Any, ...]]


# --- the graph -------------------------------------------------------------------------------------------------------


def graph() -> Graph:
    """Incident -> stg -> kpi; deliveries -> days (steady) -> kpi, ages; a test on each."""
    children = {
        "source.incident": ["model.stg"],
        "source.deliveries": ["model.dates"],
        "model.stg": ["model.kpi", "test.stg"],
        "model.dates": ["model.days"],
        "model.days": ["model.kpi", "model.ages", "test.days"],
        "model.ages": ["test.ages"],
    }
    parents: dict[str, list[str]] = {}
    for parent, found in children.items():
        for child in found:
            parents.setdefault(child, []).append(parent)
    steady = ("model.dates", "model.days")
    nodes = {
        name: {"name": name, "schema": "s", "alias": name, "config": {"meta": {"steady": name in steady}}}
        for name in {*parents} | {"model.stg"}
    }
    sources = {
        name: {"schema": "raw", "identifier": name, "source_name": "raw", "name": name.removeprefix("source.")}
        for name in ("source.incident", "source.deliveries")
    }
    return Graph(nodes, sources, children, parents)


def test_what_hangs_on_a_change_is_affected() -> None:
    """An incident moves its KPI and nothing else."""
    assert graph().affected(["source.incident"], ()) == {"model.stg", "test.stg", "model.kpi"}


def test_a_change_ends_where_nothing_came_of_it() -> None:
    """Every delivery touches the calendar; as long as the days are the same days, it touches nothing behind it."""
    assert graph().affected(["source.deliveries"], {"model.days"}) == {"model.dates", "model.days"}
    assert "model.ages" in graph().affected(["source.deliveries"], ())


def test_steady_models_are_looked_at_one_behind_the_other() -> None:
    """The days need the dates first: each is compared once what it reads is known."""
    touched = graph().affected(["source.deliveries", "source.incident"], ())
    assert affected.next_steady(graph(), touched, set()) == (["model.dates"], ["model.dates"])
    assert affected.next_steady(graph(), touched, {"model.dates"}) == (["model.days"], ["model.days"])
    assert affected.next_steady(graph(), touched, {"model.dates", "model.days"}) == ([], [])


# --- the state -------------------------------------------------------------------------------------------------------


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """A warehouse of two sources and one model."""
    made = duckdb.connect()
    made.execute(
        "create schema raw; create schema s; create schema quality;"
        " create table raw.\"source.incident\" as select 1 as row_id, 'a' as what;"
        ' create table raw."source.deliveries" as select 1 as n;'
    )
    for node in graph().models:
        made.execute(f'create table s."{node}" as select 1 as n')
    return made


def change(con: duckdb.DuckDBPyConnection, project: str = "p") -> affected.Change:
    """What the next build would be told, after a whole one now."""
    return affected.begin(con, graph(), affected.inputs(con, graph(), project))


def built(con: duckdb.DuckDBPyConnection, project: str = "p") -> None:
    """A whole build."""
    affected.remember(con, affected.inputs(con, graph(), project))


@pytest.mark.parametrize(
    ("what", "sources"),
    [
        ("select 1", ()),
        ("insert into raw.\"source.incident\" values (2, 'b')", ("source.incident",)),
        ('delete from raw."source.incident"', ("source.incident",)),
        ('update raw."source.deliveries" set n = 2', ("source.deliveries",)),
        ('drop table s."model.kpi"', None),
    ],
)
def test_what_differs_is_found(con: duckdb.DuckDBPyConnection, what: str, sources: tuple[str, ...] | None) -> None:
    """Rows that came or went, a word that changed; a table that is gone makes everything new."""
    built(con)
    con.execute(what)
    assert change(con).sources == sources


def test_another_formula_builds_everything(con: duckdb.DuckDBPyConnection) -> None:
    """A number that an old formula left behind would be worse than a slow refresh."""
    built(con)
    assert change(con, "another project").sources is None


def test_a_build_that_did_not_end_is_followed_by_one_of_everything(con: duckdb.DuckDBPyConnection) -> None:
    """Killed half-way, some tables are new and some old: nobody may build on that."""
    assert change(con).sources is None
    built(con)
    assert change(con).sources == ()
    assert change(con).sources is None


def test_what_was_written_past_the_logs_is_built_again(con: duckdb.DuckDBPyConnection) -> None:
    """Forgetting a person changes rows in place, which no count can see."""
    built(con)
    affected.forget(con, "source.deliveries")
    assert change(con).sources == ("source.deliveries",)
    built(con)
    affected.forget(con)
    assert change(con).sources is None


# --- whole refreshes -------------------------------------------------------------------------------------------------


def tables(home: RefreshedHome) -> dict[str, Rows]:
    """Every table that dbt builds, as sorted rows."""
    with duckdb.connect(str(home.root / "warehouse.duckdb"), read_only=True) as con:
        found = con.execute(
            "select schema_name, table_name from duckdb_tables() where table_name not in ('runs', 'built_from')"
            " and schema_name in ('staging', 'intermediate', 'marts', 'quality')"
        ).fetchall()
        return {
            f"{schema}.{table}": con.execute(
                f"select columns(c -> c not in {tuple(OF_A_REFRESH)} and c not like 'first_re%')"
                f' from {schema}."{table}" order by all'
            ).fetchall()
            for schema, table in sorted(found)
        }


TARGET = """kpi_id,slice,period,direction,target,unit,source
deployment_rate,,,up,0.91,rate,proposed
"""


def is_later(path: Path) -> bool:
    """What comes after the first build: the last two weeks, and one list that is late."""
    return path.name > "2026-06-17" or (path.parent.name == "hardware_asset" and path.name.startswith(LATE))


def forget_the_build(home: RefreshedHome) -> None:
    """The next refresh builds everything."""
    warehouse = home.root / "warehouse.duckdb"
    if warehouse.exists():
        with duckdb.connect(str(warehouse)) as con:
            affected.forget(con)


def models_built(home: RefreshedHome) -> int:
    """How many models the newest refresh built, all of them where it says nothing."""
    log = max((home.root / "logs").glob("refresh_*.jsonl"))
    said = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return next((len(line["models"]) for line in said if line["event"] == "affected"), 9999)


@pytest.mark.slow
def test_a_part_is_as_good_as_the_whole(tmp_path: Path) -> None:
    """One home builds what each change touches, its twin everything every time: after each change all tables agree."""
    made = tmp_path / "made"
    write_sample(made, assets=60, as_of=date.fromisoformat(AS_OF), seed=7, weeks=10)
    parts, whole = RefreshedHome(tmp_path / "parts"), RefreshedHome(tmp_path / "whole")
    shutil.copytree(made, parts.root)
    later = [p for p in sorted((made / "landing").rglob("*")) if p.is_file() and is_later(p)]
    for path in later:
        (parts.root / path.relative_to(made)).unlink()
    told: list[int] = []

    def step(what: Callable[[RefreshedHome], None], as_of: str) -> None:
        what(parts)
        land(parts.root, as_of=date.fromisoformat(as_of))
        shutil.rmtree(whole.root, ignore_errors=True)
        shutil.copytree(parts.root, whole.root, symlinks=True)  # logs number their rows as they come
        forget_the_build(whole)
        for home in (parts, whole):
            done = home.refresh(as_of)
            assert done.returncode == 0, done.stdout + done.stderr
        told.append(models_built(parts))
        found, expected = tables(parts), tables(whole)
        assert list(found) == list(expected)
        assert [name for name in expected if found[name] != expected[name]] == []

    def bring(some: Callable[[Path], bool]) -> Callable[[RefreshedHome], None]:
        def put(home: RefreshedHome) -> None:
            for path in (p for p in later if some(p)):
                target = home.root / path.relative_to(made)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)

        return put

    def policy(home: RefreshedHome) -> None:
        (home.root / "policy").mkdir(exist_ok=True)
        (home.root / "policy" / "kpi_targets.csv").write_text(TARGET, encoding="utf-8")

    step(lambda home: None, "2026-06-16")
    step(bring(lambda p: p.parent.name == "incident"), "2026-06-16")
    step(bring(lambda p: p.name.startswith(LATE)), "2026-06-16")
    step(policy, "2026-06-16")
    step(bring(lambda p: True), AS_OF)
    step(lambda home: None, "2026-08-31")
    assert told[1] < 120, "incidents build a part of the models"
    assert told[3] < 60, "a target builds what reads it"
