"""One small change at a time in the SQL of a model, as its author wrote it.

Here: where a change can be made, and the changed text. Jinja is left alone, except for the SQL that an author hands to
a macro as text; comments, quoted values and types are left alone. Not here: compiling, running and judging mutants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

COMMENT, TEXT, JINJA, STATEMENT = "comment", "text", "jinja", "statement"
SPANS = re.compile(
    r"(?P<comment>--[^\n]*|\{#.*?#\})|(?P<text>'(?:[^']|'')*'|decimal\([^)]*\))|(?P<jinja>\{\{.*?\}\})|(?P<statement>\{%.*?%\})",
    re.S,
)
QUOTED = re.compile(r"\"([^\"]*)\"")
IS_SQL = re.compile(r".*[ <>=+*/-].*|\d+")
TOKENS = re.compile(
    r"<=|>=|<>|=|<|>|[+-]|\b(?:is not null|is null|and|or|not|where"
    r"|greatest|least|min|max|between|case|when|then|else|end|union all)\b|\b\d+\b|[()]"
)
OPPOSITES = {
    "<=": ["<", ">"],
    ">=": [">", "<"],
    "<": ["<=", ">="],
    ">": [">=", "<="],
    "=": ["<>"],
    "<>": ["="],
    "+": ["-"],
    "-": ["+"],
    "and": ["or"],
    "or": ["and"],
    "not": [""],
    "is null": ["is not null"],
    "is not null": ["is null"],
    "greatest": ["least"],
    "least": ["greatest"],
    "min": ["max"],
    "max": ["min"],
    "where": ["where true or"],
}


@dataclass(frozen=True)
class Mutant:
    """A changed model: what was changed, where, and the whole text."""

    line: int
    context: str
    change: str
    text: str


@dataclass(frozen=True)
class _Token:
    word: str
    start: int
    end: int


def mutants_of(sql: str) -> list[Mutant]:
    """Every mutant of a model, in order."""
    tokens = list(_tokens(sql))
    edits = sorted({*_flips(tokens), *_swapped_arms(sql, tokens), *_dropped_arms(sql, tokens)})
    found: dict[str, Mutant] = {}
    for start, end, new, change in edits:
        text = sql[:start] + new + sql[end:]
        line = sql.count("\n", 0, start) + 1
        context = " ".join(sql[sql.rfind("\n", 0, start) + 1 : _end_of_line(sql, start)].split())
        if text != sql:
            found.setdefault(text, Mutant(line, context, change, text))
    return list(found.values())


def _end_of_line(sql: str, place: int) -> int:
    end = sql.find("\n", place)
    return len(sql) if end < 0 else end


def _tokens(sql: str) -> Iterator[_Token]:
    """The words of SQL that can be changed, with their places."""
    place = 0
    for span in [*SPANS.finditer(sql), None]:
        yield from _words(sql, place, len(sql) if span is None else span.start())
        if span is None:
            return
        if span.lastgroup == JINJA:
            for argument in QUOTED.finditer(sql, span.start(), span.end()):
                if IS_SQL.fullmatch(argument[1]) and argument[1] != "union all":
                    yield from _words(sql, argument.start(1), argument.end(1))
        place = span.end()


def _words(sql: str, start: int, end: int) -> Iterator[_Token]:
    for found in TOKENS.finditer(sql, start, end):
        yield _Token(found.group(), found.start(), found.end())


def _flips(tokens: list[_Token]) -> Iterator[tuple[int, int, str, str]]:
    """Operators, words and constants, each for its opposite."""
    is_between = False
    for token in tokens:
        is_bound = is_between and token.word == "and"
        is_between = token.word == "between" or (is_between and not is_bound)
        if is_bound:
            continue
        new = OPPOSITES.get(token.word, [])
        if token.word.isdigit():
            new = [{"0": "1", "1": "0"}.get(token.word, str(int(token.word) + 1))]
        for word in new:
            yield token.start, token.end, word, f"{token.word} -> {word or 'nothing'}"


def _swapped_arms(sql: str, tokens: list[_Token]) -> Iterator[tuple[int, int, str, str]]:
    """The results of a case, each for the next one."""
    open_cases: list[list[tuple[int, int]]] = []
    begun: list[int | None] = []
    for token in tokens:
        if token.word == "case":
            open_cases.append([])
            begun.append(None)
        elif open_cases and token.word in ("when", "then", "else", "end"):
            if begun[-1] is not None:
                open_cases[-1].append((begun[-1], token.start))
                begun[-1] = None
            if token.word in ("then", "else"):
                begun[-1] = token.end
            if token.word == "end":
                arms = open_cases.pop()
                begun.pop()
                for (a, b), (c, d) in pairwise(arms):
                    yield a, d, f" {sql[c:d].strip()} {sql[b:c]} {sql[a:b].strip()} ", "case arms swapped"


def _dropped_arms(sql: str, tokens: list[_Token]) -> Iterator[tuple[int, int, str, str]]:
    """The arms of a union all, each left out."""
    groups: list[tuple[int, list[_Token]]] = [(0, [])]
    for token in [*tokens, _Token(")", len(sql), len(sql))]:
        if token.word == "(":
            groups.append((token.end, []))
        elif token.word == "union all":
            groups[-1][1].append(token)
        elif token.word == ")":
            start, unions = groups.pop() if len(groups) > 1 else groups[0]
            edges = [start, *(edge for union in unions for edge in (union.start, union.end)), token.start]
            arms = [sql[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
            for left_out in range(len(arms) if unions else 0):
                rest = " union all ".join(arm for number, arm in enumerate(arms) if number != left_out)
                yield start, token.start, rest, f"arm {left_out + 1} of union all dropped"
