"""A plan to the bytes of an MSPDI file. Pure: no Django, no database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as Tree

from erp.workdays import DAY, WorkCalendar
from production.interchange.mspdi import (
    AFTERNOON,
    ASAP,
    EVENING,
    KINDS,
    LAG_IN_DAYS,
    MINUTES_PER_DAY,
    MORNING,
    NAMESPACE,
    NOON,
    Entry,
    Project,
    duration_text,
)

NUMBERS = {kind: number for number, kind in KINDS.items()}
#: What XML 1.0 cannot hold at all.
UNWRITABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CALENDAR_UID = 1
#: The units of a duration that people see: days.
SHOWN_IN_DAYS = 7


def write(project: Project) -> bytes:
    """The file, in UTF-8; elements in the order of Microsoft's schema."""
    root = Tree.Element("Project", xmlns=NAMESPACE)
    starts = [entry.start for entry in project.entries if entry.start]
    ends = [entry.finish for entry in project.entries if entry.finish]
    _add(root, "SaveVersion", 14)
    _add(root, "Name", project.name)
    _add(root, "Title", project.name)
    _add(root, "ScheduleFromStart", 1)
    _add(root, "StartDate", project.start or min(starts, default=None))
    _add(root, "FinishDate", max(ends, default=None))
    _add(root, "CalendarUID", CALENDAR_UID)
    _add(root, "DefaultStartTime", f"{MORNING:%H:%M:%S}")
    _add(root, "DefaultFinishTime", f"{EVENING:%H:%M:%S}")
    _add(root, "MinutesPerDay", MINUTES_PER_DAY)
    _add(root, "MinutesPerWeek", MINUTES_PER_DAY * (7 - len(project.calendar.rest)))
    _add(root, "DurationFormat", SHOWN_IN_DAYS)
    _calendar(Tree.SubElement(Tree.SubElement(root, "Calendars"), "Calendar"), project.calendar)
    _tasks(Tree.SubElement(root, "Tasks"), project.entries)
    _people(root, project)
    Tree.indent(root, " ")
    text: bytes = Tree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _add(parent: Tree.Element, tag: str, value: Any) -> None:
    """A child with this text; nothing for None."""
    if value is None:
        return
    if isinstance(value, datetime):
        value = value.strftime("%Y-%m-%dT%H:%M:%S")
    elif isinstance(value, bool):
        value = int(value)
    text = str(value).replace("\r\n", "\n").replace("\r", "\n")
    Tree.SubElement(parent, tag).text = UNWRITABLE.sub("", text)


# --- tasks ------------------------------------------------------------------------------------------


def _tasks(parent: Tree.Element, entries: Iterable[Entry]) -> None:
    counts: list[int] = []
    for number, entry in enumerate(entries, 1):
        counts = [*counts[: entry.level], *[0] * (entry.level - len(counts))]
        counts[entry.level - 1] += 1
        _task(Tree.SubElement(parent, "Task"), entry, number, ".".join(map(str, counts)))


def _task(node: Tree.Element, entry: Entry, number: int, outline: str) -> None:
    for tag, value in (
        ("UID", entry.uid),
        ("ID", number),
        ("Name", entry.name),
        ("Active", 1),
        ("Manual", entry.manual),
        ("Type", 0),
        ("IsNull", 0),
        ("WBS", outline),
        ("OutlineNumber", outline),
        ("OutlineLevel", entry.level),
        ("Priority", entry.priority),
        ("Start", entry.start),
        ("Finish", entry.finish),
        ("Duration", None if entry.minutes is None else duration_text(entry.minutes)),
        *_by_hand(entry),
        ("DurationFormat", SHOWN_IN_DAYS),
        ("EffortDriven", 0),
        ("Estimated", 0),
        ("Milestone", entry.milestone),
        ("Summary", entry.summary),
        ("PercentComplete", entry.percent),
        ("ActualStart", entry.actual_start),
        ("ActualFinish", entry.actual_finish),
        ("ConstraintType", entry.constraint),
        ("CalendarUID", -1),
        ("ConstraintDate", entry.constraint_date if entry.constraint != ASAP else None),
        ("Deadline", entry.deadline),
        ("Notes", entry.notes or None),
    ):
        _add(node, tag, value)
    _links(node, entry)
    _baseline(node, entry)


