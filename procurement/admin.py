"""Purchases and suppliers in the back office: scoped, written through the services."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from erp.admin import BACK_OFFICE, BackOffice
from procurement.models import Arrival, ProcurementItem, PromisedDate, Supplier
from procurement.services import (
    cancel_item,
    create_item,
    create_supplier,
    edit_item,
    edit_supplier,
    order_item,
    ship_item,
)
from procurement.states import LIFE

SUPPLIER = ("name", "contact", "phone", "email", "address", "lead_days", "note")
ITEM = (
    "contract", "department", "task", "requested_by", "part_number", "name", "specification", "quantity",
    "unit", "price", "currency", "supplier", "order_number", "need_by", "note",
)  # fmt: skip
FACTS = ("status", "ordered_on", "promised_on", "shipped_on", "version")
#: The steps that need nothing but a click; arrivals and promises are entered on the pages.
STEPS: dict[str, Any] = {"order": order_item, "ship": ship_item, "cancel": cancel_item}


@admin.register(Supplier)
class SupplierAdmin(BackOffice):
    list_display = ("name", "contact", "phone", "lead_days", "active")
    list_filter = ("active",)
    search_fields = ("name", "contact")
    fields = (*SUPPLIER, "active", "version")
    readonly_fields = ("version",)

    def create_model(self, request: Any, obj: Any) -> None:
        values = {name: getattr(obj, name) for name in (*SUPPLIER, "active")}
        obj.pk = create_supplier(actor=request.user, **values).pk

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        edit_supplier(obj, actor=request.user, **fields)


@admin.register(ProcurementItem)
class ProcurementItemAdmin(BackOffice):
    list_display = ("name", "part_number", "contract", "supplier", "quantity", "promised_on", "status")
    list_filter = ("status", "department")
    list_select_related = ("contract", "supplier")
    search_fields = ("name", "part_number", "contract__number")
    raw_id_fields = ("contract", "task", "requested_by", "supplier")
    fields = (*ITEM, *FACTS)
    readonly_fields = FACTS

    def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        """An item never moves to another contract."""
        return (*self.readonly_fields, "contract", "requested_by") if obj else self.readonly_fields

    def get_actions(self, request: Any) -> Any:
        """What follows from arrivals is no step to choose."""
        kept = {step.verb for step in LIFE} - STEPS.keys()
        return {name: one for name, one in super().get_actions(request).items() if name not in kept}

    def create_model(self, request: Any, obj: Any) -> None:
        values = {name: getattr(obj, name) for name in ITEM if name != "contract"}
        obj.pk = create_item(obj.contract, actor=request.user, **values).pk

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        edit_item(obj, actor=request.user, **fields)

    def advance_model(self, request: Any, obj: Any, verb: str) -> None:
        reason = {"reason": str(BACK_OFFICE)} if obj.workflow[verb].needs_reason else {}
        STEPS[verb](obj, actor=request.user, **reason)


class Kept(BackOffice):
    """Rows that follow from deeds on the pages: read here, never written."""

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False


@admin.register(Arrival)
class ArrivalAdmin(Kept):
    list_display = ("item", "quantity", "unit", "arrived_on", "receiver", "defective_quantity")
    list_select_related = ("item", "receiver")
    search_fields = ("item__name", "item__contract__number")


@admin.register(PromisedDate)
class PromisedDateAdmin(Kept):
    list_display = ("item", "before", "day", "told_on", "author")
    list_select_related = ("item", "author")
    search_fields = ("item__name", "item__contract__number")
