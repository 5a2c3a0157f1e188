"""A contract's plan as the engine reads it.

Done work keeps its actual dates, begun work its start; fixed tasks and those scheduled by hand keep
what is planned; everything else follows its links and "no earlier than". A task's calendar is its
assignee's, else its department's, else the site's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from django.utils import timezone

from contracts.models import Contract
from erp.workdays import Slots, WorkCalendar, slot_of
from orgchart.calendars import NO_CHANGES, Changes, calendars_for
from production.models import Mode, Task, TaskDependency
from production.schedule.engine import Schedule, schedule
from production.schedule.plan import Job, Kind, Link, Plan
from production.spans import Span
from production.states import Status

#: Field values of tasks that are asked for or would follow, by task.
Edits = Mapping[int, Mapping[str, Any]]
#: (predecessor, successor) → (type, lag in working days), or None for a link taken away.
Links = Mapping[tuple[int, int], tuple[str, Decimal] | None]
#: Years laid out behind the last date of a plan; before its first, one.
YEARS_AFTER = 3


class Reading:
    """The rows of a contract's plan: its tasks but for cancelled ones, in plan order, their links, and
    the calendar each task is worked in (`calendars`: task → WorkCalendar). A constant number of queries."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        rows = Task.objects.filter(contract=contract).exclude(status=Status.CANCELLED)
        rows = rows.select_related("department", "assignee")
        ordered = rows.order_by("department__position", "department_id", "position", "id")
        self.tasks = {task.pk: task for task in ordered}
        links = TaskDependency.objects.filter(successor__contract=contract).order_by("id")
        self.links = {
            (link.predecessor_id, link.successor_id): link
            for link in links
            if link.predecessor_id in self.tasks and link.successor_id in self.tasks
        }
        people = [task.assignee for task in self.tasks.values() if task.assignee]
        homes = {person.pk: person.department_id for person in people}
        self.calendars = calendars_of(self.tasks.values(), homes=homes)

    def lay_out(
        self,
        edits: Edits | None = None,
        links: Links | None = None,
        *,
        now: date | None = None,
        calendars: Mapping[int, WorkCalendar] | None = None,
    ) -> Layout:
        """The plan with `edits` and `links` done. With `now` nothing is planned into the past. With
        other `calendars` work keeps its duration of today. Raises Circle."""
        tasks = dict(self.tasks)
        for pk, values in (edits or {}).items():
            tasks[pk] = edited(tasks[pk], values)
        waits = {key: (link.type, link.lag) for key, link in self.links.items()}
        waits |= {key: wait for key, wait in (links or {}).items() if wait}
        for key in [key for key, wait in (links or {}).items() if not wait]:
            waits.pop(key, None)
        return _layout(self, tasks, waits, now, calendars or self.calendars)


def edited(task: Task, values: Mapping[str, Any]) -> Task:
    """A copy of `task` with `values`; work that has begun keeps its planned start."""
    found = copy(task)
    for name, value in values.items():
        setattr(found, name, value)
    if task.actual_start is not None and not task.milestone:
        found.planned_start, found.begins_afternoon = task.planned_start, task.begins_afternoon
    return found


@dataclass(frozen=True)
class Layout:
    """Tasks with the engine's view of them."""

    contract: Contract
    tasks: Mapping[int, Task]
    plan: Plan

    @cached_property
    def schedule(self) -> Schedule:
        """The dates, with float against the planned delivery of the contract."""
        return schedule(self.plan, slot_of(self.contract.planned_delivery) + 2)

    @cached_property
    def jobs(self) -> dict[int, Job]:
        return {job.key: job for job in self.plan.jobs}

    def slots(self, key: int) -> Slots:
        """The half-days in which a task is worked."""
        return self.plan.calendars[self.jobs[key].calendar]

    def span(self, key: int) -> Span:
        """Where the engine puts a task; of work that has begun only the end is the engine's."""
        task, dates = self.tasks[key], self.schedule.dates[key]
        found = Span.between(dates.early_start, dates.early_end, milestone=task.milestone)
        if task.actual_start is None or task.milestone:
            return found
        start = min(task.planned_start, found.end)
        same = start == found.end and found.ends_noon
        return replace(found, start=start, begins_afternoon=task.begins_afternoon and not same)

    @property
    def ends(self) -> date | None:
        """The day on which the last task ends."""
        ends = [self.span(key).end for key in self.tasks]
        return max(ends, default=None)


def _layout(
    reading: Reading,
    tasks: Mapping[int, Task],
    waits: Mapping[tuple[int, int], tuple[str, Decimal]],
    now: date | None,
    calendars: Mapping[int, WorkCalendar],
) -> Layout:
    first, last = horizon(tasks.values(), reading.contract)
    numbers: dict[WorkCalendar, int] = {}
    for pk in tasks:
        numbers.setdefault(calendars[pk], len(numbers))
    waiting = {after for _before, after in waits}
    instant = slot_of(now) if now else None
    jobs = [
        _job(
            task,
            numbers[calendars[pk]],
            slots_of(calendars[pk], first, last),
            slots_of(reading.calendars[pk], first, last),
            pk in waiting,
            instant,
        )
        for pk, task in tasks.items()
    ]
    links = [
        Link(before, after, Kind(kind), round(lag * 2)) for (before, after), (kind, lag) in waits.items()
    ]
    laid = {number: slots_of(calendar, first, last) for calendar, number in numbers.items()}
    start = min([slot_of(reading.contract.signed_on), *(Span.of(task).first for task in tasks.values())])
    return Layout(reading.contract, tasks, Plan(jobs, links, laid, start, instant))


