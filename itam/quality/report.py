"""The page of a refresh: what arrived, what failed, what was decided, what to do. One file, nothing to load.

Here: the page and nothing else. It shows what the gate log holds, which names no person; rows are named by row_id, and
whoever may open the warehouse can look them up.
"""

from __future__ import annotations

import os
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import duckdb

from itam.home import Home
from itam.quality import policy as gate_policy
from itam.quality.policy import GatePolicy, GatePolicyError, Meaning

ORDER = {"block": 0, "compromise": 1, "publish": 2}
DECIDED = {
    "block": "blocks: the last good marts stay",
    "compromise": "published; the KPIs that need it are marked as compromised",
    "publish": "published; listed here",
}
OUTCOMES = {"published": "good", "blocked": "bad", "failed": "bad"}
CSS = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --middle: #9a6700 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
table { border-collapse: collapse; width: 100%; font-size: 14px } .wide { overflow-x: auto }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line) }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
.time { white-space: nowrap }
.mark { font-weight: 600; white-space: nowrap } .good { color: var(--good) } .bad { color: var(--bad) }
.compromise { color: var(--middle) } .block { color: var(--bad) } .small { font-size: 13px; opacity: .8 }
pre { margin: .2rem 0; white-space: pre-wrap; font-size: 13px } code { font-size: 13px }
details { margin: .6rem 0 } summary { cursor: pointer }
"""


def path(home: Home, refresh_id: str) -> Path:
    """Where the page of a refresh is."""
    return home.root / "reports" / "quality" / f"{refresh_id}.html"


def data_docs_path(home: Home) -> Path:
    """Where ``itam gate docs`` writes the pages of Great Expectations."""
    return home.root / "reports" / "quality" / "data_docs"


def write(home: Home, refresh_id: str) -> Path:
    """Write the page of a refresh that has ended, from what the warehouse remembers."""
    file = path(home, refresh_id)
    with duckdb.connect(str(home.warehouse)) as con:
        text = page(con, refresh_id, home)
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.part")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(unfinished, file)  # noqa: PTH105 - the atomic one
    return file


def page(con: duckdb.DuckDBPyConnection, refresh_id: str, home: Home) -> str:
    """The whole page."""
    (run,) = _rows(con, "select * from quality.runs where refresh_id = $id", refresh_id)
    checks = _rows(con, "select * from quality.quality_gate_log where refresh_id = $id order by check_id", refresh_id)
    checks.sort(key=lambda c: (ORDER.get(c["decision"] or "publish", 2), c["check_id"], c["delivery"]))
    failed = [c for c in checks if c["outcome"] != "passed"]
    parts = [
        f"<h1>Data quality of refresh {escape(refresh_id)}</h1>",
        f'<p><span class="mark {OUTCOMES.get(run["outcome"], "")}">{escape(run["outcome"])}</span>'
        f" {_text(run['reason'])}</p>",
        f'<p class="small">as of {_text(run["as_of_date"])} · {_text(run["started_at"])} to {_text(run["finished_at"])}'
        f" UTC · {len(checks)} results, {len(failed)} not passed · {escape(str(home.root))}</p>",
        "<h2>What to do</h2>",
        _to_do(failed, _policy(con)),
        "<h2>What failed</h2>",
        _failures(failed, _policy(con)),
        "<h2>What arrived</h2>",
        _table(_rows(con, ARRIVED, refresh_id), "Nothing new was delivered."),
        "<h2>Rows set aside of what arrived</h2>",
        _table(_rows(con, SET_ASIDE, refresh_id), "None."),
        '<p class="small">The rows themselves: <code>itam quarantine show DELIVERY</code>,'
        " <code>itam quarantine export DELIVERY</code></p>",
        "<h2>Decisions of people</h2>",
        _table(_rows(con, DECISIONS), "Nobody has decided anything."),
        f"<details><summary>All {len(checks)} results</summary>",
        _table(
            [{k: c[k] for k in ("check_id", "delivery", "expected", "outcome", "observed")} for c in checks], "None."
        ),
        "</details>",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Data quality {escape(refresh_id)}: {escape(run['outcome'])}</title><style>{CSS}</style></head><body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


ARRIVED = """
select
    arrived.feed, known.source_system as source, arrived.extracted_at, arrived.status, known.rows_delivered as rows,
    known.rows_quarantined as set_aside, known.rows_inserted as new, known.rows_changed as changed,
    known.rows_unchanged as unchanged, known.rows_deleted as gone, known.reason
from quality.arrivals as arrived
left join raw.deliveries as known on known.batch_id = arrived.delivery
where arrived.refresh_id = $id
order by arrived.extracted_at desc, arrived.feed, source
"""
SET_ASIDE = """
select set_aside.batch_id as delivery, set_aside.column_name, set_aside.reason, count(*) as rows,
    min(set_aside.row_number) as first_row
