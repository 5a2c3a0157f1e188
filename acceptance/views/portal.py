"""What customers do: read what has come to them, check it, accept it or say what is wrong."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from acceptance import services
from acceptance.forms import CheckForm, RejectForm
from acceptance.models import Acceptance, AcceptanceStep
from acceptance.services.telling import pending_step
from acceptance.states import Level, may_decide
from acceptance.tables import acceptance_rows
from acceptance.views.acceptance import ACCEPTANCES, keeping, rejected, seen
from contracts.forms import attempt, overtaken
from contracts.models import Contract
from documents.queries import hanging_on
from erp.access import fetch
from erp.htmx import Request, done, open_to_customers, own_frame, page
from erp.roles import Role
from erp.workflow import Stale


@open_to_customers
@require_safe
def portal_panel(request: Request, pk: int) -> HttpResponse:
    """The acceptances of a contract that are the customer's business."""
    contract = get_object_or_404(Contract.objects.for_user(request.user, "follow"), pk=pk)
    rows = Acceptance.objects.for_user(request.user).filter(contract=contract)
    found = list(rows.select_related("contract", "department").order_by("-pk")[:50])
    context = {
        "contract": contract,
        "rows": acceptance_rows(found),
        "asked": {a.pk for a in found if a.level == Level.CUSTOMER},
        "frame": own_frame(request),
    }
    return page(request, "acceptance/portal_panel.html", context, fragment="panel")


@open_to_customers
@require_safe
def portal_acceptance(request: Request, pk: int) -> HttpResponse:
    """One acceptance as the customer sees it: their level, and what was released to them."""
    return _page(request, _found(request, pk))


@open_to_customers
@require_http_methods(["GET", "HEAD", "POST"])
def portal_pass(request: Request, pk: int) -> HttpResponse:
    """The customer accepts."""
    found = _found(request, pk)
    step = _step(request, found, "pass_step")
    if request.method != "POST":
        return _page(request, found)
    form = CheckForm(request.POST, step=step, user=request.user)

    def deed() -> Any:
        findings = form.findings()
        return services.pass_step(step, actor=request.user, version=seen(form), findings=findings)

    return _answer(request, found, form, deed, _url(found), _("Thank you. You have accepted it."))


@open_to_customers
@require_http_methods(["GET", "HEAD", "POST"])
def portal_reject(request: Request, pk: int) -> HttpResponse:
    """The customer says what is wrong."""
    found = _found(request, pk)
    step = _step(request, found, "reject_step")
    if "findings" in request.POST:  # from the checklist: what was found is kept on the way
        checks = CheckForm(request.POST, step=step, user=request.user)
        return _answer(request, found, checks, keeping(request, step, checks), f"{_url(found)}reject/", "")
    form = RejectForm(request.POST if request.method == "POST" else None, step=step, user=request.user)
    status = 200 if not form.is_bound else 422
    try:
        if rejected(form, step, request):
            return done(request, _url(found), message=_("Thank you. We have been told."))
    except Stale as stale:
        status = 409
        overtaken(form, stale, _("Somebody else was faster. Look at it again."))
    context = {
        "acceptance": found,
        "contract": found.contract,
        "form": form,
        "step": step,
        "back": _url(found),
    }
    return page(request, "acceptance/portal_reject.html", context, fragment="form", status=status)


def _answer(
    request: Request, found: Acceptance, form: CheckForm, deed: Any, to: str, told: str
) -> HttpResponse:
    """Do it and go on, or show the page with what was typed and why not."""
    status = 422
    try:
        if attempt(form, deed) is not None:
            return done(request, to, message=told)
    except Stale as stale:
        status = 409
        overtaken(form, stale, _("Somebody else was faster. Look at it again."))
    return _page(request, _found(request, found.pk), form, status)


def _found(request: Request, pk: int) -> Acceptance:
    """Of the customer's own; the office has a page of its own."""
    if request.user.role != Role.CUSTOMER:
        raise Http404
    found: Acceptance = fetch(ACCEPTANCES, request.user, pk=pk)
    return found


def _step(request: Request, found: Acceptance, verb: str) -> AcceptanceStep:
    """Their level of the latest round."""
    rows = AcceptanceStep.objects.select_related("round__acceptance__contract")
    step = found.round.steps.filter(level=Level.CUSTOMER).first()
    row: AcceptanceStep = fetch(rows, request.user, verb, pk=step.pk if step else 0)
    return row


def _page(
    request: Request, found: Acceptance, form: CheckForm | None = None, status: int = 200
) -> HttpResponse:
    step = pending_step(found)
    open_ = step is not None and step.level == Level.CUSTOMER and not found.frozen()
    if step and open_ and form is None and not may_decide(step, request.user):
        form = CheckForm(step=step, user=request.user)
    past = AcceptanceStep.objects.for_user(request.user).filter(
        round__acceptance=found, level=Level.CUSTOMER, decided_at__isnull=False
    )
    shown = hanging_on(found, request.user).filter(published__isnull=False)
    context = {
        "acceptance": found,
        "contract": found.contract,
        "form": form if open_ else None,
        "step": step,
        "past": past.select_related("round", "decided_by").prefetch_related("defects").order_by("-pk"),
        "documents": shown.select_related("type", "published").order_by("title")[:100],
    }
    return page(request, "acceptance/portal_acceptance.html", context, fragment="acceptance", status=status)


def _url(found: Acceptance) -> str:
    return f"/portal/acceptance/{found.pk}/"
