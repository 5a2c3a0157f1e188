"""Applications are made, repeated and withdrawn; levels are chosen."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from acceptance import services
from acceptance.forms import ApplyForm, LevelsForm, ReapplyForm
from acceptance.models import AcceptanceLevels
from acceptance.queries import rework_asked, undone
from acceptance.services.applying import demand_apply
from acceptance.views.acceptance import ACCEPTANCES, crumbs, seen
from acceptance.views.lists import CONTRACTS
from contracts.forms import attempt, overtaken
from contracts.models import Contract
from erp.access import fetch
from erp.conflict import VersionedForm
from erp.htmx import Request, done, page
from erp.workflow import Stale
from production.reworking import ask_despite, reworking

FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
def apply(request: Request, pk: int) -> HttpResponse:
    """Apply for acceptance of the contract as a whole."""
    contract = _contract(request, pk)
    form = ApplyForm(_sent(request))
    made = attempt(form, lambda: services.apply_acceptance(contract, actor=request.user, **form.cleaned_data))
    if made is not None:
        return done(request, made.get_absolute_url(), message=_("Acceptance applied for."))
    open_ = undone(contract, request.user)
    return _asked(request, contract, form, _("Apply for acceptance"), groups=open_)


@require_http_methods(FORM)
def levels(request: Request, pk: int) -> HttpResponse:
    """Which levels the acceptances of this contract ask for."""
    contract = _contract(request, pk)
    row = AcceptanceLevels.objects.filter(contract=contract).first()
    form = LevelsForm(_sent(request), row=row)
    status = 0
    try:
        saved = attempt(
            form,
            lambda: services.set_levels(contract, actor=request.user, version=seen(form), **form.flags()),
        )
        if saved is not None:
            return done(request, _tab(contract), message=_("Levels saved."))
    except Stale as stale:
        status = 409
        overtaken(form, stale, _("Somebody else was faster. Look at it again."))
    return _asked(request, contract, form, _("Choose levels of acceptance"), status=status)


@require_http_methods(FORM)
def reapply(request: Request, pk: int) -> HttpResponse:
    """The next round of a rejected acceptance of the contract."""
    found = fetch(ACCEPTANCES, request.user, "reapply", pk=pk)
    form = ReapplyForm(_sent(request), initial={"version": found.version})
    rework = rework_asked(found)
    ask_despite(form, reworking(rework, request.user))

    def deed() -> Any:
        return services.reapply_acceptance(found, actor=request.user, **form.cleaned_data)

    label, told = _("Apply for acceptance again"), _("Acceptance applied for.")
    others = undone(found.contract, request.user, but=rework)
    return _deed(request, found, form, deed, label, told, others)


@require_http_methods(FORM)
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Take an application back on which nobody decided."""
    found = fetch(ACCEPTANCES, request.user, "withdraw", pk=pk)
    form = VersionedForm(_sent(request), initial={"version": found.version})

    def deed() -> Any:
        return services.withdraw_acceptance(found, actor=request.user, version=seen(form))

    return _deed(request, found, form, deed, _("Withdraw application"), _("Application withdrawn."))


def _deed(
    request: Request, found: Any, form: Any, deed: Any, label: str, told: str, groups: Any = ()
) -> HttpResponse:
    """Ask for and do one deed on an acceptance."""
    status = 422 if form.is_bound else 200
    try:
        if attempt(form, deed) is not None:
            return done(request, found.get_absolute_url(), message=told)
    except Stale as stale:
        status = 409
        overtaken(form, stale, _("Somebody else was faster. Look at it again."))
    context = {
        "form": form,
        "groups": groups,
        "label": label,
        "lead": f"{found.contract.number} · {found.title}",
        "back": found.get_absolute_url(),
        "crumbs": crumbs(found, label),
    }
    return page(request, "acceptance/ask.html", context, fragment="form", status=status)


def _contract(request: Request, pk: int) -> Contract:
    contract: Contract = fetch(CONTRACTS, request.user, pk=pk)
    demand_apply(request.user, contract)
    return contract


def _asked(
    request: Request, contract: Contract, form: Any, label: str, *, status: int = 0, groups: Any = ()
) -> HttpResponse:
    name = f"{contract.number} {contract.name}"
    context = {
        "form": form,
        "label": label,
        "groups": groups,
        "lead": name,
        "back": _tab(contract),
        "crumbs": [{"url": _tab(contract), "label": name}, {"url": "", "label": label}],
    }
    status = status or (422 if form.is_bound else 200)
    return page(request, "acceptance/ask.html", context, fragment="form", status=status)


def _tab(contract: Contract) -> str:
    return reverse("acceptance:contract", args=[contract.pk])


def _sent(request: Request) -> Any:
    return request.POST if request.method == "POST" else None
