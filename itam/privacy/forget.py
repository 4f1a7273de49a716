"""Forgetting a person: who they are in the deliveries, and every place where that is written.

Here: the identifiers of a person, and the order in which they go: the list of the forgotten first, then kept files and
raw, then what lies beside them. Interrupted anywhere, the next landing or the same command finishes it. Not here: how
values, files and logs are rewritten.
"""

import os
import shutil
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from itam.landing import open_warehouse
from itam.landing.casts import literal, quoted
from itam.landing.inputs import Inputs
from itam.landing.ledger import Ledger
from itam.privacy import raw
from itam.privacy.errors import UnknownPersonError
from itam.privacy.forgotten import Forgotten, IdentifierKind, host_label
from itam.settings import load_settings

SOURCES_OF_TRUTH = ("raw", "landing", "quality")
_TEXTS = (".html", ".json", ".jsonl", ".csv", ".log", ".txt", ".md")


@dataclass
class Report:
    """What forgetting did."""

    identifiers: list[tuple[IdentifierKind, str]]
    files: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """One line for a person; it does not repeat who was forgotten."""
        hosts = sum(kind == "host" for kind, _ in self.identifiers)
        return (
            f"Forgotten: {len(self.identifiers) - hosts} ids and accounts and {hosts} host names have surrogates now, "
            f"in raw and in {self.files} kept files."
        )


def identifiers(connection: duckdb.DuckDBPyConnection, person_id: str) -> list[tuple[IdentifierKind, str]]:
    """Everything that deliveries call a person and the person's machines, in lower case."""
    refs = {person_id.strip().lower()}
    refs |= _column(connection, "person", "upn", "person_id", refs)
    refs |= _column(
        connection, "license_assignment", "account_ref", "person_id", refs, "is_service is distinct from 'true'"
    )
    refs |= {login for ref in refs if (login := _login(connection, ref))}
    hosts = _column(connection, "hardware_asset", "hostname", "assigned_person_id", refs)
    hosts |= _column(connection, "device_discovery", "hostname", "user_ref", refs)
    serials = _column(connection, "hardware_asset", "serial_number", "assigned_person_id", refs)
    hosts |= _column(connection, "device_discovery", "hostname", "serial_number", serials)
    labels = {host_label(host) for host in hosts}
    return [("person", ref) for ref in sorted(refs) if ref] + [("host", label) for label in sorted(labels) if label]


def _column(
    connection: duckdb.DuckDBPyConnection, feed: str, wanted: str, by: str, values: set[str], condition: str = "true"
) -> set[str]:
    listed = ", ".join(literal(value) for value in sorted(values)) or "null"
    rows = connection.execute(
        f"select distinct lower(trim({quoted(wanted)})) from raw.{feed} "
        f"where lower(trim({quoted(by)})) in ({listed}) and trim({quoted(wanted)}) <> '' and {condition}"
    ).fetchall()
    return {text for (text,) in rows}


def _login(connection: duckdb.DuckDBPyConnection, ref: str) -> str | None:
    """The part before the @, where only one account has it."""
    login, at, _ = ref.partition("@")
    if not at:
        return None
    row = connection.execute(
        "select count(distinct ref) from ("
        "select lower(trim(upn)) as ref from raw.person union all "
        "select lower(trim(account_ref)) from raw.license_assignment union all "
        "select lower(trim(user_ref)) from raw.device_discovery) where split_part(ref, '@', 1) = ? and ref like '%@%'",
        [login],
    ).fetchone()
    return login if row and row[0] == 1 else None


def forget(home: Path, person_id: str, also: tuple[str, ...] = (), dry_run: bool = False) -> Report:
    """Put surrogates in the place of a person; what only says when and where work was done stays for the KPIs."""
    if not (home / "warehouse.duckdb").exists():
        raise UnknownPersonError(f"There is no warehouse in {home}: run `itam refresh` first.")
    with closing(open_warehouse(home)) as connection:
        ledger = Ledger(home, connection)
        inputs = Inputs.load(home, load_settings(home))
        if ledger.prepare(inputs.feeds):
            raise UnknownPersonError("The warehouse is of another version: run `itam refresh` first.")
        forgotten = Forgotten.load(home)
        found = [*identifiers(connection, person_id), *(("person", name.strip().lower()) for name in also)]
        if len(found) == 1 + len(also) and not (_is_known(connection, person_id) or forgotten.has("person", person_id)):
            raise UnknownPersonError(f"Nobody with the person_id '{person_id}' was ever delivered.")
        report = Report(list(found))
        if dry_run:
            return report
        forgotten.add(found)
        report.files = raw.apply(ledger, inputs, forgotten, report.notes)
    for copy in (home / "lake", home / "spark"):  # made of the warehouse, and made of it again
        shutil.rmtree(copy, ignore_errors=True)
    _rewrite_beside(home, forgotten)
    compact(home)
    return report


def _is_known(connection: duckdb.DuckDBPyConnection, person_id: str) -> bool:
    one = {person_id.strip().lower()}
    places = (
        ("person", "person_id"),
        ("hardware_asset", "assigned_person_id"),
        ("device_discovery", "user_ref"),
        ("license_assignment", "person_id"),
    )
    return any(_column(connection, feed, column, column, one) for feed, column in places)


def _rewrite_beside(home: Path, forgotten: Forgotten) -> None:
    """Reports and logs: texts in which somebody may be an example."""
    for folder in (home / "reports", home / "logs", home / "quarantine"):
        for path in folder.rglob("*") if folder.is_dir() else ():
            if path.is_file() and not path.is_symlink() and path.suffix in _TEXTS:
                before = path.read_text(encoding="utf-8", errors="surrogateescape")
                after = "".join(forgotten.rewritten(line, "text") for line in before.splitlines(keepends=True))
                if after != before:
                    path.write_text(after, encoding="utf-8", errors="surrogateescape")


def compact(home: Path) -> None:
    """Write the warehouse anew: in the old file the freed pages still hold what was there.

    What dbt builds is left out; the next refresh builds it again.
    """
    path, unfinished = home / "warehouse.duckdb", home / ".warehouse.duckdb.part"
    unfinished.unlink(missing_ok=True)
    with duckdb.connect(config={"temp_directory": str(home / "tmp")}) as connection:
        connection.execute(f"attach {literal(str(path))} as before")
        connection.execute(f"attach {literal(str(unfinished))} as after")
        schemas = connection.execute(
            "select schema_name from duckdb_schemas() where database_name = 'before' and not internal"
        ).fetchall()
        for (schema,) in schemas:
            if schema not in SOURCES_OF_TRUTH and schema != "main":
                connection.execute(f"drop schema before.{quoted(schema)} cascade")
        connection.execute("copy from database before to after")
        connection.execute("detach before")
        connection.execute("detach after")
    unfinished.chmod(path.stat().st_mode & 0o777)
    with unfinished.open("rb+") as stream:
        os.fsync(stream.fileno())
    unfinished.replace(path)
