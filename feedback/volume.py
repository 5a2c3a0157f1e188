"""Bulk data: feedback of delivered contracts, for benchmarks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone

from contracts.models import Contract
from contracts.states import Stage
from erp.roles import Role
from erp.volume import Plan, insert
from feedback.models import Feedback
from feedback.states import Coverage, Kind, Severity, Status
from orgchart.models import User

TITLES = (
    "导轨偏移",
    "传感器误报",
    "气缸漏气",
    "希望增加产品型号",
    "备件交期咨询",
    "触摸屏卡顿",
    "噪声偏大",
    "资料缺页",
)
FIELDS = (
    "contract", "department", "kind", "severity", "title", "text", "reporter", "reported_on", "shared",
    "handler", "status", "clock_from", "due_at", "coverage", "resolved_at", "closed_at",
)  # fmt: skip
AFTER = (Stage.DELIVERED, Stage.CONFIRMED, Stage.ARCHIVED)
#: One in so many delivered contracts has feedback that is not closed.
OPEN_IN = 4


def load_feedback(plan: Plan) -> int:
    """Write two entries for each delivered one of `kept["contracts"]`."""
    return insert(Feedback, FIELDS, _rows(plan))


def _rows(plan: Plan) -> Iterator[tuple[Any, ...]]:
    now, chance = timezone.now(), plan.random
    reporter = User.objects.exclude(role=Role.CUSTOMER).order_by("pk").values_list("pk", flat=True).first()
    wanted = [(pk, stage, team) for pk, stage, _signed, team in plan.kept["contracts"] if stage in AFTER]
    delivered = dict(Contract.objects.filter(stage__in=AFTER).values_list("pk", "delivered_on"))
    for pk, stage, team in wanted:
        for nth in range(2):
            day = (delivered.get(pk) or now.date()) + timedelta(days=chance.randint(0, 60))
            day = min(day, now.date())
            start = now - timedelta(days=(now.date() - day).days)
            person, department = chance.choice(team)
            closed = stage == Stage.ARCHIVED or nth or chance.randrange(OPEN_IN)
            status = Status.CLOSED if closed else chance.choice((Status.NEW, Status.IN_PROGRESS))
            end = start + timedelta(days=3) if closed else None
            title = chance.choice(TITLES)
            yield (
                pk, department, chance.choice(Kind.values), chance.choice(Severity.values), title, title,
                reporter, day, True, person, status.value, start, start + timedelta(days=3),
                Coverage.WARRANTY.value, end, end,
            )  # fmt: skip
