"""The same SQL on another engine: every compiled model parses as Spark SQL and calls functions that both know.

What differs by engine lives in a macro; what such a macro writes for DuckDB is allowed only where a macro wrote it.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Tokenizer, TokenType

Node = dict[str, Any]
FROM, L_PAREN = TokenType.FROM, TokenType.L_PAREN

# Functions with the same meaning in DuckDB and Spark.
PORTABLE = set(
    """
    abs and avg case cast ceil coalesce concat_ws count dense_rank exists exp extract first_value floor greatest
    grouping if lag last_value lead least length lower ltrim max md5 min nullif or pad power rank replace round
    row_number rtrim sign sqrt substring sum trim upper
    """.split()  # noqa: SIM905
)
# Written by a macro that has its twin for the other engine; not to be typed in a model. For concat, which treats nulls
# otherwise on Spark, concat_ws('', ...) is the same on both.
BY_MACRO = set(
    """
    date_add date_sub date_diff datediff date_trunc timestamp_trunc datetrunc regexp_replace regexp_full_match
    regexp_extract try_cast json_extract_string json_extract json_extract_scalar strptime make_date year month day
    format percentile_cont
    unix_to_time epoch time_to_unix make_timestamp generate_series group_concat string_split split ts_or_ds_to_date
    sha256 hex unhex str_position concat
    """.split()  # noqa: SIM905
)
FORBIDDEN = {
    exp.Qualify: "qualify",
    exp.Pivot: "pivot",
    exp.Lambda: "a lambda",
    exp.Unnest: "unnest",
    exp.ILike: "ilike",
    exp.Array: "a list",
    exp.Struct: "a struct",
}


def function_name(node: exp.Func) -> str:
    """The name somebody typed, or the one sqlglot gives it."""
    return str(node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()


def problems_of(sql: str, raw: str) -> list[str]:
    """What a compiled model has that another engine would not understand."""
    found, typed = [], _outside_jinja(raw)
    if "::" in typed:
        found.append("`::`, write cast(... as ...)")
    tokens = [token.token_type for token in Tokenizer().tokenize(sql)]
    if any(here is FROM and before in (None, L_PAREN) for before, here in pairwise([None, *tokens])):
        found.append("from without select")
    if re.search(r"\bgroup\s+by\s+all\b|\border\s+by\s+all\b", sql, re.I):
        found.append("by all")
    if re.search(r"\basof\b", sql, re.I):
        found.append("asof join")
    try:
        tree = sqlglot.parse_one(sql, read="spark")
    except SqlglotError as error:
        return [*found, f"not Spark SQL: {str(error).splitlines()[0]}"]
    for kind, name in FORBIDDEN.items():
        if tree.find(kind):
            found.append(name)
    for select in tree.find_all(exp.Select):
        distinct = select.args.get("distinct")
        if distinct is not None and distinct.args.get("on"):
            found.append("distinct on")
    for ordered in tree.find_all(exp.Ordered):
        if ordered.args.get("desc") and ordered.args.get("nulls_first") is None:
            found.append(f"descending order without nulls last: {ordered.sql()}")
    found += [f"outer join of every pair: {condition}" for join in tree.find_all(exp.Join) for condition in pairs(join)]
    for call in tree.find_all(exp.Func):
        name = function_name(call)
        if name in BY_MACRO and re.search(rf"\b{name}\s*\(", typed, re.I):
            found.append(f"{name}() typed by hand: there is a macro for it")
        if name not in PORTABLE | BY_MACRO:
            found.append(f"{name}()")
    return sorted(set(found))


def pairs(join: exp.Join) -> list[str]:
    """The conditions of an outer join that do not tie one side to the other: engines then try every pair of rows."""
    condition = join.args.get("on")
    if not join.side or condition is None or condition == exp.true():
        return []
    name = join.this.alias_or_name
    conjuncts = list(condition.flatten()) if isinstance(condition, exp.And) else [condition]
    return [
        each.sql()
        for each in conjuncts
        if isinstance(each.unnest(), exp.Or) or name not in {column.table for column in each.find_all(exp.Column)}
    ]


def _outside_jinja(raw: str) -> str:
    return re.sub(r"\{[{%#].*?[}%#]\}", " ", raw, flags=re.S)


def test_every_model_would_run_on_another_engine(models: list[Node]) -> None:
    """The day the warehouse outgrows one machine must not be the day of a rewrite."""
    found = {
        m["original_file_path"]: problems_of(m["compiled_code"], m["raw_code"])
        for m in models
        if m["language"] == "sql"
    }
    wrong = [f"{path}: {', '.join(problems)}" for path, problems in sorted(found.items()) if problems]
    assert not wrong, "\n" + "\n".join(wrong)


def test_the_test_itself_finds_what_only_duckdb_knows() -> None:
    """A check that never fails is no check."""
    only_duckdb = [
        "select a::int from t",
        "select a from t qualify row_number() over (order by a) = 1",
        "select distinct on (a) a, b from t",
        "select list_transform(a, x -> x + 1) from t",
        "from t",
        "select a, count(*) from t group by all",
        "select strftime(a, '%Y') from t",
        "select unnest(a) from t",
        "select a from t asof join u on t.a >= u.a",
        "select arg_max(a, b) from t",
        "select t.a from t left join u on u.a = t.a and t.is_open",
        "select t.a from t left join u on u.a = t.a and (u.b = t.b or u.is_sole)",
    ]
    assert [sql for sql in only_duckdb if not problems_of(sql, sql)] == []
