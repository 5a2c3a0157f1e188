"""MS Project files into a contract: checked into an ImportJob, written as a whole or not at all."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import Contract
from erp.audit import acting_as
from erp.models import ImportJob
from erp.roles import REACH_ALL
from erp.workflow import Blocked
from orgchart.models import Department
from production.interchange.drafts import DraftPlan, write_plan
from production.interchange.jobs import close_job, lock_job, open_job, plannable, seen_before
from production.interchange.mspdi import Broken, Remark
from production.interchange.mspdi_read import read
from production.interchange.understanding import Understanding
from production.models import Task

if TYPE_CHECKING:
    from orgchart.models import User

PLAN = "plan"


def check_plan(
    contract: Contract, name: str, data: bytes, *, actor: User, department: Department | None = None
) -> ImportJob:
    """The dry run of an MS Project file: what would be made, and what is wrong, element by element.
    `department` takes tasks that name none of ours. Raises PermissionDenied."""
    departments = plannable(actor, contract)
    payload: dict[str, Any] = {**DraftPlan().as_json(), "notes": []}
    problems: list[Remark] = []
    try:
        project = read(data)
    except Broken as why:
        problems.append(why.remark)
    else:
        found = Understanding(
            project,
            actor,
            plannable={d.pk for d in departments},
            decides=_decides(actor),
            otherwise=department.pk if department else None,
        )
        found.run()
        notes = [*seen_before(PLAN, contract, data), *counted(found.notes)]
        payload = {**found.plan.as_json(), "notes": notes, "baseline": project.name or name}
        problems = found.problems
    if why_not := contract.frozen():
        problems.insert(0, Remark(why_not))
    return open_job(PLAN, contract, name, data, payload, [as_row(one) for one in problems], actor=actor)


def _decides(user: User) -> set[int]:
    """Departments whose finished work somebody may bring along as done: of all for boss and
    administrator; for everybody else acceptance says what is done."""
    if user.role in REACH_ALL:
        return set(Department.objects.values_list("pk", flat=True))
    return set()


def as_row(remark: Remark) -> dict[str, Any]:
    """A remark as an ImportJob keeps it, in the reader's language."""
    text = _(remark.text)
    return {
        "sheet": "",
        "row": remark.line,
        "column": remark.where,
        "text": text % remark.names if remark.names else text,
    }


def counted(notes: Counter[str]) -> list[str]:
    """Each note once, with how often it holds."""
    return [f"{text} ×{count}" if count > 1 else text for text, count in notes.items()]


@transaction.atomic
def run_plan(job: ImportJob, contract: Contract, *, actor: User) -> list[Task]:
    """Write a checked file. Raises PermissionDenied, Blocked (done or discarded before, something named
    is gone, the contract is frozen); then nothing is written."""
    job = lock_job(job, actor=actor)
    plan = DraftPlan.from_json(job.payload)
    with acting_as(actor, source="import"):
        try:
            name = job.payload.get("baseline", "")
            tasks = write_plan(contract, plan, actor=actor, baseline=name, reason=job.file_name)
        except ValidationError as wrong:
            raise Blocked(" ".join(wrong.messages)) from None
    close_job(job, ImportJob.State.DONE, {"tasks": [task.pk for task in tasks]})
    return tasks


@transaction.atomic
def discard_plan(job: ImportJob, *, actor: User) -> ImportJob:
    """Nothing of it will be written. Raises Blocked when it was."""
    return close_job(lock_job(job, actor=actor, clean=False), ImportJob.State.DISCARDED, {})
