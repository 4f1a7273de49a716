"""Who may read what on PostgreSQL, held against the manifest: nothing is given away, nothing forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from itam.dashboard.data import ROLES
from itam.publishing import access
from itam.publishing.access import Table
from itam.settings import PublishSettings

Node = dict[str, Any]

NAMES_THE_LARGEST_GAP = {"kpi_scorecard", "mart_cio", "mart_it_ops", "mart_finance"}
"""Whole organisation: their column ``department`` says where the gap is largest."""


def declared(manifest: dict[str, Any], folder: Path, said: PublishSettings) -> access.Access:
    """The rights that the project declares."""
    file = folder / "manifest.json"
    file.write_text(json.dumps(manifest), encoding="utf-8")
    return access.declared(file, {"patch_compliance_rate": "cio|it_ops", "shelfware_pct": "finance"}, said)


def test_a_department_column_is_decided_about(models: list[Node]) -> None:
    """A new table with departments in it belongs to them row by row, or would show one the numbers of others."""
    found = {
        model["name"]
        for model in models
        if model["access"] == "public" and "department" in model["columns"] and "dim_type" not in model["columns"]
    }
    assert found == access.OF_A_DEPARTMENT | NAMES_THE_LARGEST_GAP
    assert {model["name"] for model in models if model["access"] == "public"} >= access.DEFINITIONS


def test_every_reader_has_a_role_and_reads_the_own_mart(manifest: dict[str, Any], tmp_path: Path) -> None:
    """A role that reads nothing is found by the first person who connects with it."""
    assert set(access.READERS) == set(ROLES)
    rights = declared(manifest, tmp_path, PublishSettings())
    assert [role.name for role in rights.roles] == ["itam_all", "itam_cio", "itam_it_ops", "itam_finance"]
    for reader in access.READERS:
        assert {f"mart_{other}" for other in access.READERS} & rights.tables[reader] == {f"mart_{reader}"}
        assert {"kpi_results", "kpi_exceptions", "kpi_catalog"} <= rights.tables[reader]


def test_what_a_role_reads_of_a_table(manifest: dict[str, Any], tmp_path: Path) -> None:
    """The conditions are the security: here they are, readable."""
    said = PublishSettings.model_validate(
        {"department_roles": {"itam_sales": {"reads": "it_ops", "departments": ["Sales", "O'Neill"]}}}
    )
    rights = declared(manifest, tmp_path, said)
    role = {role.name: role for role in rights.roles}
    results = Table("kpi_results", ("kpi_id", "as_of_date", "dim_type", "dim_value"))
    assets = Table("dim_asset", ("asset_key", "department"))
    assert rights.rows(role["itam_all"], results) == ""
    assert rights.rows(role["itam_finance"], results) == "kpi_id in ('shelfware_pct')"
    assert rights.rows(role["itam_sales"], results) == (
        "kpi_id in ('patch_compliance_rate') and dim_type = 'department' and dim_value in ('Sales', 'O''Neill')"
    )
    assert rights.rows(role["itam_it_ops"], assets) == ""
    assert rights.rows(role["itam_sales"], assets) == "department in ('Sales', 'O''Neill')"
    assert rights.rows(role["itam_sales"], Table("dim_date", ("date_day",))) == ""
    assert rights.rows(role["itam_cio"], assets) is None
    for name, columns in {"mart_it_ops": ("kpi_id", "department"), "fct_patch_state": ("device_key",)}.items():
        assert rights.rows(role["itam_sales"], Table(name, columns)) is None
