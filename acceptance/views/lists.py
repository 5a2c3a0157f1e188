"""Lists of acceptances: of a contract, of everything one may see, and of one task."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from acceptance.filters import STATES, AcceptanceFilter
from acceptance.models import Acceptance
from acceptance.models.applications import all_levels
from acceptance.queries import waiting_for
from acceptance.services.applying import may_apply
from acceptance.services.telling import names_of
from acceptance.states import Level, Result, Scope
from acceptance.tables import acceptance_rows, line_of, turn_pages
from contracts.frame import frame
from contracts.models import Contract
from erp.access import fetch
from erp.htmx import Request, page
from production.models import Task

CONTRACTS = Contract.objects.select_related("company", "manager")
JOINED = ("contract", "department")


@require_safe
def acceptances(request: Request) -> HttpResponse:
    """Everything one may see; `?state=mine` is what waits for oneself."""
    context = _list(request, Acceptance.objects.for_user(request.user))
    return page(request, "acceptance/list.html", context, fragment="table")


@require_safe
def contract_acceptance(request: Request, pk: int) -> HttpResponse:
    """The acceptances of one contract."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    rows = Acceptance.objects.for_user(request.user).filter(contract=contract)
    applies = may_apply(request.user, contract) and not contract.frozen()
    context = {
        **_list(request, rows),
        "here": reverse("acceptance:contract", args=[pk]),
        "may_apply": applies,
        "levels": [
            (Scope(scope).label, [str(Level(level).label) for level in levels])
            for scope, levels in all_levels(contract).items()
        ],
    }
    return frame(request, contract, "acceptance", "acceptance/contract.html", context, fragment="table")


def _list(request: Request, rows: Any) -> dict[str, Any]:
    chosen = AcceptanceFilter.read(request.GET)
    found = chosen.narrow(rows, request.user).select_related(*JOINED).order_by("-pk")
    turned = turn_pages(found, request.GET)
    here = [acceptance.pk for acceptance in turned]
    mine = Acceptance.objects.open().filter(waiting_for(request.user), pk__in=here)
    return {
        "rows": acceptance_rows(list(turned), set(mine.order_by().values_list("pk", flat=True))),
        "page": turned,
        "chosen": chosen,
        "states": STATES,
        "levels_choices": Level.choices,
        "scopes": Scope.choices,
        "here": reverse("acceptance:list"),
    }


@require_safe
def task_panel(request: Request, pk: int) -> HttpResponse:
    """Where the acceptance of a task stands, on the page of the task."""
    task = fetch(Task.objects.select_related("contract"), request.user, pk=pk)
    found = Acceptance.objects.for_user(request.user).filter(task=task).first()
    round_ = found.round if found else None
    steps = list(round_.steps.order_by("level")) if round_ else []
    context = {
        "task": task,
        "contract": task.contract,
        "acceptance": found,
        "round": round_,
        "waits_for": _(", ").join(names_of(found)) if found else "",
        "line": line_of(round_, steps) if round_ else [],
        "refused": next((step.reason for step in steps if step.result == Result.REJECTED), ""),
    }
    return page(request, "acceptance/task_panel.html", context, fragment="panel")
