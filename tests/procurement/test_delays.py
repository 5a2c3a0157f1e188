"""Late purchases in the trace of a late contract: worked examples on real rows, March 2026 (the 2nd is a
Monday). Design 2–6, then build 9–13 and, beside it, wire 9–10; test on the 16th waits for both."""

from __future__ import annotations

from decimal import Decimal

import pytest

from procurement import services
from production.models import PlanChange, Task
from production.services import link_tasks
from production.tracing import Tracing
from tests.contracts.test_query_counts import queries
from tests.production.conftest import make_task, task
from tests.production.test_tracing import do, march, plan

__all__ = ["do", "make_task", "plan", "task"]


@pytest.fixture
def buy(cast, plan, supplier, time_machine):
    """An item for a task, ordered on the 2nd and promised for a day, by the purchaser."""

    def deed(name: str, promised: int, **fields):
        item = services.create_item(
            cast.own,
            actor=cast["buyer"],
            task=plan[name],
            name="灌装阀",
            quantity=Decimal(4),
            unit="件",
            **fields,
        )
        return services.order_item(
            item, actor=cast["buyer"], supplier=supplier, ordered_on=march(2), promised_on=march(promised)
        )

    return deed


@pytest.fixture
def on(time_machine):
    def move(day: int):
        time_machine.move_to(f"2026-03-{day:02} 10:00:00+08:00")

    return move


def trace(cast, who="boss"):
    return Tracing(type(cast.own).objects.get(pk=cast.own.pk), cast[who])


def causes(tracing):
    return {(line.kind, line.label, line.task): float(line.days) for line in tracing.lines}


def arrive(cast, item, **fields):
    return services.record_arrival(item, actor=cast["buyer"], **fields)


LATE = "逾期到货"


def test_three_days_late_with_five_days_of_float_is_no_cause(cast, buy, plan, do, on, make_task):
    """Ducts 9–10 March (two days) beside build until the 17th: five days of float, three of them eaten."""
    Task.objects.filter(pk=plan["build"].pk).update(planned_end=march(17))
    Task.objects.filter(pk=plan["test"].pk).update(planned_start=march(18), planned_end=march(18))
    type(cast.own).objects.filter(pk=cast.own.pk).update(planned_delivery=march(18))
    from production.models import Baseline, BaselineTask

    Baseline.objects.update(planned_delivery=march(18))
    BaselineTask.objects.filter(task=plan["build"]).update(planned_end=march(17))
    BaselineTask.objects.filter(task=plan["test"]).update(planned_start=march(18), planned_end=march(18))
    item = buy("wire", 9)
    for name, verb, day in (("design", "start", 2), ("design", "finish", 6), ("build", "start", 9)):
        do(name, verb, day)
    on(12)
    arrive(cast, item)
    for name, verb, day in (
        ("wire", "start", 12),
        ("wire", "finish", 13),
        ("build", "finish", 17),
        ("test", "start", 18),
        ("test", "finish", 18),
    ):
        do(name, verb, day)
    found = trace(cast)
    assert found.late == 0
    assert causes(found) == {}


def test_an_item_that_pushes_its_task_is_blamed_with_its_share(cast, buy, plan, do, on):
    """The valve for build comes on Thursday the 12th instead of the 9th: three days; build then takes a
    day longer than planned: one day. Three quarters are the purchase's."""
    item = buy("build", 9)
    do("design", "start", 2)
    do("design", "finish", 6)
    on(12)
    arrive(cast, item)
    do("build", "start", 12)
    do("wire", "start", 12)
    do("wire", "finish", 13)
    do("build", "finish", 19)
    do("test", "start", 20)
    do("test", "finish", 20)
    found = trace(cast)
    assert float(found.late) == 4
    lines = {(line.kind, line.task): line for line in found.lines}
    line = lines[LATE, plan["build"].name]
    assert (float(line.days), line.percent, line.label) == (3, 75, "灌装阀")
    assert line.url == item.get_absolute_url()
    assert sum(float(line.days) for line in found.lines) == 4


