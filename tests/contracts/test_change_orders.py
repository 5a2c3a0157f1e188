"""Change orders: drafted, confirmed by the boss, answered by the customer, applied; amounts by right."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from contracts import services
from contracts.models import ChangeOrder, Contract
from contracts.money.due import plan_of
from contracts.states import CHANGE_LIFE
from erp import register
from erp.models import LogEntry
from erp.workflow import Blocked, Stale
from notifications.models import Message
from tests.contracts.test_query_counts import queries
from tests.documents.helpers import put

LATER = timezone.localdate() + timedelta(days=90)
PRICE = Decimal("45678.90")


@pytest.fixture
def contract(cast):
    return services.edit_contract(
        cast.own, actor=cast["boss"], version=None, deal_amount=Decimal(1_000_000), description="原合同"
    )


@pytest.fixture
def draft(cast, contract):
    return services.create_change(
        contract, actor=cast["sales"], title="加装视觉检测", reason="客户要求", scope="增加一套相机",
        price_change=PRICE, new_delivery=LATER,
    )  # fmt: skip


@pytest.fixture
def sent(cast, draft):
    return services.send_change(draft, actor=cast["boss"])


@pytest.fixture
def accepted(cast, sent):
    return services.accept_change(sent, actor=cast["customer.a"])


def told(cast, who):
    return set(Message.objects.filter(recipient=cast[who]).values_list("event", flat=True))


def office(order, page=""):
    return f"/contracts/{order.contract_id}/changes/{order.pk}/{page}"


# --- its life ---------------------------------------------------------------------------------------


def test_from_draft_to_the_changed_contract(cast, draft):
    assert (draft.code, draft.state, draft.currency) == ("BG-01", "draft", "CNY")
    assert "change_drafted" in told(cast, "boss")
    sent = services.send_change(draft, actor=cast["boss"])
    assert (sent.state, sent.sent_by) == ("sent", cast["boss"])
    assert told(cast, "customer.a") == {"change_for_you"}
    assert "change_sent" in told(cast, "pm")
    accepted = services.accept_change(sent, actor=cast["customer.a"])
    assert (accepted.state, accepted.decided_by, accepted.on_behalf) == (
        "accepted",
        cast["customer.a"],
        False,
    )
    assert {"change_accepted"} <= told(cast, "pm") & told(cast, "boss")
    applied = services.apply_change(accepted, actor=cast["pm"])
    now = Contract.objects.get(pk=cast.own.pk)
    assert (now.deal_amount, now.planned_delivery) == (Decimal(1_000_000) + PRICE, LATER)
    assert now.description.startswith("原合同\n\n【BG-01 加装视觉检测")
    assert now.description.endswith("增加一套相机")
    assert (applied.deal_before, applied.deal_after) == (Decimal(1_000_000), now.deal_amount)
    assert (applied.delivery_before, applied.delivery_after) == (cast.own.planned_delivery, LATER)
    assert "change_applied" in told(cast, "staff.mech")
    entry = LogEntry.objects.get(verb="apply_change", content_type__model="contract")
    assert entry.reason == str(applied)
    assert set(entry.changes) >= {"deal_amount", "planned_delivery", "description"}


def test_numbers_count_within_the_contract(cast, contract, draft):
    second = services.create_change(contract, actor=cast["pm"], title="改颜色", reason="客户", scope="蓝色")
    other = services.create_change(cast.foreign, actor=cast["boss"], title="x", reason="y", scope="z")
    assert (draft.number, second.number, other.number) == (1, 2, 1)


def test_rejected_by_the_customer_with_a_reason(cast, sent, sign_in):
    client, url = sign_in("customer.a"), f"/portal/changes/{sent.pk}/reject/"
    assert client.post(url, {"version": sent.version}).status_code == 422
    assert client.post(url, {"version": sent.version, "reason": "太贵"}).status_code == 302
    sent.refresh_from_db()
    assert (sent.state, sent.decision_note) == ("rejected", "太贵")
    assert Message.objects.get(event="change_rejected", recipient=cast["pm"]).params["reason"] == "太贵"
    with pytest.raises(Blocked):
        services.apply_change(sent, actor=cast["pm"])


def test_accepted_in_the_portal(cast, sent, sign_in):
    client = sign_in("customer.a")
    panel = client.get(f"/portal/contracts/{sent.contract_id}/changes/").content.decode()
    assert f"/portal/changes/{sent.pk}/" in panel
    page = client.get(f"/portal/changes/{sent.pk}/").content.decode()
    for shown in ("加装视觉检测", "增加一套相机", "45,678.90", LATER.isoformat(), "客户要求"):
        assert shown in page
    assert "1,000,000" not in page
    url = f"/portal/changes/{sent.pk}/accept/"
    assert client.post(url, {"version": sent.version - 1}).status_code == 409
    assert client.post(url, {"version": sent.version}).status_code == 302
    sent.refresh_from_db()
    assert sent.state == "accepted"
    assert client.post(url, {"version": sent.version}).status_code == 422


def test_a_draft_is_nothing_for_the_customer(cast, draft, sign_in):
    client = sign_in("customer.a")
    for page in ("", "accept/", "reject/"):
        assert client.get(f"/portal/changes/{draft.pk}/{page}").status_code == 404
    assert "加装" not in client.get(f"/portal/contracts/{draft.contract_id}/changes/").content.decode()
    assert client.get(office(draft)).status_code == 404


def test_messages_lead_customers_to_their_portal(cast, sent, sign_in):
    assert sign_in("customer.a").get(office(sent)).url == f"/portal/changes/{sent.pk}/"
    for page in ("", "accept/", "reject/"):
        assert sign_in("customer.b").get(f"/portal/changes/{sent.pk}/{page}").status_code == 404
        assert sign_in("boss").get(f"/portal/changes/{sent.pk}/{page}").status_code == 404


def test_the_manager_answers_with_a_document_only(cast, sent, sign_in):
    client, url = sign_in("pm"), office(sent, "accept/")
    with pytest.raises(Blocked):
        services.accept_change(sent, actor=cast["pm"])
    assert 'type="radio"' not in client.get(url).content.decode()
    paper = put(sent.contract, cast["pm"], type="other", anchor=sent)
    assert client.post(url, {"version": sent.version}).status_code == 422
    assert client.post(url, {"version": sent.version, "evidence": str(paper.pk)}).status_code == 302
    sent.refresh_from_db()
    assert (sent.state, sent.on_behalf, sent.decided_by) == ("accepted", True, cast["pm"])
    assert paper.current.sha256[:16] in sent.evidence


def test_withdrawn_with_a_reason_and_the_customer_is_told(cast, sent):
    with pytest.raises(Blocked):
        services.withdraw_change(sent, actor=cast["sales"], reason=" ")
    row = services.withdraw_change(sent, actor=cast["sales"], reason="另签合同")
    assert row.state == "withdrawn"
    assert "change_withdrawn_for_you" in told(cast, "customer.a")


REFUSED = {
    "send_change": ("draft", ["admin", "pm", "sales", "customer.a"]),
    "accept_change": ("sent", ["boss", "admin", "sales", "leader.mech", "customer.b"]),
    "reject_change": ("sent", ["boss", "admin", "sales", "leader.mech", "customer.b"]),
    "apply_change": ("accepted", ["sales", "leader.mech", "customer.a"]),
    "withdraw_change": ("sent", ["leader.mech", "staff.mech", "customer.a"]),
}


@pytest.mark.parametrize("verb", REFUSED)
def test_steps_are_refused_to_others(cast, request, verb):
    fixture, people = REFUSED[verb]
    order = request.getfixturevalue(fixture)
    more = {"reason": "x"} if CHANGE_LIFE[verb].needs_reason else {}
    for who in people:
        with pytest.raises(PermissionDenied):
            getattr(services, verb)(order, actor=cast[who], **more)
    order.refresh_from_db()
    assert order.state == fixture


@pytest.mark.parametrize("verb", sorted(REFUSED))
def test_steps_are_blocked_from_elsewhere(cast, sent, verb):
    who = {"send_change": "boss", "accept_change": "customer.a", "reject_change": "customer.a"}.get(
        verb, "pm"
    )
    more = {"reason": "x"} if CHANGE_LIFE[verb].needs_reason else {}
    for state in ("draft", "sent", "accepted", "rejected", "applied", "withdrawn"):
        if state not in CHANGE_LIFE[verb].sources:
            ChangeOrder.objects.filter(pk=sent.pk).update(state=state)
            with pytest.raises(Blocked):
                getattr(services, verb)(sent, actor=cast[who], **more)


def test_only_drafts_are_edited_and_stale_shows_both(cast, draft, sign_in):
    client, url = sign_in("sales"), office(draft, "edit/")
    data = {
        "version": draft.version,
        "title": "加装两套",
        "reason": "客户要求",
        "scope": "两套",
        "price_change": "９０，０００",
    }
    assert client.post(url, {**data, "version": draft.version + 1}).status_code == 409
    assert client.post(url, data).status_code == 302
    draft.refresh_from_db()
    assert (draft.title, draft.price_change, draft.new_delivery) == ("加装两套", Decimal(90_000), None)
    services.send_change(draft, actor=cast["boss"])
    assert client.post(url, {**data, "version": draft.version + 1}).status_code == 422
    with pytest.raises(Blocked):
        services.edit_change(draft, actor=cast["sales"], version=None, title="x")


# --- what cannot be ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price_change", "NaN"), ("price_change", "1e309"), ("price_change", "1.234"),
        ("price_change", "9" * 14), ("new_delivery", "2026-02-30"), ("new_delivery", "9999-12-31"),
        ("new_delivery", "1990-01-01"), ("title", ""), ("reason", ""), ("scope", "x" * 5001),
    ],
)  # fmt: skip
def test_bad_input_is_a_sentence_and_changes_nothing(cast, contract, sign_in, field, value):
    data = {
        "title": "改",
        "reason": "因",
        "scope": "范围",
        "price_change": "1",
        "new_delivery": "",
        field: value,
    }
    answer = sign_in("sales").post(f"/contracts/{contract.pk}/changes/new/", data)
    assert answer.status_code == 422
    assert not ChangeOrder.objects.exists()


def test_something_must_change(cast, contract):
    with pytest.raises(ValidationError):
        services.create_change(
            contract, actor=cast["sales"], title="空", reason="无", price_change=Decimal(0)
        )


def test_the_deal_never_goes_below_zero(cast, contract):
    order = services.create_change(
        contract, actor=cast["sales"], title="减", reason="减项", price_change=Decimal(-1_000_001)
    )
    with pytest.raises(Blocked):
        services.send_change(order, actor=cast["boss"])
    order.refresh_from_db()
    assert order.state == "draft"


def test_a_price_needs_a_deal_in_the_same_currency(cast, contract, accepted):
    services.edit_contract(contract, actor=cast["boss"], version=None, currency="USD")
    with pytest.raises(Blocked):
        services.apply_change(accepted, actor=cast["pm"])
    bare = services.create_change(
        cast.foreign, actor=cast["boss"], title="x", reason="y", price_change=Decimal(5)
    )
    with pytest.raises(Blocked):
        services.send_change(bare, actor=cast["boss"])


def test_what_was_paid_in_full_stays_and_open_shares_carry_the_price(cast, accepted):
    """Agreeing to a price makes nobody owe a part they have paid."""
    boss, today = cast["boss"], timezone.localdate()
    parts = services.apply_plan(cast.own, "3-3-3-1", actor=boss)
    services.receive_payment(parts[0], actor=boss, amount=Decimal(300_000), received_on=today)
    services.receive_payment(parts[1], actor=boss, amount=Decimal(100_000), received_on=today)
    services.apply_change(accepted, actor=cast["pm"])
    first, *rest = plan_of(cast.own)
    assert (first.amount, first.open, first.days_late) == (Decimal(300_000), 0, 0)
    shares = [Decimal(300_000), Decimal(300_000), Decimal(100_000)]
    for claim, share in zip(rest, shares, strict=True):
        assert abs(claim.amount - share - PRICE * share / 700_000) <= Decimal("0.01")
    assert first.amount + sum(claim.amount for claim in rest) == Decimal(1_000_000) + PRICE


def test_shares_of_an_unpaid_plan_follow_the_deal(cast, accepted):
    services.apply_plan(cast.own, "5-5", actor=cast["boss"])
    services.apply_change(accepted, actor=cast["pm"])
    assert [claim.percent for claim in plan_of(cast.own)] == [50, 50]
    assert sum(claim.amount for claim in plan_of(cast.own)) == Decimal(1_000_000) + PRICE


def test_a_delivered_contract_keeps_its_date(cast, accepted, monkeypatch):
    monkeypatch.setitem(register._entries, "contracts.gates", {})
    services.deliver(cast.own, actor=cast["pm"])
    with pytest.raises(Blocked):
        services.apply_change(accepted, actor=cast["pm"])
    more = services.create_change(
        cast.own, actor=cast["sales"], title="备件", reason="加", price_change=Decimal(5)
    )
    services.send_change(more, actor=cast["boss"])


def test_nothing_of_an_archived_contract_is_changed(cast):
    with pytest.raises(Blocked):
        services.create_change(cast.archived, actor=cast["boss"], title="x", reason="y", scope="z")


def test_applied_once(cast, accepted):
    services.apply_change(accepted, actor=cast["pm"])
    with pytest.raises(Blocked):
        services.apply_change(accepted, actor=cast["boss"])
    with pytest.raises(Stale):
        services.withdraw_change(
            services.create_change(cast.own, actor=cast["pm"], title="x", reason="y", scope="z"),
            actor=cast["pm"], reason="x", version=7,
        )  # fmt: skip
    assert Contract.objects.get(pk=cast.own.pk).deal_amount == Decimal(1_000_000) + PRICE


# --- amounts -----------------------------------------------------------------------------------------


def test_a_price_is_set_by_whoever_manages_money(cast, contract, sign_in):
    page = sign_in("pm").get(f"/contracts/{contract.pk}/changes/new/").content.decode()
    assert "price_change" not in page
    with pytest.raises(PermissionDenied):
        services.create_change(contract, actor=cast["pm"], title="x", reason="y", price_change=Decimal(1))


def test_editing_without_the_right_keeps_the_price(cast, draft):
    services.edit_change(draft, actor=cast["pm"], version=None, title="改名")
    draft.refresh_from_db()
    assert draft.price_change == PRICE
    with pytest.raises(PermissionDenied):
        services.edit_change(draft, actor=cast["pm"], version=None, price_change=None)


@pytest.mark.parametrize("who", ["pm", "leader.mech", "staff.mech", "buyer", "qc"])
def test_no_amount_reaches_others(cast, accepted, sign_in, who):
    order = services.apply_change(accepted, actor=cast["boss"])
    client, base = sign_in(who), f"/contracts/{order.contract_id}/"
    pages = [
        base, f"{base}changes/", office(order), f"{base}history/", "/search/?q=加装", "/notifications/",
        "/audit/?q=BG-01", "/contracts/",
    ]  # fmt: skip
    for page in pages:
        text = client.get(page).content.decode()
        for amount in ("45678.90", "45,678.90", "1,045,678.90", "1045678.90", "1,000,000"):
            assert amount not in text, (page, amount)


@pytest.mark.parametrize("who", ["boss", "sales"])
def test_amounts_for_those_with_the_right(cast, draft, sign_in, who):
    page = sign_in(who).get(office(draft)).content.decode()
    assert "45,678.90" in page
    assert "1,045,678.90" in page


# --- what it moves -----------------------------------------------------------------------------------


def test_the_impact_is_shown_before_it_is_sent(cast, draft, sign_in, monkeypatch):
    asked = []

    def tell(contract, user, day):
        asked.append((contract, user, day))
        return ["付款顺延"]

    monkeypatch.setitem(register.entries("contracts.change_impacts"), "test", tell)
    for page in (office(draft), office(draft, "send/")):
        assert "付款顺延" in sign_in("boss").get(page).content.decode()
    assert asked[0] == (cast.own, cast["boss"], LATER)


def test_buttons_are_those_open_to_the_user(cast, draft, sign_in):
    pages = {who: sign_in(who).get(office(draft)).content.decode() for who in ("boss", "sales", "pm", "qc")}
    assert office(draft, "send/") in pages["boss"]
    assert office(draft, "send/") not in pages["sales"] + pages["pm"] + pages["qc"]
    assert office(draft, "edit/") in pages["sales"]
    assert office(draft, "withdraw/") in pages["pm"]
    assert office(draft, "edit/") not in pages["qc"]


@pytest.mark.parametrize("who", ["boss", "pm", "staff.mech"])
def test_the_list_costs_the_same_for_more_orders(cast, contract, draft, sign_in, who):
    client, url = sign_in(who), f"/contracts/{contract.pk}/changes/"
    before = queries(client, url)
    for n in range(2):
        services.create_change(contract, actor=cast["sales"], title=f"改 {n}", reason="x", scope="y")
    assert queries(client, url) == before <= 16
    assert queries(client, office(draft)) <= 18


def test_the_portal_panel_costs_the_same_for_more_orders(cast, sent, sign_in):
    client, url = sign_in("customer.a"), f"/portal/contracts/{sent.contract_id}/changes/"
    before = queries(client, url)
    more = services.create_change(sent.contract, actor=cast["sales"], title="改", reason="x", scope="y")
    services.send_change(more, actor=cast["boss"])
    assert queries(client, url) == before
