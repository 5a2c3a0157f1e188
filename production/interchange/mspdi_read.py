"""The bytes of an MSPDI file to a plan, with everything that cannot be understood. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import MAXYEAR, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from erp.workdays import WorkCalendar, days
from production.interchange.mspdi import (
    KINDS,
    MINUTES_PER_DAY,
    Entry,
    Project,
    Remark,
    Resource,
    Waits,
    _,
    minutes_of,
)
from production.interchange.mspdi_xml import Node, parse
from production.schedule.plan import Kind

T = TypeVar("T")
MOST_TASKS = 5_000
#: A baseline's number that both sides know.
BASELINE = "0"
#: Formats of a lag: parts of the predecessor's duration, and time that passes on rest days too.
PERCENT, ELAPSED = {"19", "20", "51", "52"}, {"4", "6", "8", "10", "12", "20"}
#: Elapsed days to working days.
WORKED = Decimal(5) / 7
TENTH, HALF = Decimal("0.1"), Decimal("0.5")
#: The oldest and longest exceptions of a calendar worth reading.
LONGEST_EXCEPTION = timedelta(days=400)


def read(data: bytes) -> Project:
    """The plan in the file; what is wrong with single elements stands in `problems`. Raises Broken."""
    return Reader(parse(data)).project()


class Reader:
    """One pass over the tree of one file."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.problems: list[Remark] = []
        self.remarks: list[Remark] = []
        self.per_day = self._number(root, "MinutesPerDay", MINUTES_PER_DAY) or MINUTES_PER_DAY

    def project(self) -> Project:
        nodes = [node for node in self.root.under("Tasks", "Task") if node.get("IsNull") not in ("1", "true")]
        if len(nodes) > MOST_TASKS:
            self._problem(self.root, _("The plan has more than 5,000 tasks."))
            nodes = []
        entries = {id(node): self._entry(node) for node in nodes}
        self._unique(list(entries.values()))
        lengths = {entry.uid: entry.minutes for entry in entries.values()}
        linked = [self._linked(node, entries[id(node)], lengths) for node in nodes]
        return Project(
            name=self.root.get("Title") or self.root.get("Name"),
            start=self._instant(self.root, "StartDate"),
            entries=tuple(linked),
            resources=tuple(self._resources()),
            assignments=tuple(self._assignments()),
            calendar=self._calendar(),
            problems=tuple(self.problems),
            remarks=tuple(self.remarks),
        )

    # --- values -------------------------------------------------------------------------------------

    def _problem(self, node: Node, text: str, **names: Any) -> None:
        self.problems.append(Remark(text, node.line, _place(node), names))

    def _read(self, node: Node, tag: str, read: Callable[[str], T | None], otherwise: T) -> T:
        child = node.first(tag)
        text = child.text.strip() if child else ""
        if child is None or not text:
            return otherwise
        found = read(text)
        if found is None:
            self.problems.append(
                Remark(
                    _("“%(text)s” is no valid <%(tag)s>"),
                    child.line,
                    _place(node),
                    {"text": text[:40], "tag": tag},
                )
            )
            return otherwise
        return found

    def _number(self, node: Node, tag: str, otherwise: int = 0) -> int:
        return self._read(node, tag, _whole, otherwise)

    def _flag(self, node: Node, tag: str, otherwise: bool = False) -> bool:
        return self._read(node, tag, {"1": True, "true": True, "0": False, "false": False}.get, otherwise)

    def _instant(self, node: Node, tag: str) -> datetime | None:
        return self._read(node, tag, _moment, None)

    # --- tasks --------------------------------------------------------------------------------------

    def _entry(self, node: Node) -> Entry:
        return Entry(
            uid=self._number(node, "UID"),
            name=" ".join(node.get("Name").split()),
            level=self._number(node, "OutlineLevel", 1),
            summary=self._flag(node, "Summary"),
            milestone=self._flag(node, "Milestone"),
            start=self._instant(node, "ManualStart") or self._instant(node, "Start"),
            finish=self._instant(node, "ManualFinish") or self._instant(node, "Finish"),
            minutes=self._duration(node),
            percent=max(0, min(100, self._number(node, "PercentComplete"))),
            actual_start=self._instant(node, "ActualStart"),
            actual_finish=self._instant(node, "ActualFinish"),
            manual=self._flag(node, "Manual"),
            constraint=self._number(node, "ConstraintType"),
            constraint_date=self._instant(node, "ConstraintDate"),
            deadline=self._instant(node, "Deadline"),
            priority=self._number(node, "Priority", 500),
            notes=_notes(node),
            baseline=self._baseline(node),
            line=node.line,
        )

    def _duration(self, node: Node) -> int | None:
        if node.first("Duration") is None:
            return None
        found = self._read(node, "Duration", minutes_of, -1)
        return found if found >= 0 else None

    def _unique(self, entries: list[Entry]) -> None:
        """Links and assignments name tasks by their UID: it must stand for one."""
        seen: set[int] = set()
        for entry in entries:
            if entry.uid in seen:
                text = _("the UID %(uid)s stands in the file twice")
                self.problems.append(Remark(text, entry.line, entry.name[:60], {"uid": entry.uid}))
            seen.add(entry.uid)

    def _baseline(self, node: Node) -> tuple[datetime, datetime] | None:
        for child in node.all("Baseline"):
            if child.get("Number") in ("", BASELINE):
                start, finish = self._instant(child, "Start"), self._instant(child, "Finish")
                return (start, finish) if start and finish else None
        return None

    # --- links --------------------------------------------------------------------------------------

    def _linked(self, node: Node, entry: Entry, lengths: dict[int, int | None]) -> Entry:
        waits = [self._waits(child, lengths) for child in node.all("PredecessorLink")]
        return replace(entry, waits=tuple(waits))

    def _waits(self, node: Node, lengths: dict[int, int | None]) -> Waits:
        uid = self._number(node, "PredecessorUID", -1)
        kind: Kind = self._read(node, "Type", KINDS.get, Kind.FS)
        return Waits(uid, kind, self._lag(node, lengths.get(uid) or 0))

    def _lag(self, node: Node, length: int) -> Decimal:
        """Working days. A part of the predecessor's duration, and time that passes on rest days too,
        become working days as near as half a day."""
        number, unit = self._number(node, "LinkLag"), node.get("LagFormat")
        if unit in PERCENT:
            lag = _nearest(Decimal(length) * number / 100 / self.per_day, HALF)
        elif unit in ELAPSED:
            lag = _nearest(Decimal(number) / 14_400 * WORKED, HALF)
        else:
            exact = Decimal(number) / 10 / self.per_day
            lag = _nearest(exact, TENTH)
            if lag == exact:
                return self._bounded(node, lag)
        if number:
            text = _("the lag of a link becomes %(days)s working days")
            self.remarks.append(Remark(text, node.line, "PredecessorLink", {"days": f"{lag.normalize():f}"}))
        return self._bounded(node, lag)

    def _bounded(self, node: Node, lag: Decimal) -> Decimal:
        if abs(lag) > 365:
            self._problem(node, _("a lag is longer than 365 working days"))
            return Decimal(0)
        return lag

    # --- people and calendar ------------------------------------------------------------------------

    def _resources(self) -> list[Resource]:
        """People; material and cost do no work."""
        return [
            Resource(self._number(node, "UID"), " ".join(node.get("Name").split()), node.get("Group"))
            for node in self.root.under("Resources", "Resource")
            if node.get("Name") and node.get("Type") in ("", "1") and node.get("IsNull") not in ("1", "true")
        ]

    def _assignments(self) -> list[tuple[int, int]]:
        return [
            (self._number(node, "TaskUID", -1), self._number(node, "ResourceUID", -1))
            for node in self.root.under("Assignments", "Assignment")
        ]

    def _calendar(self) -> WorkCalendar:
        """The calendar of the project, else the first base calendar."""
        nodes, uid = self.root.under("Calendars", "Calendar"), self.root.get("CalendarUID")
        own = next((node for node in nodes if uid and node.get("UID") == uid), None)
        node = own or next(iter(nodes), None)
        if node is None:
            return WorkCalendar()
        rest, off, on = {5, 6}, set[date](), set[date]()
        for day in node.under("WeekDays", "WeekDay"):
            number = self._number(day, "DayType")
            if 1 <= number <= 7:
                working = self._flag(day, "DayWorking")
                (rest.discard if working else rest.add)((number - 2) % 7)
            elif number == 0:
                self._exception(day, off, on)
        for exception in node.under("Exceptions", "Exception"):
            if exception.get("Type") in ("", "1"):
                self._exception(exception, off, on)
        return WorkCalendar(frozenset(rest), frozenset(off), frozenset(on))

    def _exception(self, node: Node, off: set[date], on: set[date]) -> None:
        period = node.first("TimePeriod")
        if period is None:
            return
        first, last = self._instant(period, "FromDate"), self._instant(period, "ToDate")
        if first and last and last.year < MAXYEAR and timedelta(0) <= last - first <= LONGEST_EXCEPTION:
            (on if self._flag(node, "DayWorking") else off).update(days(first.date(), last.date()))


def _place(node: Node) -> str:
    """How a person finds the element: its task's name or number."""
    name = " ".join(node.get("Name").split())[:60]
    uid = node.get("UID")
    return f"{node.tag} {uid}: {name}".strip(" :") if uid or name else node.tag


def _notes(node: Node) -> str:
    child = node.first("Notes")
    return child.text.strip() if child else ""


def _whole(text: str) -> int | None:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 12 else None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def _nearest(number: Decimal, step: Decimal) -> Decimal:
    return (number / step).to_integral_value() * step
