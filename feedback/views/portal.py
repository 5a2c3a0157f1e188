"""What the customer's people see and say: their feedback, with photos, answers and their confirmation.

Nothing of the office reaches these templates but what is meant for the customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contracts.forms import attempt
from contracts.models import Contract
from documents.queries import hanging_on
from documents.receiving import SpoolHandler, keep_files
from documents.services import upload_from_customer
from documents.store import upload_limit
from erp.dates import moment, short_day
from erp.htmx import Request, done, open_to_customers, own_frame, page
from erp.receiving import receives_files
from erp.roles import Role
from erp.workflow import Stale
from feedback.forms import CommentForm, CustomerForm, ReasonForm, StepForm
from feedback.models import Feedback, FeedbackComment
from feedback.queries import earlier_answer
from feedback.services import add_comment, close_feedback, reopen_feedback, report_feedback
from feedback.states import LIFE, Coverage, Status
from feedback.views.answers import stale_again

form_methods = require_http_methods(["GET", "HEAD", "POST"])
FEEDBACK = Feedback.objects.select_related("contract__company", "reporter")


@dataclass(frozen=True, slots=True)
class Remark:
    """One line of the talk: ours or theirs."""

    who: str
    ours: bool
    text: str
    at: str


@open_to_customers
@require_safe
def panel(request: Request, pk: int) -> HttpResponse:
    """The company's feedback on a contract."""
    contract = _contract(request, pk)
    rows = Feedback.objects.for_user(request.user).filter(contract=contract)
    rows = rows.order_by("-reported_on", "-id")[:200]
    context = {
        "contract": contract,
        "rows": [_line(row) for row in rows],
        "new_url": "" if contract.frozen() else reverse("feedback:portal_new", args=[pk]),
        "frame": own_frame(request),
    }
    return page(request, "feedback/portal_panel.html", context, fragment="panel")


@open_to_customers
@receives_files(SpoolHandler)
@form_methods
def new(request: Request, pk: int) -> HttpResponse:
    """Report something, with photos: made for a phone beside the machine."""
    contract = _contract(request, pk)
    form = CustomerForm(request.POST if request.method == "POST" else None)
    made = attempt(form, lambda: report_feedback(contract, actor=request.user, **form.cleaned_data))
    if made is not None:
        if request.FILES or request.upload_handlers[0].refused:  # type: ignore[attr-defined]  # SpoolHandler
            _keep(request, made, form.cleaned_data["token"])
        return done(request, made.get_portal_url(), message=_("Thank you. We have your feedback."))
    context = {
        "contract": contract,
        "form": form,
        "back": reverse("contracts:portal_contract", args=[pk]),
        "frozen": contract.frozen(),
        "limit_mb": upload_limit() // 1024 // 1024,
    }
    status = 422 if form.is_bound else 200
    return page(request, "feedback/portal_new.html", context, fragment="form", status=status)


@open_to_customers
@require_safe
def feedback(request: Request, pk: int) -> HttpResponse:
    """One feedback with its answers."""
    return _page(request, _feedback(request, pk), CommentForm(outside=True))


@open_to_customers
@form_methods
def answer(request: Request, pk: int) -> HttpResponse:
    """Say something more."""
    found = _feedback(request, pk)
    form = CommentForm(request.POST if request.method == "POST" else None, outside=True)
    said = attempt(form, lambda: add_comment(found, actor=request.user, text=form.cleaned_data["text"]))
    if said is not None:
        return done(request, found.get_portal_url() + "#remarks", message=_("Your answer is sent."))
    return _page(request, found, form, status=422 if form.is_bound else 200)


@open_to_customers
@receives_files(SpoolHandler)
@require_POST
def files(request: Request, pk: int) -> HttpResponse:
    """More photos."""
    found = _feedback(request, pk)
    _keep(request, found, request.POST.get("token", "")[:64])
    return done(request, found.get_portal_url() + "#files")


