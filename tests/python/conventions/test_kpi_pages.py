"""The pages of the KPIs, and the words beside each model that they are made from."""

from __future__ import annotations

import ast
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from itam.kpi_pages import FOLDER, Project, pages, seed

Node = dict[str, Any]
KPIS = [row["kpi_id"] for row in seed("kpi_definitions")]
WORDS = ("means", "exceptions", "money", "edge_cases", "example")
# 2,200 / 3,000 = 0.733
EQUATION = re.compile(
    r"(?<![\w.,])([-(\d](?:[\d()+\-/* x]|[.,](?=\d))*[\d)])\s*=\s*(-?\d(?:\d|[.,](?=\d))*)(?![\d/]| [/+*-])"
)


@pytest.fixture(scope="module")
def project(manifest: dict[str, Any]) -> Project:
    """What the pages are made from."""
    return Project.of(manifest)


def test_the_pages_are_current(manifest: dict[str, Any]) -> None:
    """Who argues about a number reads its page; it must say what the SQL does."""
    made = pages(manifest)
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert sorted(found) == sorted(made), "run `make docs`"
    assert [name for name in made if found[name] != made[name]] == [], "run `make docs`"


@pytest.mark.parametrize("kpi", KPIS)
def test_a_kpi_is_explained_beside_its_model(kpi: str, project: Project) -> None:
    """A number that nobody can explain is not believed."""
    node = project.nodes[f"kpi_{kpi}"]
    meta = node["config"]["meta"]
    assert [key for key in WORDS if not meta.get(key)] == []
    for column in ("numerator", "denominator", "covered", "population"):
        assert not re.search(r"exact\.$", node["columns"][column]["description"]), f"say what {column} counts"


@pytest.mark.parametrize("kpi", KPIS)
def test_the_arithmetic_of_an_example_is_right(kpi: str, project: Project) -> None:
    """An example with a slip of the pen teaches the wrong rule."""
    example = " ".join(project.nodes[f"kpi_{kpi}"]["config"]["meta"]["example"].split())
    found = EQUATION.findall(example)
    assert found, "an example has numbers and what they come to"
    for left, right in found:
        told = right.replace(",", "")
        digits = len(told.partition(".")[2])
        assert abs(worked_out(left) - Fraction(told)) <= Fraction(1, 2 * 10**digits), f"{left} = {right}"


def worked_out(text: str) -> Fraction:
    """Numbers with thousands separators, added up, multiplied and divided."""

    def value(node: ast.expr) -> Fraction:
        match node:
            case ast.Constant():
                return Fraction(str(node.value))
            case ast.UnaryOp(op=ast.USub()):
                return -value(node.operand)
            case ast.BinOp(op=ast.Add()):
                return value(node.left) + value(node.right)
            case ast.BinOp(op=ast.Sub()):
                return value(node.left) - value(node.right)
            case ast.BinOp(op=ast.Mult()):
                return value(node.left) * value(node.right)
            case ast.BinOp(op=ast.Div()):
                return value(node.left) / value(node.right)
        raise AssertionError(f"not understood: {text}")

    return value(ast.parse(text.replace(",", "").replace("x", "*").strip(), mode="eval").body)


@pytest.mark.parametrize("kpi", KPIS)
def test_reasons_on_a_page_are_reasons_of_the_kpi(kpi: str, project: Project) -> None:
    """A reason code without a sentence leaves the reader alone with it."""
    can = {reason for _, reason in project.failures.get(kpi, ())}
    never = set(project.nodes[f"kpi_{kpi}"]["config"]["meta"].get("never", ()))
    assert never <= can
    assert can - never <= project.reasons.keys()


def test_a_feed_that_is_needed_is_read(manifest: dict[str, Any], project: Project) -> None:
    """Asking an organisation for a list that nobody reads costs it a month."""
    unread = []
    for row in seed("kpi_needs"):
        tables = {relation.partition(".")[2] for relation in project.lineage.reads(f"marts.kpi_{row['kpi_id']}")}
        if not {row["feed"], f"{row['feed']}_sightings"} & tables:
            unread.append(f"{row['kpi_id']}: {row['feed']}")
    assert unread == []


def test_no_page_is_left_of_a_kpi_that_is_gone() -> None:
    """A page of a KPI that is no more answers questions that nobody may ask."""
    assert {Path(path).stem for path in FOLDER.glob("*.md")} - {"README"} == set(KPIS)
