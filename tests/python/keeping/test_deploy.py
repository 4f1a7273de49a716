"""What is shipped for servers names things that exist, and opens nothing to the network by itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from itam.home import PROJECT_DIR

DEPLOY = PROJECT_DIR / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])


def test_the_image_is_made_of_what_is_there() -> None:
    """A file that was renamed breaks the build on somebody else's machine."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (.+) \S+$", text, re.M) for name in line.split()]
    assert len(copied) > 10
    assert [name for name in copied if not (PROJECT_DIR / name).exists()] == []
    let_in = re.findall(r"^!(.+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8"), re.M)
    assert set(let_in) == {name.removeprefix("./") for name in copied}
    assert "--require-hashes" in text
    assert re.search(r"^USER \d+$", text, re.M), "root in a container is root"


def test_the_ports_of_the_container_are_for_this_machine() -> None:
    """Dagster has no log-in: whoever reaches its port may start and stop refreshes."""
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    service = compose["services"]["warehouse"]
    assert [port for port in service["ports"] if not port.startswith("127.0.0.1:")] == []
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_understood(unit: Path, tmp_path: Path) -> None:
    """A typing error in a unit is found at the next restart of the machine, which is too late."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    for file in UNITS:
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", file.read_text(encoding="utf-8"), flags=re.M)
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / unit.name)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_the_units_start_what_exists() -> None:
    """The command of a unit is one that the project has."""
    started = [m for unit in UNITS for m in re.findall(r"^ExecStart=(.+)$", unit.read_text(encoding="utf-8"), re.M)]
    assert started == [
        "/opt/itam/.venv/bin/itam backup --to /var/backups/itam --keep 14",
        "/opt/itam/.venv/bin/python -m orchestration.up",
    ]


def test_nothing_listens_on_other_addresses_unless_told() -> None:
    """`make up` on a laptop in a café."""
    text = (PROJECT_DIR / "orchestration" / "up.py").read_text(encoding="utf-8")
    assert '"--host", default="127.0.0.1"' in text
