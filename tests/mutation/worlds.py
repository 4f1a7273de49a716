"""Warehouses in memory in which mutants run, and what must come out of them.

Here: the project's own cases (the tests with a `build` fixture, run once and remembered: their warehouses, and the test
function as the judge), and the worked examples beside the project, if there are any (their expected cells are the
judge). Not here: mutants, and the numbers of any case.
"""

from __future__ import annotations

import copy
import csv
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pytest
from hypothesis import settings

from itam.landing import land
from itam.quality import ledger
from tests.python.money.money_warehouse import run_models

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT.parent / "shared" / "golden"
OWN_TESTS = ("kpis", "licensing", "money", "operations", "assets", "kernel/test_kernel_twin.py")
RANDOM_EXAMPLES = 4
SECONDS = 30
_connect = duckdb.connect

Chain = Sequence[tuple[str, str, str]]
"""Schema, name and SQL of models, each after those it reads."""
Cells = dict[tuple[Any, ...], tuple[Any, ...]]
Connection = duckdb.DuckDBPyConnection


@dataclass
class World:
    """A built warehouse. A mutant lives in a transaction that is rolled back."""

    connection: Connection
    tables: frozenset[str] = frozenset()
    measurable: frozenset[tuple[str, str]] | None = None
    base: dict[str, Cells] = field(default_factory=dict)
    signatures: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection) -> World:
        """The warehouse of a connection, which nobody else may close."""
        own = connection.cursor()
        own.execute("use warehouse")
        own.execute("set TimeZone = 'UTC'")
        own.execute("set memory_limit = '2GB'")
        tables = own.execute("select schema_name || '.' || table_name from duckdb_tables() where not internal")
        world = cls(own, frozenset(name for (name,) in tables.fetchall()))
        if "intermediate.int_kpi__feed_status" in world.tables:
            status = own.execute(
                "select kpi_id, cast(as_of_date as varchar) from intermediate.int_kpi__feed_status where is_measurable"
            )
            world.measurable = frozenset((kpi, day) for kpi, day in status.fetchall())
        return world

    def cells(self, kpi: str) -> Cells:
        """The cells of a KPI as they would be published."""
        rows = self.connection.execute(
            "select cast(as_of_date as varchar), dim_type, dim_value, numerator, denominator, covered, population"
            f" from marts.kpi_{kpi}"
        ).fetchall()
        found: Cells = {}
        for day, dim_type, dim_value, *numbers in map(_rounded, rows):
            if (dim_type != "all" or any(numbers)) and (self.measurable is None or (kpi, day) in self.measurable):
                key = (day, dim_type, dim_value)
                found[key] = (*found.get(key, ()), *numbers)  # a second row of one key is another number
        return found

    def cells_before(self, kpi: str) -> Cells:
        """The cells of a KPI without a mutant."""
        if kpi not in self.base:
            self.base[kpi] = self.cells(kpi)
        return self.base[kpi]

    def enter(self, chain: Chain) -> None:
        """Build anew what was built here of the chain, in a transaction."""
        self.connection.execute("begin")
        for schema, name, sql in [model for model in chain if f"{model[0]}.{model[1]}" in self.tables]:
            self._within_reason(f"create or replace table {schema}.{name} as {sql}")

    def is_touched(self, chain: Chain) -> bool:
        """Whether the first model of the chain comes out differently."""
        schema, name, sql = chain[0]
        table = f"{schema}.{name}"
        if table not in self.signatures:
            self.signatures[table] = self._signature(f"select * from {table}")
        return self._signature(sql) != self.signatures[table]

    def _signature(self, sql: str) -> tuple[Any, ...]:
        query = f"select count(*), sum(cast(hash(rows) as hugeint)), bit_xor(hash(rows)) from ({sql}) as rows"
        return self._within_reason(query).fetchall()[0]

    def _within_reason(self, sql: str) -> Connection:
        """Run a statement; one that would never end is interrupted, which is an error like any other."""
        timer = threading.Timer(SECONDS, self.connection.interrupt)
        timer.start()
        try:
            return self.connection.execute(sql)
        finally:
            timer.cancel()

    def leave(self) -> None:
        """As if nothing had been."""
        self.connection.execute("rollback")


def _rounded(row: tuple[Any, ...]) -> list[Any]:
    """Published numbers have six decimals."""
    return [*row[:3], *(None if number is None else round(float(number), 6) for number in row[3:])]


@dataclass
class Case:
    """One run of a test function: the worlds it asks for in turn, and itself as the judge."""

    name: str
    judge: Callable[[], None]
    worlds: list[World] = field(default_factory=list)


