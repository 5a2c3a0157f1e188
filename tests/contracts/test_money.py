"""The payment plan: what parts come to, when they are due, what came in."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from contracts import services
from contracts.models import Contract, Payment, PaymentMilestone
from contracts.money.due import after, plan_of
from contracts.money.ledger import AGES, LedgerFilter, age_of, ageing, claims_of
from contracts.money.states import Due, Kind, On
from contracts.money.words import in_words
from erp.models import LogEntry
from erp.workflow import Blocked, Stale
from notifications.models import Message
from tests.cast import make_contract

TODAY = date(2026, 11, 25)


@pytest.fixture
def deal(cast):
    """The own contract with a deal of 100,000.01 and nothing planned."""
    return services.edit_contract(
        cast.own,
        actor=cast["sales"],
        version=None,
        quote_amount=Decimal("120000"),
        deal_amount=Decimal("100000.01"),
    )


def part(contract, cast, **fields):
    values = {"title": "进度款", "percent": Decimal(30), **fields}
    if "amount" in fields:
        values["percent"] = None
    return services.add_milestone(contract, actor=cast["sales"], **values)


def receive(milestone, cast, amount, day=None, **more):
    return services.receive_payment(
        milestone,
        actor=cast["sales"],
        amount=Decimal(amount),
        received_on=day or timezone.localdate(),
        **more,
    )


@pytest.mark.parametrize(
    ("deal", "shares"),
    [
        ("100000.01", ["30", "30", "30", "10"]),
        ("0.05", ["30", "30", "30", "10"]),
        ("999999999999.99", ["33.33", "33.33", "33.34"]),
        ("100.00", ["33.33", "33.33", "33.34"]),
        ("1.00", ["0.01"] * 50 + ["99.50"]),
    ],
)
def test_shares_add_up_to_the_deal_to_the_cent(cast, deal, shares):
    contract = services.edit_contract(cast.own, actor=cast["boss"], version=None, deal_amount=Decimal(deal))
    for share in shares:
        part(contract, cast, percent=Decimal(share))
    amounts = [claim.amount for claim in plan_of(contract)]
    assert sum(amounts) == Decimal(deal)
    exact = [Decimal(deal) * Decimal(share) / 100 for share in shares]
    assert all(abs(got - want) <= Decimal("0.01") for got, want in zip(amounts, exact, strict=True))


def test_amounts_follow_the_deal_and_are_nothing_without_it(cast, deal):
    part(deal, cast, percent=Decimal(50))
    part(deal, cast, amount=Decimal("123.45"))
    contract = services.edit_contract(deal, actor=cast["sales"], version=None, deal_amount=Decimal("50"))
    assert [claim.amount for claim in plan_of(contract)] == [Decimal("25.00"), Decimal("123.45")]
    contract = services.edit_contract(contract, actor=cast["sales"], version=None, deal_amount=None)
    assert [claim.amount for claim in plan_of(contract)] == [None, Decimal("123.45")]


@pytest.mark.parametrize(
    ("day", "months", "days", "due"),
    [
        (date(2026, 1, 31), 1, 0, date(2026, 2, 28)),
        (date(2026, 1, 31), 1, 3, date(2026, 3, 3)),
        (date(2024, 2, 29), 12, 0, date(2025, 2, 28)),
        (date(2026, 12, 31), 0, 1, date(2027, 1, 1)),
        (date(2026, 11, 5), 14, 0, date(2028, 1, 5)),
    ],
)
def test_months_after_an_event_keep_the_day_or_end_with_the_month(day, months, days, due):
    assert after(day, months, days) == due


def test_due_follows_the_events_of_the_contract(cast, deal):
    signed = deal.signed_on
    part(deal, cast, event=On.SIGNED, offset_days=7)
    part(deal, cast, event=On.DELIVERED, offset_months=1)
    part(deal, cast, event=On.FIXED, fixed_on=date(2030, 5, 1))
    first, second, third = plan_of(deal)
    assert first.due == signed + timedelta(days=7)
    assert (second.due, second.expected) == (None, after(deal.planned_delivery, 1, 0))
    assert third.due == date(2030, 5, 1)
    Contract.objects.filter(pk=deal.pk).update(delivered_on=date(2026, 1, 31), stage="delivered")
    assert plan_of(deal)[1].due == date(2026, 2, 28)


def test_what_comes_with_a_late_delivery_is_not_expected_in_the_past(cast, deal):
    part(deal, cast, event=On.CONFIRMED, offset_days=5)
    Contract.objects.filter(pk=deal.pk).update(planned_delivery=timezone.localdate() - timedelta(days=20))
    assert plan_of(deal)[0].expected == timezone.localdate() + timedelta(days=5)


def test_a_payment_is_open_due_partly_received_overdue_and_received(cast, deal):
    today = timezone.localdate()
    row = part(deal, cast, amount=Decimal(100), event=On.FIXED, fixed_on=today + timedelta(days=40))

    def state(day=today):
        return plan_of(deal, day)[0].state

    assert state() == Due.OPEN
    assert state(today + timedelta(days=30)) == Due.DUE
    receive(row, cast, "40")
    assert state() == Due.PARTLY
    assert state(today + timedelta(days=40)) == Due.PARTLY
    assert state(today + timedelta(days=41)) == Due.OVERDUE
    receive(row, cast, "60")
    assert state(today + timedelta(days=41)) == Due.RECEIVED


def test_receive_books_parts_and_refuses_more_than_is_open_unless_confirmed(cast, deal):
    row = part(deal, cast, amount=Decimal(100))
    receive(row, cast, "99.99")
    with pytest.raises(services.TooMuch):
        receive(row, cast, "0.02")
    assert services.claim_of(row).open == Decimal("0.01")
    receive(row, cast, "0.02", over=True)
    claim = services.claim_of(row)
    assert (claim.received, claim.open, claim.state) == (Decimal("100.01"), 0, Due.RECEIVED)


def test_receive_refuses_the_future_nothing_and_shares_of_no_deal(cast):
    row = part(cast.own, cast, percent=Decimal(30))
    with pytest.raises(Blocked):
        receive(row, cast, "1")
    sure = part(cast.own, cast, amount=Decimal(100))
    for amount, day in (("0", None), ("-1", None), ("1", timezone.localdate() + timedelta(days=1))):
        with pytest.raises(ValidationError):
            receive(sure, cast, amount, day)
    assert Payment.objects.count() == 0


def test_take_back_needs_a_reason_and_leaves_the_row(cast, deal):
    row = part(deal, cast, amount=Decimal(100))
    payment = receive(row, cast, "100")
    with pytest.raises(Blocked):
        services.take_back_payment(payment, actor=cast["sales"], reason=" ")
    services.take_back_payment(payment, actor=cast["sales"], reason="记错合同")
    assert services.claim_of(row).received == 0
    payment.refresh_from_db()
    assert payment.why_taken_back == "记错合同"
    with pytest.raises(Blocked):
        services.take_back_payment(payment, actor=cast["sales"], reason="再来一次")


def test_a_usual_plan_is_one_click_and_only_the_first(cast, deal):
    made = services.apply_plan(deal, "3-3-3-1", actor=cast["sales"])
    assert [row.kind for row in made] == [Kind.DEPOSIT, Kind.SHIPMENT, Kind.ACCEPTANCE, Kind.RETENTION]
    assert sum(claim.amount for claim in plan_of(deal)) == deal.deal_amount
    with pytest.raises(Blocked):
        services.apply_plan(deal, "3-6-1", actor=cast["sales"])


@pytest.mark.parametrize("plan", list(services.PLANS))
def test_every_usual_plan_is_the_whole_deal(cast, deal, plan):
    services.apply_plan(deal, plan, actor=cast["sales"])
    assert sum(claim.percent for claim in plan_of(deal)) == 100


def test_edit_is_refused_below_what_came_in_and_after_somebody_else(cast, deal):
    row = part(deal, cast, amount=Decimal(100))
    receive(row, cast, "80")
    with pytest.raises(ValidationError):
        services.edit_milestone(row, actor=cast["sales"], version=row.version, amount=Decimal("79.99"))
    row = services.edit_milestone(row, actor=cast["sales"], version=row.version, amount=Decimal("80"))
    assert services.claim_of(row).state == Due.RECEIVED
    with pytest.raises(Stale):
        services.edit_milestone(row, actor=cast["sales"], version=row.version - 1, title="尾款")


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent": None, "amount": None},
        {"percent": Decimal(10), "amount": Decimal(10)},
        {"percent": Decimal(0)},
        {"percent": Decimal("100.01")},
        {"percent": None, "amount": Decimal(0)},
        {"event": On.FIXED},
        {"offset_months": 121},
    ],
)
def test_a_part_is_a_share_or_an_amount_due_by_an_event_or_a_day(cast, deal, wrong):
    with pytest.raises(ValidationError):
        services.add_milestone(deal, actor=cast["sales"], **{"title": "款", "percent": Decimal(10), **wrong})
    assert PaymentMilestone.objects.count() == 0


def test_a_payment_turns_from_a_fixed_day_to_an_event_and_back(cast, deal):
    day = date(2030, 5, 1)
    row = part(deal, cast, event=On.FIXED, fixed_on=day)
    after_signing = {"event": On.SIGNED, "offset_days": 7, "fixed_on": day}
    row = services.edit_milestone(row, actor=cast["sales"], version=row.version, **after_signing)
    assert (row.fixed_on, services.claim_of(row).due) == (None, deal.signed_on + timedelta(days=7))
    fixed = {"event": On.FIXED, "offset_days": 7, "fixed_on": day}
    row = services.edit_milestone(row, actor=cast["sales"], version=row.version, **fixed)
    assert (row.offset_days, services.claim_of(row).due) == (0, day)


def test_remove_takes_out_only_what_nothing_was_booked_on(cast, deal):
    free, paid = part(deal, cast), part(deal, cast, amount=Decimal(10))
    payment = receive(paid, cast, "1")
    services.take_back_payment(payment, actor=cast["sales"], reason="错")
    services.remove_milestone(free, actor=cast["sales"])
    with pytest.raises(Blocked):
        services.remove_milestone(paid, actor=cast["sales"])


def test_the_currency_stands_once_something_was_received(cast, deal):
    row = part(deal, cast, amount=Decimal(10))
    payment = receive(row, cast, "1")
    with pytest.raises(ValidationError):
        services.edit_contract(deal, actor=cast["sales"], version=None, currency="USD")
    services.take_back_payment(payment, actor=cast["sales"], reason="错")
    assert services.edit_contract(deal, actor=cast["sales"], version=None, currency="USD").currency == "USD"


@pytest.mark.parametrize("who", ["pm", "buyer", "qc", "leader.mech", "staff.mech", "outsider", "customer.a"])
def test_money_belongs_to_sales_boss_and_administrator(cast, deal, who):
    row = part(deal, cast, amount=Decimal(100))
    payment = receive(row, cast, "1")
    for deed in (
        lambda: services.add_milestone(deal, actor=cast[who], title="款", percent=Decimal(1)),
        lambda: services.apply_plan(deal, "3-6-1", actor=cast[who]),
        lambda: services.edit_milestone(row, actor=cast[who], version=None, title="款"),
        lambda: services.remove_milestone(part(deal, cast), actor=cast[who]),
        lambda: services.take_back_payment(payment, actor=cast[who], reason="错"),
        lambda: services.receive_payment(
            row, actor=cast[who], amount=Decimal(1), received_on=timezone.localdate()
        ),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    assert not PaymentMilestone.objects.for_user(cast[who]).exists()
    assert not Payment.objects.for_user(cast[who]).exists()


def test_nothing_of_the_money_of_an_archived_contract_changes(cast, deal):
    row = part(deal, cast, amount=Decimal(100))
    payment = receive(row, cast, "1")
    Contract.objects.filter(pk=deal.pk).update(stage="archived", archived_at=timezone.now())
    for deed in (
        lambda: part(deal, cast),
        lambda: receive(row, cast, "1"),
        lambda: services.edit_milestone(row, actor=cast["boss"], version=None, title="款"),
        lambda: services.take_back_payment(payment, actor=cast["boss"], reason="错"),
    ):
        with pytest.raises(Blocked):
            deed()


def test_every_deed_is_in_the_log_without_amounts_in_names(cast, deal):
    row = part(deal, cast, amount=Decimal("77777.77"))
    payment = receive(row, cast, "66666.66")
    services.take_back_payment(payment, actor=cast["sales"], reason="错")
    entries = LogEntry.objects.filter(
        contract_id=deal.pk, verb__in=("plan_payment", "receive_payment", "take_back")
    )
    assert list(entries.order_by("pk").values_list("verb", flat=True)) == [
        "plan_payment",
        "receive_payment",
        "take_back",
    ]
    assert not any("7777" in entry.object_repr or "6666" in entry.object_repr for entry in entries)
    assert payment.history.count() == 2


def test_those_who_may_read_amounts_hear_of_a_receipt(cast, deal):
    services.edit_contract(deal, actor=cast["boss"], version=None, sales_person=cast.people["sales"])
    row = part(deal, cast, amount=Decimal(100))
    services.receive_payment(row, actor=cast["boss"], amount=Decimal(1), received_on=timezone.localdate())
    for who, hears in (("sales", True), ("pm", False)):
        assert Message.objects.for_user(cast[who]).filter(event="payment_received").exists() is hears


# --- the list over all contracts ------------------------------------------------------------------


@pytest.fixture
def owed(cast, deal):
    """Overdue by 1, 30, 31, 60, 61, 90, 91 days, due today, and one in dollars."""
    today = timezone.localdate()
    for days in (1, 30, 31, 60, 61, 90, 91, 0):
        part(deal, cast, amount=Decimal(days + 1), event=On.FIXED, fixed_on=today - timedelta(days=days))
    dollars = make_contract(cast, number="HT-USD", currency="USD", deal_amount=Decimal(500))
    part(dollars, cast, percent=Decimal(100), event=On.FIXED, fixed_on=today - timedelta(days=5))
    return deal


def test_ageing_has_a_line_per_currency_and_never_adds_two(cast, owed):
    yuan, dollars = ageing(claims_of(cast["sales"]))
    assert (yuan.currency, dollars.currency) == ("CNY", "USD")
    assert yuan.sums == {"": 1, "30": 2 + 31, "60": 32 + 61, "90": 62 + 91, "more": 92}
    assert (yuan.overdue, yuan.whole) == (371, 372)
    assert (dollars.sums["30"], dollars.whole) == (500, 500)


def test_the_columns_of_the_ageing_are_lists(cast, owed):
    every = claims_of(cast["sales"])
    for key, _last in AGES:
        found = LedgerFilter(age=key, currency="CNY").choose(every)
        assert {age_of(claim) for claim in found} == {key}


def test_the_ledger_shows_nothing_of_contracts_out_of_reach(cast, owed):
    assert len(claims_of(cast["boss"])) == 9
    for who in ("pm", "buyer", "outsider", "customer.a"):
        assert claims_of(cast[who]) == []


def test_cancelled_contracts_owe_nothing(cast, owed):
    services.cancel(owed, actor=cast["boss"], reason="终止")
    assert {claim.currency for claim in claims_of(cast["boss"])} == {"USD"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10", "壹拾元整"),
        ("105", "壹佰零伍元整"),
        ("1234.50", "壹仟贰佰叁拾肆元伍角整"),
        ("1234.05", "壹仟贰佰叁拾肆元零伍分"),
        ("100000", "壹拾万元整"),
        ("100005.67", "壹拾万零伍元陆角柒分"),
        ("1280000", "壹佰贰拾捌万元整"),
        ("10010001", "壹仟零壹万零壹元整"),
        ("100000001", "壹亿零壹元整"),
        ("120000500", "壹亿贰仟万零伍佰元整"),
        ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_amounts_are_written_out(value, words):
    assert in_words(Decimal(value)) == words
