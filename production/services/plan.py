"""Planning: tasks come into being, get dates, people and an order."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from contracts.models import Contract, TeamMember
from contracts.services import join_team, lock_contract, refresh_status
from erp.access import allowed
from erp.roles import LEADING
from erp.workflow import Blocked, change, create
from orgchart.models import Department, Person
from production.models import Task
from production.services.telling import tell, tell_dates
from production.states import OPEN, Status

if TYPE_CHECKING:
    from orgchart.models import User


def may_plan(user: User, contract: Contract, department: Department | None = None) -> bool:
    """Whoever manages all tasks of the contract, and the leaders of the department (or of any) in it."""
    if allowed(user, "manage_tasks", contract):
        return True
    places = TeamMember.objects.filter(contract=contract, person__user=user, duty__in=LEADING)
    if department is not None:
        places = places.filter(department=department)
    return bool(user.is_active) and places.exists()


@transaction.atomic
def create_task(
    contract: Contract,
    *,
    actor: User,
    department: Department,
    name: str,
    planned_start: date,
    planned_end: date,
    assignee: Person | None = None,
    **fields: Any,
) -> Task:
    """Add a task at the end of the plan; its assignee joins the team and is told. Its start is where it
    was put: with `not_before=None` it begins as soon as what it waits for allows.

    Raises PermissionDenied, Blocked (contract frozen, assignee gone), ValidationError."""
    if not may_plan(actor, contract, department):
        raise PermissionDenied("may not plan for this department")
    return add_task(
        contract,
        actor=actor,
        department=department,
        name=name,
        planned_start=planned_start,
        planned_end=planned_end,
        assignee=assignee,
        **fields,
    )


@transaction.atomic
def add_task(
    contract: Contract,
    *,
    actor: User,
    department: Department,
    name: str,
    planned_start: date,
    planned_end: date,
    assignee: Person | None = None,
    **fields: Any,
) -> Task:
    """`create_task` for whoever has asked for the right."""
    _fit(department, assignee)
    lock_contract(contract.pk)
    last = contract.tasks.aggregate(last=Max("position"))["last"] or 0
    fields.setdefault("not_before", planned_start)
    task = Task(
        contract=contract,
        department=department,
        name=name.strip(),
        planned_start=planned_start,
        planned_end=planned_end,
        assignee=assignee,
        position=last + 1,
        **fields,
    )
    create(task, actor=actor)
    _name(task, actor)
    refresh_status(contract)
    return task


@transaction.atomic
def edit_task(task: Task, *, actor: User, version: int | None = None, **fields: Any) -> Task:
    """Change what a planner may: name, dates, people, flags. A new department must be one the actor
    plans for as well. Raises PermissionDenied, Stale, Blocked, ValidationError."""
    department = fields.get("department", task.department)
    if department != task.department and not may_plan(actor, task.contract, department):
        raise PermissionDenied("may not plan for this department")
    lock_contract(task.contract_id)
    before = Task.objects.get(pk=task.pk)
    _keep_decided(before, actor, fields)
    if "assignee" in fields and fields["assignee"] != before.assignee:
        _fit(department, fields["assignee"])
    task = change(task, actor=actor, version=version, **fields)
    if task.assignee_id != before.assignee_id:
        _name(task, actor)
    elif _dates(task) != _dates(before):
        tell_dates(task, actor)
    if _dates(task) != _dates(before) or task.department_id != before.department_id:
        refresh_status(task.contract)
    return task


#: What may not change once a task is submitted, and what not once it is over.
SETTLED = frozenset({"assignee", "needs_acceptance", "milestone", "department"})
OVER = SETTLED | {"planned_start", "planned_end", "mandatory"}


def _keep_decided(task: Task, actor: User, fields: dict[str, Any]) -> None:
    """Raise Blocked for an edit that would undo or sidestep a decision on the task."""
    moved = {name for name, value in fields.items() if getattr(task, name) != value}
    fixed = {Status.WAITING_QC: SETTLED}.get(
        Status(task.status), frozenset() if task.status in OPEN else OVER
    )
    if moved & fixed:
        raise Blocked(
            _("“%(task)s” is %(state)s: dates, people and flags stay as they are.")
            % {"task": task.name, "state": task.get_status_display()}
        )
    own = task.assignee is not None and task.assignee.user_id == actor.pk
    if own and task.needs_acceptance and not fields.get("needs_acceptance", True):
        raise Blocked(_("Nobody waives the acceptance of their own task."))


@transaction.atomic
def assign(task: Task, *, actor: User, person: Person | None, version: int | None = None) -> Task:
    """Name who does the task; they join the team and are told. Raises PermissionDenied, Stale, Blocked."""
    _fit(task.department, person)
    lock_contract(task.contract_id)
    stored = Task.objects.get(pk=task.pk)
    task = change(task, actor=actor, verb="assign", right="change", version=version, assignee=person)
    if task.assignee_id != stored.assignee_id:
        _name(task, actor)
    return task


@transaction.atomic
def hand_over(contract: Contract, *, actor: User, person: Person, successor: Person) -> int:
    """Give every open task of `person` in the contract to `successor`; returns how many.

    Raises PermissionDenied when one of them is not the actor's to plan: all or nothing."""
    rows = Task.objects.open().filter(contract=contract, assignee=person).select_related("department")
    return len([assign(task, actor=actor, person=successor) for task in rows])


def hand_over_member(member: TeamMember, successor: Person, actor: User) -> None:
    """What the team page asks before somebody leaves. Raises PermissionDenied."""
    hand_over(member.contract, actor=actor, person=member.person, successor=successor)


@transaction.atomic
def move_task(task: Task, *, actor: User, up: bool) -> Task:
    """Swap places with the neighbour of the same department. Raises PermissionDenied, Blocked."""
    lock_contract(task.contract_id)
    task.refresh_from_db(fields=["position"])
    rows = Task.objects.filter(contract=task.contract_id, department=task.department_id)
    near = (
        rows.filter(position__lt=task.position).order_by("-position")
        if up
        else rows.filter(position__gt=task.position).order_by("position")
    ).first()
    if near is None:
        return task
    change(near, actor=actor, verb="reorder", right="change", position=task.position)
    return change(task, actor=actor, verb="reorder", right="change", position=near.position)


def _fit(department: Department, person: Person | None) -> None:
    for thing in (department, person):
        if thing is not None and not thing.active:
            raise Blocked(_("%(thing)s is no longer active.") % {"thing": thing})


def _name(task: Task, actor: User) -> None:
    """The assignee joins the team and hears of the task."""
    if task.assignee is None:
        return
    join_team(task.contract, task.assignee, actor=actor, department=task.assignee.department)
    tell("task_assigned", task, actor=actor, due=task.planned_end.isoformat())


def _dates(task: Task) -> tuple[date, date]:
    return task.planned_start, task.planned_end
