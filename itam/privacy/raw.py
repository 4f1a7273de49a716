"""Raw without the forgotten: the change logs, what was set aside, and the kept files that they come from.

Here: bringing a warehouse and its kept files in line with the list of the forgotten, as often as one likes. A log reads
afterwards as if the rewritten files had been landed. Not here: who is on the list (``forget.py``).
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from itam import affected
from itam.feeds import Feed, Personal
from itam.landing import canonical, changes, inbox
from itam.landing.casts import quoted
from itam.landing.inbox import DeliveredFile
from itam.landing.inputs import Inputs
from itam.landing.ledger import Ledger
from itam.privacy import files
from itam.privacy.forgotten import Forgotten

Changed = dict[str, str]


def catch_up(ledger: Ledger, inputs: Inputs, notes: list[str]) -> None:
    """Finish a forgetting that was interrupted, before anything new is compared with what is known."""
    forgotten = Forgotten.load(ledger.home)
    if forgotten and not is_applied(ledger, forgotten):
        apply(ledger, inputs, forgotten, notes)


def take_out(ledger: Ledger, inputs: Inputs, delivered: Iterable[DeliveredFile], notes: list[str]) -> None:
    """New files of a source that still knows the forgotten: they are taken out before anybody reads them."""
    forgotten = Forgotten.load(ledger.home)
    for file in delivered if forgotten else ():
        if file.path.is_relative_to(ledger.home / "landing"):
            _rewrite(forgotten, inputs, file, notes)


def is_applied(ledger: Ledger, forgotten: Forgotten) -> bool:
    """Whether raw is in line with the list."""
    rows = ledger.connection.execute("select entries from landing.forgotten_applied").fetchall()
    return rows == [(len(forgotten.surrogates),)]


def apply(ledger: Ledger, inputs: Inputs, forgotten: Forgotten, notes: list[str]) -> int:
    """Rewrite kept files, then raw in one transaction; the number of files that have changed."""
    count = 0
    for file in inbox.kept(ledger.home, inputs.feeds):
        if _rewrite(forgotten, inputs, file, notes):
            count += 1
            ledger.connection.execute(
                "update raw.delivery_files set sha256 = ? where source_system = ? and folder = ? and file_name = ?",
                [inbox.digest(file.path), file.source_system, file.feed, file.name],
            )
    with ledger.transaction():
        affected.forget(ledger.connection)  # rows change in place
        for feed in inputs.feeds.values():
            for log in changes.logs(feed):
                _rewrite_log(ledger, forgotten, feed, log)
        _rewrite_set_aside(ledger, inputs, forgotten)
        _rewrite_sentences(ledger, forgotten)
        ledger.connection.execute("delete from landing.forgotten_applied")
        ledger.insert("landing.forgotten_applied", [(len(forgotten.surrogates),)])
    for path in (ledger.home / "quarantine").rglob("*.csv"):
        if not path.name.endswith(".fix.csv"):  # what somebody is correcting is rewritten as text
            path.unlink()  # written anew from raw after the next landing
    return count


def _rewrite(forgotten: Forgotten, inputs: Inputs, file: DeliveredFile, notes: list[str]) -> bool:
    try:
        return files.rewrite(forgotten, inputs, file)
    except files.UnreadableError as error:
        notes.append(str(error))
        return False


# --- change logs ------------------------------------------------------------------------------------------------------


def _rewrite_log(ledger: Ledger, forgotten: Forgotten, feed: Feed, log: changes.Log) -> None:
    """Values, then what is derived from them: keys, hashes and the head."""
    columns = [(column.name, column.personal) for column in feed.personal if column.name in log.payload]
    changed = {name: _changed(ledger, forgotten, log.table, name, kind) for name, kind in columns if kind}
    names = [name for name, kind in columns if kind != "text" and changed[name]]
    if "extra" in log.payload:
        for name in names:
            _register(ledger, changed[name])
            ledger.connection.execute(
                f"update {log.table} set extra = null where extra is not null "
                f"and {quoted(name)} in (select before from privacy_changed)"
            )
        changed["extra"] = _changed(ledger, forgotten, log.table, "extra", "text")
    for name, texts in changed.items():
        _replace(ledger, log.table, name, texts)
    if names or any(changed.values()):
        _derive(ledger, feed, log)


def _changed(ledger: Ledger, forgotten: Forgotten, table: str, column: str, kind: Personal) -> Changed:
    """The texts of a column that read otherwise now."""
    cursor = ledger.connection.execute(
        f"select distinct {quoted(column)} from {table} where {quoted(column)} is not null"
    )
    found: Changed = {}
    while rows := cursor.fetchmany(100_000):
        found |= {text: fresh for (text,) in rows if (fresh := forgotten.rewritten(text, kind)) != text}
    return found


def _register(ledger: Ledger, texts: Changed) -> None:
    table = pa.table({"before": pa.array(texts.keys(), pa.string()), "after": pa.array(texts.values(), pa.string())})
    ledger.connection.register("privacy_texts", table)
    ledger.connection.execute("create or replace temp table privacy_changed as select * from privacy_texts")
    ledger.connection.unregister("privacy_texts")


def _replace(ledger: Ledger, table: str, column: str, texts: Changed) -> None:
    if texts:
        _register(ledger, texts)
        ledger.connection.execute(
            f"update {table} set {quoted(column)} = after from privacy_changed where {quoted(column)} = before"
        )


def _derive(ledger: Ledger, feed: Feed, log: changes.Log) -> None:
    connection, table = ledger.connection, log.table
    content = canonical.hash_of([column.name for column in feed.described] + ["extra"])
    if feed.key:
        key = canonical.key_of(feed.key)
        connection.execute(f"update {table} set row_key = {key} where row_key is distinct from {key}")
    else:  # a row is known by what it says, and its tombstone by what it said
        connection.execute(
            "create or replace temp table privacy_keys as "
            f"select distinct source_system, row_key as before, {content} as after from {table} "
            f"where change_type = 'upsert' and row_key is distinct from {content}"
        )
        connection.execute(
            f"update {table} set row_key = after from privacy_keys "
            f"where {table}.source_system = privacy_keys.source_system and row_key = before"
        )
    if not log.is_sightings:
        connection.execute(
            f"update {table} set row_hash = {content} "
            f"where change_type = 'upsert' and row_hash is distinct from {content}"
        )
    for (source,) in connection.execute(f"select distinct source_system from {table}").fetchall():
        changes.rebuild_head(connection, log, source)


# --- what was set aside -----------------------------------------------------------------------------------------------


def _rewrite_set_aside(ledger: Ledger, inputs: Inputs, forgotten: Forgotten) -> None:
    _replace(
        ledger,
        "raw.cast_failures",
        "value",
        _changed(ledger, forgotten, "raw.cast_failures", "value", "text"),
    )
    rows = ledger.connection.execute(
        "select distinct source_system, feed, column_name, value, payload from raw.quarantined_rows"
    ).fetchall()
    payloads: Changed = {}
    values: Changed = {}
    for source, feed, column, value, payload in rows:
        if feed not in inputs.feeds:
            continue
        rewriter = files.Rewriter(forgotten, inputs, DeliveredFile(source, feed, datetime.min, "", Path()))
        fresh = _payload(rewriter, payload or "")
        if fresh != (payload or ""):
            payloads[payload] = fresh
        if value:
            one = [value]
            rewriter.record(rewriter.columns([column or ""]), one)
            fresh = one[0] if one[0] is not None else ""
            if fresh != value:
                values[value] = fresh
    _replace(ledger, "raw.quarantined_rows", "payload", payloads)
    _replace(ledger, "raw.quarantined_rows", "value", values)


def _payload(rewriter: files.Rewriter, text: str) -> str:
    """A record that was set aside, as the JSON that it is kept as, or what is left of one that was too long."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return rewriter.line(text)
    if not isinstance(record, dict):
        return rewriter.line(text)
    values = list(record.values())
    if not rewriter.record(rewriter.columns(list(record)), values):
        return text
    return json.dumps(dict(zip(record, values, strict=True)), ensure_ascii=False, separators=(",", ":"))


def _rewrite_sentences(ledger: Ledger, forgotten: Forgotten) -> None:
    """What was told about deliveries, checks and questions may quote a value; what was published is not touched."""
    columns = ledger.connection.execute(
        "select schema_name || '.' || table_name, column_name from duckdb_columns() "
        "join duckdb_tables() using (database_name, schema_name, table_name) "
        "where database_name = current_database() and data_type = 'VARCHAR' and table_name <> 'kpi_result_log' "
        "and (schema_name = 'quality' or (schema_name = 'raw' and table_name in ('deliveries', 'verdict_changes')))"
    ).fetchall()
    for table, column in columns:
        _replace(ledger, table, column, _changed(ledger, forgotten, table, column, "text"))
