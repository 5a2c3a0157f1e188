"""Bulk data: suppliers, and purchases of every new contract over all states."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils import timezone

from contracts.models import Currency
from contracts.states import Stage
from erp.volume import Plan, insert
from procurement.models import Arrival, ProcurementItem, Supplier
from procurement.models.item import part_key
from procurement.states import Status
from production.models import Task

PARTS = (
    ("GZF-DN25", "灌装阀", "件"), ("SS304-40", "不锈钢方管", "米"), ("S7-1214C", "PLC 主机", "台"),
    ("NXB-63", "小型断路器", "个"), ("E3Z-D62", "光电传感器", "个"), ("M8X30-A2", "内六角螺栓", "个"),
    ("CR-10-5", "立式多级泵", "台"), ("YX3-112M", "三相异步电机", "台"),
)  # fmt: skip
SUPPLIERS = 60
FIELDS = (
    "contract", "department", "task", "requested_by", "part_number", "part_key", "name", "quantity", "unit",
    "price", "currency", "supplier", "ordered_on", "promised_on", "status",
)  # fmt: skip
ARRIVAL_FIELDS = ("item", "quantity", "unit", "arrived_on", "receiver", "defective_quantity")


def load_purchases(plan: Plan) -> int:
    """Write one item for every task of each of `kept["contracts"]`, and what arrived."""
    first = Supplier.objects.count()
    names = ((f"供应商 {first + n:04}", 5 + n % 30) for n in range(SUPPLIERS))
    rows = insert(Supplier, ("name", "lead_days"), names)
    before = ProcurementItem.objects.aggregate(Max("pk"))["pk__max"] or 0
    rows += insert(ProcurementItem, FIELDS, _items(plan))
    new = ProcurementItem.objects.filter(pk__gt=before, status=Status.ARRIVED).order_by("pk")
    return rows + insert(Arrival, ARRIVAL_FIELDS, _arrivals(new))


def _items(plan: Plan) -> Iterator[tuple[Any, ...]]:
    suppliers = list(Supplier.objects.order_by("-pk").values_list("pk", flat=True)[:SUPPLIERS])
    today, chance = timezone.localdate(), plan.random
    stages = {contract: (stage, team) for contract, stage, _signed, team in plan.kept["contracts"]}
    tasks = Task.objects.filter(contract__gte=min(stages, default=0)).order_by("pk")
    names = ("pk", "contract_id", "department_id", "planned_start")
    for place, (task, contract, department, start) in enumerate(tasks.values_list(*names).iterator(5000)):
        if contract not in stages:
            continue
        stage, team = stages[contract]
        number, name, unit = PARTS[place % len(PARTS)]
        person = chance.choice(team)[0]
        supplier, (ordered, promised, status) = chance.choice(suppliers), _state(stage, start, today, place)
        quantity, price = Decimal(chance.randint(1, 200)), Decimal(chance.randint(100, 900_000)) / 100
        yield (
            contract, department, task, person, number, part_key(number), name, quantity, unit,
            price if ordered else None, Currency.CNY.value, supplier if ordered else None, ordered, promised,
            status,
        )  # fmt: skip


def _state(stage: str, start: date, today: date, place: int) -> tuple[date | None, date | None, str]:
    """(ordered on, promised for, status) of what a task that starts then needs."""
    due = start - timedelta(days=3)
    ordered = due - timedelta(days=25)
    if stage in (Stage.ARCHIVED, Stage.CONFIRMED, Stage.DELIVERED) or due < today - timedelta(days=5):
        return ordered, due, Status.ARRIVED.value
    if stage == Stage.RELEASED and ordered <= today:
        return ordered, due, (Status.ORDERED.value, Status.IN_TRANSIT.value)[place % 2]
    return None, None, Status.PLANNED.value


def _arrivals(new: Any) -> Iterator[tuple[Any, ...]]:
    rows = new.values_list("pk", "quantity", "unit", "promised_on", "requested_by_id")
    for nth, (item, quantity, unit, promised, person) in enumerate(rows.iterator(5000)):
        yield item, quantity, unit, promised + timedelta(days=nth % 5 - 2), person, Decimal(0)
