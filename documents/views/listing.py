"""The documents of one contract: tab, bin, panels of the overview, of a thing, of the portal."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from contracts.frame import frame
from contracts.models import Contract
from documents.anchors import find_row
from documents.filters import STATE_CHOICES, DocumentFilter
from documents.forms import UploadForm
from documents.fulltext import quotes
from documents.models import Document
from documents.queries import document_types, hanging_on
from documents.store import upload_limit
from documents.tables import JOINED, document_rows, headings, owners_of, turn_pages
from erp.access import fetch
from erp.htmx import Request, open_to_customers, own_frame, page

CONTRACTS = Contract.objects.select_related("company", "manager")
#: Lines of a panel; the rest is one click away.
SHORT = 6


@require_safe
def contract_documents(request: Request, pk: int) -> HttpResponse:
    """The documents tab; `?bin=1` is the bin."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    chosen = DocumentFilter.read(request.GET)
    seen = Document.objects.for_user(request.user, "restore" if chosen.bin else "view")
    seen = seen.filter(contract=contract)
    turned = turn_pages(chosen.narrow(seen).select_related(*JOINED).order_by(*chosen.order()), request.GET)
    context = {
        "rows": document_rows(turned, quotes([d.pk for d in turned], chosen.q)),
        "page": turned,
        "chosen": chosen,
        "headings": headings(chosen),
        "types": document_types(),
        "states": STATE_CHOICES,
        "owners": owners_of(seen, request.user),
        "here": reverse("documents:documents", args=[pk]),
        "bin_url": DocumentFilter(bin=not chosen.bin).link(),
        "upload": upload_context(contract) if not (chosen.bin or contract.frozen()) else None,
    }
    return frame(
        request, contract, "documents", "documents/contract_documents.html", context, fragment="table"
    )


def upload_context(contract: Contract, on: str = "", back: str = "") -> dict[str, Any]:
    """What `documents/upload_form.html` needs; `on` names a thing, as `find_thing` reads it."""
    return {
        "form": UploadForm(initial={"on": on}),
        "url": reverse("documents:upload", args=[contract.pk]),
        "limit": upload_limit(),
        "limit_mb": upload_limit() // 1024 // 1024,
    }


@require_safe
def panel(request: Request, pk: int) -> HttpResponse:
    """The latest documents, on the overview of the contract."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    seen = Document.objects.for_user(request.user).filter(contract=contract)
    rows = document_rows(seen.select_related(*JOINED).order_by("-changed", "-id")[:SHORT])
    context = {"contract": contract, "rows": rows, "all_url": reverse("documents:documents", args=[pk])}
    return page(request, "documents/panel.html", context, fragment="panel")


@require_safe
def anchored(request: Request, label: str, pk: int) -> HttpResponse:
    """The documents on a task or another thing, with a place to drop more."""
    row = find_row(label, pk, request.user)
    if row is None:
        raise Http404
    contract = row.contract
    documents = hanging_on(row, request.user).select_related(*JOINED).order_by("-changed", "-id")
    context = {
        "contract": contract,
        "thing": row,
        "rows": document_rows(documents[:50]),
        "here": reverse("documents:anchored", args=[label, pk]),
        "upload": None if contract.frozen() else upload_context(contract, f"{label}:{pk}"),
    }
    part = "list" if request.htmx.target == "anchored-list" else "panel"
    return page(request, "documents/anchored.html", context, fragment=part)


@open_to_customers
@require_safe
def portal_panel(request: Request, pk: int) -> HttpResponse:
    """What was released to the customer."""
    contract = get_object_or_404(Contract.objects.for_user(request.user, "follow"), pk=pk)
    seen = Document.objects.for_user(request.user).filter(contract=contract, published__isnull=False)
    documents = seen.select_related("type", "published").order_by("type__position", "title", "id")
    context = {"contract": contract, "documents": documents[:200], "frame": own_frame(request)}
    return page(request, "documents/portal_panel.html", context, fragment="panel")
