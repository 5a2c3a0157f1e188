"""Files arrive: several at once for a contract or a thing of it, or the next version of a document."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.models import Contract
from documents.anchors import find_row
from documents.forms import UploadForm, VersionForm
from documents.models import Document, DocumentVersion
from documents.receiving import Outcome, SpoolHandler, keep_files
from documents.services import Upload, held_by_other, upload_document, upload_version
from documents.store import upload_limit
from erp.access import fetch
from erp.htmx import Request, done, page
from erp.receiving import receives_files

DOCUMENTS = Document.objects.select_related("contract", "type", "checked_out_by")


@receives_files(SpoolHandler)
@require_http_methods(["GET", "HEAD", "POST"])
def contract_upload(request: Request, pk: int) -> HttpResponse:
    """New documents; a script sends one file a request and asks for JSON."""
    contract = fetch(Contract.objects, request.user, pk=pk)
    asked = request.POST if request.method == "POST" else request.GET
    thing = _thing(request, asked.get("on", ""))
    back = thing.get_absolute_url() if thing else reverse("documents:documents", args=[pk])
    data = request.POST if request.method == "POST" else None
    form = UploadForm(data, initial={"on": asked.get("on", "")})
    context = {"contract": contract, "form": form, "back": back, "thing": thing, "frozen": contract.frozen()}
    if not form.is_valid():
        return _asked(request, "documents/upload.html", context)
    chosen = {name: form.cleaned_data[name] for name in ("type", "title", "note")}

    def keep(upload: Upload) -> DocumentVersion:
        return upload_document(contract, upload, actor=request.user, anchor=thing, **chosen)

    return _answer(
        request, keep_files(request, form.cleaned_data["token"], keep), "documents/upload.html", context
    )


@receives_files(SpoolHandler)
@require_http_methods(["GET", "HEAD", "POST"])
def new_version(request: Request, pk: int) -> HttpResponse:
    """The next version of a document."""
    document = fetch(DOCUMENTS, request.user, "change", pk=pk)
    form = VersionForm(request.POST if request.method == "POST" else None)
    blocked = held_by_other(document, request.user) or document.frozen()
    back = document.get_absolute_url()
    context = {"document": document, "form": form, "back": back, "frozen": blocked, "single": True}
    if not form.is_valid():
        return _asked(request, "documents/version_form.html", context)

    def keep(upload: Upload) -> DocumentVersion:
        return upload_version(document, upload, actor=request.user, note=form.cleaned_data["note"])

    return _answer(
        request, keep_files(request, form.cleaned_data["token"], keep), "documents/version_form.html", context
    )


def _thing(request: Request, text: str) -> Any:
    """The thing that `on` names, as `production.task:12`; 404 for one out of sight, None for none."""
    if not text:
        return None
    label, _colon, pk = text.partition(":")
    found = find_row(label, int(pk), request.user) if pk.isascii() and pk.isdigit() and len(pk) < 19 else None
    if found is None:
        raise Http404
    return found


def _answer(request: Request, outcome: Outcome, template: str, context: dict[str, Any]) -> HttpResponse:
    status = outcome.code or 422
    if wants_json(request):
        if outcome.refused:
            return JsonResponse({"message": " ".join(outcome.refused)}, status=status)
        version = outcome.stored[0]
        url = version.document.get_absolute_url()
        return JsonResponse({"title": version.document.title, "url": url, "version": version.number})
    names = _(", ").join(version.document.title for version in outcome.stored)
    told = _("Stored: %(names)s") % {"names": names} if names else ""
    if not outcome.refused:
        return done(request, context["back"], message=told)
    form: forms.Form = context["form"]
    for text in outcome.refused:
        form.add_error(None, text)
    return _asked(request, template, context | {"told": told}, status)


def _asked(request: Request, template: str, context: dict[str, Any], status: int = 0) -> HttpResponse:
    if wants_json(request) and context["form"].is_bound:
        texts = (str(text) for errors in context["form"].errors.values() for text in errors)
        return JsonResponse({"message": " ".join(texts)}, status=422)
    limit = {"limit": upload_limit(), "limit_mb": upload_limit() // 1024 // 1024, "url": request.path}
    status = status or (422 if context["form"].is_bound else 200)
    return page(request, template, context | limit, fragment="form", status=status)


def wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")