def _by_hand(entry: Entry) -> tuple[tuple[str, Any], ...]:
    """Tasks scheduled by hand say their dates a second time; without, the programme shows none."""
    if not entry.manual:
        return ()
    length = None if entry.minutes is None else duration_text(entry.minutes)
    return (("ManualStart", entry.start), ("ManualFinish", entry.finish), ("ManualDuration", length))


def _links(node: Tree.Element, entry: Entry) -> None:
    for link in entry.waits:
        child = Tree.SubElement(node, "PredecessorLink")
        _add(child, "PredecessorUID", link.uid)
        _add(child, "Type", NUMBERS[link.kind])
        _add(child, "CrossProject", 0)
        _add(child, "LinkLag", int(link.lag * MINUTES_PER_DAY * 10))
        _add(child, "LagFormat", LAG_IN_DAYS)


def _baseline(node: Tree.Element, entry: Entry) -> None:
    if entry.baseline is None:
        return
    child = Tree.SubElement(node, "Baseline")
    _add(child, "Number", 0)
    _add(child, "Start", entry.baseline[0])
    _add(child, "Finish", entry.baseline[1])


# --- people -----------------------------------------------------------------------------------------


def _people(root: Tree.Element, project: Project) -> None:
    resources = Tree.SubElement(root, "Resources")
    for number, person in enumerate(project.resources, 1):
        child = Tree.SubElement(resources, "Resource")
        rows = ("UID", person.uid), ("ID", number), ("Name", person.name), ("Type", 1), ("IsNull", 0)
        for tag, value in (*rows, ("Group", person.group or None)):
            _add(child, tag, value)
    assignments = Tree.SubElement(root, "Assignments")
    for number, (task, person_uid) in enumerate(project.assignments, 1):
        child = Tree.SubElement(assignments, "Assignment")
        for tag, value in (("UID", number), ("TaskUID", task), ("ResourceUID", person_uid), ("Units", 1)):
            _add(child, tag, value)


# --- calendar ---------------------------------------------------------------------------------------


def _calendar(node: Tree.Element, calendar: WorkCalendar) -> None:
    _add(node, "UID", CALENDAR_UID)
    _add(node, "Name", "Standard")
    _add(node, "IsBaseCalendar", 1)
    _add(node, "BaseCalendarUID", -1)
    week = Tree.SubElement(node, "WeekDays")
    for day_type in range(1, 8):  # the file's weeks begin on Sunday with 1
        working = (day_type - 2) % 7 not in calendar.rest
        child = Tree.SubElement(week, "WeekDay")
        _add(child, "DayType", day_type)
        _add(child, "DayWorking", working)
        if working:
            _working_times(child)
    exceptions = Tree.SubElement(node, "Exceptions")
    spans = [(*span, False) for span in _runs(calendar.off)] + [(*span, True) for span in _runs(calendar.on)]
    for first, last, working in sorted(spans):
        _exception(Tree.SubElement(exceptions, "Exception"), first, last, working=working)


def _exception(node: Tree.Element, first: date, last: date, *, working: bool) -> None:
    _add(node, "EnteredByOccurrences", 0)
    period = Tree.SubElement(node, "TimePeriod")
    _add(period, "FromDate", f"{first}T00:00:00")
    _add(period, "ToDate", f"{last}T23:59:00")
    _add(node, "Occurrences", (last - first) // timedelta(days=1) + 1)
    _add(node, "Name", f"{first} – {last}")
    _add(node, "Type", 1)
    _add(node, "DayWorking", working)
    if working:
        _working_times(node)


def _working_times(node: Tree.Element) -> None:
    times = Tree.SubElement(node, "WorkingTimes")
    for begin, end in ((MORNING, NOON), (AFTERNOON, EVENING)):
        child = Tree.SubElement(times, "WorkingTime")
        _add(child, "FromTime", f"{begin:%H:%M:%S}")
        _add(child, "ToTime", f"{end:%H:%M:%S}")


def _runs(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """First and last days of unbroken rows of days."""
    first = last = None
    for day in sorted(days):
        if last is None or day != last + DAY:
            if first is not None and last is not None:
                yield first, last
            first = day
        last = day
    if first is not None and last is not None:
        yield first, last
