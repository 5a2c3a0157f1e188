"""Answers that every task page gives alike."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from contracts.models import Contract
from erp.htmx import Request, trigger, wants_fragment
from erp.workflow import Blocked
from production.models import Task


def wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def saved(request: Request, obj: Any, message: str, changed: str = "tasks-changed") -> HttpResponse:
    """The deed worked: htmx closes its dialog and refreshes what listens to `changed`, browsers go back."""
    if wants_fragment(request):
        return trigger(
            HttpResponse(status=204),
            **{
                "close-dialog": True,
                changed: True,
                "saved": {"version": obj.version},
                "toast": {"level": "success", "text": message},
            },
        )
    messages.success(request, message)
    return HttpResponseRedirect(way_back(request, obj.get_absolute_url()))


def saved_plan(request: Request, message: str, back: str, undo: str = "") -> HttpResponse:
    """A plan changed: htmx closes its dialog and refreshes what shows tasks, browsers go back."""
    if wants_fragment(request):
        return trigger(
            HttpResponse(status=204),
            **{
                "close-dialog": True,
                "tasks-changed": True,
                "saved": {},
                "toast": {"level": "success", "text": message},
                # last: the planner takes the form away on which the events are told
                "plan-changed": {"undo": undo},
            },
        )
    messages.success(request, message)
    return HttpResponseRedirect(way_back(request, back))


#: What a service says no with, in words for the reader.
REFUSALS = (Blocked, ValidationError)


def why_not(refusal: Exception) -> str:
    return " ".join(getattr(refusal, "messages", [str(refusal)]))


def blocked_plan(request: Request, contract: Contract, text: str, back: str = "") -> HttpResponse:
    """A deed on a plan is not possible now: say so where the reader is, change nothing."""
    if wants_json(request):
        return JsonResponse({"message": text}, status=422)
    if wants_fragment(request):
        return trigger(HttpResponse(status=204), toast={"level": "error", "text": text})
    messages.error(request, text)
    return HttpResponseRedirect(way_back(request, back or reverse("production:plan", args=[contract.pk])))


def blocked(request: Request, task: Task, why: Exception) -> HttpResponse:
    """The deed is not possible now: say so where the reader is, change nothing."""
    return blocked_plan(request, task.contract, why_not(why), task.get_absolute_url())


def way_back(request: Request, otherwise: str) -> str:
    """The page of ours that sent the form, or `otherwise`."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return back if safe and back.startswith("/") else otherwise


def refused(form: Any, status: int = 422) -> JsonResponse:
    return JsonResponse({"message": form_words(form)}, status=status)


def form_words(form: Any) -> str:
    """What is wrong with a form, in one line."""
    return " ".join(str(text) for errors in form.errors.values() for text in errors)
