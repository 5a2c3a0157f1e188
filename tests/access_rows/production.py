"""Routes of production. Each task hangs in its contract: 小张's, of the mechanical department."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from erp.models import ImportJob
from production.models import Task, TaskDependency
from tests.access_rows import INSIDE, NOBODY, TASK_READERS, TOP, Row, contract_pk

#: All who see 小张's task; who works on it; who plans it; who decides on it.
SEES = TASK_READERS | {"staff.mech"}
DOES = TOP | {"pm", "leader.mech", "staff.mech"}
PLANS = TOP | {"pm", "leader.mech"}
DECIDES = TOP | {"leader.mech"}
OPENS = TOP | {"sales"}
LEADS = TOP | {"pm", "leader.mech", "leader.elec", "leader.assembly"}


def task_pk(status: str = "in_progress", **fields: Any) -> Any:
    """A task in the contract, written past the services: archived contracts have tasks too."""

    def kwargs(cast: Any, contract: Any) -> dict[str, Any]:
        own = contract != cast.foreign
        today = timezone.localdate()
        task = Task.objects.create(
            contract=contract,
            department=cast.departments["mechanical"],
            assignee=cast.people["staff.mech"] if own else None,
            name="机架焊接",
            planned_start=today,
            planned_end=today + timedelta(days=4),
            **{
                "status": status,
                "actual_start": None if status == "not_started" else today,
                **fields,
            },
        )
        return {"pk": task.pk}

    return kwargs


def link_pk(cast: Any, contract: Any) -> dict[str, Any]:
    first, second = (Task.objects.get(**task_pk("not_started")(cast, contract)) for _ in "ab")
    return {"pk": TaskDependency.objects.create(predecessor=first, successor=second).pk}


def job_pk(cast: Any, contract: Any) -> dict[str, Any]:
    """An import between look and confirmation; nobody but its owner knows of it."""
    owner = cast["disabled"] if contract == cast.foreign else cast["sales"]
    job = ImportJob.objects.create(
        kind="contracts", owner=owner, file_name="x.csv", payload={"contracts": [], "new_companies": []}
    )
    return {"pk": job.pk}


def step(sources: str, may: frozenset[str], **fields: Any) -> Row:
    return Row("contract", may, SEES - may, ("GET", "POST"), task_pk(sources, **fields))


ROUTES: dict[str, Row] = {
    "production:tasks": Row("contract", INSIDE, NOBODY, ("GET",), contract_pk),
    "production:add": Row("contract", LEADS, INSIDE - LEADS, ("POST",), contract_pk),
    "production:new": Row("contract", LEADS, INSIDE - LEADS, ("GET", "POST"), contract_pk),
    "production:handover": Row("contract", TOP | {"pm"}, INSIDE - TOP - {"pm"}, ("GET", "POST"), contract_pk),
    "production:gantt": Row("contract", INSIDE, NOBODY, ("GET",), contract_pk),
    "production:gantt_data": Row("contract", INSIDE, NOBODY, ("GET",), contract_pk),
    "production:panel": Row("contract", INSIDE, NOBODY, ("GET",), contract_pk),
    "production:milestones": Row("portal", frozenset({"customer.a"}), NOBODY, ("GET",), contract_pk),
    "production:import": Row("site", OPENS, methods=("GET", "POST")),
    "production:import_template": Row("site", OPENS),
    "production:import_job": Row("contract", frozenset({"sales"}), NOBODY, ("GET", "POST"), job_pk),
    "production:portfolio": Row("site"),
    "production:portfolio_data": Row("site"),
    "production:tile_ahead": Row("site"),
    "production:tile_load": Row("site"),
    "production:mine": Row("site"),
    "production:by_department": Row("site"),
    "production:by_person": Row("site"),
    "production:task": Row("contract", SEES, NOBODY, ("GET",), task_pk()),
    "production:edit": step("not_started", PLANS),
    "production:progress": step("in_progress", DOES),
    "production:reschedule": step("not_started", PLANS),
    "production:links": step("not_started", PLANS),
    "production:unlink": Row("contract", PLANS, SEES - PLANS, ("POST",), link_pk),
    "production:move": Row("contract", PLANS, SEES - PLANS, ("POST",), task_pk()),
    "production:start": step("not_started", DOES),
    "production:pause": step("in_progress", DOES),
    "production:resume": step("paused", DOES),
    "production:submit": step("in_progress", DOES),
    "production:pass": step("waiting_qc", DECIDES),
    "production:reject": step("waiting_qc", DECIDES),
    "production:finish": step("in_progress", DOES, needs_acceptance=False),
    "production:cancel": step("not_started", PLANS),
}
