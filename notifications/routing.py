"""Who is reached by what: channels for a person and an event, robots for a contract and a department."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from erp.memory import recall
from notifications import wishes
from notifications.channels import adapter
from notifications.events import known
from notifications.models import Channel, GroupRoute
from notifications.states import PERSONAL, Medium

if TYPE_CHECKING:
    from django.db import models

    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Route:
    """One channel for one person: not before `at`; `bundle` when it waits for the daily digest."""

    channel: Channel
    at: datetime
    bundle: bool = False


def active_channels() -> list[Channel]:
    """Every channel in use, in the order the back office gave them. Read once a request."""
    return recall("notifications.channels", lambda: list(Channel.objects.active()))


def open_media() -> list[Medium]:
    """The media by which a person can be reached here: those some channel in use serves."""
    here = {channel.medium for channel in active_channels()}
    return [medium for medium in PERSONAL if medium in here]


def routes_for(
    users: Iterable[User], event: str, *, media: Collection[str] | None = None, now: datetime | None = None
) -> dict[int, list[Route]]:
    """Per user id, the ways on which `event` leaves for them. `media` given: chosen by hand, whatever
    they prefer, and at once. People without an address for a channel have no way on it."""
    people, moment = list(users), now or timezone.now()
    personal = [channel for channel in active_channels() if not channel.is_robot]
    if not personal or not people:
        return {}
    wanted = wishes.chosen(people, event) if media is None else {}
    times = wishes.moments(people, event, moment) if media is None else {}
    found: dict[int, list[Route]] = {}
    for user in people:
        chosen = set(media) if media is not None else _media(user, event, wanted.get(user.pk, {}))
        when = times.get(user.pk, wishes.Moment(moment))
        routes = [Route(channel, when.at, when.bundle) for channel in _first(personal, chosen, user)]
        if routes:
            found[user.pk] = routes
    return found


def channels_for(user: User, event: str) -> list[Channel]:
    """The channels on which `event` leaves for one person as things stand."""
    return [route.channel for route in routes_for([user], event).get(user.pk, [])]


def _media(user: User, event: str, own: dict[str, bool]) -> set[str]:
    usual = {str(medium) for medium in known(event).media_for(user.role)}
    return (usual | {medium for medium, yes in own.items() if yes}) - {
        medium for medium, yes in own.items() if not yes
    }


def _first(channels: list[Channel], media: set[str], user: User) -> list[Channel]:
    """Of the channels of each medium, the first that knows where `user` is."""
    found: dict[Medium, Channel] = {}
    for channel in channels:
        if channel.medium in media and channel.medium not in found and reaches(channel, user):
            found[channel.medium] = channel
    return list(found.values())


def reaches(channel: Channel, user: User) -> bool:
    """Whether `user` has an address on `channel`."""
    where = adapter(channel.kind).address
    return where is not None and bool(where(user))


def group_channels(contract_id: int | None, department_id: int | None) -> list[Channel]:
    """The robots that hear of a matter, in order: the contract's, or where it has none the department's."""
    for place in ({"contract_id": contract_id}, {"department_id": department_id}):
        if None not in place.values():
            rows = GroupRoute.objects.filter(active=True, channel__active=True, **place)
            if robots := [
                route.channel for route in rows.select_related("channel") if route.channel.is_robot
            ]:
                return robots
    return []


def may_hear(user: User, event: str, target: models.Model | None) -> bool:
    """Whether `user` may be told of `target`: sees it now, and holds what the event asks for."""
    if not user.is_active:
        return False
    if target is None:
        return True
    rows: Any = type(target)._default_manager
    right = known(event).right
    return bool(rows.for_user(user, right or "view").filter(pk=target.pk).exists())
