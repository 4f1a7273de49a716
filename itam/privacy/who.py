"""Who a pseudonym is: for whoever may open the warehouse, and never without a trace.

Here: the way back from a key of the marts to a person, and the log of those who went it. Not here: how keys are made
(``key.py``, macro ``pseudonym``).
"""

import os
import pwd
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from itam.landing import open_warehouse
from itam.privacy.errors import NobodyError
from itam.privacy.key import pseudonym, secret_key

LOG = """
create schema if not exists quality;
create table if not exists quality.who_log (
    asked_at timestamp not null,
    asked_by varchar not null,
    asked_key varchar not null,
    is_found boolean not null,
    reason varchar
);
comment on table quality.who_log is 'One row per question who a pseudonym is: when, by whom, about whom and why.';
"""
PEOPLE = """
select person_id from raw.person
union select manager_person_id from raw.person
union select assigned_person_id from raw.hardware_asset
union select person_id from raw.license_assignment
union select owner_person_id from raw.contract
union select found_person_id from raw.physical_count
union select from_person_id from raw.asset_event
union select to_person_id from raw.asset_event
union select user_ref from raw.device_discovery
"""
ACCOUNTS = "select distinct 'account:' || lower(account_ref) from raw.license_assignment where account_ref is not null"
SPELL = """
select upn, department, location, manager_person_id, hire_date, coalesce(last_day_of_work, termination_date) as end_date
from raw.person
where person_id = ? and change_type = 'upsert'
order by extracted_at desc, try_cast(spell_no as integer) desc
limit 1
"""
ASSETS = """
select asset_id, asset_tag, serial_number, manufacturer, model, hostname, status
from (
    select *, row_number() over (partition by source_system, row_key order by extracted_at desc) as place
    from raw.hardware_asset
)
where place = 1 and change_type = 'upsert' and assigned_person_id = ?
order by asset_id
"""


@dataclass(frozen=True)
class Answer:
    """A person as the sources know one."""

    identifier: str
    spell: dict[str, Any]
    assets: list[dict[str, Any]]


def asking_user() -> str:
    """The account that asks, by the operating system; behind sudo, who called it."""
    name = pwd.getpwuid(os.getuid()).pw_name
    caller = os.environ.get("SUDO_USER")
    return f"{caller} as {name}" if caller else name


def who(home: Path, asked_key: str, reason: str | None = None) -> Answer:
    """The person behind a key of the marts (person_key, holder_key or consumer_key); the question is logged first."""
    if not (home / "warehouse.duckdb").exists():
        raise NobodyError(f"There is no warehouse in {home}: run `itam refresh` first.")
    digest = asked_key.strip().lower().rpartition(":")[2]
    key = secret_key(home)
    with closing(open_warehouse(home)) as connection:
        connection.execute(LOG)
        identifier = next((name for name in _names(connection) if pseudonym(key, name) == digest), None)
        connection.execute(
            "insert into quality.who_log values (?, ?, ?, ?, ?)",
            [datetime.now(UTC).replace(tzinfo=None), asking_user(), asked_key.strip(), identifier is not None, reason],
        )
        if identifier is None:
            raise NobodyError(f"Nobody has the key '{asked_key}'; people who were forgotten are not found again.")
        spells = _rows(connection, SPELL, identifier)
        return Answer(
            identifier.removeprefix("account:"), spells[0] if spells else {}, _rows(connection, ASSETS, identifier)
        )


def _names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(f"{PEOPLE} union all {ACCOUNTS}").fetchall()
    return [name for (name,) in rows if name]


def _rows(connection: duckdb.DuckDBPyConnection, query: str, identifier: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query, [identifier])
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
