"""Suppliers: the list with what is known of them, one of them, and the form."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from contracts.filters import plain
from contracts.forms import attempt
from erp.access import allowed, fetch
from erp.conflict import conflict_page
from erp.htmx import Request, done, page
from erp.workflow import Stale
from procurement.forms import SupplierForm
from procurement.models import ProcurementItem, Supplier
from procurement.queries import suppliers_rated
from procurement.services import create_supplier, edit_supplier, may_keep_suppliers, may_read_suppliers
from procurement.tables import ROWS, item_rows, supplier_rows, turn_pages
from production.filters import page_number


@require_safe
def supplier_list(request: Request) -> HttpResponse:
    """Whom we buy from, with what their deliveries say of them."""
    _demand_reader(request)
    rows = Supplier.objects.for_user(request.user)
    text = plain(request.GET.get("q", ""))
    every = request.GET.get("view") == "all"
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(contact__icontains=text) | Q(phone__icontains=text))
    turned = Paginator(rows if every else rows.active(), ROWS).get_page(page_number(request.GET))
    shown = suppliers_rated(request.user, Supplier.objects.filter(pk__in=[row.pk for row in turned]))
    context = {
        "rows": supplier_rows(shown.order_by("name", "id")),
        "page": turned,
        "q": text,
        "every": every,
        "may_keep": may_keep_suppliers(request.user),
    }
    return page(request, "procurement/suppliers.html", context, fragment="table")


def _demand_reader(request: Request) -> None:
    """Suppliers are one list for the house: who reads none is told so."""
    if not may_read_suppliers(request.user):
        raise PermissionDenied("reads no suppliers")


@require_safe
def supplier(request: Request, pk: int) -> HttpResponse:
    """One supplier: how to reach them, how they deliver, what is open with them."""
    _demand_reader(request)
    found = fetch(suppliers_rated(request.user, Supplier.objects.all()), request.user, pk=pk)
    rows = ProcurementItem.objects.for_user(request.user).filter(supplier=found).order_by("-id")
    turned = turn_pages(rows, request.GET, 20)
    shown = item_rows(turned, request.user)
    context = {
        "supplier": found,
        "rating": supplier_rows([found])[0],
        "rows": shown,
        "priced": any(row.total for row in shown),
        "page": turned,
        "may_change": allowed(request.user, "change", found),
    }
    return page(request, "procurement/supplier.html", context, fragment="items")


@require_http_methods(["GET", "HEAD", "POST"])
def supplier_new(request: Request) -> HttpResponse:
    if not may_keep_suppliers(request.user):
        raise PermissionDenied("may not keep suppliers")
    form = SupplierForm(request.POST if request.method == "POST" else None)
    made = attempt(form, lambda: create_supplier(actor=request.user, **form.cleaned_data))
    if made is not None:
        return done(
            request, made.get_absolute_url(), message=_("Supplier “%(name)s” added.") % {"name": made}
        )
    return _form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
def supplier_edit(request: Request, pk: int) -> HttpResponse:
    """Change a supplier; over somebody else's change both versions are shown."""
    _demand_reader(request)
    found = fetch(Supplier.objects, request.user, "change", pk=pk)
    form = SupplierForm(request.POST if request.method == "POST" else None, supplier=found)
    try:
        moved = attempt(form, lambda: edit_supplier(found, actor=request.user, **form.cleaned_data))
    except Stale as stale:
        return conflict_page(request, form, stale, request.path)
    if moved is not None:
        return done(request, moved.get_absolute_url(), message=_("Supplier saved."))
    return _form(request, form, found)


def _form(request: Request, form: Any, found: Supplier | None) -> HttpResponse:
    back = found.get_absolute_url() if found else reverse("procurement:suppliers")
    context = {"form": form, "supplier": found, "back": back}
    status = 422 if form.is_bound else 200
    return page(request, "procurement/supplier_form.html", context, fragment="form", status=status)
