"""Purchases: of one contract, of all contracts, and one of them with everything about it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from contracts.exports import TYPES
from contracts.forms import attempt
from contracts.frame import frame
from contracts.models import Contract
from erp.access import demand, fetch
from erp.conflict import conflict_page
from erp.htmx import Request, done, page
from erp.workflow import Stale
from procurement.exports import items_file, links
from procurement.filters import STATUS_CHOICES, ItemFilter
from procurement.forms import UNITS, ItemForm
from procurement.itempage import item_context
from procurement.models import ProcurementItem, Supplier
from procurement.queries import price_history
from procurement.services import (
    Unconfirmed,
    create_item,
    edit_item,
    may_manage,
    may_read_suppliers,
    may_request,
)
from procurement.tables import item_rows, priced_rows, turn_pages
from procurement.views.deeds import ITEMS
from procurement.views.kits import sees_kits

CONTRACTS = Contract.objects.select_related("company", "manager")


@require_safe
def contract_items(request: Request, pk: int) -> HttpResponse:
    """What the contract buys."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    here = reverse("procurement:items", args=[pk])
    rows = ProcurementItem.objects.for_user(request.user).filter(contract=contract)
    chosen = ItemFilter.read(request.GET, start="all")
    if (kind := request.GET.get("export", "")) in TYPES:
        return items_file(kind, chosen.order(chosen.narrow(rows)), request.user, request.GET.dict())
    context = _list(request, rows, chosen, here)
    live = not contract.frozen()
    context |= {
        "one_contract": True,
        "sees_kits": sees_kits(request.user, contract),
        "may_request": live and may_request(request.user, contract),
        "may_manage": live and may_manage(request.user, contract),
    }
    template = "procurement/contract_items.html"
    return frame(request, contract, "procurement", template, context, fragment="table")


@require_safe
def all_items(request: Request) -> HttpResponse:
    """What all contracts in sight buy; open things first."""
    rows = ProcurementItem.objects.for_user(request.user)
    chosen = ItemFilter.read(request.GET)
    if (kind := request.GET.get("export", "")) in TYPES:
        return items_file(kind, chosen.order(chosen.narrow(rows)), request.user, request.GET.dict())
    context = _list(request, rows, chosen, reverse("procurement:list"))
    context["sees_suppliers"] = may_read_suppliers(request.user)
    return page(request, "procurement/items.html", context, fragment="table")


def _list(request: Request, rows: Any, chosen: ItemFilter, here: str) -> dict[str, Any]:
    turned = turn_pages(chosen.order(chosen.narrow(rows)), request.GET)
    named = rows.filter(supplier__isnull=False).order_by().values("supplier")
    shown = item_rows(turned, request.user)
    return {
        **links(request.GET),
        "rows": shown,
        "pickable": any(row.buttons for row in shown),
        "priced": any(row.price for row in shown),
        "page": turned,
        "chosen": chosen,
        "statuses": STATUS_CHOICES,
        "suppliers": Supplier.objects.filter(pk__in=named).values_list("pk", "name"),
        "only": Contract.objects.for_user(request.user).filter(pk=chosen.contract).first()
        if chosen.contract
        else None,
        "here": here,
    }


@require_safe
def item(request: Request, pk: int) -> HttpResponse:
    """One item: where it stands, what may be done, what was promised, what came, what it cost before."""
    found = fetch(ITEMS.with_needed(), request.user, pk=pk)
    return page(request, "procurement/item.html", item_context(request.user, found), fragment="item")


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request, pk: int) -> HttpResponse:
    """Request an item."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    if not may_request(request.user, contract):
        demand(request.user, "manage_procurement", contract)
    data = request.POST if request.method == "POST" else None
    form = ItemForm(data, user=request.user, contract=contract)
    made = attempt(form, lambda: create_item(contract, actor=request.user, **form.item_fields()))
    if made is not None:
        told = _("“%(item)s” requested.") % {"item": made}
        return done(request, reverse("procurement:items", args=[pk]), message=told)
    return _form(request, contract, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """Correct an item; over somebody else's change both versions are shown."""
    found = fetch(ITEMS, request.user, "change", pk=pk)
    data = request.POST if request.method == "POST" else None
    form = ItemForm(data, user=request.user, contract=found.contract, item=found)
    try:
        moved = attempt(form, lambda: _edited(request, found, form))
    except Stale as stale:
        return conflict_page(request, form, stale, request.path)
    if moved is not None:
        return done(request, moved.get_absolute_url(), message=_("Item saved."))
    return _form(request, found.contract, form, found)


def _edited(request: Request, found: ProcurementItem, form: ItemForm) -> ProcurementItem:
    version, confirmed = form.cleaned_data["version"], form.cleaned_data["confirmed"]
    told = form.item_fields()
    try:
        return edit_item(found, actor=request.user, version=version, confirmed=confirmed, **told)
    except Unconfirmed:
        form.ask_again()
        raise


def _form(
    request: Request, contract: Contract, form: ItemForm, found: ProcurementItem | None
) -> HttpResponse:
    back = found.get_absolute_url() if found else reverse("procurement:items", args=[contract.pk])
    priced = "price" in form.fields
    context = {
        "form": form,
        "item": found,
        "contract": contract,
        "back": back,
        "units": UNITS,
        "priced": priced,
        "prices": priced_rows(price_history(request.user, found)) if found and priced else [],
    }
    status = 422 if form.is_bound else 200
    return page(request, "procurement/item_form.html", context, fragment="form", status=status)


@require_safe
def prices(request: Request, pk: int) -> HttpResponse:
    """What the part that is being typed cost before, and who supplied it last."""
    contract = fetch(CONTRACTS, request.user, "view_purchase_price", pk=pk)
    typed = ProcurementItem.typed(contract, request.GET.get("part_number", ""), request.GET.get("name", ""))
    rows = price_history(request.user, typed) if typed.part_key or typed.name else []
    context = {"prices": priced_rows(rows), "contract": contract, "asked": typed}
    return page(request, "procurement/prices.html", context, fragment="prices")
