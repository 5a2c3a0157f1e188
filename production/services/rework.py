"""Work that a rejection or a complaint asks for: a task of its own in the plan."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.services import lock_contract
from erp.workdays import slot_of
from erp.workflow import Blocked
from production.layout import span_of
from production.models import Task
from production.services.plan import add_task
from production.services.telling import tell

if TYPE_CHECKING:
    from contracts.models import Contract
    from orgchart.models import Department, Person, User


@transaction.atomic
def create_rework_task(
    contract: Contract,
    *,
    actor: User,
    department: Department,
    name: str,
    note: str = "",
    assignee: Person | None = None,
    rework_of: Task | None = None,
    days: Decimal = Decimal(1),
) -> Task:
    """Put `days` working days of rework into the plan, from the next working day on, beside the task it
    mends; who did the work mends it unless somebody else is named or another department does. Whether the
    actor may is the caller's question; assignee and leaders are told.

    Raises Blocked (contract frozen, department or assignee gone, task of another contract),
    ValidationError (impossible dates)."""
    contract = lock_contract(contract.pk)
    if rework_of is not None and rework_of.contract_id != contract.pk:
        raise Blocked(_("That task belongs to another contract."))
    assignee = assignee or _own_worker(rework_of, department)
    tomorrow = timezone.localdate() + timedelta(days=1)
    blank = Task(
        contract=contract,
        department=department,
        assignee=assignee,
        planned_start=tomorrow,
        planned_end=tomorrow,
    )
    span = span_of(blank, slot_of(tomorrow), max(Decimal("0.5"), days))
    task = add_task(
        contract,
        actor=actor,
        department=department,
        assignee=assignee,
        name=name.strip()[:200],
        description=note.strip(),
        rework_of=rework_of,
        **span.fields(),
    )
    tell("rework_added", task, actor=actor)
    return task


def _own_worker(task: Task | None, department: Department) -> Person | None:
    """Who works on `task`, where `department` is theirs."""
    worker = task.assignee if task is not None and task.department_id == department.pk else None
    return worker if worker is not None and worker.active else None
