"""The steps of a contract's life: one page each that asks, says what is missing, and does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from contracts import services
from contracts.deliveryforms import DeliverForm
from contracts.forms import StepForm, attempt, overtaken
from contracts.frame import frame
from contracts.gatelist import everything, groups
from contracts.models import Contract
from contracts.states import may_overrule
from contracts.views.pages import contract_for, form_methods
from erp.htmx import Request, done
from erp.workflow import Stale


@form_methods
def contract_release_plan(request: Request, pk: int) -> HttpResponse:
    return step(request, pk, "release_plan", services.release_plan)


@form_methods
def contract_deliver(request: Request, pk: int) -> HttpResponse:
    """The last delivery, or with `partial` one of those before it, which needs nothing finished."""
    return step(request, pk, "deliver", services.deliver, DeliverForm)


@form_methods
def contract_archive(request: Request, pk: int) -> HttpResponse:
    return step(request, pk, "archive", services.archive)


@form_methods
def contract_reopen(request: Request, pk: int) -> HttpResponse:
    return step(request, pk, "reopen", services.reopen)


@form_methods
def contract_cancel(request: Request, pk: int) -> HttpResponse:
    return step(request, pk, "cancel", services.cancel)


def step(
    request: Request, pk: int, verb: str, deed: Callable[..., Contract], asked: type[StepForm] = StepForm
) -> HttpResponse:
    """Ask on GET, do on POST; a refusal is a sentence in the form, a stale version answers 409."""
    contract = contract_for(request, pk, verb)
    transition, gates = contract.workflow[verb], groups(verb, contract)
    overrule = bool(gates) and may_overrule(request.user)
    data = request.POST if request.method == "POST" else None
    form, status = asked(data, contract=contract, step=transition, overrule=overrule), 200
    try:
        moved = attempt(form, lambda: deed(contract, actor=request.user, **form.cleaned_data))
    except Stale as stale:
        moved, status, contract = None, 409, stale.obj
        overtaken(form, stale, _("Somebody else changed this contract meanwhile. Look at it again."))
    if moved:
        return done(request, moved.get_absolute_url(), message=_told(moved, form))
    possible = contract.stage in transition.sources
    goes = possible and (overrule or not gates or "partial" in form.fields)
    context: dict[str, Any] = {"form": form, "step": transition, "path": request.path}
    context |= {"possible": possible, "open": goes, "groups": gates, "missing": len(everything(gates))}
    status = 422 if form.errors and status == 200 else status
    return frame(
        request, contract, "", "contracts/contract_step.html", context, fragment="form", status=status
    )


def _told(moved: Contract, form: StepForm) -> str:
    if form.cleaned_data.get("partial"):
        return _("The partial delivery is recorded.")
    words = {"number": moved.number, "stage": moved.get_stage_display()}
    return _("Contract %(number)s: %(stage)s.") % words
