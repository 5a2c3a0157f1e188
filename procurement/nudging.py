"""Whom one may nudge about a purchase, what is overdue or to be ordered, who hears when nobody answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts import nudging
from contracts.models import TeamMember
from contracts.states import FROZEN
from erp.roles import Function
from erp.workdays import DAY
from notifications.models import Rules
from notifications.reminders import Matter, Reminder
from notifications.subjects import Subject
from orgchart.calendars import calendars_for
from orgchart.models import Person
from procurement.models import ProcurementItem
from procurement.services.telling import answering, buyers
from procurement.states import AWAITED, Status

if TYPE_CHECKING:
    from orgchart.models import User

#: Working days a supplier is given to name a day.
PATIENCE = 3
#: Items read in one go.
CHUNK = 500
JOINED = ("contract__manager__user", "department", "task", "supplier", "requested_by")


def nudgeable(user: User, item: ProcurementItem) -> list[Person]:
    """Whom `user` may nudge about an item: the purchasers, and who answers for it."""
    people = nudging.nudgeable(user, item.contract)
    near = [person.pk for person in answering(item)]
    return sorted(
        (person for person in people if person.pk in near), key=lambda person: near.index(person.pk)
    )


def _find(user: User, text: str) -> list[ProcurementItem]:
    return nudging.search(ProcurementItem.objects.for_user(user).order_by("-id"), text, "name", "part_number")


SUBJECT = Subject(
    label=_("Purchase"),
    rows=lambda: ProcurementItem.objects.select_related(*JOINED),
    people=nudgeable,
    first=lambda item: {person.pk for person in buyers(item)},
    name=lambda item: f"{item.contract.number} · {item}",
    contract=lambda item: item.contract_id,
    crowd=lambda item: nudging.crowd(item.contract),
    find=_find,
)


def late(today: date, rules: Rules) -> Iterator[Matter]:
    """What was promised for a day that has gone by, and is not here."""
    rows = _live().filter(ProcurementItem.objects.overdue(today), status__in=AWAITED)
    calendars = calendars_for()
    for item, people in _chunks(rows):
        yield _late(item, people, calendars.department(item.department_id), today)


def late_now(item: ProcurementItem) -> Matter | None:
    """The matter of overdue goods as it stands."""
    today = timezone.localdate()
    rows = _live().filter(ProcurementItem.objects.overdue(today), status__in=AWAITED, pk=item.pk)
    row = rows.select_related(*JOINED).first()
    if row is None:
        return None
    return _late(row, buyers(row), calendars_for().department(row.department_id), today)


def _late(item: Any, people: list[Any], calendar: Any, today: date) -> Matter:
    days = max(calendar.between(item.promised_on + DAY, today), 1)
    params = {**_words(item), "due": item.promised_on.isoformat(), "days": str(days)}
    return Matter(f"purchase_late-{item.pk}-{item.promised_on}", item, people, calendar, params)


def unpromised(today: date, rules: Rules) -> Iterator[Matter]:
    """What was ordered some working days ago, and the supplier named no day."""
    rows = _live().filter(status__in=AWAITED, promised_on=None, ordered_on__lt=today)
    calendars = calendars_for()
    for item, people in _chunks(rows):
        calendar = calendars.department(item.department_id)
        if calendar.between(item.ordered_on + DAY, today) >= PATIENCE:
            params = {**_words(item), "ordered": item.ordered_on.isoformat()}
            key = f"purchase_unpromised-{item.pk}-{item.ordered_on}"
            yield Matter(key, item, people, calendar, params)


def unordered(today: date, rules: Rules) -> Iterator[Matter]:
    """What is needed soon and not ordered; what its supplier needs to make it comes on top."""
    if not rules.soon_days:
        return
    rows = _live().filter(status=Status.PLANNED).with_needed().filter(due__isnull=False)
    calendars = calendars_for()
    for item, people in _chunks(rows):
        calendar = calendars.department(item.department_id)
        lead = (item.supplier.lead_days if item.supplier else None) or 0
        far = today + timedelta(days=7 + 4 * (rules.soon_days + lead))
        if item.due > far or calendar.between(today + DAY, item.due) > rules.soon_days + lead:
            continue
        params = {**_words(item), "due": item.due.isoformat()}
        yield Matter(f"purchase_unordered-{item.pk}-{item.due}", item, people, calendar, params)


def _live() -> Any:
    return ProcurementItem.objects.exclude(contract__stage__in=FROZEN)


def _chunks(rows: Any) -> Iterator[tuple[Any, list[Any]]]:
    """All of `rows` with the purchasers of their contracts, read in pieces by key, so that nothing is
    held while people are told."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last).select_related(*JOINED).order_by("pk")[:CHUNK]):
        people: dict[int, dict[int, Any]] = defaultdict(dict)
        places = TeamMember.objects.filter(
            contract__in={item.contract_id for item in chunk}, department__function=Function.PROCUREMENT
        )
        for place in places.select_related("person__user"):
            people[place.contract_id][place.person_id] = place.person
        for item in chunk:
            yield item, list(people[item.contract_id].values()) or [item.contract.manager]
        last = chunk[-1].pk


def _words(item: ProcurementItem) -> dict[str, str]:
    return {"contract": item.contract.number, "item": str(item), "n": "1"}


REMINDERS = {
    "purchase_late": Reminder("purchase_late", late, "purchase_escalated", late_now, answering),
    "purchase_unpromised": Reminder("purchase_unpromised", unpromised),
    "purchase_unordered": Reminder("purchase_unordered", unordered),
}
