"""Whom one may nudge about a task, what is due and overdue, and who hears when nobody answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts import nudging
from contracts.models import TeamMember
from erp.workdays import DAY
from notifications.models import Rules
from notifications.reminders import Matter, Reminder
from notifications.subjects import Subject
from orgchart.calendars import calendars_for
from orgchart.models import Person
from production.models import Task
from production.services.telling import leaders_of

if TYPE_CHECKING:
    from orgchart.models import User

#: Working days lie this close together, holidays and all: what ends later is not due soon.
CALENDAR_DAYS = 4
#: Tasks read in one go.
CHUNK = 500


def nudgeable(user: User, task: Task) -> list[Person]:
    """Whom `user` may nudge about a task: its assignee and the leaders of its contract first."""
    people = nudging.nudgeable(user, task.contract)
    near = [task.assignee_id, *(person.pk for person in leaders_of(task)), task.contract.manager_id]
    return sorted(
        (person for person in people if person.pk in near), key=lambda person: near.index(person.pk)
    )


def leaders(task: Task) -> list[Person]:
    """Leader and co-leaders of the task's department there, else the department's own leader."""
    people = [person for person in leaders_of(task) if person.active]
    return people or [person for person in [task.department.leader] if person]


def may_nudge(user: User, tasks: Iterable[Task]) -> set[int]:
    """Ids of those tasks whose assignee `user` may nudge; one query for a whole list."""
    asked = [task for task in tasks if task.assignee_id]
    if not asked:
        return set()
    places = TeamMember.objects.for_user(user, "nudge").filter(
        contract__in={task.contract_id for task in asked}, person__in={task.assignee_id for task in asked}
    )
    open_to = set(places.exclude(person__user=user).order_by().values_list("contract_id", "person_id"))
    return {task.pk for task in asked if (task.contract_id, task.assignee_id) in open_to}


def _crowd(task: Task) -> list[Person]:
    people = nudging.crowd(task.contract)
    return people if task.assignee is None or task.assignee in people else [task.assignee, *people]


def _find(user: User, text: str) -> list[Task]:
    return nudging.search(
        Task.objects.for_user(user).order_by("-contract_id", "position", "id"), text, "name"
    )


SUBJECT = Subject(
    label=_("Task"),
    rows=lambda: Task.objects.select_related(
        "contract__manager__user", "assignee__user", "department__leader"
    ),
    people=nudgeable,
    first=lambda task: {task.assignee_id} if task.assignee_id else set(),
    name=lambda task: f"{task.contract.number} · {task.name}",
    contract=lambda task: task.contract_id,
    crowd=_crowd,
    find=_find,
)


def due_soon(today: date, rules: Rules) -> Iterator[Matter]:
    """Open tasks that end within so many working days of whoever does them."""
    if not rules.soon_days:
        return
    last = today + timedelta(days=7 + CALENDAR_DAYS * rules.soon_days)
    rows = Task.objects.open().filter(planned_end__range=(today, last)).exclude(assignee=None)
    for task, calendar in _worked(rows):
        if calendar.between(today + DAY, task.planned_end) <= rules.soon_days:
            params = {**_words(task), "due": task.planned_end.isoformat()}
            key = f"task_due_soon-{task.pk}-{task.planned_end}"
            yield Matter(key, task, [task.assignee], calendar, params)


def overdue(today: date, rules: Rules) -> Iterator[Matter]:
    """Open tasks whose planned end has gone by; their time counts in the department's calendar, so
    that somebody's leave does not keep the leader from hearing."""
    rows = Task.objects.overdue(today)
    calendars = calendars_for()
    for task in _chunks(rows):
        yield _late(task, calendars.department(task.department_id), today)


def overdue_now(task: Task) -> Matter | None:
    """The matter of an overdue task as it stands."""
    row = Task.objects.overdue().select_related(*JOINED).filter(pk=task.pk).first()
    if row is None:
        return None
    return _late(row, calendars_for().department(row.department_id), timezone.localdate())


JOINED = ("contract", "assignee__user", "department__leader")


def _late(task: Task, calendar: Any, today: date) -> Matter:
    days = max(calendar.between(task.planned_end + DAY, today), 1)
    params = {
        **_words(task),
        "due": task.planned_end.isoformat(),
        "days": str(days),
        "person": task.assignee.name if task.assignee else "—",
    }
    key = f"task_overdue-{task.pk}-{task.planned_end}"
    return Matter(key, task, [task.assignee], calendar, params)


def _worked(rows: Any) -> Iterator[tuple[Task, Any]]:
    """Tasks with the calendar of their assignee."""
    tasks = list(_chunks(rows))
    calendars = calendars_for(people={task.assignee_id for task in tasks if task.assignee_id})
    for task in tasks:
        yield task, calendars.work(task.department_id, task.assignee_id)


def _chunks(rows: Any) -> Iterator[Task]:
    """All of `rows`, read in pieces by key, so that nothing is held while people are told."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last).select_related(*JOINED).order_by("pk")[:CHUNK]):
        yield from chunk
        last = chunk[-1].pk


def _words(task: Task) -> dict[str, str]:
    return {"contract": task.contract.number, "task": task.name}


REMINDERS = {
    "task_due_soon": Reminder("task_due_soon", due_soon),
    "task_overdue": Reminder("task_overdue", overdue, "task_escalated", overdue_now, leaders),
}
