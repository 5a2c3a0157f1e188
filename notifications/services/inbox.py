"""Tell people something, in the transaction that makes it true."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.functional import Promise

from erp.audit import current
from notifications.models import Message
from notifications.services.outbox import queue_for_groups, queue_for_people

if TYPE_CHECKING:
    from orgchart.models import User


def notify(event: str, target: models.Model, people: Iterable[Any], *, key: str, **params: Any) -> int:
    """Tell each of `people` (persons) once of `key`, in the inbox and on the channels that the event and
    they themselves ask for; safe to call again. Returns messages written.

    The actor is not told of their own deed; people without an account are passed over. A lazy
    translation among `params` is read in each reader's language."""
    users = {p.user_id for p in people if p is not None and p.user_id}
    return tell(event, target, users, key=key, params=params)


def tell_user(event: str, user: User, *, key: str, **params: Any) -> int:
    """Tell an account something about itself, once; not when it did it itself."""
    return tell(event, user, {user.pk}, key=key, params=params)


@transaction.atomic
def tell(
    event: str,
    target: models.Model,
    users: Collection[int],
    *,
    key: str,
    params: dict[str, Any],
    media: Collection[str] | None = None,
) -> int:
    """Tell accounts (ids) once of `key`. `media` given: on these channels and no others, at once,
    whatever people prefer; the groups of the event hear nothing then. Returns messages written."""
    actor = current().user
    wanted = set(users) - {actor.pk} if actor is not None else set(users)
    told = set(Message.objects.filter(key=key).values_list("recipient_id", flat=True))
    facts = {
        "key": key,
        "event": event,
        "params": {name: _stored(value) for name, value in params.items()},
        "actor_name": str(actor or ""),
        "target_type": ContentType.objects.get_for_model(target),
        "target_id": target.pk,
    }
    fresh = [Message(recipient_id=user, **facts) for user in sorted(wanted - told)]
    Message.objects.bulk_create(fresh)
    actor_id = actor.pk if actor is not None else None
    place: dict[str, Any] = getattr(target, "get_additional_data", dict)()
    facts |= {
        "actor_id": actor_id,
        "contract_id": place.get("contract"),
        "department_id": place.get("department"),
    }
    queue_for_people(event, fresh, facts, media)
    if media is None:
        queue_for_groups(event, sorted(wanted), facts)
    return len(fresh)


def _stored(value: Any) -> Any:
    """Text as it is; a lazy translation as its English message id."""
    if not isinstance(value, Promise):
        return str(value)
    with translation.override("en"):
        return {"word": str(value)}


def read_message(message: Message) -> Message:
    """Mark one message read; the first time counts."""
    Message.objects.filter(pk=message.pk, read_at=None).update(read_at=timezone.now())
    return message


def read_all(user: User) -> int:
    """Mark everything on the bell read; returns how many were not."""
    return Message.objects.filter(recipient=user, read_at=None).update(read_at=timezone.now())
