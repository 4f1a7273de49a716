from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest
from typer.testing import CliRunner

from itam.cli.main import app
from itam.landing import land
from itam.publishing import status
from tests.python.quality.conftest import Door

DELIVERY = "cmdb/hardware_asset/2026-06-30T020000Z"
HEADER = "asset_id,asset_class,status,model"


def deliver(door: Door, *rows: str) -> None:
    """A list as CSV."""
    path = door.home.landing / f"{DELIVERY}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


def run(door: Door, *arguments: str) -> str:
    """`itam quarantine ...`."""
    answer = CliRunner().invoke(app, ["quarantine", *arguments, "--home", str(door.home.root)])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_a_row_set_aside_is_listed_shown_exported_corrected_and_delivered_again(door: Door, tmp_path: Path) -> None:
    """What waits in quarantine is an asset that nobody counts; getting it in must not need a programmer."""
    deliver(door, "A1,laptop,In use,X1", "A2,laptop,,X2", "A3,laptop,In use,X3")
    door.land()
    status.write(door.home)
    assert DELIVERY in run(door, "list")
    assert "status = None" in run(door, "show", DELIVERY)

    target = tmp_path / "fix.csv"
    said = run(door, "export", DELIVERY, "--to", str(target))
    with target.open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["asset_id"], row["status"], row["model"]) == ("A2", "", "X2")

    place = door.home.landing / f"{DELIVERY}.csv.gz"
    assert str(place) in said
    target.write_text(
        target.read_text(encoding="utf-8").replace("A2,X2,laptop,", "A2,X2,laptop,In use"), encoding="utf-8"
    )
    place.write_bytes(gzip.compress(target.read_bytes()))
    land(door.home.root)
    with door.warehouse() as con:
        assert con.execute(
            "select asset_id, status, model from raw.hardware_asset where change_type = 'upsert' order by 1"
        ).fetchall() == [("A1", "In use", "X1"), ("A2", "In use", "X2"), ("A3", "In use", "X3")]


def test_an_exported_cell_is_no_formula(door: Door, tmp_path: Path) -> None:
    """A hostile model name must not run in the spreadsheet of whoever corrects the row."""
    deliver(door, "A1,laptop,In use,X1", "A2,laptop,,=1+1", "A3,laptop,,-5")
    door.land()
    target = tmp_path / "fix.csv"
    run(door, "export", DELIVERY, "--to", str(target))
    with target.open(encoding="utf-8", newline="") as stream:
        assert [row["model"] for row in csv.DictReader(stream)] == ["'=1+1", "-5"]


@pytest.mark.parametrize("command", ["show", "export"])
def test_asking_for_what_is_not_there_is_answered_in_one_line(door: Door, command: str) -> None:
    """A typing error is no traceback."""
    deliver(door, "A1,laptop,In use,X1")
    door.land()
    answer = CliRunner().invoke(app, ["quarantine", command, "a/b/c", "--home", str(door.home.root)])
    assert answer.exit_code == 1
    assert answer.output.strip() == "Nothing of 'a/b/c' is in quarantine: itam quarantine list"
