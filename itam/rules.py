"""What published numbers depend on beside deliveries: formulas, policy and settings, as one fingerprint.

Two refreshes with the same fingerprint and the same deliveries publish the same numbers; a difference between them is
explained by neither and is a fault. Only the fingerprint belongs here; what a difference leads to is decided by
``models/quality/reconciled_days.sql``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from itam.home import PROJECT_DIR, Home

FORMULAS = ("models", "macros", "seeds", "itam/landing", "itam/mappings")
SAID_BY_ENVIRONMENT = ("ITAM_PROFILE",)


def fingerprint(home: Home) -> str:
    """Equal as long as nothing but a delivery can change a number."""
    total = hashlib.sha256(of_project().encode())
    _add(total, _said(home))
    total.update("\0".join(os.environ.get(name, "").strip() for name in SAID_BY_ENVIRONMENT).encode())
    return total.hexdigest()


def of_project() -> str:
    """Equal as long as this project computes and lands as it did, whatever the organisation says."""
    total = hashlib.sha256()
    _add(total, _files(PROJECT_DIR))
    return total.hexdigest()


def _add(total: hashlib._Hash, paths: Iterable[Path]) -> None:
    for path in paths:
        total.update(f"{path.name}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())


def _files(project: Path) -> Iterator[Path]:
    yield project / "dbt_project.yml"
    for folder in FORMULAS:
        yield from sorted(
            path for path in (project / folder).rglob("*") if path.suffix in (".sql", ".csv", ".py", ".yml")
        )


def _said(home: Home) -> Iterator[Path]:
    """What the organisation says, where it says something."""
    yield from (path for path in (home.settings, *sorted(home.policy.glob("*.csv"))) if path.is_file())
