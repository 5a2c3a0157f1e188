"""Answers that every feedback page gives alike."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from contracts.forms import overtaken
from contracts.models import Contract
from erp.htmx import Request, page
from erp.workflow import Stale
from feedback.models import Feedback
from production.views import answers

FEEDBACK = Feedback.objects.select_related("contract__company", "department", "handler", "reporter", "task")
CONTRACTS = Contract.objects.select_related("company", "manager")


def saved(request: Request, feedback: Feedback, message: str) -> HttpResponse:
    """The deed worked: what shows the feedback is refreshed."""
    return answers.saved(request, feedback, message, changed="feedback-changed")


def stale_again(form: Any, stale: Stale) -> Feedback:
    """Somebody was faster: the form says how it stands now and keeps what was typed."""
    now: Feedback = stale.obj
    text = _("Somebody changed “%(title)s” meanwhile. It now stands at: %(state)s.")
    overtaken(form, stale, text % {"title": now.title, "state": now.get_status_display()})
    return now


def asked(
    request: Request, feedback: Feedback, form: Any, label: Any, *, note: Any = "", status: int = 0
) -> HttpResponse:
    """The page, or dialog, that asks for what a deed needs."""
    context = {"feedback": feedback, "form": form, "label": label, "note": note}
    status = status or (422 if form.is_bound else 200)
    return page(request, "feedback/step.html", context, fragment="form", status=status)


def crumbs(feedback: Feedback, last: Any = "") -> list[dict[str, Any]]:
    contract = feedback.contract
    tab = f"/contracts/{contract.pk}/feedback/"
    way: list[dict[str, Any]] = [
        {"url": tab, "label": f"{contract.number} {contract.name}"},
        {"url": feedback.get_absolute_url() if last else "", "label": feedback.title},
    ]
    return [*way, {"url": "", "label": last}] if last else way
