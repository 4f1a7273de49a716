"""What comes from outside is data: never SQL, never a formula, never a way to another file."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itam.home import PROJECT_DIR, Home
from itam.landing import land
from itam.publishing import read
from itam.spreadsheet import guarded, unguarded, write_rows

NAME = "2026-06-30T020000Z"
ATTACKS = [
    "'; drop schema raw cascade; --",
    '"; drop schema raw cascade; --',
    "x') union select version() --",
    "{{ var('x') }}",
    "$1",
    "%s",
    "a;b",
    "\\",
    "ÄÖ",
]
RECORD = {"asset_id": "A", "asset_class": "laptop", "status": "in use"}


def _rows(home: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def _place(home: Path, source: str, name: str) -> Path:
    path = home / "landing" / source / "hardware_asset" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "parquet"])
def test_names_and_values_never_become_sql(form: str, tmp_path: Path) -> None:
    """A header is written by whoever runs the source system, and by whoever has broken into it.

    Columns, values and source systems called like an attack are kept as the texts that they are.
    """
    record = {**RECORD, **{attack: attack for attack in ATTACKS}, "model": ATTACKS[0]}
    for source in ("cmdb", "o'brien; drop table x"):
        path = _place(tmp_path, source, f"{NAME}.{form}")
        if form == "csv":
            with path.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows([record.keys(), record.values()])
        elif form == "parquet":
            pq.write_table(pa.Table.from_pylist([record]), path)
        else:
            path.write_text(json.dumps(record if form == "jsonl" else [record]), encoding="utf-8")
    report = land(tmp_path)
    assert [o.reason for o in report.outcomes] == [None, None]
    late = _place(tmp_path, "o'brien; drop table x", "2026-06-29T020000Z.csv")
    late.write_text("asset_id,asset_class,status\nA,laptop,in stock\n'b\"; --,laptop,in stock\n", encoding="utf-8")
    assert land(tmp_path).accepted == 1
    found = _rows(tmp_path, "select model, extra from raw.hardware_asset where model is not null")
    assert len(found) == 2
    for model, extra in found:
        assert model == ATTACKS[0]
        assert json.loads(str(extra)) == {attack: attack for attack in ATTACKS}


def test_a_workbook_of_entities_is_refused(tmp_path: Path) -> None:
    """A kilobyte of XML that unfolds to gigabytes must not take the machine with it."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    book = f'<?xml version="1.0"?><!DOCTYPE workbook [<!ENTITY l0 "lol">{entities}]><workbook><x>&l11;</x></workbook>'
    with zipfile.ZipFile(_place(tmp_path, "cmdb", f"{NAME}.xlsx"), "w") as archive:
        archive.writestr("xl/workbook.xml", book)
    (outcome,) = land(tmp_path).outcomes
    assert outcome.status == "quarantined"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (f"{NAME}.csv", ",".join(f"c{n}" for n in range(1001)) + "\n", "more than the 1000"),
        (f"{NAME}.json", "[" * 100 + "]" * 100, "levels deep"),
        (f"{NAME}.json", '[{"asset_id": ' + '{"a":' * 5000 + "1" + "}" * 5000 + "}]", "levels deep"),
        (f"{NAME}.jsonl", '{"a":' * 100_000 + "1" + "}" * 100_000, None),
    ],
)
def test_limits_hold(name: str, content: str, words: str | None, tmp_path: Path) -> None:
    """Thousands of columns or levels are an attack or an accident, and no list of assets."""
    _place(tmp_path, "cmdb", name).write_text(content, encoding="utf-8")
    (outcome,) = land(tmp_path).outcomes
    assert outcome.status == "quarantined"
    assert words is None or words in str(outcome.reason)


# --- readers ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one published table."""
    home = Home(tmp_path / "home")
    home.create()
    file = home.versions / "itam_1.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts; create table marts.kpi_results as select 1 as value")
        connection.execute("alter table marts.kpi_results add column kpi_id varchar")
        connection.execute("alter table marts.kpi_results add column dim_type varchar default 'all'")
        connection.execute("alter table marts.kpi_results add column as_of_date date")
    file.chmod(0o444)
    home.link.symlink_to(file.relative_to(home.published))
    return home


