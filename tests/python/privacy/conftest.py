"""A macro as it stands in the project, without a dbt run around it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def pseudonym_sql() -> str:
    """The expression that the macro `pseudonym` makes of a column person_id."""

    def returned(value: Any) -> Any:
        return value

    module: Any = None

    def dispatch(name: str, _project: str) -> Any:
        return lambda *arguments: getattr(module, f"duckdb__{name}")(*arguments)

    text = (ROOT / "macros" / "text.sql").read_text(encoding="utf-8")
    given = {
        "source": lambda _source, table: f"raw.{table}",
        "adapter": SimpleNamespace(dispatch=dispatch),
        "return": returned,
    }
    module = jinja2.Environment().from_string(text).make_module(given)
    return str(module.pseudonym("person_id"))
