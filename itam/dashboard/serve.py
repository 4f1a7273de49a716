"""``itam dashboard``: Streamlit on one address, with everything that calls elsewhere turned off."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from itam.dashboard import access
from itam.errors import RefusedError
from itam.home import Home
from itam.settings import load_settings

APP = Path(__file__).with_name("app.py")
OPTIONS = {
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "global.developmentMode": "false",
    "logger.level": "warning",
    "runner.magicEnabled": "false",
    "server.enableXsrfProtection": "true",
    "server.fileWatcherType": "none",
    "server.headless": "true",
    "theme.dark.primaryColor": "#8cc4ff",
    "theme.light.primaryColor": "#0b5394",
}


def command(address: str, port: int, secrets: Path | None) -> list[str]:
    """The server's command line."""
    options = {**OPTIONS, "server.address": address, "server.port": str(port)}
    if secrets is not None:
        options["secrets.files"] = str(secrets)
    return [
        *(sys.executable, "-m", "itam.dashboard.server", "run", str(APP)),
        *(f"--{name}={value}" for name, value in options.items()),
    ]


def serve(home: Home, address: str, port: int) -> None:
    """Become the server; returns only when it does not start."""
    settings = load_settings(home.root)
    access.check_address(address, settings.dashboard)
    secrets = home.root / "dashboard_secrets.toml"
    if settings.dashboard.sign_in == "oidc" and not secrets.exists():
        raise RefusedError(f"Not started: OIDC needs {secrets} (docs/how-to/dashboard.md).")
    if not port_is_free(address, port):
        raise RefusedError(f"Not started: {address}:{port} is in use; choose another with --port.")
    environment = {**os.environ, "ITAM_HOME": str(home.root)}
    sys.stdout.write(f"The dashboard of {home.root}: http://{address}:{port} (Ctrl-C stops it)\n")
    sys.stdout.flush()
    made = command(address, port, secrets if secrets.exists() else None)
    os.execve(made[0], made, environment)


def port_is_free(address: str, port: int) -> bool:
    """Whether nobody listens there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
