"""A build that needs more memory than it may use goes on by way of the disk.

Here: the connection that dbt makes by profiles.yml. Not here: how much is spilled (benchmarks/scale.py measures it).
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import jinja2
import yaml

from itam.home import PROJECT_DIR


def test_dbt_can_go_on_after_something_was_spilled(tmp_path: Path) -> None:
    """A million assets once failed in the middle of the build, as soon as something had been spilled.

    dbt says every setting again before each statement; DuckDB refuses another word on where to spill to.
    """
    written = jinja2.Template((PROJECT_DIR / "profiles.yml").read_text(encoding="utf-8"))
    asked = {"ITAM_HOME": str(tmp_path), "ITAM_MEMORY_LIMIT": "60MB"}
    profile = yaml.safe_load(written.render(env_var=lambda name, default: asked.get(name, default)))
    duck = profile["itam"]["outputs"]["duckdb"]
    assert duck["config_options"] == {"temp_directory": str(tmp_path / "tmp")}
    with duckdb.connect(duck["path"], config=duck["config_options"]) as connection:
        for _ in range(2):
            for name, value in duck["settings"].items():
                connection.execute(f"set {name} = '{value}'")
            connection.execute(
                "create or replace temp table t as select range as i, md5(range::varchar) from range(2000000)"
            )
            assert list((tmp_path / "tmp").iterdir())
