"""Superset on 127.0.0.1 with the dashboard of export/, reading one published file: ``make superset-up``.

Run by the Python of bi/.venv. It makes what a Superset needs (a key, its own tables, an administrator), brings the
dashboard to what export/ says, and becomes the server. Here: getting there. Not here: how Superset is configured
(superset_config.py), and other people's Superset (docs/connect/superset.md).
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import sys
from pathlib import Path

HERE = Path(__file__).parent
EXPORT = HERE / "export"
PLACEHOLDER = "ITAM_PUBLISHED"
"""Stands in export/databases/ for the published file of whoever imports it."""
ADMIN = "admin"


def main() -> None:
    """Make it ready, then serve."""
    parser = argparse.ArgumentParser(description="Superset on 127.0.0.1 with the dashboard of the published marts.")
    parser.add_argument("--published", type=Path, required=True, help="published/itam.duckdb of a home")
    parser.add_argument("--state", type=Path, default=HERE.parents[1] / "target" / "superset", help="its own folder")
    parser.add_argument("--port", type=int, default=8088)
    asked = parser.parse_args()
    published, state = asked.published.absolute(), asked.state.absolute()
    if not published.exists():
        raise SystemExit(f"Nothing is published at {published}: run `itam refresh` first.")
    os.umask(0o077)
    state.mkdir(parents=True, exist_ok=True)
    secret(state / "secret_key")
    os.environ |= {
        "ITAM_SUPERSET_STATE": str(state),
        "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py"),
    }
    logging.disable(logging.INFO)  # hundreds of lines about tables that are made
    fill(secret(state / "admin_password"), published)
    print(f"Superset: http://127.0.0.1:{asked.port}/superset/dashboard/itam-cio/ once it says that it listens.")
    print(f"Sign in as {ADMIN}; the password is in {state / 'admin_password'}.", flush=True)
    server = [str(Path(sys.executable).with_name("gunicorn")), "--bind", f"127.0.0.1:{asked.port}"]
    server += ["--no-control-socket", "--worker-class", "gthread", "--threads", "8", "--timeout", "120"]
    os.execv(server[0], [*server, "superset.app:create_app()"])


def secret(file: Path) -> str:
    """What a file holds; random when there is no such file yet."""
    if not file.exists():
        file.write_text(secrets.token_urlsafe(42), encoding="utf-8")
    return file.read_text(encoding="utf-8")


def fill(password: str, published: Path) -> None:
    """Superset's tables, roles, administrator and dashboard."""
    from flask import g
    from flask_migrate import upgrade
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        from superset import appbuilder, security_manager
        from superset.commands.importers.v1.assets import ImportAssetsCommand

        upgrade(str(Path(app.root_path) / "migrations"))
        appbuilder.add_permissions(update_perms=True)
        security_manager.sync_role_definitions()
        g.user = security_manager.find_user(ADMIN) or security_manager.add_user(
            ADMIN, "Admin", "User", "admin@localhost", security_manager.find_role("Admin"), password
        )
        ImportAssetsCommand(contents(published)).run()


def contents(published: Path) -> dict[str, str]:
    """The files of the export, as the one kind of import that moves a database entry that is there already."""
    files = {f.relative_to(EXPORT).as_posix(): f.read_text(encoding="utf-8") for f in sorted(EXPORT.rglob("*.yaml"))}
    files["metadata.yaml"] = files["metadata.yaml"].replace("type: Dashboard", "type: assets")
    return {name: text.replace(PLACEHOLDER, str(published)) for name, text in files.items()}


if __name__ == "__main__":
    main()
