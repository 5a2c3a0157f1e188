"""Routes of contracts."""

from typing import Any

from contracts import services
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
}
