"""Land fuzzed deliveries and say what does not hold: nothing lost, nothing unexplained, nothing out of bounds.

Run as ``python -m tests.python.faults.fuzzed HOME SEED COUNT``; prints one line per problem and what it took as JSON.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from itam.feeds import load_feeds
from itam.landing import changes, inbox, land
from itam.landing.inbox import DeliveredFile
from tests.python.faults.fuzz import Fuzzed, deliveries

MEMORY = 8 << 30
"""Address space of the process: what asks for more fails as if there were no more."""

UNBALANCED = """
select batch_id, 'counts do not add up' from raw.deliveries
where rows_delivered <> rows_accepted + rows_quarantined
    or rows_accepted <> rows_inserted + rows_changed + rows_unchanged
union all
select batch_id, 'neither accepted nor quarantined' from raw.deliveries where status not in ('accepted', 'quarantined')
union all
select batch_id, 'no sentence for a person: ' || coalesce(reason, 'none') from raw.deliveries
where status = 'quarantined' and (reason is null or reason like '%Traceback%' or contains(reason, chr(10)))
union all
select batch_id, 'rows in quarantine are not listed' from raw.deliveries as delivery
where status = 'accepted'
    and rows_quarantined <> (select count(*) from raw.quarantined_rows as r where r.batch_id = delivery.batch_id)
"""


def problems(home: Path, made: list[Fuzzed]) -> Iterator[str]:
    """Everything that does not hold."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        yield from (f"{batch}: {what}" for batch, what in con.execute(UNBALANCED).fetchall())
        for feed in load_feeds().values():
            log = changes.Log(feed)
            wrong = con.execute(
                "select batch_id from raw.deliveries as delivery where feed = ? and rows_inserted + rows_changed <>"
                f" (select count(*) from {log.table} as l where l.batch_id = delivery.batch_id"
                " and l.change_type = 'upsert')",
                [feed.name],
            ).fetchall()
            yield from (f"{batch}: the log holds other rows than were counted" for (batch,) in wrong)
        known = {
            (source, feed, name): (status, rows)
            for source, feed, name, status, rows in con.execute(
                "select file.source_system, file.folder, file.file_name, any_value(status), max(rows_delivered)"
                " from raw.delivery_files as file join raw.deliveries using (batch_id) group by all"
            ).fetchall()
        }
    for each in made:
        place = (each.source, each.feed, each.name)
        moment = inbox.parse_time(each.name.split(".")[0])
        assert moment is not None
        kept = inbox.kept_path(home, DeliveredFile(each.source, each.feed, moment, each.name, Path()))
        if place not in known:
            yield f"{place}: delivered and forgotten"
        elif each.records is not None and known[place] != ("accepted", each.records):
            yield f"{place}: {each.records} records delivered, {known[place]} known"
        if not kept.exists() or inbox.digest(kept) != hashlib.sha256(each.content).hexdigest():
            yield f"{place}: the file is not kept as it came"


def main() -> int:
    """Make, land, judge."""
    home, seed, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    home.mkdir(parents=True, exist_ok=True)
    made = deliveries(seed, count, home)
    for each in made:
        path = home / "landing" / each.source / each.feed / each.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each.content)
    began = time.monotonic()
    report = land(home)
    seconds = time.monotonic() - began
    found = list(problems(home, made))
    print("\n".join(found))
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"accepted": report.accepted, "quarantined": report.quarantined, "s": seconds, "mb": megabytes}))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
