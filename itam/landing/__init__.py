"""Landing: delivered files become the change logs of the schema raw. ``land`` is the one way in."""

from itam.landing.delivery import LandingReport, Outcome
from itam.landing.run import land, open_warehouse

__all__ = ["LandingReport", "Outcome", "land", "open_warehouse"]
