"""The organisation's own policy rows: ``$ITAM_HOME/policy/<seed>.csv`` beside the seeds of the project.

Here: reading those files into ``raw.policy_<seed>``, and the lists of allowed values. Not here: merging rows over
seeds, which the policy models do.
"""

import csv
import os
from pathlib import Path

import duckdb

from itam.feeds import ROOT
from itam.landing.casts import literal, quoted
from itam.settings import Settings, SettingsError
from itam.spreadsheet import unguarded

SEEDS = ROOT / "seeds"


def _rows(path: Path) -> list[dict[str, str | None]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            rows = list(reader)
    except (csv.Error, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is no readable CSV in UTF-8: {error}") from error
    if any(None in row for row in rows):
        raise SettingsError(f"{path} has a row with more values than its header has columns")
    return [{name.strip(): value for name, value in row.items()} for row in rows]


def seed_columns(path: Path) -> list[str]:
    """The header of a seed."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return next(csv.reader(stream), [])


FIELDS = {
    "base_currency": "base_currency",
    "reporting_time_zone": "time_zone",
    "profile": "profile",
    "objective": "objective",
}
"""Rows of kpi_policy that settings.yml may say, each with the name it has there."""
NAMED = {"profile": ("profiles", "profile"), "objective": ("objectives", "objective")}
"""Rows of kpi_policy that name something of another seed: that seed and its column."""


def _stated(settings: Settings) -> list[dict[str, str | None]]:
    """What settings.yml says that is a row of kpi_policy; the organisation's own file comes after it, and wins."""
    said = {name: getattr(settings, field) for name, field in FIELDS.items() if field in settings.model_fields_set}
    return [{"name": name, "value": value} for name, value in said.items() if value is not None]


def _from_environment() -> list[dict[str, str | None]]:
    """What the environment says comes last: it is meant for this run."""
    profile = os.environ.get("ITAM_PROFILE", "").strip()
    return [{"name": "profile", "value": profile}] if profile else []


def _check_names(folder: Path, stated: dict[str, list[dict[str, str | None]]]) -> None:
    """A profile or an objective must exist, in the project's seed or in the organisation's rows."""
    for name, (seed, column) in NAMED.items():
        known = {(row.get(column) or "").strip() for row in [*_rows(SEEDS / f"{seed}.csv"), *stated[seed]]}
        for row in stated["kpi_policy"]:
            value = (row.get("value") or "").strip().lower()
            if (row.get("name") or "").strip() == name and value and value not in known:
                raise SettingsError(
                    f"'{value}' is no {name}: use one of {', '.join(sorted(known))}, or describe it in"
                    f" {folder / seed}.csv"
                )


def land_policy(connection: duckdb.DuckDBPyConnection, home: Path, settings: Settings) -> None:
    """Replace every ``raw.policy_<seed>`` by what the organisation says now; empty where it says nothing."""
    seeds = {path.stem: seed_columns(path) for path in sorted(SEEDS.glob("*.csv"))}
    folder = home / "policy"
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else ():
        if path.stem not in seeds:
            raise SettingsError(f"{path}: no policy seed is called '{path.stem}'; use one of {', '.join(seeds)}")
    stated = {
        seed: [
            *(_stated(settings) if seed == "kpi_policy" else []),
            *(_rows(path) if path.exists() else []),
            *(_from_environment() if seed == "kpi_policy" else []),
        ]
        for seed, path in ((seed, folder / f"{seed}.csv") for seed in seeds)
    }
    for seed, rows in stated.items():
        unknown = sorted({name for row in rows for name in row} - set(seeds[seed]))
        if unknown:
            raise SettingsError(
                f"{folder / seed}.csv: '{unknown[0]}' is no column of {seed}; its columns are {', '.join(seeds[seed])}"
            )
    _check_names(folder, stated)
    connection.begin()
    for seed, columns in seeds.items():
        definition = ", ".join(f"{quoted(name)} varchar" for name in columns)
        connection.execute(f"create or replace table raw.policy_{seed} ({definition}, position bigint)")
        values = [
            "(" + ", ".join([*(_value(row.get(name)) for name in columns), str(position)]) + ")"
            for position, row in enumerate(stated[seed], start=1)
        ]
        if values:
            connection.execute(f"insert into raw.policy_{seed} values {', '.join(values)}")
    connection.commit()


def _value(text: str | None) -> str:
    return literal(unguarded(text.strip())) if text and text.strip() else "null"


def load_enums(home: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    """Allowed values by feed and column: the seed, and the organisation's rows in its stead."""
    enums: dict[tuple[str, str], tuple[str, ...]] = {}
    for path in (SEEDS / "enum_values.csv", home / "policy" / "enum_values.csv"):
        for row in _rows(path) if path.exists() else ():
            allowed = tuple(value.strip() for value in (row.get("allowed") or "").split("|") if value.strip())
            enums[((row.get("feed") or "").strip(), (row.get("column") or "").strip())] = allowed
    return enums
