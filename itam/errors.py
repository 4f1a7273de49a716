"""Refusals that several commands share."""


class RefusedError(Exception):
    """It is not done like this; the message says what to do instead."""
