"""Every deed on a purchase: goes, is refused, is told, and what follows from it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from contracts.models import Contract
from erp.models import LogEntry
from erp.workflow import Blocked, Stale
from notifications.models import Message
from procurement import services
from procurement.models import Arrival, ProcurementItem, PromisedDate
from procurement.services import Came, Order, Unconfirmed
from procurement.states import LIFE, Status
from production.models import PlanChange
from tests.procurement.conftest import ago


def stored(item):
    return ProcurementItem.objects.get(pk=item.pk)


def told(event):
    return sorted(Message.objects.filter(event=event).values_list("recipient__username", flat=True))


# --- requests -------------------------------------------------------------------------------------


def test_a_leader_requests_for_the_own_department(cast, item):
    assert (item.status, item.requested_by, item.currency) == (
        "planned", cast.people["leader.mech"], "CNY",
    )  # fmt: skip
    assert item.part_key == "FV-100"
    assert told("purchase_requested") == ["buyer"]
    entry = LogEntry.objects.get(verb="request_item")
    assert (entry.contract_id, entry.department_id) == (cast.own.pk, cast.departments["mechanical"].pk)


def test_many_requests_are_one_message(cast):
    rows = [
        {
            "name": f"螺栓 M{n}",
            "quantity": Decimal(n),
            "unit": "个",
            "department": cast.departments["mechanical"],
        }
        for n in (6, 8, 10)
    ]
    items = services.create_items(cast.own, rows, actor=cast["leader.mech"])
    message = Message.objects.get(event="purchase_requested")
    assert (len(items), message.params["n"]) == (3, "3")


@pytest.mark.parametrize(
    ("who", "department"),
    [
        ("leader.mech", "electrical"), ("staff.mech", "mechanical"), ("sales", "mechanical"),
        ("qc", "quality"), ("outsider", "mechanical"), ("ex-member", "mechanical"),
        ("customer.a", "mechanical"),
    ],
)  # fmt: skip
def test_nobody_else_requests(cast, make_item, who, department):
    with pytest.raises(PermissionDenied):
        make_item(actor=who, department=department)
    assert not ProcurementItem.objects.exists()


@pytest.mark.parametrize("who", ["boss", "admin", "pm", "buyer"])
def test_whoever_manages_purchases_requests_for_every_department(make_item, who):
    assert make_item(actor=who, department="electrical").pk


def test_a_leader_sets_neither_supplier_nor_price(cast, make_item, supplier):
    for fields in ({"supplier": supplier}, {"price": Decimal(1)}):
        with pytest.raises(PermissionDenied):
            make_item(**fields)
    with pytest.raises(PermissionDenied):
        make_item(actor="pm", price=Decimal(1))


@pytest.mark.parametrize(
    "fields",
    [
        {"quantity": Decimal(0)}, {"quantity": Decimal(-1)}, {"quantity": Decimal("NaN")},
        {"quantity": Decimal("Infinity")}, {"quantity": Decimal("1e309")}, {"quantity": Decimal("0.0001")},
        {"quantity": Decimal("123456789012")}, {"name": " "}, {"name": "名" * 201}, {"unit": ""},
        {"unit": "件" * 21}, {"part_number": "9" * 81}, {"need_by": date(1999, 12, 31)},
        {"need_by": date(2101, 1, 1)},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(make_item, fields):
    with pytest.raises(ValidationError):
        make_item(**fields)
    assert not ProcurementItem.objects.exists()


def test_without_department_and_task_nobody_needs_it(cast):
    with pytest.raises(ValidationError):
        services.create_item(cast.own, actor=cast["buyer"], name="阀", quantity=Decimal(1), unit="件")


def test_a_task_of_another_contract_is_refused(cast, make_item, task):
    with pytest.raises(ValidationError):
        make_item(cast.foreign, actor="boss", task=task)


def test_the_task_names_the_department(cast, task):
    item = services.create_item(
        cast.own, actor=cast["leader.mech"], task=task, name="密封圈", quantity=Decimal(2), unit="件"
    )
    assert (item.department, item.needed_on) == (task.department, task.planned_start)


def test_nothing_is_requested_in_a_frozen_contract(cast, make_item):
    with pytest.raises(Blocked):
        make_item(cast.archived, actor="boss")


# --- corrections ------------------------------------------------------------------------------------


def test_a_leader_corrects_the_request_until_it_is_ordered(cast, item, supplier):
    services.edit_item(item, actor=cast["leader.mech"], version=1, quantity=Decimal(12), part_number="fv 200")
    assert (stored(item).quantity, stored(item).part_key) == (Decimal(12), "FV200")
    services.order_item(item, actor=cast["buyer"], supplier=supplier)
    with pytest.raises(PermissionDenied):
        services.edit_item(item, actor=cast["leader.mech"], quantity=Decimal(13))


def test_who_saw_an_older_version_is_told(cast, item):
    services.edit_item(item, actor=cast["buyer"], version=1, name="灌装阀 A")
    with pytest.raises(Stale):
        services.edit_item(item, actor=cast["buyer"], version=1, name="灌装阀 B")


def test_a_leader_moves_nothing_to_other_departments(cast, item):
    with pytest.raises(PermissionDenied):
        services.edit_item(item, actor=cast["leader.mech"], department=cast.departments["electrical"])


def test_what_is_ordered_keeps_a_supplier(cast, ordered):
    with pytest.raises(ValidationError):
        services.edit_item(ordered, actor=cast["buyer"], supplier=None)


def test_prices_are_changed_only_by_who_reads_them(cast, ordered):
    with pytest.raises(PermissionDenied):
        services.edit_item(ordered, actor=cast["pm"], price=Decimal(1))
    services.edit_item(ordered, actor=cast["pm"], note="加急")
    assert stored(ordered).price == 850


def test_a_quantity_below_what_is_here_wants_a_word(cast, ordered):
    services.record_arrival(ordered, actor=cast["buyer"], quantity=Decimal(6))
    with pytest.raises(Unconfirmed):
        services.edit_item(ordered, actor=cast["buyer"], quantity=Decimal(5))
    services.edit_item(ordered, actor=cast["buyer"], quantity=Decimal(6))
    assert stored(ordered).status == "arrived"
    services.edit_item(ordered, actor=cast["buyer"], quantity=Decimal(8))
    assert stored(ordered).status == "partially_arrived"


# --- orders -------------------------------------------------------------------------------------------


def test_an_order_starts_the_contract_and_tells_the_requester(cast, ordered, supplier):
    assert (ordered.status, ordered.supplier, ordered.price, ordered.ordered_on) == (
        "ordered", supplier, 850, ago(7),
    )  # fmt: skip
    assert ordered.total == Decimal("8500.00")
    assert Contract.objects.get(pk=cast.own.pk).status == "processing"
    assert told("purchase_ordered") == ["leader.mech"]


def test_many_orders_are_one_message(cast, make_item, supplier):
    orders = [Order(make_item(name=f"阀 {n}"), supplier) for n in range(3)]
    services.order_items(orders, actor=cast["buyer"])
    assert Message.objects.get(event="purchase_ordered").params["n"] == "3"


def test_orders_are_made_all_or_none(cast, make_item, supplier):
    good, bad = make_item(), make_item()
    services.cancel_item(bad, actor=cast["buyer"], reason="不要了")
    with pytest.raises(Blocked):
        services.order_items([Order(good, supplier), Order(bad, supplier)], actor=cast["buyer"])
    assert stored(good).status == "planned"


def test_no_order_without_an_active_supplier(cast, item, supplier):
    with pytest.raises(Blocked):
        services.order_item(item, actor=cast["buyer"])
    supplier = services.edit_supplier(supplier, actor=cast["buyer"], active=False)
    with pytest.raises(Blocked):
        services.order_item(item, actor=cast["buyer"], supplier=supplier)


@pytest.mark.parametrize(
    "who", ["leader.mech", "staff.mech", "sales", "qc", "service", "outsider", "customer.a"]
)
def test_nobody_else_orders(cast, item, supplier, who):
    with pytest.raises(PermissionDenied):
        services.order_item(item, actor=cast[who], supplier=supplier)


def test_a_manager_who_reads_no_prices_orders_without_one(cast, item, supplier):
    with pytest.raises(PermissionDenied):
        services.order_item(item, actor=cast["pm"], supplier=supplier, price=Decimal(1))
    assert services.order_item(item, actor=cast["pm"], supplier=supplier).price is None


def test_an_order_cannot_lie_in_the_future(cast, item, supplier):
    with pytest.raises(Blocked):
        services.order_item(item, actor=cast["buyer"], supplier=supplier, ordered_on=ago(-1))


def test_shipping(cast, ordered):
    with pytest.raises(ValidationError):
        services.ship_item(ordered, actor=cast["buyer"], shipped_on=ago(8))
    item = services.ship_item(ordered, actor=cast["buyer"], waybill="SF 123")
    assert (item.status, item.shipped_on, item.waybill) == ("in_transit", timezone.localdate(), "SF 123")


# --- promises -----------------------------------------------------------------------------------------


def test_promises_are_kept_one_by_one(cast, ordered):
    first, second = ago(-5), ago(-9)
    services.set_promised_date(ordered, first, actor=cast["buyer"])
    services.set_promised_date(ordered, second, actor=cast["buyer"], reason="铸件返工")
    services.set_promised_date(ordered, second, actor=cast["buyer"])
    rows = list(PromisedDate.objects.values_list("before", "day", "reason"))
    assert rows == [(None, first, ""), (first, second, "铸件返工")]
    assert stored(ordered).promised_on == second
    assert told("purchase_promised") == ["leader.mech", "leader.mech"]


def test_a_promise_after_the_start_pushes_the_task(cast, make_item, task, supplier):
    item = make_item(task=task)
    day = task.planned_start + timedelta(days=7)
    services.order_item(item, actor=cast["buyer"], supplier=supplier, promised_on=day)
    change = PlanChange.objects.get()
    task.refresh_from_db()
    assert (change.cause, change.state) == ("supplier", "applied")
    assert task.planned_start >= day
    assert "灌装阀" not in change.note


def test_the_task_waits_for_the_last_of_its_items(cast, make_item, task, supplier):
    late, soon = (make_item(task=task, name=name) for name in ("阀体", "阀芯"))
    day = task.planned_start + timedelta(days=30)
    services.order_item(late, actor=cast["buyer"], supplier=supplier, promised_on=day)
    services.order_item(soon, actor=cast["buyer"], supplier=supplier)
    services.set_promised_date(soon, task.planned_start + timedelta(days=2), actor=cast["buyer"])
    task.refresh_from_db()
    waiting = PlanChange.objects.filter(state="proposed")
    assert task.planned_start >= day or waiting.get().asked["edits"]


@pytest.mark.parametrize("deed", ["arrive", "cancel"])
def test_a_waiting_proposal_goes_when_the_material_is_no_longer_awaited(
    cast, make_item, task, supplier, deed
):
    item = make_item(task=task)
    day = task.planned_start + timedelta(days=200)
    services.order_item(item, actor=cast["buyer"], supplier=supplier, promised_on=day)
    assert PlanChange.objects.filter(state="proposed").count() == 1
    if deed == "arrive":
        services.record_arrival(stored(item), actor=cast["buyer"], quantity=Decimal(1))
        assert PlanChange.objects.filter(state="proposed").count() == 1
        services.record_arrival(stored(item), actor=cast["buyer"])
    else:
        services.cancel_item(stored(item), actor=cast["buyer"], reason="改型")
    assert not PlanChange.objects.filter(state="proposed").exists()


def test_a_promise_too_late_is_told_to_all_who_must_act(cast, make_item, supplier):
    item = make_item(need_by=ago(-3))
    services.order_item(item, actor=cast["buyer"], supplier=supplier)
    services.set_promised_date(item, ago(-10), actor=cast["buyer"], reason="缺料")
    assert told("purchase_promise_late") == ["leader.mech", "pm"]


def test_nothing_is_promised_of_what_is_not_ordered(cast, item):
    with pytest.raises(Blocked):
        services.set_promised_date(item, ago(-3), actor=cast["buyer"])


@pytest.mark.parametrize("day", [date(1999, 1, 1), date(2101, 1, 1), ago(30)])
def test_an_impossible_promise_is_refused(cast, ordered, day):
    with pytest.raises(ValidationError):
        services.set_promised_date(ordered, day, actor=cast["buyer"])
    assert not PromisedDate.objects.exists()


# --- arrivals -----------------------------------------------------------------------------------------


def test_arrivals_in_parts(cast, ordered):
    services.ship_item(ordered, actor=cast["buyer"])
    services.record_arrival(ordered, actor=cast["buyer"], quantity=Decimal("4.5"), note="第一批")
    assert stored(ordered).status == "partially_arrived"
    last = services.record_arrival(ordered, actor=cast["buyer"])
    assert (last.quantity, last.receiver, last.unit) == (Decimal("5.5"), cast.people["buyer"], "件")
    assert stored(ordered).status == "arrived"
    assert told("purchase_arrived") == ["leader.mech", "leader.mech"]


def test_more_than_ordered_wants_a_word(cast, ordered):
    with pytest.raises(Unconfirmed):
        services.record_arrival(ordered, actor=cast["buyer"], quantity=Decimal(11))
    assert not Arrival.objects.exists()
    services.record_arrival(ordered, actor=cast["buyer"], quantity=Decimal(11), confirmed=True)
    assert stored(ordered).status == "arrived"


def test_another_unit_wants_a_word(cast, ordered):
    with pytest.raises(Unconfirmed):
        services.record_arrival(ordered, actor=cast["buyer"], quantity=Decimal(1), unit="箱")
    services.record_arrival(ordered, actor=cast["buyer"], quantity=Decimal(1), unit="箱", confirmed=True)
    assert Arrival.objects.get().unit == "箱"


def test_defective_goods_are_not_here(cast, ordered):
    services.record_arrival(
        ordered, actor=cast["buyer"], quantity=Decimal(10), defect="密封面划伤", defective_quantity=Decimal(2)
    )
    assert stored(ordered).status == "partially_arrived"
    assert told("purchase_defective") == ["leader.mech", "pm"]
    services.record_arrival(ordered, actor=cast["buyer"], quantity=Decimal(2), note="补货")
    assert stored(ordered).status == "arrived"


@pytest.mark.parametrize(
    "fields",
    [
        {"quantity": Decimal(0)}, {"quantity": Decimal(-3)}, {"quantity": Decimal("NaN")},
        {"quantity": Decimal("1.2345")},
        {"quantity": Decimal(1), "defective_quantity": Decimal(2), "defect": "坏"},
        {"quantity": Decimal(2), "defective_quantity": Decimal(1)},
        {"quantity": Decimal(2), "defective_quantity": Decimal(-1), "defect": "坏"},
        {"quantity": Decimal(1), "arrived_on": ago(30)}, {"quantity": Decimal(1), "note": "字" * 301},
    ],
)  # fmt: skip
def test_an_impossible_arrival_is_refused(cast, ordered, fields):
    with pytest.raises(ValidationError):
        services.record_arrival(ordered, actor=cast["buyer"], confirmed=True, **fields)
    assert (stored(ordered).status, Arrival.objects.count()) == ("ordered", 0)


def test_what_is_not_ordered_does_not_arrive(cast, item):
    with pytest.raises(Blocked):
        services.record_arrival(item, actor=cast["buyer"], quantity=Decimal(1))


def test_arrivals_cannot_lie_in_the_future(cast, ordered):
    with pytest.raises(Blocked):
        services.record_arrival(ordered, actor=cast["buyer"], quantity=Decimal(1), arrived_on=ago(-1))


def test_arrivals_are_recorded_all_or_none(cast, make_item, supplier):
    good, bad = make_item(), make_item()
    services.order_items([Order(good, supplier)], actor=cast["buyer"])
    with pytest.raises(Blocked):
        services.record_arrivals([Came(good), Came(bad)], actor=cast["buyer"])
    assert (stored(good).status, Arrival.objects.count()) == ("ordered", 0)


def test_a_wrong_arrival_is_taken_back_with_a_reason(cast, ordered):
    services.ship_item(ordered, actor=cast["buyer"])
    part = services.record_arrival(ordered, actor=cast["buyer"], quantity=Decimal(4))
    rest = services.record_arrival(ordered, actor=cast["buyer"])
    with pytest.raises(Blocked):
        services.take_back_arrival(rest, actor=cast["buyer"], reason=" ")
    with pytest.raises(PermissionDenied):
        services.take_back_arrival(rest, actor=cast["leader.mech"], reason="错")
    services.take_back_arrival(rest, actor=cast["buyer"], reason="录错合同")
    assert stored(ordered).status == "partially_arrived"
    services.take_back_arrival(part, actor=cast["buyer"], reason="录错合同")
    assert stored(ordered).status == "in_transit"
    assert LogEntry.objects.filter(verb="take_back_arrival", reason="录错合同").count() == 2
    assert Arrival.history.filter(history_type="-").count() == 2


def test_taken_back_without_a_shipment_it_is_ordered_again(cast, ordered):
    row = services.record_arrival(ordered, actor=cast["buyer"])
    assert services.take_back_arrival(row, actor=cast["buyer"], reason="录错").status == "ordered"


# --- cancelling ---------------------------------------------------------------------------------------


def test_cancelling_needs_a_reason_and_is_told(cast, ordered):
    with pytest.raises(Blocked):
        services.cancel_item(ordered, actor=cast["buyer"], reason="")
    services.cancel_item(ordered, actor=cast["buyer"], reason="改方案")
    assert stored(ordered).status == "cancelled"
    assert Contract.objects.get(pk=cast.own.pk).status == "unstarted"
    assert told("purchase_cancelled") == ["leader.mech"]
    with pytest.raises(Blocked):
        services.edit_item(ordered, actor=cast["buyer"], note="x")


def test_what_has_arrived_in_part_is_not_cancelled(cast, ordered):
    services.record_arrival(ordered, actor=cast["buyer"], quantity=Decimal(1))
    with pytest.raises(Blocked):
        services.cancel_item(ordered, actor=cast["buyer"], reason="改方案")


def test_a_leader_drops_a_request_but_no_order(cast, make_item, supplier):
    services.cancel_item(make_item(), actor=cast["leader.mech"], reason="重复")
    ordered = services.order_item(make_item(), actor=cast["buyer"], supplier=supplier)
    with pytest.raises(PermissionDenied):
        services.cancel_item(ordered, actor=cast["leader.mech"], reason="重复")


def test_every_step_from_every_other_state_is_blocked(cast, make_item, supplier):
    """The table says where a step starts; from anywhere else it is a sentence and changes nothing."""
    from erp.workflow import advance

    for step in LIFE:
        for state in set(Status.values) - set(step.sources):
            item = make_item()
            ProcurementItem.objects.filter(pk=item.pk).update(status=state, supplier=supplier)
            with pytest.raises(Blocked):
                advance(item, step.verb, actor=cast["boss"], reason="因为")
            assert stored(item).status == state


@pytest.mark.parametrize("deed", ["edit", "order", "promise", "arrive", "cancel", "ship"])
def test_a_frozen_contract_stays_as_it_is(cast, ordered, supplier, deed):
    Contract.objects.filter(pk=cast.own.pk).update(stage="archived")
    deeds = {
        "edit": lambda: services.edit_item(ordered, actor=cast["boss"], note="x"),
        "order": lambda: services.order_item(ordered, actor=cast["boss"], supplier=supplier),
        "promise": lambda: services.set_promised_date(ordered, ago(-3), actor=cast["boss"]),
        "arrive": lambda: services.record_arrival(ordered, actor=cast["boss"]),
        "cancel": lambda: services.cancel_item(ordered, actor=cast["boss"], reason="x"),
        "ship": lambda: services.ship_item(ordered, actor=cast["boss"]),
    }
    with pytest.raises(Blocked):
        deeds[deed]()
    assert stored(ordered).status == "ordered"


# --- suppliers ----------------------------------------------------------------------------------------


def test_one_name_is_one_supplier(cast, supplier):
    with pytest.raises(ValidationError):
        services.create_supplier(actor=cast["boss"], name=supplier.name)
    other = services.create_supplier(actor=cast["pm"], name="ABB 上海")
    with pytest.raises(ValidationError):
        services.edit_supplier(other, actor=cast["pm"], name=supplier.name)


@pytest.mark.parametrize(
    "who", ["leader.mech", "staff.mech", "sales", "qc", "outsider", "customer.a", "disabled"]
)
def test_nobody_else_keeps_suppliers(cast, supplier, who):
    with pytest.raises(PermissionDenied):
        services.create_supplier(actor=cast[who], name="新厂")
    with pytest.raises(PermissionDenied):
        services.edit_supplier(supplier, actor=cast[who], phone="1")
