"""Reports: self-contained, the same for the same data, no formula in a workbook, every number a published one."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from itam.cli.main import app
from itam.dashboard import data
from itam.dashboard.data import Marts
from itam.dashboard.tables import Column, Table
from itam.errors import RefusedError
from itam.home import Home
from itam.reports import page, pdf, periodic, summary, workbook, write
from itam.reports.pack import Pack, build
from itam.reports.shelf import Period, newest_packs
from tests.python.refreshed_home import RefreshedHome

LOADS = re.compile(r"""(?:src|href)=["'](?!#|data:)[^"']+|@import|url\((?!#|["']?data:)""")


@pytest.fixture(scope="module")
def packs(marts: Marts) -> dict[str, Pack]:
    """A report of every role."""
    return {role: build(marts, role, None, "Europe/Berlin") for role in data.ROLES}


@pytest.mark.parametrize("role", data.ROLES)
def test_a_page_loads_nothing(packs: dict[str, Pack], role: str) -> None:
    """A report is read years later, on a plane; it must not ask a server for its looks."""
    text = page.html(packs[role])
    assert LOADS.findall(text) == []
    assert "<script" not in text
    assert "<svg" in text or role == "it_ops"
    identifiers = re.findall(r'\bid="([^"]+)"', text)
    assert len(identifiers) == len(set(identifiers))


def test_same_data_same_bytes(marts: Marts, packs: dict[str, Pack]) -> None:
    """Two people who make the same report must be able to compare them by their hashes."""
    again = build(marts, "cio", None, "Europe/Berlin")
    assert page.html(again) == page.html(packs["cio"])
    assert workbook.content(again) == workbook.content(packs["cio"])


def test_the_numbers_are_the_published_ones(marts: Marts, packs: dict[str, Pack]) -> None:
    """What the board reads is what the gate let through."""
    text = page.html(packs["finance"])
    rows = marts.rows(
        "select r.kpi_id, r.value from kpi_results as r join kpi_catalog as c using (kpi_id)"
        " where dim_type = 'all' and as_of_date = $day and c.roles like '%finance%'",
        day=packs["finance"].day,
    )
    assert rows
    for row in rows:
        value = "" if row["value"] is None else repr(row["value"])
        assert f'data-kpi="{row["kpi_id"]}" data-value="{value}"' in text


def test_the_summary_says_what_to_know(packs: dict[str, Pack]) -> None:
    """How it stands, what moved, what it costs, what to decide: a minute is all there is."""
    said = dict(packs["cio"].summary.parts)
    assert list(said) == ["How it stands", "What moved, and where", "What it costs", "What to decide"]
    assert re.search(r"\d+ of \d+ judged KPIs are on target\.", said["How it stands"][0])
    assert all(line.endswith((".", ")", "!")) for lines in said.values() for line in lines)


def test_a_move_names_the_slices_that_made_it(marts: Marts) -> None:
    """Why it moved is where it moved; the parts add up to the published gaps."""
    day = data.newest(marts)
    since = data.days_with_slices(marts)[1]
    card = {"kpi_id": "patch_compliance_rate", "direction": "up", "unit": "rate"}
    said = summary._where(marts, card, since, day)
    gaps = {
        d: marts.rows(
            "select denominator - numerator as gap from kpi_results where kpi_id = 'patch_compliance_rate'"
            " and dim_type = 'all' and as_of_date = $day",
            day=d,
        )[0]["gap"]
        for d in (since, day)
    }
    if gaps[since] == gaps[day]:
        assert said == ""
    else:
        assert f"gap {gaps[day]:,.0f} against {gaps[since]:,.0f}" in said


def test_a_past_day_is_that_day(marts: Marts) -> None:
    """A report of last month must not carry the lists of today."""
    day = data.days_with_slices(marts)[1]
    pack = build(marts, "cio", day, "UTC")
    assert {c["as_of_date"] for c in pack.cards} == {day}
    assert not pack.exceptions
    assert not pack.sections


def test_an_unknown_day_is_refused(marts: Marts) -> None:
    """A report of a day that nobody published would be an invention."""
    with pytest.raises(RefusedError, match="the nearest day is"):
        build(marts, "cio", date(1999, 1, 1), "UTC")


def test_no_cell_is_a_formula(packs: dict[str, Pack], tmp_path: Path) -> None:
    """A hostname that begins with = would run in the reader's Excel."""
    hostile = Table((Column("a", "A"), Column("b", "=B()", "code")), [{"a": "=1+1", "b": "@SUM(A1)"}])
    pack = packs["cio"]
    section = pack.sections[0].__class__("hostile", "[=cmd]:*?/", table=hostile)
    made = pack.__class__(**{**pack.__dict__, "annex": [section, section]})
    file = tmp_path / "report.xlsx"
    file.write_bytes(workbook.content(made))
    with zipfile.ZipFile(file) as book:
        sheets = [n for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
        assert len(sheets) > 5
        for name in sheets:
            tree = ElementTree.fromstring(book.read(name))
            assert [e for e in tree.iter() if e.tag.endswith("}f") or e.tag.endswith("}hyperlink")] == []
        assert "=1+1" in book.read("xl/sharedStrings.xml").decode()


def test_without_a_browser_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no Chromium is installed the reader learns what to do, not a stack of calls."""
    monkeypatch.setenv(pdf.VARIABLE, "no-such-browser")
    with pytest.raises(RefusedError, match="install one"):
        pdf.content("<p>")


def test_the_command_writes_the_file(published: RefreshedHome, tmp_path: Path) -> None:
    """What a schedule calls: a path is printed, the file is complete."""
    made = tmp_path / "deep" / "cio.html"
    arguments = ["report", "--home", str(published.root), "--role", "cio", "--format", "html", "-o", str(made)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == str(made)
    assert made.read_text(encoding="utf-8").endswith("</html>\n")
    assert [p.name for p in made.parent.iterdir()] == ["cio.html"]


@pytest.mark.slow
def test_a_pdf_is_printed(published: RefreshedHome, tmp_path: Path) -> None:
    """The board gets paper."""
    try:
        pdf.browser()
    except RefusedError as error:
        pytest.skip(str(error))
    made = write.write(Home(published.root), "cio", None, "pdf", tmp_path / "cio.pdf")
    assert made.read_bytes().startswith(b"%PDF-")


def test_a_pack_is_of_the_day_that_ends_its_period() -> None:
    """A quarter's pack that is made a week late is still the quarter's."""
    days = [date(2026, 7, 6), date(2026, 6, 30), date(2026, 5, 31), date(2026, 5, 30)]
    assert periodic.day_of("weekly", days) == date(2026, 7, 6)
    assert periodic.day_of("monthly", days) == date(2026, 6, 30)
    assert periodic.day_of("quarterly", [*days[2:], date(2026, 3, 31)]) == date(2026, 3, 31)
    with pytest.raises(RefusedError, match="quarter"):
        periodic.day_of("quarterly", days[2:])


def test_a_pack_has_every_role(copy: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A schedule makes them all with one call, and again without leaving anything behind."""
    monkeypatch.setenv(pdf.VARIABLE, "no-such-browser")
    made = periodic.write_packs(copy, "weekly")
    assert sorted(p.name for p in made) == sorted(p.name for p in (copy.root / "reports" / "weekly").iterdir())
    assert len(made) == len(data.ROLES) * 3
    before = [p.read_bytes() for p in made]
    assert [p.read_bytes() for p in periodic.write_packs(copy, "weekly")] == before


def test_what_has_ended_is_made_once(copy: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that was off on Monday makes the pack on Tuesday; one that was on makes no second one."""
    monkeypatch.setenv(pdf.VARIABLE, "no-such-browser")
    made = periodic.write_due(copy)
    assert {p.parent.name for p in made} == {"weekly", "monthly", "quarterly"}
    assert periodic.write_due(copy) == []
    shelf = {(pack.period, pack.role): pack for pack in newest_packs(copy)}
    assert len(shelf) == 3 * len(data.ROLES)
    cio = shelf["monthly", "cio"]
    assert (cio.day, [f.suffix for f in cio.files]) == (date(2026, 6, 30), [".html", ".xlsx"])
    assert cio.summary.startswith("How it stands\n- ")
    (cio.files[0].with_suffix(".txt")).unlink()  # stopped before the last file
    assert {p.name for p in periodic.write_due(copy)} == {f"itam_cio_2026-06-30.{s}" for s in ("html", "xlsx", "txt")}


@pytest.mark.parametrize(
    ("period", "end"),
    [("weekly", date(2026, 6, 28)), ("monthly", date(2026, 5, 31)), ("quarterly", date(2026, 3, 31))],
)
def test_a_period_has_ended_when_its_last_day_is_over(period: Period, end: date) -> None:
    """On the day before the quarter's last, the quarter is the one before."""
    assert periodic.ended(period, date(2026, 6, 29)) == end
    assert periodic.ended(period, end) == end


def test_a_report_is_for_somebody(published: RefreshedHome) -> None:
    """Without a role there is no report; that is a wrong argument, not a failure."""
    assert CliRunner().invoke(app, ["report", "--home", str(published.root)]).exit_code == 2
