"""The same dbt project, built by DuckDB and by Spark on the same Parquet files, and their tables held side by side.

Here: running dbt on either engine and comparing what came out. Not here: which data (``run``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
DBT = {"duckdb": Path(sys.executable).with_name("dbt"), "spark": ROOT / ".venv-spark" / "bin" / "dbt"}
QUIET = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "SPARK_LOCAL_IP": "127.0.0.1"}
LAST_LINES = 25


class BuildError(Exception):
    """An engine could not build the project; the message ends with what dbt said last."""


@dataclass(frozen=True)
class Build:
    """What one engine has made: DuckDB a file, Spark a folder of Parquet files per table."""

    engine: str
    home: Path

    def run(self, lake: Path, project: Path = ROOT, select: Sequence[str] = ()) -> None:
        """Build seeds and models of a project from a lake.

        Raises:
            BuildError: a model failed.
        """
        (self.home / "tmp").mkdir(parents=True, exist_ok=True)
        command = [str(DBT[self.engine]), "--quiet", "build", "--target", self.engine, "--profiles-dir", str(ROOT)]
        command += ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "test", *select]
        command += ["--project-dir", str(project), "--target-path", str(self.home / "target")]
        command += ["--log-path", str(self.home / "logs")]
        done = subprocess.run(
            command,
            env={**os.environ, **QUIET, "ITAM_HOME": str(self.home), "ITAM_LAKE": str(lake)},
            cwd=self.home,  # Spark's metastore writes a log of its own where it is started
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = "\n".join((done.stdout + done.stderr).splitlines()[-LAST_LINES:])
            raise BuildError(f"{self.engine} could not build {project}:\n{said}")

    def tables(self) -> list[tuple[str, str]]:
        """Schema and name of what was built as a table, from dbt's manifest and results."""
        target = self.home / "target"
        nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
        results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
        built = [nodes[r["unique_id"]] for r in results if r["status"] == "success" and r["unique_id"] in nodes]
        return sorted(
            (n["schema"], n["alias"])
            for n in built
            if n["resource_type"] in ("model", "seed") and n["config"]["materialized"] in ("table", "seed")
        )

    def relation(self, schema: str, table: str) -> str:
        """A table as SQL of DuckDB, which reads both engines' files; the file of DuckDB is attached by its name."""
        if self.engine == "duckdb":
            return f'warehouse."{schema}"."{table}"'
        return f"read_parquet('{self.home}/spark/{schema}.db/{table}/*.parquet')"


@dataclass(frozen=True)
class Difference:
    """Rows of one table that only one engine has, each counted as often as it occurs there beyond the other."""

    table: str
    rows: int
    only_duckdb: int
    only_spark: int

    @property
    def is_equal(self) -> bool:
        """Whether the tables hold the same rows."""
        return self.only_duckdb == self.only_spark == 0


def differences(duck: Build, spark: Build) -> Iterator[Difference]:
    """Every table that either engine has built, compared row by row, without any tolerance.

    Raises:
        BuildError: one engine has a table that the other lacks.
    """
    if lacking := set(duck.tables()) ^ set(spark.tables()):
        raise BuildError(f"only one engine has built {sorted(lacking)}")
    with duckdb.connect() as con:
        con.execute(f"attach '{duck.home / 'warehouse.duckdb'}' as warehouse (read_only)")
        for schema, table in duck.tables():
            ours, theirs = duck.relation(schema, table), spark.relation(schema, table)
            names = [f'"{row[0]}"' for row in con.execute(f"describe from {ours}").fetchall()]
            columns = ", ".join(names)
            rows, only_duckdb, only_spark = con.execute(
                f"select (select count(*) from {ours}),"
                f" (select count(*) from (select {columns} from {ours} except all select {columns} from {theirs})),"
                f" (select count(*) from (select {columns} from {theirs} except all select {columns} from {ours}))"
            ).fetchall()[0]
            yield Difference(f"{schema}.{table}", rows, only_duckdb, only_spark)
