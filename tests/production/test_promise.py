"""A delivery date agreed by change order moves the promise that lateness is measured against."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.services import accept_change, apply_change, create_change, release_plan, send_change
from production.impacts import of_change
from production.models import Baseline
from production.tracing import Tracing


@pytest.fixture
def plan(cast, make_task):
    """One task that ends twelve days before the planned delivery."""
    end = cast.own.planned_delivery - timedelta(days=12)
    task = make_task(cast.own, name="总装", planned_start=end - timedelta(days=4), planned_end=end)
    release_plan(cast.own, actor=cast["pm"])
    return task


def agree(cast, day=None, **more):
    order = create_change(
        cast.own, actor=cast["sales"], title="改期", reason="客户", scope="x", new_delivery=day, **more
    )
    send_change(order, actor=cast["boss"])
    accept_change(order, actor=cast["customer.a"])
    return apply_change(order, actor=cast["boss"])


def tracing(cast):
    return Tracing(type(cast.own).objects.get(pk=cast.own.pk), cast["boss"])


def test_the_promise_follows_the_agreed_day_and_the_old_one_is_kept(cast, plan):
    old, new = cast.own.planned_delivery, cast.own.planned_delivery + timedelta(days=20)
    kept = list(Baseline.objects.get().tasks.values_list("planned_end", flat=True))
    order = agree(cast, new)
    baseline = Baseline.objects.get()
    assert (baseline.planned_delivery, order.delivery_before) == (new, old)
    assert [row.planned_delivery for row in baseline.history.order_by("history_id")] == [old, new]
    assert list(baseline.tasks.values_list("planned_end", flat=True)) == kept
    assert new.isoformat() in tracing(cast).verdict


def test_an_earlier_day_makes_late_what_was_in_time(cast, plan):
    assert tracing(cast).late == 0
    agree(cast, plan.planned_end - timedelta(days=7))
    found = tracing(cast)
    assert found.late > 0
    assert found.agreed == found.late  # the plan as agreed ends behind the new day: nobody's delay


def test_a_change_without_a_date_moves_nothing(cast, plan):
    agree(cast)
    assert Baseline.objects.get().version == 1


def test_without_a_released_plan_there_is_no_promise_yet(cast, make_task):
    agree(cast, cast.own.planned_delivery + timedelta(days=3))
    assert not Baseline.objects.exists()


def test_the_impact_names_what_would_end_behind_the_new_day(cast, plan, make_task):
    day = plan.planned_end - timedelta(days=1)
    said = list(of_change(cast.own, cast["pm"], day))
    assert "总装" in said[1]
    assert len(list(of_change(cast.own, cast["pm"], plan.planned_end))) == 1
    assert list(of_change(cast.own, cast["staff.mech"], day)) == []
    assert list(of_change(cast.foreign, cast["boss"], day)) == []
