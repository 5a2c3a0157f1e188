"""What a task waits for."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.services import lock_contract
from erp.access import demand
from erp.workflow import Blocked, change, create, remove
from production.models import Task, TaskDependency

if TYPE_CHECKING:
    from orgchart.models import User


@transaction.atomic
def link_tasks(
    predecessor: Task,
    successor: Task,
    *,
    actor: User,
    type: str = TaskDependency.Type.FS,
    lag: Decimal | int = 0,
) -> TaskDependency:
    """Make `successor` wait; a link that exists gets the new type and lag (working days).

    Raises PermissionDenied, Blocked (another contract, a cycle)."""
    lock_contract(successor.contract_id)
    demand(actor, "link", successor)
    demand(actor, "view", predecessor)
    if predecessor.contract_id != successor.contract_id:
        raise Blocked(_("Both tasks must belong to the same contract."))
    if way := path_between(successor, predecessor):
        names = dict(Task.objects.filter(pk__in=way).values_list("pk", "name"))
        chain = " → ".join(names[pk] for pk in [*way, way[0]])
        raise Blocked(_("This would make a circle: %(chain)s") % {"chain": chain})
    link: TaskDependency | None = TaskDependency.objects.filter(
        predecessor=predecessor, successor=successor
    ).first()
    if link is not None:
        return change(link, actor=actor, verb="link", type=type, lag=Decimal(lag))
    link = TaskDependency(predecessor=predecessor, successor=successor, type=type, lag=Decimal(lag))
    return create(link, actor=actor, verb="link")


@transaction.atomic
def unlink_tasks(link: TaskDependency, *, actor: User) -> None:
    """The successor waits no longer. Raises PermissionDenied, Blocked."""
    lock_contract(link.successor.contract_id)
    remove(link, actor=actor, verb="unlink", right="link")


def path_between(start: Task, goal: Task) -> list[int]:
    """Ids from `start` along the links to `goal`, both included; empty when there is no way."""
    if start.pk == goal.pk:
        return [start.pk]
    onward: dict[int, list[int]] = defaultdict(list)
    links = TaskDependency.objects.filter(successor__contract=start.contract_id)
    for before, after in links.values_list("predecessor_id", "successor_id"):
        onward[before].append(after)
    came_from, front = {start.pk: 0}, [start.pk]
    while front and goal.pk not in came_from:
        here = front.pop()
        for after in onward[here]:
            if after not in came_from:
                came_from[after] = here
                front.append(after)
    if goal.pk not in came_from:
        return []
    way = [goal.pk]
    while came_from[way[-1]]:
        way.append(came_from[way[-1]])
    return way[::-1]
