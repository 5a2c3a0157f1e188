"""Open, read and edit a contract."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from contracts import services
from contracts.forms import ContractForm, NoteForm, attempt
from contracts.frame import frame, panels
from contracts.models import Contract
from contracts.queries import finance, next_dates, team_by_department
from erp.access import allowed, fetch
from erp.conflict import conflict_page
from erp.htmx import Request, done, page
from erp.workflow import Stale

form_methods = require_http_methods(["GET", "HEAD", "POST"])


def contract_for(request: Request, pk: int, verb: str = "view") -> Contract:
    """The contract of a page, with what its header shows."""
    rows = Contract.objects.select_related("company", "manager", "sales_person")
    contract: Contract = fetch(rows, request.user, verb, pk=pk)
    return contract


def where_next(request: Request, contract: Contract, url: str) -> str:
    """`url`, or the list for somebody who just gave their own rights to the contract away."""
    return url if allowed(request.user, "view", contract) else reverse("contracts:list")


@require_safe
def contract_detail(request: Request, pk: int) -> HttpResponse:
    contract = contract_for(request, pk)
    context = {
        "panels": panels("contracts.panels", contract),
        "team": team_by_department(contract),
        "dates": next_dates(contract),
        "finance": finance(contract, request.user),
    }
    return frame(request, contract, "overview", "contracts/contract_detail.html", context)


@form_methods
def contract_new(request: Request) -> HttpResponse:
    if not services.may_create(request.user):
        raise PermissionDenied
    form = ContractForm(request.POST if request.method == "POST" else None, user=request.user)
    made = attempt(form, lambda: services.create_contract(actor=request.user, **form.cleaned_data))
    if made:
        text = _("Contract %(number)s is open: %(code)s.") % {"number": made.number, "code": made.code}
        return done(request, made.get_absolute_url(), message=text)
    context = {"form": form, "back": reverse("contracts:list")}
    status = 422 if form.errors else 200
    return page(request, "contracts/contract_new.html", context, fragment="form", status=status)


@form_methods
def contract_edit(request: Request, pk: int) -> HttpResponse:
    contract = contract_for(request, pk, "change")
    if request.method != "POST" and (why := contract.frozen()):
        messages.warning(request, why)
        return done(request, contract.get_absolute_url())
    data = request.POST if request.method == "POST" else None
    form = ContractForm(data, user=request.user, contract=contract)
    return _save(request, contract, form, "contracts/contract_edit.html", _("The contract is saved."))


@form_methods
def contract_note(request: Request, pk: int) -> HttpResponse:
    contract = contract_for(request, pk, "change")
    data = request.POST if request.method == "POST" else None
    initial = {"version": contract.version, "status_note": contract.status_note}
    form = NoteForm(data, initial=initial)
    return _save(request, contract, form, "contracts/contract_note.html", _("The note is saved."))


def _save(request: Request, contract: Contract, form: Any, template: str, message: str) -> HttpResponse:
    """Store the form's fields; 422 keeps what was typed, 409 shows both versions."""
    try:
        saved = attempt(
            form,
            lambda: services.edit_contract(contract, actor=request.user, **form.cleaned_data),
        )
    except Stale as stale:
        return conflict_page(request, form, stale, request.path)
    if saved:
        return done(request, where_next(request, saved, saved.get_absolute_url()), message=message)
    context = {"form": form, "contract": contract, "back": contract.get_absolute_url()}
    return page(request, template, context, fragment="form", status=422 if form.errors else 200)
