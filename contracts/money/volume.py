"""Bulk payment plans: three parts a contract, received as far as its life has come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils import timezone

from contracts.models import Payment, PaymentMilestone
from contracts.money.states import Kind, On
from contracts.states import Stage
from erp.volume import Plan, insert

PARTS = (
    ("预付款", Kind.DEPOSIT, 30, On.SIGNED, 0, 7),
    ("发货款", Kind.SHIPMENT, 60, On.DELIVERED, 0, 7),
    ("质保金", Kind.RETENTION, 10, On.DELIVERED, 12, 0),
)
#: How many parts came in by stage.
CAME = {Stage.ARCHIVED: 3, Stage.CONFIRMED: 2, Stage.DELIVERED: 1, Stage.RELEASED: 1}


def load_money(plan: Plan) -> int:
    """After the contracts: what `plan.kept["contracts"]` names gets its plan and receipts."""
    before = PaymentMilestone.objects.aggregate(Max("pk"))["pk__max"] or 0
    rows = [
        (pk, title, kind.value, Decimal(percent), event.value, months, days)
        for pk, _stage, _signed, _team in plan.kept["contracts"]
        for title, kind, percent, event, months, days in PARTS
    ]
    names = ("contract", "title", "kind", "percent", "event", "offset_months", "offset_days")
    count = insert(PaymentMilestone, names, rows)
    ids = (
        PaymentMilestone.objects.filter(pk__gt=before)
        .order_by("pk")
        .values_list("pk", "contract__deal_amount", "percent")
    )
    return count + insert(Payment, ("milestone", "amount", "received_on"), _receipts(plan, list(ids)))


def _receipts(plan: Plan, milestones: list[Any]) -> Iterator[tuple[Any, ...]]:
    """One contract of ten is behind with its last payment."""
    today = timezone.localdate()
    for nth, (_pk, stage, signed, _team) in enumerate(plan.kept["contracts"]):
        mine = milestones[nth * len(PARTS) : (nth + 1) * len(PARTS)]
        came = CAME.get(Stage(stage), 0) - (plan.random.random() < 0.1)
        for milestone, deal, percent in mine[: max(came, 0)]:
            day = min(signed + timedelta(days=plan.random.randint(5, 200)), today)
            yield milestone, deal * percent / 100, day
