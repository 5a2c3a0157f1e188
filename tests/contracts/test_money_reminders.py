"""Payments on beat, on the morning card and in what a plan or a change order moves."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from contracts import services
from contracts.models import Contract
from contracts.money.moves import with_delivery, with_plan, with_price
from contracts.money.states import On
from erp import register
from erp.roles import Duty
from notifications.cards import card
from notifications.rules import rules
from tests.contracts.test_query_counts import queries

REMINDERS = register.entries("notifications.reminders")


@pytest.fixture
def deal(cast):
    return services.edit_contract(
        cast.own,
        actor=cast["boss"],
        version=None,
        deal_amount=Decimal(1000),
        sales_person=cast.people["sales"],
    )


def due_in(cast, contract, days, amount=100):
    day = timezone.localdate() + timedelta(days=days)
    return services.add_milestone(
        contract,
        actor=cast["sales"],
        title=f"款 {days}",
        amount=Decimal(amount),
        event=On.FIXED,
        fixed_on=day,
    )


def found(name):
    return {m.target.title: m for m in REMINDERS[name].find(timezone.localdate(), rules())}


def test_what_falls_due_soon_or_is_overdue_is_a_matter_of_sales(cast, deal):
    for days in (-3, 0, 200):
        due_in(cast, deal, days)
    assert set(found("payment_due_soon")) == {"款 0"}
    matter = found("payment_overdue")["款 -3"]
    assert cast.people["sales"] in matter.people
    assert (matter.params["amount"], matter.params["days"]) == ("CNY 100.00", "3")
    assert set(found("payment_overdue")) == {"款 -3"}


def test_a_new_day_is_a_new_matter_and_what_came_in_is_none(cast, deal):
    row = due_in(cast, deal, -3)
    first = found("payment_overdue")["款 -3"].key
    row = services.edit_milestone(
        row, actor=cast["sales"], version=None, fixed_on=timezone.localdate() - timedelta(days=1)
    )
    assert REMINDERS["payment_overdue"].now(row).key != first
    services.receive_payment(row, actor=cast["sales"], amount=Decimal(100), received_on=timezone.localdate())
    assert REMINDERS["payment_overdue"].now(row) is None
    assert found("payment_overdue") == {}


def test_nobody_is_reminded_of_a_cancelled_contract(cast, deal):
    row = due_in(cast, deal, -3)
    services.cancel(deal, actor=cast["boss"], reason="终止")
    assert found("payment_overdue") == {}
    assert REMINDERS["payment_overdue"].now(row) is None


def test_an_overdue_payment_climbs_to_the_leader_of_sales(cast, deal):
    row = due_in(cast, deal, -3)
    assert REMINDERS["payment_overdue"].leaders(row) == []
    seat = deal.team.get(person=cast.people["sales"])
    services.change_duty(seat, actor=cast["boss"], duty=Duty.LEADER)
    assert REMINDERS["payment_overdue"].leaders(row) == [cast.people["sales"]]


def test_every_reminder_of_a_payment_asks_for_the_right_to_amounts():
    events = register.entries("notifications.events")
    named = {name: event.right for name, event in events.items() if name.startswith("payment")}
    assert set(named.values()) == {"view_finance"}
    assert len(named) == 4


def test_the_card_counts_what_the_list_shows(cast, deal, sign_in):
    for days in (-3, -40, 5):
        due_in(cast, deal, days)
    assert not [m for _figure, m in card(cast["pm"]) if "/money/" in m.url]  # no amounts, no figure
    for who, count in (("sales", 2), ("boss", 2)):
        (measure,) = [m for _figure, m in card(cast[who]) if "/money/" in m.url]
        assert measure.count == count
    page = sign_in("sales").get("/money/?state=overdue")
    assert page.context["page"].paginator.count == 2


def test_the_card_costs_the_same_for_more_payments(cast, deal, sign_in):
    client = sign_in("sales")
    due_in(cast, deal, -3)
    before = queries(client, "/notifications/card/")
    for days in (-4, -5):
        due_in(cast, deal, days)
    assert queries(client, "/notifications/card/") == before


def told(tell, contract, user, *days):
    return [str(text) for text in tell(contract, user, *days)]


def test_payments_that_come_with_the_delivery_move_with_it(cast, deal):
    for event in (On.DELIVERED, On.ACCEPTED, On.SIGNED):
        services.add_milestone(
            deal, actor=cast["sales"], title=f"随 {event}", percent=Decimal(30), event=event, offset_days=10
        )
    planned = deal.planned_delivery
    later = planned + timedelta(days=7)
    texts = told(with_plan, deal, cast["sales"], planned, later)
    assert len(texts) == 2
    assert (later + timedelta(days=10)).isoformat() in texts[0]
    assert "300.00" in texts[0]
    assert told(with_plan, deal, cast["sales"], planned - timedelta(days=9), planned) == []
    assert told(with_plan, deal, cast["pm"], planned, later) == []
    assert len(told(with_delivery, deal, cast["boss"], later)) == 2
    assert told(with_delivery, deal, cast["boss"], None) == []
    Contract.objects.filter(pk=deal.pk).update(delivered_on=timezone.localdate())
    deal.refresh_from_db()
    assert told(with_plan, deal, cast["sales"], planned, later) == []


def test_a_change_expects_no_payment_before_today(cast, deal):
    services.add_milestone(
        deal, actor=cast["sales"], title="发货款", percent=Decimal(30), event=On.DELIVERED, offset_days=7
    )
    today = timezone.localdate()
    Contract.objects.filter(pk=deal.pk).update(planned_delivery=today - timedelta(days=6))
    deal.refresh_from_db()
    (text,) = told(with_delivery, deal, cast["boss"], today + timedelta(days=15))
    assert (today + timedelta(days=7)).isoformat() in text
    assert told(with_delivery, deal, cast["boss"], today - timedelta(days=1)) == []


def test_a_new_price_names_the_shares_that_are_due_already(cast, deal):
    for title, event in (("预付款", On.SIGNED), ("发货款", On.DELIVERED)):
        services.add_milestone(
            deal, actor=cast["sales"], title=title, percent=Decimal(30), event=event, offset_days=0
        )
    due_in(cast, deal, -3)
    (text,) = told(with_price, deal, cast["boss"], Decimal(500))
    assert "预付款" in text
    assert told(with_price, deal, cast["boss"], None) == []
    assert told(with_price, deal, cast["pm"], Decimal(500)) == []


def test_the_export_has_plan_receipts_and_costs(cast, deal):
    row = due_in(cast, deal, -3)
    services.receive_payment(row, actor=cast["sales"], amount=Decimal(40), received_on=timezone.localdate())
    sheets = register.entries("contracts.export_sheets")
    for slug, cell in (("payments", Decimal(60)), ("receipts", Decimal(40))):
        lines = list(sheets[slug].rows(deal))
        assert all(len(line) == len(sheets[slug].heads) for line in lines)
        assert cell in lines[0]
    assert list(sheets["costs"].rows(deal)) == []