def _job(task: Task, calendar: int, slots: Slots, usual: Slots, waits: bool, now: int | None) -> Job:
    """`usual` is the calendar its planned dates were made with: they say how long it takes."""
    span = Span.of(task)
    milestone = task.milestone
    length = 0 if milestone else usual.before(span.until) - usual.before(span.first)
    if not milestone and not length:  # put on rest days: a day, or its half
        length = min(2, span.until - span.first)
    job = Job(task.pk, length, calendar, not_after=_not_after(task))
    if task.status == Status.DONE:
        return replace(job, pinned=_happened(task))
    if task.mode != Mode.AUTO:
        end = span.until
        if task.mode == Mode.FIXED and not milestone:
            end = slots.end(slots.before(span.first) + length)
        return replace(job, pinned=(end, end) if milestone else (span.first, end))
    if task.actual_start is not None and not milestone:
        return _begun(job, task, slots, usual, now)
    return replace(job, not_before=_not_before(task, slots, waits))


def _begun(job: Job, task: Task, slots: Slots, usual: Slots, now: int | None) -> Job:
    """Work under way ends as planned; asked about today, what is left of it comes on top of today."""
    began = slot_of(task.actual_start)  # type: ignore[arg-type]  # begun
    length = max(1, usual.before(Span.of(task).until) - usual.before(began))
    if now is not None:
        length = max(length, slots.before(now) + _left(job, task, now) - slots.before(began))
    return replace(job, begun=began, duration=length)


def _left(job: Job, task: Task, now: int) -> int:
    """How many half-days of work under way are left, as far as anybody said. What was submitted had been
    finished once: it takes today. No report is no news until the planned end has gone by."""
    if task.status == Status.WAITING_QC or task.reworking:
        return 2
    if not task.progress and Span.of(task).until > now:
        return 1
    return max(1, -(-job.duration * (100 - task.progress) // 100))


def _not_before(task: Task, slots: Slots, waits: bool) -> int | None:
    """The boundary it may not start before. What waits for nothing stays where it was put."""
    day = task.not_before or (None if waits else task.planned_start)
    if day is None:
        return None
    if task.milestone:  # on the first working day from then on, at its end
        working = slots.at(slots.before(slot_of(day)))
        noon = task.ends_noon and day == task.planned_end
        return working + (1 if noon else 2 - working % 2)
    afternoon = task.not_before_afternoon if task.not_before else task.begins_afternoon
    return slot_of(day, afternoon=afternoon)


def _not_after(task: Task) -> int | None:
    return slot_of(task.not_after) + 2 if task.not_after else None


def _happened(task: Task) -> tuple[int, int]:
    """What happened, happened on whole days; milestones at the end of theirs."""
    end = slot_of(task.actual_end or task.planned_end) + 2
    start = slot_of(task.actual_start or task.planned_start)
    return (end, end) if task.milestone else (min(start, end - 1), end)


def horizon(tasks: Iterable[Task], contract: Contract) -> tuple[date, date]:
    """Whole years around everything a plan names, so that calendars are laid out once for many plans."""
    days = [contract.signed_on, contract.planned_delivery, timezone.localdate()]
    for task in tasks:
        days += [task.planned_start, task.planned_end]
        days += [day for day in (task.actual_start, task.actual_end, task.not_before) if day]
    return date(max(min(days).year - 1, 1), 1, 1), date(max(days).year + YEARS_AFTER, 12, 31)


def merged(layout: Layout, others: Iterable[Task]) -> Plan:
    """The plan of `layout` with tasks of other contracts beside it, which stay where they are."""
    rows = list(others)
    calendars = calendars_of(rows)
    first, last = horizon([*layout.tasks.values(), *rows], layout.contract)
    numbers = {job.calendar for job in layout.plan.jobs}
    laid, jobs = dict(layout.plan.calendars), list(layout.plan.jobs)
    known: dict[WorkCalendar, int] = {}
    for task in rows:
        calendar = calendars[task.pk]
        number = known.setdefault(calendar, len(numbers) + len(known))
        laid[number] = slots_of(calendar, first, last)
        span = Span.of(task)
        jobs.append(Job(task.pk, 1, number, pinned=(span.first, span.until), beside=True))
    return replace(layout.plan, jobs=jobs, calendars=laid)


def span_of(task: Task, first: int, days: Decimal) -> Span:
    """`days` working days of a task's own calendar from the slot `first` on."""
    slots = slots_of(calendars_of([task])[task.pk], *horizon([task], task.contract))
    number = slots.before(first)
    return Span.between(slots.at(number), slots.end(number + round(days * 2)))


@lru_cache(maxsize=256)
def slots_of(calendar: WorkCalendar, first: date, last: date) -> Slots:
    """The half-days of a calendar, laid out once per process."""
    return Slots(calendar, first, last)


def calendars_of(
    tasks: Iterable[Task], changes: Changes = NO_CHANGES, homes: Mapping[int, int] | None = None
) -> dict[int, WorkCalendar]:
    """Task → the calendar it is worked in, with `changes`: the assignee's, else the department's. `homes`:
    assignee → department, where that is known."""
    rows = list(tasks)
    found = calendars_for((), {task.assignee_id for task in rows if task.assignee_id}, changes, homes)
    return {task.pk: found.work(task.department_id, task.assignee_id) for task in rows}
