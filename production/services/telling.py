"""Who hears of what happens to a task."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from contracts.models import TeamMember
from erp.audit import acting_as
from erp.roles import LEADING
from notifications.services import notify
from production.models import Task

if TYPE_CHECKING:
    from orgchart.models import User


def tell(event: str, task: Task, *, actor: User, **more: str) -> None:
    """One message about this deed to each of the people it concerns; the actor is passed over."""
    people = AUDIENCES[event](task)
    if not any(people):
        return
    with acting_as(actor):
        notify(
            event,
            task,
            people,
            key=f"{event}-{task.pk}-{task.version}",
            task=task.name,
            contract=task.contract.number,
            **more,
        )


def tell_dates(task: Task, actor: User) -> None:
    """The assignee hears of the new dates."""
    start, end = task.planned_start.isoformat(), task.planned_end.isoformat()
    tell("task_rescheduled", task, actor=actor, start=start, end=end)


def leaders_of(task: Task) -> list[Any]:
    """Leader and co-leaders of the task's department in its contract."""
    places = TeamMember.objects.filter(
        contract=task.contract_id, department=task.department_id, duty__in=LEADING
    )
    return [place.person for place in places.select_related("person")]


def _assignee(task: Task) -> list[Any]:
    return [task.assignee]


def _answering(task: Task) -> list[Any]:
    """The leaders of the task's department and the project manager, less whoever does it."""
    people = dict.fromkeys([*leaders_of(task), task.contract.manager])
    return [person for person in people if person.pk != task.assignee_id]


#: Who hears of which deed; the dry run asks the same.
AUDIENCES: dict[str, Callable[[Task], list[Any]]] = {
    "task_assigned": _assignee,
    "task_rescheduled": _assignee,
    "task_submitted": lambda task: [task.contract.manager],
    "task_passed": _assignee,
    "task_rejected": _assignee,
    "task_paused": lambda task: [*leaders_of(task), task.contract.manager],
    "task_cancelled": _assignee,
    "task_finished": _answering,
    "rework_added": _answering,
}
