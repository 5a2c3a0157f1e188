"""Deliveries: parts and the last one, corrected, void, confirmed by the customer or on their behalf."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from contracts import services
from contracts.evidence import evidence_on
from contracts.frame import Missing
from contracts.gatelist import NAMED
from contracts.models import Delivery
from contracts.services.delivery import KEPT
from erp import register
from erp.models import LogEntry
from erp.workflow import Blocked, Stale
from notifications.models import Message
from tests.cast import make_contract
from tests.contracts.test_query_counts import queries
from tests.documents.helpers import put

FACTS = {
    "place": "青岛工厂",
    "carrier": "德邦",
    "waybill": "DB-1",
    "receiver": "林经理",
    "receiver_phone": "139",
}


@pytest.fixture(autouse=True)
def no_gates(monkeypatch):
    monkeypatch.setitem(register._entries, "contracts.gates", {})


@pytest.fixture
def delivered(cast):
    return services.deliver(cast.own, actor=cast["boss"], **FACTS)


@pytest.fixture
def paper(cast):
    """Hang a signed paper on something of a contract."""

    def hang(row, who="pm"):
        return put(row.contract, cast[who], type="other", name="签收单.pdf", anchor=row)

    return hang


def told(cast, who):
    return set(Message.objects.filter(recipient=cast[who]).values_list("event", flat=True))


def test_the_last_delivery_keeps_its_facts_and_moves_the_contract(cast, delivered):
    row = Delivery.objects.get()
    assert (delivered.stage, delivered.delivered_on) == ("delivered", timezone.localdate())
    assert {name: getattr(row, name) for name in FACTS} == FACTS
    assert (row.final, row.delivered_on, row.contract_id) == (True, timezone.localdate(), cast.own.pk)
    assert row.history.count() == 1
    entry = LogEntry.objects.get(verb="record_delivery")
    assert (entry.contract_id, entry.actor) == (cast.own.pk, cast["boss"])
    assert "contract_delivered" in told(cast, "pm")
    assert told(cast, "customer.a") == {"delivery_for_you"}
    assert told(cast, "customer.b") == set()


def test_parts_leave_the_contract_running_and_need_nothing_finished(cast, monkeypatch):
    monkeypatch.setitem(
        register.entries("contracts.gates"), ("deliver", "tests"), lambda c: [Missing("x", "")]
    )
    contract = services.deliver(cast.own, actor=cast["boss"], partial=True, **FACTS)
    services.deliver(contract, actor=cast["pm"], partial=True)
    cast.own.refresh_from_db()
    assert (cast.own.stage, cast.own.delivered_on) == ("draft", None)
    assert [row.final for row in Delivery.objects.all()] == [False, False]
    assert told(cast, "customer.a") == {"part_for_you"}
    assert "part_delivered" in told(cast, "pm")
    with pytest.raises(Blocked):
        services.deliver(cast.own, actor=cast["pm"])
    monkeypatch.setitem(register._entries, "contracts.gates", {})
    assert services.deliver(cast.own, actor=cast["pm"]).stage == "delivered"
    with pytest.raises(Blocked):
        services.deliver(cast.own, actor=cast["pm"], partial=True)
    assert Delivery.objects.count() == 3


@pytest.mark.parametrize("who", ["sales", "leader.mech", "staff.mech", "outsider", "customer.a"])
def test_a_part_is_recorded_by_whoever_delivers(cast, who):
    with pytest.raises(PermissionDenied):
        services.deliver(cast.own, actor=cast[who], partial=True)
    assert not Delivery.objects.exists()


def test_a_correction_needs_a_reason_and_moves_the_contracts_day(cast, delivered, sign_in):
    row, earlier = Delivery.objects.get(), timezone.localdate() - timedelta(days=3)
    url = f"/contracts/{cast.own.pk}/delivery/{row.pk}/correct/"
    data = {"version": row.version, "delivered_on": earlier.isoformat(), "waybill": "DB-2"}
    client = sign_in("pm")
    assert 'value="DB-1"' in client.get(url).content.decode()
    assert client.post(url, data).status_code == 422
    assert client.post(url, {**data, "reason": "单号写错", "version": 9}).status_code == 409
    assert client.post(url, {**data, "reason": "单号写错"}).status_code == 302
    row.refresh_from_db()
    cast.own.refresh_from_db()
    assert (row.waybill, row.delivered_on, cast.own.delivered_on) == ("DB-2", earlier, earlier)
    entry = LogEntry.objects.get(verb="correct_delivery", content_type__model="delivery")
    assert entry.reason == "单号写错"
    assert entry.changes["waybill"] == ["DB-1", "DB-2"]
    for day in (timezone.localdate() + timedelta(days=1), cast.own.signed_on - timedelta(days=1)):
        assert (
            client.post(url, {**data, "version": row.version, "reason": "x", "delivered_on": day}).status_code
            == 422
        )
    assert sign_in("sales").get(url).status_code == 403


def test_a_correction_keeps_the_order_of_days(cast, delivered, sign_in):
    services.confirm_delivery(delivered, actor=cast["customer.a"])
    row, day = Delivery.objects.get(), timezone.localdate() - timedelta(days=1)
    corrected = services.correct_delivery(
        row, actor=cast["pm"], version=row.version, reason="写错", delivered_on=day
    )
    assert corrected.delivered_on == day


def test_a_part_can_be_void_the_last_one_not(cast, sign_in):
    services.deliver(cast.own, actor=cast["pm"], partial=True)
    part = Delivery.objects.get()
    url = f"/contracts/{cast.own.pk}/delivery/{part.pk}/void/"
    assert sign_in("pm").post(url, {"version": part.version}).status_code == 422
    assert sign_in("pm").post(url, {"version": part.version, "reason": "未发货"}).status_code == 302
    part.refresh_from_db()
    assert part.state == "void"
    with pytest.raises(Blocked):
        services.correct_delivery(
            part, actor=cast["pm"], version=None, reason="x", delivered_on=part.delivered_on
        )
    assert (
        "青岛"
        not in sign_in("customer.a").get(f"/portal/contracts/{cast.own.pk}/deliveries/").content.decode()
    )
    services.deliver(cast.own, actor=cast["pm"])
    last = Delivery.objects.get(final=True)
    with pytest.raises(Blocked):
        services.void_delivery(last, actor=cast["boss"], reason="x")


def test_the_customer_sees_what_left_and_says_what_is_missing(cast, delivered, sign_in):
    row, client = Delivery.objects.get(), sign_in("customer.a")
    panel = client.get(f"/portal/contracts/{cast.own.pk}/deliveries/").content.decode()
    assert "DB-1" in panel
    url = f"/portal/contracts/{cast.own.pk}/deliveries/{row.pk}/missing/"
    assert url in panel
    assert client.post(url, {"version": row.version, "missing": ""}).status_code == 422
    assert client.post(url, {"version": row.version, "missing": "少一箱备件"}).status_code == 302
    row.refresh_from_db()
    assert (row.missing, row.version) == ("少一箱备件", 2)
    assert "delivery_missing" in told(cast, "pm")
    assert "少一箱备件" in sign_in("pm").get(row.get_absolute_url()).content.decode()
    assert client.post(url, {"version": 1, "missing": "x"}).status_code == 409
    assert sign_in("customer.b").get(url).status_code == 404
    for who in ("boss", "pm"):
        with pytest.raises(PermissionDenied):
            services.report_missing(row, actor=cast[who], missing="x")


def test_a_second_report_starts_empty_and_keeps_the_first(cast, delivered, sign_in):
    row, client = Delivery.objects.get(), sign_in("customer.a")
    url = f"/portal/contracts/{cast.own.pk}/deliveries/{row.pk}/missing/"
    client.post(url, {"version": row.version, "missing": "少一箱备件"})
    page = client.get(url).content.decode()
    assert "少一箱备件" in page  # told above the form, as what was reported
    field = page[page.index("<textarea") : page.index("</textarea>")]
    assert "少一箱备件" not in field
    row.refresh_from_db()
    assert client.post(url, {"version": row.version, "missing": "面板划伤"}).status_code == 302
    row.refresh_from_db()
    assert row.missing.startswith("面板划伤\n\n此前反馈（")
    assert row.missing.endswith("少一箱备件")


def test_reports_without_end_do_not_pile_up_without_end(cast, delivered):
    row = Delivery.objects.get()
    for nth in range(8):
        row = services.report_missing(row, actor=cast["customer.a"], missing=f"{nth} " + "少" * 990)
    assert row.missing.startswith("7 少")
    assert len(row.missing) == KEPT
    assert row.history.count() == 9


def test_after_the_confirmation_nothing_is_reported_here(cast, delivered):
    services.confirm_delivery(delivered, actor=cast["customer.a"])
    with pytest.raises(Blocked):
        services.report_missing(Delivery.objects.get(), actor=cast["customer.a"], missing="少一箱")


def test_the_customer_confirms_with_the_details_before_them(cast, delivered, sign_in):
    client, url = sign_in("customer.a"), f"/portal/contracts/{cast.own.pk}/confirm_delivery/"
    page = client.get(url).content.decode()
    assert "DB-1" in page
    assert "青岛工厂" in page
    assert client.post(url, {"version": delivered.version}).status_code == 302
    row = Delivery.objects.get()
    assert (row.confirmed_by, row.on_behalf, row.evidence) == (cast["customer.a"], False, "")


def test_the_manager_confirms_with_a_document_only(cast, delivered, paper, sign_in):
    row, client = Delivery.objects.get(), sign_in("pm")
    url = f"/contracts/{cast.own.pk}/delivery/confirm/"
    assert f'href="{row.get_absolute_url()}"' in client.get(url).content.decode()
    with pytest.raises(Blocked):
        services.confirm_delivery(delivered, actor=cast["pm"])
    with pytest.raises(Blocked):
        services.confirm_delivery(delivered, actor=cast["pm"], evidence="999")
    document = paper(row)
    assert client.post(url, {"version": delivered.version}).status_code == 422
    answer = client.post(url, {"version": delivered.version, "evidence": str(document.pk)})
    assert answer.status_code == 302
    row.refresh_from_db()
    cast.own.refresh_from_db()
    assert cast.own.stage == "confirmed"
    assert (row.confirmed_by, row.on_behalf) == (cast["pm"], True)
    assert document.title in row.evidence
    assert document.current.sha256[:16] in row.evidence
    assert document.title in LogEntry.objects.filter(verb="confirm_delivery").latest("pk").reason
    assert row.evidence in client.get(row.get_absolute_url()).content.decode()


@pytest.mark.parametrize("who", ["boss", "admin", "sales", "leader.mech", "customer.b"])
def test_nobody_else_confirms(cast, delivered, paper, who):
    document = paper(Delivery.objects.get())
    with pytest.raises(PermissionDenied):
        services.confirm_delivery(delivered, actor=cast[who], evidence=str(document.pk))


def test_a_paper_of_another_contract_proves_nothing(cast, delivered, paper):
    other = services.deliver(make_contract(cast, number="HT-OTHER"), actor=cast["pm"])
    document = paper(Delivery.objects.get(contract=other))
    with pytest.raises(Blocked):
        services.confirm_delivery(delivered, actor=cast["pm"], evidence=str(document.pk))
    assert evidence_on(Delivery.objects.get(contract=delivered), cast["pm"]) == []


def test_two_deliveries_at_once_are_one(cast, delivered):
    with pytest.raises(Blocked):
        services.deliver(cast.own, actor=cast["boss"])
    with pytest.raises(Stale):
        services.confirm_delivery(delivered, actor=cast["customer.a"], version=delivered.version - 1)


def test_forty_missing_things_are_counted_and_linked(cast, sign_in, monkeypatch):
    rows = [Missing(f"任务 {n} 未完成", f"/tasks/{n}/") for n in range(1, 41)]
    for app in ("production", "documents"):
        monkeypatch.setitem(register.entries("contracts.gates"), ("deliver", app), lambda contract: rows)
    pages = {
        "step": sign_in("pm").get(f"/contracts/{cast.own.pk}/deliver/").content.decode(),
        "tab": sign_in("pm").get(f"/contracts/{cast.own.pk}/delivery/").content.decode(),
    }
    for page in pages.values():
        assert page.count('href="/tasks/40/"') == 2
        assert page.count("<details><summary>") == 2
        assert str(40 - NAMED) in page
    assert "80" in pages["step"]
    panel = sign_in("pm").get(f"/contracts/{cast.own.pk}/delivery/panel/", headers={"HX-Request": "true"})
    assert panel.content.decode().count('<span class="count">40</span>') == 2


@pytest.mark.parametrize("who", ["staff.mech", "leader.elec", "sales"])
def test_what_is_missing_names_nothing_to_others(cast, sign_in, who, monkeypatch):
    rows = [Missing("任务 秘密 未完成", "/tasks/1/")]
    monkeypatch.setitem(register.entries("contracts.gates"), ("deliver", "production"), lambda contract: rows)
    for tab in ("delivery/", "delivery/panel/"):
        page = sign_in(who).get(f"/contracts/{cast.own.pk}/{tab}").content.decode()
        assert "秘密" not in page


@pytest.mark.parametrize("who", ["boss", "pm", "staff.mech"])
def test_delivery_pages_cost_the_same_for_more_deliveries(cast, sign_in, who):
    client = sign_in(who)
    for tab in ("delivery/", "delivery/panel/"):
        url = f"/contracts/{cast.own.pk}/{tab}"
        services.deliver(cast.own, actor=cast["pm"], partial=True)
        before = queries(client, url)
        services.deliver(cast.own, actor=cast["pm"], partial=True)
        services.deliver(cast.own, actor=cast["pm"], partial=True)
        assert queries(client, url) == before <= 18


def test_messages_lead_customers_to_their_portal(cast, delivered, sign_in):
    row = Delivery.objects.get()
    answer = sign_in("customer.a").get(row.get_absolute_url())
    assert answer.url == f"/portal/contracts/{cast.own.pk}/"
    assert sign_in("customer.b").get(row.get_absolute_url()).status_code == 404
