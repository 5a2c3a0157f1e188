"""What other apps hear of purchases: costs, change orders, export, reminders, figures, back office."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from contracts.models import Contract
from erp import register
from erp.models import LogEntry
from erp.volume import Plan
from notifications.models import Message, Rules
from procurement import card, nudging, services
from procurement.events import events
from procurement.impacts import impacts
from procurement.models import Arrival, ProcurementItem
from procurement.queries import costs
from procurement.services.telling import AUDIENCES
from tests.procurement.conftest import ago


def test_costs_are_what_arrived_and_what_is_ordered(cast, make_item, supplier):
    for price, currency, came in (("850", "CNY", 4), ("100.5", "CNY", None), ("20", "EUR", 10)):
        item = services.order_item(
            make_item(), actor=cast["buyer"], supplier=supplier, price=Decimal(price), currency=currency
        )
        if came:
            services.record_arrival(item, actor=cast["buyer"], quantity=Decimal(came))
    services.order_item(make_item(), actor=cast["pm"], supplier=supplier)
    make_item()
    dropped = services.order_item(make_item(), actor=cast["buyer"], supplier=supplier, price=Decimal(9))
    services.cancel_item(dropped, actor=cast["buyer"], reason="改方案")
    lines = {line.currency: line for line in costs(cast.own)}
    assert (lines["CNY"].spent, lines["CNY"].bound) == (Decimal("3400.00"), Decimal("6105.00"))
    assert (lines["EUR"].spent, lines["EUR"].bound) == (Decimal("200.00"), Decimal("0.00"))
    assert "1" in str(lines["CNY"].note)
    assert costs(cast.foreign) == []
    assert register.entries("contracts.costs")["procurement"] is costs


def test_defective_goods_cost_nothing_yet(cast, ordered):
    services.record_arrival(
        ordered, actor=cast["buyer"], quantity=Decimal(10), defect="划伤", defective_quantity=Decimal(2)
    )
    (line,) = costs(cast.own)
    assert (line.spent, line.bound) == (Decimal("6800.00"), Decimal("1700.00"))


def test_a_change_order_hears_of_what_comes_too_late(cast, make_item, supplier):
    item = make_item(need_by=ago(-30))
    services.order_item(item, actor=cast["buyer"], supplier=supplier, promised_on=ago(-25))
    make_item(department="electrical", actor="leader.elec", need_by=ago(-30))
    earlier = cast.own.planned_delivery - timedelta(days=10)
    said = list(impacts(cast.own, cast["boss"], earlier))
    assert len(said) == 3
    assert ago(-20).isoformat() in said[2]
    assert "灌装阀" in said[2]
    assert len(list(impacts(cast.own, cast["boss"], cast.own.planned_delivery + timedelta(days=10)))) == 2
    assert len(list(impacts(cast.own, cast["boss"], None))) == 1
    assert list(impacts(cast.own, cast["sales"], earlier)) == []


def test_the_export_has_every_row(cast, ordered):
    services.set_promised_date(ordered, ago(-3), actor=cast["buyer"], reason="缺料")
    services.record_arrival(ordered, actor=cast["buyer"], quantity=Decimal(2), note="第一批")
    sheets = {
        slug: sheet
        for slug, sheet in register.entries("contracts.export_sheets").items()
        if slug.startswith("procurement")
    }
    rows = {slug: list(sheet.rows(cast.own)) for slug, sheet in sheets.items()}
    assert {slug: len(found) for slug, found in rows.items()} == {
        "procurement_items": 1, "procurement_arrivals": 1, "procurement_promises": 1,
    }  # fmt: skip
    for slug, found in rows.items():
        assert len(found[0]) == len(sheets[slug].heads), slug
    assert Decimal(850) in rows["procurement_items"][0]


# --- reminders --------------------------------------------------------------------------------------


def keys(found):
    return [matter.key.rsplit("-", 3)[0] for matter in found]


def test_goods_promised_and_not_here_are_told_to_the_purchasers(cast, ordered):
    today = timezone.localdate()
    services.set_promised_date(ordered, ago(2), actor=cast["buyer"])
    (matter,) = nudging.late(today, Rules())
    assert matter.key == f"purchase_late-{ordered.pk}-{ago(2)}"
    assert [person.name for person in matter.people] == ["孙采购"]
    assert nudging.late_now(ordered).key == matter.key
    assert list(nudging.late(ago(3), Rules())) == []
    services.record_arrival(ordered, actor=cast["buyer"])
    assert nudging.late_now(ordered) is None
    assert list(nudging.late(today, Rules())) == []


def test_an_order_without_a_date_is_told_after_three_working_days(cast, item, supplier, time_machine):
    time_machine.move_to("2026-11-16 09:00:00+08:00")  # a Monday
    services.order_item(item, actor=cast["buyer"], supplier=supplier)
    told = {day: len(list(nudging.unpromised(date(2026, 11, day), Rules()))) for day in (17, 18, 19, 20)}
    assert told == {17: 0, 18: 0, 19: 1, 20: 1}


def test_what_is_needed_soon_and_not_ordered_is_told_in_time(cast, make_item, supplier):
    """The lead time of the supplier comes on top."""
    today = timezone.localdate()
    near, far = make_item(need_by=ago(-1)), make_item(need_by=ago(-25))
    make_item(need_by=ago(-300))
    rules = Rules(soon_days=3)
    assert [m.target.pk for m in nudging.unordered(today, rules)] == [near.pk]
    services.edit_item(far, actor=cast["buyer"], supplier=supplier)
    assert [m.target.pk for m in nudging.unordered(today, rules)] == [near.pk, far.pk]
    assert list(nudging.unordered(today, Rules(soon_days=0))) == []


def test_a_team_without_purchaser_tells_the_manager(cast, item):
    from contracts.models import TeamMember
    from contracts.services import remove_member

    remove_member(TeamMember.objects.get(contract=cast.own, person=cast.people["buyer"]), actor=cast["boss"])
    services.edit_item(item, actor=cast["pm"], need_by=ago(-1))
    (matter,) = nudging.unordered(timezone.localdate(), Rules(soon_days=3))
    assert list(matter.people) == [cast.people["pm"]]


def test_frozen_contracts_remind_nobody(cast, ordered):
    services.set_promised_date(ordered, ago(2), actor=cast["buyer"])
    Contract.objects.filter(pk=cast.own.pk).update(stage="cancelled")
    assert list(nudging.late(timezone.localdate(), Rules())) == []


def test_no_text_of_an_event_names_an_amount():
    for name, event in events().items():
        assert "price" not in str(event.text), name
        assert "amount" not in str(event.text), name
    assert set(AUDIENCES) <= set(events())


def test_messages_of_purchases_end_with_the_right_to_see_them(cast, item):
    """A message names an item, so it is shown to nobody who may not see the item."""
    message = Message.objects.get(event="purchase_requested")
    assert (message.target_id, message.recipient) == (item.pk, cast["buyer"])


def test_the_card_counts_what_the_list_shows(cast, client, make_item, supplier):
    late = make_item(need_by=ago(4))
    services.order_item(late, actor=cast["buyer"], supplier=supplier, ordered_on=ago(9), promised_on=ago(1))
    make_item(need_by=ago(-40))
    for who, count in (("boss", 1), ("buyer", 1), ("leader.mech", 1), ("leader.elec", 0), ("sales", 0)):
        measure = card.late(cast[who])
        assert measure.count == count, who
        client.force_login(cast[who])
        page = client.get(measure.url).content.decode()
        assert page.count('id="item-') == count, who
    assert "4" in card.risks(cast["boss"], [cast.own])[cast.own.pk]
    assert card.risks(cast["sales"], [cast.own]) == {}


def test_one_may_nudge_the_purchasers(cast, client, ordered):
    client.force_login(cast["pm"])
    page = client.get(reverse("notifications:nudges_about", args=["purchase", ordered.pk]))
    assert page.status_code == 200
    assert [person.name for person in nudging.nudgeable(cast["pm"], ordered)][0] == "孙采购"


# --- documents, log, back office ---------------------------------------------------------------------


def test_papers_hang_on_an_item(client, cast, ordered):
    url = reverse("documents:anchored", args=["procurement.procurementitem", ordered.pk])
    for who, status in (("buyer", 200), ("leader.mech", 200), ("leader.elec", 404), ("sales", 404)):
        client.force_login(cast[who])
        assert client.get(url).status_code == status, who


def test_the_log_keeps_prices_from_those_who_may_not_read_them(client, cast, ordered):
    services.edit_item(ordered, actor=cast["buyer"], price=Decimal("951.37"), note="加急")
    assert "951.37" in LogEntry.objects.filter(verb="change").latest("id").changes["price"][1]
    for who, shown in (("boss", True), ("pm", False), ("leader.mech", False)):
        client.force_login(cast[who])
        assert ("951.37" in client.get("/audit/").content.decode()) is shown, who


def test_the_back_office_writes_through_the_services(client, cast, item, supplier):
    client.force_login(cast["admin"])
    for name in ("supplier", "procurementitem", "arrival", "promiseddate"):
        assert client.get(reverse(f"admin:procurement_{name}_changelist")).status_code == 200, name
    page = reverse("admin:procurement_procurementitem_change", args=[item.pk])
    form = client.get(page).context["adminform"].form
    data = {name: "" if value is None else value for name, value in form.initial.items()}
    data |= {"quantity": "0", "seen": item.version}
    assert client.post(page, data).status_code == 200
    assert ProcurementItem.objects.get().quantity == 10
    client.post(page, {**data, "quantity": "12", "supplier": supplier.pk})
    assert ProcurementItem.objects.get().quantity == 12
    listed = reverse("admin:procurement_procurementitem_changelist")
    client.post(listed, {"action": "order", "_selected_action": [item.pk]})
    assert ProcurementItem.objects.get().status == "ordered"
    client.post(listed, {"action": "arrive", "_selected_action": [item.pk]})
    assert (ProcurementItem.objects.get().status, Arrival.objects.count()) == ("ordered", 0)


@pytest.mark.parametrize("who", ["boss", "pm", "buyer"])
def test_the_back_office_is_closed_to_others(client, cast, item, who):
    client.force_login(cast[who])
    assert client.get(reverse("admin:procurement_procurementitem_changelist")).status_code in (302, 403)


def test_bulk_data_fits_the_constraints(cast):
    from procurement.volume import load_purchases
    from production.models import Task

    today = timezone.localdate()
    for start in (-60, -2, 10, 40):
        day = today + timedelta(days=start)
        Task.objects.create(
            contract=cast.own,
            department=cast.departments["mechanical"],
            name="x",
            planned_start=day,
            planned_end=day,
        )
    team = [(cast.people["staff.mech"].pk, cast.departments["mechanical"].pk)]
    plan = Plan(contracts=1)
    plan.kept["contracts"] = [(cast.own.pk, "released", today - timedelta(days=90), team)]
    assert load_purchases(plan) == 60 + 4 + 1
    for item in ProcurementItem.objects.all():
        item.full_clean()
    assert sorted(ProcurementItem.objects.values_list("status", flat=True)) == [
        "arrived", "in_transit", "ordered", "planned",
    ]  # fmt: skip
