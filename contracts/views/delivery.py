"""The delivery of a contract: what is still missing, what was delivered, who confirmed it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contracts import services
from contracts.deliveryforms import CorrectionForm, EvidenceForm, ReasonForm
from contracts.evidence import evidence_on
from contracts.frame import frame
from contracts.gatelist import everything, groups
from contracts.models import Contract, Delivery
from contracts.states import RUNNING, DeliveryState, Stage
from contracts.tables_delivery import delivery_lines
from contracts.views.asking import ask
from contracts.views.pages import contract_for, form_methods
from erp.access import allowed, fetch
from erp.dates import short_day
from erp.htmx import Request, open_to_customers, page
from erp.roles import Role

DELIVERIES = Delivery.objects.select_related("contract", "confirmed_by")


def delivery_of(request: Request, pk: int, delivery: int, verb: str = "view") -> tuple[Contract, Delivery]:
    """The contract and one delivery of it, both in sight."""
    contract = contract_for(request, pk)
    found: Delivery = fetch(DELIVERIES.filter(contract=contract), request.user, verb, pk=delivery)
    found.contract = contract
    return contract, found


def standing(request: Request, contract: Contract) -> dict[str, Any]:
    """What tab and panel say alike. What is missing names tasks and purchases, so only whoever delivers
    (and reads them all) is told."""
    running = contract.stage in RUNNING
    delivers = allowed(request.user, "deliver", contract)
    found = groups("deliver", contract) if running and delivers else []
    return {
        "contract": contract,
        "running": running,
        "delivers": delivers,
        "groups": found,
        "missing": len(everything(found)),
        "lines": delivery_lines(contract, DELIVERIES.for_user(request.user).filter(contract=contract)),
        "due": short_day(contract.planned_delivery),
        "delivered": short_day(contract.delivered_on),
        "confirmed": short_day(contract.confirmed_on),
        "deliver_url": reverse("contracts:deliver", args=[contract.pk]),
        "tab_url": reverse("contracts:delivery", args=[contract.pk]),
    }


@require_safe
def contract_delivery(request: Request, pk: int) -> HttpResponse:
    contract = contract_for(request, pk)
    context = standing(request, contract)
    waits = contract.stage == Stage.DELIVERED and allowed(request.user, "confirm_delivery", contract)
    context["behalf_url"] = reverse("contracts:delivery_confirm", args=[pk]) if waits else ""
    return frame(request, contract, "delivery", "contracts/delivery.html", context)


@require_safe
def delivery_panel(request: Request, pk: int) -> HttpResponse:
    """On the overview: what is still missing, counted, and what was delivered."""
    contract = contract_for(request, pk)
    return page(request, "contracts/delivery_panel.html", standing(request, contract), fragment="panel")


@open_to_customers
@require_safe
def delivery_record(request: Request, pk: int, delivery: int) -> HttpResponse:
    """One delivery with its papers; customers, whom messages lead here, are led on to their portal."""
    if request.user.role == Role.CUSTOMER:
        return redirect("contracts:portal_contract", fetch(DELIVERIES, request.user, pk=delivery).contract_id)
    contract, found = delivery_of(request, pk, delivery)
    holds = found.state == DeliveryState.RECORDED and not contract.frozen()
    writes = holds and allowed(request.user, "correct_delivery", found)
    context = {
        "delivery": found,
        "correct_url": reverse("contracts:delivery_correct", args=[pk, delivery]) if writes else "",
        "void_url": reverse("contracts:delivery_void", args=[pk, delivery])
        if writes and not found.final
        else "",
        "day": short_day(found.delivered_on),
    }
    return frame(request, contract, "delivery", "contracts/delivery_record.html", context)


@form_methods
def delivery_correct(request: Request, pk: int, delivery: int) -> HttpResponse:
    contract, found = delivery_of(request, pk, delivery, "correct_delivery")
    form = CorrectionForm(request.POST if request.method == "POST" else None, delivery=found)
    return ask(
        request, contract, "delivery", form,
        lambda: services.correct_delivery(found, actor=request.user, **form.cleaned_data),
        back=found.get_absolute_url(), told=_("The delivery is corrected."),
        title=_("Correct delivery"), submit=_("Save correction"),
        lead=_("The old values stay in the history, with your reason."),
    )  # fmt: skip


@form_methods
def delivery_void(request: Request, pk: int, delivery: int) -> HttpResponse:
    contract, found = delivery_of(request, pk, delivery, "void_delivery")
    data = request.POST if request.method == "POST" else None
    form = ReasonForm(data, initial={"version": found.version})
    return ask(
        request, contract, "delivery", form,
        lambda: services.void_delivery(found, actor=request.user, **form.cleaned_data),
        back=reverse("contracts:delivery", args=[pk]), told=_("The partial delivery is void."),
        title=_("Void partial delivery"), submit=_("Void partial delivery"), danger=True, lead=str(found),
    )  # fmt: skip


@form_methods
def delivery_confirm(request: Request, pk: int) -> HttpResponse:
    """The manager confirms on the customer's behalf, with a document that proves it."""
    contract = contract_for(request, pk, "confirm_delivery")
    if request.user.role == Role.CUSTOMER:
        raise Http404
    last = Delivery.objects.filter(contract=contract, final=True).first()
    papers = evidence_on(last, request.user)
    data = request.POST if request.method == "POST" else None
    form = EvidenceForm(data, papers=papers, initial={"version": contract.version})
    return ask(
        request, contract, "delivery", form,
        lambda: services.confirm_delivery(contract, actor=request.user, **form.cleaned_data),
        back=reverse("contracts:delivery", args=[pk]), told=_("The delivery is confirmed."),
        template="contracts/evidence_form.html", title=_("Confirm on the customer's behalf"),
        submit=_("Confirm delivery"), papers=papers, upload_url=last.get_absolute_url() if last else "",
        possible=contract.stage == Stage.DELIVERED,
        lead=_("Usually the customer confirms in the portal. Do it for them when you hold a signed paper."),
    )  # fmt: skip
