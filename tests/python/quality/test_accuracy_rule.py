"""The guide's rule on inventory accuracy blocks or warns where an organisation says so; else it compromises."""

from __future__ import annotations

from datetime import date

import pytest

from itam.sample import write_sample
from tests.python.refreshed_home import RefreshedHome

AS_OF = "2026-06-30"
POLICY = """check_id,feed,severity,tolerance,owner_role,reason,what_to_do
inventory_accuracy,,{severity},,itam,Decided by the board,Repair the register
tables_keep_rows,,warn,,itam,With a dozen assets the last leaver may leave a table,Nothing
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> RefreshedHome:
    """An organisation whose register is below the gate, as most are."""
    root = tmp_path_factory.mktemp("accuracy")
    write_sample(root, assets=40, as_of=date.fromisoformat(AS_OF), seed=5, weeks=6)
    return RefreshedHome(root)


def refresh(home: RefreshedHome, severity: str) -> int:
    """One refresh with the rule at this severity."""
    (home.root / "policy").mkdir(exist_ok=True)
    (home.root / "policy" / "gate_policy.csv").write_text(POLICY.format(severity=severity), encoding="utf-8")
    return home.refresh(AS_OF).returncode


def compromised(home: RefreshedHome) -> int:
    """How many KPIs of D are marked."""
    ((count,),) = home.published(
        "select count(*) from marts.kpi_results where dim_type = 'all' and trust = 'compromised' and as_of_date = ?",
        [AS_OF],
    )
    return int(count)


def test_the_accuracy_rule_does_what_the_policy_says(home: RefreshedHome) -> None:
    """A board that wants no number from a poor register gets none; one that only wants to know is told."""
    assert refresh(home, "warn") == 0
    accuracy = home.cell("inventory_accuracy_rate", AS_OF)
    assert accuracy is not None
    assert accuracy.value is not None
    assert accuracy.value < 0.95, "the sample has to be below the gate for this test to say anything"
    assert compromised(home) == 0
    before = (home.root / "published" / "itam.duckdb").resolve()
    assert refresh(home, "block") == 3
    assert (home.root / "published" / "itam.duckdb").resolve() == before
    assert home.told("select count(*) from quality.quality_gate_log where check_id = 'inventory_accuracy'") != [(0,)]
