"""The plan of one contract as the beginning of another's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import Contract
from erp.access import demand
from erp.audit import acting_as
from erp.dates import LAST_DAY
from erp.workdays import DAY, Slots, day_of, in_afternoon, slot_of
from erp.workflow import Blocked
from orgchart.models import Department
from production.calendar import working_calendar
from production.interchange.drafts import Draft, DraftPlan, Tie, write_plan
from production.interchange.templates import HORIZON
from production.models import Task, TaskDependency
from production.spans import Span
from production.states import Status

if TYPE_CHECKING:
    from orgchart.models import User

#: What a copy takes over as it is; people, progress and notes stay where they were.
KEPT = ("name", "department_id", "mode", "priority", "milestone", "mandatory", "needs_acceptance")


def copy_plan(source: Contract, start: date, *, user: User, departments: Iterable[Department]) -> DraftPlan:
    """The tasks of `source` that are of `departments`, but cancelled ones, with their links: moved so that
    the first begins on the first working day from `start` on. Every distance, counted in half working
    days of the site, stays what it was. Reads only; raises PermissionDenied."""
    demand(user, "view_tasks", source)
    rows = Task.objects.for_user(user).filter(contract=source, department__in=list(departments))
    ordered = rows.exclude(status=Status.CANCELLED).order_by("department__position", "position", "id")
    tasks = list(ordered)
    if not tasks:
        return DraftPlan()
    shift = Shift(tasks, start)
    places = {task.pk: place for place, task in enumerate(tasks)}
    links = TaskDependency.objects.for_user(user).filter(successor__contract=source).order_by("id")
    ties = [
        Tie(places[link.predecessor_id], places[link.successor_id], link.type, link.lag)
        for link in links
        if link.predecessor_id in places and link.successor_id in places
    ]
    return DraftPlan([Draft(shift.values(task)) for task in tasks], ties)


class Shift:
    """Carries dates of one plan over to another beginning."""

    def __init__(self, tasks: list[Task], start: date) -> None:
        days = [
            day
            for task in tasks
            for day in (task.planned_start, task.planned_end, task.not_before, task.not_after)
            if day
        ]
        first, last = min([*days, start]) - DAY * 30, max([*days, start])
        self.slots = Slots(working_calendar(), first, min(last + HORIZON, LAST_DAY))
        begins = min(self._begin(task) for task in tasks)
        self.by = self.slots.before(slot_of(start)) - begins

    def _begin(self, task: Task) -> int:
        """The number of the half working day it begins with; of a milestone, of its last."""
        span = Span.of(task)
        return self.slots.before(span.until) - 1 if task.milestone else self.slots.before(span.first)

    def values(self, task: Task) -> dict[str, Any]:
        """The fields of the copy of `task`."""
        kept: dict[str, Any] = {name: getattr(task, name) for name in KEPT}
        return {**kept, **self._span(task).fields(), **self._rules(task)}

    def _span(self, task: Task) -> Span:
        span, begin = Span.of(task), self._begin(task)
        length = 1 if task.milestone else max(1, self.slots.before(span.until) - begin)
        first = self.slots.at(begin + self.by)
        return Span.between(first, self.slots.end(begin + self.by + length), milestone=task.milestone)

    def _rules(self, task: Task) -> dict[str, Any]:
        rules: dict[str, Any] = {"not_before": None, "not_after": None}
        if task.not_before:
            number = self.slots.before(slot_of(task.not_before, afternoon=task.not_before_afternoon))
            slot = self.slots.at(number + self.by)
            rules |= {"not_before": day_of(slot), "not_before_afternoon": in_afternoon(slot)}
        if task.not_after:
            done = self.slots.before(slot_of(task.not_after) + 2)
            rules["not_after"] = day_of(self.slots.end(done + self.by) - 1)
        return rules


@transaction.atomic
def clone_plan(
    source: Contract, contract: Contract, *, actor: User, start: date, departments: Iterable[Department]
) -> list[Task]:
    """Add a copy of another contract's plan. Raises PermissionDenied, Blocked (nothing to copy, contract
    frozen), ValidationError; then nothing is written."""
    demand(actor, "view", contract)
    plan = copy_plan(source, start, user=actor, departments=departments)
    if not plan.drafts:
        raise Blocked(_("There is nothing to copy for the departments you plan for."))
    reason = _("Copy of another plan")  # whoever reads the log here may not know of that contract
    with acting_as(actor, source="import"):
        return write_plan(contract, plan, actor=actor, reason=reason)
