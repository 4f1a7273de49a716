"""Who is forgotten: a list of keyed digests with a random surrogate each, and how a text reads without them.

Here: the list ``ITAM_HOME/forgotten.csv`` and the rewriting of a single value. It holds nobody's name: who has it can
only ask whether somebody known to them is on it, and only with the secret key; lengths save looking up every word. The
list has to stay, because a source delivers the same people again. Not here: where values stand, in files
(``files.py``) and in raw (``raw.py``).
"""

import csv
import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from itam.feeds import Personal
from itam.privacy.key import pseudonym, secret_key

FILE = "forgotten.csv"
_HEADER = ("digest", "characters", "surrogate")
_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 8
_LEAST_CHARACTERS = 4
_MOST_MEMORY = 1_000_000

IdentifierKind = Literal["person", "host"]


def host_label(hostname: str) -> str:
    """What names the machine: a host name up to its first dot."""
    return hostname.strip().partition(".")[0]


@dataclass
class Forgotten:
    """The list of a home."""

    path: Path
    key: bytes
    surrogates: dict[str, str] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    _known: dict[tuple[str, Personal], str] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, home: Path) -> Self:
        """As it is now; empty where nobody was forgotten."""
        path = home / FILE
        found = cls(path, secret_key(home))
        if path.exists():
            with path.open(encoding="ascii", newline="") as stream:
                for row in csv.DictReader(stream):
                    found.surrogates[row["digest"]] = row["surrogate"]
                    found.lengths[row["digest"]] = int(row["characters"])
        return found

    def __bool__(self) -> bool:
        return bool(self.surrogates)

    def has(self, kind: IdentifierKind, identifier: str) -> bool:
        """Whether an identifier is on the list."""
        return self._digest(kind, identifier) in self.surrogates

    def add(self, identifiers: Iterable[tuple[IdentifierKind, str]]) -> None:
        """Give each identifier a surrogate, once and for good, and write the list before anything relies on it."""
        for kind, identifier in identifiers:
            digest = self._digest(kind, identifier)
            if identifier.strip() and digest not in self.surrogates:
                self.surrogates[digest] = f"gone{secrets.token_hex(10)}"
                self.lengths[digest] = len(identifier.strip())
        self._known.clear()
        unfinished = self.path.with_name(f".{self.path.name}.part")
        unfinished.unlink(missing_ok=True)
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii", newline="") as stream:
            csv.writer(stream).writerows(
                [_HEADER, *((x, self.lengths[x], self.surrogates[x]) for x in self.surrogates)]
            )
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(self.path)

    def rewritten(self, text: str, kind: Personal) -> str:
        """The text with surrogates in the place of forgotten identifiers: equal texts stay equal, others different."""
        known = self._known.get((text, kind))
        if known is None:
            known = self._within(text) if kind == "text" else self._whole(text, kind)
            if len(self._known) > _MOST_MEMORY:
                self._known.clear()
            self._known[text, kind] = known
        return known

    def _whole(self, text: str, kind: IdentifierKind) -> str:
        core = text.strip()
        login = core.rpartition("\\")[2]
        for candidate in (host_label(core),) if kind == "host" else dict.fromkeys((core, login)):
            surrogate = self.surrogates.get(self._digest(kind, candidate)) if candidate else None
            if surrogate:
                before, _, after = text.rpartition(candidate) if candidate == login else text.partition(candidate)
                return before + _spelled(surrogate, candidate) + after
        return text

    def _within(self, text: str) -> str:
        """Identifiers within other words, from one word boundary to another; the longest first."""
        lengths = set(self.lengths.values())
        words = list(_WORD.finditer(text))
        pieces: list[str] = []
        done = start = 0
        while start < len(words):
            for end in range(min(len(words), start + _MOST_WORDS), start, -1):
                candidate = text[words[start].start() : words[end - 1].end()]
                surrogate = self._surrogate_within(candidate) if len(candidate) in lengths else None
                if surrogate:
                    pieces += [text[done : words[start].start()], _spelled(surrogate, candidate)]
                    done, start = words[end - 1].end(), end
                    break
            else:
                start += 1
        return "".join([*pieces, text[done:]])

    def _surrogate_within(self, candidate: str) -> str | None:
        if len(candidate) < _LEAST_CHARACTERS or candidate.isdecimal():
            return None  # within other text it says nothing: it may as well be a number of something else
        digests = (self._digest(kind, candidate) for kind in ("person", "host"))
        return next((self.surrogates[digest] for digest in digests if digest in self.surrogates), None)

    def _digest(self, kind: str, identifier: str) -> str:
        return pseudonym(self.key, f"forgotten {kind}: {identifier.strip().lower()}")


def _spelled(surrogate: str, original: str) -> str:
    """Spellings that differ in case only go on doing so, since some comparisons look at case and some do not."""
    if original == original.lower():
        return surrogate
    if original == original.upper():
        return surrogate.upper()
    bits = int.from_bytes(hashlib.sha256(original.encode()).digest(), "big")
    return "".join(sign.upper() if bits >> place & 1 else sign for place, sign in enumerate(surrogate))
