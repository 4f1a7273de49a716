"""Landing: delivered files become the change logs of the schema raw. ``land`` is the one way in."""

from itam.landing.run import LandingReport, Outcome, land, open_warehouse

__all__ = ["LandingReport", "Outcome", "land", "open_warehouse"]
