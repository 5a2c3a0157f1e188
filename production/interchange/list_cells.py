"""One cell of a task list to one value: half-days, working days, predecessors."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from production.importing import cells
from production.importing.cells import Wrong

DAYS = re.compile(r"(\d{1,4}(?:\.\d{1,2})?)\s*(?:天|日|个?工作日|工日|d|days?)?\??", re.IGNORECASE)
TIE = re.compile(
    r"(?P<what>.+?)\s*(?P<kind>FS|SS|FF|SF)?\s*(?P<lag>[+-]\s*\d{1,3}(?:\.\d)?)?\s*(?:天|个?工作日|d|days?)?",
    re.IGNORECASE,
)
BETWEEN = re.compile(r"[,;，；、|\n]+")
HALF = re.compile(r"\s*(上午|中午|下午|am|pm|noon)\s*", re.IGNORECASE)
CLOCK = re.compile(r"[ T](\d{1,2}):(\d{2})")
MOST_DAYS = Decimal(2500)
FORENOON = {"上午": True, "中午": True, "am": True, "noon": True, "下午": False, "pm": False}


class When(NamedTuple):
    """A day, and the half of it if one is named."""

    day: date
    forenoon: bool | None = None


class Wait(NamedTuple):
    """A predecessor as written: `word` as a whole, or `what` with type and lag."""

    word: str
    what: str
    kind: str
    lag: Decimal


def when(cell: Any) -> When:
    """A date, alone or with 上午/下午, AM/PM or a time of day. Raises Wrong."""
    if isinstance(cell, datetime):
        cell = cell.isoformat(sep=" ", timespec="minutes")
    if not isinstance(cell, str):
        return When(cells.day(cell))
    plain = unicodedata.normalize("NFKC", cell).strip()
    if mark := HALF.search(plain):
        bare = CLOCK.sub("", HALF.sub(" ", plain)).strip()
        return When(cells.day(bare), FORENOON[mark[1].lower()])
    clock = CLOCK.search(plain)
    minutes = int(clock[1]) * 60 + int(clock[2]) if clock else 0
    return When(cells.day(plain), minutes < 13 * 60 if minutes else None)


def days(cell: Any) -> Decimal:
    """Working days in steps of half a day; 0 is a milestone. Raises Wrong."""
    plain = unicodedata.normalize("NFKC", cells.text(cell, 40)).strip()
    match = DAYS.fullmatch(plain)
    number = Decimal(match[1]) if match else Decimal(-1)
    if number < 0 or number > MOST_DAYS or number % Decimal("0.5"):
        raise Wrong(_("“%(cell)s” is no number of working days in steps of 0.5") % {"cell": plain})
    return number


def waits(cell: Any) -> list[Wait]:
    """`3`, `3SS+2`, `设计 FF-0.5天`, several with commas between. Raises Wrong."""
    plain = unicodedata.normalize("NFKC", cells.text(cell, 1000))
    return [_wait(word) for part in BETWEEN.split(plain) if (word := part.strip())]


def _wait(word: str) -> Wait:
    match = TIE.fullmatch(word)
    if match is None:
        return Wait(word, word, "FS", Decimal(0))
    lag = Decimal((match["lag"] or "0").replace(" ", ""))
    if abs(lag) > 365:
        raise Wrong(_("“%(cell)s”: the lag is longer than 365 working days") % {"cell": word[:60]})
    return Wait(word, match["what"].strip(), (match["kind"] or "FS").upper(), lag)
