"""What a model's numbers come from, read off its compiled SQL and that of what it reads.

Here: a backward slice (from the columns of a model to what its expressions, filters, joins and windows need, table by
table, down to the feeds), and the words that a model writes into a column itself, such as reason codes. Not here: what
is done with it (kpi_pages), and running dbt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from itertools import product
from typing import Any

import sqlglot
from sqlglot import exp

Node = Mapping[str, Any]
Columns = dict[str, set[str]]
"""Relation (schema.table): its columns."""
Words = tuple[str | None, ...]
"""A value of each column; none where data decides."""


Rows = dict[str, set[str]]
"""Columns that may only have these values; other rows are not asked for."""


@dataclass
class _Demand:
    """What all who read a relation ask of it."""

    columns: set[str] = field(default_factory=set)
    rows: Rows | None = None

    @property
    def is_read(self) -> bool:
        """Whether anybody has asked."""
        return self.rows is not None

    def add(self, columns: set[str], rows: Rows) -> None:
        """One more reader: rows are left out only when nobody asks for them."""
        self.columns |= columns
        known = self.rows
        self.rows = rows if known is None else {c: known[c] | rows[c] for c in known.keys() & rows.keys()}


_Needed = defaultdict[str, _Demand]


@dataclass
class _Cte:
    """A query with a name, what it can see, and what has been asked of it so far."""

    query: exp.Query
    scope: dict[str, _Cte]
    demand: _Demand = field(default_factory=_Demand)


class Lineage:
    """The compiled models of a manifest."""

    def __init__(self, nodes: Mapping[str, Node], leaves: Collection[str] = ()) -> None:
        self._models = {
            f"{node['schema']}.{node['name']}": node
            for node in nodes.values()
            if node["resource_type"] == "model"
            and node["language"] == "sql"
            and not any(node["name"].startswith(leaf) for leaf in leaves)
        }
        self._queries: dict[str, exp.Query] = {}
        self._names: dict[int, list[str] | None] = {}
        self._known_words: dict[tuple[int, Words], set[Words]] = {}
        self._known_demands: dict[str, _Needed] = {}
        self._used: list[str] | None = None

    @cached_property
    def _parents(self) -> dict[str, set[str]]:
        by_id = {node["unique_id"]: name for name, node in self._models.items()}
        return {
            name: {by_id[parent] for parent in node["depends_on"]["nodes"] if parent in by_id}
            for name, node in self._models.items()
        }

    def upstream(self, relation: str) -> list[str]:
        """The model and the models it reads, each before those that it reads."""
        reached, waiting = set(), [relation]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(self._parents.get(name, ()))
        ordered = TopologicalSorter({name: self._parents.get(name, set()) for name in reached}).static_order()
        return list(ordered)[::-1]

    def downstream(self, relation: str) -> list[str]:
        """The models that read a model, straight or through others, each after those that it reads."""
        reached = [relation]
        for name in TopologicalSorter(self._parents).static_order():
            if self._parents[name].intersection(reached):
                reached.append(name)
        return reached[1:]

    def reads(self, relation: str) -> Columns:
        """Every table behind a model, with the columns that its own columns depend on."""
        needed = self._demands(relation)
        return {name: one.columns for name, one in needed.items() if one.is_read and name not in self._models}

    def essence(self, relation: str, sql: str, readers: Sequence[str]) -> list[str]:
        """The expressions of a model, written like `sql`, on which what its readers need of it depends."""
        demand = _Demand()
        for reader in readers:
            of_reader = self._demands(reader)[relation]
            if of_reader.rows is not None:
                demand.add(of_reader.columns, of_reader.rows)
        names = dict(self._names)  # what is known by the place in memory must not outlive the query
        self._used = used = list[str]()
        self._slice(sqlglot.parse_one(sql, read="duckdb"), demand.columns, demand.rows or {}, {}, defaultdict(_Demand))
        self._used, self._names = None, names
        return sorted(used)

    def _demands(self, relation: str) -> _Needed:
        if relation not in self._known_demands:
            needed: _Needed = defaultdict(_Demand)
            needed[relation].add(set(self._outputs(self._query(relation), {}) or ()), {})
            for name in self.upstream(relation):
                demand = needed[name]
                if demand.rows is not None and name in self._models:
                    self._slice(self._query(name), demand.columns, demand.rows, {}, needed)
            self._known_demands[relation] = needed
        return self._known_demands[relation]

    def _query(self, relation: str) -> exp.Query:
        if relation not in self._queries:
            query = sqlglot.parse_one(self._models[relation]["compiled_code"], read="duckdb")
            assert isinstance(query, exp.Query)
            self._queries[relation] = query
        return self._queries[relation]

    def words(self, relation: str, columns: Sequence[str]) -> set[Words]:
        """The combinations of literal values that some columns of a model can have."""
        return self._words(self._query(relation), tuple(columns), {})

    # --- names of columns ---------------------------------------------------------------------------------------------

    def _outputs(self, query: exp.Expression, scope: Mapping[str, _Cte]) -> list[str] | None:
        """The columns of a query; none where a star stands for a table that no model makes."""
        if id(query) not in self._names:
            self._names[id(query)] = self._find_outputs(query, scope)
        return self._names[id(query)]

    def _find_outputs(self, query: exp.Expression, scope: Mapping[str, _Cte]) -> list[str] | None:
        inner = {**scope, **_ctes(query, scope)}
        if isinstance(query, exp.Subquery):
            return self._outputs(query.this, inner)
        if isinstance(query, exp.SetOperation):
            return self._outputs(query.this, inner)
        names: list[str] = []
        for projection in query.expressions:
            starred = _starred(projection)
            if starred is None:
                names.append(projection.alias_or_name)
                continue
            for alias, source in _sources(query):
                if starred in ("", alias):
                    of_source = self._outputs_of(source, inner)
                    if of_source is None:
                        return None
                    names.extend(of_source)
        return names

    def _outputs_of(self, source: exp.Expression, scope: Mapping[str, _Cte]) -> list[str] | None:
        if not isinstance(source, exp.Table):
            return self._outputs(source, scope)
        if source.name in scope and not source.db:
            cte = scope[source.name]
            return self._outputs(cte.query, cte.scope)
        name = f"{source.db}.{source.name}"
        return self._outputs(self._query(name), {}) if name in self._models else None

    # --- the slice ----------------------------------------------------------------------------------------------------

    def _slice(
        self, query: exp.Expression, wanted: set[str], rows: Rows, scope: Mapping[str, _Cte], needed: _Needed
    ) -> list[exp.Column]:
        """What `wanted` of a query needs, added to `needed` and to the scope's queries; columns it cannot place."""
        local = _ctes(query, scope)
        inner = {**scope, **local}
        if isinstance(query, exp.Subquery):
            unplaced = self._slice(query.this, wanted, rows, inner, needed)
        elif isinstance(query, exp.SetOperation):
            unplaced = self._slice_union(query, wanted, rows, inner, needed)
        else:
            assert isinstance(query, exp.Select)
            unplaced = self._slice_select(query, wanted, rows, inner, needed)
        for cte in reversed(local.values()):
            if cte.demand.rows is not None:
                unplaced += self._slice(cte.query, cte.demand.columns, cte.demand.rows, cte.scope, needed)
        return unplaced

    def _slice_union(
        self, query: exp.SetOperation, wanted: set[str], rows: Rows, scope: Mapping[str, _Cte], needed: _Needed
    ) -> list[exp.Column]:
        left = self._outputs(query.this, scope) or []
        right = dict(zip(left, self._outputs(query.expression, scope) or left, strict=True))
        if query.args.get("distinct") or not isinstance(query, exp.Union):
            wanted = set(left)
        columns = {right[name] for name in wanted if name in right}
        of_right = {right[name]: values for name, values in rows.items() if name in right}
        return [
            *self._slice(query.this, wanted, rows, scope, needed),
            *self._slice(query.expression, columns, of_right, scope, needed),
        ]

    def _slice_select(
        self, query: exp.Select, wanted: set[str], rows: Rows, scope: Mapping[str, _Cte], needed: _Needed
    ) -> list[exp.Column]:
        sources = dict(_sources(query))
        names = {alias: self._outputs_of(source, scope) for alias, source in sources.items()}
        projections = {p.alias_or_name: p for p in query.expressions if _starred(p) is None}
        joins = query.args.get("joins") or []
        used: Columns = {alias: set() for alias in sources}
        unplaced: list[exp.Column] = []

        def place(column: exp.Column) -> str | None:
            return column.table or next(
                (a for a, found in names.items() if found is None or column.name in found), None
            )

        def use(expression: exp.Expression | None, is_grouping: bool = False) -> None:
            if expression is None:
                return
            if self._used is not None:
                self._used.append(expression.sql())
            columns, queries = _parts(expression)
            for nested in queries:
                columns += self._slice(nested, set(self._outputs(nested, scope) or ()), {}, scope, needed)
            for column in columns:
                alias = place(column)
                if alias in used:
                    used[alias].add(column.name)
                elif is_grouping and column.name in projections:
                    use(projections[column.name])
                else:
                    unplaced.append(column)

        asked = self._rows_of_sources(query, rows, names, place)
        if asked is None:
            return []
        is_distinct = query.args.get("distinct") is not None
        for projection in query.expressions:
            starred = _starred(projection)
            if starred is None:
                if is_distinct or projection.alias_or_name in wanted:
                    use(projection)
                continue
            for alias, found in names.items():
                if starred in ("", alias):
                    passed = set(found or wanted) if is_distinct else wanted & set(wanted if found is None else found)
                    used[alias] |= passed - projections.keys()
        for clause in ("where", "having", "qualify"):
            use(query.args.get(clause))
        use(query.args.get("group"), is_grouping=True)
        if query.args.get("limit") or query.args.get("offset"):
            use(query.args.get("order"))
        for join in joins:
            if join.side != "LEFT":
                use(join.args.get("on"))
        read = set(sources) - {join.alias_or_name for join in joins if join.side == "LEFT"}
        # a left join neither filters nor multiplies here: it is read when a column of it is
        for join in reversed(joins):
            if join.side == "LEFT" and used[join.alias_or_name]:
                read.add(join.alias_or_name)
                use(join.args.get("on"))
        for alias in read:
            source = sources[alias]
            if not isinstance(source, exp.Table):
                unplaced += self._slice(source, used[alias], asked[alias], scope, needed)
            elif source.db:
                needed[f"{source.db}.{source.name}"].add(used[alias], asked[alias])
            elif source.name in scope:  # else a function that makes rows
                scope[source.name].demand.add(used[alias], asked[alias])
        return unplaced

    def _rows_of_sources(
        self,
        query: exp.Select,
        rows: Rows,
        names: Mapping[str, list[str] | None],
        place: Callable[[exp.Column], str | None],
    ) -> dict[str, Rows] | None:
        """Which rows a select asks of each source when `rows` are asked of it; none when it has no such row."""
        asked: dict[str, Rows] = {alias: {} for alias in names}

        def ask(column: exp.Column, values: set[str]) -> None:
            alias = place(column)
            if alias in asked:
                asked[alias][column.name] = asked[alias].get(column.name, values) & values

        for projection in query.expressions:
            starred = _starred(projection)
            if starred is not None:
                for alias, found in names.items():
                    if starred in ("", alias):
                        asked[alias] |= {c: v for c, v in rows.items() if found is not None and c in found}
                continue
            values = rows.get(projection.alias_or_name)
            expression = projection.unalias()
            if values is None:
                continue
            if isinstance(expression, exp.Column):
                ask(expression, values)
            elif not {None, *values} & _values(expression, {}):
                return None
        conditions = [query.args.get("where"), *(join.args.get("on") for join in query.args.get("joins") or [])]
        for condition in [c for one in conditions if one is not None for c in _conjuncts(one)]:
            column, literals = condition.this, condition.args.get("expressions") or [condition.args.get("expression")]
            if (
                isinstance(condition, exp.EQ | exp.In)
                and isinstance(column, exp.Column)
                and all(isinstance(literal, exp.Literal) for literal in literals)
            ):
                ask(column, {str(literal.this) for literal in literals})
        return asked

    # --- words --------------------------------------------------------------------------------------------------------

    def _words(self, query: exp.Expression, columns: Words, scope: Mapping[str, _Cte]) -> set[Words]:
        key = (id(query), columns)
        if key not in self._known_words:
            self._known_words[key] = self._find_words(query, columns, scope)
        return self._known_words[key]

    def _find_words(self, query: exp.Expression, columns: Words, scope: Mapping[str, _Cte]) -> set[Words]:
        inner = {**scope, **_ctes(query, scope)}
        if isinstance(query, exp.Subquery):
            return self._words(query.this, columns, inner)
        if isinstance(query, exp.SetOperation):
            left = self._outputs(query.this, inner) or []
            right = self._outputs(query.expression, inner) or left
            renamed = tuple(right[left.index(column)] if column in left else None for column in columns)
            return self._words(query.this, columns, inner) | self._words(query.expression, renamed, inner)
        assert isinstance(query, exp.Select)
        sources = dict(_sources(query))
        names = {alias: self._outputs_of(source, inner) for alias, source in sources.items()}
        projections = {p.alias_or_name: p.unalias() for p in query.expressions if _starred(p) is None}
        wanted = [projections.get(str(c), exp.column(str(c))) for c in columns]
        joins = query.args.get("joins") or []
        filters = [f for f in (query.args.get("where"), *(j.args.get("on") for j in joins if j.side != "LEFT")) if f]
        used: dict[str, list[str]] = {alias: [] for alias in sources}
        places: dict[tuple[str, str], tuple[str, str]] = {}
        for column in [c for e in (*wanted, *filters) for c in _parts(e)[0]]:
            alias = column.table or next((a for a, found in names.items() if found and column.name in found), "")
            if alias in used and column.name in (names[alias] or ()):
                places[column.table, column.name] = (alias, column.name)
                if column.name not in used[alias]:
                    used[alias].append(column.name)
        choices = [
            [(alias, dict(zip(asked, values, strict=True))) for values in self._words_of(sources[alias], asked, inner)]
            for alias, asked in used.items()
            if asked
        ]
        found: set[Words] = set()
        for chosen in product(*choices):
            row = dict(chosen)
            known = {place: row[alias][name] for place, (alias, name) in places.items()}
            for spelled in _spelled_out(known, filters):
                if all(_holds(condition, spelled) is not False for condition in filters):
                    found.update(product(*(_values(expression, spelled) for expression in wanted)))
        return {tuple(None if value == _OTHER else value for value in values) for values in found}

    def _words_of(self, source: exp.Expression, columns: list[str], scope: Mapping[str, _Cte]) -> set[Words]:
        asked: Words = tuple(columns)
        if not isinstance(source, exp.Table):
            return self._words(source, asked, scope)
        if source.name in scope and not source.db:
            return self._words(scope[source.name].query, asked, scope[source.name].scope)
        name = f"{source.db}.{source.name}"
        if name in self._models:
            return self._words(self._query(name), asked, {})
        return {tuple(None for _ in columns)}