@open_to_customers
@form_methods
def confirm(request: Request, pk: int) -> HttpResponse:
    """It is solved."""
    found = _feedback(request, pk)
    form = StepForm(_sent(request), initial={"version": found.version})
    told = _("Thank you. The feedback is closed.")
    return _step(request, found, form, "close", told, lambda: close_feedback(found, **_typed(request, form)))


@open_to_customers
@form_methods
def reopen(request: Request, pk: int) -> HttpResponse:
    """It is not solved: why not."""
    found = _feedback(request, pk)
    form = ReasonForm(_sent(request), initial={"version": found.version})
    told = _("Thank you. We look at it again.")
    return _step(
        request, found, form, "reopen", told, lambda: reopen_feedback(found, **_typed(request, form))
    )


def _step(
    request: Request, found: Feedback, form: Any, verb: str, told: str, deed: Callable[[], Feedback]
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    try:
        kept = attempt(form, deed)
    except Stale as stale:
        kept, status, found = None, 409, stale_again(form, stale)
    if kept is not None:
        return done(request, kept.get_portal_url(), message=told)
    context = {
        "feedback": found,
        "form": form,
        "label": {"close": _("Confirm solution"), "reopen": _("Open it again")}[verb],
        "possible": found.status in LIFE[verb].sources and not found.frozen(),
    }
    return page(request, "feedback/portal_step.html", context, fragment="form", status=status)


def _contract(request: Request, pk: int) -> Contract:
    return get_object_or_404(Contract.objects.for_user(request.user, "follow"), pk=pk)


def _feedback(request: Request, pk: int) -> Feedback:
    """What is shown to the company; the office has pages of its own."""
    rows = FEEDBACK.for_user(request.user)
    return get_object_or_404(rows if request.user.role == Role.CUSTOMER else rows.none(), pk=pk)


def _sent(request: Request) -> Any:
    return request.POST if request.method == "POST" else None


def _typed(request: Request, form: Any) -> dict[str, Any]:
    return {**form.cleaned_data, "actor": request.user}


def _keep(request: Request, found: Feedback, token: str) -> None:
    """Store what came; what is refused is said on the page that follows."""
    outcome = keep_files(
        request, token, lambda upload: upload_from_customer(found, upload, actor=request.user)
    )
    for text in outcome.refused:
        messages.error(request, text)
    if outcome.stored:
        names = _(", ").join(version.document.title for version in outcome.stored)
        messages.success(request, _("Stored: %(names)s") % {"names": names})


def _line(row: Feedback) -> dict[str, Any]:
    return {
        "url": row.get_portal_url(),
        "title": row.title,
        "kind": row.get_kind_display(),
        "day": short_day(row.reported_on),
        "status": row.status,
        "status_label": row.get_status_display(),
        "asks": row.status == Status.RESOLVED,
    }


def _page(request: Request, found: Feedback, form: Any, status: int = 200) -> HttpResponse:
    frozen = found.frozen()
    steps = () if frozen else [step.verb for step in LIFE if found.status in step.sources]
    context = {
        "feedback": found,
        "reporter": found.caller or str(found.reporter),
        "paid": found.coverage == Coverage.PAID,
        "earlier": earlier_answer(found),
        "remarks": _remarks(request, found),
        "documents": hanging_on(found, request.user).select_related("type", "published").order_by("id")[:50],
        "form": None if frozen else form,
        "may_confirm": "close" in steps,
        "may_reopen": "reopen" in steps,
        "contract_url": reverse("contracts:portal_contract", args=[found.contract_id]),
        "limit_mb": upload_limit() // 1024 // 1024,
    }
    return page(request, "feedback/portal_feedback.html", context, fragment="feedback", status=status)


def _remarks(request: Request, found: Feedback) -> list[Remark]:
    rows = FeedbackComment.objects.for_user(request.user).filter(feedback=found).select_related("author")
    return [
        Remark(str(row.author), row.author.role != Role.CUSTOMER, row.text, moment(row.created))
        for row in rows
    ]
