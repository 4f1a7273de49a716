"""What an organisation writes into its policy files is understood, or refused with the line and the words to use."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import yaml

from itam.landing.mapping import Mapping
from itam.landing.policy import land_policy
from itam.settings import Settings, SettingsError

ROOT = Path(__file__).resolve().parents[3]
STATUS = "source_system,feed,raw_status,raw_substatus,canonical_status"


def land(home: Path, seed: str, text: str) -> duckdb.DuckDBPyConnection:
    """A policy file, landed."""
    (home / "policy").mkdir(exist_ok=True)
    (home / "policy" / f"{seed}.csv").write_text(text, encoding="utf-8")
    connection = duckdb.connect()
    connection.execute("create schema raw")
    land_policy(connection, home, Settings())
    return connection


@pytest.mark.parametrize(
    ("seed", "text", "said"),
    [
        (
            "status_map",
            f"{STATUS}\nmy,hardware_asset,foo,,?",
            "line 2: '?' is no canonical_status; use one of deployed",
        ),
        ("status_map", f"{STATUS}\nmy,hardware_asset,a,,deployed\nmy,hardware_asset,b,,in_stok", "line 3: 'in_stok'"),
        ("status_map", f"{STATUS}\nmy,hardware_asset,foo,,closed", "'closed' is no canonical_status"),
        ("status_map", "my,hardware_asset,foo,,deployed", "the first line names the columns: source_system"),
        ("class_alias", "raw_class,asset_class\nBeamer,peripherall", "'peripherall' is no asset_class; use one of"),
        ("product_alias", "raw_name_like,publisher\nspotify%,?", "a value of your own in place of the ?"),
        ("kpi_targets", "kpi_id,target\nnope,0.5", "'nope' is no kpi_id; use one of"),
        ("kpi_targets", "kpi_id,target\ndeployment_rate,abc", "'abc' is no target; use a number"),
        ("kpi_policy", "name,value\nno_such,12", "'no_such' is no name; use one of"),
    ],
)
def test_a_slip_of_the_pen_is_told(tmp_path: Path, seed: str, text: str, said: str) -> None:
    """A word that no rule knows would count as some status of its own, and be published."""
    with pytest.raises(SettingsError) as told:
        land(tmp_path, seed, text)
    assert said in str(told.value)
    assert str(tmp_path / "policy" / f"{seed}.csv") in str(told.value)


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    """Words of the feed, a class of one's own, a delivered status that is a question mark."""
    land(tmp_path, "class_policy", "asset_class,in_scope,useful_life_months\nbeamer,true,60")
    land(tmp_path, "class_alias", "raw_class,asset_class\nProjector,beamer")
    connection = land(tmp_path, "status_map", f"{STATUS}\nmy,hardware_asset,?,,in_stock\n")
    found = connection.execute("select raw_status, canonical_status from raw.policy_status_map").fetchall()
    assert found == [("?", "in_stock")]


def test_the_words_in_force_are_kept(tmp_path: Path) -> None:
    """An organisation's list stands in place of the project's: the line to add has to start from it."""
    connection = land(
        tmp_path, "enum_values", "feed,column,required,allowed\nhardware_asset,asset_function,false,spare|dr"
    )
    rows = dict(connection.execute("select column_name, allowed from raw.allowed_values").fetchall())
    assert rows["asset_function"] == "spare|dr"
    assert len(rows) > 5


def test_the_mapping_of_the_manual_is_one() -> None:
    """The first thing that somebody with a CMDB of their own copies."""
    page = (ROOT / "docs" / "how-to" / "settings-and-mappings.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in page.split("```yaml\n")[1:]]
    shown = [yaml.safe_load(block) for block in blocks if block.startswith("name:")]
    assert [Mapping.model_validate(one).name for one in shown] == ["our_cmdb"]
