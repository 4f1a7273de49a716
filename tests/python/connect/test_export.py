"""`itam export`: what a published table is after it has become a file."""

from __future__ import annotations

import csv
import datetime as dt
import subprocess
import zipfile
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from itam.errors import RefusedError
from itam.home import Home
from itam.publishing import export as exporting
from itam.publishing.export import export
from itam.publishing.read import NotReadOnlyError
from tests.python.refreshed_home import ITAM

ROWS = """
    select 1 as id, 0.1::decimal(38, 6) as exact, 12345678901234567.25::decimal(38, 2) as long, 0.5::double as share,
        true as yes, date '2026-06-30' as day, timestamp '2026-06-30 12:34:56' as at, '=1+1' as said
    union all
    select 12345678901234567, null, -1.5, 'nan'::double, false, date '1899-12-31', null, '@SUM(1)'
"""
TABLES = {
    "things": ROWS,
    "long_text": f"select repeat('x', {exporting.CELL_CHARACTERS + 1}) as said",
    "counted": "select * from range(25)",
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Something published, as a refresh leaves it."""
    home = Home(tmp_path / "home")
    home.versions.mkdir(parents=True)
    file = home.versions / "itam_20260630T020000000000Z.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute("create schema marts")
        for name, query in TABLES.items():
            con.execute(f"create table marts.{name} as {query}")
    file.chmod(0o444)
    home.link.symlink_to(file.relative_to(home.published))
    return home


def test_a_workbook_holds_every_value_with_its_type(home: Home, tmp_path: Path) -> None:
    """An amount that has become a text, or a day that has become a number, is of no use to who sums and sorts.

    What Excel would round, or has no day for, is a text with every digit instead.
    """
    made = export(home, ["things"], None, "xlsx", tmp_path / "things.xlsx")
    assert (made.rows, made.sheets) == (2, 1)
    assert CalamineWorkbook.from_path(made.file).get_sheet_by_name("things").to_python() == [
        ["id", "exact", "long", "share", "yes", "day", "at", "said"],
        [1, 0.1, "12345678901234567.25", 0.5, True, dt.date(2026, 6, 30), dt.datetime(2026, 6, 30, 12, 34, 56), "=1+1"],
        ["12345678901234567", "", -1.5, "nan", False, "1899-12-31", "", "@SUM(1)"],
    ]


def test_no_cell_of_a_workbook_is_a_formula(home: Home, tmp_path: Path) -> None:
    """A device called =cmd|... must not run on the desk of who opens the file."""
    export(home, ["things"], None, "xlsx", tmp_path / "things.xlsx")
    with zipfile.ZipFile(tmp_path / "things.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "=1+1" in sheet
    assert "<f" not in sheet.replace("<formulas", "")


def test_what_excel_cannot_hold_in_a_sheet_goes_on_in_the_next(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows beyond the millionth are lost without a word when a file is longer than a sheet."""
    monkeypatch.setattr(exporting, "SHEET_ROWS", 11)
    made = export(home, ["counted", "things"], None, "xlsx", tmp_path / "two.xlsx")
    assert (made.rows, made.sheets) == (27, 4)
    book = CalamineWorkbook.from_path(made.file)
    assert book.sheet_names == ["counted", "counted 2", "counted 3", "things"]
    pieces = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names[:3]]
    assert [piece[0] for piece in pieces] == [["range"]] * 3
    assert [int(row[0]) for piece in pieces for row in piece[1:]] == list(range(25))


def test_a_text_that_excel_would_cut_is_refused_and_nothing_is_left(home: Home, tmp_path: Path) -> None:
    """Half a file, or half a text, looks like a whole one."""
    with pytest.raises(RefusedError, match=r"Column said holds a text of 32,768 characters"):
        export(home, ["long_text"], None, "xlsx", tmp_path / "long.xlsx")
    assert [f.name for f in tmp_path.iterdir()] == ["home"]


def test_parquet_keeps_decimals_to_the_last_digit(home: Home, tmp_path: Path) -> None:
    """Who loads an export elsewhere compares it with the marts, exactly."""
    made = export(home, ["things"], None, "parquet", tmp_path / "things.parquet")
    assert made.rows == 2
    assert pq.read_table(made.file).column("long").to_pylist() == [Decimal("12345678901234567.25"), Decimal("-1.50")]


def test_csv_is_safe_to_open_and_complete(home: Home, tmp_path: Path) -> None:
    """A CSV is opened in a spreadsheet sooner or later."""
    export(home, ["things"], None, "csv", tmp_path / "things.csv")
    with (tmp_path / "things.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["said"] for row in rows] == ["'=1+1", "'@SUM(1)"]
    assert [row["long"] for row in rows] == ["12345678901234567.25", "-1.50"]


@pytest.mark.parametrize(
    "query", ["drop table marts.things", "copy marts.things to 'elsewhere.csv'", "select 1; select 2"]
)
def test_an_export_only_reads(home: Home, tmp_path: Path, query: str) -> None:
    """Who may export may not do more than read."""
    with pytest.raises(NotReadOnlyError):
        export(home, [], query, "csv", tmp_path / "x.csv")


def test_an_export_reads_nothing_but_the_marts(home: Home, tmp_path: Path) -> None:
    """An export of a query is no way to the files of the machine."""
    with pytest.raises(duckdb.PermissionException):
        export(home, [], "select * from read_csv('/etc/hostname')", "csv", tmp_path / "x.csv")


def test_the_same_data_is_the_same_workbook(home: Home, tmp_path: Path) -> None:
    """Who keeps exports sees by their bytes whether anything has changed."""
    first, second = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    export(home, ["things"], None, "xlsx", first)
    export(home, ["things"], None, "xlsx", second)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--table", "things", "--to", "things.csv"], 0, "things.csv: 2 rows\n"),
        (["--query", "select 1 as one", "--format", "parquet", "--to", "one"], 0, "one: 1 rows\n"),
        (["--table", "thing", "--to", "x.csv"], 1, "No table 'thing' is published: did you mean things?\n"),
        (["--table", "things", "--table", "counted", "--to", "x.csv"], 1, "A csv file holds one table, not 2: "),
        (["--table", "things", "--to", "nowhere/x.csv"], 1, "There is no folder "),
        (["--table", "things", "--to", "x.doc"], 2, "says no format"),
        (["--to", "x.csv"], 2, "name a --table (or several), or a --query"),
        (["--table", "things", "--query", "select 1", "--to", "x.csv"], 2, "name a --table (or several), or a --query"),
    ],
)
def test_the_command_says_what_it_did_or_what_to_do(
    home: Home, tmp_path: Path, arguments: list[str], status: int, said: str
) -> None:
    """One sentence and an exit status: who exports by a job at night reads nothing else."""
    run = subprocess.run(
        [str(ITAM), "export", "--home", str(home.root), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert run.returncode == status
    assert said in (run.stdout if status == 0 else run.stderr)
    assert "Traceback" not in run.stderr
