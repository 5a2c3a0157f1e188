"""The purchases of a contract as they leave with its export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from contracts.joints import Sheet
from contracts.models import Contract
from procurement.models import Arrival, ProcurementItem, PromisedDate


def _items(contract: Contract) -> Iterator[Sequence[Any]]:
    rows = ProcurementItem.objects.with_arrived().with_needed().filter(contract=contract).order_by("id")
    for item in rows.select_related("department", "task", "requested_by", "supplier"):
        yield (
            item.part_number, item.name, item.specification, item.quantity, item.unit, item.usable,
            item.get_status_display(), item.department.name, item.task.name if item.task else "",
            item.requested_by.name if item.requested_by else "", item.supplier.name if item.supplier else "",
            item.order_number, item.price, item.total, item.currency if item.price is not None else "",
            item.agreed, item.ordered_on, item.promised_on, item.shipped_on, item.waybill, item.last_came,
            item.note,
        )  # fmt: skip


def _arrivals(contract: Contract) -> Iterator[Sequence[Any]]:
    rows = Arrival.objects.filter(item__contract=contract).select_related("item", "receiver")
    for row in rows.order_by("arrived_on", "id"):
        yield (
            row.item.part_number, row.item.name, row.arrived_on, row.quantity, row.unit,
            row.defective_quantity, row.defect, row.receiver.name, row.note,
        )  # fmt: skip


def _promises(contract: Contract) -> Iterator[Sequence[Any]]:
    rows = PromisedDate.objects.filter(item__contract=contract).select_related("item", "author")
    for row in rows.order_by("id"):
        yield (
            row.item.part_number, row.item.name, row.told_on, row.before, row.day, row.reason,
            str(row.author or ""),
        )  # fmt: skip


SHEETS = {
    "procurement_items": Sheet(
        _("Purchases"),
        (
            _("Part number"), _("Name"), _("Specification"), _("Quantity"), _("Unit"), _("Usable so far"),
            _("Status"), _("Department"), _("Needed for"), _("Requested by"), _("Supplier"),
            _("Order number"), _("Unit price"), _("Amount"), _("Currency"), _("Required by"), _("Ordered on"),
            _("Promised for"), _("Shipped on"), _("Waybill"), _("Arrived on"), _("Note"),
        ),
        _items,
        35,
    ),
    "procurement_arrivals": Sheet(
        _("Arrivals"),
        (
            _("Part number"), _("Name"), _("Arrived on"), _("Quantity"), _("Unit"), _("Defective quantity"),
            _("Defect"), _("Receiver"), _("Note"),
        ),
        _arrivals,
        36,
    ),
    "procurement_promises": Sheet(
        _("Promised dates"),
        (
            _("Part number"), _("Name"), _("Told on"), _("Promised before"), _("Promised for"), _("Reason"),
            _("Entered by"),
        ),
        _promises,
        37,
    ),
}  # fmt: skip
