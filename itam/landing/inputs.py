"""What the rows of a delivery depend on beside its files: settings, feeds, mappings and lists of allowed values.

Here: loading them, and a fingerprint by which a change is noticed. Not here: what a change leads to (``rebuild.py``).
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from itam.feeds import Feed, load_feeds
from itam.landing import changes, mapping, policy
from itam.landing.canonical import Enums
from itam.landing.inbox import DeliveredFile
from itam.settings import Settings


@dataclass(frozen=True)
class Inputs:
    """The project's declarations and what an organisation has added to them."""

    settings: Settings
    feeds: dict[str, Feed]
    mappings: dict[str, mapping.Mapping]
    enums: Enums

    @classmethod
    def load(cls, home: Path, settings: Settings) -> Self:
        """As they are now."""
        return cls(settings, load_feeds(), mapping.load_mappings(home), policy.load_enums(home))

    def feeds_of(self, file: DeliveredFile) -> list[str]:
        """The feeds that a file brings rows for."""
        return mapping.split_feeds(self.mappings, file.feed) if file.is_of_documents else [file.feed]

    def fingerprint(self, source: str, feed: Feed) -> str:
        """Equal as long as the files of a source's feed would read the same."""
        said = self.settings.source(source)
        shapes = [m.model_dump_json() for m in self.mappings.values() if feed.name in m.outputs]
        lists = sorted((column, allowed) for (name, column), allowed in self.enums.items() if name == feed.name)
        text = json.dumps([changes.SCHEMA_VERSION, repr(feed), said.model_dump_json(), shapes, lists])
        return hashlib.sha256(text.encode()).hexdigest()
