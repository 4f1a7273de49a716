"""Which days are asked for: D, and the older days that stay for good (``raw.as_of_requests``).

Here: the default of D and what an explicit day does. Not here: month ends and the 90 days, which the calendar derives.
"""

from datetime import date, timedelta

import duckdb

from itam.feeds import Feed
from itam.landing.casts import literal

A_MONTH = timedelta(days=31)


class FutureDayError(Exception):
    """A day is asked for of which nothing can be known."""


def default_as_of(connection: duckdb.DuckDBPyConnection, feeds: dict[str, Feed], today: date) -> date | None:
    """The UTC day of the newest accepted snapshot (of any delivery where there is no snapshot), never after today."""
    snapshots = ", ".join(literal(feed.name) for feed in feeds.values() if feed.kind == "snapshot")
    row = connection.execute(
        f"select cast(coalesce(max(extracted_at) filter (feed in ({snapshots})), max(extracted_at)) as date) "
        "from raw.deliveries where status = 'accepted'"
    ).fetchone()
    newest: date | None = row[0] if row else None
    return min(newest, today) if newest else None


def request(
    connection: duckdb.DuckDBPyConnection, feeds: dict[str, Feed], as_of: date | None, today: date
) -> date | None:
    """Remember the day that is asked for and return D; an older day is added beside it and does not move it back."""
    row = connection.execute("select max(cast(extracted_at as date)) from raw.deliveries").fetchone()
    known_until = max(today, row[0] + A_MONTH) if row and row[0] else today  # a clock that is behind does no harm
    if as_of is not None and as_of > known_until:
        raise FutureDayError(f"{as_of} is in the future: ask for a day that has been, or leave --as-of away")
    row = connection.execute("select max(as_of_date) from raw.as_of_requests where is_current").fetchone()
    current: date | None = row[0] if row else None
    wanted = as_of or default_as_of(connection, feeds, today)
    if wanted is None:
        return current
    connection.begin()
    if current is None or wanted >= current:
        connection.execute("delete from raw.as_of_requests where is_current or as_of_date = ?", [wanted])
        connection.execute("insert into raw.as_of_requests values (?, true)", [wanted])
        current = wanted
    elif as_of is not None:
        connection.execute("delete from raw.as_of_requests where as_of_date = ?", [wanted])
        connection.execute("insert into raw.as_of_requests values (?, false)", [wanted])
    connection.commit()
    return current
