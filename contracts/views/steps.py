"""The steps of a contract's life: one page each that asks, says what is missing, and does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from contracts import services
from contracts.forms import StepForm, attempt, overtaken
from contracts.frame import frame
from contracts.models import Contract
from contracts.states import may_overrule, missing_for
from contracts.views.pages import contract_for, form_methods
from erp.htmx import Request, done
from erp.workflow import Stale


@form_methods
def contract_release_plan(request: Request, pk: int) -> HttpResponse:
    return step(request, pk, "release_plan", services.release_plan)


@form_methods
def contract_deliver(request: Request, pk: int) -> HttpResponse:
    return step(request, pk, "deliver", services.deliver)


@form_methods
def contract_archive(request: Request, pk: int) -> HttpResponse:
    return step(request, pk, "archive", services.archive)


@form_methods
def contract_reopen(request: Request, pk: int) -> HttpResponse:
    return step(request, pk, "reopen", services.reopen)


@form_methods
def contract_cancel(request: Request, pk: int) -> HttpResponse:
    return step(request, pk, "cancel", services.cancel)


def step(request: Request, pk: int, verb: str, deed: Callable[..., Contract]) -> HttpResponse:
    """Ask on GET, do on POST; a refusal is a sentence in the form, a stale version answers 409."""
    contract = contract_for(request, pk, verb)
    transition, missing = contract.workflow[verb], missing_for(verb, contract)
    overrule = bool(missing) and may_overrule(request.user)
    data = request.POST if request.method == "POST" else None
    form, status = StepForm(data, contract=contract, step=transition, overrule=overrule), 200
    try:
        moved = attempt(form, lambda: deed(contract, actor=request.user, **form.cleaned_data))
    except Stale as stale:
        moved, status, contract = None, 409, stale.obj
        overtaken(form, stale, _("Somebody else changed this contract meanwhile. Look at it again."))
    if moved:
        text = _("Contract %(number)s: %(stage)s.")
        told = text % {"number": moved.number, "stage": moved.get_stage_display()}
        return done(request, moved.get_absolute_url(), message=told)
    context: dict[str, Any] = {"form": form, "step": transition, "missing": missing, "path": request.path}
    context["possible"] = contract.stage in transition.sources
    context["open"] = context["possible"] and (overrule or not missing)
    status = 422 if form.errors and status == 200 else status
    return frame(
        request, contract, "", "contracts/contract_step.html", context, fragment="form", status=status
    )
