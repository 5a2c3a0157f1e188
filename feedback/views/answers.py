"""Answers that every feedback page gives alike."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from contracts.forms import overtaken
from contracts.models import Contract
from erp.htmx import Request, page, trigger, wants_fragment
from erp.workflow import Stale
from feedback.models import Feedback

FEEDBACK = Feedback.objects.select_related("contract__company", "department", "handler", "reporter", "task")
CONTRACTS = Contract.objects.select_related("company", "manager")


def saved(request: Request, feedback: Feedback, message: str) -> HttpResponse:
    """The deed worked: htmx closes its dialog and refreshes what it shows, browsers go back to it."""
    if wants_fragment(request):
        return trigger(
            HttpResponse(status=204),
            **{
                "close-dialog": True,
                "feedback-changed": True,
                "saved": {"version": feedback.version},
                "toast": {"level": "success", "text": message},
            },
        )
    messages.success(request, message)
    return HttpResponseRedirect(way_back(request, feedback.get_absolute_url()))


def way_back(request: Request, otherwise: str) -> str:
    """The page of ours that sent the form, or `otherwise`."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return back if safe and back.startswith("/") else otherwise


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
