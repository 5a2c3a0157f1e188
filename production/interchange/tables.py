"""Drafts as rows of a page: names instead of numbers, plain text."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from contracts.models import Contract
from erp.dates import short_day
from erp.roles import Function
from erp.workdays import WorkCalendar
from orgchart.calendars import Calendars, calendars_for
from orgchart.models import Department, Person
from production.interchange.drafts import Draft, DraftPlan
from production.interchange.models import PlanTemplate
from production.models import Task
from production.spans import Span
from production.tables import link_words

if TYPE_CHECKING:
    from orgchart.models import User

#: Rows of a look at a plan; the rest is a number.
SHOWN = 300


@dataclass(frozen=True, slots=True)
class DraftRow:
    name: str
    department: str
    assignee: str
    start: str
    end: str
    days: str
    waits_for: str
    milestone: bool


def draft_rows(plan: DraftPlan, contract: Contract, user: User) -> list[DraftRow]:
    """The first drafts of a plan. At most seven queries."""
    shown = plan.drafts[:SHOWN]
    departments = Department.objects.in_bulk({draft.values["department_id"] for draft in shown})
    people = Person.objects.in_bulk({who for d in shown if (who := d.values.get("assignee_id"))})
    calendars = calendars_for((), people)
    waits = _waits(plan, contract, user)
    return [
        DraftRow(
            name=draft.name,
            department=str(departments.get(draft.values["department_id"], "—")),
            assignee=str(people.get(draft.values.get("assignee_id") or 0, "")),
            start=day_and_half(draft.span.start, _("afternoon") if draft.span.begins_afternoon else ""),
            end=day_and_half(draft.span.end, _("noon") if draft.span.ends_noon else ""),
            days=_days(draft, calendars),
            waits_for=_(", ").join(waits[place]),
            milestone=bool(draft.values.get("milestone")),
        )
        for place, draft in enumerate(shown)
    ]


def day_and_half(day: date, half: str) -> str:
    """`2026-03-02`, `2026-03-06 noon`."""
    return f"{short_day(day)} {half}".strip()


def _waits(plan: DraftPlan, contract: Contract, user: User) -> dict[int, list[str]]:
    ids = {tie.before for tie in plan.ties if tie.stored}
    rows = Task.objects.for_user(user).filter(contract=contract, pk__in=ids) if ids else Task.objects.none()
    stored = dict(rows.values_list("pk", "name"))
    found: dict[int, list[str]] = defaultdict(list)
    for tie in plan.ties:
        name = stored.get(tie.before, "—") if tie.stored else plan.drafts[tie.before].name
        found[tie.after].append(name + link_words(tie.kind, tie.lag))
    return found


def _days(draft: Draft, calendars: Calendars) -> str:
    if draft.values.get("milestone"):
        return ""
    calendar = calendars.work(draft.values["department_id"] or None, draft.values.get("assignee_id") or None)
    return f"{working_days(draft.span, calendar):g}"


def working_days(span: Span, calendar: WorkCalendar) -> float:
    """Working days in a span, in halves; at least half a day."""
    halves = sum(calendar.works(slot) for slot in range(span.first, min(span.until, span.first + 8000)))
    return max(1, halves) / 2


@dataclass(frozen=True, slots=True)
class TemplateRow:
    name: str
    function: str
    days: str
    offset: str
    waits_for: str
    milestone: bool


def template_rows(template: PlanTemplate) -> list[TemplateRow]:
    """The tasks of a template with what they wait for. Two queries."""
    waits: dict[int, list[str]] = defaultdict(list)
    for link in template.links.select_related("before").order_by("id"):
        waits[link.after_id].append(link.before.name + link_words(link.type, link.lag))
    labels = dict(Function.choices)
    return [
        TemplateRow(
            name=task.name,
            function=str(labels[task.function]),
            days="" if task.milestone else f"{task.days.normalize():f}",
            offset=f"{task.offset.normalize():f}" if task.offset else "",
            waits_for=_(", ").join(waits[task.pk]),
            milestone=task.milestone,
        )
        for task in template.tasks.order_by("position")
    ]
