"""Every macro is documented in macros/_macros.yml: what it gives, and what each argument means."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
BY_ENGINE = re.compile(r"(default|duckdb|spark)__")


def documented() -> dict[str, dict[str, Any]]:
    """The macros of the YAML by name."""
    page = yaml.safe_load((ROOT / "macros" / "_macros.yml").read_text(encoding="utf-8"))
    return {macro["name"]: macro for macro in page["macros"]}


def test_every_macro_is_documented(manifest: dict[str, Any]) -> None:
    """A macro that nobody can use without reading its SQL is written a second time."""
    page, problems = documented(), []
    macros = {
        macro["name"]: macro
        for macro in manifest["macros"].values()
        if macro["package_name"] == "itam" and not BY_ENGINE.match(macro["name"])
    }
    for name, macro in macros.items():
        signature = re.search(r"{%-?\s*macro\s+\w+\s*\((.*?)\)\s*-?%}", macro["macro_sql"], re.S)
        arguments = re.findall(r"(\w+)\s*(?:=[^,\[]+|=\[[^\]]*\])?\s*(?:,|$)", signature[1]) if signature else []
        told = {argument["name"]: argument.get("description") for argument in page.get(name, {}).get("arguments", [])}
        if not page.get(name, {}).get("description"):
            problems.append(f"{macro['original_file_path']}: {name} is not in macros/_macros.yml")
        elif list(told) != arguments:
            problems.append(f"{name} takes {', '.join(arguments)}; documented: {', '.join(told)}")
        problems += [f"{name}: {argument} is not described" for argument, words in told.items() if not words]
    problems += [f"{name} is documented and gone" for name in page.keys() - macros.keys()]
    assert not problems, "\n" + "\n".join(sorted(problems))
