"""Who hears of what happens to a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.models import TeamMember
from erp.audit import acting_as
from erp.roles import LEADING
from notifications.services import notify
from production.models import Task

if TYPE_CHECKING:
    from orgchart.models import User


def tell(event: str, task: Task, people: list[Any], *, actor: User, **more: str) -> None:
    """One message to each of `people` (persons) about this deed; the actor is passed over."""
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


def leaders_of(task: Task) -> list[Any]:
    """Leader and co-leaders of the task's department in its contract."""
    places = TeamMember.objects.filter(
        contract=task.contract_id, department=task.department_id, duty__in=LEADING
    )
    return [place.person for place in places.select_related("person")]
