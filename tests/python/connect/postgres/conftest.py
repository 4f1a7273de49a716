"""A server, a database whose owner publishes and is no superuser, and readers who are members of roles."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from itam.home import Home
from tests.python.connect.postgres import organisation, server
from tests.python.connect.postgres.server import WORD, Server

EVERYTHING = "ITAM_EVERY_CLIENT"
"""Set by `make connect`: what is missing fails there instead of being skipped."""


def missing(what: str) -> None:
    """Skip, visibly; or fail where everything is asked for."""
    if os.environ.get(EVERYTHING):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def need() -> Callable[[str], None]:
    """What a test calls with what this machine lacks."""
    return missing


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server for this worker."""
    lack = server.why_not()
    if lack is not None:
        missing(lack)
    with server.running() as running:
        word = WORD.replace("'", "''")
        for role in ("publisher", "ann", "bob", "cem", "dot"):
            running.ask(f"create role {role} login password '{word}'", database="postgres")
        running.ask("alter role publisher createrole", database="postgres")
        yield running


@pytest.fixture
def database(postgres: Server) -> Iterator[Server]:
    """A fresh database ``itam`` of the publisher, without any role of ours."""
    postgres.ask("create database itam owner publisher", database="postgres")
    try:
        yield postgres
    finally:
        postgres.ask("drop database itam with (force)", database="postgres")
        made = postgres.ask(
            "select string_agg(rolname, ', ') from pg_roles where rolname like 'itam_%'", database="postgres"
        )
        if made:
            postgres.ask(f"drop role {made}", database="postgres")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An organisation that has published version 1."""
    place = Home(tmp_path / "home")
    organisation.publish_version(place, 1)
    return place
