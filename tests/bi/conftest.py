"""What ``make superset`` looks at: a published sample, Superset on it, and the Python of bi/.venv.

Slow, and not part of ``make test``: it wants bi/.venv. ``ITAM_BI_HOME`` names a home that is refreshed already; without
it a sample is made, which takes a minute or two.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from itam.home import PROJECT_DIR, Home
from tests.python.sample_home import copy_published, published_sample

BI = PROJECT_DIR / "bi" / ".venv" / "bin" / "python"
STARTS_WITHIN_SECONDS = 180


@dataclass
class Superset:
    """A Superset that runs, spoken to over its API as its administrator."""

    home: Home
    state: Path
    url: str
    process: subprocess.Popen[bytes]
    _headers: dict[str, str] = field(default_factory=dict)

    def sign_in(self) -> None:
        """As its pages do it: a token, and one against forgery."""
        password = (self.state / "admin_password").read_text(encoding="utf-8")
        asked = {"username": "admin", "password": password, "provider": "db"}
        self._headers = {"Authorization": "Bearer " + self.call("POST", "security/login", asked)["access_token"]}
        request = urllib.request.Request(f"{self.url}/api/v1/security/csrf_token/", headers=self._headers)
        with urllib.request.urlopen(request) as answer:
            self._headers |= {
                "X-CSRFToken": json.loads(answer.read())["result"],
                "Cookie": str(answer.headers["Set-Cookie"]).partition(";")[0],
                "Referer": self.url,
            }

    def call(self, method: str, path: str, body: Any = None, raw: tuple[str, bytes] | None = None) -> Any:
        """What the API answers, also when it refuses: then there is `http` in it."""
        kind, content = raw or ("application/json", None if body is None else json.dumps(body).encode())
        headers = self._headers if content is None else {**self._headers, "Content-Type": kind}
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return {"http": error.code, "said": error.read().decode()}

    def sql(self, statement: str, database: int = 1) -> Any:
        """What SQL Lab answers."""
        return self.call("POST", "sqllab/execute/", {"database_id": database, "sql": statement, "runAsync": False})


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy of what is published, so that its link can be moved."""
    named = os.environ.get("ITAM_BI_HOME")
    source = Home(Path(named)) if named else Home(published_sample(tmp_path_factory).root)
    return copy_published(source, tmp_path_factory.mktemp("bi") / "home")


@pytest.fixture(scope="session")
def superset(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    """The real command, on the copy."""
    state = tmp_path_factory.mktemp("superset")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = state / "superset.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                *(str(BI), str(PROJECT_DIR / "bi" / "superset" / "up.py"), "--published", str(home.link)),
                *("--state", str(state), "--port", str(port)),
            ],
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    running = Superset(home, state, f"http://127.0.0.1:{port}", process)
    try:
        until = time.monotonic() + STARTS_WITHIN_SECONDS
        while True:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < until, log.read_text(encoding="utf-8")
            try:
                urllib.request.urlopen(f"{running.url}/health", timeout=2).read()
                break
            except OSError:
                time.sleep(0.5)
        running.sign_in()
        yield running
    finally:
        process.terminate()
        process.wait(30)
