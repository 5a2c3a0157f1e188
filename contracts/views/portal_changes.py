"""What customers do besides looking: say what is missing, answer change orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contracts import services
from contracts.changepage import ChangePage
from contracts.deliveryforms import MissingForm, ReasonForm
from contracts.models import ChangeOrder, Contract, Delivery
from contracts.states import RUNNING, ChangeState, Stage
from contracts.tables_changes import change_lines
from contracts.tables_delivery import delivery_lines
from contracts.views.asking import tried
from contracts.views.pages import form_methods
from erp.conflict import VersionedForm
from erp.htmx import Request, done, open_to_customers, page


def followed(request: Request, pk: int) -> Contract:
    """A contract of the customer's own company."""
    contract: Contract = get_object_or_404(Contract.objects.for_user(request.user, "follow"), pk=pk)
    return contract


def own(request: Request, pk: int, verb: str = "view") -> ChangeOrder:
    """A change order that was sent to this customer; the office has its own page."""
    rows = ChangeOrder.objects.for_user(request.user, verb).select_related("contract")
    order: ChangeOrder = get_object_or_404(rows, pk=pk)
    followed(request, order.contract_id)
    return order


@open_to_customers
@require_safe
def portal_deliveries(request: Request, pk: int) -> HttpResponse:
    """A panel of the customer's contract page: what left our house for them."""
    contract = followed(request, pk)
    rows = Delivery.objects.for_user(request.user).filter(contract=contract).select_related("confirmed_by")
    reports = contract.stage in (*RUNNING, Stage.DELIVERED)
    context = {"lines": delivery_lines(contract, rows), "contract": contract, "reports": reports}
    return page(request, "contracts/portal_deliveries.html", context, fragment="panel")


@open_to_customers
@form_methods
def report_missing(request: Request, pk: int, delivery: int) -> HttpResponse:
    """The customer says what did not arrive, or not whole."""
    contract = followed(request, pk)
    rows = Delivery.objects.for_user(request.user, "report_missing").filter(contract=contract)
    found = get_object_or_404(rows, pk=delivery)
    data = request.POST if request.method == "POST" else None
    form = MissingForm(data, initial={"version": found.version})
    return answer(
        request, form,
        lambda: services.report_missing(found, actor=request.user, **form.cleaned_data),
        back=reverse("contracts:portal_contract", args=[pk]), contract=contract,
        told=_("Thank you. We look into it and get back to you."),
        title=_("Report something missing"), submit=_("Send report"), reported=found,
    )  # fmt: skip


@open_to_customers
@require_safe
def portal_changes(request: Request, pk: int) -> HttpResponse:
    """A panel of the customer's contract page: change orders sent to them."""
    contract = followed(request, pk)
    rows = ChangeOrder.objects.for_user(request.user).filter(contract=contract)
    context = {"lines": change_lines(rows, money=True, portal=True), "contract": contract}
    return page(request, "contracts/portal_changes.html", context, fragment="panel")


@open_to_customers
@require_safe
def portal_change(request: Request, pk: int) -> HttpResponse:
    order = own(request, pk)
    answers = order.state == ChangeState.SENT and not order.contract.frozen()
    context = {"found": ChangePage(order, request.user, portal=True), "answers": answers}
    return page(request, "contracts/portal_change.html", context)


@open_to_customers
@form_methods
def portal_change_accept(request: Request, pk: int) -> HttpResponse:
    order = own(request, pk, "accept_change")
    data = request.POST if request.method == "POST" else None
    form = VersionedForm(data, initial={"version": order.version})
    return answer(
        request, form, lambda: services.accept_change(order, actor=request.user, **form.cleaned_data),
        back=reverse("contracts:portal_change", args=[pk]), contract=order.contract,
        told=_("Thank you. The change order is accepted."),
        title=_("Accept change order"), submit=_("Accept change order"),
        found=ChangePage(order, request.user, portal=True),
    )  # fmt: skip


@open_to_customers
@form_methods
def portal_change_reject(request: Request, pk: int) -> HttpResponse:
    order = own(request, pk, "reject_change")
    data = request.POST if request.method == "POST" else None
    form = ReasonForm(data, initial={"version": order.version})
    return answer(
        request, form, lambda: services.reject_change(order, actor=request.user, **form.cleaned_data),
        back=reverse("contracts:portal_change", args=[pk]), contract=order.contract,
        told=_("The change order is rejected. We get in touch with you."),
        title=_("Reject change order"), submit=_("Reject change order"), danger=True,
        found=ChangePage(order, request.user, portal=True),
    )  # fmt: skip


def answer(
    request: Request, form: Any, deed: Callable[[], Any], *, back: str, told: str, **words: Any
) -> HttpResponse:
    """Ask on GET, do on POST, in the frame of the portal."""
    made, status = tried(form, deed)
    if made:
        return done(request, back, message=told)
    context = {"form": form, "back": back, **words}
    return page(request, "contracts/portal_form.html", context, fragment="form", status=status)
