"""Routes of contracts."""

from typing import Any

from django.utils import timezone

from contracts import services
from contracts.models import ChangeOrder, Contract, Delivery
from tests.access_rows import CUSTOMERS, INSIDE, TOP, Row, contract_pk

BOTH = ("GET", "POST")
EDITORS = TOP | {"pm", "sales"}
MANAGERS = TOP | {"pm"}
#: Leaders place people of their own department.
PLACERS = MANAGERS | {"leader.mech", "leader.elec", "leader.assembly"}


def member(cast: Any, contract: Any) -> dict[str, Any]:
    """staff.mech's place in the team; in the foreign contract the one that boss gets there."""
    row = contract.team.filter(person=cast.people["staff.mech"]).first() or contract.team.first()
    if row is None:
        person = cast.people["boss"]
        row = services.add_member(
            contract, actor=cast["boss"], person=person, department=person.department, duty="member"
        )
    return {"pk": contract.pk, "member": row.pk}


def delivery(cast: Any, contract: Any) -> dict[str, Any]:
    """A delivery of the contract: the foreign one is void, so that its customer does not see it."""
    facts = {"contract": contract, "delivered_on": contract.signed_on, "final": False}
    state = "void" if contract == cast.foreign else "recorded"
    row = contract.deliveries.first() or Delivery.objects.create(**facts, state=state)
    return {"pk": contract.pk, "delivery": row.pk}


def order(contract: Any, state: str) -> ChangeOrder:
    sent = None if state == "draft" else timezone.now()
    facts = {"title": "加装", "reason": "客户", "scope": "相机", "currency": "CNY"}
    row = contract.change_orders.filter(state=state).first()
    number = contract.change_orders.count() + 1
    return row or ChangeOrder.objects.create(
        pk=70_000 + contract.pk * 10 + number, contract=contract, number=number, state=state, sent_at=sent,
        **facts,
    )  # fmt: skip


def change(cast: Any, contract: Any) -> dict[str, Any]:
    """A change order with the customer; the foreign one is a draft, so that its customer does not see it."""
    state = "draft" if contract == cast.foreign else "sent"
    return {"pk": contract.pk, "change": order(contract, state).pk}


def unmanaged(cast: Any, contract: Any) -> Any:
    """The boss manages the foreign contract, and would answer for the customer as its manager."""
    if contract == cast.foreign:
        Contract.objects.filter(pk=contract.pk).update(manager=cast.people["disabled"])
        services.sync_grants(Contract.objects.get(pk=contract.pk))
    return contract


def answered(cast: Any, contract: Any) -> dict[str, Any]:
    return change(cast, unmanaged(cast, contract))


def arriving(cast: Any, contract: Any) -> dict[str, Any]:
    return {"pk": unmanaged(cast, contract).pk}


def draft(cast: Any, contract: Any) -> dict[str, Any]:
    return {"pk": contract.pk, "change": order(contract, "draft").pk}


def asked(cast: Any, contract: Any) -> dict[str, Any]:
    """A change order that the customer of its contract was asked about."""
    return {"pk": order(contract, "sent").pk}


def arrived(cast: Any, contract: Any) -> dict[str, Any]:
    facts = {"contract": contract, "delivered_on": contract.signed_on, "final": False}
    row = contract.deliveries.filter(state="recorded").first() or Delivery.objects.create(**facts)
    return {"pk": contract.pk, "delivery": row.pk}


def on(make: Any, may: frozenset[str], **data: Any) -> Row:
    """A deed on something of the contract that everybody inside sees."""
    return Row("contract", may, INSIDE - may, BOTH, make, data)


def customers(make: Any, methods: tuple[str, ...] = ("GET",)) -> Row:
    return Row("portal", frozenset({"customer.a"}), methods=methods, kwargs=make)


def step(may: frozenset[str], **data: Any) -> Row:
    return Row("contract", may, INSIDE - may, BOTH, contract_pk, data)


ROUTES: dict[str, Row] = {
    "contracts:list": Row("site"),
    "contracts:new": Row("site", TOP | {"sales"}, methods=BOTH),
    "contracts:detail": Row("contract", INSIDE, kwargs=contract_pk),
    "contracts:edit": step(EDITORS),
    "contracts:note": step(EDITORS),
    "contracts:release_plan": step(frozenset({"boss", "pm"})),
    "contracts:deliver": step(MANAGERS),
    "contracts:archive": step(TOP),
    "contracts:reopen": step(frozenset({"boss"})),
    "contracts:cancel": step(frozenset({"boss"})),
    "contracts:team": Row("contract", INSIDE, kwargs=contract_pk),
    "contracts:member_add": step(PLACERS),
    "contracts:manager": step(MANAGERS),
    "contracts:notify": Row("contract", INSIDE, kwargs=contract_pk),
    "contracts:robots": step(MANAGERS),
    "contracts:member_duty": Row("contract", MANAGERS | {"leader.mech"}, INSIDE, BOTH, member),
    "contracts:member_remove": Row("contract", MANAGERS | {"leader.mech"}, INSIDE, BOTH, member),
    "contracts:history": Row("contract", INSIDE, kwargs=contract_pk),
    "contracts:tile_pipeline": Row("site"),
    "contracts:tile_trend": Row("site"),
    "contracts:portal": Row("portal", CUSTOMERS),
    "contracts:portal_contract": Row("portal", frozenset({"customer.a"}), kwargs=contract_pk),
    "contracts:confirm_delivery": Row("portal", frozenset({"customer.a"}), methods=BOTH, kwargs=contract_pk),
    "contracts:delivery": Row("contract", INSIDE, kwargs=contract_pk),
    "contracts:delivery_panel": Row("contract", INSIDE, kwargs=contract_pk),
    "contracts:delivery_confirm": on(arriving, frozenset({"pm"})),
    "contracts:delivery_record": Row("contract", INSIDE | {"customer.a"}, kwargs=delivery),
    "contracts:delivery_correct": on(delivery, MANAGERS),
    "contracts:delivery_void": on(delivery, MANAGERS),
    "contracts:changes": Row("contract", INSIDE, kwargs=contract_pk),
    "contracts:change_new": step(EDITORS),
    "contracts:change": Row("contract", INSIDE | {"customer.a"}, kwargs=change),
    "contracts:change_edit": on(draft, EDITORS),
    "contracts:change_send": on(draft, frozenset({"boss"})),
    "contracts:change_accept": on(answered, frozenset({"pm"})),
    "contracts:change_reject": on(answered, frozenset({"pm"})),
    "contracts:change_apply": on(change, MANAGERS),
    "contracts:change_withdraw": on(change, EDITORS),
    "contracts:export": step(TOP),
    "contracts:portal_deliveries": customers(contract_pk),
    "contracts:report_missing": customers(arrived, BOTH),
    "contracts:portal_changes": customers(contract_pk),
    "contracts:portal_change": customers(asked),
    "contracts:portal_change_accept": customers(asked, BOTH),
    "contracts:portal_change_reject": customers(asked, BOTH),
}
