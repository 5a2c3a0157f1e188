"""The filtered list of purchases as a file, with exactly what its reader may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.exports import TYPES, write_csv, write_xlsx
from erp.audit.services import record
from procurement.models import ProcurementItem
from procurement.queries import priced_contracts
from procurement.states import Status

if TYPE_CHECKING:
    from orgchart.models import User

JOINED = ("contract", "department", "task", "requested_by", "supplier")
CHUNK = 500


def heads(money: bool) -> list[str]:
    words = [
        _("Contract number"), _("Contract"), _("Part number"), _("Name"), _("Specification"), _("Quantity"),
        _("Unit"), _("Usable so far"), _("Status"), _("Department"), _("Needed for"), _("Requested by"),
        _("Supplier"), _("Order number"), _("Required by"), _("Ordered on"), _("Promised for"),
        _("Shipped on"), _("Arrived on"), _("Note"),
    ]  # fmt: skip
    return words + ([_("Currency"), _("Unit price"), _("Amount")] if money else [])


def lines(rows: Any, user: User) -> tuple[list[str], Iterator[list[Any]]]:
    """Column heads and the lines below; prices only in contracts where the user reads them, and no such
    columns where there is none."""
    priced = priced_contracts(user, set(rows.order_by().values_list("contract", flat=True).distinct()))
    labels = {str(value): str(label) for value, label in Status.choices}

    def each() -> Iterator[list[Any]]:
        whole = rows.with_arrived().with_needed().select_related(*JOINED)
        for item in whole.iterator(CHUNK):
            yield [*_cells(item, labels), *(_money(item, item.contract_id in priced) if priced else ())]

    return heads(bool(priced)), each()


def _cells(item: Any, labels: dict[str, str]) -> list[Any]:
    return [
        item.contract.number, item.contract.name, item.part_number, item.name, item.specification,
        _number(item.quantity), item.unit, _number(item.usable), labels[item.status], item.department.name,
        item.task.name if item.task else "", item.requested_by.name if item.requested_by else "",
        item.supplier.name if item.supplier else "", item.order_number, item.agreed, item.ordered_on,
        item.promised_on, item.shipped_on, item.last_came, item.note,
    ]  # fmt: skip


def _money(item: Any, readable: bool) -> list[Any]:
    if not readable or item.price is None:
        return ["", None, None]
    return [item.currency, item.price, item.total]


def _number(quantity: Decimal) -> int | Decimal:
    """Whole numbers without decimals."""
    return int(quantity) if quantity == quantity.to_integral_value() else quantity


def links(query: QueryDict) -> dict[str, str]:
    """Where the list as it is narrowed now is handed out."""
    kept = query.copy()
    kept.pop("page", None)
    found = {}
    for kind in TYPES:
        kept["export"] = kind
        found[f"{kind}_url"] = f"?{kept.urlencode()}"
    return found


def items_file(kind: str, rows: Any, user: User, filters: Mapping[str, str]) -> HttpResponse:
    """The list of purchases as a download."""
    words, found = lines(rows, user)
    return export(kind, "purchases", _("Purchases"), words, found, filters)


def export(
    kind: str, name: str, title: str, heads: list[str], lines: Iterator[list[Any]], filters: Mapping[str, str]
) -> HttpResponse:
    """A list as a file (xlsx or csv); who took what is logged."""
    content, count = write_xlsx(heads, lines, title) if kind == "xlsx" else write_csv(heads, lines)
    kept = {key: value[:100] for key, value in list(filters.items())[:20] if key != "export"}
    record("export", ProcurementItem, rows=count, format=kind, list=name, filters=kept)
    response = HttpResponse(content, content_type=TYPES[kind])
    file = f"{name}-{timezone.localdate():%Y-%m-%d}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{file}"'
    return response
