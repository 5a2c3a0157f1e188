"""The bytes of a version: rendered for the viewer, page by page as pictures, or to take away."""

from __future__ import annotations

import logging
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from documents import store, viewing
from documents.conversion.errors import Refused
from documents.kinds import BINARY, kind_of
from documents.models import DocumentVersion
from documents.pictures import picture
from documents.serving import Blob, guarded, refuse_other_sites, send
from erp.audit.services import record
from erp.htmx import Request, View, open_to_customers

log = logging.getLogger(__name__)


def reads_store(view: View) -> View:
    """A view that says so when the store does not give what a row names; the log tells the operator."""

    @wraps(view)
    def careful(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = view(request, *args, **kwargs)
        except OSError:
            log.exception("documents: the store does not answer")
            return render(request, "documents/unreadable.html", status=503)
        return answer

    return careful  # type: ignore[return-value]  # the same arguments and answer


@open_to_customers
@reads_store
@require_safe
def content(request: Request, pk: int, number: int) -> HttpResponseBase:
    """What the viewer draws. Whoever may only read is not given it."""
    version = _cleared(request, pk, number)
    if not viewing.may_download(request.user, version.document):
        raise PermissionDenied("for reading only")
    screen = viewing.screen(request.user, version)
    preview = screen.preview
    if preview is None or not screen.look:
        raise Http404
    _note(request, version)
    own = preview.result == version.key
    blob = Blob(
        preview.result,
        version.size if own else store.size(preview.result),
        preview.media_type,
        version.file_name if own else f"v{version.number}.{screen.look}",
        f"{version.sha256}-{'' if own else preview.converter.replace(chr(34), '')}",
    )
    return send(request, blob)


@open_to_customers
@reads_store
@require_safe
def page_image(request: Request, pk: int, number: int, page: int) -> HttpResponseBase:
    """One page as a picture with the reader's watermark in it; `?size=small` for the list of pages."""
    version = _cleared(request, pk, number)
    screen = viewing.screen(request.user, version)
    if page not in screen.numbers:
        raise Http404
    _note(request, version)
    try:
        painted = picture(screen, page, small=request.GET.get("size") == "small")
    except Refused:
        return guarded(HttpResponse(status=503))
    return guarded(HttpResponse(painted, content_type="image/jpeg"))


@open_to_customers
@reads_store
@require_safe
def download(request: Request, pk: int, number: int) -> HttpResponseBase:
    """The file as it was uploaded."""
    version = _cleared(request, pk, number)
    if not viewing.may_download(request.user, version.document):
        raise PermissionDenied("for reading only")
    if request.method == "GET":
        part = request.headers.get("range", "")[:60]
        record("download", version, **({"range": part} if part else {}))
    return send(request, _original(version))


def _cleared(request: Request, pk: int, number: int) -> DocumentVersion:
    """The version, for somebody who sees it, from a page of ours, once the virus scanner let it go."""
    refuse_other_sites(request)
    version = viewing.find(request.user, pk, number)
    if viewing.withheld(version):
        raise PermissionDenied("not cleared")
    return version


def _note(request: Request, version: DocumentVersion) -> None:
    if request.method == "GET":
        viewing.note_viewing(request.user, version, request.GET.get("seen", ""))


def _original(version: DocumentVersion) -> Blob:
    kind = kind_of(version.extension)
    return Blob(
        version.key, version.size, kind.media_type if kind else BINARY, version.file_name, version.sha256
    )
