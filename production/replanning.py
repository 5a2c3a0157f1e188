"""Whole plans put elsewhere: up to today, back from the delivery, level. Wishes; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.models import Contract
from erp.dates import short_day
from erp.workdays import day_of, slot_of
from orgchart.models import Department
from production.foresight import Wish
from production.layout import Layout, Reading, merged
from production.models import Deed, Mode, Task
from production.schedule.engine import plan_backward
from production.schedule.levelling import Levelled, level
from production.schedule.plan import Job
from production.spans import Span


def roll_wish() -> Wish:
    """Nothing that is open stays planned in the past: late work ends when what is left of it can be
    done, and everything behind it follows."""
    return Wish(Deed.ROLL, roll=timezone.localdate())


@dataclass(frozen=True)
class BackwardPlan:
    """A plan made back from the planned delivery. `late_by`: working half-days by which it would have
    had to begin before the contract was signed; 0 when it fits. `too_early`: tasks that would have to
    begin in the past."""

    wish: Wish
    late_by: int
    too_early: tuple[Task, ...]


def backward_plan(contract: Contract) -> BackwardPlan:
    """Every task that has not begun as late as the planned delivery allows, but never into the past.
    Raises Circle."""
    reading = Reading(contract)
    layout = reading.lay_out()
    signed = replace(layout.plan, start=slot_of(contract.signed_on))
    found = plan_backward(signed, slot_of(contract.planned_delivery) + 2)
    today = slot_of(timezone.localdate())
    edits: dict[int, dict[str, Any]] = {}
    early = []
    for job in _movable(layout.plan.jobs):
        start, end = found.dates[job.key]
        task = layout.tasks[job.key]
        if start < today:
            early.append(task)
            slots = layout.slots(job.key)
            first = slots.before(today)
            start, end = (
                slots.at(first),
                slots.end(first + job.duration) if job.duration else slots.end(first + 2),
            )
        edits[job.key] = _placed(Span.between(start, end, milestone=task.milestone))
    edits = _needed(reading, layout, edits)
    return BackwardPlan(Wish(Deed.BACKWARD, edits=edits), found.late_by, tuple(early))


def _needed(reading: Reading, layout: Layout, edits: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Without those of tasks that stand there already, and stay when the others move."""
    moved = {
        key: values
        for key, values in edits.items()
        if any(values[name] != old for name, old in Span.of(layout.tasks[key]).fields().items())
    }
    laid = reading.lay_out(moved)
    return {k: values for k, values in edits.items() if k in moved or laid.span(k) != layout.span(k)}


@dataclass(frozen=True)
class Level:
    """A plan in which nobody has more to do than there is time. `result`: what the solver says of it."""

    wish: Wish
    result: Levelled
    names: Mapping[Any, str]

    @property
    def sentences(self) -> list[str]:
        """What the solver says: how long the plan is, how much shorter it could be, who stays overloaded."""
        result = self.result
        end, usual = (short_day(day_of(boundary - 1)) for boundary in (result.makespan, result.heuristic))
        found = [
            _("Without overload the plan ends on %(end)s; simple rules alone: %(usual)s.")
            % {"end": end, "usual": usual}
        ]
        if result.proven:
            found.append(_("It is proven that it cannot end earlier."))
        else:
            gap = {"gap": f"{100 * result.gap:.1f}", "bound": short_day(day_of(result.bound - 1))}
            found.append(_("It might end earlier, but not before %(bound)s (gap %(gap)s %%).") % gap)
        for over in result.overloads[:5]:
            days = dict.fromkeys(short_day(day_of(slot)) for slot in (over.start, over.end - 1))
            values = {"who": self.names.get(over.resource, ""), "days": " – ".join(days)}
            found.append(_("Work that does not move overloads %(who)s: %(days)s.") % values)
        return found


def level_plan(contract: Contract, seconds: float) -> Level:
    """Dates without overload for the tasks that have not begun. People count once, departments as often
    as they have active people; work of other contracts stays where it is and takes from them.
    Raises Circle."""
    reading = Reading(contract)
    others = list(_others(reading).select_related("assignee", "department"))
    layout = reading.lay_out(now=timezone.localdate())
    plan = merged(layout, others)
    busy = [task for task in (*reading.tasks.values(), *others) if not task.milestone]
    demands = {task.pk: _demand(task) for task in busy}
    capacities, names = _capacities(busy)
    current = {pk: Span.of(task).first for pk, task in reading.tasks.items()}
    result = level(plan, demands, capacities, seconds=seconds, current=current)
    edits = {}
    for job in _movable(layout.plan.jobs):
        span = Span.between(*result.dates[job.key], milestone=layout.tasks[job.key].milestone)
        if span != Span.of(layout.tasks[job.key]):
            edits[job.key] = _placed(span)
    return Level(Wish(Deed.LEVEL, edits=edits), result, names)


def _movable(jobs: Any) -> list[Job]:
    return [job for job in jobs if job.pinned is None and job.begun is None]


def _placed(span: Span) -> dict[str, Any]:
    """Put there on purpose: it starts no earlier."""
    rule = {"not_before": span.start, "not_before_afternoon": span.begins_afternoon}
    return {**span.fields(), **rule, "mode": Mode.AUTO}


def _others(reading: Reading) -> Any:
    """Open work of other contracts for the same people and departments, from today on."""
    people = {task.assignee_id for task in reading.tasks.values() if task.assignee_id}
    departments = {task.department_id for task in reading.tasks.values() if not task.assignee_id}
    rows = Task.objects.open().filter(planned_end__gte=timezone.localdate(), milestone=False)
    rows = rows.exclude(contract=reading.contract)
    return rows.filter(Q(assignee__in=people) | Q(assignee=None, department__in=departments))


def _demand(task: Task) -> dict[Any, int]:
    if task.assignee is None:
        return {("department", task.department_id): 1}
    return {("person", task.assignee_id): 1, ("department", task.assignee.department_id): 1}


def _capacities(tasks: Any) -> tuple[dict[Any, int], dict[Any, str]]:
    """Units by resource, and what the resources are called."""
    found: dict[Any, int] = {}
    names: dict[Any, str] = {}
    for task in tasks:
        if task.assignee:
            found["person", task.assignee_id] = 1
            names["person", task.assignee_id] = task.assignee.name
    rows = Department.objects.annotate(heads=Count("people", filter=Q(people__active=True)))
    for pk, name, heads in rows.values_list("pk", "name", "heads"):
        found["department", pk] = max(1, heads)
        names["department", pk] = name
    return found, names
