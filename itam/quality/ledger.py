"""The memory of the warehouse: refreshes, gate results and what was first reported.

These tables only grow and are not dbt models, because a rebuild must not forget them. A refresh that dies leaves
them as if it had never begun, except for its own row in ``quality.runs``, which says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

TABLES = """
create schema if not exists quality;
create table if not exists quality.runs (
    refresh_id varchar primary key,
    started_at timestamp not null,
    finished_at timestamp,
    as_of_date date,
    outcome varchar not null,
    step varchar,
    reason varchar,
    deliveries_accepted bigint,
    deliveries_quarantined bigint,
    project_version varchar,
    rules_fingerprint varchar
);
alter table quality.runs add column if not exists rules_fingerprint varchar;
create table if not exists quality.quality_gate_log (
    refresh_id varchar not null,
    check_id varchar not null,
    delivery varchar not null,
    feed varchar,
    observed varchar,
    expected varchar,
    severity varchar not null,
    outcome varchar not null,
    overridden_by varchar,
    override_reason varchar,
    checked_at timestamp not null,
    decision varchar,
    failing_rows bigint,
    examples varchar,
    override_until date
);
alter table quality.quality_gate_log add column if not exists decision varchar;
alter table quality.quality_gate_log add column if not exists failing_rows bigint;
alter table quality.quality_gate_log add column if not exists examples varchar;
alter table quality.quality_gate_log add column if not exists override_until date;
create table if not exists quality.kpi_result_log (
    kpi_id varchar not null,
    as_of_date date not null,
    dim_type varchar not null,
    dim_value varchar not null,
    refresh_id varchar not null,
    computed_at timestamp not null,
    numerator decimal(38, 6),
    denominator decimal(38, 6),
    value double,
    coverage double,
    status varchar not null,
    is_first_reported boolean not null
);
create table if not exists quality.arrivals (
    refresh_id varchar not null,
    delivery varchar not null,
    feed varchar not null,
    extracted_at timestamp not null,
    status varchar not null,
    content varchar
);
alter table quality.arrivals add column if not exists content varchar;
create table if not exists quality.gate_decisions (
    decided_at timestamp not null,
    decision varchar not null,
    check_id varchar not null,
    delivery varchar not null,
    reason varchar not null,
    decided_by varchar not null,
    valid_until date not null
);
create table if not exists quality.gate_marks (
    door varchar not null,
    check_id varchar not null,
    feed varchar,
    kpi_id varchar,
    is_compromised boolean not null,
    sentence varchar not null,
    valid_from date not null,
    valid_to date not null
);
create table if not exists quality.gate_pending (delivery varchar not null, feed varchar not null);
create table if not exists quality.gate_cleared (delivery varchar not null, content varchar);
create table if not exists quality.published_tables (table_name varchar not null, row_count bigint not null);
comment on table quality.gate_decisions is
    'What a person has decided about a check: accept or reject; the newest of a check and delivery counts. Only grows.';
comment on table quality.gate_marks is
    'What KPIs carry because of a check: lowered trust, or a failure that somebody has accepted.';
