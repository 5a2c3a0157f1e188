"""Deeds on one feedback: its transitions, who handles it, warranty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.forms import attempt
from erp.access import fetch
from erp.htmx import Request
from erp.workflow import Stale
from feedback.forms import AssignForm, CoverForm, ReasonForm, SolutionForm, StepForm
from feedback.models import Feedback
from feedback.queries import rework_of
from feedback.services import STEPS, assign_feedback, set_coverage
from feedback.states import LIFE
from feedback.views.answers import FEEDBACK, asked, saved, stale_again
from production.reworking import ask_despite, reworking

form_methods = require_http_methods(["GET", "HEAD", "POST"])
#: What a step asks; the others ask nothing.
FORMS: dict[str, Any] = {"resolve": SolutionForm, "reopen": ReasonForm}


@form_methods
def step(request: Request, pk: int, verb: str) -> HttpResponse:
    """Ask for and take one transition; the table of transitions knows the rest."""
    feedback, move = fetch(FEEDBACK, request.user, verb, pk=pk), LIFE[verb]
    initial = {"version": feedback.version, "solution": feedback.solution}
    form = FORMS.get(verb, StepForm)(_sent(request), initial=initial)
    if verb in ("resolve", "close"):
        ask_despite(form, reworking(rework_of(feedback), request.user))
    return _do(request, feedback, form, move.label, lambda: STEPS[verb](feedback, **_typed(request, form)))


@form_methods
def assign(request: Request, pk: int) -> HttpResponse:
    """Name who handles it."""
    feedback = fetch(FEEDBACK, request.user, "assign", pk=pk)
    form = AssignForm(_sent(request), feedback=feedback)
    return _do(
        request, feedback, form, _("Name handler"), lambda: assign_feedback(feedback, **_typed(request, form))
    )


@form_methods
def cover(request: Request, pk: int) -> HttpResponse:
    """Decide whether the warranty covers it, with a reason."""
    feedback = fetch(FEEDBACK, request.user, "cover", pk=pk)
    initial = {"version": feedback.version, "coverage": feedback.coverage}
    form = CoverForm(_sent(request), initial=initial)
    return _do(
        request,
        feedback,
        form,
        _("Decide on warranty"),
        lambda: set_coverage(feedback, **_typed(request, form)),
    )


def _sent(request: Request) -> Any:
    return request.POST if request.method == "POST" else None


def _typed(request: Request, form: Any) -> dict[str, Any]:
    return {**form.cleaned_data, "actor": request.user}


def _do(
    request: Request, feedback: Feedback, form: Any, label: Any, deed: Callable[[], Feedback]
) -> HttpResponse:
    """Do what a valid form asks; a refusal is a sentence in the form, a stale version answers 409."""
    try:
        kept = attempt(form, deed)
    except Stale as stale:
        return asked(request, stale_again(form, stale), form, label, status=409)
    if kept is None:
        return asked(request, feedback, form, label)
    text = _("%(title)s: %(state)s") % {"title": kept, "state": kept.get_status_display()}
    return saved(request, kept, text)
