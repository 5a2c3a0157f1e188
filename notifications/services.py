"""Tell people something, in the transaction that makes it true."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.functional import Promise

from erp.audit import current
from notifications.models import Message

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of occurrence. `text` carries %(name)s placeholders filled from `notify(**params)`."""

    title: Any
    text: Any


def notify(event: str, target: models.Model, people: Iterable[Any], *, key: str, **params: Any) -> int:
    """Tell each of `people` (persons) once of `key`; safe to call again. Returns messages written.

    The actor is not told of their own deed; people without an account are passed over. A lazy
    translation among `params` is read in each reader's language."""
    users = {p.user_id for p in people if p is not None and p.user_id}
    return _tell(event, target, users, key, params)


def tell_user(event: str, user: User, *, key: str, **params: Any) -> int:
    """Tell an account something about itself, once; not when it did it itself."""
    return _tell(event, user, {user.pk}, key, params)


@transaction.atomic
def _tell(event: str, target: models.Model, users: set[int], key: str, params: dict[str, Any]) -> int:
    actor = current().user
    wanted = users - {actor.pk} if actor is not None else users
    told = set(Message.objects.filter(key=key).values_list("recipient_id", flat=True))
    kind = ContentType.objects.get_for_model(target)
    stored = {name: _stored(value) for name, value in params.items()}
    fresh = [
        Message(
            key=key,
            event=event,
            params=stored,
            recipient_id=user,
            actor_name=str(actor or ""),
            target_type=kind,
            target_id=target.pk,
        )
        for user in sorted(wanted - told)
    ]
    Message.objects.bulk_create(fresh)
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