comment on table quality.gate_pending is 'Deliveries whose rows the gate looks at in this refresh.';
comment on table quality.gate_cleared is 'Deliveries that went through the gate into published marts.';
comment on table quality.published_tables is 'How many rows the tables have that readers get now.';
comment on table quality.arrivals is 'One row per refresh and delivery that it took in, with the verdict of that day.';
comment on table quality.runs is 'One row per refresh: when it ran, how it ended and why.';
comment on table quality.quality_gate_log is 'One row per refresh, check and delivery ('''' = not about one delivery).';
comment on table quality.kpi_result_log is
    'What was published: the first value of each cell and each later value that differed. Never rewritten.';
"""

ARRIVALS = """
insert into quality.arrivals by name
with
known as (
    select
        delivery.batch_id as delivery, delivery.feed, delivery.extracted_at, delivery.status,
        md5(string_agg(file.sha256, ',' order by file.folder, file.file_name)) as content
    from raw.deliveries as delivery
    left join raw.delivery_files as file on file.batch_id = delivery.batch_id
    where delivery.extracted_at is not null
    group by all
),
noted as (
    select delivery, status, content from quality.arrivals
    qualify row_number() over (partition by delivery order by refresh_id desc) = 1
)
select $refresh_id as refresh_id, known.*
from known
left join noted on noted.delivery = known.delivery
where row(known.status, known.content) is distinct from row(noted.status, noted.content)
"""

NEW_CELLS = """
insert into quality.kpi_result_log
with newest as (
    select * from quality.kpi_result_log
    qualify row_number() over (
        partition by kpi_id, as_of_date, dim_type, dim_value order by refresh_id desc
    ) = 1
)
select
    cell.kpi_id, cell.as_of_date, cell.dim_type, cell.dim_value, $refresh_id, $computed_at,
    cell.numerator, cell.denominator, cell.value, cell.coverage, cell.status, newest.kpi_id is null
from marts.kpi_results as cell
left join newest
    on newest.kpi_id = cell.kpi_id and newest.as_of_date = cell.as_of_date
    and newest.dim_type = cell.dim_type and newest.dim_value = cell.dim_value
where newest.kpi_id is null
    or row(cell.numerator, cell.denominator, cell.value, cell.coverage, cell.status)
        is distinct from row(newest.numerator, newest.denominator, newest.value, newest.coverage, newest.status)
"""


@dataclass(frozen=True)
class CheckResult:
    """One line of the gate log."""

    check_id: str
    severity: str  # what its policy says: block, compromise, warn
    expected: str
    outcome: str  # passed, failed, crashed
    observed: str
    delivery: str = ""
    feed: str | None = None
    decision: str = "publish"  # block: not published; compromise: published with lowered trust; publish
    failing_rows: int = 0
    examples: tuple[str, ...] = ()
    kpis: tuple[str, ...] = ()  # the KPIs it is about, where it is about some
    overridden_by: str | None = None
    override_reason: str | None = None
    until: date | None = None

    @property
    def blocks(self) -> bool:
        """Whether this result keeps the marts from being published."""
        return self.decision == "block"


def create(con: duckdb.DuckDBPyConnection, published: Path, status: Path | None = None) -> None:
    """Make the tables; a new warehouse takes over what an earlier one has published and what people have decided."""
    con.execute(TABLES)
    if con.execute("select exists (from quality.runs)").fetchall()[0][0]:
        return
    for file, tables in (
        (published, ("marts.quality_gate_log", "marts.kpi_result_log")),
        # the runs come last: with them it is done, and dying before them it begins again
        (status, ("quality.gate_decisions", "quality.arrivals", "quality.runs")),
    ):
        if file is None or not file.exists():
            continue
        con.execute(f"attach '{str(file.resolve()).replace(chr(39), chr(39) * 2)}' as earlier (read_only)")
        there = {
            f"{schema}.{table}"
            for schema, table in con.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'earlier'"
            ).fetchall()
        }
        for table, target in ((t, f"quality.{t.split('.')[1]}") for t in tables if t in there):
            con.execute(f"delete from {target}")  # of a refresh that died before it could note that it runs
            con.execute(f"insert into {target} by name select * from earlier.{table}")
        con.execute("detach earlier")


def begin(
    con: duckdb.DuckDBPyConnection, refresh_id: str, started_at: datetime, project_version: str, rules_fingerprint: str
) -> None:
    """Write down that a refresh runs, and by which rules."""
    con.execute(
        "insert into quality.runs (refresh_id, started_at, outcome, step, project_version, rules_fingerprint)"
        " values (?, ?, 'running', 'land', ?, ?)",
        [refresh_id, started_at, project_version, rules_fingerprint],
    )


def unfinished(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Refreshes that ended without a word: killed, or the machine stopped."""
    return [
        x for (x,) in con.execute("select refresh_id from quality.runs where outcome = 'running' order by 1").fetchall()
    ]


def forget(con: duckdb.DuckDBPyConnection, refresh_id: str) -> None:
    """Take back what an unpublished refresh has logged."""
    con.execute("begin")
    con.execute("delete from quality.kpi_result_log where refresh_id = ?", [refresh_id])
    con.execute("delete from quality.quality_gate_log where refresh_id = ?", [refresh_id])
    con.execute("commit")


def record_arrivals(con: duckdb.DuckDBPyConnection, refresh_id: str) -> None:
    """Keep which deliveries have come or changed since the last note, whichever refresh took them in."""
    con.execute(ARRIVALS, {"refresh_id": refresh_id})


def record_checks(
    con: duckdb.DuckDBPyConnection, refresh_id: str, checked_at: datetime, results: Sequence[CheckResult]
) -> None:
    """Write the results of the gate, all or none; what a step that is repeated has written before makes room."""
    rows = [
        {
            "refresh_id": refresh_id,
            "check_id": r.check_id,
            "delivery": r.delivery,
            "feed": r.feed,
            "observed": r.observed,
            "expected": r.expected,
            "severity": r.severity,
            "outcome": r.outcome,
            "overridden_by": r.overridden_by,
            "override_reason": r.override_reason,
            "checked_at": checked_at,
            "decision": r.decision,
            "failing_rows": r.failing_rows,
            "examples": "\n".join(r.examples) or None,
            "override_until": r.until,
        }
        for r in results
    ]
    if not rows:
        return
    columns = list(rows[0])
    con.execute("begin")
    con.execute(
        "delete from quality.quality_gate_log where refresh_id = ? and list_contains(?, check_id)",
        [refresh_id, sorted({r.check_id for r in results})],
    )
    con.executemany(
        f"insert into quality.quality_gate_log ({', '.join(columns)}) values ({', '.join('?' * len(columns))})",
        [list(row.values()) for row in rows],
    )
    con.execute("commit")


def record_published_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Keep how many rows the marts have that readers get from now on."""
    con.execute("begin")
    con.execute("delete from quality.published_tables")
    con.execute(
        "insert into quality.published_tables"
        " select table_name, estimated_size from duckdb_tables() where schema_name = 'marts'"
    )
    con.execute("commit")


def record_cells(con: duckdb.DuckDBPyConnection, refresh_id: str, computed_at: datetime) -> None:
    """Keep the cells that are about to be published for the first time, or differently."""
    con.execute(NEW_CELLS, {"refresh_id": refresh_id, "computed_at": computed_at})


def finish(
    con: duckdb.DuckDBPyConnection,
    refresh_id: str,
    *,
    finished_at: datetime,
    outcome: str,
    step: str,
    reason: str,
    as_of: date | None,
    accepted: int | None,
    quarantined: int | None,
) -> None:
    """Write down how a refresh ended."""
    con.execute(
        "update quality.runs set finished_at = ?, outcome = ?, step = ?, reason = ?, as_of_date = ?,"
        " deliveries_accepted = ?, deliveries_quarantined = ? where refresh_id = ?",
        [finished_at, outcome, step, reason, as_of, accepted, quarantined, refresh_id],
    )
