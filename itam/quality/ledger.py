"""The memory of the warehouse: refreshes, gate results and what was first reported.

These tables only grow and are not dbt models, because a rebuild must not forget them. A refresh that dies leaves
them as if it had never begun, except for its own row in ``quality.runs``, which says so.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    checked_at timestamp not null
);
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
    severity: str
    expected: str
    outcome: str
    observed: str
    delivery: str = ""
    feed: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether this result keeps the marts from being published."""
        return self.severity == "block" and self.outcome == "failed"


def create(con: duckdb.DuckDBPyConnection, published: Path) -> None:
    """Make the tables; a new warehouse takes over what an earlier one has published."""
    con.execute(TABLES)
    if con.execute("select exists (from quality.runs)").fetchall()[0][0] or not published.exists():
        return
    con.execute(f"attach '{str(published.resolve()).replace(chr(39), chr(39) * 2)}' as earlier (read_only)")
    for table in ("quality_gate_log", "kpi_result_log"):
        con.execute(f"insert into quality.{table} by name select * from earlier.marts.{table}")
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
    con: duckdb.DuckDBPyConnection, refresh_id: str, checked_at: datetime, results: Iterable[CheckResult]
) -> None:
    """Write the results of the gate, all or none."""
    rows = [
        (refresh_id, r.check_id, r.delivery, r.feed, r.observed, r.expected, r.severity, r.outcome, checked_at)
        for r in results
    ]
    con.execute("begin")
    con.executemany(
        "insert into quality.quality_gate_log"
        " (refresh_id, check_id, delivery, feed, observed, expected, severity, outcome, checked_at)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
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
