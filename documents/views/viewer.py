"""Documents read in the browser: one version, or two side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from documents import viewing
from documents.models import Document, DocumentVersion
from documents.services.previews import retry_preview
from documents.views.content import reads_store
from erp.access import fetch
from erp.htmx import Request, View, done, open_to_customers, own_frame, page, wants_fragment

#: How many versions the menu offers.
SHOWN = 50
#: PDF.js and the reader of STEP models work beside the page.
worker_of_ours: Callable[[View], View] = csp_update({"worker-src": SELF})  # type: ignore[assignment]


@open_to_customers
@worker_of_ours
@reads_store
@require_safe
def preview(request: Request, pk: int, number: int) -> HttpResponse:
    """The viewer; `?alive` only asks whether the right is still there."""
    version = viewing.find(request.user, pk, number)
    if "alive" in request.GET:
        return HttpResponse(status=204)
    screen = viewing.screen(request.user, version, waited=_number(request, "waited"))
    fragment = wants_fragment(request)
    viewing.note_viewing(request.user, version, request.GET.get("seen", "") if fragment else "")
    if fragment:
        return render(request, "documents/viewer_pane.html", {"screen": screen})
    context = {"screen": screen, "panes": [screen], "frame": own_frame(request), **_around(request, version)}
    return page(request, "documents/viewer.html", context)


@require_POST
def preview_retry(request: Request, pk: int, number: int) -> HttpResponse:
    """Have a preview made that failed before."""
    fetch(Document.objects, request.user, "change", pk=pk)
    version = viewing.find(request.user, pk, number)
    screen = viewing.screen(request.user, version)
    if screen.preview is not None and screen.retry:
        retry_preview(screen.preview, request.user)
    return done(request, reverse("documents:preview", args=[pk, number]))


@worker_of_ours
@reads_store
@require_safe
def compare(request: Request, pk: int, number: int) -> HttpResponse:
    """Two versions side by side; `?with=` names the other, else it is the one before."""
    version = viewing.find(request.user, pk, number)
    versions = _versions(request, version)
    numbers = [v.number for v in versions if v.number != number]
    asked = _number(request, "with") or max((n for n in numbers if n < number), default=0)
    other = viewing.find(request.user, pk, asked) if asked in numbers else None
    shown = [v for v in (other, version) if v]
    for one in shown:
        viewing.note_viewing(request.user, one, "")
    context = {
        "panes": [viewing.screen(request.user, one) for one in shown],
        "comparing": True,
        "current": number,
        "screen": viewing.Screen(version, request.user, None),
        "frame": own_frame(request),
        **_around(request, version),
    }
    return page(request, "documents/compare.html", context)


def _number(request: Request, name: str) -> int:
    """A small number of the address; 0 for anything else."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _versions(request: Request, version: DocumentVersion) -> list[DocumentVersion]:
    rows = DocumentVersion.objects.for_user(request.user).filter(document=version.document_id)
    return list(rows.select_related("uploaded_by")[:SHOWN])


def _around(request: Request, version: DocumentVersion) -> dict[str, Any]:
    """Where the viewer hangs: ways back, and the other versions."""
    document, contract = version.document, version.document.contract
    if own_frame(request) == "portal.html":
        back = reverse("contracts:portal_contract", args=[contract.pk])
        return {"crumbs": [{"url": back, "label": contract.number}, {"label": document.title}], "back": back}
    crumbs = [
        {"url": reverse("documents:documents", args=[contract.pk]), "label": contract.number},
        {"url": document.get_absolute_url(), "label": document.title},
        {"label": _("Version %(number)s") % {"number": version.number}},
    ]
    return {
        "crumbs": crumbs,
        "back": document.get_absolute_url(),
        "versions": _versions(request, version),
    }
