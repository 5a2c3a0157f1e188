"""The paper of an acceptance, and the page that says whether a paper still agrees."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from acceptance.paper.services import PAPERS, Verdict, check_code, make_paper
from acceptance.paper.tables import verdict_rows
from documents.serving import guarded
from erp.access import fetch
from erp.dates import moment
from erp.htmx import Request, open_to_customers, own_frame, page
from erp.roles import Role
from notifications.papers import NoFont


@require_safe
def acceptance_paper(request: Request, pk: int) -> HttpResponseBase:
    """The office's paper of an acceptance."""
    return _paper(request, pk, back="acceptance:acceptance")


@open_to_customers
@require_safe
def portal_paper(request: Request, pk: int) -> HttpResponseBase:
    """The customer's paper: what they were told and decided."""
    if request.user.role != Role.CUSTOMER:
        raise Http404
    return _paper(request, pk, back="acceptance:portal_acceptance")


def _paper(request: Request, pk: int, *, back: str) -> HttpResponseBase:
    found = fetch(PAPERS, request.user, pk=pk)
    try:
        code, made = make_paper(found, request.user)
    except NoFont as why:
        messages.error(request, str(why))
        return redirect(reverse(back, args=[pk]))
    name = f"{found.contract.number} {found.title} {code}.pdf"
    response = HttpResponse(made, content_type="application/pdf")
    return guarded(response, Content_Disposition=content_disposition_header(False, name) or "attachment")


@open_to_customers
@require_safe
def check(request: Request) -> HttpResponse:
    """Ask by hand or by the link on a paper whether it still agrees with the records."""
    text = request.GET.get("code", "").strip()[:200]
    verdict = check_code(text, request.user) if text else None
    context: dict[str, Any] = {
        "frame": own_frame(request),
        "text": text,
        "verdict": verdict,
        "unknown": bool(text) and verdict is None,
        "title": _("Check a paper"),
    }
    if verdict:
        context |= _told(verdict, request)
    status = 404 if context["unknown"] else 200
    return page(request, "acceptance/check.html", context, status=status)


def _told(verdict: Verdict, request: Request) -> dict[str, Any]:
    outside = request.user.role == Role.CUSTOMER
    route = "acceptance:portal_acceptance" if outside else "acceptance:acceptance"
    return {
        "rows": verdict_rows(verdict),
        "facts": verdict.facts,
        "acceptance_url": reverse(route, args=[verdict.acceptance.pk]),
        "as_of": moment(verdict.code.until),
    }
