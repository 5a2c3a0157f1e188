"""One feedback: entered, read with everything about it, put right."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from acceptance.models import AcceptanceDefect, AcceptanceItem
from contracts.forms import attempt
from contracts.models import Contract
from contracts.services import may_create
from erp.access import allowed, fetch
from erp.audit.timeline import deed_label
from erp.conflict import conflict_page
from erp.htmx import Request, done, page
from erp.workflow import Stale
from feedback.forms import CommentForm, FeedbackEditForm, FeedbackForm
from feedback.models import Feedback, FeedbackComment, FeedbackRework
from feedback.queries import earlier_answer, held_verbs
from feedback.rules import warranty_ends
from feedback.services import edit_feedback, report_feedback
from feedback.states import LIFE
from feedback.tables import buttons_for, late_label
from feedback.views.answers import CONTRACTS, FEEDBACK, crumbs
from production.models import Task

form_methods = require_http_methods(["GET", "HEAD", "POST"])
#: Deeds shown of the past.
PAST = 20


@form_methods
def new(request: Request, pk: int) -> HttpResponse:
    """Enter a feedback, for a caller or of one's own."""
    contract = fetch(CONTRACTS, request.user, "create_feedback", pk=pk)
    data = request.POST if request.method == "POST" else None
    form = FeedbackForm(data, contract=contract, user=request.user)
    made = attempt(form, lambda: report_feedback(contract, actor=request.user, **form.cleaned_data))
    if made is not None:
        return done(request, made.get_absolute_url(), message=_("The feedback is entered."))
    back = reverse("feedback:contract_feedback", args=[pk])
    way = [{"url": back, "label": f"{contract.number} {contract.name}"}, {"label": _("New feedback")}]
    return _form(request, contract, form, back, way, None)


@form_methods
def edit(request: Request, pk: int) -> HttpResponse:
    """Put right what was entered; over somebody else's change both versions are shown."""
    feedback = fetch(FEEDBACK, request.user, "change", pk=pk)
    data = request.POST if request.method == "POST" else None
    form = FeedbackEditForm(data, feedback=feedback, user=request.user)
    try:
        kept = attempt(form, lambda: edit_feedback(feedback, actor=request.user, **form.cleaned_data))
    except Stale as stale:
        return conflict_page(request, form, stale, request.path)
    if kept is not None:
        return done(request, kept.get_absolute_url(), message=_("The feedback is saved."))
    way = crumbs(feedback, _("Edit feedback"))
    return _form(request, feedback.contract, form, feedback.get_absolute_url(), way, feedback)


def _form(
    request: Request, contract: Contract, form: Any, back: str, way: Any, feedback: Feedback | None
) -> HttpResponse:
    context = {"contract": contract, "form": form, "back": back, "crumbs": way, "feedback": feedback}
    status = 422 if form.is_bound else 200
    return page(request, "feedback/form.html", context, fragment="form", status=status)


@require_safe
def feedback(request: Request, pk: int) -> HttpResponse:
    """Where it stands, what may be done, what was said, what became of it."""
    found = fetch(FEEDBACK, request.user, pk=pk)
    return page(request, "feedback/feedback.html", _everything(request, found), fragment="feedback")


def _everything(request: Request, found: Feedback) -> dict[str, Any]:
    held = held_verbs(request.user, [found]).get(found.pk, frozenset())
    may = frozenset() if found.frozen() else held
    delivered = found.contract.delivered_on
    return {
        "feedback": found,
        "contract": found.contract,
        "crumbs": crumbs(found),
        "may": may,
        "buttons": buttons_for(found, may),
        "overdue": late_label(found, timezone.now()),
        "earlier": earlier_answer(found),
        "warranty_until": warranty_ends(delivered) if delivered else None,
        "comments": FeedbackComment.objects.filter(feedback=found).select_related("author"),
        "comment_form": CommentForm(shared=found.shared) if "comment" in may else None,
        "rework": _rework(request, found),
        "follow_up": _follow_up(request, found),
        "may_follow_up": not (found.follow_up_id or found.frozen()) and may_create(request.user),
        "defect": _found(request, AcceptanceDefect, found.defect_id),
        "item": _found(request, AcceptanceItem, found.item_id),
        "sees_task": found.task is not None and allowed(request.user, "view", found.task),
        "sees_contract": allowed(request.user, "view", found.contract),
        "history": _past(found),
    }


def _rework(request: Request, found: Feedback) -> list[Task]:
    links = FeedbackRework.objects.for_user(request.user).filter(feedback=found)
    return [link.task for link in links.select_related("task__assignee", "task__department")]


def _found(request: Request, model: Any, pk: int | None) -> Any:
    """What an acceptance found or looked at, for who may see it."""
    if pk is None:
        return None
    rows = model.objects.for_user(request.user).select_related("step__round__acceptance")
    return rows.filter(pk=pk).first()


def _follow_up(request: Request, found: Feedback) -> Contract | None:
    """The follow-up contract, for who may see it."""
    return Contract.objects.for_user(request.user).filter(pk=found.follow_up_id or 0).first()


def _past(found: Feedback) -> list[dict[str, Any]]:
    """Named deeds without field values: what everybody who sees the feedback may know."""
    rows = found.history.select_related("history_user").order_by("-history_id")[:PAST]
    return [
        {
            "who": str(row.history_user or "—"),
            "what": _deed(row),
            "at": row.history_date,
            "state": row.get_status_display(),
        }
        for row in rows
    ]


def _deed(row: Any) -> str:
    """What was done. Of a deed with a reason the history keeps the reason; where it led tells which."""
    verb = row.history_change_reason or "report_feedback"
    named = deed_label(verb, Feedback)
    if named != verb:
        return named
    reopened = row.status == LIFE["reopen"].target and verb != row.coverage_reason[:100]
    deed = LIFE["reopen"].label if reopened else _("Decide on warranty")
    return _("%(deed)s: %(reason)s") % {"deed": deed, "reason": verb}
