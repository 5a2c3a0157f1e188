"""Run by test_arrivals_at_once in a process of its own: several write one purchase at the same instant."""

import sys
from datetime import timedelta
from decimal import Decimal

from tests.side_by_side import play


def supplier_for(cast, name):
    from procurement import services

    return (services.create_supplier(actor=cast["boss"], name=name),)


def bought(cast, supplier, **fields):
    """Ten valves on order."""
    from procurement import services

    item = services.create_item(
        cast.own, actor=cast["buyer"], department=cast.departments["mechanical"], name="灌装阀",
        quantity=Decimal(10), unit="件", **fields,
    )  # fmt: skip
    return services.order_item(item, actor=cast["buyer"], supplier=supplier)


def one_order(cast, supplier):
    from procurement import services
    from procurement.models import ProcurementItem
    from tests.production.plan_at_once import at_once

    item = services.create_item(
        cast.own, actor=cast["buyer"], department=cast.departments["mechanical"], name="灌装阀",
        quantity=Decimal(10), unit="件",
    )  # fmt: skip
    order = lambda _n: services.order_item(item, actor=cast["buyer"], supplier=supplier)  # noqa: E731
    assert at_once(order, order, order) == 2
    assert ProcurementItem.objects.get(pk=item.pk).version == 2


def one_whole_arrival(cast, supplier):
    """Three people enter the same delivery: more than ordered is here only when somebody says so."""
    from procurement import services
    from tests.production.plan_at_once import at_once

    item = bought(cast, supplier)
    arrive = lambda _n: services.record_arrival(item, actor=cast["buyer"], quantity=Decimal(10))  # noqa: E731
    assert at_once(arrive, arrive, arrive) == 2
    assert item.arrivals.count() == 1


def parts_add_up(cast, supplier):
    from procurement import services
    from procurement.models import ProcurementItem
    from tests.production.plan_at_once import at_once

    item = bought(cast, supplier)
    part = lambda _n: services.record_arrival(item, actor=cast["buyer"], quantity=Decimal(1))  # noqa: E731
    assert at_once(part, part, rounds=5) == 0
    row = ProcurementItem.objects.with_arrived().get(pk=item.pk)
    assert (row.status, row.usable) == ("arrived", 10), (row.status, row.usable)


def one_list(cast, supplier):
    """The same bill of materials confirmed three times at once, once from a second reading of it: what was
    shown holds for one of them, nothing is there twice."""
    from procurement.bom.reading import read_paste
    from procurement.bom.services import compared, open_bom, run_bom
    from procurement.models import ProcurementItem
    from tests.production.plan_at_once import at_once

    text = "图号\t名称\t数量\n" + "\n".join(f"ONCE-{n}\t轴 {n}\t{n + 1}" for n in range(30))

    def look():
        return open_bom(cast.own, "清单", text.encode(), lambda: read_paste(text), actor=cast["buyer"])

    lists = [look(), look()]
    shown = [compared(job, cast.own, actor=cast["buyer"]).digest for job in lists]

    def confirm(nth):
        return lambda _n: run_bom(lists[nth], cast.own, actor=cast["buyer"], digest=shown[nth])

    assert at_once(confirm(0), confirm(0), confirm(1)) == 2
    found = ProcurementItem.objects.filter(contract=cast.own, part_number__startswith="ONCE-")
    assert (found.count(), found.values("part_number").distinct().count()) == (30, 30)


def promises_and_plans(cast, supplier):
    """Promises push the task, its plan is moved, its goods arrive: nobody locks the other out."""
    from django.utils import timezone

    from procurement import services
    from procurement.models import PromisedDate
    from production.models import Task
    from production.services import create_task
    from tests.production.plan_at_once import at_once, moved

    start = timezone.localdate() + timedelta(days=10)
    task = create_task(
        cast.own, actor=cast["boss"], name="装配", department=cast.departments["mechanical"],
        planned_start=start, planned_end=start,
    )  # fmt: skip
    item = bought(cast, supplier, task=task)
    at_once(
        lambda n: services.set_promised_date(item, start + timedelta(days=2 + n), actor=cast["buyer"]),
        lambda n: services.set_promised_date(item, start + timedelta(days=9 + n), actor=cast["pm"]),
        lambda _n: moved(task, 1, cast["pm"]),
        lambda _n: services.record_arrival(item, actor=cast["buyer"], quantity=Decimal(1)),
        rounds=4,
    )
    said = list(PromisedDate.objects.filter(item=item).order_by("id").values_list("before", "day"))
    assert [before for before, _day in said[1:]] == [day for _before, day in said[:-1]], said
    assert Task.objects.get(pk=task.pk).planned_start >= start


if __name__ == "__main__":
    sys.exit(
        play(one_order, one_whole_arrival, parts_add_up, one_list, promises_and_plans, given=supplier_for)
    )
