"""The files of one delivery become one table of acceptable rows, or a sentence that says why they cannot.

Here: the files of a delivery together: their manifest, their mapping, and that every record is accounted for. Not here:
how a file is read (``readers.py``) and a row judged (``canonical.py``), and whether the delivery is believed
(``verdicts.py``).
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from itam.feeds import Feed
from itam.landing import canonical, mapping, readers
from itam.landing.delivery import Delivery
from itam.landing.inbox import DeliveredFile
from itam.landing.inputs import Inputs
from itam.landing.reasons import RefusedError, is_of_the_machine


@dataclass
class Staged:
    """What staging a delivery found, also when it was refused in the middle."""

    delivered: int = 0
    expected_rows: int | None = None
    mapping: str | None = None
    unknown: set[str] = field(default_factory=set)
    found: canonical.Quarantined = field(default_factory=canonical.Quarantined)


def stage(
    connection: duckdb.DuckDBPyConnection, inputs: Inputs, source: str, feed: Feed, delivery: Delivery, staged: Staged
) -> None:
    """Load all files of a delivery into ``canonical.STAGED``; raises RefusedError where one cannot be loaded."""
    extracted_at = str(delivery.moment.extracted_at)
    files: list[str] = []
    connection.execute(f"drop table if exists {canonical.STAGED}")
    for _, file in sorted(delivery.files.items()):
        if not file.path.exists():
            raise RefusedError(f"the file {file.name} is no longer kept; deliver it again")
        try:
            if file.is_manifest:
                staged.expected_rows = _expected_rows(file.path)
                continue
            _stage_file(connection, inputs, source, feed, file, extracted_at, len(files), staged)
            files.append(file.name)
        except RefusedError as refusal:
            if is_of_the_machine(refusal):
                raise (refusal.__cause__ or refusal) from None
            raise RefusedError(f"{file.name}: {refusal}") from refusal
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            raise RefusedError(
                f"{file.name}: it needs more memory than there is; deliver it in parts, or raise ITAM_MEMORY_LIMIT "
                "and deliver it again"
            ) from error
        except (duckdb.Error, OSError, RecursionError, UnicodeError) as error:
            if is_of_the_machine(error):
                raise
            raise RefusedError(
                f"{file.name}: it cannot be read ({readers.first_line(error)}); export it again"
            ) from error
    staged.found.rows += canonical.drop_duplicates(connection, feed, files)
    left = _count(connection, f"select count(*) from {canonical.STAGED}")
    if left + len(staged.found.rows) != staged.delivered:
        raise RefusedError(
            f"{', '.join(files)}: {staged.delivered} records were delivered, but {left} could be loaded and "
            f"{len(staged.found.rows)} set aside; export the file again"
        )


def _stage_file(
    connection: duckdb.DuckDBPyConnection,
    inputs: Inputs,
    source: str,
    feed: Feed,
    file: DeliveredFile,
    extracted_at: str,
    number: int,
    staged: Staged,
) -> None:
    table = f"landing_in_{number}"
    incoming = readers.read(connection, file, file.path, table, inputs.settings.limits)
    said = inputs.settings.source(source)
    chosen = mapping.recognise(
        inputs.mappings,
        file.feed,
        set(incoming.columns),
        documents=incoming.documents,
        stated=said.mapping_of(file.feed),
    )
    if incoming.documents and chosen is None:
        raise RefusedError(f"no mapping reads documents as {feed.name}; deliver a list of flat objects")
    texts = mapping.texts(feed, incoming, chosen, extracted_at)
    if incoming.documents:
        bad = incoming.bad if file.feed == feed.name else []
        staged.delivered += _count(connection, texts.counted) + len(bad)
    else:
        bad = incoming.bad
        staged.delivered += incoming.delivered
    if texts.missing:
        there = ", ".join(list(incoming.columns)[:8])
        if len(incoming.columns) == 1 and any(sign in there for sign in ";\t|"):
            raise RefusedError("its columns are not separated by commas; export it with commas, or as .xlsx")
        raise RefusedError(
            f"the required column '{texts.missing[0]}' of {feed.name} is missing (the file has {there}"
            f"{', …' if len(incoming.columns) > 8 else ''}); add it, or write a mapping for this shape"
        )
    found = canonical.stage(
        connection, feed, said, chosen, inputs.enums, incoming, texts, extracted_at, file.name, number
    )
    staged.mapping = chosen.name if chosen else staged.mapping
    known = {name.lower() for name in chosen.known} if chosen else set()
    staged.unknown |= {name for name in texts.unknown if name.lower() not in known}
    staged.found.rows += [(file.name, r.row_number, r.column, r.value, r.expected, r.reason, r.payload) for r in bad]
    staged.found.rows += found.rows
    staged.found.failures += found.failures
    connection.execute(f"drop table {table}")


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _expected_rows(path: Path) -> int | None:
    """``expected_rows`` of a manifest; refuses a manifest that cannot be read, because it cannot vouch for anything."""
    try:
        content = json.loads(b"".join(readers.plain_bytes(path)).decode("utf-8-sig"))
        expected = content.get("expected_rows") if isinstance(content, dict) else "?"
    except (ValueError, RecursionError) as error:
        raise RefusedError('it is no readable manifest; write {"expected_rows": 1234}') from error
    if expected is None:
        return None
    if isinstance(expected, bool) or not isinstance(expected, int) or expected < 0:
        raise RefusedError('expected_rows is no count; write {"expected_rows": 1234}')
    return expected
