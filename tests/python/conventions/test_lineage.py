"""Reading SQL backwards: which columns a number depends on, and which words a column can hold."""

from __future__ import annotations

import pytest

from itam.lineage import Lineage


def model(name: str, sql: str, *parents: str) -> dict[str, object]:
    """A model of a manifest, as far as lineage looks."""
    return {
        "unique_id": name,
        "schema": "s",
        "name": name,
        "resource_type": "model",
        "language": "sql",
        "compiled_code": sql,
        "depends_on": {"nodes": list(parents)},
    }


def reads(*models: dict[str, object]) -> dict[str, set[str]]:
    """What the last model reads."""
    return dict(Lineage({str(m["name"]): m for m in models}).reads(f"s.{models[-1]['name']}"))


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("select a, b from raw.t", {"a", "b"}),
        ("select count(*) as n from raw.t where a > 0 group by b having max(c) > 1", {"a", "b", "c"}),
        ("select x.a from (select a, b, c from raw.t where d = 1) as x", {"a", "d"}),
        ("with x as (select * from raw.t), y as (select x.a, x.b from x) select a from y", {"a"}),
        ("select sum(a) over (partition by b order by c) as a from raw.t", {"a", "b", "c"}),
        ("select a from raw.t order by b", {"a"}),
        ("select a from raw.t order by b limit 1", {"a", "b"}),
        ("select a from raw.t where exists (select 1 as one from raw.u where u.k = t.k)", {"a", "k"}),
        ("select t.a from raw.t left join raw.u on u.k = t.k", {"a"}),
        ("select t.a from raw.t left join raw.u on u.k = t.k where u.v is null", {"a", "k"}),
        ("select t.a from raw.t inner join raw.u on u.k = t.k", {"a", "k"}),
        ("select a from raw.t union all select b from raw.t", {"a", "b"}),
        ("select x.a from (select a, b from raw.t union select c, d from raw.t) as x", {"a", "b", "c", "d"}),
        (
            "select x.a from (select a, 'p' as k from raw.t union all select b, 'q' from raw.t) as x where x.k = 'p'",
            {"a"},
        ),
    ],
)
def test_a_number_depends_on_what_it_is_made_of(sql: str, columns: set[str]) -> None:
    """Too few columns and a feed arrives without what counts; too many and nobody delivers it."""
    assert reads(model("m", sql))["raw.t"] == columns


def test_columns_are_followed_through_models() -> None:
    """Between a feed and a number there are twenty models."""
    staged = model("stg", "select k, a as amount, b as other, c as flag from raw.t")
    summed = model("summed", "select k, sum(amount) as amount from s.stg where flag group by k", "stg")
    assert reads(staged, summed, model("kpi", "select amount from s.summed", "summed")) == {"raw.t": {"k", "a", "c"}}


def test_rows_that_nobody_asks_for_are_not_read() -> None:
    """One list of marks for many readers must not make each of them depend on all feeds."""
    marks = model("marks", "select a, 'x' as mark from raw.t union all select b as a, 'y' as mark from raw.u")
    assert reads(marks, model("one", "select a from s.marks where mark = 'x'", "marks")) == {"raw.t": {"a"}}
    both = "with x as (select * from s.marks where mark = 'x'), y as (select * from s.marks where mark = 'y') "
    assert reads(marks, model("two", both + "select x.a, y.a as b from x cross join y", "marks")) == {
        "raw.t": {"a"},
        "raw.u": {"b"},
    }


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select 'k' as kpi, 'r' as reason", {("k", "r")}),
        (
            "select 'k' as kpi, case when t.a then 'r' when t.b then 's' end as reason from raw.t",
            {("k", "r"), ("k", "s")},
        ),
        ("select 'k' as kpi, t.a as reason from raw.t", {("k", None)}),
        (
            "with kpis as (select 'k' as kpi union all select 'l' as kpi) "
            "select kpi, case when kpi = 'k' then 'r' else 's' end as reason from kpis",
            {("k", "r"), ("l", "s")},
        ),
        (
            "with kpis as (select 'k' as kpi, 'r' as reason union all select 'l', 's') "
            "select * from kpis where kpi <> 'k' and reason in ('r', 's')",
            {("l", "s")},
        ),
        (
            "with kpis as (select 'k' as kpi, 'p' as part), reasons as (select 'p' as part, 'r' as reason union all "
            "select 'q', 's') select kpis.kpi, reasons.reason from kpis inner join reasons on reasons.part = kpis.part",
            {("k", "r")},
        ),
        ("select 'k' as kpi, coalesce(t.a, 'r') as reason from raw.t", {("k", None), ("k", "r")}),
        (
            "select 'k' as kpi, x.a as reason from (select a from raw.t) as x where x.a in ('r', 's')",
            {("k", "r"), ("k", "s")},
        ),
        (
            "select x.kpi, 'r' as reason from (select kpi, is_open from raw.t) as x "
            "where (x.kpi = 'k' and x.is_open) or (x.kpi = 'l' and not x.is_open)",
            {("k", "r"), ("l", "r")},
        ),
    ],
)
def test_words_are_those_that_the_sql_writes(sql: str, words: set[tuple[str, str]]) -> None:
    """A page that lists a reason which never comes sends people looking for it."""
    found = Lineage({"m": model("m", sql)}).words("s.m", ["kpi", "reason"])
    assert {row for row in found if row[1] != ""} == words
