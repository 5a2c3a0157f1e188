"""Change orders in the office: drafted, confirmed, answered on the customer's behalf, applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contracts import services
from contracts.changeforms import ChangeForm
from contracts.changepage import ChangePage, steps_of
from contracts.deliveryforms import EvidenceForm, ReasonForm
from contracts.evidence import evidence_on
from contracts.forms import attempt
from contracts.frame import frame
from contracts.models import ChangeOrder, Contract
from contracts.tables_changes import change_lines
from contracts.views.asking import ask
from contracts.views.pages import contract_for, form_methods
from erp.access import fetch, held
from erp.conflict import VersionedForm, conflict_page
from erp.htmx import Request, done, open_to_customers
from erp.roles import Role
from erp.workflow import Stale

ORDERS = ChangeOrder.objects.select_related("contract", "sent_by", "decided_by")


def order_of(request: Request, pk: int, change: int, verb: str = "view") -> tuple[Contract, ChangeOrder]:
    """The contract and one change order of it, both in sight."""
    contract = contract_for(request, pk)
    order: ChangeOrder = fetch(ORDERS.filter(contract=contract), request.user, verb, pk=change)
    order.contract = contract
    return contract, order


@require_safe
def contract_changes(request: Request, pk: int) -> HttpResponse:
    contract = contract_for(request, pk)
    may = held(request.user, ("view_finance", "change"), contract)
    opens = not contract.frozen() and "change" in may
    rows = ORDERS.for_user(request.user).filter(contract=contract)
    context = {
        "lines": change_lines(rows, money="view_finance" in may),
        "money": "view_finance" in may,
        "new_url": reverse("contracts:change_new", args=[pk]) if opens else "",
    }
    return frame(request, contract, "changes", "contracts/changes.html", context)


@form_methods
def change_new(request: Request, pk: int) -> HttpResponse:
    contract = contract_for(request, pk, "change")
    form = ChangeForm(
        request.POST if request.method == "POST" else None, user=request.user, contract=contract
    )
    made = attempt(form, lambda: services.create_change(contract, actor=request.user, **form.cleaned_data))
    if made:
        return done(request, made.get_absolute_url(), message=_("The change order is a draft."))
    context = {
        "form": form, "back": reverse("contracts:changes", args=[pk]),
        "title": _("New change order"), "submit": _("Save draft"),
        "lead": _("The boss confirms it before it goes to the customer."),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return frame(
        request, contract, "changes", "contracts/ask_form.html", context, fragment="form", status=status
    )


@form_methods
def change_edit(request: Request, pk: int, change: int) -> HttpResponse:
    contract, order = order_of(request, pk, change, "change")
    data = request.POST if request.method == "POST" else None
    form = ChangeForm(data, user=request.user, contract=contract, order=order)
    try:
        saved = attempt(form, lambda: services.edit_change(order, actor=request.user, **form.cleaned_data))
    except Stale as stale:
        return conflict_page(request, form, stale, request.path)
    if saved:
        return done(request, order.get_absolute_url(), message=_("The change order is saved."))
    words = {"title": _("Edit change order"), "submit": _("Save change order")}
    context = {"form": form, "back": order.get_absolute_url(), "lead": str(order), **words}
    status = 422 if form.errors else 200
    return frame(
        request, contract, "changes", "contracts/ask_form.html", context, fragment="form", status=status
    )


@open_to_customers
@require_safe
def change(request: Request, pk: int, change: int) -> HttpResponse:
    """One change order; customers, whom messages lead here, are led on to their portal."""
    if request.user.role == Role.CUSTOMER:
        return redirect("contracts:portal_change", fetch(ORDERS, request.user, pk=change).pk)
    contract, order = order_of(request, pk, change)
    context = {"found": ChangePage(order, request.user), "steps": steps_of(order, request.user)}
    return frame(request, contract, "changes", "contracts/change.html", context)


@form_methods
def change_send(request: Request, pk: int, change: int) -> HttpResponse:
    """The boss reads what it moves, confirms, and the customer is asked."""
    lead = _("The customer is asked in the portal and sees title, scope, reason, price and date.")
    return _plain(request, pk, change, "send_change", services.send_change, _("The customer is asked."), lead)


@form_methods
def change_apply(request: Request, pk: int, change: int) -> HttpResponse:
    lead = _("Deal amount, planned delivery and description of the contract are changed at once.")
    return _plain(
        request, pk, change, "apply_change", services.apply_change, _("The contract is changed."), lead
    )


@form_methods
def change_accept(request: Request, pk: int, change: int) -> HttpResponse:
    lead = _("Usually the customer answers in the portal. Do it for them when you hold a signed paper.")
    return _behalf(
        request, pk, change, "accept_change", services.accept_change, _("The change order is accepted."), lead
    )


@form_methods
def change_reject(request: Request, pk: int, change: int) -> HttpResponse:
    lead = _("Usually the customer answers in the portal. Do it for them when you hold a signed paper.")
    return _behalf(
        request, pk, change, "reject_change", services.reject_change, _("The change order is rejected."), lead
    )


@form_methods
def change_withdraw(request: Request, pk: int, change: int) -> HttpResponse:
    contract, order = order_of(request, pk, change, "withdraw_change")
    data = request.POST if request.method == "POST" else None
    form = ReasonForm(data, initial={"version": order.version})
    return ask(
        request, contract, "changes", form,
        lambda: services.withdraw_change(order, actor=request.user, **form.cleaned_data),
        back=order.get_absolute_url(), told=_("The change order is withdrawn."), danger=True,
        title=order.workflow["withdraw_change"].label, submit=order.workflow["withdraw_change"].label,
        lead=str(order),
    )  # fmt: skip


def _plain(
    request: Request, pk: int, change: int, verb: str, deed: Callable[..., Any], told: str, lead: str
) -> HttpResponse:
    """A step that asks nothing more; what the change moves stands above the button."""
    contract, order = order_of(request, pk, change, verb)
    form = VersionedForm(
        request.POST if request.method == "POST" else None, initial={"version": order.version}
    )
    label = order.workflow[verb].label
    return ask(
        request, contract, "changes", form,
        lambda: deed(order, actor=request.user, **form.cleaned_data),
        back=order.get_absolute_url(), told=told, template="contracts/change_step.html",
        title=label, submit=label, lead=lead, found=ChangePage(order, request.user),
    )  # fmt: skip


def _behalf(
    request: Request, pk: int, change: int, verb: str, deed: Callable[..., Any], told: str, lead: str
) -> HttpResponse:
    """An answer that the manager gives on the customer's behalf, with a document that proves it."""
    contract, order = order_of(request, pk, change, verb)
    papers, label = evidence_on(order, request.user), order.workflow[verb].label
    data = request.POST if request.method == "POST" else None
    asks = order.workflow[verb].needs_reason
    form = EvidenceForm(data, papers=papers, asks=asks, initial={"version": order.version})
    return ask(
        request, contract, "changes", form,
        lambda: deed(order, actor=request.user, **form.cleaned_data),
        back=order.get_absolute_url(), told=told, template="contracts/evidence_form.html",
        title=label, submit=label, papers=papers, upload_url=order.get_absolute_url(),
        possible=order.state in order.workflow[verb].sources, lead=lead,
    )  # fmt: skip
