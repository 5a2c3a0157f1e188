"""Whom one may nudge about an acceptance, what has waited too long, and who hears when nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from acceptance.models import Acceptance
from acceptance.separation import deciders
from acceptance.services.telling import pending_step
from acceptance.states import Level
from contracts import nudging
from erp.roles import Role
from erp.workdays import DAY
from notifications.models import Rules
from notifications.reminders import Matter, Reminder
from notifications.subjects import Subject
from orgchart.calendars import site_calendar
from orgchart.models import Person

if TYPE_CHECKING:
    from orgchart.models import User

#: An acceptance may wait so many working days before anybody is reminded.
PATIENCE = 2
JOINED = ("contract__manager__user", "contract__sales_person__user", "task__assignee__user", "department")
#: Acceptances read in one go.
CHUNK = 500


def people_of(acceptance: Acceptance) -> list[Person]:
    """The people of ours who decide next."""
    step = pending_step(acceptance)
    users = [user.pk for user in deciders(step) if user.role != Role.CUSTOMER] if step else []
    return list(Person.objects.filter(user__in=users, active=True).select_related("user").order_by("pk"))


def nudgeable(user: User, acceptance: Acceptance) -> list[Person]:
    """Of those one may nudge in the contract, who decides next and the manager."""
    near = {person.pk for person in people_of(acceptance)} | {acceptance.contract.manager_id}
    return [person for person in nudging.nudgeable(user, acceptance.contract) if person.pk in near]


def _find(user: User, text: str) -> list[Acceptance]:
    return nudging.search(Acceptance.objects.for_user(user).order_by("-pk"), text, "title")


SUBJECT = Subject(
    label=_("Acceptance"),
    rows=lambda: Acceptance.objects.select_related(*JOINED),
    people=nudgeable,
    first=lambda acceptance: {person.pk for person in people_of(acceptance)},
    name=lambda acceptance: f"{acceptance.contract.number} · {acceptance.title}",
    contract=lambda acceptance: acceptance.contract_id,
    crowd=lambda acceptance: nudging.crowd(acceptance.contract),
    find=_find,
)


def waiting_since(acceptance: Acceptance) -> date:
    """The day since which the level now waits."""
    round_ = acceptance.round
    decided = round_.steps.filter(decided_at__isnull=False).order_by("-decided_at").first()
    return timezone.localdate(decided.decided_at if decided else round_.opened_at)


def overdue(today: date, rules: Rules) -> Iterator[Matter]:
    """Levels inside the house that have waited longer than they may."""
    for acceptance in _chunks(Q(level__in=(Level.SELF, Level.QUALITY))):
        if matter := _late(acceptance, today):
            yield matter


def overdue_now(acceptance: Acceptance) -> Matter | None:
    """The matter of an acceptance as it stands."""
    row = Acceptance.objects.open().select_related(*JOINED).filter(pk=acceptance.pk).first()
    if row is None or row.level == Level.CUSTOMER:
        return None
    return _late(row, timezone.localdate())


def _late(acceptance: Acceptance, today: date) -> Matter | None:
    people = people_of(acceptance)
    return _matter("acceptance_overdue", acceptance, today, people)


def unanswered(today: date, rules: Rules) -> Iterator[Matter]:
    """What the customer has not decided for longer than that: whoever looks after them is told."""
    for acceptance in _chunks(Q(level=Level.CUSTOMER)):
        contract = acceptance.contract
        people = [person for person in (contract.manager, contract.sales_person) if person]
        if matter := _matter("acceptance_unanswered", acceptance, today, people):
            yield matter


def _matter(event: str, acceptance: Acceptance, today: date, people: list[Person]) -> Matter | None:
    calendar, since = site_calendar(), waiting_since(acceptance)
    days = calendar.between(since + DAY, today) if since < today else 0
    if days < PATIENCE:
        return None
    params: dict[str, Any] = {
        "contract": acceptance.contract.number,
        "title": acceptance.title,
        "level": Level(acceptance.level or Level.SELF).label,
        "days": str(days),
    }
    key = f"{event}-{acceptance.pk}-{acceptance.level}-{since}"
    return Matter(key, acceptance, people, calendar, params)


def leaders(acceptance: Acceptance) -> list[Person]:
    """Who hears next: the project manager."""
    return [acceptance.contract.manager]


def _chunks(asked: Q) -> Iterator[Acceptance]:
    """All that wait, read in pieces by key, so that nothing is held while people are told."""
    rows, last = Acceptance.objects.open().filter(asked).select_related(*JOINED), 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield from chunk
        last = chunk[-1].pk


REMINDERS = {
    "acceptance_overdue": Reminder(
        "acceptance_overdue", overdue, "acceptance_escalated", overdue_now, leaders
    ),
    "acceptance_unanswered": Reminder("acceptance_unanswered", unanswered),
}
