"""Bulk data: the tasks of every new contract, each waiting for the one before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Max
from django.utils import timezone

from contracts.states import Stage
from erp.volume import Plan, insert
from production.models import Task, TaskDependency
from production.states import Status

NAMES = (
    "机械设计",
    "电气设计",
    "采购跟踪",
    "机加工",
    "电控柜",
    "程序编写",
    "部件装配",
    "总装",
    "调试",
    "试运行",
)
FIELDS = (
    "contract", "department", "position", "name", "assignee", "planned_start", "planned_end",
    "actual_start", "actual_end", "progress", "status", "not_before",
)  # fmt: skip
#: Tasks that the operation log may speak of.
AUDITED = 20_000


def load_tasks(plan: Plan) -> int:
    """Write `plan.tasks_per_contract` tasks for each of `kept["contracts"]`, and their links."""
    before = Task.objects.aggregate(Max("pk"))["pk__max"] or 0
    rows = insert(Task, FIELDS, _tasks(plan))
    kind = ContentType.objects.get_for_model(Task)
    new = Task.objects.filter(pk__gt=before).order_by("pk")
    plan.kept.setdefault("audited", []).extend(
        (kind, pk, name, contract, department)
        for pk, name, contract, department in new.values_list("pk", "name", "contract_id", "department_id")[
            :AUDITED
        ]
    )
    return rows + insert(TaskDependency, ("predecessor", "successor"), _links(new))


def _tasks(plan: Plan) -> Iterator[tuple[Any, ...]]:
    today, chance = timezone.localdate(), plan.random
    for contract, stage, signed, team in plan.kept["contracts"]:
        start = signed + timedelta(days=chance.randint(1, 10))
        for position in range(plan.tasks_per_contract):
            person, department = chance.choice(team)
            end = start + timedelta(days=chance.randint(2, 14))
            name = NAMES[position % len(NAMES)]
            when = _state(stage, start, end, today)
            yield (contract, department, position, name, person, start, end, *when, start)
            start = end


def _state(stage: str, start: date, end: date, today: date) -> tuple[date | None, date | None, int, str]:
    """(actual start, actual finish, progress, status) of a task in a contract of this stage."""
    if stage in (Stage.ARCHIVED, Stage.CONFIRMED, Stage.DELIVERED) or (
        stage == Stage.RELEASED and end < today
    ):
        return start, end, 100, Status.DONE.value
    if stage == Stage.RELEASED and start <= today:
        return start, None, 40, Status.IN_PROGRESS.value
    return None, None, 0, Status.NOT_STARTED.value


def _links(new: Any) -> Iterator[tuple[int, int]]:
    last = (0, 0)
    for pk, contract in new.values_list("pk", "contract_id").iterator(5000):
        if contract == last[1]:
            yield last[0], pk
        last = (pk, contract)
