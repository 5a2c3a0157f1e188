"""Tasks as the planner and the timelines read them: plain JSON of what a user may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from erp.dates import short_day
from production.calendar import working_calendar
from production.models import Task, TaskDependency
from production.previews import half_words
from production.queries import held_verbs
from production.spans import Span
from production.states import OPEN, Status
from production.tables import days_late, late_label

if TYPE_CHECKING:
    from orgchart.models import User

#: What `plan_json` reads of a task: joined rows are most of the cost of a plan.
DRAWN = (
    "name", "contract_id", "department_id", "assignee_id", "planned_start", "planned_end", "begins_afternoon",
    "ends_noon", "mode", "progress", "status", "milestone", "version", "department__name", "assignee__name",
)  # fmt: skip
#: A planner draws at most this many tasks; a plan of a small manufacturer has a few hundred.
MOST_TASKS = 2000
LINK_TYPES = {"FS": "0", "SS": "1", "FF": "2", "SF": "3"}


def plan_json(
    tasks: Sequence[Task], user: User, *, editable: bool, group: str = "department", links: bool = True
) -> dict[str, Any]:
    """Everything the planner asks for; `group` names what the rows of its tree are."""
    today = timezone.localdate()
    held = held_verbs(user, tasks) if editable else {}
    labels = {key: str(label) for key, label in Status.choices}
    rows = [
        {
            "id": task.pk,
            "text": task.name,
            "start_date": task.planned_start.isoformat(),
            "end_date": task.planned_end.isoformat(),
            "progress": task.progress / 100,
            "status": task.status,
            "status_label": labels[task.status],
            "overdue": (late := days_late(task, today)) > 0,
            "overdue_label": late_label(late),
            "running": task.status == Status.IN_PROGRESS
            or (task.status in OPEN and task.planned_start <= today <= task.planned_end),
            "milestone": task.milestone,
            "mode": task.mode,
            "begins_afternoon": task.begins_afternoon,
            "ends_noon": task.ends_noon,
            "half_label": half_words(Span.of(task)) if task.begins_afternoon or task.ends_noon else "",
            "assignee": task.assignee.name if task.assignee else "",
            "department": task.department.name,
            "group": str(getattr(task, group)),
            "version": task.version,
            "can_edit": "reschedule" in held.get(task.pk, ()) and task.status in OPEN,
            "can_link": "link" in held.get(task.pk, ()),
        }
        for task in tasks
    ]
    return {
        "tasks": rows,
        "links": _links([task.pk for task in tasks]) if links else [],
        "today": today.isoformat(),
        **days_off(),
    }


def _links(ids: list[int]) -> list[dict[str, Any]]:
    """Links whose both ends are among `ids`, all of which the reader may see."""
    known = set(ids)
    contracts = Task.objects.filter(pk__in=ids[:1]).values("contract")
    rows = TaskDependency.objects.filter(successor__contract__in=contracts)
    return [
        {"id": pk, "source": before, "target": after, "type": LINK_TYPES[kind], "lag": float(lag)}
        for pk, before, after, kind, lag in rows.values_list(
            "pk", "predecessor_id", "successor_id", "type", "lag"
        )
        if before in known and after in known
    ]


def days_off(first: date = date.min, last: date = date.max) -> dict[str, list[Any]]:
    """When the site rests: weekdays (Monday is 0), days off, and days worked all the same."""
    calendar = working_calendar()
    return {
        "rest": sorted(calendar.rest),
        "holidays": sorted(day.isoformat() for day in calendar.off if first <= day <= last),
        "workdays": sorted(day.isoformat() for day in calendar.on if first <= day <= last),
    }


#: A light timeline is drawn at most this far around its bars and today.
MARGIN = timedelta(days=93)


def light(tasks: Sequence[Task], **how: bool) -> dict[str, Any]:
    """What a page with a light timeline needs: its bars (see `timeline`), the same as rows, and the days
    off around them."""
    days = [timezone.localdate(), *(day for task in tasks for day in (task.planned_start, task.planned_end))]
    around = days_off(min(days) - MARGIN, max(days) + MARGIN)
    return {"tasks": timeline(tasks, **how), "twin": twin(tasks), "days_off": around}


def timeline(tasks: Sequence[Task], *, links: bool = True, public: bool = False) -> list[dict[str, Any]]:
    """Bars of a light timeline; `public` leaves out names of people and our addresses."""
    today = timezone.localdate()
    labels = {key: str(label) for key, label in Status.choices}
    waits = _waits([task.pk for task in tasks]) if links else {}
    return [
        {
            "id": task.pk,
            "name": task.name,
            "start": task.planned_start.isoformat(),
            "end": task.planned_end.isoformat(),
            "progress": task.progress,
            "status": task.status,
            "status_label": labels[task.status],
            "overdue": (late := days_late(task, today)) > 0,
            "overdue_label": late_label(late),
            "assignee": "" if public or not task.assignee else task.assignee.name,
            "url": "" if public else f"/tasks/{task.pk}/",
            "dependencies": waits.get(task.pk, []),
        }
        for task in tasks
    ]


def _waits(ids: list[int]) -> dict[int, list[int]]:
    rows = TaskDependency.objects.filter(successor__in=ids, predecessor__in=ids)
    found: dict[int, list[int]] = defaultdict(list)
    for after, before in rows.values_list("successor_id", "predecessor_id"):
        found[after].append(before)
    return found


def twin(tasks: Sequence[Task]) -> list[tuple[str, str, str, str, int]]:
    """The same bars as table rows: name, start, end, state, percent."""
    labels = {key: str(label) for key, label in Status.choices}
    return [
        (t.name, short_day(t.planned_start), short_day(t.planned_end), labels[t.status], t.progress)
        for t in tasks
    ]
