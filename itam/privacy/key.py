"""The secret key of a home and the pseudonyms made with it.

Here: where the key comes from, and HMAC-SHA256 with it, in Python and as what SQL needs for the same. Not here: which
columns are made pseudonyms, which the models say (macro ``pseudonym``).
"""

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from itam.settings import SettingsError

VARIABLE = "ITAM_SECRET_KEY"
FILE = "secret.key"
_LEAST_CHARACTERS = 32
_BLOCK = 64


def secret_key(home: Path) -> bytes:
    """The key of the environment, else of the home's file, which is made on the first run.

    It must outlive the warehouse: with another key every person gets another pseudonym.
    """
    stated = os.environ.get(VARIABLE, "").strip()
    path = home / FILE
    if not stated:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsError(f"{path} may be read by others: chmod 600 it, or replace it if they have read it")
        stated = path.read_text(encoding="utf-8").strip()
    if len(stated) < _LEAST_CHARACTERS:
        source = VARIABLE if os.environ.get(VARIABLE, "").strip() else str(path)
        raise SettingsError(f"the key in {source} is shorter than {_LEAST_CHARACTERS} characters; take a random one")
    return stated.encode()


def _make(path: Path) -> None:
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32))
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(path)


def pseudonym(key: bytes, text: str) -> str:
    """What marts call a person: the keyed HMAC-SHA256, in hexadecimal digits."""
    return hmac.digest(key, text.encode(), "sha256").hex()


def pads(key: bytes) -> tuple[str, str]:
    """Inner and outer pad of HMAC-SHA256 (RFC 2104) in hexadecimal digits: with them SQL needs only two hashes."""
    block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in block).hex(), bytes(byte ^ 0x5C for byte in block).hex()
