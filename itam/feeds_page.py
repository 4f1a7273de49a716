"""docs/feeds.md, made from the declaration of the feeds: ``make docs``. Says nothing that is not declared."""

from __future__ import annotations

import csv

from itam.feeds import Column, Feed, load_feeds
from itam.home import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "feeds.md"
KINDS = {
    "snapshot": "Snapshot: each delivery is the whole list",
    "event": "Events: new rows are added, a row with a known key corrects it",
    "reference": "Reference: new rows are added, a row with a known key corrects it",
}
HEAD = """\
# The feeds

Made from `models/staging/_feeds.yml` by `make docs`; edit that file, not this one.

A delivery is a file `$ITAM_HOME/landing/<source_system>/<feed>/<extracted_at>.<csv|csv.gz|parquet|json|jsonl|xlsx>`,
`<extracted_at>` the UTC time of the extract, like `2026-06-30T020000Z`. Column order is free and columns that are not
listed are kept. A delivery without a **required** column, and a row without its value, waits in quarantine. A value
that cannot be read as its type makes the row wait when the column is required, else it counts as empty and is reported.
*Conditional* columns are needed for what their note says; *observed* ones may change with every delivery; *personal*
ones never leave the warehouse, except as pseudonyms.
"""


def page() -> str:
    """The whole page."""
    with (PROJECT_DIR / "seeds" / "feed_policy.csv").open(encoding="utf-8", newline="") as lines:
        policy = {row["feed"]: row for row in csv.DictReader(lines)}
    feeds = list(load_feeds().values())
    index = [
        "| feed | what it is | kind | expected every |",
        "|---|---|---|---|",
        *(f"| [{f.name}](#{f.name}) | {f.description} | {f.kind} | {_days(policy, f)} |" for f in feeds),
    ]
    return "\n\n".join([HEAD.rstrip(), "\n".join(index), *(_section(f, policy) for f in feeds)]) + "\n"


def _days(policy: dict[str, dict[str, str]], feed: Feed) -> str:
    row = policy.get(feed.name)
    return f"{row['cadence_days']} d" if row else ""


def _section(feed: Feed, policy: dict[str, dict[str, str]]) -> str:
    carried = policy.get(feed.name, {}).get("carry_days") if feed.kind == "snapshot" else None
    facts = [
        f"{KINDS[feed.kind]}. Key: {', '.join(f'`{k}`' for k in feed.key)}."
        if feed.key
        else f"{KINDS[feed.kind]}. No key: a row is all its columns.",
        f"A delivery replaces what shares its {', '.join(f'`{c}`' for c in feed.replaces)}." if feed.replaces else "",
        f"The last delivery counts for {carried} days." if carried else "",
    ]
    rows = [
        f"| `{c.name}` | {c.data_type} | {_marks(c)} | {c.description.replace('|', chr(92) + '|')} |"
        for c in feed.columns
    ]
    return "\n".join(
        [
            f"## {feed.name}",
            "",
            f"{feed.description} {' '.join(x for x in facts if x)}",
            "",
            "| column | type | | note |",
            "|---|---|---|---|",
            *rows,
        ]
    )


def _marks(column: Column) -> str:
    marks = {"**required**": column.required, "*conditional*": column.conditional, "*observed*": column.observed}
    marks["*personal*"] = column.personal in ("person", "host")
    return ", ".join(mark for mark, holds in marks.items() if holds)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
