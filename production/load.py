"""Who is planned for how much: working half-days of open tasks against working half-days there are.

A task's half-days are those of its calendar: the assignee's, else the department's. A department has
what its active people have, and does what they do and what is planned there for nobody yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from contracts.models import Contract, TeamMember
from erp.roles import REACH_ALL, Role
from erp.workdays import Slots, WorkCalendar, slot_of
from orgchart.calendars import Calendars, calendars_for
from orgchart.models import Department, Person
from production.models import Task, TaskQuerySet
from production.spans import Span

if TYPE_CHECKING:
    from orgchart.models import User

#: span → (columns, days of each).
SPANS = {"weeks": (12, 7), "days": (28, 1)}
#: How far from today one may look.
FARTHEST = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Window:
    """The days looked at: `columns` of `step` days each, from a Monday on."""

    first: date
    span: str = "weeks"
    columns: int = 12
    step: int = 7

    @classmethod
    def read(cls, query: QueryDict) -> Window:
        """The window an address asks for; this week's when it makes no sense."""
        today = timezone.localdate()
        span = query.get("span", "")
        span = span if span in SPANS else "weeks"
        first = day_in(query.get("from", "")) or today
        return cls(first - timedelta(days=first.weekday()), span, *SPANS[span])

    def column(self, day: date) -> Window:
        """The one column in which `day` lies."""
        past = (day - self.first).days % self.step
        return Window(day - timedelta(days=past), self.span, 1, self.step)

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.columns * self.step - 1)

    @property
    def starts(self) -> list[date]:
        return [self.first + timedelta(days=nth * self.step) for nth in range(self.columns)]

    def shifted(self, by: int) -> str:
        """The first day of the window `by` windows on, as addresses write it."""
        return (self.first + by * timedelta(days=self.columns * self.step)).isoformat()


