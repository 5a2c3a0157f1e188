"""Signed links by which somebody answers without signing in, and the letters that carry them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from notifications.events import wording
from notifications.letters import Letter, Line, absolute, link_to
from notifications.models import Escalation, NudgeReceiver
from notifications.routing import may_hear
from notifications.rules import rules
from orgchart.models import User

if TYPE_CHECKING:
    from notifications.models import Dispatch

SALT = "notifications.answer"
NUDGE, LADDER = "n", "l"


def link_for_nudge(receiver: NudgeReceiver) -> str:
    """The whole address at which this person answers."""
    return _link([NUDGE, receiver.pk])


def link_for_ladder(rung: Escalation, user: User) -> str:
    return _link([LADDER, rung.pk, user.pk])


def _link(content: list[Any]) -> str:
    token = signing.dumps(content, salt=SALT)
    return absolute(reverse("notifications:acknowledge", args=[token]))


def read(token: str) -> tuple[NudgeReceiver | Escalation, User] | None:
    """What a link answers and for whom; None when it is made up, too old, or for somebody who may not
    see the matter any more."""
    try:
        content = signing.loads(token, salt=SALT, max_age=timedelta(days=rules().link_days))
    except signing.BadSignature:
        return None
    if content[0] == NUDGE:
        rows = NudgeReceiver.objects.select_related("nudge__author", "person__user")
        receiver = rows.filter(pk=content[1]).first()
        user, target = (receiver.person.user, receiver.nudge.target) if receiver else (None, None)
        found: Any = receiver
    else:
        found = Escalation.objects.filter(pk=content[1]).first()
        user = User.objects.filter(pk=content[2]).first()
        target = found.target if found else None
    if user is None or target is None or not may_hear(user, "", target):
        return None
    return found, user


def nudge_letter(dispatch: Dispatch, reader: User | None) -> Letter:
    """A nudge with the link to answer it."""
    words = wording(dispatch.event, dispatch.params)
    lines = [Line(words.text)]
    if dispatch.actor_name:
        lines.append(Line(_("From: %(name)s") % {"name": dispatch.actor_name}))
    rows = NudgeReceiver.objects.filter(nudge=dispatch.params.get("nudge") or 0, person__user=reader)
    if reader is not None and (receiver := rows.first()):
        lines.append(Line(_("Answer without signing in"), link_for_nudge(receiver)))
    return Letter(words.title, lines, url=link_to(dispatch))


def ladder_letter(dispatch: Dispatch, reader: User | None) -> Letter:
    """An overdue reminder with the link by which it is answered and climbs no further."""
    words = wording(dispatch.event, dispatch.params)
    lines = [Line(words.text)]
    key, _dash, step = dispatch.key.rpartition("-")
    rung = Escalation.objects.filter(key=key, step=int(step) if step.isdigit() else 0).first()
    if reader is not None and rung is not None and rung.settled_at is None:
        lines.append(Line(_("I look after it (without signing in)"), link_for_ladder(rung, reader)))
    return Letter(words.title, lines, url=link_to(dispatch))