_Known = Mapping[tuple[str, str], str | None]
_OTHER = "\0"  # a value of the data that no condition names


def _spelled_out(known: _Known, filters: list[exp.Expression]) -> Iterator[_Known]:
    """A value that data decides and conditions name: each of the names, and any other."""
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    for comparison in [c for f in filters for c in f.find_all(exp.EQ, exp.In)]:
        column, literals = comparison.this, comparison.args.get("expressions") or [comparison.args.get("expression")]
        if not isinstance(column, exp.Column):
            continue
        place = (str(column.table), str(column.name))
        if known.get(place, "") is None:
            named[place] |= {str(literal.this) for literal in literals if isinstance(literal, exp.Literal)}
    places = [place for place, names in named.items() if names]
    for values in product(*([*sorted(named[place]), _OTHER] for place in places)):
        yield {**known, **dict(zip(places, values, strict=True))}


def _values(expression: exp.Expression, known: _Known) -> set[str | None]:
    """The literals that an expression can be."""
    if isinstance(expression, exp.Literal):
        return {str(expression.this)}
    if isinstance(expression, exp.Null):
        return {""}
    if isinstance(expression, exp.Column):
        return {known.get((expression.table, expression.name))}
    if isinstance(expression, exp.Cast | exp.Paren):
        return _values(expression.this, known)
    if isinstance(expression, exp.Case):
        found: set[str | None] = set()
        for branch in expression.args["ifs"]:
            condition = branch.this
            if expression.this is not None:
                condition = exp.EQ(this=expression.this.copy(), expression=condition.copy())
            holds = _holds(condition, known)
            if holds is not False:
                found |= _values(branch.args["true"], known)
            if holds:
                return found
        default = expression.args.get("default")
        return found | (_values(default, known) if default is not None else {""})
    if isinstance(expression, exp.Coalesce):
        first = _values(expression.this, known)
        rest = [_values(other, known) for other in expression.expressions]
        return (first - {""}).union(*rest) if first & {"", None} else first
    return {None}


