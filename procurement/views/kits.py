"""Kits: the parts of the tasks of a contract, and of one task on its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from contracts.frame import frame
from contracts.models import Contract
from erp.access import allowed, fetch
from erp.htmx import Request, page, wants_fragment
from procurement.kits import items_of_kits, kits_of
from production.filters import page_number
from production.models import Task
from production.views.tasks import crumbs

if TYPE_CHECKING:
    from orgchart.models import User

ROWS = 50
CONTRACTS = Contract.objects.select_related("company", "manager")
TASKS = Task.objects.select_related("contract", "department", "assignee")


@require_safe
def kits(request: Request, pk: int) -> HttpResponse:
    """Every task of the contract that needs parts, in the order of their starts."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    if not sees_kits(request.user, contract):
        raise PermissionDenied("reads no kits")
    wanted = items_of_kits(request.user).filter(contract=contract).order_by().values("task")
    found = kits_of(request.user, TASKS.filter(pk__in=wanted).order_by("planned_start", "id"))
    only = request.GET.get("show") == "short"
    short = [kit for kit in found if kit.state != "complete"]
    page_of = Paginator(short if only else found, ROWS).get_page(page_number(request.GET))
    context = {
        "kits": page_of,
        "page": page_of,
        "only": only,
        "complete": len(found) - len(short),
        "total": len(found),
    }
    return frame(request, contract, "procurement", "procurement/kits.html", context, fragment="kits")


@require_safe
def task_kit(request: Request, pk: int) -> HttpResponse:
    """The parts of one task as a panel of its page; nothing at all for whoever sees none."""
    task = fetch(TASKS, request.user, pk=pk)
    found = next(iter(kits_of(request.user, [task])), None)
    if found is None and wants_fragment(request):
        return HttpResponse()
    context = {"kit": found, "task": task, "crumbs": crumbs(task.contract, task)}
    return page(request, "procurement/task_kit.html", context, fragment="kit")


def sees_kits(user: User, contract: Contract) -> bool:
    """As the tab: whoever reads all purchases, or leads a department here."""
    return allowed(user, "view_procurement", contract) or allowed(user, "lead", contract)
