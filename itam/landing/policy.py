"""The organisation's own policy rows: ``$ITAM_HOME/policy/<seed>.csv`` beside the seeds of the project.

Here: reading those files into ``raw.policy_<seed>``, and the lists of allowed values. Not here: merging rows over
seeds, which the policy models do.
"""

import csv
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb

from itam.feeds import ROOT
from itam.landing.casts import literal, quoted
from itam.settings import Settings, SettingsError
from itam.spreadsheet import unguarded

SEEDS = ROOT / "seeds"
NUMBER = re.compile(r"-?[0-9]+([.][0-9]+)?")


Row = dict[str, str | None]


def _rows(path: Path) -> list[Row]:
    columns = seed_columns(SEEDS / path.name)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            rows = list(reader)
    except (csv.Error, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is no readable CSV in UTF-8: {error}") from error
    unknown = [name for name in reader.fieldnames or () if name.strip() not in columns]
    if unknown:
        raise SettingsError(
            f"{path}, line 1: '{unknown[0]}' is no column of {path.stem}; the first line names the columns: "
            + ",".join(columns)
        )
    if any(None in row for row in rows):
        raise SettingsError(f"{path} has a row with more values than its header has columns")
    return [{name.strip(): value for name, value in row.items()} for row in rows]


def seed_columns(path: Path) -> list[str]:
    """The header of a seed; nothing where there is no such file, or nothing in it."""
    if not path.exists():
        return []
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


WORDS = {
    "status_map": ("canonical_status",),
    "product_alias": ("product_type",),
    "approved_catalog": ("decision",),
    "kpi_targets": ("direction",),
    "gate_policy": ("severity",),
    "sla_policy": ("severity",),
    "recovery_policy": ("person_kind",),
}
"""Columns in which an organisation uses the words of the project's own rows (of a status: those of its feed)."""
NAMES = {
    ("class_alias", "asset_class"): ("class_policy", "asset_class"),
    ("kpi_targets", "kpi_id"): ("kpi_definitions", "kpi_id"),
    ("kpi_policy", "name"): ("kpi_policy", "name"),
    ("feed_policy", "feed"): ("feed_policy", "feed"),
    ("status_map", "feed"): ("status_map", "feed"),
}
"""Columns that name a row of a seed."""
NUMBERS = {
    "class_policy": ("useful_life_months", "staleness_days", "replacement_cost_usd"),
    "kpi_targets": ("target",),
    "feed_policy": ("cadence_days", "carry_days"),
    "sla_policy": ("deadline_hours",),
    "recovery_policy": ("grace_days",),
    "product_alias": ("priority",),
}

Check = tuple[Callable[[Row, str], bool], Callable[[Row], str]]


def _allowed(seed: str, stated: Mapping[str, list[Row]]) -> dict[str, Check]:
    """Per column of a seed what an organisation may write there, and how that is said to who wrote something else."""
    checks: dict[str, Check] = {
        column: (lambda _, value: value != "?", lambda _: "a value of your own in place of the ?")
        for column in seed_columns(SEEDS / f"{seed}.csv")
        if not column.startswith("raw_")
    }
    own = _rows(SEEDS / f"{seed}.csv")
    for column in WORDS.get(seed, ()):
        checks[column] = _one_of(lambda row, column=column: _words_of(own, row, column))  # type: ignore[misc]
    for (named_in, column), (of_seed, of_column) in NAMES.items():
        if named_in == seed:
            ours = _rows(SEEDS / f"{of_seed}.csv")
            theirs = stated[of_seed] if of_seed != seed else []
            known = {(row.get(of_column) or "").strip() for row in [*ours, *theirs]}
            checks[column] = _one_of(lambda _, known=known: known)  # type: ignore[misc]
    for column in NUMBERS.get(seed, ()):
        checks[column] = (lambda _, value: bool(NUMBER.fullmatch(value)), lambda _: "a number like 12.5")
    return checks


def _words_of(own: list[Row], row: Row, column: str) -> set[str]:
    feed = row.get("feed")
    return {(r.get(column) or "").strip() for r in own if column != "canonical_status" or r.get("feed") == feed} - {""}


def _one_of(known: Callable[[Row], set[str]]) -> Check:
    return (
        lambda row, value: value in known(row) or not known(row),
        lambda row: "one of " + ", ".join(sorted(known(row))),
    )


def _stated(settings: Settings) -> list[Row]:
    """What settings.yml says that is a row of kpi_policy; the organisation's own file comes after it, and wins."""
    said = {name: getattr(settings, field) for name, field in FIELDS.items() if field in settings.model_fields_set}
    return [{"name": name, "value": value} for name, value in said.items() if value is not None]


def _from_environment() -> list[Row]:
    """What the environment says comes last: it is meant for this run."""
    profile = os.environ.get("ITAM_PROFILE", "").strip()
    return [{"name": "profile", "value": profile}] if profile else []


def _check_names(folder: Path, stated: dict[str, list[Row]]) -> None:
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
    for seed in stated:
        path = folder / f"{seed}.csv"
        written = _rows(path) if path.exists() else []
        for column, (is_allowed, wish) in _allowed(seed, stated).items() if written else ():
            for line, row in enumerate(written, start=2):
                value = (row.get(column) or "").strip()
                if value and not is_allowed(row, value):
                    raise SettingsError(f"{path}, line {line}: '{value}' is no {column}; use {wish(row)}")
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
    connection.execute(
        "create or replace table raw.allowed_values (feed varchar, column_name varchar, allowed varchar)"
    )
    for (feed, column), known in load_enums(home).items():
        connection.execute("insert into raw.allowed_values values (?, ?, ?)", [feed, column, "|".join(known)])
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
