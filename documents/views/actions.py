"""Deeds on one document. Each answers with the document's page, or with the reason why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from contracts.forms import attempt
from documents import services
from documents.filters import DocumentFilter, number
from documents.forms import DocumentForm, ShareForm
from documents.models import Document, DocumentLink, DocumentShare, DocumentVersion
from documents.store import NoSpace
from documents.views.document import crumbs
from erp.access import allowed, fetch
from erp.conflict import conflict_page
from erp.htmx import Request, done, page, trigger, wants_fragment
from erp.workflow import Blocked, Stale

DOCUMENTS = Document.objects.select_related("contract", "type")
VERSIONS = DocumentVersion.objects.select_related("document__contract", "document__type")


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """Title, type, preview only; over somebody else's change both are shown."""
    document = fetch(DOCUMENTS, request.user, "change", pk=pk)
    data = request.POST if request.method == "POST" else None
    may_share = allowed(request.user, "share", document)
    values = DocumentForm.values_of(document)
    form = DocumentForm(data, initial=values, document=document, may_share=may_share)
    if form.is_valid():
        version = form.cleaned_data["version"]
        try:
            saved = attempt(
                form,
                lambda: services.edit_document(
                    document, actor=request.user, version=version, **form.changes()
                ),
            )
        except Stale as stale:
            return conflict_page(request, form, stale, request.path)
        if saved is not None:
            return done(request, saved.get_absolute_url(), message=_("Document saved."))
    return _asked(request, document, form, _("Edit document"), _("Save document"))


@require_http_methods(["GET", "HEAD", "POST"])
def share(request: Request, pk: int) -> HttpResponse:
    """Show it to a person or a department of the team."""
    document = fetch(DOCUMENTS, request.user, "share", pk=pk)
    form = ShareForm(request.POST if request.method == "POST" else None, document=document)
    if form.is_valid():
        whom = form.cleaned_data
        made = attempt(form, lambda: services.share_document(document, actor=request.user, **whom))
        if made is not None:
            told = _("Shared with %(whom)s.") % {"whom": made.person or made.department}
            return done(request, document.get_absolute_url(), message=told)
    return _asked(request, document, form, _("Share document"), _("Share document"))


@require_POST
def unshare(request: Request, pk: int, share: int) -> HttpResponse:
    document = fetch(DOCUMENTS, request.user, "share", pk=pk)
    row = get_object_or_404(
        DocumentShare.objects.for_user(request.user, "share"), pk=share, document=document
    )
    return _do(request, document, _("Share taken back."), services.unshare_document, row)


@require_POST
def unlink(request: Request, pk: int, link: int) -> HttpResponse:
    document = fetch(DOCUMENTS, request.user, "change", pk=pk)
    row = get_object_or_404(DocumentLink.objects.for_user(request.user, "change"), pk=link, document=document)
    return _do(request, document, _("Link removed."), services.unlink_document, row)


@require_POST
def check_out(request: Request, pk: int) -> HttpResponse:
    document = fetch(DOCUMENTS, request.user, "change", pk=pk)
    return _do(request, document, _("Checked out until the end of the day."), services.check_out, document)


@require_POST
def check_in(request: Request, pk: int) -> HttpResponse:
    document = fetch(DOCUMENTS, request.user, "change", pk=pk)
    return _do(request, document, _("The check-out has ended."), services.check_in, document)


@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    document = fetch(DOCUMENTS, request.user, "remove", pk=pk)
    told, back = _("“%(title)s” is in the bin.") % {"title": document.title}, _tab(document)
    return _do(request, document, told, services.remove_document, document, back=back)


@require_POST
def restore(request: Request, pk: int) -> HttpResponse:
    document = get_object_or_404(DOCUMENTS.for_user(request.user, "restore"), pk=pk)
    told = _("“%(title)s” is back.") % {"title": document.title}
    back = _tab(document) + DocumentFilter(bin=True).link()
    return _do(request, document, told, services.restore_document, document, back=back)


@require_POST
def restore_version(request: Request, pk: int, n: int) -> HttpResponse:
    version = _version(request, pk, n, "change")
    told = _("Version %(n)s is the current one again.") % {"n": n}
    return _do(request, version.document, told, services.restore_version, version)


@require_POST
def release(request: Request, pk: int, n: int) -> HttpResponse:
    version = _version(request, pk, n, "release")
    return _do(
        request,
        version.document,
        _("Version %(n)s is released.") % {"n": n},
        services.release_version,
        version,
    )


@require_POST
def publish(request: Request, pk: int) -> HttpResponse:
    """Show version `n` to the customer."""
    version = _version(request, pk, number(request.POST.get("n", "")), "publish")
    told = _("The customer sees version %(n)s now.") % {"n": version.number}
    return _do(request, version.document, told, services.publish_version, version)


@require_POST
def unpublish(request: Request, pk: int) -> HttpResponse:
    document = fetch(DOCUMENTS, request.user, "publish", pk=pk)
    return _do(request, document, _("The customer sees it no longer."), services.withdraw_document, document)


def _version(request: Request, pk: int, n: int, verb: str) -> DocumentVersion:
    documents = Document.objects.filter(pk=pk)  # asked so, an id beyond any integer is just not there
    version: DocumentVersion = fetch(VERSIONS, request.user, verb, document__in=documents, number=n)
    return version


def _tab(document: Document) -> str:
    return reverse("documents:documents", args=[document.contract_id])


def _do(
    request: Request, document: Document, told: str, deed: Callable[..., Any], row: Any, *, back: str = ""
) -> HttpResponse:
    """The deed, then the page of the document; or why it is not possible now, and nothing changed."""
    try:
        deed(row, actor=request.user)
    except (Blocked, ValidationError, NoSpace) as why:
        full = _("The disk of the server is full; nothing was stored. Tell your administrator.")
        text = full if isinstance(why, NoSpace) else " ".join(getattr(why, "messages", [str(why)]))
        if wants_fragment(request):
            return trigger(HttpResponse(status=204), toast={"level": "error", "text": text})
        messages.error(request, text)
        return HttpResponseRedirect(back or document.get_absolute_url())
    return done(request, back or document.get_absolute_url(), message=told)


def _asked(request: Request, document: Document, form: Any, title: str, submit: str) -> HttpResponse:
    context = {
        "document": document,
        "form": form,
        "title": title,
        "submit": submit,
        "back": document.get_absolute_url(),
        "crumbs": crumbs(document, title),
    }
    status = 422 if form.is_bound else 200
    return page(request, "documents/document_form.html", context, fragment="form", status=status)
