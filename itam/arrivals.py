"""When what lies in the landing folder is worth a refresh: complete files, a burst at once, nothing twice.

Here: what can be seen of files, and the decision, a pure function of two looks. Not here: who looks and how often
(a sensor), and which file is a delivery (landing).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

QUIET_SECONDS = 5.0
"""A file that was changed more recently may still grow."""
PATIENCE_SECONDS = 15.0
"""How long complete files wait for others of their burst."""


@dataclass
class Memory:
    """What is remembered from one look to the next."""

    looked: dict[str, str] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    waiting_since: float | None = None
    requests: int = 0

    @classmethod
    def loads(cls, text: str | None) -> Memory:
        """As it was written; nothing, or what cannot be read, is a first look."""
        try:
            return cls(**json.loads(text or "{}"))
        except (ValueError, TypeError):
            return cls()

    def dumps(self) -> str:
        """To be read by ``loads``."""
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)


@dataclass(frozen=True)
class Seen:
    """One file, or one folder of documents, as it looks now."""

    size: int
    changed_at: float
    entries: int = 1

    @property
    def stamp(self) -> str:
        """Equal as long as nothing has changed."""
        return f"{self.size}:{self.changed_at:.6f}:{self.entries}"

    def is_quiet(self, now: float) -> bool:
        """Whether it has not been changed for a while; a time ahead of this clock says nothing."""
        return not 0 <= now - self.changed_at < QUIET_SECONDS


@dataclass(frozen=True)
class Decision:
    """Whether to refresh, and why."""

    run_key: str | None
    files: int
    reason: str
    memory: Memory


def look(landing: Path) -> dict[str, Seen]:
    """Everything at the place of a delivery, ``<source>/<feed>/<name>``; hidden and ``.part`` files are not yet."""
    seen = {}
    for path in landing.glob("*/*/*"):
        if path.name.startswith(".") or path.name.endswith(".part"):
            continue
        try:
            entries = [path, *(path.rglob("*") if path.is_dir() else ())]
            stats = [os.stat(entry) for entry in entries]  # noqa: PTH116 - a link that leads nowhere counts as gone
        except OSError:
            continue
        seen[path.relative_to(landing).as_posix()] = Seen(
            sum(s.st_size for s in stats), max(s.st_mtime for s in stats), len(stats)
        )
    return seen


def decide(seen: Mapping[str, Seen], memory: Memory, now: float, is_queued: bool = False) -> Decision:
    """Look again at what was seen before.

    A refresh that is queued and has not begun takes along whatever is complete when it begins. What a refresh leaves
    lying is not asked for again until it changes: it is no delivery, or the refresh has failed and says so.
    """
    asked = {path: stamp for path, stamp in memory.asked.items() if path in seen}
    waiting = {path: file for path, file in seen.items() if asked.get(path) != file.stamp}
    complete = {p: f for p, f in waiting.items() if memory.looked.get(p) == f.stamp and f.is_quiet(now)}
    since = (memory.waiting_since or now) if waiting else None
    after = Memory({path: file.stamp for path, file in seen.items()}, asked, since, memory.requests)
    if not waiting:
        return Decision(None, 0, "nothing new", after)
    if not complete:
        return Decision(None, 0, f"{len(waiting)} files may still grow", after)
    if is_queued:
        return Decision(None, len(complete), f"a refresh is queued and will take {len(complete)} files along", after)
    if len(complete) < len(waiting) and now - (since or now) < PATIENCE_SECONDS:
        return Decision(None, len(complete), f"{len(waiting) - len(complete)} files of the burst may still grow", after)
    after.requests += 1
    names = "\n".join(f"{path} {file.stamp}" for path, file in sorted(complete.items()))
    run_key = f"arrival-{after.requests}-{hashlib.sha256(names.encode()).hexdigest()[:16]}"
    asked |= {path: file.stamp for path, file in complete.items()}
    after.waiting_since = now if len(complete) < len(waiting) else None
    return Decision(run_key, len(complete), f"{len(complete)} new files", after)
