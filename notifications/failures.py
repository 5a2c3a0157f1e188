"""Why a call did not deliver, and what follows from it."""

from __future__ import annotations


class Failure(Exception):
    """The far end did not take it; the text is what it said, for the people who look after channels."""


class Permanent(Failure):
    """It will not take it tomorrow either: a wrong key, an unknown receiver, a refused form."""


class Transient(Failure):
    """It may take it later. `taken`: the call was out and no answer came, so it may have it already."""

    def __init__(self, text: str, *, taken: bool = False) -> None:
        super().__init__(text)
        self.taken = taken


class Limited(Failure):
    """Too many calls: nothing for `seconds`. Counts as no attempt."""

    def __init__(self, text: str, seconds: int) -> None:
        super().__init__(text)
        self.seconds = seconds
