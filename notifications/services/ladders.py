"""Reminders by the clock, and the ladder they climb when nobody answers."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from erp import register
from erp.audit import acting_as
from erp.audit.services import record
from erp.memory import remembered
from erp.roles import Role
from notifications.models import Escalation, Message, Round, Rules
from notifications.reminders import Matter, Reminder
from notifications.rules import hours, rules
from notifications.services.inbox import notify, tell

if TYPE_CHECKING:
    from orgchart.models import User

log = logging.getLogger(__name__)
#: A round that died is taken up by somebody else after this.
LEASE = timedelta(minutes=10)
FIRST, LEADER, BOSS = 0, 1, 2
#: So many rungs are told in one go; the next beat goes on.
RUNGS = 500


def remind() -> int:
    """Once a day, when work begins: tell what is due and what is overdue. What a calendar has at rest
    today waits for its next working day. Returns matters told for the first time."""
    ours, local = rules(), timezone.localtime()
    if local.time() < ours.day_begins or not _take("reminders", local.date()):
        return 0
    told = 0
    with remembered():
        for slug, reminder in register.entries("notifications.reminders").items():
            for matter in reminder.find(local.date(), ours):
                if matter.calendar.is_working(local.date()):
                    told += _try(slug, reminder, matter, ours)
    Round.objects.filter(name="reminders").update(done_on=local.date(), busy_until=None)
    return told


def _take(name: str, day: date) -> bool:
    """Whether this round of the day is ours: not done yet, and nobody is at it."""
    now = timezone.now()
    Round.objects.get_or_create(name=name)
    rows = Round.objects.filter(Q(done_on=None) | Q(done_on__lt=day), name=name)
    free = rows.filter(Q(busy_until=None) | Q(busy_until__lt=now))
    return bool(free.update(busy_until=now + LEASE))


def _try(slug: str, reminder: Reminder, matter: Matter, ours: Rules) -> bool:
    """One broken matter must not silence the others."""
    try:
        return _tell_matter(slug, reminder, matter, ours)
    except Exception:
        log.exception("reminder %s", matter.key)
        return False


@transaction.atomic
def _tell_matter(slug: str, reminder: Reminder, matter: Matter, ours: Rules) -> bool:
    """Tell a matter and put up its ladder; False when that was done before."""
    first = f"{matter.key}-{FIRST}"
    if Message.objects.filter(key=first).exists():
        return False
    if reminder.now and Escalation.objects.filter(key=matter.key).exists():
        return False
    with acting_as(None, verb="remind"):
        notify(reminder.event, matter.target, matter.people, key=first, **matter.params)
    if reminder.now:
        _put_up(slug, matter, ours)
    return True


def _put_up(slug: str, matter: Matter, ours: Rules) -> None:
    now = timezone.localtime()
    work = hours(matter.calendar)
    steps = {FIRST: now}
    steps |= {
        step: work.after(now, after)
        for step, after in ((LEADER, ours.leader_after), (BOSS, ours.boss_after))
        if after
    }
    Escalation.objects.bulk_create(
        Escalation(
            key=matter.key,
            step=step,
            reminder=slug,
            target_type=ContentType.objects.get_for_model(matter.target),
            target_id=matter.target.pk,
            due_at=at,
            told_at=now if step == FIRST else None,
        )
        for step, at in steps.items()
    )


def climb() -> int:
    """Tell the rungs that are due; returns how many were told."""
    due = Escalation.objects.filter(settled_at=None, told_at=None, due_at__lte=timezone.now())
    told = 0
    for rung in due.order_by("due_at", "id")[:RUNGS]:
        try:
            told += _tell_rung(rung)
        except Exception:  # one broken matter must not silence the others
            log.exception("ladder %s", rung)
    return told


@transaction.atomic
def _tell_rung(rung: Escalation) -> bool:
    """One rung, once; nothing when the matter has settled itself."""
    now = timezone.now()
    if not Escalation.objects.filter(pk=rung.pk, told_at=None, settled_at=None).update(told_at=now):
        return False
    reminder: Reminder | None = register.entries("notifications.reminders").get(rung.reminder)
    target: Any = rung.target
    matter = reminder.now(target) if reminder and reminder.now and target else None
    if reminder is None or matter is None or matter.key != rung.key:
        Escalation.objects.filter(pk=rung.pk).update(told_at=None)
        _settle(Escalation.objects.filter(key=rung.key))
        return False
    users = _who(reminder, rung.step, target) - _told(rung.key)
    with acting_as(None, verb="escalate"):
        tell(reminder.raised, target, users, key=rung.told_as, params=dict(matter.params))
    return True


def _who(reminder: Reminder, step: int, target: Any) -> set[int]:
    """Accounts on a rung: the leaders of the matter, or the bosses."""
    if step == BOSS:
        users: Any = get_user_model()._default_manager
        return set(users.filter(role=Role.BOSS, is_active=True).values_list("pk", flat=True))
    return {person.user_id for person in reminder.leaders(target) if person and person.user_id}


def _told(key: str) -> set[int]:
    """Who has heard of this matter on any rung."""
    keys = [f"{key}-{step}" for step in (FIRST, LEADER, BOSS)]
    return set(Message.objects.filter(key__in=keys).values_list("recipient_id", flat=True))


def _settle(rows: models.QuerySet[Escalation], user: User | None = None) -> int:
    return rows.filter(settled_at=None).update(settled_at=timezone.now(), settled_by=user)


def told_of(user: User, target: models.Model) -> list[Escalation]:
    """The open ladders about `target` of which `user` has heard: those they may stop."""
    rows = Escalation.objects.filter(
        target_type=ContentType.objects.get_for_model(target), target_id=target.pk, settled_at=None
    )
    found = []
    for rung in rows.filter(step=FIRST):
        if user.pk in _told(rung.key):
            found.append(rung)
    return found


@transaction.atomic
def settle(target: models.Model, *, actor: User, key: str = "") -> int:
    """Stop the ladders about `target` of which `actor` has heard: somebody looks after it. With `key`
    only that one. Returns how many. Raises PermissionDenied for somebody who was never told."""
    rungs = [rung for rung in told_of(actor, target) if not key or rung.key == key]
    if not rungs:
        rows = Escalation.objects.filter(target_id=target.pk, settled_at__isnull=False)
        kind = ContentType.objects.get_for_model(target)
        if any(actor.pk in _told(rung.key) for rung in rows.filter(target_type=kind, step=FIRST)):
            return 0  # settled already
        raise PermissionDenied("only who was reminded answers")
    _settle(Escalation.objects.filter(key__in=[rung.key for rung in rungs]), actor)
    with acting_as(actor):
        record("acknowledge", target)
    return len(rungs)


def ladder_of(target: models.Model) -> list[Escalation]:
    """The rungs about `target`, the newest matter first."""
    kind = ContentType.objects.get_for_model(target)
    rows = Escalation.objects.filter(target_type=kind, target_id=target.pk).select_related("settled_by")
    return list(rows.order_by(F("id").desc())[:12])
