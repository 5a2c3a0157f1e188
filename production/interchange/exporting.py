"""A contract's plan to MS Project's file: what somebody may see of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from contracts.models import Contract
from erp.access import demand
from erp.audit import services as audit
from erp.workdays import Slots, WorkCalendar
from production.calendar import working_calendar
from production.interchange import mspdi
from production.interchange.mspdi import (
    AFTERNOON,
    ASAP,
    EVENING,
    FINISH_NO_LATER,
    MORNING,
    MUST_START_ON,
    NOON,
    START_NO_EARLIER,
    Entry,
    Project,
    Resource,
    Waits,
    at,
)
from production.interchange.mspdi_write import write
from production.models import BaselineTask, Mode, Task, TaskDependency
from production.schedule.plan import Kind
from production.spans import Span
from production.states import Status

if TYPE_CHECKING:
    from orgchart.models import User

#: Our priorities as the file counts them, 0 to 1000.
PRIORITIES = {1: 300, 2: 500, 3: 700, 4: 900}
MINUTES_PER_HALF = mspdi.MINUTES_PER_DAY // 2
#: Exceptions of the calendar are written so far around the plan.
AROUND = timedelta(days=366)


def export_plan(contract: Contract, *, actor: User) -> bytes:
    """The MSPDI file of the tasks of `contract` that `actor` may see, cancelled ones left out; audited.
    Raises PermissionDenied when they may not see all tasks."""
    demand(actor, "view_tasks", contract)
    project = project_of(contract, actor)
    audit.record("export", contract, what="plan", format="mspdi", tasks=len(project.entries))
    return write(project)


def project_of(contract: Contract, user: User) -> Project:
    """The plan as the file knows it: departments are summary tasks, tasks are numbered in order.
    A constant number of queries."""
    rows = Task.objects.for_user(user).filter(contract=contract).exclude(status=Status.CANCELLED)
    rows = rows.select_related("department", "assignee__department")
    tasks = list(rows.order_by("department__position", "department_id", "position", "id"))
    days = [day for task in tasks for day in (task.planned_start, task.planned_end)] or [contract.signed_on]
    first, last = min(days) - AROUND, max(days) + AROUND
    calendar = _near(working_calendar(), first, last)
    writer = _Writer(tasks, _links(contract, user), _baseline(contract), Slots(calendar, first, last))
    people = {task.assignee_id: task.assignee for task in tasks if task.assignee}
    uids = {pk: number for number, pk in enumerate(people, 1)}
    return Project(
        name=f"{contract.number} {contract.name}",
        start=at(min(days), MORNING),
        entries=tuple(writer.entries()),
        resources=tuple(Resource(uids[pk], who.name, who.department.name) for pk, who in people.items()),
        assignments=tuple((writer.uids[t.pk], uids[t.assignee_id]) for t in tasks if t.assignee_id),
        calendar=calendar,
    )


def _near(calendar: WorkCalendar, first: date, last: date) -> WorkCalendar:
    """The special days within these dates that differ from the week; a file knows no half-days off."""

    def inside(found: Iterable[date], *, resting: bool) -> frozenset[date]:
        rest = calendar.rest
        return frozenset(d for d in found if first <= d <= last and (d.weekday() in rest) == resting)

    off = inside(calendar.off - calendar.on, resting=False)
    return WorkCalendar(calendar.rest, off, inside(calendar.on, resting=True))


def _links(contract: Contract, user: User) -> dict[int, list[TaskDependency]]:
    found: dict[int, list[TaskDependency]] = defaultdict(list)
    rows = TaskDependency.objects.for_user(user).filter(successor__contract=contract)
    for link in rows.order_by("id"):
        found[link.successor_id].append(link)
    return found


def _baseline(contract: Contract) -> dict[int, BaselineTask]:
    """The dates of the contract's own baseline, else of the latest."""
    newest = contract.baselines.order_by("-of_contract", "-id").first()
    return {row.task_id: row for row in newest.tasks.all()} if newest else {}


