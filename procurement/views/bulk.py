"""Order or receive many items at once: all or none."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from contracts.forms import attempt
from erp.htmx import Request, done, page
from erp.workflow import Stale
from procurement.bulk import ArriveForm, OrderForm, RowsForm, chosen, rest
from procurement.numbers import number
from procurement.services import order_items, record_arrivals
from procurement.tables import price_text


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_order(request: Request) -> HttpResponse:
    """One order for many items."""
    form = _form(request, OrderForm)

    def deed() -> Any:
        return order_items(form.orders(), actor=request.user, ordered_on=form.cleaned_data["ordered_on"])

    if (items := _tried(form, deed)) is not None:
        told = ngettext("%(n)s item ordered.", "%(n)s items ordered.", len(items)) % {"n": len(items)}
        return done(request, _back(form), message=told)
    return _page(request, form, _("Order items"))


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_arrive(request: Request) -> HttpResponse:
    """Everything that was still to come of many items is here."""
    form = _form(request, ArriveForm)

    def deed() -> Any:
        day, receiver = form.cleaned_data["arrived_on"], form.cleaned_data["receiver"]
        return record_arrivals(form.arrivals(), actor=request.user, arrived_on=day, receiver=receiver)

    if (arrivals := _tried(form, deed)) is not None:
        told = ngettext("%(n)s arrival recorded.", "%(n)s arrivals recorded.", len(arrivals))
        return done(request, _back(form), message=told % {"n": len(arrivals)})
    return _page(request, form, _("Record arrivals"))


def _form(request: Request, kind: Any) -> Any:
    sent = request.POST if request.method == "POST" else request.GET
    items = chosen(request.user, kind.deed, sent)
    return kind(request.POST if request.method == "POST" else None, user=request.user, items=items)


def _tried(form: RowsForm, deed: Any) -> Any:
    try:
        return attempt(form, deed)
    except Stale as stale:
        form.renew(stale.obj)
        return None


def _back(form: RowsForm) -> str:
    contracts = {item.contract_id for item in form.rows}
    if len(contracts) == 1:
        return reverse("procurement:items", args=[contracts.pop()])
    return reverse("procurement:list")


def _page(request: Request, form: Any, title: str) -> HttpResponse:
    last = getattr(form, "last", {})
    context = {
        "form": form,
        "title": title,
        "lines": [_line(form, item, last.get(item.part_key)) for item in form.rows],
        "others": [
            (str(item), item.get_absolute_url(), item.status, item.get_status_display())
            for item in form.others
        ],
        "prices": any(name.startswith("price_") for name in form.fields),
        "back": _back(form),
        "crumbs": [{"url": reverse("procurement:list"), "label": _("Purchases")}, {"label": title}],
    }
    return page(
        request, "procurement/bulk.html", context, fragment="form", status=422 if form.errors else 200
    )


def _line(form: Any, item: Any, last: Any) -> dict[str, Any]:
    price = form.price_field(item) if hasattr(form, "price_field") else None
    before = ""
    if price is not None and last is not None:
        supplier = last.supplier.name if last.supplier else ""
        before = f"{price_text(last.price, last.currency)} {supplier}".strip()
    return {
        "pk": item.pk,
        "name": item.name,
        "part_number": item.part_number,
        "url": item.get_absolute_url(),
        "contract": item.contract.number,
        "quantity": f"{number(item.quantity)} {item.unit}",
        "rest": rest(item),
        "version": form[f"version_{item.pk}"],
        "price": price,
        "before": before,
        "currency": item.currency,
    }