def _holds(condition: exp.Expression, known: _Known) -> bool | None:
    """Whether a condition on words holds; none where data decides."""
    if isinstance(condition, exp.Where | exp.Paren):
        return _holds(condition.this, known)
    if isinstance(condition, exp.Not):
        inner = _holds(condition.this, known)
        return None if inner is None else not inner
    if isinstance(condition, exp.And | exp.Or):
        both = {_holds(condition.this, known), _holds(condition.expression, known)}
        decisive = isinstance(condition, exp.Or)
        return decisive if decisive in both else None if None in both else not decisive
    if isinstance(condition, exp.EQ | exp.NEQ):
        sides = _values(condition.this, known), _values(condition.expression, known)
        if any(len(side) != 1 or None in side for side in sides) or sides[0] == sides[1] == {_OTHER}:
            return None
        return (sides[0] == sides[1]) == isinstance(condition, exp.EQ)
    if isinstance(condition, exp.In) and condition.expressions:
        value = _values(condition.this, known)
        if len(value) != 1 or None in value:
            return None
        return bool(value & set[str | None]().union(*(_values(e, known) for e in condition.expressions)))
    if isinstance(condition, exp.Is) and isinstance(condition.expression, exp.Null):
        value = _values(condition.this, known)
        return None if len(value) != 1 or None in value else value == {""}
    return None