ESCAPES = [
    "select * from read_csv('/etc/passwd', columns={'x': 'varchar'}, auto_detect=false, delim='|')",
    "select * from read_text('/etc/passwd')",
    "select * from '/etc/passwd'",
    "select * from glob('/*')",
    "select * from read_parquet('https://example.invalid/x.parquet')",
    "select * from sniff_csv('/etc/passwd')",
    "select content from read_blob('/etc/passwd')",
]
STATEMENTS = [
    "attach '/tmp/other.duckdb'",
    "copy marts.kpi_results to '/tmp/stolen.csv'",
    "export database '/tmp/stolen'",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "install httpfs",
    "load httpfs",
    "create table marts.mine as select 1",
    "delete from marts.kpi_results",
    "update marts.kpi_results set value = 0",
    "drop table marts.kpi_results",
    "call pragma_version()",
    "use memory",
    "select 1; select 2",
    "",
]


@pytest.mark.parametrize("sql", ESCAPES)
def test_a_query_reads_the_marts_and_nothing_else(home: Home, sql: str) -> None:
    """Whoever may ask for KPIs may not read the machine that answers."""
    with (
        read.open_marts(home) as connection,
        pytest.raises(duckdb.Error, match=r"disabled|denied|not allowed|Permission|not exist"),
    ):
        read.select(connection, sql).fetchall()


@pytest.mark.parametrize("sql", STATEMENTS)
def test_a_query_only_queries(home: Home, sql: str) -> None:
    """Nothing that a reader types changes what other readers see; the second lock holds without the first."""
    with read.open_marts(home) as connection:
        with pytest.raises((read.NotReadOnlyError, duckdb.Error)):
            read.select(connection, sql).fetchall()
        if sql and "select 1; select 2" not in sql and not sql.startswith(("pragma", "call", "use")):
            with pytest.raises(duckdb.Error):
                connection.execute(sql).fetchall()
        assert connection.execute("select value from marts.kpi_results").fetchall() == [(1,)]


def test_the_recipe_of_the_documentation_holds(home: Home) -> None:
    """People copy what the documentation says, so it has to be what is tested."""
    page = (PROJECT_DIR / "docs" / "connect" / "duckdb.md").read_text(encoding="utf-8")
    recipe, *_ = re.findall(r"```python\n(.*?)```", page, re.S)
    scope: dict[str, duckdb.DuckDBPyConnection] = {}
    exec(recipe.replace("data/published", str(home.published)).replace("print(", "str("), scope)
    with scope["marts"] as marts:
        for sql in [*ESCAPES, *(x for x in STATEMENTS if x.startswith(("attach", "copy", "set", "install", "create")))]:
            with pytest.raises(duckdb.Error):
                marts.execute(sql).fetchall()


# --- spreadsheets -----------------------------------------------------------------------------------------------------


@given(st.text(st.sampled_from("=+-@\t\r\n'\" 1.eEaÄ,"), max_size=12))
def test_no_cell_is_a_formula(text: str) -> None:
    """An asset called =HYPERLINK(…) must not run on the desk of the auditor who opens the list."""
    stream = io.StringIO()
    write_rows(csv.writer(stream), [[text, 1.5, -3, None]])
    ((cell, *others),) = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    assert others == ["1.5", "-3", ""]
    is_number = re.fullmatch(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?", cell)
    assert is_number or not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert unguarded(str(guarded(text))) == text or text.startswith("'")


def test_a_guarded_line_comes_back_as_it_was(tmp_path: Path) -> None:
    """`itam unmapped --csv` writes lines for policy files; a guard that stays in them would never match again."""
    policy = tmp_path / "policy"
    policy.mkdir()
    (policy / "class_alias.csv").write_text(
        "raw_class,asset_class\n'=laptop,laptop\n'quoted',laptop\n", encoding="utf-8"
    )
    land(tmp_path)
    assert _rows(tmp_path, "select raw_class from raw.policy_class_alias order by position") == [
        ("=laptop",),
        ("'quoted'",),
    ]
