"""Whom one may nudge about a feedback, what is due and overdue, and who hears when nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts import nudging
from erp.workdays import DAY
from feedback.models import Feedback
from feedback.services.telling import handling, leaders_of
from notifications.models import Rules
from notifications.reminders import Matter, Reminder
from notifications.subjects import Subject
from orgchart.calendars import calendars_for
from orgchart.models import Person

if TYPE_CHECKING:
    from orgchart.models import User

#: Working days lie this close together, holidays and all: what is due later is not due soon.
CALENDAR_DAYS = 4
#: Feedback read in one go.
CHUNK = 500
JOINED = ("contract__manager__user", "handler__user", "department__leader")


def nudgeable(user: User, feedback: Feedback) -> list[Person]:
    """Whom `user` may nudge about a feedback: its handler, the leaders, the manager, service."""
    people = nudging.nudgeable(user, feedback.contract)
    meant = [feedback.handler, *leaders_of(feedback), feedback.contract.manager, *handling(feedback)]
    near = [person.pk for person in meant if person]
    return sorted(
        (person for person in people if person.pk in near), key=lambda person: near.index(person.pk)
    )


def leaders(feedback: Feedback) -> list[Person]:
    """Leader and co-leaders of the handling department there, else the department's own leader, else the
    project manager."""
    people = [person for person in leaders_of(feedback) if person.active]
    own = feedback.department.leader if feedback.department else None
    return people or [own or feedback.contract.manager]


def _crowd(feedback: Feedback) -> list[Person]:
    people = nudging.crowd(feedback.contract)
    return people if feedback.handler is None or feedback.handler in people else [feedback.handler, *people]


def _find(user: User, text: str) -> list[Feedback]:
    return nudging.search(Feedback.objects.for_user(user).order_by("-id"), text, "title")


SUBJECT = Subject(
    label=_("Feedback"),
    rows=lambda: Feedback.objects.select_related(*JOINED, "reporter"),
    people=nudgeable,
    first=lambda feedback: {feedback.handler_id} if feedback.handler_id else set(),
    name=lambda feedback: f"{feedback.contract.number} · {feedback.title}",
    contract=lambda feedback: feedback.contract_id,
    crowd=_crowd,
    find=_find,
)


def due_soon(today: date, rules: Rules) -> Iterator[Matter]:
    """Open feedback that is due within so many working days."""
    if not rules.soon_days:
        return
    last = timezone.now() + timedelta(days=7 + CALENDAR_DAYS * rules.soon_days)
    rows = Feedback.objects.open().filter(due_at__range=(timezone.now(), last))
    calendars = calendars_for()
    for feedback in _chunks(rows):
        calendar = calendars.department(feedback.department_id)
        day = timezone.localdate(feedback.due_at)
        if calendar.between(today + DAY, day) <= rules.soon_days:
            key = f"feedback_due_soon-{feedback.pk}-{feedback.due_at:%Y%m%d%H%M}"
            yield Matter(key, feedback, handling(feedback), calendar, _words(feedback))


def overdue(today: date, rules: Rules) -> Iterator[Matter]:
    """Open feedback whose time has run out; it counts in the department's calendar."""
    calendars = calendars_for()
    for feedback in _chunks(Feedback.objects.overdue()):
        yield _late(feedback, calendars.department(feedback.department_id), today)


def overdue_now(feedback: Feedback) -> Matter | None:
    """The matter of an overdue feedback as it stands."""
    row = Feedback.objects.overdue().select_related(*JOINED).filter(pk=feedback.pk).first()
    if row is None:
        return None
    return _late(row, calendars_for().department(row.department_id), timezone.localdate())


def _late(feedback: Feedback, calendar: Any, today: date) -> Matter:
    due = timezone.localdate(feedback.due_at)
    params = {
        **_words(feedback),
        "days": str(max(calendar.between(due + DAY, today), 1)),
        "person": feedback.handler.name if feedback.handler else "—",
    }
    key = f"feedback_overdue-{feedback.pk}-{feedback.due_at:%Y%m%d%H%M}"
    return Matter(key, feedback, handling(feedback), calendar, params)


def _chunks(rows: Any) -> Iterator[Feedback]:
    """All of `rows`, read in pieces by key, so that nothing is held while people are told."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last).select_related(*JOINED).order_by("pk")[:CHUNK]):
        yield from chunk
        last = chunk[-1].pk


def _words(feedback: Feedback) -> dict[str, str]:
    due = timezone.localtime(feedback.due_at)
    return {"contract": feedback.contract.number, "title": feedback.title, "due": f"{due:%Y-%m-%d %H:%M}"}


REMINDERS = {
    "feedback_due_soon": Reminder("feedback_due_soon", due_soon),
    "feedback_overdue": Reminder("feedback_overdue", overdue, "feedback_escalated", overdue_now, leaders),
}
