from __future__ import annotations

import re
from pathlib import Path

import pytest

from itam.feeds_page import PAGE, page

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_the_page_of_the_feeds_is_current() -> None:
    """Who prepares an export reads this page; it must say what landing does."""
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_within_the_documentation_lead_somewhere(path: Path) -> None:
    """A dead link costs a newcomer the afternoon."""
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    dead = [t for t in targets if not (path.parent / t).exists()]
    assert not dead


def test_nothing_in_the_tree_names_a_registry_host() -> None:
    """Who builds behind a mirror must not be sent around it."""
    hosts = re.compile(r"pypi\.org|pythonhosted\.org", re.I)
    files = [ROOT / "Makefile", ROOT / "pyproject.toml", *ROOT.glob("requirements*.lock"), *ROOT.glob(".ci/*"), *PAGES]
    assert [str(f) for f in files if hosts.search(f.read_text(encoding="utf-8"))] == []
