"""Routes of production. Each task hangs in its contract: 小张's, of the mechanical department."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from erp.models import ImportJob
from production.interchange.feed import renew_feed, token_of
from production.models import PlanChange, PlanTemplate, Task, TaskDependency, TemplateTask
from tests.access_rows import INSIDE, NOBODY, TASK_READERS, TOP, Row, contract_pk

#: All who see 小张's task; who works on it; who plans it.
SEES = TASK_READERS | {"staff.mech"}
DOES = TOP | {"pm", "leader.mech", "staff.mech"}
PLANS = TOP | {"pm", "leader.mech"}
#: Who decides about whole plans.
WHOLE = TOP | {"pm"}
OPENS = TOP | {"sales"}
#: Heads of departments in the team: they make templates.
MAKES = TOP | {"leader.mech", "leader.elec", "leader.assembly", "buyer", "qc"}
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


def change_pk(state: str, author: str = "pm") -> Any:
    """A change of the plan by the manager (or `author`)."""

    def kwargs(cast: Any, contract: Any) -> dict[str, Any]:
        change = PlanChange.objects.create(
            contract=contract, state=state, deed="roll", cause="internal", author=cast[author]
        )
        return {"pk": change.pk}

    return kwargs


def job_pk(cast: Any, contract: Any) -> dict[str, Any]:
    """An import between look and confirmation; nobody but its owner knows of it."""
    owner = cast["disabled"] if contract == cast.foreign else cast["sales"]
    job = ImportJob.objects.create(
        kind="contracts", owner=owner, file_name="x.csv", payload={"contracts": [], "new_companies": []}
    )
    return {"pk": job.pk}


def file_pk(what: str) -> Any:
    """A file of the mechanical leader's between look and confirmation; of somebody gone in the foreign
    contract."""

    def kwargs(cast: Any, contract: Any) -> dict[str, Any]:
        owner = cast["disabled"] if contract == cast.foreign else cast["leader.mech"]
        payload = {"drafts": [], "ties": [], "rows": [["任务"]], "heading": 0, "file_notes": []}
        job = ImportJob.objects.create(
            kind=f"{what}:{contract.pk}", owner=owner, file_name="x.xml", payload=payload
        )
        return {"pk": contract.pk, "job": job.pk}

    return kwargs


def template_pk(*, active: bool = True) -> Any:
    def kwargs(cast: Any, contract: Any) -> dict[str, Any]:
        template = PlanTemplate.objects.create(name=f"灌装线 {PlanTemplate.objects.count()}", active=active)
        TemplateTask.objects.create(template=template, position=1, name="设计", function="mechanical", days=5)
        return {"pk": template.pk}

    return kwargs


def feed_token(cast: Any, contract: Any) -> dict[str, Any]:
    return {"token": token_of(renew_feed(actor=cast["staff.mech"]))}


def step(sources: str, may: frozenset[str], **fields: Any) -> Row:
    return Row("contract", may, SEES - may, ("GET", "POST"), task_pk(sources, **fields))


ROUTES: dict[str, Row] = {
    "production:plan": Row("contract", TASK_READERS, INSIDE - TASK_READERS, ("GET",), contract_pk),
    "production:why_late": Row("contract", TASK_READERS, INSIDE - TASK_READERS, ("GET",), contract_pk),
    "production:what_if": Row("contract", SEES, NOBODY, ("GET",), task_pk()),
    "production:plan_roll": Row("contract", LEADS, INSIDE - LEADS, ("POST",), contract_pk),
    "production:plan_backward": Row("contract", WHOLE, INSIDE - WHOLE, ("POST",), contract_pk),
    "production:plan_level": Row("contract", WHOLE, INSIDE - WHOLE, ("POST",), contract_pk),
    "production:plan_baseline": Row("contract", WHOLE, INSIDE - WHOLE, ("POST",), contract_pk),
    "production:gantt_analysis": Row("contract", INSIDE, NOBODY, ("GET",), contract_pk),
    "production:plan_change": Row("contract", TASK_READERS, NOBODY, ("GET",), change_pk("proposed")),
    "production:plan_apply": Row("contract", WHOLE, TASK_READERS - WHOLE, ("POST",), change_pk("proposed")),
    "production:plan_decline": Row("contract", WHOLE, TASK_READERS - WHOLE, ("POST",), change_pk("proposed")),
    "production:plan_undo": Row(
        "contract", WHOLE | {"qc"}, TASK_READERS - WHOLE - {"qc"}, ("POST",), change_pk("applied", "qc")
    ),
    "production:slips": Row("site"),
    "production:why": Row("contract", SEES, NOBODY, ("GET",), task_pk()),
    "production:tasks": Row("contract", INSIDE, NOBODY, ("GET",), contract_pk),
    "production:add": Row("contract", LEADS, INSIDE - LEADS, ("POST",), contract_pk),
    "production:new": Row("contract", LEADS, INSIDE - LEADS, ("GET", "POST"), contract_pk),
    "production:handover": Row("contract", TOP | {"pm"}, INSIDE - TOP - {"pm"}, ("GET", "POST"), contract_pk),
    "production:contract_board": Row("contract", INSIDE, NOBODY, ("GET",), contract_pk),
    "production:print_plan": Row("contract", INSIDE, NOBODY, ("GET",), contract_pk),
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
    "production:tasks_board": Row("site"),
    "production:load_map": Row("site"),
    "production:load_cell": Row("site"),
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
    "production:finish": step("in_progress", DOES, needs_acceptance=False),
    "production:cancel": step("not_started", PLANS),
    "production:plan_import": Row("contract", LEADS, INSIDE - LEADS, ("GET", "POST"), contract_pk),
    "production:plan_job": Row(
        "contract", frozenset({"leader.mech"}), NOBODY, ("GET", "POST"), file_pk("plan")
    ),
    "production:plan_export": Row("contract", TASK_READERS, INSIDE - TASK_READERS, ("GET",), contract_pk),
    "production:plan_list": Row("contract", LEADS, INSIDE - LEADS, ("GET", "POST"), contract_pk),
    "production:plan_list_job": Row(
        "contract", frozenset({"leader.mech"}), NOBODY, ("GET", "POST"), file_pk("plan-list")
    ),
    "production:plan_template": Row("contract", LEADS, INSIDE - LEADS, ("GET", "POST"), contract_pk),
    "production:plan_template_save": Row(
        "contract", MAKES, INSIDE - MAKES, ("GET", "POST"), contract_pk, {"name": "非标设备", "tasks": []}
    ),
    "production:plan_clone": Row("contract", LEADS, INSIDE - LEADS, ("GET", "POST"), contract_pk),
    "production:templates": Row("site"),
    "production:template": Row("site", kwargs=template_pk()),
    "production:template_deactivate": Row("site", MAKES, methods=("POST",), kwargs=template_pk()),
    "production:template_activate": Row("site", MAKES, methods=("POST",), kwargs=template_pk(active=False)),
    "production:feed": Row("site"),
    "production:feed_renew": Row("site", methods=("POST",)),
    "production:feed_revoke": Row("site", methods=("POST",)),
    "production:feed_ics": Row("public", kwargs=feed_token),
}
