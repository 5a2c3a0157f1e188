"""A plan as MS Project's XML (MSPDI) knows it. Pure: no Django, no database.

`Project` is what both sides know; `mspdi_read` and `mspdi_write` turn it into a file and back without
loss. Days are worked from 8 to 12 and from 13 to 17, so half-days are times of day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from erp.workdays import WorkCalendar
from production.schedule.plan import Kind

NAMESPACE = "http://schemas.microsoft.com/project"
MORNING, NOON, AFTERNOON, EVENING = time(8), time(12), time(13), time(17)
MINUTES_PER_DAY = 480
#: Link types as the file numbers them.
KINDS = {"0": Kind.FF, "1": Kind.FS, "2": Kind.SF, "3": Kind.SS}
#: Constraint types that both sides know; 0 is "as soon as possible".
ASAP, MUST_START_ON, START_NO_EARLIER, FINISH_NO_LATER = 0, 2, 4, 7
#: A link's lag is counted in days (7); other formats are read, not written.
LAG_IN_DAYS = 7
DURATION = re.compile(r"(?:P(?:(\d{1,5})D)?)?T?(?:(\d{1,7})H)?(?:(\d{1,7})M)?(?:(\d{1,7})(?:\.\d+)?S)?")


def _(text: str) -> str:
    """Marks a sentence for the catalogue; whoever shows it translates it."""
    return text


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to tell about a place of the file: `text` is a sentence of the catalogue, with `names`
    for its placeholders; `line` counts from 1, 0 means the file as a whole."""

    text: str
    line: int = 0
    where: str = ""
    names: dict[str, Any] = field(default_factory=dict)


class Broken(Exception):
    """The file cannot be read as a plan at all; `remark` says why and where."""

    def __init__(self, text: str, line: int = 0, where: str = "", **names: Any) -> None:
        super().__init__(text % names)
        self.remark = Remark(text, line, where, names)


@dataclass(frozen=True, slots=True)
class Waits:
    """A predecessor by its UID; `lag` in working days."""

    uid: int
    kind: Kind = Kind.FS
    lag: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One task or summary task. `minutes`: working minutes; `manual`: scheduled by hand."""

    uid: int
    name: str
    level: int = 1
    summary: bool = False
    milestone: bool = False
    start: datetime | None = None
    finish: datetime | None = None
    minutes: int | None = None
    percent: int = 0
    actual_start: datetime | None = None
    actual_finish: datetime | None = None
    manual: bool = False
    constraint: int = ASAP
    constraint_date: datetime | None = None
    deadline: datetime | None = None
    priority: int = 500
    notes: str = ""
    waits: tuple[Waits, ...] = ()
    baseline: tuple[datetime, datetime] | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Resource:
    """Somebody who works; `group` is the department."""

    uid: int
    name: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A whole plan. `assignments` are (task UID, resource UID). `problems` and `remarks` belong to one
    reading of one file, not to the plan."""

    name: str = ""
    start: datetime | None = None
    entries: tuple[Entry, ...] = ()
    resources: tuple[Resource, ...] = ()
    assignments: tuple[tuple[int, int], ...] = ()
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    problems: tuple[Remark, ...] = field(default=(), compare=False)
    remarks: tuple[Remark, ...] = field(default=(), compare=False)


def at(day: date, hour: time) -> datetime:
    """An instant of the file: the time on a clock of the site, without a zone."""
    return datetime.combine(day, hour)


def duration_text(minutes: int) -> str:
    """`PT12H30M0S`."""
    return f"PT{minutes // 60}H{minutes % 60}M0S"


def minutes_of(text: str) -> int | None:
    """Minutes of a duration such as `PT12H30M0S`; None when it is none."""
    match = DURATION.fullmatch(text.strip())
    if not match or not any(match.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return days * 1440 + hours * 60 + minutes + round(seconds / 60)