def day_in(text: str) -> date | None:
    """A day out of an address, no farther off than one may look; None when it is none."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    today = timezone.localdate()
    return min(max(day, today - FARTHEST), today + FARTHEST)


@dataclass(slots=True)
class Line:
    """One row: a person, or a department with `people` under it. All numbers are working half-days.
    `whole`: the reader may know the sum; without it a department is but a heading."""

    pk: int
    name: str
    planned: list[int]
    available: list[int]
    whole: bool = True
    people: list[Line] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether more is planned than there is, in any column."""
        return any(planned > there for planned, there in zip(self.planned, self.available, strict=True))


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose load somebody may read: all, a leader's department and those they see tasks of, or one's
    own and that of the teams one manages. Tasks are those one may see in any case."""

    user: User

    @property
    def home(self) -> int | None:
        person = getattr(self.user, "person", None)
        return person.department_id if person else None

    @property
    def everybody(self) -> bool:
        return self.user.role in REACH_ALL

    def whole(self, department: int) -> bool:
        """Whether one may know what a department does altogether."""
        return self.everybody or (self.user.role == Role.LEADER and department == self.home)

    def tasks(self, window: Window) -> TaskQuerySet:
        """Open work in the window; milestones take no time."""
        rows = Task.objects.for_user(self.user).open().filter(milestone=False)
        rows = rows.filter(planned_start__lte=window.last, planned_end__gte=window.first)
        leads = self.everybody or self.user.role == Role.LEADER
        return rows if leads else rows.filter(assignee__in=self._own().order_by().values("pk"))

    def people(self, assigned: Iterable[int]) -> Any:
        """The people shown, of whom `assigned` have work here. Who left shows while work is theirs."""
        if self.everybody:
            shown = Q(active=True) | Q(pk__in=assigned)
        elif self.user.role == Role.LEADER:
            shown = Q(active=True, department=self.home) | Q(pk__in=assigned)
        else:
            return self._own().filter(Q(active=True) | Q(pk__in=assigned))
        return Person.objects.filter(shown)

    def _own(self) -> Any:
        """Oneself, and the teams of the contracts one manages."""
        teams = TeamMember.objects.filter(
            contract__in=Contract.objects.live().filter(manager__user=self.user)
        )
        return Person.objects.filter(Q(user=self.user) | Q(pk__in=teams.order_by().values("person")))


@dataclass(frozen=True)
class Work:
    """What the computation reads of a task."""

    pk: int
    assignee: int | None
    department: int
    span: Span


def work_of(rows: TaskQuerySet) -> list[Work]:
    names = ("pk", "assignee", "department", "planned_start", "planned_end", "begins_afternoon", "ends_noon")
    found = rows.order_by().values_list(*names)
    return [Work(pk, who, where, Span(*when)) for pk, who, where, *when in found]


class Counting:
    """Half-days of a window by the calendars of people and departments."""

    def __init__(self, window: Window, departments: Iterable[int], people: Iterable[int]) -> None:
        self._calendars: Calendars = calendars_for(departments, people)
        self._laid: dict[WorkCalendar, Slots] = {}
        self._first, self._last = window.first, window.last
        self._step = window.step * 2
        base = slot_of(window.first)
        self._edges = [base + nth * self._step for nth in range(window.columns + 1)]

    @cached_property
    def nothing(self) -> list[int]:
        return [0] * (len(self._edges) - 1)

    def _slots(self, calendar: WorkCalendar) -> Slots:
        if calendar not in self._laid:
            self._laid[calendar] = Slots(calendar, self._first, self._last)
        return self._laid[calendar]

    def there(self, person: int) -> list[int]:
        """The half-days a person works, column by column."""
        slots = self._slots(self._calendars.person(person))
        marks = [slots.before(edge) for edge in self._edges]
        return [after - before for before, after in zip(marks, marks[1:], strict=False)]

    def planned(self, work: Work) -> Iterator[tuple[int, int]]:
        """(column, half-days) of a task, for the columns in which it is worked on."""
        slots = self._slots(self._calendars.work(work.department, work.assignee))
        edges = self._edges
        first, until = max(work.span.first, edges[0]), min(work.span.until, edges[-1])
        for column in range((first - edges[0]) // self._step, -((edges[0] - until) // self._step)):
            begin, end = max(first, edges[column]), min(until, edges[column + 1])
            if count := slots.before(end) - slots.before(begin):
                yield column, count


def load(user: User, window: Window, department: int = 0) -> list[Line]:
    """Departments with their people, as far as `user` may read them; `department` leaves out the
    others. A constant number of queries."""
    reach = Reach(user)
    work = work_of(reach.tasks(window))
    people = list(
        reach.people({w.assignee for w in work if w.assignee}).values_list(
            "pk", "name", "department", "active"
        )
    )
    shown = {pk for pk, *_rest in people}
    counting = Counting(window, {w.department for w in work}, shown)
    own: dict[int, list[int]] = defaultdict(lambda: list(counting.nothing))
    free: dict[int, list[int]] = defaultdict(lambda: list(counting.nothing))
    for one in work:
        if one.assignee in shown or (one.assignee is None and reach.whole(one.department)):
            sums = own[one.assignee] if one.assignee else free[one.department]
            for column, count in counting.planned(one):
                sums[column] += count
    lines: dict[int, list[Line]] = defaultdict(list)
    for pk, name, home, active in people:
        there = counting.there(pk) if active else list(counting.nothing)
        lines[home].append(Line(pk, name, own[pk], there))
    return _departments(lines, free, reach, department)


def _departments(
    lines: dict[int, list[Line]], free: dict[int, list[int]], reach: Reach, only: int
) -> list[Line]:
    wanted = {pk for pk in {*lines, *free} if not only or pk == only}
    found = []
    for pk, name in Department.objects.filter(pk__in=wanted).values_list("pk", "name"):
        people = lines.get(pk, [])
        planned = [line.planned for line in people] + ([free[pk]] if pk in free else [])
        there = [line.available for line in people]
        sums = [sum(column) for column in zip(*planned, strict=True)]
        found.append(
            Line(
                pk,
                name,
                sums,
                [sum(column) for column in zip(*there, strict=True)] or [0] * len(sums),
                reach.whole(pk),
                people,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Behind:
    """One cell: whose it is, its numbers, and its tasks with the half-days each takes."""

    name: str
    planned: int
    available: int
    tasks: list[tuple[Task, int]]
    total: int


#: A cell names this many tasks; those due first.
MOST_TASKS = 50


def behind(user: User, window: Window, *, person: int = 0, department: int = 0) -> Behind | None:
    """What a cell (a window of one column) is made of; None where `user` may not look."""
    reach = Reach(user)
    rows = reach.tasks(window)
    if person:
        rows = rows.filter(assignee=person)
        line = _line_of_person(reach, rows, person)
    else:
        free = Q(assignee__isnull=True, department=department)
        rows = rows.filter(Q(assignee__department=department) | free)
        line = Department.objects.filter(pk=department).first() if reach.whole(department) else None
    if line is None:
        return None
    return _behind(reach, window, rows, line)


def _line_of_person(reach: Reach, rows: TaskQuerySet, person: int) -> Person | None:
    assigned = {person} if rows.exists() else set()
    found: Person | None = reach.people(assigned).filter(pk=person).first()
    return found


def _behind(reach: Reach, window: Window, rows: TaskQuerySet, line: Person | Department) -> Behind:
    work = work_of(rows)
    if isinstance(line, Person):
        active = {line.pk} if line.active else set()
    else:
        active = set(Person.objects.filter(department=line, active=True).values_list("pk", flat=True))
    people = active | {w.assignee for w in work if w.assignee}
    counting = Counting(window, {w.department for w in work}, people)
    counts = {w.pk: count for w in work for _column, count in counting.planned(w)}
    there = sum(sum(counting.there(pk)) for pk in active)
    joined = Task.objects.filter(pk__in=counts).select_related("contract", "assignee")
    tasks = list(joined.order_by("planned_end", "id")[:MOST_TASKS])
    shown = [(task, counts[task.pk]) for task in tasks]
    return Behind(str(line), sum(counts.values()), there, shown, len(counts))
