"""Who may read what where readers have roles: PostgreSQL, and whatever else comes to know roles.

Here: the roles, derived from what is declared already: the tables of a role are those of its exposures
(``models/marts/exposures.yml``, ``meta.roles``), its KPIs are those whose ``roles`` in the catalogue name it, as on the
pages; ``settings.yml`` adds roles that read some departments only. Not here: how a database is told (``postgresql``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from itam.publishing.publish import quote
from itam.settings import PublishSettings, Reader

READERS: tuple[str, ...] = get_args(Reader)
LEDGERS = frozenset({"quality_gate_log", "kpi_result_log"})
"""What was checked, and what was reported first: for everybody who may look, as on the pages."""
OF_A_DEPARTMENT = frozenset(
    {
        *("dim_asset", "dim_person", "fct_asset_timeline", "fct_recovery"),
        *("kpi_exceptions", "mart_book_register_match", "mart_incident_queue", "mart_value_at_stake"),
    }
)
"""Tables whose column ``department`` says to whom a row belongs; elsewhere it names where a gap is largest."""
DEFINITIONS = frozenset({"dim_date", "dim_organisation", "dim_product", "kpi_catalog", "kpi_companion_catalog"})
"""Tables without a number or an asset in them."""


@dataclass(frozen=True)
class Role:
    """Readers with the same rights: ``name`` in the database; ``reads`` as which reader, none means everything."""

    name: str
    reads: str | None
    departments: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Table:
    """A published table and its columns, in order."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Access:
    """What is declared: tables and KPIs by reader, and the roles."""

    tables: Mapping[str, frozenset[str]]
    kpis: Mapping[str, tuple[str, ...]]
    roles: tuple[Role, ...]

    def rows(self, role: Role, table: Table) -> str | None:
        """The condition of the rows that a role may read, in SQL; empty means all, none means not even the table."""
        if role.reads is None:
            return ""
        if table.name not in self.tables[role.reads] | LEDGERS:
            return None
        conditions = []
        if table.name.startswith("kpi_") and "kpi_id" in table.columns:
            conditions.append(is_one_of("kpi_id", self.kpis[role.reads]))
        if role.departments is not None and table.name not in DEFINITIONS:
            if {"dim_type", "dim_value"} <= set(table.columns):
                conditions.append("dim_type = 'department' and " + is_one_of("dim_value", role.departments))
            elif table.name in OF_A_DEPARTMENT:
                conditions.append(is_one_of("department", role.departments))
            else:
                return None
        return " and ".join(conditions)


def is_one_of(column: str, values: tuple[str, ...]) -> str:
    """A condition that a database can answer from an index."""
    return f"{column} in ({', '.join(quote(v) for v in values)})" if values else "false"


def declared(manifest: Path, roles_by_kpi: Mapping[str, str], settings: PublishSettings) -> Access:
    """The rights, from dbt's manifest, the catalogue's ``roles`` (separated by ``|``) by KPI, and the settings."""
    exposures = json.loads(manifest.read_text(encoding="utf-8"))["exposures"].values()
    return Access(
        tables={
            reader: frozenset(
                parent.rpartition(".")[2]
                for exposure in exposures
                if reader in exposure["meta"].get("roles", ())
                for parent in exposure["depends_on"]["nodes"]
            )
            for reader in READERS
        },
        kpis={
            reader: tuple(sorted(kpi for kpi, roles in roles_by_kpi.items() if reader in roles.split("|")))
            for reader in READERS
        },
        roles=tuple(by_name(settings).values()),
    )


def by_name(settings: PublishSettings) -> dict[str, Role]:
    """The roles: everything, one for each reader, and what the organisation adds or narrows."""
    made = {"itam_all": Role("itam_all", None)} | {f"itam_{r}": Role(f"itam_{r}", r) for r in READERS}
    said = settings.department_roles
    return made | {name: Role(name, one.reads, tuple(one.departments)) for name, one in said.items()}
