"""Why something does not land: sentences for the person who delivered it, or for the one who runs the machine."""

import errno
from dataclasses import dataclass

import duckdb


class RefusedError(Exception):
    """A delivery that cannot be taken in; the message is one sentence: what is wrong, and what to do."""


@dataclass(frozen=True)
class BadRecord:
    """One record that cannot be taken in while the rest of its file can."""

    row_number: int
    reason: str
    payload: str
    column: str | None = None
    value: str | None = None
    expected: str | None = None


class NewerWarehouseError(Exception):
    """A warehouse that this version of the project must not touch."""


class NotKeptError(Exception):
    """A delivery that is to be landed again and whose file retention has removed."""


def one_sentence(text: str, longest: int = 600) -> str:
    """A sentence on one line, whatever the names in a delivered file have brought into it."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain if len(plain) <= longest else f"{plain[: longest // 2]} … {plain[-longest // 2 :]}"


_OF_THE_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_SAID_BY_DUCKDB = ("no space left", "disk quota", "read-only file system", "too many open files", "input/output error")


def is_of_the_machine(error: BaseException | None) -> bool:
    """Whether a full disk or the like is to blame: no verdict on a delivery, the refresh fails and is run again."""
    if error is None:
        return False
    if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
        return True
    said = str(error).lower() if isinstance(error, duckdb.Error) else ""
    return any(words in said for words in _SAID_BY_DUCKDB) or is_of_the_machine(error.__cause__ or error.__context__)
