"""A PostgreSQL server of its own for tests: in a temporary folder, on a port of its own, gone with the test.

Here: starting it as a user who may, asking it as any user. Not here: what is published to it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

OWNER = "postgres"
WORD = "ge heim'%/@:\\ü"
"""A password with everything in it that an address or a connection string could trip over."""


def programs() -> Path | None:
    """Where the server's programs are; the newest version, none without one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def why_not() -> str | None:
    """What is missing on this machine, none where a server can be started."""
    if programs() is None or shutil.which("psql") is None or shutil.which("openssl") is None:
        return "no PostgreSQL server here: apt-get install postgresql openssl"
    if os.geteuid() == 0 and OWNER not in {entry.pw_name for entry in pwd.getpwall()}:
        return "PostgreSQL does not run as root, and there is no user postgres"
    return None


@dataclass(frozen=True)
class Server:
    """A running server; its superuser has no password on the socket, everybody on TCP has ``WORD``."""

    folder: Path
    port: int

    def url(self, user: str, database: str = "itam", word: str = WORD, options: str = "") -> str:
        """An address over TCP."""
        return f"postgresql://{user}:{quote(word, safe='')}@127.0.0.1:{self.port}/{database}{options}"

    def environment(self, user: str, database: str = "itam") -> dict[str, str]:
        """The same for programs that read libpq's variables."""
        where = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGDATABASE": database}
        return {**os.environ, **where, "PGUSER": user, "PGPASSWORD": WORD}

    def psql(self, sql: str, user: str = OWNER, database: str = "itam") -> subprocess.CompletedProcess[str]:
        """Run statements as a user, cells separated by |."""
        script = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]
        environment = self.environment(user, database)
        return subprocess.run(script, env=environment, capture_output=True, text=True, check=False)

    def ask(self, sql: str, user: str = OWNER, database: str = "itam") -> str:
        """The answer to a query that must succeed."""
        done = self.psql(sql, user, database)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@contextmanager
def running() -> Iterator[Server]:
    """A server from its begin to its end."""
    place = programs()
    assert place is not None
    folder = Path(tempfile.mkdtemp(prefix="itam_postgres_"))  # short: a socket's path may have 107 characters
    user: dict[str, Any] = {"user": OWNER, "group": OWNER, "extra_groups": []} if os.geteuid() == 0 else {}
    try:
        if user:
            shutil.chown(folder, OWNER, OWNER)
        word = folder / "word"
        word.write_text(WORD, encoding="utf-8")
        word.chmod(0o644)
        quiet: dict[str, Any] = {"check": True, "capture_output": True, "cwd": folder, **user}
        make = [str(place / "initdb"), "-D", "data", "-U", OWNER, "-A", "scram-sha-256", "--pwfile=word", "--no-sync"]
        subprocess.run([*make, "-E", "UTF8", "--locale=C.UTF-8"], **quiet)
        certificate = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ]
        subprocess.run([*certificate, "-keyout", "data/server.key", "-out", "data/server.crt"], **quiet)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        settings = {
            **{"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": str(folder)},
            **{"fsync": "off", "ssl": "on", "log_statement": "none"},
        }
        arguments = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(place / "postgres"), "-D", "data", *arguments], stdout=log, stderr=log, cwd=folder, **user
            )
        server = Server(folder, port)
        try:
            until = time.monotonic() + 60
            while server.psql("select 1", database="postgres").returncode:
                assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.05)
            yield server
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
    finally:
        shutil.rmtree(folder)
