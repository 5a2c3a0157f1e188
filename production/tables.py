"""Rows as templates print them: plain text, addresses and rights, worked out once per list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.states import FROZEN
from erp.dates import short_day
from production.filters import page_number
from production.layout import calendars_of
from production.models import Task, TaskDependency, TaskQuerySet
from production.queries import held_verbs
from production.spans import Span
from production.states import LIFE, OPEN, Status

if TYPE_CHECKING:
    from orgchart.models import User

ROWS = 50
#: What a row of a long list reads; whole rows with three others joined cost more than their page.
SHOWN = (
    "name", "contract_id", "department_id", "assignee_id", "planned_start", "planned_end", "begins_afternoon",
    "ends_noon", "progress", "status", "version", "milestone", "rework_count", "reworking", "priority",
    "needs_acceptance", "contract__number", "contract__name", "contract__stage", "department__name",
    "assignee__name",
)  # fmt: skip
#: What a row offers first, by its look; steps that want a reason open a dialog.
LOOKS = {"start": "btn-primary", "submit": "btn-primary", "finish": "btn-primary"}


@dataclass(frozen=True, slots=True)
class Button:
    verb: str
    label: str
    url: str
    look: str
    asks: bool


@dataclass(slots=True)
class TaskRow:
    pk: int
    url: str
    name: str
    contract: str
    contract_name: str
    contract_url: str
    department: str
    assignee: str
    start: str
    end: str
    days: str
    progress: int
    status: str
    status_label: str
    overdue: str
    version: int
    milestone: bool
    rework: int
    priority: str
    waits_for: str
    may_report: bool
    may_plan: bool
    buttons: list[Button] = field(default_factory=list)
    nudge_url: str = ""

    @property
    def late(self) -> bool:
        return bool(self.overdue)


def days_late(task: Any, today: date) -> int:
    return (today - task.planned_end).days if task.status in OPEN and task.planned_end < today else 0


def late_label(days: int) -> str:
    return ngettext("%(n)s day overdue", "%(n)s days overdue", days) % {"n": days} if days > 0 else ""


def turn_pages(rows: TaskQuerySet, query: Any, total: int | None = None) -> Page[Task]:
    """The asked page of `rows`; `total` when somebody counted already. Of long lists the keys come
    first: sorting whole rows, with what is joined to them, costs more than reading fifty by key."""
    pages = Paginator(rows, ROWS)
    if total is not None:
        pages.count = total
    turned: Page[Task] = pages.get_page(page_number(query))
    if pages.num_pages > 1:
        keys = list(turned.object_list.select_related(None).values_list("pk", flat=True))  # type: ignore[attr-defined]
        joined = Task.objects.select_related("contract", "department", "assignee").only(*SHOWN).in_bulk(keys)
        turned.object_list = [joined[pk] for pk in keys if pk in joined]
    return turned


def task_rows(tasks: Sequence[Task], user: User, *, links: bool = False) -> list[TaskRow]:
    """Tasks (with contract, department and assignee joined) as rows: one query for all rights, one for
    all predecessors and three for all calendars when `links` (the table of a plan)."""
    held = held_verbs(user, tasks)
    waits = predecessors(tasks, user) if links else {}
    days = durations(tasks) if links else {}
    today, labels = timezone.localdate(), dict(Status.choices)
    return [
        _row(
            task, held.get(task.pk, frozenset()), waits.get(task.pk, ""), days.get(task.pk, ""), today, labels
        )
        for task in tasks
    ]


def durations(tasks: Sequence[Task]) -> dict[int, str]:
    """Task → the working days it is planned for, in the calendar it is worked in: `2.5`."""
    calendars = calendars_of(tasks)
    found = {}
    for task in tasks:
        span = Span.of(task)
        halves = sum(calendars[task.pk].works(slot) for slot in range(span.first, span.until))
        found[task.pk] = "1" if task.milestone else f"{max(halves, 1) / 2:g}"
    return found


def _row(
    task: Task, verbs: frozenset[str], waits: str, days: str, today: date, labels: dict[Any, Any]
) -> TaskRow:
    contract = task.contract
    if contract.stage in FROZEN:
        verbs = frozenset()
    return TaskRow(
        pk=task.pk,
        url=f"/tasks/{task.pk}/",
        name=task.name,
        contract=contract.number,
        contract_name=contract.name,
        contract_url=f"/contracts/{contract.pk}/tasks/",
        department=task.department.name,
        assignee=task.assignee.name if task.assignee else "",
        start=short_day(task.planned_start) + (_(" pm") if task.begins_afternoon else ""),
        end=short_day(task.planned_end) + (_(" noon") if task.ends_noon else ""),
        days=days,
        progress=task.progress,
        status=task.status,
        status_label=str(labels[task.status]),
        overdue=late_label(days_late(task, today)),
        version=task.version,
        milestone=task.milestone,
        rework=task.rework_count if task.reworking else 0,
        priority=str(task.get_priority_display()) if task.priority > 2 else "",
        waits_for=waits,
        may_report="report" in verbs and task.status in (Status.NOT_STARTED, Status.IN_PROGRESS),
        may_plan="change" in verbs and task.status in OPEN,
        buttons=buttons_for(task, verbs),
    )


def buttons_for(task: Task, verbs: frozenset[str]) -> list[Button]:
    """The steps open to somebody who holds `verbs`; what could not work anyway is left out."""
    useless = {"finish"} if task.needs_acceptance else {"submit"}
    return [
        Button(
            step.verb,
            str(step.label),
            f"/tasks/{task.pk}/{step.verb}/",
            LOOKS.get(step.verb, ""),
            step.needs_reason,
        )
        for step in LIFE
        if step.verb in verbs - useless and task.status in step.sources
    ]


def predecessors(tasks: Iterable[Task], user: User) -> dict[int, str]:
    """Task id → what it waits for, in words: names of what one may see, type and lag."""
    ids = [task.pk for task in tasks]
    if not ids:
        return {}
    rows = TaskDependency.objects.for_user(user).filter(successor__in=ids).order_by("id")
    found: dict[int, list[str]] = defaultdict(list)
    for after, name, kind, lag in rows.values_list("successor_id", "predecessor__name", "type", "lag"):
        found[after].append(name + link_words(kind, lag))
    return {after: _(", ").join(names) for after, names in found.items()}


def link_words(kind: str, lag: Any) -> str:
    """` SS+2`, ` +1` …; nothing for the usual link without lag."""
    shift = f"{lag.normalize():+f}" if lag else ""
    return f" {'' if kind == 'FS' else kind}{shift}".rstrip()
