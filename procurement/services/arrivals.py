"""What came: whole, in parts, too much, no good, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.services import lock_contract, refresh_status
from erp.access import demand
from erp.workflow import Blocked, advance, create, remove
from orgchart.models import Person
from procurement.models import Arrival, ProcurementItem
from procurement.models.item import NOTHING, part_key
from procurement.numbers import number
from procurement.services.checking import checked, demand_active
from procurement.services.material import material_here
from procurement.services.orders import happened
from procurement.services.telling import tell_arrived
from procurement.states import AWAITED, Status

if TYPE_CHECKING:
    from orgchart.models import User


class Unconfirmed(Blocked):
    """Done all the same when it is confirmed. The text says what is odd."""


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one item. Quantity None: all that is still missing."""

    item: ProcurementItem
    quantity: Decimal | None = None
    note: str = ""
    defect: str = ""
    defective_quantity: Decimal = NOTHING
    unit: str = ""
    version: int | None = None


def record_arrival(
    item: ProcurementItem,
    *,
    actor: User,
    quantity: Decimal | None = None,
    arrived_on: date | None = None,
    receiver: Person | None = None,
    note: str = "",
    defect: str = "",
    defective_quantity: Decimal = NOTHING,
    unit: str = "",
    confirmed: bool = False,
    version: int | None = None,
) -> Arrival:
    """Goods of one item came: see `record_arrivals`."""
    came = Came(item, quantity, note, defect, defective_quantity, unit, version)
    return record_arrivals(
        [came], actor=actor, arrived_on=arrived_on, receiver=receiver, confirmed=confirmed
    )[0]


@transaction.atomic
def record_arrivals(
    rows: Iterable[Came],
    *,
    actor: User,
    arrived_on: date | None = None,
    receiver: Person | None = None,
    confirmed: bool = False,
) -> list[Arrival]:
    """Goods came, all or none are recorded: state and the contract's status follow, whoever waits for
    them hears. `receiver` is who took them in (default: the actor).

    More than was ordered and another unit than ordered are refused unless `confirmed` (Unconfirmed).
    What is defective does not count as here. Raises PermissionDenied, Blocked (state, future, frozen),
    Stale, ValidationError."""
    day = happened(arrived_on)
    sent = sorted(rows, key=lambda row: (row.item.contract_id, row.item.pk))
    for pk in dict.fromkeys(row.item.contract_id for row in sent):
        lock_contract(pk)
    receiver = receiver or getattr(actor, "person", None)
    if receiver is None:
        raise ValidationError({"receiver": _("Say who took the goods in.")})
    demand_active(receiver)
    arrivals = [_arrive(row, actor, day, receiver, confirmed) for row in sent]
    for item in (row.item for row in arrivals):
        if item.status == Status.ARRIVED:
            material_here(item, actor)
    for contract in {row.item.contract_id: row.item.contract for row in arrivals}.values():
        refresh_status(contract)
    tell_arrived(arrivals, actor)
    return arrivals


def _arrive(came: Came, actor: User, day: date, receiver: Person, confirmed: bool) -> Arrival:
    item = ProcurementItem.objects.with_arrived().select_related("contract").get(pk=came.item.pk)
    demand(actor, "arrive", item)
    if item.status not in (*AWAITED, Status.ARRIVED):
        raise Blocked(
            _("Only what is ordered can arrive; “%(item)s” is “%(state)s”.")
            % {"item": item, "state": item.get_status_display()}
        )
    if item.ordered_on and day < item.ordered_on:
        raise ValidationError({"arrived_on": _("It was ordered only later.")})
    fields = checked(
        Arrival,
        {
            "quantity": item.quantity - item.usable if came.quantity is None else came.quantity,
            "unit": came.unit or item.unit,
            "arrived_on": day,
            "note": came.note,
            "defect": came.defect.strip(),
            "defective_quantity": came.defective_quantity,
        },
    )
    if not confirmed:
        _demand_unit(item, fields["unit"])
        demand_room(item, item.quantity, item.usable + fields["quantity"] - fields["defective_quantity"])
    arrival = create(Arrival(item=item, receiver=receiver, **fields), actor=actor, verb="record_arrival")
    arrival.item = settle(item, actor, came.version)
    return arrival


@transaction.atomic
def take_back_arrival(arrival: Arrival, *, actor: User, reason: str) -> ProcurementItem:
    """It was entered by mistake: the row goes, log and history keep it, the state follows.
    Raises PermissionDenied, Blocked (no reason, frozen)."""
    lock_contract(arrival.item.contract_id)
    if not reason.strip():
        raise Blocked(_("“%(deed)s” needs a reason.") % {"deed": _("Take arrival back")})
    remove(arrival, actor=actor, verb="take_back_arrival", reason=reason)
    item = settle(arrival.item, actor)
    refresh_status(item.contract)
    return item


def settle(item: ProcurementItem, actor: User, version: int | None = None) -> ProcurementItem:
    """Take the item to the state its arrivals say."""
    row: ProcurementItem = ProcurementItem.objects.with_arrived().get(pk=item.pk)
    verb = _verb(row)
    return advance(row, verb, actor=actor, version=version) if verb else row


def _verb(item: Any) -> str:
    """The step that leads from the stored state to what arrived; "" when it is there."""
    if item.usable >= item.quantity:
        return "arrive"
    arrived = item.status == Status.ARRIVED
    if item.came:
        return "lack" if arrived else "arrive_part"
    if arrived or item.status == Status.PARTIALLY_ARRIVED:
        return "await_transit" if item.shipped_on else "await"
    return ""


def demand_room(item: Any, ordered: Decimal, usable: Decimal) -> None:
    """Raise Unconfirmed when more is here than ordered."""
    if usable > ordered:
        text = _("%(item)s: %(usable)s %(unit)s would be here, but %(ordered)s are ordered.")
        words = {"usable": number(usable), "ordered": number(ordered)}
        raise Unconfirmed(text % {"item": item, "unit": item.unit, **words})


def _demand_unit(item: ProcurementItem, unit: str) -> None:
    if part_key(unit) != part_key(item.unit):
        text = _("%(item)s is ordered in “%(ordered)s”, not in “%(unit)s”.")
        raise Unconfirmed(text % {"item": item, "ordered": item.unit, "unit": unit})
