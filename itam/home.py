"""Where everything of one organisation lives: the paths below ``ITAM_HOME``.

Only names of places belong here; what is written to them is the business of landing, refresh and publishing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[1]
"""The dbt project: dbt_project.yml, models, seeds, macros."""


@dataclass(frozen=True)
class Home:
    """One organisation's folder; nothing outside it is ever written."""

    root: Path

    @classmethod
    def locate(cls, given: str | os.PathLike[str] | None = None) -> Home:
        """The home that was named, else the one of the environment, else ``./data``."""
        return cls(Path(given or os.environ.get("ITAM_HOME") or "data").expanduser().absolute())

    @property
    def landing(self) -> Path:
        """Deliveries: ``<source_system>/<feed>/<extracted_at>.<format>``."""
        return self.root / "landing"

    @property
    def warehouse(self) -> Path:
        """The warehouse, opened by one writer only."""
        return self.root / "warehouse.duckdb"

    @property
    def lake(self) -> Path:
        """What is in the warehouse before any model, as Parquet for other engines (optional)."""
        return self.root / "lake"

    @property
    def lock(self) -> Path:
        """Held by the one process that may write."""
        return self.root / ".refresh.lock"

    @property
    def settings(self) -> Path:
        """What the organisation says about itself and its sources (optional)."""
        return self.root / "settings.yml"

    @property
    def policy(self) -> Path:
        """The organisation's rows for policy seeds: ``<seed>.csv``."""
        return self.root / "policy"

    @property
    def published(self) -> Path:
        """What readers open."""
        return self.root / "published"

    @property
    def link(self) -> Path:
        """The published marts: a link to a file in ``versions``."""
        return self.published / "itam.duckdb"

    @property
    def parquet_link(self) -> Path:
        """The published marts as Parquet: a link to a folder in ``versions``."""
        return self.published / "parquet"

    @property
    def versions(self) -> Path:
        """The files behind the links."""
        return self.published / "versions"

    @property
    def status(self) -> Path:
        """What the newest refresh did, also when it published nothing."""
        return self.published / "status.duckdb"

    @property
    def logs(self) -> Path:
        """One log file per refresh."""
        return self.root / "logs"

    @property
    def dbt_target(self) -> Path:
        """Compiled SQL and artefacts of dbt."""
        return self.root / "target"

    @property
    def private(self) -> tuple[Path, ...]:
        """What holds delivered rows, persons included."""
        return self.root / "deliveries", self.root / "quarantine", self.root / "tmp"

    def create(self) -> None:
        """Make the folders that people and the refresh put things into: what readers open is open, the rest is not."""
        for folder in (self.root, self.published, self.versions):
            _make(folder, 0o755)
        for folder in (self.landing, self.policy, self.logs, self.root / "reports", *self.private):
            _make(folder, 0o700)


def _make(folder: Path, mode: int) -> None:
    """A folder that exists keeps the mode that its owner gave it."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
