"""The declaration of the feeds as Python objects, read from ``models/staging/_feeds.yml``.

Here: what a feed and a column are, and reading them. Not here: what landing does with them, and any fact about a
single feed: those stand in the YAML, once.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

ROOT = Path(__file__).resolve().parents[1]
FEEDS_FILE = ROOT / "models" / "staging" / "_feeds.yml"

Kind = Literal["snapshot", "event", "reference"]
Personal = Literal["person", "host", "text"]


@dataclass(frozen=True)
class Column:
    """One column of a feed; the flags are explained at the top of the YAML."""

    name: str
    data_type: str
    description: str = ""
    required: bool = False
    conditional: bool = False
    observed: bool = False
    observation: bool = False
    count: bool = False
    personal: Personal | None = field(default=None, repr=False)  # a file is read the same with it and without


@dataclass(frozen=True)
class Feed:
    """One feed: its kind, its key and its columns in the order of the declaration."""

    name: str
    description: str
    domain: str
    kind: Kind
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    replaces: tuple[str, ...] = ()
    sightings_by: tuple[str, ...] = ()

    @property
    def described(self) -> tuple[Column, ...]:
        """Columns of the change log: all that are not observed anew each time."""
        return tuple(column for column in self.columns if not column.observed)

    @property
    def observed(self) -> tuple[Column, ...]:
        """Columns of the log of sightings."""
        return tuple(column for column in self.columns if column.observed)

    @property
    def required(self) -> tuple[Column, ...]:
        """Columns without which a row waits in quarantine."""
        return tuple(column for column in self.columns if column.required)

    @property
    def personal(self) -> tuple[Column, ...]:
        """Columns that say who somebody is, or may."""
        return tuple(column for column in self.columns if column.personal)

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


def _meta(node: dict[str, Any]) -> dict[str, Any]:
    meta: dict[str, Any] = node.get("config", {}).get("meta", {})
    return meta


def _column(node: dict[str, Any]) -> Column:
    meta = _meta(node)
    flags = {flag: bool(meta.get(flag)) for flag in ("required", "conditional", "observed", "observation", "count")}
    return Column(node["name"], node["data_type"], node.get("description", ""), **flags, personal=meta.get("personal"))


def _feed(node: dict[str, Any]) -> Feed:
    meta = _meta(node)
    return Feed(
        name=node["name"],
        description=node.get("description", ""),
        domain=meta["domain"],
        kind=meta["kind"],
        key=tuple(meta["key"]),
        columns=tuple(_column(column) for column in node["columns"]),
        replaces=tuple(meta.get("replaces", ())),
        sightings_by=tuple(meta.get("sightings_by", ())),
    )


@lru_cache
def load_feeds(path: Path = FEEDS_FILE) -> dict[str, Feed]:
    """The feeds by name, in the order of the declaration."""
    declaration = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {node["name"]: _feed(node) for node in declaration["sources"][0]["tables"] if "kind" in _meta(node)}
