"""The organisation's own policy rows: ``$ITAM_HOME/policy/<seed>.csv`` beside the seeds of the project.

Here: reading those files into ``raw.policy_<seed>``, and the lists of allowed values. Not here: merging rows over
seeds, which the policy models do.
"""

import csv
from pathlib import Path

import duckdb

from itam.feeds import ROOT
from itam.landing.casts import literal, quoted
from itam.settings import Settings, SettingsError

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


def _stated(settings: Settings) -> list[dict[str, str | None]]:
    """What settings.yml says that is a row of kpi_policy; the organisation's own file comes after it, and wins."""
    names = {"base_currency": settings.base_currency, "reporting_time_zone": settings.time_zone}
    fields = {"base_currency": "base_currency", "reporting_time_zone": "time_zone"}
    return [
        {"name": name, "value": value} for name, value in names.items() if fields[name] in settings.model_fields_set
    ]


def land_policy(connection: duckdb.DuckDBPyConnection, home: Path, settings: Settings) -> None:
    """Replace every ``raw.policy_<seed>`` by what the organisation says now; empty where it says nothing."""
    seeds = {path.stem: seed_columns(path) for path in sorted(SEEDS.glob("*.csv"))}
    folder = home / "policy"
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else ():
        if path.stem not in seeds:
            raise SettingsError(f"{path}: no policy seed is called '{path.stem}'; use one of {', '.join(seeds)}")
    stated = {
        seed: (_stated(settings) if seed == "kpi_policy" else []) + (_rows(path) if path.exists() else [])
        for seed, path in ((seed, folder / f"{seed}.csv") for seed in seeds)
    }
    for seed, rows in stated.items():
        unknown = sorted({name for row in rows for name in row} - set(seeds[seed]))
        if unknown:
            raise SettingsError(
                f"{folder / seed}.csv: '{unknown[0]}' is no column of {seed}; its columns are {', '.join(seeds[seed])}"
            )
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
    return literal(text.strip()) if text and text.strip() else "null"


def load_enums(home: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    """Allowed values by feed and column: the seed, and the organisation's rows in its stead."""
    enums: dict[tuple[str, str], tuple[str, ...]] = {}
    for path in (SEEDS / "enum_values.csv", home / "policy" / "enum_values.csv"):
        for row in _rows(path) if path.exists() else ():
            allowed = tuple(value.strip() for value in (row.get("allowed") or "").split("|") if value.strip())
            enums[((row.get("feed") or "").strip(), (row.get("column") or "").strip())] = allowed
    return enums
