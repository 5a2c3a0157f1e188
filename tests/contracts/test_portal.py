"""Customers see their own contracts, and of those only what is theirs to know."""

import pytest
from django.utils import timezone

from contracts import services
from contracts.models import Contract
from erp import register
from tests.cast import make_contract

OFFICE = ["boss", "admin", "pm", "sales", "leader.mech", "staff.mech", "outsider"]


def test_portal_lists_own_contracts_only(cast, sign_in):
    text = sign_in("customer.a").get("/portal/").content.decode()
    assert "HT-OWN-1" in text
    assert "HT-ARCHIVED-1" in text
    assert "HT-FOREIGN-1" not in text
    other = sign_in("customer.b").get("/portal/").content.decode()
    assert "HT-FOREIGN-1" in other
    assert "HT-OWN-1" not in other


@pytest.mark.parametrize("who", OFFICE)
def test_portal_is_not_for_the_office(cast, sign_in, who):
    client, pk = sign_in(who), cast.own.pk
    for url in ("/portal/", f"/portal/contracts/{pk}/", f"/portal/contracts/{pk}/confirm_delivery/"):
        assert client.get(url).status_code == 404


def test_customer_lands_on_the_portal_and_nowhere_else(cast, sign_in):
    client = sign_in("customer.a")
    assert client.get("/").url == "/portal/"
    for url in ("/contracts/", cast.own.get_absolute_url(), "/contracts/new/", "/contracts/tiles/trend/"):
        assert client.get(url).status_code == 404


def test_portal_contract_shows_nothing_internal(cast, sign_in):
    Contract.objects.filter(pk=cast.own.pk).update(
        status_note="内部说明", description="内部描述", deal_amount="987654.00", contact="张三",
        planned_delivery=timezone.localdate() + timezone.timedelta(days=3),
        next_task_end=timezone.localdate() - timezone.timedelta(days=3),
    )  # fmt: skip
    for url in ("/portal/", f"/portal/contracts/{cast.own.pk}/"):
        text = sign_in("customer.a").get(url).content.decode()
        for secret in (
            "内部说明",
            "内部描述",
            "987654",
            "987,654",
            cast.own.code,
            "小张",
            "李机械",
            "逾期",
            'class="late"',
        ):
            assert secret not in text, secret
        assert "何项目" in text
        assert text.count("<b>合同签订</b>") >= 1


def test_portal_keeps_trouble_inside_until_delivery(cast, sign_in):
    rows, client = Contract.objects.filter(pk=cast.own.pk), sign_in("customer.a")
    rows.update(status="issue", stage="released")
    for url in ("/portal/", f"/portal/contracts/{cast.own.pk}/"):
        assert "验收/问题" not in client.get(url).content.decode()
    rows.update(stage="delivered", delivered_on=timezone.localdate())
    assert "验收/问题" in client.get("/portal/").content.decode()


def test_portal_contract_of_others_is_not_found(cast, sign_in):
    for pk in (cast.foreign.pk, 10**30, 0):
        assert sign_in("customer.a").get(f"/portal/contracts/{pk}/").status_code == 404
        assert sign_in("customer.a").post(f"/portal/contracts/{pk}/confirm_delivery/").status_code == 404


def test_confirm_delivery(cast, sign_in, monkeypatch):
    monkeypatch.setitem(register._entries, "contracts.gates", {})
    client, url = sign_in("customer.a"), f"/portal/contracts/{cast.own.pk}/confirm_delivery/"
    assert client.post(url, {"version": cast.own.version}).status_code == 422
    contract = make_contract(cast, number="HT-C")
    contract = services.deliver(contract, actor=cast["pm"])
    url = f"/portal/contracts/{contract.pk}/confirm_delivery/"
    assert url in client.get("/portal/").content.decode()
    stale = client.post(url, {"version": contract.version - 1})
    assert stale.status_code == 409
    assert f'name="version" value="{contract.version}"' in stale.content.decode()
    assert client.post(url, {"version": contract.version}).status_code == 302
    contract.refresh_from_db()
    assert (contract.stage, contract.confirmed_on) == ("confirmed", timezone.localdate())
    assert url not in client.get("/portal/").content.decode()
