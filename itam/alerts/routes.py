"""Who is told where and when: ``$ITAM_HOME/alerts.yml``.

Here: the shape of that file and what it says about a moment. It is a file of its own because it holds addresses with
passwords in them (keep it 0600), and because no number depends on it. Not here: what is told.
"""

from __future__ import annotations

import os
import re
import stat
from datetime import datetime, time, timedelta
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from itam.cadence import policy_rows
from itam.home import Home

FILE = "alerts.yml"
DEFAULT = "default"
KINDS = ("kpi", "gate", "refresh", "feed", "renewal", "sanitization", "pack")
_VARIABLE = re.compile(r"\$\{(\w+)\}")

Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class AlertsError(ValueError):
    """alerts.yml is wrong; the message is one sentence for the person who wrote it."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class QuietHours(_Model):
    """When nobody wants to hear; what has changed is told afterwards, if it is still so."""

    since: Clock = Field(alias="from")
    until: Clock = Field(alias="to")
    weekends: bool = False
    but: tuple[str, ...] = Field(default=(), alias="except")  # kinds that are told at once all the same

    def holds(self, now: datetime) -> bool:
        """Whether a moment of the organisation's clock is quiet."""
        moment, since, until = now.time(), _time(self.since), _time(self.until)
        is_night = since <= moment < until if since <= until else moment >= since or moment < until
        return is_night or (self.weekends and now.weekday() >= 5)


class Digest(_Model):
    """Roles that want one message a day instead of one per change."""

    at: Clock = "08:00"
    roles: tuple[str, ...]

    def is_due(self, now: datetime, told_on: str | None) -> bool:
        """Whether the digest of a day is still to be sent."""
        return now.time() >= _time(self.at) and (told_on is None or told_on < now.date().isoformat())


class Alerts(_Model):
    """The whole file; without it nobody is told anything."""

    routes: dict[str, tuple[str, ...]] = {}
    quiet_hours: QuietHours | None = None
    digest: Digest | None = None
    link: str = ""  # where a reader finds more: the address of Dagster or of a dashboard

    def addresses(self, role: str) -> tuple[str, ...]:
        """Where a role is told, else where everybody is."""
        return self.routes.get(role, self.routes.get(DEFAULT, ()))

    def may_tell(self, role: str, kind: str, now: datetime, digest_told_on: str | None) -> bool:
        """Whether this is the moment to tell a role about something of a kind."""
        if self.quiet_hours is not None and kind not in self.quiet_hours.but and self.quiet_hours.holds(now):
            return False
        return self.digest is None or role not in self.digest.roles or self.digest.is_due(now, digest_told_on)


def load(home: Home) -> Alerts:
    """Read the file; ``${NAME}`` in an address is taken from the environment."""
    path = home.root / FILE
    if not path.exists():
        return Alerts()
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise AlertsError(f"{path} may be read by others, and addresses hold passwords: chmod 600 it")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        said = Alerts.model_validate(content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise AlertsError(f"{path} is not readable YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or FILE
        raise AlertsError(f"{path}: {place}: {first['msg'].removeprefix('Value error, ')}") from error
    _verify(said, home, str(path))
    routes = {role: tuple(_filled(a, str(path)) for a in addresses) for role, addresses in said.routes.items()}
    return said.model_copy(update={"routes": routes})


def roles(home: Home) -> set[str]:
    """Everybody who owns a KPI or a check."""
    seeds = (("kpi_definitions", "kpi_id"), ("gate_policy", "check_id"))
    return {row["owner_role"].strip() for seed, key in seeds for row in policy_rows(home, seed, key).values()}


def _verify(said: Alerts, home: Home, path: str) -> None:
    known = roles(home) | {DEFAULT}
    named = [*said.routes, *(said.digest.roles if said.digest else ())]
    unknown = next((role for role in named if role not in known), None)
    if unknown is not None:
        raise AlertsError(f"{path}: '{unknown}' owns nothing: use one of {', '.join(sorted(known))}")
    kind = next((k for k in (said.quiet_hours.but if said.quiet_hours else ()) if k not in KINDS), None)
    if kind is not None:
        raise AlertsError(f"{path}: there are no alerts of the kind '{kind}': use one of {', '.join(KINDS)}")


def _filled(address: str, path: str) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise AlertsError(f"{path}: the environment does not say {match[1]}")
        return os.environ[match[1]]

    return _VARIABLE.sub(value, address)


def _time(clock: str) -> time:
    hours, minutes = clock.split(":")
    return (datetime.min + timedelta(hours=int(hours), minutes=int(minutes))).time()
