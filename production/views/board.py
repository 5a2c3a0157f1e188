"""Boards: the tasks of one contract, and all running tasks one may see."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from contracts.frame import frame
from contracts.models import Contract
from contracts.states import FROZEN
from erp.access import fetch
from erp.htmx import Request, page
from production.board import DONE_DAYS, MOST_DONE, BoardFilter, board, choices, steps
from production.models import Task, TaskQuerySet

CONTRACTS = Contract.objects.select_related("company", "manager")


@require_safe
def contract_board(request: Request, pk: int) -> HttpResponse:
    """The tasks of one contract as cards."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    rows = Task.objects.for_user(request.user).filter(contract=contract)
    context = _context(request, rows, reverse("production:tasks", args=[pk]))
    return frame(request, contract, "board", "production/contract_board.html", context, fragment="board")


@require_safe
def tasks_board(request: Request) -> HttpResponse:
    """All running tasks one may see as cards."""
    rows = Task.objects.for_user(request.user).exclude(contract__stage__in=FROZEN)
    context = {**_context(request, rows, reverse("production:by_department")), "across": True}
    return page(request, "production/tasks_board.html", context, fragment="board")


def _context(request: Request, rows: TaskQuerySet, listed: str) -> dict[str, Any]:
    chosen = BoardFilter.read(request.GET)
    return {
        "board": board(chosen.narrow(rows), request.user),
        "chosen": chosen,
        "steps": steps(),
        "done_url": f"{listed}?{chosen.link(status='done')}",
        "done_days": DONE_DAYS,
        "most_done": MOST_DONE,
        **choices(rows),
    }
