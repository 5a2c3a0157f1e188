"""Ordering, shipping, and the days that suppliers promise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.services import lock_contract, refresh_status
from erp.access import demand
from erp.workflow import Blocked, advance, change, create
from procurement.models import ProcurementItem, PromisedDate, Supplier
from procurement.services.checking import checked, demand_active
from procurement.services.material import push_task
from procurement.services.telling import tell_ordered, tell_promise
from procurement.states import AWAITED

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Order:
    """What an order says of one item; None and "" leave what the item says already."""

    item: ProcurementItem
    supplier: Supplier | None = None
    price: Decimal | None = None
    currency: str = ""
    promised_on: date | None = None
    order_number: str = ""
    version: int | None = None


def order_item(
    item: ProcurementItem,
    *,
    actor: User,
    supplier: Supplier | None = None,
    price: Decimal | None = None,
    currency: str = "",
    promised_on: date | None = None,
    ordered_on: date | None = None,
    order_number: str = "",
    version: int | None = None,
) -> ProcurementItem:
    """Order one item: see `order_items`."""
    order = Order(item, supplier, price, currency, promised_on, order_number, version)
    return order_items([order], actor=actor, ordered_on=ordered_on)[0]


@transaction.atomic
def order_items(
    orders: Iterable[Order], *, actor: User, ordered_on: date | None = None
) -> list[ProcurementItem]:
    """Order items, all or none; whoever requested them hears once per contract. A day promised goes into
    the history and to the plan. Prices are for whoever reads them.

    Raises PermissionDenied, Blocked (state, no supplier, supplier inactive, frozen), Stale,
    ValidationError."""
    day = happened(ordered_on)
    sent = sorted(orders, key=lambda order: (order.item.contract_id, order.item.pk))
    for pk in dict.fromkeys(order.item.contract_id for order in sent):
        lock_contract(pk)
    items = [_order(order, actor, day) for order in sent]
    for contract in {item.contract_id: item.contract for item in items}.values():
        refresh_status(contract)
    tell_ordered(items, actor)
    return items


def _order(order: Order, actor: User, day: date) -> ProcurementItem:
    fields: dict[str, Any] = {"ordered_on": day}
    if order.supplier is not None:
        demand_active(order.supplier)
        fields["supplier"] = order.supplier
    if order.price is not None or order.currency:
        stored = ProcurementItem.objects.select_related("contract").get(pk=order.item.pk)
        if (order.price, order.currency or stored.currency) != (stored.price, stored.currency):
            demand(actor, "view_purchase_price", stored.contract)
        fields["price"] = stored.price if order.price is None else order.price
        fields["currency"] = order.currency or stored.currency
    if order.order_number:
        fields["order_number"] = order.order_number
    fields = checked(ProcurementItem, fields)
    item = advance(order.item, "order", actor=actor, version=order.version, **fields)
    if order.promised_on is not None:
        item = _promise(item, order.promised_on, actor, "", day)
    return item


@transaction.atomic
def ship_item(
    item: ProcurementItem,
    *,
    actor: User,
    shipped_on: date | None = None,
    waybill: str = "",
    version: int | None = None,
) -> ProcurementItem:
    """It is on its way. Raises PermissionDenied, Blocked, Stale, ValidationError."""
    day = happened(shipped_on)
    lock_contract(item.contract_id)
    fields = checked(ProcurementItem, {"shipped_on": day, "waybill": waybill})
    stored = ProcurementItem.objects.get(pk=item.pk)
    if stored.ordered_on and day < stored.ordered_on:
        raise ValidationError({"shipped_on": _("It was ordered only later.")})
    return advance(item, "ship", actor=actor, version=version, **fields)


@transaction.atomic
def set_promised_date(
    item: ProcurementItem,
    day: date,
    *,
    actor: User,
    reason: str = "",
    told_on: date | None = None,
    version: int | None = None,
) -> ProcurementItem:
    """The supplier names a day, or another one: kept in the history of promises, and material that comes
    after its task was to start pushes the task. Nothing happens when it is the day already promised.

    Raises PermissionDenied, Blocked (not ordered, or here already), Stale, ValidationError."""
    lock_contract(item.contract_id)
    demand(actor, "promise", item)
    stored = ProcurementItem.objects.get(pk=item.pk)
    if stored.status not in AWAITED:
        raise Blocked(
            _("A day is promised for what is ordered and still to come; this is “%(state)s”.")
            % {"state": stored.get_status_display()}
        )
    before = stored.promised_on
    item = _promise(item, day, actor, reason, happened(told_on), version)
    if before != day:
        tell_promise(item, before, actor, reason)
    return item


def _promise(
    item: ProcurementItem, day: date, actor: User, reason: str, told_on: date, version: int | None = None
) -> ProcurementItem:
    fields = checked(ProcurementItem, {"promised_on": day})
    stored = ProcurementItem.objects.get(pk=item.pk)
    if stored.ordered_on and day < stored.ordered_on:
        raise ValidationError({"promised_on": _("It was ordered only later.")})
    before = stored.promised_on
    item = change(item, actor=actor, verb="promise", version=version, **fields)
    if before == day:
        return item
    said = checked(PromisedDate, {"day": day, "before": before, "reason": reason, "told_on": told_on})
    create(PromisedDate(item=item, author=actor, **said), actor=actor, verb="promise", reason=reason)
    push_task(item, actor)
    return item


def happened(on: date | None) -> date:
    """The day of a deed: today, or `on`. Raises Blocked for one that lies in the future."""
    today = timezone.localdate()
    if on is not None and on > today:
        raise Blocked(_("What has happened cannot lie in the future."))
    return on or today
