"""Routes of checklists, papers and yield. The acceptance is of 小张's task, or of the contract."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from acceptance.models import Acceptance, AcceptanceRound, AcceptanceStep, ChecklistTemplate
from tests.access_rows import CUSTOMERS, INSIDE, NOBODY, OFFICE, TOP, Row
from tests.access_rows.production import task_pk

#: Who keeps the checklists: boss, administrator, the head of quality.
KEEPS = TOP | {"qc"}


def template_pk(*, active: bool = True) -> Any:
    def kwargs(cast: Any, contract: Any) -> dict[str, Any]:
        place = {"scope": "task", "level": 1 + ChecklistTemplate.objects.count() % 3}
        ChecklistTemplate.objects.filter(**place).update(active=False)  # one of a place is in use
        item = {"text": "外观", "hint": "", "needs_evidence": False, "mandatory": True}
        return {"pk": ChecklistTemplate.objects.create(name="自检", active=active, items=[item], **place).pk}

    return kwargs


def acceptance_pk(cast: Any, contract: Any, *, scope: str = "task") -> dict[str, Any]:
    """An acceptance whose first round is passed, written past the services: archived contracts have
    some too."""
    task = task_pk("done")(cast, contract)["pk"] if scope == "task" else None
    now = timezone.now()
    acceptance = Acceptance.objects.create(
        contract=contract,
        scope=scope,
        task_id=task,
        title="机架焊接",
        state="passed",
        applied_by=cast["boss"],
    )
    round_ = AcceptanceRound.objects.create(
        acceptance=acceptance, number=1, opened_at=now, closed_at=now, result="passed"
    )
    decided = {"result": "passed", "decided_by": cast["qc"], "decided_at": now}
    AcceptanceStep.objects.create(round=round_, level=2 if task else 3, **decided)
    return {"pk": acceptance.pk}


def whole_pk(cast: Any, contract: Any) -> dict[str, Any]:
    return acceptance_pk(cast, contract, scope="contract")


ROUTES: dict[str, Row] = {
    "acceptance:checklists": Row("site", OFFICE),
    "acceptance:checklist": Row("site", OFFICE, NOBODY, ("GET",), template_pk()),
    "acceptance:checklist_new": Row("site", KEEPS, NOBODY, ("GET", "POST")),
    "acceptance:checklist_edit": Row("site", KEEPS, NOBODY, ("GET", "POST"), template_pk()),
    "acceptance:checklist_activate": Row("site", KEEPS, NOBODY, ("POST",), template_pk(active=False)),
    "acceptance:checklist_deactivate": Row("site", KEEPS, NOBODY, ("POST",), template_pk()),
    "acceptance:checklist_standard": Row("site", KEEPS, NOBODY, ("POST",)),
    "acceptance:check": Row("site", OFFICE | CUSTOMERS),
    "acceptance:paper": Row("contract", INSIDE, NOBODY, ("GET",), acceptance_pk),
    "acceptance:portal_paper": Row("portal", frozenset({"customer.a"}), NOBODY, ("GET",), whole_pk),
    "acceptance:yield": Row("site", OFFICE),
    "acceptance:tile_first_pass": Row("site", OFFICE),
}