class Recorder:
    """A pytest plugin that remembers what the tests build, and plays it back."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.playing: Case | None = None
        self.turn = 0
        self.chain: Chain = ()
        self.recording: Case | None = None
        self.parents: dict[int, Connection] = {}

    def connect(self, *arguments: Any, **named: Any) -> Connection:
        """A connection that may be closed while its database stays."""
        parent = _connect(*arguments, **named)
        own = parent.cursor()
        self.parents[id(own)] = parent
        return own

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Any:
        """Fixtures that build warehouses go through here."""
        value = yield
        if fixturedef.argname.startswith("build") and callable(value) and fixturedef.cached_result is not None:
            value = self._through(value)
            fixturedef.cached_result = (value, fixturedef.cached_result[1], None)
        return value

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Any:
        """Remember the test; of one that draws its input at random, some runs."""
        function = pyfuncitem.obj
        if hasattr(function, "hypothesis"):
            given = function._hypothesis_internal_use_settings
            function._hypothesis_internal_use_settings = settings(
                given, max_examples=RANDOM_EXAMPLES, derandomize=True, database=None
            )
            inner = function.hypothesis.inner_test

            def drawn(**arguments: Any) -> None:
                kept = {
                    n: v if callable(v) and n.startswith("build") else copy.deepcopy(v) for n, v in arguments.items()
                }
                self._record(pyfuncitem.nodeid, inner, kept, lambda: inner(**arguments))

            function.hypothesis.inner_test = drawn
            return (yield)
        arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
        case = self.recording = Case(pyfuncitem.nodeid, lambda: function(**arguments))
        result = yield
        if case.worlds:
            self.cases.append(case)
        return result

    def _record(
        self, name: str, function: Callable[..., None], kept: Mapping[str, Any], run: Callable[[], None]
    ) -> None:
        def judge() -> None:
            function(**{n: v if n.startswith("build") else copy.deepcopy(v) for n, v in kept.items()})

        self.recording = Case(name, judge)
        run()
        if self.recording.worlds:
            self.cases.append(self.recording)

    def _through(self, build: Callable[..., Connection]) -> Callable[..., Connection]:
        def run(*arguments: Any, **named: Any) -> Connection:
            if self.playing is not None:
                world = self.playing.worlds[self.turn]
                self.turn += 1
                world.enter(self.chain)
                return world.connection
            connection = build(*arguments, **named)
            if self.recording is not None:
                self.recording.worlds.append(World.of(self.parents[id(connection)]))
            return connection

        return run

    def kills(self, case: Case, chain: Chain) -> bool:
        """Whether the test fails on the mutant."""
        self.playing, self.turn, self.chain = case, 0, chain
        try:
            case.judge()
        except Exception:  # a test that stumbles over a mutant has found it
            return True
        finally:
            self.playing = None
            for world in case.worlds[: self.turn]:
                world.leave()
        return False


def own_cases(recorder: Recorder, tests: Sequence[str] = OWN_TESTS) -> list[Case]:
    """The project's own tests of numbers, run once."""
    paths = [str(ROOT / "tests" / "python" / one) for one in tests]
    options = ["-q", "-p", "no:cacheprovider", "-m", "not slow", "--rootdir", str(ROOT)]
    with mock.patch.object(duckdb, "connect", recorder.connect):
        if pytest.main([*paths, *options, "-c", str(ROOT / "pyproject.toml")], plugins=[recorder]) != 0:
            raise SystemExit("the tests fail without any mutant")
    return [case for case in recorder.cases if not recorder.kills(case, ())]


@dataclass
class Example:
    """A worked example: its world, and the keys of the cells that were worked out by hand."""

    name: str
    world: World
    expected: dict[str, set[tuple[str, str, str]]]
    with_coverage: dict[str, set[tuple[str, str, str]]]

    def kills(self, kpi: str, cells: Cells) -> bool:
        """Whether a cell that was worked out differs, or one more is there where all are listed."""
        keys, before = self.expected.get(kpi, set()), self.world.cells_before(kpi)
        listed = {(day, dim_type) for day, dim_type, _ in keys}
        for key in keys | {k for k in cells if k[:2] in listed}:
            want, got = before.get(key), cells.get(key)
            if want != got and (want is None or got is None or want[:2] != got[:2]):
                return True
            if key in self.with_coverage.get(kpi, set()) and _coverage(want) != _coverage(got):
                return True
        return False


def _coverage(cell: tuple[Any, ...] | None) -> float | None:
    if cell is None or cell[3] is None:
        return 1.0
    return round(cell[2] / cell[3], 6) if cell[3] else None


def examples(chain: Chain, folder: Path, names: Sequence[str] = ()) -> list[Example]:
    """The worked examples that lie beside the project, landed and built; none when there are none."""
    found = []
    for case in sorted(EXAMPLES.glob("*/expected.csv")):
        if names and not case.parent.name.startswith(tuple(names)):
            continue
        about = json.loads((case.parent / "case.json").read_text(encoding="utf-8"))
        connection = duckdb.connect(config={"threads": 1})
        connection.execute("attach ':memory:' as warehouse")
        connection.execute("use warehouse")
        connection.execute("set TimeZone = 'UTC'")
        home = folder / case.parent.name
        _copy(case.parent / "landing", home / "landing")
        land(home, as_of=date.fromisoformat(about["as_of"]), connection=connection)
        connection.execute(ledger.TABLES)
        run_models(connection, chain)
        expected: dict[str, set[tuple[str, str, str]]] = {}
        with_coverage: dict[str, set[tuple[str, str, str]]] = {}
        with case.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                key = (row["as_of_date"], row["dim_type"], row["dim_value"])
                expected.setdefault(row["kpi_id"], set()).add(key)
                if row["coverage"]:
                    with_coverage.setdefault(row["kpi_id"], set()).add(key)
        found.append(Example(case.parent.name, World.of(connection), expected, with_coverage))
    return found


def _copy(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
