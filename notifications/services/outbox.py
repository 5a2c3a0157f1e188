"""Rows of the outbox: written with the deed, resent and put aside by hand."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from erp.access import demand
from erp.audit import acting_as
from erp.audit.services import record
from erp.workflow import Blocked
from notifications.events import known
from notifications.models import Channel, Dispatch, Message
from notifications.routing import active_channels, group_channels, routes_for
from notifications.states import DispatchState, Dropped
from notifications.tasks import deliver_task
from orgchart.models import User

log = logging.getLogger(__name__)


def queue_for_people(
    event: str, messages: list[Message], facts: dict[str, Any], media: Collection[str] | None
) -> None:
    """A dispatch for every message on every way that leads to its recipient."""
    if not messages or not active_channels():
        return
    ids = [message.recipient_id for message in messages]
    ways = routes_for(users(ids), event, media=media)
    _write(
        Dispatch(
            channel=route.channel,
            recipient_id=message.recipient_id,
            message=message,
            next_at=route.at,
            bundle=route.bundle,
            **facts,
        )
        for message in messages
        for route in ways.get(message.recipient_id, ())
    )


def queue_for_groups(event: str, called: list[int], facts: dict[str, Any]) -> None:
    """One dispatch for the first robot of the place, when the event is for groups; never money."""
    entry = known(event)
    if not entry.group or entry.right or not active_channels():
        return
    robots = group_channels(facts["contract_id"], facts["department_id"])
    if robots and not Dispatch.objects.filter(key=facts["key"], recipient=None).exists():
        _write([Dispatch(channel=robots[0], mentions=called, next_at=timezone.now(), **facts)])


def queue_for_robot(event: str, target: Any, robot: Channel, *, key: str) -> int:
    """A dispatch for one robot that somebody chose by hand, whatever the place; returns how many."""
    kind = ContentType.objects.get_for_model(target)
    row = Dispatch(key=key, event=event, target_type=kind, target_id=target.pk, channel=robot)
    row.next_at = timezone.now()
    _write([row])
    return 1


def users(ids: Iterable[int]) -> list[User]:
    """The active accounts of `ids`, with their persons."""
    return list(User.objects.filter(pk__in=ids, is_active=True).select_related("person"))


def _write(rows: Iterable[Dispatch]) -> None:
    if Dispatch.objects.bulk_create(rows):
        ring()


def ring() -> None:
    """Wake a worker when this transaction is through: once, however much it wrote. A bell that nobody
    hears costs the time to the next sweep."""
    if all(hook[1] is not _ring_now for hook in connection.run_on_commit):
        transaction.on_commit(_ring_now)


def _ring_now() -> None:
    try:
        deliver_task.apply_async(retry=False, expires=60)
    except Exception as down:  # whatever the broker's library raises; the deed itself is done
        log.warning("the doorbell of the outbox is out of order: %s", down)


def pass_on(dispatch: Dispatch) -> bool:
    """Give what a robot could not deliver to the next one of its place; False when there is none."""
    robots = group_channels(dispatch.contract_id, dispatch.department_id)
    tried = set(
        Dispatch.objects.filter(key=dispatch.key, recipient=None).values_list("channel_id", flat=True)
    )
    following: Channel | None = next((robot for robot in robots if robot.pk not in tried), None)
    if following is None:
        return False
    names = "key event params actor_name target_type_id target_id actor_id contract_id department_id mentions"
    facts = {name: getattr(dispatch, name) for name in names.split()}
    _write([Dispatch(channel=following, next_at=timezone.now(), **facts)])
    return True


@transaction.atomic
def resend(dispatch: Dispatch, *, actor: User) -> Dispatch:
    """Try a dead one again, from the beginning. Raises PermissionDenied, Blocked (not dead any more)."""
    _settle(
        dispatch,
        actor,
        "resend",
        state=DispatchState.WAITING,
        attempts=0,
        next_at=timezone.now(),
        done_at=None,
    )
    ring()
    return dispatch


@transaction.atomic
def put_aside(dispatch: Dispatch, *, actor: User) -> Dispatch:
    """Say that a dead one need not arrive. Raises PermissionDenied, Blocked (not dead any more)."""
    _settle(dispatch, actor, "put_aside", state=DispatchState.DROPPED, why=Dropped.BY_HAND)
    return dispatch


def _settle(dispatch: Dispatch, actor: User, verb: str, **fields: Any) -> None:
    demand(actor, verb, dispatch)
    if not Dispatch.objects.dead().filter(pk=dispatch.pk).update(**fields):
        raise Blocked(_("This dispatch is no longer among the failed ones."))
    with acting_as(actor):
        record(verb, dispatch)
