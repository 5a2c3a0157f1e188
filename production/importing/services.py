"""Check a file into an ImportJob; write a checked job as a whole or not at all."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.models import Contract
from contracts.services import create_contract, join_team, may_create, refresh_status
from erp.audit import acting_as
from erp.models import ImportJob
from erp.workflow import Blocked, create
from orgchart.models import Company, Department, Person
from orgchart.services import create_company
from orgchart.services.records import may_add
from production.importing.checking import Checker
from production.importing.lookups import key, taken
from production.importing.reading import Unreadable, read
from production.models import Task, TaskDependency
from production.services.telling import tell
from production.states import Status

if TYPE_CHECKING:
    from orgchart.models import User

KIND = "contracts"


def check_import(name: str, data: bytes, *, actor: User) -> ImportJob:
    """The dry run: nothing but the job is written. Raises PermissionDenied."""
    if not may_create(actor):
        raise PermissionDenied("may not import contracts")
    checker = Checker(may_open_companies=may_add(actor, Company))
    digest = hashlib.sha256(data).hexdigest()
    try:
        sheets, notes = read(name, data)
        checker.notes.extend(notes)
        checker.check(sheets)
        if not checker.contracts and not checker.problems:
            raise Unreadable(_("The file has no rows."))
    except Unreadable as why:
        checker.problems.insert(0, {"sheet": "", "row": 0, "column": "", "text": str(why)})
    again = ImportJob.objects.filter(kind=KIND, file_hash=digest, state=ImportJob.State.DONE)
    if again.exists():
        checker.notes.insert(0, _("This very file was imported before."))
    plan = {} if checker.problems else checker.plan()
    return ImportJob.objects.create(
        kind=KIND,
        owner=actor,
        file_name=name[:255],
        file_hash=digest,
        payload={**plan, "notes": checker.notes},
        problems=checker.problems,
    )


def jobs_of(user: User) -> Any:
    """Nobody sees, guesses or confirms another's job."""
    return ImportJob.objects.filter(kind=KIND, owner=user)


@transaction.atomic
def run_import(job: ImportJob, *, actor: User, open_companies: bool = False) -> ImportJob:
    """Write everything of a checked job. Raises PermissionDenied (right lost since), Blocked (done or
    discarded before, a number or person gone since, companies not agreed to); then nothing is written."""
    job = jobs_of(actor).select_for_update().get(pk=job.pk)
    if not may_create(actor):
        raise PermissionDenied("may not import contracts")
    if job.state != ImportJob.State.CHECKED or job.problems:
        raise Blocked(_("This import is finished or was discarded."))
    plan = job.payload
    if plan["new_companies"] and not open_companies:
        names = "、".join(plan["new_companies"][:10])
        raise Blocked(_("Agree to open these companies first: %(names)s") % {"names": names})
    _still_true(plan)
    with acting_as(actor, source="import"):
        companies = {key(name): _company(name, actor) for name in plan["new_companies"]}
        done = [_write(row, companies, actor) for row in plan["contracts"]]
    return _finish(job, ImportJob.State.DONE, {"contracts": [c.pk for c in done]})


@transaction.atomic
def discard_import(job: ImportJob, *, actor: User) -> ImportJob:
    """Nothing of it will be written. Raises Blocked when it was."""
    job = jobs_of(actor).select_for_update().get(pk=job.pk)
    if job.state != ImportJob.State.CHECKED:
        raise Blocked(_("This import is finished or was discarded."))
    return _finish(job, ImportJob.State.DISCARDED, {})


def _finish(job: ImportJob, state: str, result: dict[str, Any]) -> ImportJob:
    """The payload has served; what was written stays."""
    job.state, job.result = state, result
    job.payload = {"notes": job.payload.get("notes", [])}
    job.save(update_fields=["state", "result", "payload"])
    return job


def _company(name: str, actor: User) -> Company:
    found = Company.objects.filter(name=name).first()
    return found or create_company(actor=actor, name=name)


def _still_true(plan: dict[str, Any]) -> None:
    """What the dry run found may have changed since."""
    gone = taken([row["number"] for row in plan["contracts"]])
    if gone:
        raise Blocked(
            _("Meanwhile taken: %(numbers)s. Check the file again.")
            % {"numbers": "、".join(sorted(gone)[:10])}
        )
    tasks = [task for row in plan["contracts"] for task in row["tasks"]]
    people = {t["assignee"] for t in tasks} | {
        row[name] for row in plan["contracts"] for name in ("manager", "sales_person")
    }
    for model, wanted in (
        (Person, people),
        (Department, {t["department"] for t in tasks}),
        (Company, {row["company"] for row in plan["contracts"]}),
    ):
        wanted = wanted - {None}
        rows: Any = model
        if rows.objects.active().filter(pk__in=wanted).count() != len(wanted):
            raise Blocked(_("Somebody or something named in the file is no longer active. Check it again."))


def _write(row: dict[str, Any], companies: dict[str, Company], actor: User) -> Contract:
    company = row["company"] or companies[key(row["company_name"])].pk
    contract = create_contract(
        actor=actor,
        number=row["number"],
        name=row["name"],
        company_id=company,
        manager_id=row["manager"],
        sales_person_id=row["sales_person"],
        contact=row["contact"] or "",
        contact_phone=row["contact_phone"] or "",
        signed_on=date.fromisoformat(row["signed_on"]),
        planned_delivery=date.fromisoformat(row["planned_delivery"]),
        quote_amount=_amount(row["quote_amount"]),
        deal_amount=_amount(row["deal_amount"]),
        description=row["description"] or "",
    )
    if row["tasks"]:
        _write_tasks(contract, row["tasks"], actor)
    return contract


def _amount(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None


def _write_tasks(contract: Contract, rows: list[dict[str, Any]], actor: User) -> None:
    """The plan of a contract just opened: whoever opens it brings its first plan along."""
    tasks = [_write_task(contract, place, row, actor) for place, row in enumerate(rows, 1)]
    for task, row in zip(tasks, rows, strict=True):
        for place in row["after"]:
            create(TaskDependency(predecessor=tasks[place], successor=task), actor=actor, verb="link")
    people = Person.objects.select_related("department", "user").in_bulk(
        {task.assignee_id for task in tasks if task.assignee_id}
    )
    for person in people.values():
        join_team(contract, person, actor=actor, department=person.department)
    for task in tasks:
        if task.assignee_id:
            task.assignee = people[task.assignee_id]
            tell("task_assigned", task, actor=actor, due=task.planned_end.isoformat())
    refresh_status(contract)


def _write_task(contract: Contract, place: int, row: dict[str, Any], actor: User) -> Task:
    """A task with progress has begun: on its planned start, today at the latest."""
    start, progress = date.fromisoformat(row["start"]), row["progress"] or 0
    begun = (
        {"status": Status.IN_PROGRESS, "actual_start": min(start, timezone.localdate())} if progress else {}
    )
    task = Task(
        contract=contract,
        position=place,
        name=row["task"],
        department_id=row["department"],
        assignee_id=row["assignee"],
        planned_start=start,
        planned_end=date.fromisoformat(row["end"]),
        progress=progress,
        milestone=bool(row["milestone"]),
        description=row["task_description"] or "",
        **begun,
    )
    return create(task, actor=actor)
