"""Routes of feedback. Each is 小张's to handle, of the mechanical department, entered by sales and shown to
the customer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from feedback.models import Feedback
from tests.access_rows import INSIDE, NOBODY, TOP, Row, contract_pk
from tests.access_rows.production import SEES as SEES_TASK
from tests.access_rows.production import task_pk

#: Who sees to all feedback of the contract; who besides leads or handles it; who reads all.
WHOLE = TOP | {"pm", "service"}
LEADS = WHOLE | {"leader.mech"}
DOES = LEADS | {"staff.mech"}
SPEAKS = DOES | {"sales"}
SEES = SPEAKS | {"qc"}
ENTERS = WHOLE | {"sales"}
OPENS = TOP | {"sales"}
CUSTOMER = frozenset({"customer.a"})


def feedback_pk(status: str = "in_progress", **fields: Any) -> Any:
    """A feedback of the contract, written past the services: archived contracts have some, too."""

    def kwargs(cast: Any, contract: Any) -> dict[str, Any]:
        own, now = contract != cast.foreign, timezone.now()
        row = Feedback.objects.create(
            contract=contract,
            department=cast.departments["mechanical"] if own else None,
            kind="bug",
            title="灌装阀滴漏",
            text="三号阀停机后仍滴漏",
            reporter=cast["sales" if own else "boss"],
            reported_on=timezone.localdate(),
            handler=cast.people["staff.mech"] if own else None,
            clock_from=now,
            due_at=now + timedelta(days=3),
            coverage="warranty",
            status=status,
            resolved_at=now if status in ("resolved", "closed") else None,
            **fields,
        )
        return {"pk": row.pk}

    return kwargs


def deed(may: frozenset[str], status: str = "in_progress") -> Row:
    return Row("contract", may=may, sees=SEES - may, methods=("GET", "POST"), kwargs=feedback_pk(status))


ROUTES: dict[str, Row] = {
    "feedback:list": Row("site"),
    "feedback:board": Row("site"),
    "feedback:tile": Row("site"),
    "feedback:settings": Row("site", may=TOP, methods=("GET", "POST")),
    "feedback:feedback": Row("contract", may=SEES, kwargs=feedback_pk()),
    "feedback:edit": deed(LEADS),
    "feedback:assign": deed(LEADS),
    "feedback:cover": deed(LEADS),
    "feedback:comment": deed(SPEAKS),
    "feedback:rework": deed(LEADS),
    "feedback:follow_up": deed(OPENS),
    "feedback:start": deed(DOES, "new"),
    "feedback:resolve": deed(DOES),
    "feedback:close": deed(ENTERS, "resolved"),
    "feedback:reopen": deed(ENTERS, "resolved"),
    "feedback:contract_feedback": Row("contract", may=INSIDE, kwargs=contract_pk),
    "feedback:panel": Row("contract", may=INSIDE, kwargs=contract_pk),
    "feedback:new": Row(
        "contract", may=ENTERS, sees=INSIDE - ENTERS, methods=("GET", "POST"), kwargs=contract_pk
    ),
    "feedback:of_task": Row("contract", may=SEES_TASK, sees=NOBODY, kwargs=task_pk()),
    "feedback:portal_panel": Row("portal", may=CUSTOMER, kwargs=contract_pk),
    "feedback:portal_new": Row("portal", may=CUSTOMER, methods=("GET", "POST"), kwargs=contract_pk),
    "feedback:portal_feedback": Row("portal", may=CUSTOMER, kwargs=feedback_pk()),
    "feedback:portal_answer": Row("portal", may=CUSTOMER, methods=("GET", "POST"), kwargs=feedback_pk()),
    "feedback:portal_files": Row("portal", may=CUSTOMER, methods=("POST",), kwargs=feedback_pk()),
    "feedback:portal_confirm": Row(
        "portal", may=CUSTOMER, methods=("GET", "POST"), kwargs=feedback_pk("resolved")
    ),
    "feedback:portal_reopen": Row(
        "portal", may=CUSTOMER, methods=("GET", "POST"), kwargs=feedback_pk("resolved")
    ),
}
