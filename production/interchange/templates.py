"""Templates: made from a contract's plan, laid out by the engine from a day on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import Contract
from erp.access import demand
from erp.audit import acting_as
from erp.dates import LAST_DAY
from erp.roles import REACH_ALL, Role
from erp.workdays import DAY, Slots, slot_of
from erp.workflow import Blocked, change, create
from orgchart.calendars import calendar_of_department
from orgchart.models import Department
from production.calendar import working_calendar
from production.interchange.drafts import Draft, DraftPlan, Tie, write_plan
from production.interchange.models import PlanTemplate, TemplateLink, TemplateTask
from production.models import Task, TaskDependency
from production.schedule.engine import schedule
from production.schedule.plan import Job, Kind, Link, Plan
from production.spans import Span
from production.states import Status

if TYPE_CHECKING:
    from orgchart.models import User

MOST_TASKS = 500
#: Calendars are laid out for this long behind the first day of a plan.
HORIZON = DAY * 3660
#: Days may be put where templates and copies begin.
LATEST = LAST_DAY - HORIZON
#: Function → the department that takes its tasks, or None to leave them out.
Places = Mapping[str, Department | None]


def may_make(user: User) -> bool:
    """Templates are made by boss, administrator and department leaders."""
    return bool(user.is_active) and user.role in (*REACH_ALL, Role.LEADER)


@transaction.atomic
def save_template(
    contract: Contract, *, actor: User, name: str, note: str = "", without: frozenset[int] = frozenset()
) -> PlanTemplate:
    """Make a template of a contract's plan: its tasks but cancelled ones and those in `without`, their
    links, their working days. Raises PermissionDenied, Blocked (no tasks, too many, the name is taken)."""
    demand(actor, "view_tasks", contract)
    rows = Task.objects.for_user(actor).filter(contract=contract).exclude(status=Status.CANCELLED)
    rows = rows.select_related("department").order_by("department__position", "position", "id")
    tasks = [task for task in rows if task.pk not in without]
    links = TaskDependency.objects.for_user(actor).filter(successor__contract=contract).order_by("id")
    waiting = {
        link.successor_id
        for link in links
        if link.type in (Kind.FS, Kind.SS) and link.predecessor_id not in without
    }
    drafts = _rows_of(tasks, waiting)
    places = {task.pk: place for place, task in enumerate(tasks)}
    ties = [
        Tie(places[link.predecessor_id], places[link.successor_id], link.type, link.lag)
        for link in links
        if link.predecessor_id in places and link.successor_id in places
    ]
    return make_template(actor=actor, name=name, note=note, tasks=drafts, ties=ties)


def _rows_of(tasks: list[Task], waiting: set[int]) -> list[TemplateTask]:
    """Tasks without dates. What starts after nothing keeps how far from the start of the plan it was."""
    if not tasks:
        return []
    first = min(task.planned_start for task in tasks)
    slots = Slots(working_calendar(), first - DAY, max(task.planned_end for task in tasks) + DAY)
    begin = min(slots.before(Span.of(task).first) for task in tasks)
    found = []
    for task in tasks:
        span = Span.of(task)
        start, until = slots.before(span.first), slots.before(span.until)
        offset = None if task.pk in waiting or start <= begin else Decimal(start - begin) / 2
        found.append(
            TemplateTask(
                name=task.name,
                function=task.department.function,
                days=Decimal(max(1, until - start)) / 2,
                offset=offset,
                milestone=task.milestone,
                needs_acceptance=task.needs_acceptance,
                mandatory=task.mandatory,
            )
        )
    return found


@transaction.atomic
def make_template(
    *, actor: User, name: str, note: str, tasks: list[TemplateTask], ties: list[Tie]
) -> PlanTemplate:
    """Write a template with its tasks, in order, and its links (places among `tasks`).
    Raises PermissionDenied, Blocked."""
    if not may_make(actor):
        raise PermissionDenied("may not make templates")
    if not 0 < len(tasks) <= MOST_TASKS:
        raise Blocked(_("A template has 1 to %(most)s tasks.") % {"most": MOST_TASKS})
    if PlanTemplate.objects.active().filter(name=name).exists():
        raise Blocked(_("There is a template “%(name)s” already.") % {"name": name})
    template = create(PlanTemplate(name=name, note=note), actor=actor, verb="make_template")
    for position, task in enumerate(tasks, 1):
        task.template, task.position = template, position
        task.save(force_insert=True)
    TemplateLink.objects.bulk_create(
        TemplateLink(template=template, before=tasks[t.before], after=tasks[t.after], type=t.kind, lag=t.lag)
        for t in ties
    )
    return template


def set_active(template: PlanTemplate, *, actor: User, active: bool) -> PlanTemplate:
    """Put a template away or take it out again; nothing is deleted. Raises PermissionDenied, Blocked."""
    demand(actor, "change", template)
    others = PlanTemplate.objects.active().filter(name=template.name).exclude(pk=template.pk)
    if active and others.exists():
        raise Blocked(_("There is a template “%(name)s” already.") % {"name": template.name})
    verb = "activate" if active else "deactivate"
    return change(template, actor=actor, verb=verb, right="change", active=active)


# --- applying ---------------------------------------------------------------------------------------


def functions_of(template: PlanTemplate) -> list[str]:
    """The functions whose departments a template has work for, in order of its tasks."""
    rows = template.tasks.order_by("position").values_list("function", flat=True)
    return list(dict.fromkeys(rows))


def lay_out(template: PlanTemplate, start: date, places: Places) -> DraftPlan:
    """The plan that the template makes from `start` on, the first working day from there. Dates follow
    from links, offsets and the calendars of the departments. Reads only."""
    tasks = [task for task in template.tasks.order_by("position") if places.get(task.function)]
    index = {task.pk: place for place, task in enumerate(tasks)}
    links = [
        link for link in template.links.order_by("id") if link.before_id in index and link.after_id in index
    ]
    ties = [Tie(index[link.before_id], index[link.after_id], link.type, link.lag) for link in links]
    drafts = [_draft(task, places[task.function]) for task in tasks]
    lengths = [0 if task.milestone else int(task.days * 2) for task in tasks]
    offsets = [int((task.offset or 0) * 2) for task in tasks]
    for draft, span in zip(drafts, dates_of(drafts, lengths, offsets, ties, start), strict=True):
        draft.values |= span.fields()
    _hold(drafts, ties, [task.offset for task in tasks])
    return DraftPlan(drafts, ties)


def _draft(task: TemplateTask, department: Department | None) -> Draft:
    return Draft(
        {
            "name": task.name,
            "department_id": department.pk if department else 0,
            "milestone": task.milestone,
            "needs_acceptance": task.needs_acceptance and not task.milestone,
            "mandatory": task.mandatory,
        }
    )


def _hold(drafts: list[Draft], ties: list[Tie], offsets: list[Decimal | None]) -> None:
    """What starts after nothing, or has an offset, starts no earlier than there; all else is free."""
    held_by_link = {tie.after for tie in ties if tie.kind in (Kind.FS, Kind.SS)}
    for place, draft in enumerate(drafts):
        stays = place not in held_by_link or offsets[place]
        span = draft.span
        draft.values["not_before"] = span.start if stays else None
        draft.values["not_before_afternoon"] = bool(stays) and span.begins_afternoon


def dates_of(
    drafts: list[Draft], lengths: list[int], offsets: list[int], ties: list[Tie], start: date
) -> list[Span]:
    """Where the engine puts work of `lengths` half working days that begins `offsets` half working days
    after `start` at the earliest. Raises schedule.plan.Circle."""
    last = min(start + HORIZON, LAST_DAY)
    numbers = sorted({int(draft.values["department_id"]) for draft in drafts})
    calendars = {pk: Slots(calendar_of_department(pk or None), start - DAY * 400, last) for pk in numbers}
    jobs = []
    for place, draft in enumerate(drafts):
        slots = calendars[calendar := int(draft.values["department_id"])]
        early = slots.at(slots.before(slot_of(start)) + offsets[place])
        if not lengths[place]:
            early += 2 - early % 2  # a milestone happens at the end of its day
        jobs.append(Job(place, lengths[place], calendar, not_before=early))
    links = [Link(tie.before, tie.after, Kind(tie.kind), round(tie.lag * 2)) for tie in ties]
    found = schedule(Plan(jobs, links, calendars, slot_of(start))).dates
    return [
        Span.between(found[job.key].early_start, found[job.key].early_end, milestone=not job.duration)
        for job in jobs
    ]


@transaction.atomic
def apply_template(
    template: PlanTemplate, contract: Contract, *, actor: User, start: date, places: Places
) -> list[Task]:
    """Add the tasks of a template to a contract. Raises PermissionDenied, Blocked (nothing to add, put
    away since, contract frozen), ValidationError; then nothing is written."""
    demand(actor, "view", contract)
    if not template.active:
        raise Blocked(_("The template was put away."))
    plan = lay_out(template, start, places)
    if not plan.drafts:
        raise Blocked(_("Choose a department for at least one task."))
    reason = _("Template “%(name)s”") % {"name": template.name}
    with acting_as(actor, source="import"):
        return write_plan(contract, plan, actor=actor, reason=reason)


def by_function(departments: list[Department]) -> dict[str, list[Department]]:
    """The departments of each function, in order."""
    ordered = sorted(departments, key=lambda d: (d.function, d.position, d.pk))
    return {function: list(rows) for function, rows in groupby(ordered, key=lambda d: d.function)}


def usual_places(departments: list[Department]) -> dict[str, Any]:
    """For every function the first department that may be planned for."""
    return {function: rows[0] for function, rows in by_function(departments).items()}
