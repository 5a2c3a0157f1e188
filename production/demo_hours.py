"""Hours of the demo's work, as its people would have reported them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone

from erp.workflow import follow
from production.models import Task
from production.states import Status

#: Hours a working day, by turns: nobody works on one task all day.
A_DAY = (Decimal("5.5"), Decimal(6), Decimal("7.5"), Decimal(4))


def build(cast: dict[str, Any]) -> None:
    """Demo part 63: every task that was begun has hours."""
    rows = Task.objects.exclude(actual_start=None).exclude(status=Status.CANCELLED).filter(milestone=False)
    for nth, task in enumerate(rows.select_related("assignee__user", "contract").order_by("pk")):
        if task.frozen() or task.actual_start is None:
            continue
        end = task.actual_end or min(task.planned_end, timezone.localdate())
        days = max((end - task.actual_start).days * 5 // 7, 1)
        who = task.assignee.user if task.assignee and task.assignee.user else cast["users"]["boss"]
        follow(task, actor=who, verb="report", hours_spent=A_DAY[nth % len(A_DAY)] * days)
