"""A bill of materials into an ImportJob, and from there into the contract: whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import Contract, TeamMember
from contracts.services import lock_contract
from erp.access import held
from erp.audit import acting_as
from erp.models import ImportJob
from erp.reading import Unreadable
from erp.roles import LEADING
from erp.workflow import Blocked, Stale
from orgchart.models import Department, Person
from procurement.bom.columns import fingerprint, guess, known
from procurement.bom.comparing import Comparison, Place, compare
from procurement.bom.parsing import Line, Parts, key
from procurement.bom.reading import Table
from procurement.models import ProcurementItem, Supplier
from procurement.models.bom import BomMapping
from procurement.services import (
    cancel_item,
    create_items,
    edit_item,
    may_manage,
    may_price,
    may_request,
)
from procurement.states import Status
from production.interchange.jobs import NAMELESS, close_job, lock_job, open_job, seen_before
from production.models import Task
from production.states import Status as TaskStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgchart.models import User

BOM = "bom"
#: What rows without a unit are counted in unless somebody says otherwise.
UNIT = "件"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person says of a list: its columns, for whom and which task it is, for how many machines,
    and what rows without a unit are counted in."""

    mapping: Mapping[int, str]
    department: Department
    task: Task | None = None
    sets: int = 1
    unit: str = ""


def name_of(job: ImportJob) -> str:
    """What a list is called, in the reader's language; what was pasted has no name of its own."""
    return job.file_name if job.file_name != NAMELESS else str(_("pasted cells"))


def departments_of(user: User, contract: Contract) -> list[Department]:
    """The active departments somebody requests for in a contract, the own one first. Raises
    PermissionDenied for none."""
    rows = Department.objects.active()
    if not may_manage(user, contract):
        led = TeamMember.objects.filter(contract=contract, person__user=user, duty__in=LEADING)
        rows = rows.filter(pk__in=led.order_by().values("department"))
    found = list(rows) if user.is_active else []
    if not found:
        raise PermissionDenied("requests for no department here")
    person: Person | None = getattr(user, "person", None)
    own = person.department_id if person else None
    return sorted(found, key=lambda d: d.pk != own)


def tasks_of(user: User, contract: Contract) -> Any:
    """The tasks a list may be for."""
    rows = Task.objects.for_user(user).filter(contract=contract).exclude(status=TaskStatus.CANCELLED)
    return rows.select_related("department").order_by("department__position", "position", "id")


def open_bom(
    contract: Contract, name: str, data: bytes, read: Callable[[], Table], *, actor: User
) -> ImportJob:
    """Read a list and guess its columns; nothing of the contract is written. Raises PermissionDenied."""
    departments = departments_of(actor, contract)
    problems: list[dict[str, Any]] = []
    try:
        table = read()
    except Unreadable as why:
        table = Table()
        problems.append({"row": 0, "column": "", "text": str(why)})
    table.notes[:0] = seen_before(BOM, contract, data)
    mapping, unit = _remembered(table, actor)
    payload = {**table.as_json(), "mapping": {}, "unit": unit, "sets": 1, "notes": table.notes, "lines": []}
    job = open_job(BOM, contract, name, data, payload, problems, actor=actor)
    if problems:
        return job
    return map_bom(job, contract, Choice(mapping, departments[0], unit=unit), actor=actor, remember=False)


def _remembered(table: Table, user: User) -> tuple[dict[int, str], str]:
    """How the same headings were read before: by this person, else by whoever read them last."""
    rows = BomMapping.objects.filter(fingerprint=fingerprint(table.headings))
    found = rows.filter(owner=user).first() or rows.order_by("-used", "-pk").first()
    if found is None:
        return guess(table.headings), UNIT
    return known(found.mapping, len(table.headings)), found.unit


@transaction.atomic
def map_bom(
    job: ImportJob, contract: Contract, choice: Choice, *, actor: User, remember: bool = True
) -> ImportJob:
    """Check the list with these columns, which are remembered. Raises PermissionDenied, Blocked (finished
    or discarded)."""
    _demand(actor, contract, choice.department)
    job = lock_job(job, actor=actor, clean=False)
    table = Table.from_json(job.payload)
    mapping = known(choice.mapping, len(table.headings))
    prices = may_price(actor, contract) and may_manage(actor, contract)
    parts = Parts(
        table.headings,
        mapping,
        sets=choice.sets,
        unit=choice.unit,
        prices=prices,
        since_1904=table.since_1904,
    )
    parts.read(table.below, table.at + 2)
    if why := contract.frozen():
        parts.problem(0, "", why)
    if "price" in mapping.values() and not prices:
        parts.notes.append(_("The column of prices is not read: you may not enter purchase prices here."))
    if may_manage(actor, contract):
        parts.notes += _unknown_suppliers(parts.lines)
    elif "supplier" in mapping.values():
        parts.notes.append(_("The column of suppliers is not read: purchasing chooses them."))
    job.payload |= {
        "mapping": {str(place): meaning for place, meaning in mapping.items()},
        "department": choice.department.pk,
        "task": choice.task.pk if choice.task else None,
        "sets": choice.sets,
        "unit": choice.unit,
        "lines": [line.as_json() for line in parts.lines],
        "skipped": parts.skipped,
        "notes": [*table.notes, *parts.notes],
    }
    job.problems = parts.problems
    job.save(update_fields=["payload", "problems"])
    if remember and mapping:
        _remember(table, mapping, choice.unit, actor)
    return job


