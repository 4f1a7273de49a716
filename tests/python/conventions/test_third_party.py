"""What comes from others: pinned, hashed, and under licences that go with this project's."""

from __future__ import annotations

import re

import pytest

from itam.home import PROJECT_DIR
from itam.third_party_page import LOCKS, PAGE, licence, locked, page

ACCEPTABLE = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0", "MPL-2.0"),
    *("MIT-CMU", "PSF-2.0", "Zlib", "Artistic-1.0"),
}
ALL_LOCKS = [*LOCKS.values(), "requirements-uv.lock"]


def is_acceptable(expression: str) -> bool:
    """Whether an SPDX expression leaves a choice that is acceptable."""
    words = re.sub(r"[\w.-]+", lambda m: m[0].lower() if m[0] in ("AND", "OR") else str(m[0] in ACCEPTABLE), expression)
    return bool(eval(words, {"__builtins__": {}}))


def test_the_page_lists_what_is_locked() -> None:
    """Who ships this must know what is in it."""
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs` after `make lock`"


@pytest.mark.parametrize("lock", LOCKS.values())
def test_licences_go_with_ours(lock: str) -> None:
    """One package under a licence that binds the whole, and nobody may use any of it."""
    packages = locked(lock)
    assert len(packages) > 50
    assert {name: licence(name) for name in packages if not licence(name) or not is_acceptable(licence(name))} == {}


@pytest.mark.parametrize("lock", ALL_LOCKS)
def test_every_package_is_pinned_and_hashed(lock: str) -> None:
    """A package that is replaced after the lock was written must not install."""
    text = (PROJECT_DIR / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    assert [x for x in lines if not re.match(r"[A-Za-z0-9._-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", x)] == []
    assert "://" not in text


def test_an_expression_leaves_a_choice() -> None:
    """The rule above must not wave everything through."""
    assert is_acceptable("Artistic-1.0 OR GPL-2.0-or-later")
    assert is_acceptable("MPL-2.0 AND (Apache-2.0 OR MIT)")
    assert not is_acceptable("MIT AND AGPL-3.0-only")
    assert not is_acceptable("GPL-3.0-only")
