"""The secret key of a home and the pseudonyms made with it."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itam.privacy import key
from itam.settings import SettingsError


@pytest.fixture(autouse=True)
def _no_stated_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(key.VARIABLE, raising=False)


def test_the_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    """A key that changes gives every person a new pseudonym; one that others read gives everybody's away."""
    made = key.secret_key(tmp_path)
    assert len(made) == 64
    assert (tmp_path / key.FILE).stat().st_mode & 0o777 == 0o600
    assert key.secret_key(tmp_path) == made
    assert [path.name for path in tmp_path.iterdir()] == [key.FILE]


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """Who copies a home with the wrong rights must hear of it before the marts are published."""
    key.secret_key(tmp_path)
    (tmp_path / key.FILE).chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        key.secret_key(tmp_path)


def test_the_environment_states_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who keeps secrets in a vault wants none in a folder."""
    monkeypatch.setenv(key.VARIABLE, "x" * 40)
    assert key.secret_key(tmp_path) == b"x" * 40
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv(key.VARIABLE, "hunter2")
    with pytest.raises(SettingsError, match="shorter than 32"):
        key.secret_key(tmp_path)


def test_an_empty_key_file_is_no_key(tmp_path: Path) -> None:
    """A key cut short by a full disk would make pseudonyms that anybody can guess."""
    path = tmp_path / key.FILE
    path.touch(mode=0o600)
    with pytest.raises(SettingsError, match="shorter than 32"):
        key.secret_key(tmp_path)


@given(secret=st.binary(min_size=1, max_size=150), text=st.text(st.characters(codec="utf-8"), max_size=80))
def test_two_hashes_over_the_pads_are_the_hmac(secret: bytes, text: str) -> None:
    """SQL has no HMAC; what the pads give must be the same to the last digit, for keys of any length."""
    inner, outer = (bytes.fromhex(pad) for pad in key.pads(secret))
    inside = hashlib.sha256(inner + text.encode()).digest()
    assert hashlib.sha256(outer + inside).hexdigest() == hmac.new(secret, text.encode(), "sha256").hexdigest()
    assert key.pseudonym(secret, text) == hmac.new(secret, text.encode(), "sha256").hexdigest()


@pytest.mark.parametrize("text", ["E100001", "", "Ünïcödé 名", "a'b", "x" * 500])
def test_sql_and_python_agree(pseudonym_sql: str, text: str) -> None:
    """`itam who` looks for people with Python's HMAC among keys that the macro has made."""
    secret = b"k" * 64
    with duckdb.connect() as connection:
        connection.execute("create schema raw; create table raw.pseudonym_key (inner_pad varchar, outer_pad varchar)")
        connection.execute("insert into raw.pseudonym_key values (?, ?)", key.pads(secret))
        found = connection.execute(f"select {pseudonym_sql} from (select ? as person_id)", [text]).fetchall()
    assert found == [(hmac.new(secret, text.encode(), "sha256").hexdigest(),)]
