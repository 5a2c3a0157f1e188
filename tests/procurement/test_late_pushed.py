"""What is late stays late when it pushed its task: measured against the plan as agreed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from contracts.services import release_plan
from notifications.models import Rules
from procurement import card, nudging, services, tiles
from procurement.filters import ItemFilter
from procurement.late import LateFilter, late_items, late_rows, lines
from procurement.models import ProcurementItem
from production.models import Task
from tests.contracts.test_query_counts import queries
from tests.procurement.conftest import ago, ahead

LATE = "/procurement/late/"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def agreed(cast, task):
    """The plan as agreed: the task starts in ten days."""
    cast.own.refresh_from_db()
    release_plan(cast.own, actor=cast["pm"])
    return Task.objects.get(pk=task.pk).planned_start


@pytest.fixture
def pushed(cast, make_item, supplier, task, agreed):
    """A valve that comes sixteen days from now: the manager entered it, so the plan moved at once."""
    item = make_item(task=task, name="推后的阀")
    item = services.order_item(item, actor=cast["buyer"], supplier=supplier, promised_on=ahead(8))
    item = services.set_promised_date(item, ahead(16), actor=cast["pm"], reason="缺料")
    task.refresh_from_db()
    assert task.planned_start >= ahead(16)
    return item


def of(cast, **asked):
    return [item.name for item in late_items(cast["buyer"], LateFilter(**asked))]


def test_an_item_that_pushed_its_task_is_still_late(cast, pushed, agreed, task):
    (row,) = late_rows(late_items(cast["buyer"]).with_arrived())
    assert row.days == (ahead(16) - agreed).days
    assert row.needed == row_day(agreed)
    assert (row.plan, row.plan_late) == (row_day(task.planned_start), "")


def row_day(day):
    from erp.dates import short_day

    return short_day(day)


def test_list_figure_filter_card_and_reminder_say_the_same(cast, sign_in, pushed, make_item):
    make_item(need_by=ahead(30), name="来得及")
    buyer = cast["buyer"]
    assert of(cast) == ["推后的阀"]
    assert tiles.risk(buyer).count == card.late(buyer).count == 1
    assert [p.text for p in card.late(buyer).points] == [f"HT-OWN-1 {pushed}: {pushed.days_late()} days late"]
    assert [i.name for i in ItemFilter(status="late").narrow(ProcurementItem.objects.all())] == ["推后的阀"]
    assert "推后的阀" in card.risks(buyer, [cast.own])[cast.own.pk]
    text = sign_in("buyer").get("/procurement/?status=late").content.decode()
    assert "推后的阀" in text
    assert "来得及" not in text


def test_whoever_asks_what_still_hurts_sees_what_is_late_for_todays_plan_only(cast, pushed, make_item):
    make_item(need_by=ago(2), name="没下单")
    assert of(cast, kind="plan") == ["没下单"]
    assert sorted(of(cast, kind="ahead")) == ["推后的阀"]


def test_a_day_of_its_own_counts_whatever_the_plan_does(cast, make_item, supplier, task, agreed):
    item = make_item(task=task, name="自有日期", need_by=ahead(5))
    services.order_item(item, actor=cast["buyer"], supplier=supplier, promised_on=ahead(7))
    (row,) = late_rows(late_items(cast["buyer"]).with_arrived())
    assert (row.days, row.needed, row.plan) == (2, row_day(ahead(5)), "")


def test_a_task_pulled_forward_needs_its_material_by_then(cast, make_item, supplier, task, agreed):
    item = make_item(task=task, name="提前")
    services.order_item(item, actor=cast["buyer"], supplier=supplier, promised_on=agreed)
    assert of(cast) == []
    Task.objects.filter(pk=task.pk).update(planned_start=agreed - timedelta(days=3))
    assert of(cast, kind="plan") == ["提前"]
    assert ProcurementItem.objects.get(pk=item.pk).days_late() == 3


def test_what_arrives_or_comes_in_time_after_all_leaves_the_list(cast, pushed):
    services.set_promised_date(pushed, ahead(9), actor=cast["buyer"])
    assert of(cast) == []
    services.set_promised_date(pushed, ahead(20), actor=cast["buyer"])
    assert of(cast) == ["推后的阀"]
    services.record_arrival(pushed, actor=cast["buyer"])
    assert of(cast) == []


def test_a_promise_gone_by_is_late_although_nobody_needs_it_yet(cast, make_item, supplier, task, agreed):
    item = make_item(task=task, name="失约")
    services.order_item(item, actor=cast["buyer"], supplier=supplier, promised_on=ago(1), ordered_on=ago(9))
    assert of(cast) == of(cast, kind="past") == of(cast, kind="plan") == ["失约"]


def test_whoever_is_reminded_finds_it_in_the_list(cast, make_item, supplier, task, agreed, time_machine):
    for name, promised in (("失约", 1), ("准时", 9), ("无日期", None)):
        item = make_item(task=task, name=name)
        day = ahead(promised) if promised else None
        services.order_item(item, actor=cast["buyer"], supplier=supplier, promised_on=day)
    make_item(task=task, name="未下单")
    time_machine.move_to(timezone.now() + timedelta(days=20))
    today, there = timezone.localdate(), set(of(cast))
    told = {
        matter.target.name
        for round_ in (nudging.late, nudging.unpromised, nudging.unordered)
        for matter in round_(today, Rules())
    }
    assert told == there == {"失约", "准时", "无日期", "未下单"}


def test_a_later_promise_that_only_follows_the_pushed_plan_is_still_told_as_too_late(cast, pushed, told):
    """The task starts when it comes; it was to come for the plan as agreed."""
    services.set_promised_date(pushed, ahead(15), actor=cast["buyer"], reason="早一天")
    assert "pm" in told("purchase_promise_late")


@pytest.fixture
def told(cast):
    from notifications.models import Message

    def told(event):
        rows = Message.objects.filter(event=event).values_list("recipient__username", flat=True)
        return sorted(set(rows))

    return told


def test_page_and_export_show_the_day_agreed_and_todays(cast, sign_in, pushed, agreed, task):
    text = sign_in("buyer").get(LATE).content.decode()
    for word in (agreed.isoformat(), task.planned_start.isoformat(), "按现计划", "赶得上"):
        assert word in text
    (line,) = lines(late_items(cast["buyer"]))
    assert (row_day(agreed), row_day(task.planned_start)) == (line[6], line[7])
    page = sign_in("buyer").get(f"/procurement/{pushed.pk}/").content.decode()
    assert agreed.isoformat() in page
    assert "按现计划" in page


def test_the_list_costs_the_same_for_three_pushed_items(cast, sign_in, pushed, make_item, supplier, task):
    client = sign_in("buyer")
    queries(client, LATE)
    few = queries(client, LATE)
    for n in range(2):
        item = make_item(task=task, name=f"又一件 {n}")
        services.order_item(item, actor=cast["buyer"], supplier=supplier, promised_on=ahead(30))
    assert queries(client, LATE) == few <= 12
