"""Which robots hear of a contract or a department, in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from erp.workflow import create, follow
from notifications.models import Channel, GroupRoute

if TYPE_CHECKING:
    from orgchart.models import User


@transaction.atomic
def set_contract_robots(contract_id: int, robots: Sequence[Channel], *, actor: User) -> list[GroupRoute]:
    """Make `robots` those that hear of a contract, the first one first. The right is asked by the
    caller, to whom the contract belongs. Raises ValidationError for a channel that is no robot."""
    kept = {route.channel_id: route for route in GroupRoute.objects.filter(contract_id=contract_id)}
    wanted = list(dict.fromkeys(robots))
    for channel_id, route in kept.items():
        if channel_id not in {robot.pk for robot in wanted}:
            follow(route, actor=actor, verb="change", active=False)
    return [
        _place(kept.get(robot.pk), robot, contract_id, position, actor)
        for position, robot in enumerate(wanted)
    ]


def _place(
    route: GroupRoute | None, robot: Channel, contract_id: int, position: int, actor: User
) -> GroupRoute:
    fields: dict[str, Any] = {"position": position, "active": True}
    if route is not None:
        return follow(route, actor=actor, verb="change", **fields)
    return create(GroupRoute(channel=robot, contract_id=contract_id, **fields), actor=actor)
