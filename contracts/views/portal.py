"""What customers see of their own contracts: where it stands, when it comes, whom to ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contracts import services
from contracts.forms import attempt, overtaken
from contracts.frame import panels
from contracts.models import Contract, Delivery
from contracts.states import RUNNING, Stage, Status
from contracts.stations import Station, stations, with_stations
from contracts.tables_delivery import delivery_lines
from contracts.views.pages import form_methods
from erp.conflict import VersionedForm
from erp.dates import short_day
from erp.htmx import Request, done, open_to_customers, page
from erp.roles import Role
from erp.workflow import Stale
from orgchart.models import Organisation


@dataclass(frozen=True, slots=True)
class Card:
    """The part of a contract that is the customer's business; nothing else reaches the template."""

    pk: int
    url: str
    number: str
    name: str
    status: str
    status_label: str
    stage_label: str
    due: str
    delivered: str
    manager: str
    stations: list[Station]
    confirm_url: str


@open_to_customers
@require_safe
def portal_list(request: Request) -> HttpResponse:
    if request.user.role != Role.CUSTOMER:
        raise Http404
    rows = with_stations(_followed(request)).order_by("-id")
    window = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {"cards": [_card(c) for c in window], "page": window, "phone": _phone()}
    return page(request, "contracts/portal_list.html", context)


@open_to_customers
@require_safe
def portal_contract(request: Request, pk: int) -> HttpResponse:
    contract = get_object_or_404(with_stations(_followed(request)), pk=pk)
    context = {"card": _card(contract), "panels": panels("portal.panels", contract), "phone": _phone()}
    return page(request, "contracts/portal_contract.html", context)


@open_to_customers
@form_methods
def confirm_delivery(request: Request, pk: int) -> HttpResponse:
    """The customer says that the delivery arrived."""
    contract = get_object_or_404(with_stations(_followed(request)), pk=pk)
    data = request.POST if request.method == "POST" else None
    form, back = VersionedForm(data, initial={"version": contract.version}), _url(contract)
    status = 200
    try:
        sent = attempt(
            form, lambda: services.confirm_delivery(contract, actor=request.user, **form.cleaned_data)
        )
    except Stale as stale:
        sent, contract, status = None, stale.obj, 409
        overtaken(form, stale, _("This contract changed meanwhile. Look at it again."))
    if sent:
        return done(request, back, message=_("Thank you. The delivery is confirmed."))
    rows = Delivery.objects.for_user(request.user).filter(contract=contract, final=True)
    lines = delivery_lines(contract, rows.select_related("confirmed_by"))
    context = {"card": _card(contract), "form": form, "back": back, "path": request.path}
    context["delivery"] = lines[0] if lines else None
    status = 422 if form.errors and status == 200 else status
    return page(request, "contracts/confirm_delivery.html", context, fragment="form", status=status)


def _followed(request: Request) -> Any:
    return Contract.objects.for_user(request.user, "follow").select_related("manager")


def _url(contract: Contract) -> str:
    return reverse("contracts:portal_contract", args=[contract.pk])


def _card(contract: Contract) -> Card:
    running = contract.stage in RUNNING
    inside = running and contract.status == Status.ISSUE  # a rejected task is our own affair
    late = running and contract.planned_delivery < timezone.localdate()
    confirmable = contract.stage == Stage.DELIVERED
    return Card(
        pk=contract.pk,
        url=_url(contract),
        number=contract.number,
        name=contract.name,
        status=contract.status,
        status_label="" if inside else contract.get_status_display(),
        stage_label=contract.get_stage_display(),
        due=short_day(contract.planned_delivery),
        delivered=short_day(contract.delivered_on),
        manager=contract.manager.name,
        stations=stations(contract, late=late),
        confirm_url=reverse("contracts:confirm_delivery", args=[contract.pk]) if confirmable else "",
    )


def _phone() -> str:
    return Organisation.objects.values_list("phone", flat=True).first() or ""