class _Writer:
    """Numbers the tasks and turns them into entries."""

    def __init__(
        self,
        tasks: list[Task],
        links: Mapping[int, list[TaskDependency]],
        baseline: Mapping[int, BaselineTask],
        slots: Slots,
    ) -> None:
        self.groups = [list(rows) for _key, rows in groupby(tasks, key=lambda task: task.department_id)]
        self.links, self.baseline, self.slots = links, baseline, slots
        self.uids: dict[int, int] = {}
        uid = 0
        for rows in self.groups:
            uid += 1  # the department's own
            for task in rows:
                uid += 1
                self.uids[task.pk] = uid

    def entries(self) -> Iterable[Entry]:
        for rows in self.groups:
            found = [self._entry(task) for task in rows]
            yield self._summary(rows, found)
            yield from found

    def _summary(self, rows: list[Task], found: list[Entry]) -> Entry:
        start = min(entry.start for entry in found if entry.start)
        finish = max(entry.finish for entry in found if entry.finish)
        first, until = min(Span.of(t).first for t in rows), max(Span.of(t).until for t in rows)
        return Entry(
            self.uids[rows[0].pk] - 1,
            rows[0].department.name,
            summary=True,
            start=start,
            finish=finish,
            minutes=self._minutes(first, until),
        )

    def _minutes(self, first: int, until: int) -> int:
        return max(0, self.slots.before(until) - self.slots.before(first)) * MINUTES_PER_HALF

    def _entry(self, task: Task) -> Entry:
        span = Span.of(task)
        start, finish = _instants(span, milestone=task.milestone)
        base = self.baseline.get(task.pk)
        entry = Entry(
            self.uids[task.pk],
            task.name,
            level=2,
            milestone=task.milestone,
            start=start,
            finish=finish,
            minutes=0 if task.milestone else self._minutes(span.first, span.until),
            percent=task.progress,
            actual_start=_day(task.actual_start, EVENING if task.milestone else MORNING),
            actual_finish=_day(task.actual_end, EVENING),
            manual=task.mode == Mode.MANUAL,
            priority=PRIORITIES[task.priority],
            notes=task.description.replace("\r\n", "\n").strip(),
            waits=tuple(self._waits(task)),
            baseline=_instants(_span(base), milestone=task.milestone) if base else None,
        )
        return replace(entry, **_constraint(task))

    def _waits(self, task: Task) -> Iterable[Waits]:
        for link in self.links.get(task.pk, ()):
            if link.predecessor_id in self.uids:
                yield Waits(self.uids[link.predecessor_id], Kind(link.type), Decimal(link.lag))


def _span(row: BaselineTask) -> Span:
    return Span(row.planned_start, row.planned_end, row.begins_afternoon, row.ends_noon)


def _instants(span: Span, *, milestone: bool) -> tuple[datetime, datetime]:
    """Half-days as times of day; a milestone happens at the end of its half-day."""
    finish = at(span.end, NOON if span.ends_noon else EVENING)
    return (finish if milestone else at(span.start, AFTERNOON if span.begins_afternoon else MORNING)), finish


def _day(day: date | None, hour: time) -> datetime | None:
    return at(day, hour) if day else None


def _constraint(task: Task) -> dict[str, Any]:
    """The file has room for one constraint, and for a deadline besides."""
    late = _day(task.not_after, EVENING)
    begin = at(task.planned_start, AFTERNOON if task.begins_afternoon else MORNING)
    if task.mode == Mode.FIXED:
        return {"constraint": MUST_START_ON, "constraint_date": begin, "deadline": late}
    if task.not_before:
        early = at(task.not_before, AFTERNOON if task.not_before_afternoon else MORNING)
        return {"constraint": START_NO_EARLIER, "constraint_date": early, "deadline": late}
    if late:
        return {"constraint": FINISH_NO_LATER, "constraint_date": late}
    return {"constraint": ASAP}
