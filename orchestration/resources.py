"""The refresh that a run is: the one writer of the home, from the first step of the run to the last."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from dagster import (
    ConfigurableResource,
    Failure,
    InitResourceContext,
    RetryRequested,
    get_dagster_logger,
)
from pydantic import PrivateAttr

from itam import arrivals, cadence
from itam import refresh as refreshing
from itam.home import Home
from itam.refresh import Reland, Run
from orchestration import upkeep

PATIENCE_SECONDS = 900.0
"""How long a run waits for a person's `itam refresh` or backup to end."""
TRIES, FIRST_PAUSE_SECONDS = 3, 15.0
"""A step is tried again after 15, 30 and 60 seconds where that may help."""


class RunReporter:
    """The refresh speaks in the log of the run."""

    def __init__(self) -> None:
        self.log = get_dagster_logger("itam")

    def step(self, name: str) -> None:
        """A step begins."""
        self.log.info(name)

    def detail(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Too much for the log of a run; the file of the refresh has it."""

    def note(self, text: str) -> None:
        """What a person should see."""
        self.log.info(text)


class RefreshResource(ConfigurableResource):
    """One refresh of a home, begun by the first step of a run that needs it and ended after the last."""

    home: str = ""  # the one of the environment (ITAM_HOME), where a run's config does not say
    as_of: str | None = None  # a day to compute, also an older one (itam refresh --as-of)
    not_before: str | None = None  # scheduled: D is at least this day
    reland_since: str | None = None  # read the kept deliveries since this day again (itam reland)
    reland_feed: str | None = None
    everything: bool = False  # build all models (itam refresh --everything)
    patience_seconds: float = PATIENCE_SECONDS
    quiet_seconds: float = arrivals.QUIET_SECONDS

    _run: Run = PrivateAttr()

    @property
    def place(self) -> Home:
        """The home."""
        return Home.locate(self.home)

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["RefreshResource"]:
        """Hold the home as long as the run lasts, and tell how it ended."""
        os.umask(0o077)  # as for the command: what is published is opened to readers one by one
        with refreshing.under_way(self.place, day(self.as_of), RunReporter(), self.patience_seconds) as run:
            run.requested = run.requested or cadence.day_to_ask_for(self.place, day(self.not_before))
            run.quiet_seconds, run.everything = self.quiet_seconds, self.everything
            since = day(self.reland_since)
            run.reland = Reland(since, self.reland_feed) if since else None
            self._run = run
            if context.run is not None and context.instance is not None:
                context.instance.add_run_tags(context.run.run_id, {upkeep.PROCESS_TAG: upkeep.process_tag()})
            yield self

    @property
    def run(self) -> Run:
        """The refresh under way."""
        return self._run

    def step(self, name: str, work: Callable[[Home, Run], None], retried: int) -> float:
        """Do a step: the seconds it took. What may pass is tried again a little later, anything else ends the run."""
        began = time.monotonic()
        try:
            work(self.place, self.run)
        except Exception as error:
            if refreshing.may_pass(error) and retried < TRIES:
                raise RetryRequested(max_retries=TRIES, seconds_to_wait=FIRST_PAUSE_SECONDS * 2**retried) from error
            raise Failure(refreshing.fail(self.run, error).reason, allow_retries=False) from error
        except BaseException as error:
            refreshing.fail(self.run, error)
            raise
        return round(time.monotonic() - began, 2)


def day(text: str | None) -> date | None:
    """A day as YYYY-MM-DD, or none."""
    return date.fromisoformat(text) if text else None
