"""The plan of a contract as a page made for paper."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.models import Contract
from erp.access import fetch
from erp.dates import short_day
from erp.htmx import Request, page
from production.analysis import Analysis
from production.calendar import working_calendar
from production.charts import MOST_TASKS
from production.models import Baseline, BaselineTask, Task, TaskDependency
from production.plan_sheet import HEAD, LEFT, LEGEND, ROW, WIDTH, Link, drawing
from production.spans import Span
from production.states import Status

TASKS = Task.objects.select_related("department", "assignee")
CONTRACTS = Contract.objects.select_related("company", "manager")


@require_safe
def print_plan(request: Request, pk: int) -> HttpResponse:
    """The Gantt of a contract on A3 sheets, as far as the reader may see its tasks."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    context = plan_on_paper(contract, request.user, critical=Analysis(contract, request.user).critical)
    return page(request, "production/plan_print.html", context)


def plan_on_paper(contract: Contract, user: Any, *, critical: frozenset[int] = frozenset()) -> dict[str, Any]:
    """What the sheets of a plan print; tasks whose keys are in `critical` are outlined."""
    rows = TASKS.for_user(user).filter(contract=contract).exclude(status=Status.CANCELLED)
    rows = rows.order_by("department__position", "department_id", "position", "id")
    tasks = list(rows[:MOST_TASKS])
    baseline = Baseline.objects.for_user(user).filter(contract=contract, of_contract=True).first()
    ghosts = _ghosts(baseline, {task.pk for task in tasks})
    drawn = drawing(
        tasks,
        _links(contract),
        working_calendar(),
        contract.planned_delivery,
        ghosts=ghosts,
        critical=critical,
    )
    return {
        "contract": contract,
        "drawn": drawn,
        "baseline": baseline if ghosts else None,
        "critical": bool(critical),
        "delivery": short_day(contract.planned_delivery),
        "printed": short_day(timezone.localdate()),
        "legend": [(status.value, status.label) for status in LEGEND],
        "size": {"width": WIDTH, "left": LEFT, "chart": WIDTH - LEFT, "row": ROW, "head": HEAD},
    }


def _links(contract: Contract) -> list[Link]:
    """All links of the plan; those with an end the reader may not see find no bar to be drawn to."""
    rows = TaskDependency.objects.filter(successor__contract=contract).order_by("id")
    return [Link(*row) for row in rows.values_list("predecessor_id", "successor_id", "type")]


def _ghosts(baseline: Baseline | None, shown: set[int]) -> dict[int, Span]:
    rows = BaselineTask.objects.filter(baseline=baseline) if baseline else BaselineTask.objects.none()
    return {
        row.task_id: Span(row.planned_start, row.planned_end, row.begins_afternoon, row.ends_noon)
        for row in rows
        if row.task_id in shown
    }
