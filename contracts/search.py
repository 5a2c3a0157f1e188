"""Contracts, change orders and deliveries in the global search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from contracts.filters import ContractFilter, all_of, plain
from contracts.models import ChangeOrder, Delivery
from contracts.services import normal_number
from erp.search import Hit, SearchSource

if TYPE_CHECKING:
    from orgchart.models import User


def find_contracts(user: User, text: str, limit: int) -> list[Hit]:
    """Contracts in sight whose number, code, name or customer has every word; the asked number itself
    comes first."""
    rows = ContractFilter(q=plain(text), archived="all").apply(all_of(user), user)
    first = Case(When(number=normal_number(text), then=Value(0)), default=Value(1))
    found = rows.select_related("company").order_by(first, "-id")[:limit]
    return [
        Hit(f"{c.number} {c.name}", f"{c.company} · {c.get_stage_display()}", c.get_absolute_url())
        for c in found
    ]


def find_changes(user: User, text: str, limit: int) -> list[Hit]:
    """Change orders whose title, scope or reason has the text, the newest first."""
    said = Q(title__icontains=text) | Q(scope__icontains=text) | Q(reason__icontains=text)
    rows = ChangeOrder.objects.for_user(user).filter(said).select_related("contract").order_by("-id")
    return [Hit(str(order), str(order.contract), order.get_absolute_url()) for order in rows[:limit]]


def find_deliveries(user: User, text: str, limit: int) -> list[Hit]:
    """Deliveries that hold and whose waybill, carrier, place or receiver has the text, the newest first."""
    said = Q(waybill__icontains=text) | Q(carrier__icontains=text)
    said |= Q(place__icontains=text) | Q(receiver__icontains=text)
    rows = Delivery.objects.holding().for_user(user).filter(said).select_related("contract").order_by("-id")
    return [
        Hit(f"{delivery} {delivery.waybill}".strip(), str(delivery.contract), delivery.get_absolute_url())
        for delivery in rows[:limit]
    ]


SOURCES = {
    "contracts": SearchSource(_("Contracts"), "file-text", find_contracts),
    "changes": SearchSource(_("Change orders"), "edit", find_changes),
    "deliveries": SearchSource(_("Deliveries"), "truck-delivery", find_deliveries),
}
