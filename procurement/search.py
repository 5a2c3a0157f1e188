"""Purchases and suppliers in the global search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from erp.search import Hit, SearchSource
from procurement.models import ProcurementItem, Supplier

if TYPE_CHECKING:
    from orgchart.models import User


def find(user: User, text: str, limit: int) -> list[Hit]:
    """Items whose part number, name, specification or order number has the text, the newest first."""
    named = Q(part_number__icontains=text) | Q(name__icontains=text)
    named |= Q(specification__icontains=text) | Q(order_number__icontains=text)
    rows = ProcurementItem.objects.for_user(user).filter(named).order_by("-id")
    found = rows.values_list("pk", "part_number", "name", "contract__number", "contract__name")[:limit]
    return [
        Hit(f"{part} {name}".strip(), f"{number} {contract}", f"/procurement/{pk}/")
        for pk, part, name, number, contract in found
    ]


def find_suppliers(user: User, text: str, limit: int) -> list[Hit]:
    named = Q(name__icontains=text) | Q(contact__icontains=text)
    rows = Supplier.objects.for_user(user).filter(named).order_by("name", "id")
    found = rows.values_list("pk", "name", "contact", "phone")[:limit]
    return [
        Hit(name, f"{contact} {phone}".strip(), f"/procurement/suppliers/{pk}/")
        for pk, name, contact, phone in found
    ]


SOURCE = SearchSource(_("Purchases"), "shopping-cart", find)
SUPPLIERS = SearchSource(_("Suppliers"), "truck-delivery", find_suppliers)