from raw.quarantined_rows as set_aside
where set_aside.batch_id in (select delivery from quality.arrivals where refresh_id = $id)
group by all order by rows desc, delivery, column_name
"""
DECISIONS = """
select check_id, nullif(delivery, '') as delivery, decision, reason, decided_by as by, decided_at as at,
    valid_until as until
from quality.gate_decisions order by decided_at desc
"""


def _policy(con: duckdb.DuckDBPyConnection) -> GatePolicy:
    try:
        return gate_policy.load(con)
    except GatePolicyError:  # what is wrong with it is why the refresh failed
        return gate_policy.load(None)


def _meaning(policy: GatePolicy, check: dict[str, Any]) -> Meaning | None:
    name, feed = str(check["check_id"]), str(check["feed"] or "")
    try:
        return policy.of(name.split(".")[-1], feed.split(", ")[0])
    except GatePolicyError:  # a dbt test
        return None


def _to_do(failed: list[dict[str, Any]], policy: GatePolicy) -> str:
    """One line per check, the blocking ones first."""
    lines: dict[str, str] = {}
    for check in failed:
        meaning = _meaning(policy, check)
        todo = meaning.what_to_do if meaning else "See the log of the refresh."
        owner = f" <span class='small'>({escape(meaning.owner_role)})</span>" if meaning and meaning.owner_role else ""
        if check["outcome"] == "crashed":
            todo, owner = "An error of this project, not of the data: report it with the log of the refresh.", ""
        elif check["decision"] == "block":
            owner += f" <code>or: itam gate accept {escape(check['check_id'])} --reason … --until …</code>"
        lines.setdefault(
            check["check_id"],
            f'<li><span class="mark {escape(check["decision"] or "")}">{escape(check["check_id"])}</span>:'
            f" {escape(todo)}{owner}</li>",
        )
    return f"<ol>{''.join(lines.values())}</ol>" if lines else "<p>Nothing.</p>"


def _failures(failed: list[dict[str, Any]], policy: GatePolicy) -> str:
    """Each failing check with its deliveries and examples."""
    if not failed:
        return "<p>Nothing.</p>"
    by_check: dict[str, list[dict[str, Any]]] = {}
    for check in failed:
        by_check.setdefault(check["check_id"], []).append(check)
    return "".join(_failure(name, found, policy) for name, found in by_check.items())


def _failure(name: str, found: list[dict[str, Any]], policy: GatePolicy) -> str:
    first, meaning = found[0], _meaning(policy, found[0])
    decision = str(first["decision"] or "publish")
    why = f'<p class="small">{escape(meaning.reason)}</p>' if meaning and meaning.reason else ""
    rows = []
    for check in found:
        overridden = ""
        if check["overridden_by"]:
            overridden = (
                f'<p class="small">decided by {escape(check["overridden_by"])} until {_text(check["override_until"])}:'
                f" {_text(check['override_reason'])}</p>"
            )
        shown = escape(check["examples"] or check["observed"] or "")
        rows.append(
            f"<tr><td>{escape(check['delivery'] or check['feed'] or '')}</td>"
            f'<td class="n">{_text(check["failing_rows"])}</td><td><pre>{shown}</pre>{overridden}</td></tr>'
        )
    return (
        f'<details{" open" if decision != "publish" else ""}><summary><span class="mark {escape(decision)}">'
        f"{escape(name)}</span> expected: {_text(first['expected'])} · {escape(DECIDED.get(decision, decision))}"
        f"</summary>{why}<div class='wide'><table>"
        "<tr><th>Delivery</th><th class='n'>Findings</th><th>Examples</th></tr>"
        f"{''.join(rows)}</table></div></details>"
    )


def _table(rows: list[dict[str, Any]], nothing: str) -> str:
    if not rows:
        return f"<p>{nothing}</p>"
    numbers = {k for k in rows[0] if all(isinstance(r[k], int | None) for r in rows)}
    head = "".join(f"<th{' class=n' if k in numbers else ''}>{escape(k.replace('_', ' '))}</th>" for k in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td{' class=n' if k in numbers else ''}>{_text(v)}</td>" for k, v in row.items()) + "</tr>"
        for row in rows
    )
    return f"<div class='wide'><table><tr>{head}</tr>{body}</table></div>"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"<span class='time'>{value:%Y-%m-%d %H:%M:%S}</span>"
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return f"{value:,}" if is_count else escape(str(value))


def _rows(con: duckdb.DuckDBPyConnection, sql: str, refresh_id: str | None = None) -> list[dict[str, Any]]:
    """The rows of a query; what does not exist yet is empty."""
    try:
        cursor = con.execute(sql, {"id": refresh_id} if refresh_id else None)
    except duckdb.CatalogException:
        return []
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
