"""One purchase at a time: order, ship, promise, arrive, cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.forms import attempt, overtaken
from erp.access import fetch
from erp.htmx import Request, page, trigger, wants_fragment
from erp.workflow import Stale
from procurement.forms import ArriveForm, OrderForm, PromiseForm, ReasonForm, ShipForm
from procurement.models import Arrival, ProcurementItem
from procurement.queries import price_history
from procurement.services import (
    Unconfirmed,
    cancel_item,
    may_price,
    order_item,
    record_arrival,
    set_promised_date,
    ship_item,
    take_back_arrival,
)
from procurement.tables import priced_rows

ITEMS = ProcurementItem.objects.with_arrived().select_related(
    "contract", "department", "task", "supplier", "requested_by"
)
form_methods = require_http_methods(["GET", "HEAD", "POST"])


@form_methods
def order(request: Request, pk: int) -> HttpResponse:
    """Order one item: from whom, for how much, for when; what it cost before stands beside."""
    item = fetch(ITEMS, request.user, "order", pk=pk)
    form = OrderForm(_sent(request), user=request.user, item=item)
    before: list[Any] = []
    if may_price(request.user, item.contract):
        before = price_history(request.user, item)
        if not form.is_bound and item.supplier_id is None and before:
            form.initial["supplier"] = before[0].supplier_id
    more = {"prices": priced_rows(before)}
    return _answer(request, item, form, _("Order item"), order_item, **more)


@form_methods
def ship(request: Request, pk: int) -> HttpResponse:
    """It is on its way."""
    item = fetch(ITEMS, request.user, "ship", pk=pk)
    form = ShipForm(_sent(request), user=request.user, item=item)
    return _answer(request, item, form, _("Record shipping"), ship_item)


@form_methods
def promise(request: Request, pk: int) -> HttpResponse:
    """The supplier names a day, or another one."""
    item = fetch(ITEMS, request.user, "promise", pk=pk)
    form = PromiseForm(_sent(request), user=request.user, item=item)

    def deed(row: Any, *, actor: Any, promised_on: Any, **told: Any) -> ProcurementItem:
        return set_promised_date(row, promised_on, actor=actor, **told)

    return _answer(request, item, form, _("Set promised date"), deed)


@form_methods
def arrive(request: Request, pk: int) -> HttpResponse:
    """Goods came; what is odd about them is asked once more."""
    item = fetch(ITEMS, request.user, "arrive", pk=pk)
    form = ArriveForm(_sent(request), user=request.user, item=item)

    def deed(row: Any, **told: Any) -> ProcurementItem:
        try:
            came: ProcurementItem = record_arrival(row, **told).item
        except Unconfirmed:
            form.ask_again()
            raise
        return came

    return _answer(request, item, form, _("Record arrival"), deed)


@form_methods
def cancel(request: Request, pk: int) -> HttpResponse:
    """It is not bought after all."""
    item = fetch(ITEMS, request.user, "cancel", pk=pk)
    form = ReasonForm(_sent(request), user=request.user, item=item)
    return _answer(request, item, form, _("Cancel item"), cancel_item, danger=True)


@form_methods
def take_back(request: Request, pk: int) -> HttpResponse:
    """An arrival was entered by mistake."""
    rows = Arrival.objects.select_related("item__contract", "receiver")
    arrival = fetch(rows, request.user, "take_back_arrival", pk=pk)
    form = ReasonForm(_sent(request), user=request.user, item=arrival.item)

    def deed(row: Any, *, actor: Any, reason: str, version: int) -> ProcurementItem:
        return take_back_arrival(arrival, actor=actor, reason=reason)

    more = {"danger": True, "arrival": arrival}
    return _answer(request, arrival.item, form, _("Take arrival back"), deed, **more)


def _sent(request: Request) -> Any:
    return request.POST if request.method == "POST" else None


def _answer(
    request: Request, item: Any, form: Any, label: str, deed: Callable[..., ProcurementItem], **more: Any
) -> HttpResponse:
    """Ask, do, say what became of it; somebody who was faster is told as well."""
    status = 0
    try:
        moved = attempt(form, lambda: deed(item, actor=request.user, **form.cleaned_data))
        if moved is not None:
            return saved(request, moved)
    except Stale as stale:
        text = _("Somebody changed “%(item)s” meanwhile. It is now: %(state)s.")
        words = {"item": stale.obj, "state": stale.obj.get_status_display()}
        overtaken(form, stale, text % words)
        status = 409
    context = {"item": item, "form": form, "label": label, **more}
    status = status or (422 if form.is_bound else 200)
    return page(request, "procurement/deed.html", context, fragment="form", status=status)


def saved(request: Request, item: ProcurementItem) -> HttpResponse:
    """The deed worked: htmx closes its dialog and refreshes what shows items, browsers go to the item."""
    text = _("%(item)s: %(state)s") % {"item": item, "state": item.get_status_display()}
    if wants_fragment(request):
        events = {"close-dialog": True, "items-changed": True, "toast": {"level": "success", "text": text}}
        return trigger(HttpResponse(status=204), **events)
    messages.success(request, text)
    return HttpResponseRedirect(item.get_absolute_url())
