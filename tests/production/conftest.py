"""Tasks to test with."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from production.services import create_task


@pytest.fixture
def make_task(cast):
    """A task of `cast.own`, planned from today for five days, for 小张 of the mechanical department."""

    def make(contract=None, *, who="staff.mech", department="mechanical", days=5, starts_in=0, **fields):
        start = timezone.localdate() + timedelta(days=starts_in)
        return create_task(
            contract or cast.own,
            **{
                "actor": cast["boss"],
                "department": cast.departments[department],
                "name": "机架焊接",
                "planned_start": start,
                "planned_end": start + timedelta(days=days - 1),
                "assignee": cast.people[who] if who else None,
                **fields,
            },
        )

    return make


@pytest.fixture
def task(make_task):
    return make_task()
