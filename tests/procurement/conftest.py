"""Purchases to test with."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from procurement import services
from production.services import create_task


def ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def ahead(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


@pytest.fixture
def supplier(cast):
    return services.create_supplier(actor=cast["buyer"], name="苏州阀门有限公司", lead_days=20)


@pytest.fixture
def make_item(cast):
    """An item of `cast.own` that the mechanical department needs, requested by 李机械."""

    def make(contract=None, *, actor="leader.mech", department="mechanical", **fields):
        return services.create_item(
            contract or cast.own,
            **{
                "actor": cast[actor],
                "department": cast.departments[department],
                "name": "灌装阀",
                "part_number": "FV-100",
                "quantity": Decimal(10),
                "unit": "件",
                **fields,
            },
        )

    return make


@pytest.fixture
def item(make_item):
    return make_item()


@pytest.fixture
def ordered(cast, item, supplier):
    """Ten valves, ordered a week ago at 850 yuan."""
    return services.order_item(
        item, actor=cast["buyer"], supplier=supplier, price=Decimal(850), ordered_on=ago(7)
    )


@pytest.fixture
def task(cast):
    """A task of the mechanical department that starts in ten days."""
    start = timezone.localdate() + timedelta(days=10)
    return create_task(
        cast.own,
        actor=cast["boss"],
        department=cast.departments["mechanical"],
        name="阀组装配",
        planned_start=start,
        planned_end=start + timedelta(days=4),
        assignee=cast.people["staff.mech"],
    )