def _ctes(query: exp.Expression, scope: Mapping[str, _Cte]) -> dict[str, _Cte]:
    """The named queries of a query, each seeing those before it."""
    found: dict[str, _Cte] = {}
    for cte in query.ctes if isinstance(query, exp.Query) else ():
        found[cte.alias] = _Cte(cte.this, {**scope, **found})
    return found


def _sources(query: exp.Expression) -> Iterator[tuple[str, exp.Expression]]:
    """What a select reads, by the name it is called there."""
    start = query.args.get("from_") or query.args.get("from")
    for clause in [*([start] if start else []), *(query.args.get("joins") or [])]:
        yield clause.this.alias_or_name, clause.this


def _conjuncts(condition: exp.Expression) -> Iterator[exp.Expression]:
    """The conditions that hold together."""
    if isinstance(condition, exp.Where | exp.Paren):
        yield from _conjuncts(condition.this)
    elif isinstance(condition, exp.And):
        yield from _conjuncts(condition.this)
        yield from _conjuncts(condition.expression)
    else:
        yield condition


def _starred(projection: exp.Expression) -> str | None:
    """Of which table a projection is everything: its name, '' for all, none when it is a column."""
    if isinstance(projection, exp.Star):
        return ""
    if isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star):
        return str(projection.table)
    return None


def _parts(expression: exp.Expression) -> tuple[list[exp.Column], list[exp.Expression]]:
    """The columns of an expression, and the queries within it."""
    columns: list[exp.Column] = []
    queries: list[exp.Expression] = []
    for node in expression.walk(prune=lambda one: isinstance(one, exp.Query) and one is not expression):
        if isinstance(node, exp.Query):
            queries.append(node)
        elif isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
            columns.append(node)
    return columns, queries
