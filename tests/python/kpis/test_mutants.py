"""The changes that the mutation test makes: all that can be wrong in a line, and nothing that is no SQL."""

from __future__ import annotations

import pytest

from tests.mutation.mutants import mutants_of


@pytest.mark.parametrize(
    ("sql", "changed"),
    [
        ("select a <= b", {"select a < b", "select a > b"}),
        ("where a = 0", {"where true or a = 0", "where a <> 0", "where a = 1"}),
        ("a and b or c", {"a or b or c", "a and b and c"}),
        ("a between b and c + d", {"a between b and c - d"}),
        ("least(a, - b)", {"greatest(a, - b)", "least(a, + b)"}),
        ("not a is null", {" a is null", "not a is not null"}),
        ("cast(3 as decimal(38, 12))", {"cast(4 as decimal(38, 12))"}),
        ("'a = 1' -- b = 2", set()),
        ('{{ m("x = y") if y = 1 }} {% if z = 1 %} {# 0 #}', {'{{ m("x <> y") if y = 1 }} {% if z = 1 %} {# 0 #}'}),
        ("case when a then b when c then d else e end", {
            "case when a then d when c then b else e end",
            "case when a then b when c then e else d end",
        }),
        ("x as (select a union all select b)", {"x as ( select b)", "x as (select a )"}),
    ],
)  # fmt: skip
def test_a_change_is_one_operator_constant_or_arm(sql: str, changed: set[str]) -> None:
    """A mutant that is two changes, or none, says nothing about the tests."""
    assert {" ".join(m.text.split()) for m in mutants_of(sql)} == {" ".join(text.split()) for text in changed}
