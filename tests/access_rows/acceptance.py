"""Routes of acceptances. Of a task of 小张's, submitted by himself, level 1 waits; the acceptance of the
contract waits for the customer where it says so."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from acceptance.models import Acceptance, AcceptanceRound, AcceptanceStep
from production.models import Task
from tests.access_rows import INSIDE, NOBODY, TOP, Row, contract_pk
from tests.access_rows.production import SEES as SEES_TASK
from tests.access_rows.production import task_pk

#: Who sees the acceptance of 小张's task, and that of the contract as a whole.
SEES = INSIDE
SEES_WHOLE = INSIDE - {"staff.mech"}
MANAGES = TOP | {"pm"}
CUSTOMER = frozenset({"customer.a"})


def rounds(acceptance: Acceptance, state: str, levels: tuple[int, ...], now: int, by: Any) -> None:
    round_ = AcceptanceRound.objects.create(
        acceptance=acceptance, number=1, opened_at=timezone.now(), applied_by=by, result=state
    )
    for level in levels:
        done = {"decided_at": timezone.now(), "result": "passed"} if level < now else {}
        AcceptanceStep.objects.create(round=round_, level=level, **done)


def of_task(cast: Any, contract: Any) -> dict[str, Any]:
    """Written past the services: archived contracts have acceptances too."""
    own = contract != cast.foreign
    task = Task.objects.get(**task_pk("waiting_qc")(cast, contract))
    by = cast["staff.mech" if own else "boss"]
    found = Acceptance.objects.create(
        contract=contract, department=task.department, scope="task", task=task, title=task.name, level=1,
        applied_by=by,
    )  # fmt: skip
    rounds(found, "pending", (1, 2), 1, by)
    return {"pk": found.pk}


def of_contract(level: int = 1, state: str = "pending", by: str = "pm") -> Any:
    def kwargs(cast: Any, contract: Any) -> dict[str, Any]:
        own = contract != cast.foreign
        user = cast[by if own else "boss"]
        found = Acceptance.objects.create(
            contract=contract, scope="contract", kind="fat", title="出厂验收", applied_by=user, state=state,
            level=level if own and state == "pending" else 1,
        )  # fmt: skip
        rounds(found, state, (1, 2, 3), level if own else 1, user)
        return {"pk": found.pk}

    return kwargs


def deed(may: frozenset[str], kwargs: Any, sees: frozenset[str] = SEES, *methods: str) -> Row:
    return Row("contract", may, sees - may, methods or ("GET", "POST"), kwargs)


ROUTES: dict[str, Row] = {
    "acceptance:list": Row("site"),
    "acceptance:contract": Row("contract", INSIDE, NOBODY, ("GET",), contract_pk),
    "acceptance:apply": Row("contract", MANAGES, INSIDE - MANAGES, ("GET", "POST"), contract_pk),
    "acceptance:levels": Row("contract", MANAGES, INSIDE - MANAGES, ("GET", "POST"), contract_pk),
    "acceptance:acceptance": Row("contract", SEES_WHOLE | CUSTOMER, NOBODY, ("GET",), of_contract(3)),
    "acceptance:findings": deed(TOP | {"leader.mech"}, of_task, SEES, "POST"),
    "acceptance:pass": deed(TOP | {"leader.mech"}, of_task),
    "acceptance:reject": deed(TOP | {"leader.mech"}, of_task),
    "acceptance:withdraw": deed(MANAGES | {"staff.mech"}, of_task),
    "acceptance:reapply": deed(MANAGES, of_contract(state="rejected"), SEES_WHOLE),
    "acceptance:task_panel": Row("contract", SEES_TASK, NOBODY, ("GET",), task_pk("waiting_qc")),
    "acceptance:portal_panel": Row("portal", CUSTOMER, NOBODY, ("GET",), contract_pk),
    "acceptance:portal_acceptance": Row("contract", CUSTOMER, NOBODY, ("GET",), of_contract(3)),
    "acceptance:portal_pass": Row("contract", CUSTOMER, NOBODY, ("GET", "POST"), of_contract(3)),
    "acceptance:portal_reject": Row("contract", CUSTOMER, NOBODY, ("GET", "POST"), of_contract(3)),
}
