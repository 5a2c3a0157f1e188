"""A plan that is not written yet: as JSON between look and confirmation, then as rows, all or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.models import Contract
from contracts.services import join_team, lock_contract, refresh_status
from erp.access import allowed
from erp.workflow import Blocked, create
from orgchart.models import Department, Person
from production.models import Baseline, BaselineTask, Task, TaskDependency
from production.services import link_tasks, may_plan
from production.services.telling import tell
from production.spans import Span
from production.states import OPEN

if TYPE_CHECKING:
    from orgchart.models import User

DAYS = frozenset({"planned_start", "planned_end", "not_before", "not_after", "actual_start", "actual_end"})


@dataclass(slots=True)
class Draft:
    """One task to be: `values` are fields of `Task` (people and departments by `_id`), `baseline` the
    dates it has in the baseline that comes along."""

    values: dict[str, Any]
    baseline: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        return str(self.values["name"])

    @property
    def span(self) -> Span:
        names = ("planned_start", "planned_end", "begins_afternoon", "ends_noon")
        return Span(*(self.values.get(name, False) for name in names))


@dataclass(frozen=True, slots=True)
class Tie:
    """`after`, a place among the drafts, waits for `before`: another place, or with `stored` the id of
    a task that exists. `lag` in working days."""

    before: int
    after: int
    kind: str = "FS"
    lag: Decimal = Decimal(0)
    stored: bool = False


@dataclass(slots=True)
class DraftPlan:
    """What an import, a template or a copy would add to a contract."""

    drafts: list[Draft] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Plain values for an ImportJob."""
        drafts = [[_plain(draft.values), _plain(draft.baseline)] for draft in self.drafts]
        ties = [[tie.before, tie.after, tie.kind, str(tie.lag), tie.stored] for tie in self.ties]
        return {"drafts": drafts, "ties": ties}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> DraftPlan:
        drafts = [Draft(_dated(values) or {}, _dated(base)) for values, base in stored.get("drafts", [])]
        ties = [
            Tie(before, after, kind, Decimal(lag), is_stored)
            for before, after, kind, lag, is_stored in stored.get("ties", [])
        ]
        return cls(drafts, ties)

    def circle(self) -> list[int]:
        """Places that wait for each other, each for the one before it; empty when none do."""
        waits: dict[int, set[int]] = {}
        for tie in self.ties:
            if not tie.stored:
                waits.setdefault(tie.after, set()).add(tie.before)
        try:
            TopologicalSorter(waits).prepare()
        except CycleError as ring:
            return list(ring.args[1][:-1])
        return []


def _plain(values: dict[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {name: v.isoformat() if isinstance(v, date) else v for name, v in values.items()}


def _dated(values: dict[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {
        name: date.fromisoformat(value) if name in DAYS and value else value for name, value in values.items()
    }


def wrong(draft: Draft) -> dict[str, list[str]]:
    """What `Task` itself refuses about a draft: field → sentences."""
    try:
        Task(**draft.values).clean()
    except ValidationError as why:
        return dict(why.message_dict)
    return {}


# --- writing ----------------------------------------------------------------------------------------


@transaction.atomic
def write_plan(
    contract: Contract, plan: DraftPlan, *, actor: User, baseline: str = "", reason: str = ""
) -> list[Task]:
    """Add the drafts behind the tasks there are, with their links; assignees join the team and are told
    of open work. `baseline`: the name under which the dates that came along are kept; `reason`: where
    the tasks come from, for the log.

    Raises PermissionDenied (a department the actor does not plan for), Blocked (frozen, somebody or a
    task gone since, a circle), ValidationError; then nothing is written."""
    contract = lock_contract(contract.pk)
    if why := contract.frozen():
        raise Blocked(why)
    if plan.circle():
        raise Blocked(_("The tasks wait for each other in a circle."))
    _demand_places(contract, plan, actor)
    tasks = _tasks(contract, plan, actor, reason)
    _links(contract, plan, tasks, actor)
    _name(contract, tasks, actor)
    _keep_baseline(contract, plan, tasks, actor, baseline)
    refresh_status(contract)
    return tasks


def _demand_places(contract: Contract, plan: DraftPlan, actor: User) -> None:
    """Every department is one the actor plans for, everything named is still there."""
    wanted = {draft.values["department_id"] for draft in plan.drafts}
    departments = list(Department.objects.active().filter(pk__in=wanted))
    people = {draft.values.get("assignee_id") for draft in plan.drafts} - {None}
    found = Person.objects.active().filter(pk__in=people).count()
    if len(departments) != len(wanted) or found != len(people):
        raise Blocked(_("Somebody or something named in the file is no longer active. Check it again."))
    for department in departments:
        if not may_plan(actor, contract, department):
            raise PermissionDenied("may not plan for this department")


def _tasks(contract: Contract, plan: DraftPlan, actor: User, reason: str) -> list[Task]:
    last = contract.tasks.aggregate(last=Max("position"))["last"] or 0
    return [
        create(Task(contract=contract, position=last + number, **draft.values), actor=actor, reason=reason)
        for number, draft in enumerate(plan.drafts, 1)
    ]


def _links(contract: Contract, plan: DraftPlan, tasks: list[Task], actor: User) -> None:
    """Links among the new tasks cannot make a circle with the old; those from old ones are asked."""
    for tie in plan.ties:
        after = tasks[tie.after]
        if tie.stored:
            before = Task.objects.for_user(actor).filter(contract=contract, pk=tie.before).first()
            if before is None:
                raise Blocked(_("A task that another waits for is gone. Check the file again."))
            link_tasks(before, after, actor=actor, type=tie.kind, lag=tie.lag)
        else:
            link = TaskDependency(predecessor=tasks[tie.before], successor=after, type=tie.kind, lag=tie.lag)
            create(link, actor=actor, verb="link")


def _name(contract: Contract, tasks: Iterable[Task], actor: User) -> None:
    """Assignees join the team and hear of what is open."""
    named = [task for task in tasks if task.assignee_id]
    people = Person.objects.select_related("department", "user").in_bulk({task.assignee_id for task in named})
    for person in people.values():
        join_team(contract, person, actor=actor, department=person.department)
    for task in named:
        if task.status in OPEN and task.assignee_id:
            task.assignee = people[task.assignee_id]
            tell("task_assigned", task, actor=actor, due=task.planned_end.isoformat())


def _keep_baseline(contract: Contract, plan: DraftPlan, tasks: list[Task], actor: User, name: str) -> None:
    rows = [(task, draft.baseline) for task, draft in zip(tasks, plan.drafts, strict=True) if draft.baseline]
    if not rows or not name or not allowed(actor, "manage_tasks", contract):
        return
    taken = set(Baseline.objects.filter(contract=contract).values_list("name", flat=True))
    numbers = (f" {number}" if number else "" for number in range(len(taken) + 1))
    free = next(word for number in numbers if (word := name[:70] + number) not in taken)
    baseline = Baseline(
        contract=contract,
        name=free,
        taken_on=timezone.localdate(),
        planned_delivery=contract.planned_delivery,
    )
    create(baseline, actor=actor, verb="take_baseline")
    BaselineTask.objects.bulk_create(
        BaselineTask(baseline=baseline, task=task, **dates) for task, dates in rows
    )
