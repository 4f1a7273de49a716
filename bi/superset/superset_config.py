"""Superset on this machine, reading the published marts; Superset reads it by SUPERSET_CONFIG_PATH.

Here: what differs from Superset's defaults, and why. Not here: the dashboard, which is in export/.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

STATE = Path(os.environ["ITAM_SUPERSET_STATE"])
"""The folder of this Superset: its key, its administrator's password, its own database."""

SECRET_KEY = (STATE / "secret_key").read_text(encoding="utf-8")
SQLALCHEMY_DATABASE_URI = f"sqlite:///{STATE / 'superset.db'}"

RATELIMIT_ENABLED = True
RATELIMIT_STORAGE_URI = "memory://"  # of one process, as `make superset-up` starts it
SESSION_COOKIE_SAMESITE = "Strict"

# No page fetches anything from elsewhere: no counting pixel, no map tiles.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}

LOCKED = {"read_only": True, "config": {"enable_external_access": "false", "lock_configuration": "true"}}


def DB_CONNECTION_MUTATOR(uri: Any, params: dict[str, Any], *_: Any) -> tuple[Any, dict[str, Any]]:  # noqa: N802
    """Open every DuckDB file read-only and locked, whatever its entry says."""
    return uri, {**params, "connect_args": LOCKED} if uri.get_backend_name() == "duckdb" else params
