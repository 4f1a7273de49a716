"""The closed form of the licence shortfall against what it stands for: the best assignment of rights to needs."""

from __future__ import annotations

from pathlib import Path

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader

MACROS = Path(__file__).resolve().parents[3] / "macros"

Need = tuple[str | None, int]
Right = tuple[str, str | None, int]

VERSIONS = st.sampled_from(["2016", "2019", "2021", "2024"])
NEEDS = st.lists(st.tuples(st.none() | VERSIONS, st.integers(0, 4)), min_size=1, max_size=6)
RIGHTS = st.lists(
    st.tuples(st.sampled_from(["exact", "downgrade"]), VERSIONS, st.integers(-2, 4))
    | st.tuples(st.just("any_version"), st.none(), st.integers(-2, 3)),
    max_size=6,
)


def shortfall_sql() -> str:
    """The macro over tables `needs` and `rights` with one key."""
    environment = Environment(loader=FileSystemLoader(MACROS), autoescape=False)
    module = environment.get_template("license_position.sql").make_module()
    return str(module.license_shortfall("needs", "rights", ["product_key"]))  # type: ignore[attr-defined]


def serves(kind: str, version: str | None, need: str | None) -> bool:
    """Whether a right of this kind and version may meet a need of that version."""
    if kind == "any_version" or need is None:
        return True
    assert version is not None
    return need == version if kind == "exact" else need <= version


def unmet(needs: list[Need], rights: list[Right]) -> int:
    """Needs left over by a maximum matching of single needs with single rights."""
    pools: dict[tuple[str, str | None], int] = {}
    for kind, version, quantity in rights:
        pools[kind, version] = pools.get((kind, version), 0) + quantity
    units = [pool for pool, quantity in pools.items() for _ in range(max(quantity, 0))]
    wanted = [version for version, need in needs for _ in range(need)]
    taken: dict[int, int] = {}

    def place(index: int, tried: set[int]) -> bool:
        for unit, (kind, version) in enumerate(units):
            if unit in tried or not serves(kind, version, wanted[index]):
                continue
            tried.add(unit)
            if unit not in taken or place(taken[unit], tried):
                taken[unit] = index
                return True
        return False

    return len(wanted) - sum(place(index, set()) for index in range(len(wanted)))


@settings(max_examples=200, deadline=None)
@given(needs=NEEDS, rights=RIGHTS)
def test_the_closed_form_is_the_best_assignment(needs: list[Need], rights: list[Right]) -> None:
    """A vendor's auditor assigns rights as badly as possible; we claim exactly what the best assignment gives."""
    connection = duckdb.connect()
    connection.execute("create table needs (product_key varchar, version_order varchar, need bigint)")
    connection.execute(
        "create table rights (product_key varchar, version_order varchar, right_kind varchar, rights decimal(38, 8))"
    )
    connection.executemany("insert into needs values ('p', ?, ?)", needs)
    for kind, version, quantity in rights:
        connection.execute("insert into rights values ('p', ?, ?, ?)", [version, kind, quantity])
    required, shortfall = connection.execute(f"select required, shortfall from ({shortfall_sql()})").fetchall()[0]
    connection.close()
    assert (required, shortfall) == (sum(need for _, need in needs), unmet(needs, rights))
