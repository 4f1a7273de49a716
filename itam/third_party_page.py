"""THIRD_PARTY.md, made from the lock files and what the installed packages say of themselves: ``make docs``.

Here: which packages are locked, for what, and under which licence. Not here: which licences are acceptable (a test).
"""

from __future__ import annotations

import re
from importlib import metadata
from typing import Any

from itam.home import PROJECT_DIR

PAGE = PROJECT_DIR / "THIRD_PARTY.md"
LOCKS = {"run": "requirements.lock", "development": "requirements-dev.lock"}
REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.M)
NOT_INSTALLED_HERE = {
    "colorama": "BSD-3-Clause",
    "psutil": "BSD-3-Clause",
    "pyreadline3": "BSD-3-Clause",
    "pywin32": "PSF-2.0",
}
"""Licences of packages that the lock has for other systems only."""
SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Artistic License": "Artistic-1.0",
    "GNU General Public License (GPL)": "GPL-2.0-or-later",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
}
HEAD = """\
# Third-party software

Made from the lock files by `make docs`; edit nothing here. None of it is part of this repository: `make setup` installs
exactly these versions and holds each against the SHA-256 hashes of the lock. Licences are what the packages say of
themselves, in SPDX terms; where a package offers several, any of them may be chosen.

| package | version | used for | licence |
|---|---|---|---|
"""


def locked(lock: str) -> dict[str, str]:
    """Name and version of every package in a lock file."""
    return dict(REQUIREMENT.findall((PROJECT_DIR / lock).read_text(encoding="utf-8")))


def licence(package: str) -> str:
    """What a package says its licence is; empty when it says nothing."""
    try:
        said: Any = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return NOT_INSTALLED_HERE.get(package, "")
    if expression := said.get("License-Expression"):
        return str(expression)
    classified = [x.rpartition(" :: ")[2] for x in said.get_all("Classifier") or [] if x.startswith("License ::")]
    named = [x for x in classified if x != "OSI Approved"] or [(said.get("License") or "").partition("\n")[0].strip()]
    return " OR ".join(dict.fromkeys(SPDX.get(x, x) for x in named))


def page() -> str:
    """The whole page."""
    run, development = (locked(lock) for lock in LOCKS.values())
    rows = [
        f"| {name} | {version} | {'run' if name in run else 'development'} | {licence(name)} |"
        for name, version in sorted({**development, **run}.items())
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
