"""One document with everything about it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from documents.models import Document, DocumentShare, DocumentVersion
from documents.queries import things_of
from documents.services import held_by_other
from documents.states import HELD_BY, LIFE
from documents.tables import JOINED, document_rows, version_rows
from documents.viewing import may_download
from erp.access import fetch, held
from erp.audit.services import record
from erp.audit.timeline import deed_label
from erp.htmx import Request, page

#: Deeds shown of the past.
PAST = 20
DOCUMENTS = Document.objects.select_related("contract", "department", *JOINED)


@require_safe
def document(request: Request, pk: int) -> HttpResponse:
    """Its versions, who reads it, what it hangs on, what happened; looking at it is logged."""
    found: Document = fetch(DOCUMENTS, request.user, pk=pk)
    record("view", found.current or found)
    verbs = held(request.user, HELD_BY, found) if not found.frozen() else set()
    holder, taken = found.holder(), held_by_other(found, request.user)
    versions = found.versions.select_related("uploaded_by").order_by("-number")
    context = {
        "document": found,
        "row": document_rows([found])[0],
        "contract": found.contract,
        "crumbs": crumbs(found),
        "versions": version_rows(found, versions, verbs - ({"change"} if taken else set())),
        "may": verbs,
        "may_download": may_download(request.user, found),
        "holder": holder,
        "own_check_out": holder == request.user,
        "taken": taken,
        "shares": _shares(found) if "share" in verbs else None,
        "things": things_of(found, request.user),
        "history": _past(found),
    }
    return page(request, "documents/document.html", context)


def crumbs(document: Document, last: Any = "") -> list[dict[str, Any]]:
    contract = document.contract
    tab = reverse("documents:documents", args=[contract.pk])
    way: list[dict[str, Any]] = [
        {"url": tab, "label": f"{contract.number} {contract.name}"},
        {"url": document.get_absolute_url() if last else "", "label": document.title},
    ]
    return [*way, {"url": "", "label": last}] if last else way


def _shares(document: Document) -> list[DocumentShare]:
    return list(document.shares.select_related("person", "department").order_by("pk"))


def _past(document: Document) -> list[dict[str, Any]]:
    """Named deeds without values: what everybody may know who sees the document."""
    models: Any = (Document, DocumentVersion)
    own = document.history.filter(current__isnull=False)
    steps = DocumentVersion.history.filter(
        document=document.pk, history_change_reason__in=[step.verb for step in LIFE]
    )
    deeds = [
        {
            "who": str(row.history_user or "—"),
            "what": deed_label(row.history_change_reason or "", model),
            "n": row.number if model is DocumentVersion else 0,
            "at": row.history_date,
        }
        for model, rows in zip(models, (own, steps), strict=True)
        for row in rows.select_related("history_user").order_by("-history_id")[:PAST]
    ]
    return sorted(deeds, key=lambda deed: deed["at"], reverse=True)[:PAST]
