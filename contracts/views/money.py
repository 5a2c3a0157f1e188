"""The money tab of a contract: its payment plan, receipts and costs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contracts import services
from contracts.forms import attempt, overtaken
from contracts.frame import frame
from contracts.models import Contract, Payment, PaymentMilestone
from contracts.money.costs import VERBS, cost_view
from contracts.money.forms import ConfirmForm, MilestoneForm, ReceiveForm, TakeBackForm
from contracts.money.plan import plan, written_out
from contracts.views.pages import contract_for, form_methods
from erp.access import fetch, held
from erp.conflict import conflict_page
from erp.htmx import Request, done
from erp.money import amount
from erp.workflow import Blocked, Stale

FORM = "contracts/money_form.html"


@require_safe
def contract_money(request: Request, pk: int) -> HttpResponse:
    contract = contract_for(request, pk)
    may = held(request.user, VERBS, contract)
    if "view_finance" not in may:
        raise PermissionDenied
    manages = "manage_finance" in may and not contract.frozen()
    context = {
        "plan": plan(contract),
        "costs": cost_view(contract, request.user, may),
        "quote": amount(contract.quote_amount, contract.currency) or "—",
        "deal": amount(contract.deal_amount, contract.currency) or "—",
        "deal_words": written_out(contract.deal_amount, contract.currency),
        "manages": manages,
        "usual": list(services.PLANS) if manages else [],
    }
    return frame(request, contract, "money", "contracts/contract_money.html", context)


@require_POST
def money_plan(request: Request, pk: int) -> HttpResponse:
    """A usual payment plan by one click."""
    contract = contract_for(request, pk, "manage_finance")
    try:
        made = services.apply_plan(contract, request.POST.get("plan", ""), actor=request.user)
    except Blocked as why:
        messages.error(request, str(why))
        return done(request, _home(contract))
    return done(request, _home(contract), message=_("%(n)s payments are planned.") % {"n": len(made)})


@form_methods
def milestone_new(request: Request, pk: int) -> HttpResponse:
    contract = contract_for(request, pk, "manage_finance")
    form = MilestoneForm(_data(request))
    deed = attempt(form, lambda: services.add_milestone(contract, actor=request.user, **form.cleaned_data))
    if deed:
        return done(request, _home(contract), message=_("The payment is planned."))
    return _asked(request, contract, form, _("Plan payment"), _("Save payment"))


@form_methods
def milestone(request: Request, pk: int, milestone: int) -> HttpResponse:
    contract = contract_for(request, pk, "manage_finance")
    row = _milestone(request, contract, milestone)
    form = MilestoneForm(_data(request), milestone=row)
    try:
        deed = attempt(form, lambda: services.edit_milestone(row, actor=request.user, **form.cleaned_data))
    except Stale as stale:
        return conflict_page(request, form, stale, request.path)
    if deed:
        return done(request, _home(contract), message=_("The payment is saved."))
    return _asked(request, contract, form, _("Edit payment"), _("Save payment"))


@form_methods
def milestone_remove(request: Request, pk: int, milestone: int) -> HttpResponse:
    contract = contract_for(request, pk, "manage_finance")
    row = _milestone(request, contract, milestone)
    title = _("Remove “%(payment)s” from the plan?") % {"payment": row}
    form = ConfirmForm(_data(request))
    gone = attempt(form, lambda: services.remove_milestone(row, actor=request.user) or True)
    if gone:
        return done(request, _home(contract), message=_("The payment is no longer planned."))
    return _asked(request, contract, form, title, _("Remove payment"), danger=True)


@form_methods
def receive(request: Request, pk: int, milestone: int) -> HttpResponse:
    """Book what came in; more than is open asks once more."""
    contract = contract_for(request, pk, "manage_finance")
    row = _milestone(request, contract, milestone)
    claim = services.claim_of(row)
    form = ReceiveForm(_data(request), claim=claim)
    if attempt(form, lambda: _book(form, row, request)):
        return done(request, _home(contract), message=_("The receipt is booked."))
    title = _("Book receipt: %(payment)s") % {"payment": row}
    lead = _("Open: %(amount)s") % {"amount": amount(claim.open, claim.currency)}
    return _asked(request, contract, form, title, _("Book receipt"), lead=lead)


def _book(form: ReceiveForm, row: PaymentMilestone, request: Request) -> Payment:
    try:
        return services.receive_payment(row, actor=request.user, **form.cleaned_data)
    except services.TooMuch:
        form.ask_over()
        raise


@form_methods
def take_back(request: Request, pk: int, payment: int) -> HttpResponse:
    """A wrong receipt no longer counts; the reason stays."""
    contract = contract_for(request, pk, "manage_finance")
    rows = Payment.objects.filter(milestone__contract=contract).select_related("milestone__contract")
    row: Payment = fetch(rows, request.user, pk=payment)
    form, status = TakeBackForm(_data(request), initial={"version": row.version}), 0
    try:
        back = attempt(form, lambda: services.take_back_payment(row, actor=request.user, **form.cleaned_data))
    except Stale as stale:
        back, status = None, 409
        overtaken(form, stale, _("Somebody else changed this receipt meanwhile. Look at it again."))
    if back:
        return done(request, _home(contract), message=_("The receipt is taken back."))
    title = _("Take back receipt of %(amount)s?") % {"amount": amount(row.amount, contract.currency)}
    return _asked(request, contract, form, title, _("Take receipt back"), danger=True, status=status)


def _milestone(request: Request, contract: Contract, pk: int) -> PaymentMilestone:
    rows = PaymentMilestone.objects.filter(contract=contract).select_related("contract")
    row: PaymentMilestone = fetch(rows, request.user, pk=pk)
    return row


def _asked(
    request: Request, contract: Contract, form: Any, title: str, submit: str, *, status: int = 0, **more: Any
) -> HttpResponse:
    context = {"form": form, "title": title, "submit": submit, "back": _home(contract), **more}
    status = status or (422 if form.errors else 200)
    return frame(request, contract, "money", FORM, context, fragment="form", status=status)


def _data(request: Request) -> Any:
    return request.POST if request.method == "POST" else None


def _home(contract: Contract) -> str:
    return reverse("contracts:money", args=[contract.pk])
