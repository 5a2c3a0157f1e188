"""Who hears of what happens to purchases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from contracts.models import Contract, TeamMember
from erp.audit import acting_as
from erp.roles import LEADING, Function
from notifications.services import notify
from procurement.models import Arrival, ProcurementItem

if TYPE_CHECKING:
    from orgchart.models import User


def buyers(item: ProcurementItem) -> list[Any]:
    """The purchasers in the team; the project manager where there is none."""
    places = TeamMember.objects.filter(
        contract=item.contract_id, department__function=Function.PROCUREMENT
    ).select_related("person")
    return list({place.person_id: place.person for place in places}.values()) or [item.contract.manager]


def leaders(item: ProcurementItem) -> list[Any]:
    """Leader and co-leaders of the department that needs it."""
    places = TeamMember.objects.filter(
        contract=item.contract_id, department=item.department_id, duty__in=LEADING
    )
    return [place.person for place in places.select_related("person")]


def waiting(item: ProcurementItem) -> list[Any]:
    """Who requested it, and the leaders of the department that needs it."""
    return _once(item.requested_by, *leaders(item))


def answering(item: ProcurementItem) -> list[Any]:
    """Everybody who must act when it goes wrong: purchasers, who waits for it, the project manager."""
    return _once(*buyers(item), *waiting(item), item.contract.manager)


def _requester(item: ProcurementItem) -> list[Any]:
    return _once(item.requested_by)


def _once(*people: Any) -> list[Any]:
    return list({person.pk: person for person in people if person is not None}.values())


#: Who hears of which deed; the dry run asks the same.
AUDIENCES: dict[str, Callable[[ProcurementItem], list[Any]]] = {
    "purchase_requested": buyers,
    "purchase_ordered": _requester,
    "purchase_promised": waiting,
    "purchase_promise_late": answering,
    "purchase_arrived": waiting,
    "purchase_defective": answering,
    "purchase_cancelled": waiting,
}


def tell_requested(contract: Contract, items: list[ProcurementItem], actor: User) -> None:
    _tell_many("purchase_requested", items, actor)


def tell_ordered(items: list[ProcurementItem], actor: User) -> None:
    _tell_many("purchase_ordered", items, actor)


def tell_cancelled(item: ProcurementItem, actor: User, reason: str) -> None:
    _tell("purchase_cancelled", [item], AUDIENCES["purchase_cancelled"](item), actor, reason=reason)


def tell_promise(item: ProcurementItem, before: date | None, actor: User, reason: str) -> None:
    """A day that is too late concerns everybody who must act."""
    day, due = item.promised_on, item.due_on
    late = day is not None and due is not None and day > due
    event = "purchase_promise_late" if late else "purchase_promised"
    words = {"day": day.isoformat() if day else "", "before": before.isoformat() if before else "–"}
    _tell(event, [item], AUDIENCES[event](item), actor, reason=reason, **words)


def tell_arrived(arrivals: list[Arrival], actor: User) -> None:
    """Flawed goods one by one, the rest together."""
    for row in arrivals:
        if row.flawed:
            people = AUDIENCES["purchase_defective"](row.item)
            _tell("purchase_defective", [row.item], people, actor, defect=row.defect or "–")
    _tell_many("purchase_arrived", [row.item for row in arrivals if not row.flawed], actor)


def _tell_many(event: str, items: Iterable[ProcurementItem], actor: User) -> None:
    """Each person hears once per contract, of all the items that concern them. Whom an item concerns
    follows from where it belongs: asked once for each place."""
    found: dict[tuple[int, int], list[ProcurementItem]] = defaultdict(list)
    people: dict[int, Any] = {}
    heard: dict[tuple[int, int, int | None], list[Any]] = {}
    for item in items:
        place = (item.contract_id, item.department_id, item.requested_by_id)
        if place not in heard:
            heard[place] = AUDIENCES[event](item)
        for person in heard[place]:
            people[person.pk] = person
            found[item.contract_id, person.pk].append(item)
    for (_contract, pk), rows in found.items():
        _tell(event, rows, [people[pk]], actor)


def _tell(event: str, items: list[ProcurementItem], people: list[Any], actor: User, **more: Any) -> None:
    if not people:
        return
    first = items[0]
    with acting_as(actor):
        notify(
            event,
            first,
            people,
            key=f"{event}-{first.pk}-{first.version}",
            item=str(first),
            contract=first.contract.number,
            n=str(len(items)),
            **more,
        )
