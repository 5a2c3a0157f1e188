"""How a conversion ends without a result."""

from __future__ import annotations


class Refused(Exception):
    """This file has no preview, and trying again changes nothing. `reason` is one of `reasons`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class Broken(Refused):
    """The program failed, was killed or ran into a limit; trying again may help."""


class Missing(Refused):
    """A part of the server is not there; the preview follows when it is."""
