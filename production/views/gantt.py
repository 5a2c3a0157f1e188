"""Plans as pictures: the planner of a contract, the portfolio, light timelines, milestones."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Value, When
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from contracts.frame import frame
from contracts.models import Contract
from contracts.states import RUNNING
from erp.access import fetch
from erp.htmx import Request, open_to_customers, page
from production.charts import DRAWN, MOST_TASKS, light, plan_json
from production.filters import page_number
from production.forms import planned_departments
from production.models import Task
from production.states import OPEN, Status

TASKS = Task.objects.select_related("contract", "department", "assignee")
CONTRACTS = Contract.objects.select_related("company", "manager")
#: Contracts a page of the portfolio draws, and bars a light timeline draws.
PORTFOLIO, BARS = 50, 40


@require_safe
def contract_gantt(request: Request, pk: int) -> HttpResponse:
    """The planner; whoever plans nothing here may only look."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    may_plan = not contract.frozen() and planned_departments(request.user, contract).exists()
    context = {
        "url": reverse("production:gantt_data", args=[pk]),
        "reschedule_url": "/tasks/0/reschedule/",
        "analysis_url": reverse("production:gantt_analysis", args=[pk]),
        "task_url": "/tasks/0/",
        "link_url": "/tasks/0/links/",
        "unlink_url": "/tasks/links/0/remove/",
        "table_url": reverse("production:tasks", args=[pk]),
        "readonly": not may_plan,
    }
    return frame(request, contract, "gantt", "production/contract_gantt.html", context)


@require_safe
def contract_data(request: Request, pk: int) -> JsonResponse:
    """The tasks of one contract that the reader may see, as JSON."""
    contract = fetch(Contract.objects.all(), request.user, pk=pk)
    rows = Task.objects.for_user(request.user).filter(contract=contract).exclude(status=Status.CANCELLED)
    rows = rows.select_related("department", "assignee").only(*DRAWN)
    rows = rows.order_by("department__position", "department_id", "position", "id")[:MOST_TASKS]
    return JsonResponse(plan_json(list(rows), request.user, editable=not contract.frozen()))


@require_safe
def portfolio(request: Request) -> HttpResponse:
    """Every running contract one may see, side by side, fifty a page."""
    page_of = _portfolio_page(request)
    context = {
        "url": f"{reverse('production:portfolio_data')}?page={page_of.number}",
        "task_url": "/tasks/0/",
        "reschedule_url": "/tasks/0/reschedule/",
        "readonly": True,
        "scale": "week",
        "table_url": reverse("production:by_department"),
        "page": page_of,
    }
    return page(request, "production/portfolio.html", context)


@require_safe
def portfolio_data(request: Request) -> JsonResponse:
    contracts = list(_portfolio_page(request))
    rows = TASKS.for_user(request.user).filter(contract__in=contracts).exclude(status=Status.CANCELLED)
    rows = rows.order_by(
        _delivered("contract__"), "contract__planned_delivery", "contract_id", "position", "id"
    )[:MOST_TASKS]
    return JsonResponse(plan_json(list(rows), request.user, editable=False, group="contract", links=False))


def _portfolio_page(request: Request) -> Any:
    rows = Contract.objects.for_user(request.user).live()
    rows = rows.order_by(_delivered(), "planned_delivery", "id")
    return Paginator(rows, PORTFOLIO).get_page(page_number(request.GET))


def _delivered(at: str = "") -> Case:
    """Sorts contracts that are delivered behind those that still run."""
    return Case(When(**{f"{at}stage__in": RUNNING}, then=Value(0)), default=Value(1))


@require_safe
def panel(request: Request, pk: int) -> HttpResponse:
    """The light timeline on the contract's overview: what is open before what is done."""
    contract = fetch(Contract.objects.all(), request.user, pk=pk)
    rows = TASKS.for_user(request.user).filter(contract=contract).exclude(status=Status.CANCELLED)
    rows = rows.order_by(Case(When(status__in=OPEN, then=Value(0)), default=Value(1)), "planned_start", "id")
    context = {"contract": contract, **light(list(rows[:BARS]))}
    return page(request, "production/panel.html", context, fragment="panel")


@open_to_customers
@require_safe
def milestones(request: Request, pk: int) -> HttpResponse:
    """What a customer may follow: the milestones of their contract, nobody's name."""
    contract = fetch(Followed(), request.user, pk=pk)
    rows = TASKS.filter(contract=contract, milestone=True).exclude(status=Status.CANCELLED)
    tasks = list(rows.order_by("planned_start", "id")[:BARS])
    context = {"contract": contract, **light(tasks, links=False, public=True)}
    return page(request, "production/milestones.html", context, fragment="panel")


class Followed:
    """Contracts as the portal reaches them: by the right to follow, so that office people get 404."""

    def for_user(self, user: Any) -> Any:
        return Contract.objects.for_user(user, "follow")
