"""What the organisation says about itself: ``$ITAM_HOME/settings.yml``.

Here: the shape of that file, its defaults, and one clear sentence when it is wrong. Not here: policy (thresholds and
mappings of values), which are seeds and ``$ITAM_HOME/policy/<seed>.csv``.
"""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

SETTINGS_FILE = "settings.yml"


class SettingsError(ValueError):
    """settings.yml or a policy file is wrong; the message is one sentence for the person who wrote it."""


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"'{name}' is no time zone; write one like Europe/Berlin")
    return ZoneInfo(name).key


Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Positive = Annotated[int, Field(gt=0)]
Days = Annotated[int, Field(ge=0)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NumberFormat(_Model):
    """How a source writes numbers: ``1.234,56`` is decimal ',' and thousands '.'."""

    decimal: Annotated[str, StringConstraints(pattern=r"^[.,]$")] = "."
    thousands: Annotated[str, StringConstraints(pattern=r"^[.,' ]?$")] = ""

    @model_validator(mode="after")
    def _signs_differ(self) -> "NumberFormat":
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands must be two different signs")
        return self


class SourceSettings(_Model):
    """What holds for everything one source system delivers."""

    currency: Currency | None = None
    time_zone: TimeZone = "UTC"
    number_format: NumberFormat | None = None
    mapping: str | dict[str, str] | None = None

    def mapping_of(self, feed: str) -> str | None:
        """The mapping stated for a feed of this source, or none: then it is recognised by its shape."""
        return self.mapping.get(feed) if isinstance(self.mapping, dict) else self.mapping


class Limits(_Model):
    """What a delivery may weigh; beyond it the delivery is refused instead of read."""

    max_file_bytes: Positive = 20 * 1024**3
    max_uncompressed_bytes: Positive = 50 * 1024**3
    max_compression_ratio: Positive = 250
    max_cell_bytes: Positive = 1024**2
    max_document_bytes: Positive = 64 * 1024**2
    max_columns: Positive = 1000


class Retention(_Model):
    """For how many days kept deliveries stay, and every sighting; nothing said means for good."""

    default_days: Days | None = None
    feeds: dict[str, Days] = {}
    sightings_days: Annotated[int, Field(ge=120)] | None = None

    def days(self, feed: str) -> int | None:
        """The days for one feed, or none: for good."""
        return self.feeds.get(feed, self.default_days)


class DashboardSettings(_Model):
    """Who may look at the pages: nobody signs in (this machine only), a proxy says who it is, or OIDC does."""

    sign_in: Literal["none", "proxy", "oidc"] = "none"
    user_header: str = "X-Forwarded-Email"
    groups_header: str = "X-Forwarded-Groups"
    secret_header: str = "X-Itam-Secret"
    groups_claim: str = "groups"
    roles: dict[Literal["cio", "it_ops", "finance", "all"], list[str]] = {}


Reader = Literal["cio", "it_ops", "finance"]
RoleName = Annotated[str, StringConstraints(pattern=r"^itam_[a-z0-9_]{1,50}$")]


class DepartmentRole(_Model):
    """Readers on PostgreSQL who get what a reader gets, of some departments only."""

    reads: Reader
    departments: Annotated[list[str], Field(min_length=1)]


class PublishSettings(_Model):
    """Where else the marts go: a PostgreSQL database to which every refresh copies them."""

    to: str | None = None
    without_tls: bool = False
    department_roles: dict[RoleName, DepartmentRole] = {}

    @model_validator(mode="after")
    def _keeps_secrets_out(self) -> "PublishSettings":
        if self.to is not None and (urlsplit(self.to).password or "password=" in self.to):
            raise ValueError(
                "no password in this file; put it into ~/.pgpass or PGPASSWORD (docs/connect/postgresql.md)"
            )
        if "itam_all" in self.department_roles:
            raise ValueError("itam_all reads everything; give another role its departments")
        return self


class Settings(_Model):
    """The whole file; every part has a default."""

    base_currency: Currency = "USD"
    time_zone: TimeZone = "UTC"
    refresh_at: TimeOfDay = "06:00"
    profile: str | None = None
    objective: str | None = None
    sources: dict[str, SourceSettings] = {}
    retention: Retention = Retention()
    limits: Limits = Limits()
    dashboard: DashboardSettings = DashboardSettings()
    publish: PublishSettings = PublishSettings()

    def source(self, source_system: str) -> SourceSettings:
        """The settings of one source system."""
        return self.sources.get(source_system, SourceSettings())


def load_settings(home: Path) -> Settings:
    """Read ``settings.yml`` of a home; a missing or empty file means the defaults."""
    path = home / SETTINGS_FILE
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not readable YAML: {' '.join(str(error).split())}") from error
    if content is not None and not isinstance(content, dict):
        raise SettingsError(f"{path} must hold names and values, not a single {type(content).__name__}")
    try:
        return Settings.model_validate(content or {})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(f"{path}: {place}: {first['msg'].removeprefix('Value error, ')}") from error