def _remember(table: Table, mapping: Mapping[int, str], unit: str, user: User) -> None:
    values = {"mapping": {str(place): meaning for place, meaning in mapping.items()}, "unit": unit}
    BomMapping.objects.update_or_create(fingerprint=fingerprint(table.headings), owner=user, defaults=values)


def _suppliers() -> dict[str, Supplier]:
    return {key(supplier.name): supplier for supplier in Supplier.objects.active()}


def _unknown_suppliers(lines: list[Line]) -> list[str]:
    there = _suppliers()
    names = dict.fromkeys(
        line.supplier for line in lines if line.supplier and key(line.supplier) not in there
    )
    if not names:
        return []
    text = _("Unknown suppliers are left out; enter them first if you need them: %(names)s")
    return [text % {"names": _(", ").join(list(names)[:20])}]


def compared(job: ImportJob, contract: Contract, *, actor: User) -> Comparison:
    """What the checked list would do to the contract as it stands now."""
    lines = [Line.from_json(line) for line in job.payload.get("lines", [])]
    if job.problems or not lines:
        return Comparison()
    task_id = job.payload.get("task")
    task = tasks_of(actor, contract).filter(pk=task_id).first() if task_id else None
    rights = held(actor, ("manage_procurement", "view_purchase_price"), contract)
    if len(rights) < 2:  # they may be gone since the look
        for line in lines:
            line.price = None
    suppliers = _suppliers() if "manage_procurement" in rights else {}
    place = Place(job.payload["department"], task, suppliers)
    rows = ProcurementItem.objects.for_user(actor).filter(contract=contract, department=place.department)
    rows = rows.exclude(status=Status.CANCELLED).select_related("supplier", "task").order_by("id")
    return compare(lines, rows, place)


@transaction.atomic
def run_bom(
    job: ImportJob, contract: Contract, *, actor: User, digest: str, drop: bool = False
) -> dict[str, int]:
    """Write what was looked at; `drop`: cancel what the list no longer names. Returns how many items were
    added, changed and dropped. What is ordered stays as it is.

    Raises PermissionDenied, Blocked (finished, discarded, with problems, or something changed since the
    look); then nothing is written."""
    job = lock_job(job, actor=actor)
    department = Department.objects.filter(pk=job.payload.get("department") or 0).first()
    if department is None:
        raise Blocked(_("Choose the department first."))
    _demand(actor, contract, department)
    contract = lock_contract(contract.pk)
    found = compared(job, contract, actor=actor)
    if found.digest != digest:
        raise Blocked(_("Something changed since you looked: look again and confirm once more."))
    try:
        with acting_as(actor, source="import"):
            done = _write(job, contract, department, found, actor, drop=drop)
    except Stale as stale:
        raise Blocked(_("Something changed since you looked: look again and confirm once more.")) from stale
    except ValidationError as bad:
        raise Blocked(" ".join(bad.messages)) from bad
    close_job(job, ImportJob.State.DONE, done)
    return done


def _write(
    job: ImportJob, contract: Contract, department: Department, found: Comparison, actor: User, *, drop: bool
) -> dict[str, int]:
    task_id = job.payload.get("task")
    task = tasks_of(actor, contract).filter(pk=task_id).first() if task_id else None
    if task_id and task is None:
        raise Blocked(_("The task is gone: choose another one."))
    suppliers = _suppliers() if may_manage(actor, contract) else {}
    if found.new:
        rows = [_fields(line, department, task, suppliers) for line in found.new]
        create_items(contract, rows, actor=actor)
    for changed in found.changed:
        edit_item(changed.item, actor=actor, version=changed.item.version, **changed.fields)
    gone = found.gone if drop else []
    reason = _("no longer in the list %(file)s") % {"file": name_of(job)[:80]}
    for item in gone:
        cancel_item(item, actor=actor, reason=reason, version=item.version)
    return {"added": len(found.new), "changed": len(found.changed), "dropped": len(gone)}


def _fields(
    line: Line, department: Department, task: Task | None, suppliers: Mapping[str, Supplier]
) -> dict[str, Any]:
    names = ("part_number", "name", "specification", "quantity", "unit", "need_by", "note")
    found: dict[str, Any] = {name: getattr(line, name) for name in names}
    found |= {"department": department, "task": task}
    if line.price is not None:
        found["price"] = line.price
    if supplier := suppliers.get(key(line.supplier)):
        found["supplier"] = supplier
    return found


@transaction.atomic
def discard_bom(job: ImportJob, *, actor: User) -> ImportJob:
    """Nothing of it will be written. Raises Blocked when it was."""
    return close_job(lock_job(job, actor=actor, clean=False), ImportJob.State.DISCARDED, {})


def _demand(user: User, contract: Contract, department: Department) -> None:
    if not may_request(user, contract, department):
        raise PermissionDenied("may not request for this department")
