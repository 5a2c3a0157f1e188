"""Rows of a task list to drafts, and everything that is wrong, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from contracts.models import Contract
from erp.dates import LAST_DAY
from erp.workdays import DAY, Slots, WorkCalendar, slot_of
from production.importing import cells
from production.importing.cells import Wrong
from production.importing.lookups import Lookups, key
from production.interchange import list_cells
from production.interchange.drafts import Draft, DraftPlan, Tie, wrong
from production.interchange.list_cells import Wait, When
from production.interchange.list_columns import LABELS
from production.layout import slots_of
from production.models import Task
from production.schedule.engine import schedule
from production.schedule.plan import Job, Kind, Link, Plan
from production.spans import Span

if TYPE_CHECKING:
    from orgchart.models import User

MOST_TASKS = 2_000
READS: dict[str, Callable[[Any], Any]] = {
    "ref": partial(cells.text, most=40),
    "name": partial(cells.text, most=200),
    "department": partial(cells.text, most=100),
    "assignee": partial(cells.text, most=100),
    "start": list_cells.when,
    "end": list_cells.when,
    "days": list_cells.days,
    "predecessors": list_cells.waits,
    "milestone": cells.yes,
    "note": partial(cells.text, most=5000),
}
ERROR = ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!")


@dataclass(slots=True)
class Row:
    """One task as the list has it; `line` counts from 1. `length`: half working days."""

    line: int
    found: dict[str, Any]
    department: int = 0
    span: Span | None = None
    length: int = 2


@dataclass
class TaskList:
    """One reading. `mapping`: place of a column → what it is; `plannable`: departments the reader plans
    for; `otherwise`: that of rows without one."""

    contract: Contract
    user: User
    headings: list[Any]
    mapping: Mapping[int, str]
    plannable: Collection[int]
    otherwise: int | None
    plan: DraftPlan = field(default_factory=DraftPlan)
    problems: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def read(self, rows: list[list[Any]], first: int) -> None:
        """Fill `plan`, `problems` and `notes` from `rows`; the first of them is line `first`."""
        self.look = Lookups()
        if "name" not in self.mapping.values():
            self.problem(0, "name", _("choose the column of the task name"))
            return
        for line, row in enumerate(rows, first):
            if any(str(row[place]).strip() for place in self.mapping if place < len(row)):
                self._row(line, row)
        if not self.rows and not self.problems:
            self.problem(0, "", _("The file has no rows."))
        if len(self.rows) > MOST_TASKS:
            self.problem(0, "", _("The list has more than 2,000 tasks. Split it."))
            return
        self._tie()
        self._follow()
        self._draft()

    def problem(self, line: int, column: str, text: Any) -> None:
        """People are told the heading that they wrote."""
        written = {name: str(self.headings[place])[:60] for place, name in self.mapping.items()}
        shown = written.get(column) or str(LABELS.get(column, ""))
        self.problems.append({"sheet": "", "row": line, "column": shown, "text": str(text)})

    # --- one row ------------------------------------------------------------------------------------

    def _row(self, line: int, row: list[Any]) -> None:
        found: dict[str, Any] = {}
        for place, name in self.mapping.items():
            cell = row[place] if place < len(row) else ""
            if cell in ERROR:
                self.problem(line, name, _("the cell holds an error such as #REF!"))
            elif cell is not None and str(cell).strip():
                found[name] = self._value(line, name, READS[name], cell)
        if "name" not in found:
            self.problem(line, "name", _("is missing"))
        one = Row(line, found)
        self._place(one)
        self._time(one)
        self.rows.append(one)

    def _value(self, line: int, name: str, read: Callable[[Any], Any], cell: Any) -> Any:
        try:
            return read(cell)
        except Wrong as why:
            self.problem(line, name, why)
            return None

    def _place(self, row: Row) -> None:
        """The department, and who does it."""
        name, department = row.found.get("department"), self.otherwise
        if name:
            department = self._value(row.line, "department", self.look.department, name)
        elif department is None and "department" not in row.found:
            self.problem(row.line, "department", _("is missing: choose a department for such rows"))
        if department is not None and department not in self.plannable:
            self.problem(row.line, "department", _("you do not plan for this department here"))
        row.department = department or 0
        if row.found.get("assignee"):
            find = partial(self.look.person, department=department)
            row.found["assignee"] = self._value(row.line, "assignee", find, row.found["assignee"])

    # --- dates --------------------------------------------------------------------------------------

    def _calendar(self, row: Row) -> WorkCalendar:
        return self.look.calendars.work(row.department or None, row.found.get("assignee"))

    def _slots(self, row: Row, around: When) -> Slots:
        """Whole years around a day, so that calendars are laid out once for many rows."""
        year = around.day.year
        return slots_of(self._calendar(row), date(year - 11, 1, 1), date(year + 11, 12, 31))

    def _time(self, row: Row) -> None:
        """From start, end and working days what they say; with start and end the days do not count."""
        start, end, days = (row.found.get(name) for name in ("start", "end", "days"))
        row.found["milestone"] = bool(row.found.get("milestone")) or days == 0
        row.length = 0 if row.found["milestone"] else int((days or Decimal(1)) * 2)
        if row.found["milestone"] and (day := end or start):
            row.span = Span(day.day, day.day, ends_noon=day.forenoon is True)
        elif start and end:
            row.span = Span(start.day, end.day, start.forenoon is False, end.forenoon is True)
        elif start and days:
            slots = self._slots(row, start)
            number = slots.before(slot_of(start.day, afternoon=start.forenoon is False))
            row.span = Span.between(slots.at(number), slots.end(number + row.length))
        elif end and days:
            slots = self._slots(row, end)
            done = slots.before(slot_of(end.day) + (1 if end.forenoon else 2))
            row.span = Span.between(slots.at(done - row.length), slots.end(done))
        elif not (row.found.keys() & {"start", "end"}):
            self._undated(row)
        elif not ("days" in row.found or ("start" in row.found and "end" in row.found)):
            missing = "end" if start else "start"
            self.problem(row.line, missing, _("is missing: give the end or the duration"))

    def _undated(self, row: Row) -> None:
        if "predecessors" not in row.found:
            self.problem(row.line, "start", _("is missing: give a start, or what the task waits for"))
        elif "days" not in row.found and not row.found["milestone"]:
            self.problem(row.line, "days", _("is missing: give the end or the duration"))

    # --- predecessors -------------------------------------------------------------------------------

    def _tie(self) -> None:
        refs, names = self._targets()
        seen: set[tuple[int, int, bool]] = set()
        for after, row in enumerate(self.rows):
            for wait in row.found.get("predecessors") or ():
                try:
                    before, stored, kind, lag = self._target(wait, refs, names)
                except Wrong as why:
                    self.problem(row.line, "predecessors", why)
                    continue
                if (before, after, stored) in seen or (before == after and not stored):
                    text = _("“%(word)s”: a task waits neither for itself nor twice for another")
                    self.problem(row.line, "predecessors", text % {"word": wait.word[:60]})
                    continue
                seen.add((before, after, stored))
                self.plan.ties.append(Tie(before, after, kind, lag, stored))

    def _targets(self) -> tuple[dict[str, list[int]], dict[str, list[tuple[int, bool]]]]:
        """Numbers and names that predecessors may be called by. Names of the list come before those of
        the contract."""
        refs: dict[str, list[int]] = {}
        names: dict[str, list[tuple[int, bool]]] = {}
        numbered = "ref" in self.mapping.values()
        for place, row in enumerate(self.rows):
            word = row.found.get("ref") if numbered else str(row.line)
            if word:
                refs.setdefault(key(word), []).append(place)
            if row.found.get("name"):
                names.setdefault(key(row.found["name"]), []).append((place, False))
        stored = Task.objects.for_user(self.user).filter(contract=self.contract).order_by("id")
        old: dict[str, list[tuple[int, bool]]] = {}
        for pk, name in stored.values_list("pk", "name"):
            old.setdefault(key(name), []).append((pk, True))
        if doubled := [name for name in names if name in old]:
            text = _("The contract has %(n)s tasks of these names already; they will stand there twice.")
            self.notes.append(text % {"n": len(doubled)})
        return refs, {**old, **names}

    def _target(
        self, wait: Wait, refs: dict[str, list[int]], names: dict[str, list[tuple[int, bool]]]
    ) -> tuple[int, bool, str, Decimal]:
        """(place or task id, whether it is stored, type, lag). Raises Wrong."""
        for word, kind, lag in ((wait.word, "FS", Decimal(0)), (wait.what, wait.kind, wait.lag)):
            found = names.get(key(word)) or [(place, False) for place in refs.get(key(word), ())]
            if len(found) > 1:
                text = _("several tasks are called “%(word)s”: write the number of the row")
                raise Wrong(text % {"word": word[:60]})
            if found:
                return (*found[0], kind, lag)
        raise Wrong(_("there is no task “%(word)s”") % {"word": wait.what[:60]})

    def _follow(self) -> None:
        """Rows without dates begin as soon as what they wait for allows."""
        if self.problems:
            return
        if ring := self.plan.circle():
            names = " → ".join(self.rows[place].found["name"] for place in ring[:10])
            text = _("The tasks wait for each other in a circle: %(names)s") % {"names": names}
            self.problem(self.rows[ring[0]].line, "predecessors", text)
            return
        if all(row.span for row in self.rows):
            return
        stored = Task.objects.in_bulk({tie.before for tie in self.plan.ties if tie.stored})
        known = {place: row.span for place, row in enumerate(self.rows) if row.span}
        known |= {-pk: Span.of(task) for pk, task in stored.items()}
        dates = self._dates(known, {-pk for pk, task in stored.items() if task.milestone})
        for place, row in enumerate(self.rows):
            if row.span is None:
                row.span = dates[place]

    def _dates(self, known: Mapping[int, Span], milestones: Collection[int]) -> dict[int, Span]:
        """The engine's dates of all rows; stored tasks stand in the plan under minus their id."""
        first = min(span.start for span in known.values())
        last = min(max(span.end for span in known.values()) + DAY * 3660, LAST_DAY)
        numbers: dict[WorkCalendar, int] = {}
        jobs = []
        for place, row in enumerate(self.rows):
            calendar = numbers.setdefault(self._calendar(row), len(numbers))
            pin = _pinned(known.get(place), milestone=not row.length)
            jobs.append(Job(place, row.length, calendar, pinned=pin))
        calendars = {number: Slots(one, first - DAY * 400, last) for one, number in numbers.items()}
        for number in (number for number in known if number < 0):
            milestone = number in milestones
            pin = _pinned(known[number], milestone=milestone)
            jobs.append(Job(number, 0 if milestone else 1, pinned=pin))
        links = [
            Link(-tie.before if tie.stored else tie.before, tie.after, Kind(tie.kind), round(tie.lag * 2))
            for tie in self.plan.ties
        ]
        found = schedule(Plan(jobs, links, calendars, slot_of(first))).dates
        return {
            place: Span.between(found[place].early_start, found[place].early_end, milestone=not row.length)
            for place, row in enumerate(self.rows)
        }

    # --- drafts -------------------------------------------------------------------------------------

    def _draft(self) -> None:
        for row in self.rows:
            if row.span is None or not row.found.get("name"):
                continue  # told before
            follows = not (row.found.keys() & {"start", "end"})
            values: dict[str, Any] = {
                "name": row.found["name"],
                "department_id": row.department,
                "assignee_id": row.found.get("assignee"),
                **row.span.fields(),
                "not_before": None if follows else row.span.start,
                "not_before_afternoon": not follows and row.span.begins_afternoon,
                "milestone": row.found["milestone"],
                "needs_acceptance": not row.found["milestone"],
                "description": row.found.get("note") or "",
            }
            draft = Draft(values)
            for name, sentences in wrong(draft).items():
                column = {"planned_start": "start", "planned_end": "end"}.get(name, "")
                self.problem(row.line, column, " ".join(sentences))
            self.plan.drafts.append(draft)
        if len(self.plan.drafts) < len(self.rows):  # links name places that are not there
            self.plan.ties.clear()


def _pinned(span: Span | None, *, milestone: bool) -> tuple[int, int] | None:
    if span is None:
        return None
    return (span.until, span.until) if milestone else (span.first, span.until)
