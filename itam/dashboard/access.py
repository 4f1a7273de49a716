"""Who may look: sign-in by a trusted proxy or by OIDC, and which roles a reader has.

On this machine alone (127.0.0.1) nobody has to sign in unless settings.yml asks for it; on any other address the
dashboard does not start without. Here: deciding. Not here: sessions and cookies, which are Streamlit's.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itam.dashboard.data import ROLES
from itam.errors import RefusedError
from itam.settings import DashboardSettings

SECRET_VARIABLE = "ITAM_DASHBOARD_SECRET"  # the name of a variable, not a secret
ALL = "all"


@dataclass(frozen=True)
class Reader:
    """Who looks and as what."""

    name: str | None
    roles: tuple[str, ...]


def is_this_machine(address: str) -> bool:
    """Whether only this machine can reach an address."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def check_address(address: str, settings: DashboardSettings, environment: Mapping[str, str] = os.environ) -> None:
    """Refuse to be reachable by others without sign-in."""
    if is_this_machine(address):
        return
    if settings.sign_in == "none":
        raise RefusedError(
            f"Not started: {address} can be reached by others and nobody has to sign in. Set dashboard.sign_in in"
            " settings.yml (docs/how-to/dashboard.md), or leave --address out."
        )
    if settings.sign_in == "proxy" and not environment.get(SECRET_VARIABLE):
        raise RefusedError(
            f"Not started: on {address} anybody could send the proxy's header. Give the proxy a secret and set"
            f" {SECRET_VARIABLE} to it (docs/how-to/dashboard.md)."
        )
    if not settings.roles:
        raise RefusedError("Not started: dashboard.roles in settings.yml is empty, nobody could see anything.")


def by_proxy(
    headers: Mapping[str, str], settings: DashboardSettings, environment: Mapping[str, str] = os.environ
) -> Reader | None:
    """The reader that the proxy names; none when it names nobody, or is not the proxy."""
    expected = environment.get(SECRET_VARIABLE, "")
    given = headers.get(settings.secret_header, "")
    if expected and not hmac.compare_digest(expected.encode(), given.encode()):
        return None
    name = headers.get(settings.user_header, "").strip()
    if not name:
        return None
    groups = [g.strip() for g in headers.get(settings.groups_header, "").split(",") if g.strip()]
    return Reader(name, roles_of({name, *groups}, settings))


def by_oidc(user: Mapping[str, Any], settings: DashboardSettings) -> Reader | None:
    """The reader that the identity provider names; none before signing in."""
    if not user.get("is_logged_in"):
        return None
    name = str(user.get("email") or user.get("preferred_username") or user.get("sub") or "").strip()
    if not name or user.get("email_verified") is False:
        return None
    claim = user.get(settings.groups_claim) or []
    groups = [claim] if isinstance(claim, str) else [str(g) for g in claim]
    return Reader(name, roles_of({name, *groups}, settings))


def roles_of(names: set[str], settings: DashboardSettings) -> tuple[str, ...]:
    """The roles of a person and their groups, compared without case."""
    known = {n.casefold() for n in names}
    held = {role for role, members in settings.roles.items() if known & {m.casefold() for m in members}}
    return tuple(role for role in ROLES if role in held or ALL in held)
