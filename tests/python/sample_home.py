"""One refreshed sample organisation for every test that only reads what is published, in every process of a test run.

Here: making it once, and copying what it published, for whoever changes anything or moves the link.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

from itam.home import Home
from tests.python.refreshed_home import ITAM, RefreshedHome


def published_sample(tmp_path_factory: pytest.TempPathFactory) -> RefreshedHome:
    """The organisation; whoever comes first makes it, the others wait."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    home = RefreshedHome(shared / "published_sample")
    with FileLock(shared / "published_sample.lock"):
        if not home.root.exists():
            sample = ["sample", "--home", str(home.root), "--assets", "400", "--as-of", "2026-06-30", "--weeks", "14"]
            subprocess.run([str(ITAM), *sample], check=True, capture_output=True, text=True)
            run = home.refresh()
            assert run.returncode == 0, run.stdout + run.stderr
    return home


def copy_published(source: Home, root: Path) -> Home:
    """A home of one's own with the same published files, its link and status to be changed."""
    home = Home(root)
    home.versions.mkdir(parents=True)
    version = source.link.resolve(strict=True)
    shutil.copy(version, home.versions / version.name)
    home.link.symlink_to(Path("versions") / version.name)
    shutil.copy(source.status, home.status)
    home.status.chmod(0o644)
    return home
