"""Nudges: sent by hand, answered, and promised."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from erp.audit import acting_as
from erp.workflow import Blocked, change, create
from notifications.models import Nudge, NudgeReceiver
from notifications.routing import may_hear
from notifications.services.inbox import tell
from notifications.services.ladders import settle, told_of
from notifications.states import PERSONAL
from notifications.subjects import kind_of, subject

if TYPE_CHECKING:
    from orgchart.models import Person, User

#: Nobody promises for longer.
FURTHEST = timedelta(days=366)


@transaction.atomic
def send_nudge(
    target: Any, *, actor: User, people: Sequence[Person], media: Collection[str], text: str
) -> Nudge:
    """Nudge `people` about `target` by `media`, at once and whatever they prefer; the inbox always.

    Raises PermissionDenied for somebody whom `actor` may not nudge, Blocked (read-only, nobody chosen,
    somebody without an account or without sight of it), ValidationError (a medium that is none)."""
    kind = kind_of(target)
    entry = subject(kind)
    _check(entry.people(actor, target), target, people, media)
    nudge = Nudge(
        author=actor,
        target_type=ContentType.objects.get_for_model(target),
        target_id=target.pk,
        contract_id=entry.contract(target),
        media=sorted(media),
        text=text.strip(),
    )
    nudge.full_clean(exclude=["media"])
    create(nudge, actor=actor, verb="nudge")
    for person in people:
        create(NudgeReceiver(nudge=nudge, person=person), actor=actor, verb="nudge")
    users = {person.user_id for person in people if person.user_id}
    params = {"nudge": nudge.pk, "about": entry.name(target), "text": nudge.text}
    with acting_as(actor):
        tell("nudge", target, users, key=nudge.key, params=params, media=nudge.media)
    return nudge


def _check(open_to: list[Person], target: Any, people: Sequence[Person], media: Collection[str]) -> None:
    if not people:
        raise Blocked(_("Choose at least one person."))
    if not {person.pk for person in people} <= {person.pk for person in open_to}:
        raise PermissionDenied("not one of those this person may nudge")
    if why := target.frozen():
        raise Blocked(why)
    if not set(media) <= set(PERSONAL):
        raise ValidationError({"media": _("Choose among the channels shown.")})
    for person in people:
        if person.user is None or not person.user.is_active:
            raise Blocked(_("%(person)s has no account to be told by.") % {"person": person})
        if not may_hear(person.user, "nudge", target):
            raise Blocked(
                _("%(person)s may not see this, so cannot be nudged about it.") % {"person": person}
            )


@transaction.atomic
def answer_nudge(
    receiver: NudgeReceiver,
    *,
    actor: User,
    promised_on: date | None = None,
    reply: str = "",
    once: bool = False,
) -> NudgeReceiver:
    """Acknowledge a nudge, with a day by which it will be done and a word; its author is told, and what
    climbed about the same matter stops. Later answers replace the former; with `once` (signed links)
    there are none.

    Raises PermissionDenied (somebody else's), Blocked (answered already, a day gone by, read-only)."""
    row = NudgeReceiver.objects.select_for_update().select_related("nudge").get(pk=receiver.pk)
    if once and row.acknowledged_at:
        raise Blocked(_("This nudge is answered already."))
    target = row.nudge.target
    if target is not None and (why := target.frozen()):
        raise Blocked(why)
    today = timezone.localdate()
    if promised_on and not today <= promised_on <= today + FURTHEST:
        raise Blocked(_("Promise a day from today on, within a year."))
    since = row.acknowledged_at or timezone.now()
    fields: dict[str, Any] = {"acknowledged_at": since, "promised_on": promised_on}
    saved = change(row, actor=actor, verb="acknowledge", right="answer", reply=reply.strip()[:300], **fields)
    if target is not None and told_of(actor, target):
        settle(target, actor=actor)
    _tell_author(saved, actor)
    return saved


def _tell_author(receiver: NudgeReceiver, actor: User) -> None:
    nudge = receiver.nudge
    if nudge.target is None:
        return
    with acting_as(actor):
        tell(
            "nudge_answered",
            nudge.target,
            {nudge.author_id},
            key=f"nudge-answer-{receiver.pk}-{receiver.version}",
            params={
                "person": receiver.person.name,
                "about": subject(kind_of(nudge.target)).name(nudge.target),
                "answer": receiver.reply or "—",
                "promised": receiver.promised_on.isoformat() if receiver.promised_on else "—",
            },
        )