def test_what_is_eaten_of_the_float_is_not_blamed(cast, buy, plan, do, on):
    """Wire has three days of float; its sensors come five working days late: two days are theirs."""
    item = buy("wire", 9)
    for name, verb, day in (
        ("design", "start", 2),
        ("design", "finish", 6),
        ("build", "start", 9),
        ("build", "finish", 13),
    ):
        do(name, verb, day)
    on(16)
    arrive(cast, item)
    do("wire", "start", 16)
    do("wire", "finish", 17)
    do("test", "start", 18)
    do("test", "finish", 18)
    found = trace(cast)
    assert float(found.late) == 2
    assert causes(found) == {(LATE, "灌装阀", plan["wire"].name): 2}


def test_a_promise_moved_beyond_the_start_belongs_to_the_purchase_not_to_the_plan(cast, buy, plan, do, on):
    """The manager enters a later promise, so the plan moves at once; the purchase answers for it."""
    item = buy("build", 9)
    do("design", "start", 2)
    on(4)
    services.set_promised_date(item, march(11), actor=cast["pm"], reason="缺料")
    assert PlanChange.objects.get().state == "applied"
    found = trace(cast)
    assert causes(found) == {(LATE, "灌装阀", plan["build"].name): 2}


def test_what_is_still_missing_counts_until_today(cast, buy, plan, do, on):
    buy("build", 9)
    do("design", "start", 2)
    do("design", "finish", 6)
    on(11)
    found = trace(cast)
    assert causes(found)[LATE, "灌装阀", plan["build"].name] == 2


def test_a_part_that_is_no_good_keeps_the_task_waiting(cast, buy, plan, do, on):
    """Four valves in time, one of them scratched: its replacement comes on the 11th."""
    item = buy("build", 9)
    do("design", "start", 2)
    do("design", "finish", 6)
    on(9)
    arrive(cast, item, defect="划伤", defective_quantity=Decimal(1))
    on(11)
    arrive(cast, item)
    do("build", "start", 11)
    assert causes(trace(cast))[LATE, "灌装阀", plan["build"].name] == 2


def test_settled_in_time_and_cancelled_blame_nobody(cast, buy, plan, do, on):
    in_time, dropped = buy("build", 9), buy("wire", 9)
    on(6)
    arrive(cast, in_time)
    services.cancel_item(dropped, actor=cast["buyer"], reason="改方案")
    do("design", "start", 6)
    assert all(kind != LATE for kind, _label, _task in causes(trace(cast)))


def test_who_may_not_see_the_item_learns_that_a_purchase_was_late_not_which(cast, buy, plan, do, on):
    """Sales reads all tasks and no purchases."""
    buy("build", 9)
    do("design", "start", 2)
    do("design", "finish", 6)
    on(11)
    line = next(line for line in trace(cast, "sales").lines if line.kind == LATE)
    assert (line.label, line.url, float(line.days)) == ("", "", 2)


def test_the_day_of_its_own_says_since_when_it_is_missing(cast, buy, plan, do, on):
    """Needed on the 5th for incoming inspection, come on the 9th: the task was not held up by it."""
    item = buy("build", 5, need_by=march(5))
    do("design", "start", 2)
    do("design", "finish", 6)
    on(9)
    arrive(cast, item)
    do("build", "start", 9)
    assert causes(trace(cast)) == {}


def test_linked_tasks_share_the_blame_once(cast, buy, plan, do, on):
    """Two items of one task, both late: the second only for what it adds."""
    first, second = buy("build", 9), buy("build", 9)
    link_tasks(plan["design"], plan["test"], actor=cast["boss"])
    do("design", "start", 2)
    do("design", "finish", 6)
    on(10)
    arrive(cast, first)
    on(12)
    arrive(cast, second)
    do("build", "start", 12)
    found = trace(cast)
    assert sum(float(line.days) for line in found.lines if line.kind == LATE) == 3


def test_the_causes_cost_as_much_for_three_late_items_as_for_one(cast, buy, plan, on, sign_in):
    services.set_promised_date(buy("build", 9), march(12), actor=cast["buyer"])
    on(11)
    client, url = sign_in("pm"), f"/contracts/{cast.own.pk}/why-late/"
    few = queries(client, url)
    for name in ("wire", "test"):
        services.set_promised_date(buy(name, 9), march(12), actor=cast["buyer"])
    assert queries(client, url) == few <= 18
