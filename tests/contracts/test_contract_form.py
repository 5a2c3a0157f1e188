"""Opening and editing: clean input, one number once, two editors, amounts and manager by right."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from contracts import services
from contracts.models import Contract
from erp.access import allowed
from notifications.models import Message


def data(cast, **more):
    today = timezone.localdate()
    return {
        "number": "HT-NEW-1",
        "name": "贴标机",
        "company": cast.companies["a"].pk,
        "manager": cast.people["pm"].pk,
        "signed_on": today.isoformat(),
        "planned_delivery": (today + timedelta(days=30)).isoformat(),
        "currency": "CNY",
        **more,
    }


def fields_of(contract):
    """What the edit form posts back unchanged."""
    found = {
        name: getattr(contract, name) or ""
        for name in ("number", "name", "contact", "contact_phone", "description", "currency", "version")
    }
    return found | {
        "company": contract.company_id,
        "manager": contract.manager_id,
        "signed_on": contract.signed_on.isoformat(),
        "planned_delivery": contract.planned_delivery.isoformat(),
    }


def test_contract_new(cast, sign_in):
    client = sign_in("sales")
    assert client.get("/contracts/new/").status_code == 200
    answer = client.post("/contracts/new/", data(cast, number=" ht－new－９ ", deal_amount="¥１,234.50"))
    contract = Contract.objects.get(number="HT-NEW-9")
    assert answer.url == contract.get_absolute_url()
    assert contract.deal_amount == Decimal("1234.50")
    assert contract.code == f"P{timezone.localdate().year}-0004"
    assert contract.team.get().person == cast.people["sales"]
    assert allowed(cast["sales"], "manage_finance", contract)
    assert Message.objects.filter(recipient=cast["pm"], event="contract_assigned").exists()


@pytest.mark.parametrize("who", ["pm", "leader.mech", "staff.mech", "outsider"])
def test_contract_new_is_refused(cast, sign_in, who):
    assert sign_in(who).get("/contracts/new/").status_code == 403
    assert sign_in(who).post("/contracts/new/", data(cast)).status_code == 403
    with pytest.raises(PermissionDenied):
        services.create_contract(actor=cast[who], number="X")


@pytest.mark.parametrize(
    "number", ["HT-FOREIGN-1", "ht-foreign-1", "ＨＴ-FOREIGN-１", "HT-FOREIGN-1\u200b", " HT-FOREIGN-1"]
)
def test_contract_number_is_taken_without_saying_by_whom(cast, sign_in, number):
    answer = sign_in("sales").post("/contracts/new/", data(cast, number=number, name="我的机器"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "该合同编号已被使用" in text
    assert "我的机器" in text
    assert cast.foreign.name not in text
    assert cast.foreign.code not in text
    assert Contract.objects.count() == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", ""),
        ("number", "\u200b\u200b"),
        ("number", "x" * 51),
        ("number", "a\x00b"),
        ("name", "  "),
        ("name", "x" * 201),
        ("company", "999999"),
        ("company", "9" * 30),
        ("company", "abc"),
        ("manager", ""),
        ("signed_on", "0000-00-00"),
        ("signed_on", "2026-02-29"),
        ("signed_on", "0001-01-01"),
        ("planned_delivery", "9999-12-31"),
        ("planned_delivery", "10000-01-01"),
        ("planned_delivery", "2001-01-01"),
        ("deal_amount", "NaN"),
        ("deal_amount", "1e309"),
        ("deal_amount", "-1"),
        ("deal_amount", "0x10"),
        ("deal_amount", "1_000"),
        ("deal_amount", "3.999"),
        ("deal_amount", "9" * 15),
        ("quote_amount", "Infinity"),
        ("currency", "BTC"),
        ("description", "x" * 20_001),
    ],
)
def test_contract_new_answers_bad_input_with_a_sentence(cast, sign_in, field, value):
    answer = sign_in("sales").post("/contracts/new/", data(cast, contact="林经理", **{field: value}))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "error-summary" in text
    assert "林经理" in text
    assert Contract.objects.count() == 3


@pytest.mark.parametrize("typed", ["2026-01-02", "2026/1/2", "2026年1月2日", "２０２６-01-02"])
def test_contract_new_reads_days_as_people_write_them(cast, sign_in, typed):
    sign_in("sales").post("/contracts/new/", data(cast, signed_on=typed))
    assert Contract.objects.get(number="HT-NEW-1").signed_on.isoformat() == "2026-01-02"


def test_contract_new_ignores_hidden_fields(cast, sign_in):
    hostile = {"status": "accepted", "stage": "archived", "code": "P0000-1", "version": "7", "id": "1"}
    sign_in("sales").post("/contracts/new/", data(cast, **hostile))
    contract = Contract.objects.get(number="HT-NEW-1")
    assert (contract.status, contract.stage, contract.version) == ("unstarted", "draft", 1)


def test_inactive_company_and_person_cannot_be_named(cast, sign_in):
    cast.companies["b"].__class__.objects.filter(pk=cast.companies["b"].pk).update(active=False)
    post = sign_in("sales").post
    assert post("/contracts/new/", data(cast, company=cast.companies["b"].pk)).status_code == 422
    assert post("/contracts/new/", data(cast, manager=cast.people["disabled"].pk)).status_code == 422


def test_contract_edit_conflict_shows_both(cast, sign_in):
    url, seen = f"/contracts/{cast.own.pk}/edit/", fields_of(cast.own)
    assert sign_in("boss").post(url, {**seen, "name": "老板的名字"}).status_code == 302
    answer = sign_in("pm").post(url, {**seen, "contact": "我的联系人"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "老板的名字" in text
    assert "我的联系人" in text
    cast.own.refresh_from_db()
    assert (cast.own.name, cast.own.contact) == ("老板的名字", "")


@pytest.mark.parametrize("version", ["", "0", "-1", "abc", "99999999999"])
def test_contract_edit_needs_a_version(cast, sign_in, version):
    answer = sign_in("boss").post(
        f"/contracts/{cast.own.pk}/edit/", {**fields_of(cast.own), "version": version}
    )
    assert answer.status_code == 422


def test_contract_edit_keeps_amounts_to_their_managers(cast, sign_in):
    Contract.objects.filter(pk=cast.own.pk).update(deal_amount=100)
    cast.own.refresh_from_db()
    url = f"/contracts/{cast.own.pk}/edit/"
    page = sign_in("pm").get(url).content.decode()
    assert "deal_amount" not in page
    assert "currency" not in page
    sign_in("pm").post(url, {**fields_of(cast.own), "deal_amount": "1", "name": "新名"})
    cast.own.refresh_from_db()
    assert (cast.own.deal_amount, cast.own.name) == (100, "新名")
    sign_in("sales").post(url, {**fields_of(cast.own), "deal_amount": "250"})
    cast.own.refresh_from_db()
    assert cast.own.deal_amount == 250
    with pytest.raises(PermissionDenied):
        services.edit_contract(cast.own, actor=cast["pm"], version=None, deal_amount=Decimal(7))


def test_contract_edit_by_sales_leaves_the_manager(cast, sign_in):
    url = f"/contracts/{cast.own.pk}/edit/"
    assert 'name="manager"' not in sign_in("sales").get(url).content.decode()
    sign_in("sales").post(url, {**fields_of(cast.own), "manager": cast.people["sales"].pk})
    cast.own.refresh_from_db()
    assert cast.own.manager == cast.people["pm"]
    with pytest.raises(PermissionDenied):
        services.edit_contract(cast.own, actor=cast["sales"], version=None, manager=cast.people["sales"])


def test_contract_edit_moves_the_rights_of_customer_and_manager(cast):
    services.edit_contract(
        cast.own,
        actor=cast["boss"],
        version=None,
        company=cast.companies["b"],
        manager=cast.people["outsider"],
    )
    assert not allowed(cast["customer.a"], "follow", cast.own)
    assert allowed(cast["customer.b"], "follow", cast.own)
    assert not allowed(cast["pm"], "view", cast.own)
    assert allowed(cast["outsider"], "manage_team", cast.own)
    assert services.sync_all_grants() == 0


def test_contract_edit_refuses_a_taken_number(cast):
    with pytest.raises(ValidationError):
        services.edit_contract(cast.own, actor=cast["boss"], version=None, number="ht-foreign-1")
    services.edit_contract(cast.own, actor=cast["boss"], version=None, number="ht-own-1")


def test_contract_note(cast, sign_in):
    url = f"/contracts/{cast.own.pk}/note/"
    posted = {"version": cast.own.version, "status_note": "等图纸\r\n第二行\u202e"}
    assert sign_in("staff.mech").post(url, posted).status_code == 403
    assert sign_in("pm").post(url, posted).status_code == 302
    cast.own.refresh_from_db()
    assert cast.own.status_note == "等图纸 第二行"
    assert sign_in("sales").post(url, posted).status_code == 409
    assert sign_in("pm").post(url, {**posted, "status_note": "x" * 201}).status_code == 422


def test_sales_person_joins_the_team_and_is_told(cast, sign_in):
    team = Contract.objects.get(pk=cast.foreign.pk).team
    assert sign_in("sales").get(cast.foreign.get_absolute_url()).status_code == 404
    posted = {**fields_of(cast.foreign), "sales_person": cast.people["sales"].pk}
    assert sign_in("boss").post(f"/contracts/{cast.foreign.pk}/edit/", posted).status_code == 302
    assert team.get().department == cast.departments["sales"]
    assert sign_in("sales").get(cast.foreign.get_absolute_url()).status_code == 200
    assert allowed(cast["sales"], "manage_finance", cast.foreign)
    told = Message.objects.filter(recipient=cast["sales"], target_id=cast.foreign.pk)
    assert [m.event for m in told] == ["contract_assigned"]
    assert services.sync_all_grants() == 0
    made = data(cast, number="HT-SOLD", sales_person=cast.people["sales"].pk)
    assert sign_in("boss").post("/contracts/new/", made).status_code == 302
    sold = Contract.objects.get(number="HT-SOLD")
    assert sold.team.get().person == cast.people["sales"]
    assert Message.objects.filter(recipient=cast["sales"], target_id=sold.pk).count() == 1


def test_contract_edit_leads_to_the_list_who_gave_the_contract_away(cast, sign_in):
    posted = {**fields_of(cast.own), "manager": cast.people["outsider"].pk}
    answer = sign_in("pm").post(f"/contracts/{cast.own.pk}/edit/", posted)
    assert answer.url == "/contracts/"
    back = {**fields_of(Contract.objects.get(pk=cast.own.pk)), "manager": cast.people["pm"].pk}
    answer = sign_in("boss").post(f"/contracts/{cast.own.pk}/edit/", back)
    assert answer.url == cast.own.get_absolute_url()
