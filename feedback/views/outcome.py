"""What a feedback becomes: a rework task, a follow-up contract."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.forms import ContractForm, attempt
from contracts.services import may_create
from erp.access import fetch
from erp.htmx import Request, done, page
from feedback.forms import ReworkForm
from feedback.models import Feedback
from feedback.services import create_follow_up, create_rework
from feedback.views.answers import FEEDBACK, asked, crumbs

form_methods = require_http_methods(["GET", "HEAD", "POST"])


@form_methods
def rework(request: Request, pk: int) -> HttpResponse:
    """One click and the plan has a task for it."""
    feedback = fetch(FEEDBACK, request.user, "rework", pk=pk)
    data = request.POST if request.method == "POST" else None
    form = ReworkForm(data, feedback=feedback, user=request.user)
    task = attempt(form, lambda: create_rework(feedback, actor=request.user, **form.cleaned_data))
    if task is not None:
        told = _("Task “%(task)s” is in the plan.") % {"task": task}
        return done(request, feedback.get_absolute_url(), message=told)
    note = _(
        "It starts on the next working day; whoever does it is told. Feedback and task lead to each other."
    )
    return asked(request, feedback, form, _("Make rework task"), note=note)


@form_methods
def follow_up(request: Request, pk: int) -> HttpResponse:
    """A contract for what was asked, filled in from this one."""
    feedback = fetch(FEEDBACK, request.user, pk=pk)
    if not may_create(request.user):
        raise PermissionDenied
    data = request.POST if request.method == "POST" else None
    form = ContractForm(data, user=request.user, initial=_proposed(feedback))
    made = attempt(form, lambda: create_follow_up(feedback, actor=request.user, **form.cleaned_data))
    if made is not None:
        text = _("Contract %(number)s is open: %(code)s.") % {"number": made.number, "code": made.code}
        return done(request, made.get_absolute_url(), message=text)
    context = {
        "feedback": feedback,
        "form": form,
        "crumbs": crumbs(feedback, _("Open follow-up contract")),
        "back": feedback.get_absolute_url(),
    }
    return page(
        request, "feedback/follow_up.html", context, fragment="form", status=422 if form.is_bound else 200
    )


def _proposed(feedback: Feedback) -> dict[str, Any]:
    """What the contract of the feedback says already."""
    contract = feedback.contract
    return {
        "name": f"{contract.name} · {feedback.title}"[:200],
        "company": contract.company_id,
        "contact": contract.contact,
        "contact_phone": contract.contact_phone,
        "manager": contract.manager_id,
        "description": feedback.text,
        "currency": contract.currency,
    }
