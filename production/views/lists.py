"""Tasks across contracts: mine, by department, by person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.paginator import Page
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from erp.htmx import Request, page
from orgchart.models import Department, Person
from production.filters import DUE_CHOICES, STATUS_CHOICES, TaskFilter
from production.models import Task, TaskQuerySet
from production.nudging import may_nudge
from production.states import OPEN
from production.tables import TaskRow, task_rows, turn_pages

TASKS = Task.objects.select_related("contract", "department", "assignee")
SOON = timedelta(days=7)


@require_safe
def mine(request: Request) -> HttpResponse:
    """What I have to do: overdue, today, later; made for a phone in the workshop."""
    today = timezone.localdate()
    rows = my_tasks(request.user)
    counts = rows.aggregate(
        overdue=Count("pk", filter=Q(planned_end__lt=today)),
        now=Count("pk", filter=Q(planned_start__lte=today, planned_end__gte=today)),
        later=Count("pk", filter=Q(planned_start__gt=today)),
    )
    chosen = TaskFilter.read(request.GET)
    total = None if chosen.active else sum(counts.values())
    page_of = turn_pages(_by_urgency(chosen.narrow(rows), today), request.GET, total)
    shown = task_rows(list(page_of), request.user)
    dates = {task.pk: (task.planned_start, task.planned_end) for task in page_of}
    context = {
        "groups": _grouped(shown, dates, today),
        "counts": counts,
        "page": page_of,
        "chosen": chosen,
        "dues": DUE_CHOICES,
        "total": page_of.paginator.count,
    }
    return page(request, "production/mine.html", context, fragment="table")


def my_tasks(user: Any) -> TaskQuerySet:
    """Open tasks of one's person, overdue, running and later ones together."""
    person = getattr(user, "person", None)
    return TASKS.for_user(user).open().filter(assignee=person) if person else TASKS.none()


def _by_urgency(rows: TaskQuerySet, today: Any) -> TaskQuerySet:
    place = Case(
        When(planned_end__lt=today, then=Value(0)),
        When(planned_start__lte=today, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return rows.order_by(place, "planned_end", "-priority", "id")


def _grouped(rows: list[TaskRow], dates: dict[int, Any], today: Any) -> list[tuple[str, Any, list[TaskRow]]]:
    groups: dict[str, list[TaskRow]] = {"overdue": [], "today": [], "later": []}
    for row in rows:
        start, end = dates[row.pk]
        groups["overdue" if end < today else "today" if start <= today else "later"].append(row)
    titles = {"overdue": _("Overdue"), "today": _("Now"), "later": _("Later")}
    return [(key, titles[key], found) for key, found in groups.items() if found]


@require_safe
def by_department(request: Request) -> HttpResponse:
    """Tasks one may see, department after department."""
    chosen = TaskFilter.read(request.GET)
    rows = TASKS.for_user(request.user)
    loads = _loads(rows.open(), "department")
    departments = [d for d in Department.objects.all() if d.pk in loads]
    rows = chosen.narrow(rows if chosen.status else rows.open())
    if chosen.scope:
        rows = rows.answered_by(request.user)
    page_of = turn_pages(
        rows.order_by("department__position", "department_id", "planned_end", "id"), request.GET
    )
    context = {
        "rows": _rows(page_of, request),
        "page": page_of,
        "chosen": chosen,
        "statuses": STATUS_CHOICES,
        "dues": DUE_CHOICES,
        "loads": [(d.pk, d.name, loads[d.pk]) for d in departments],
    }
    return page(request, "production/by_department.html", context, fragment="table")


@require_safe
def by_person(request: Request) -> HttpResponse:
    """Who has how much to do, as far as one may see it."""
    chosen = TaskFilter.read(request.GET)
    rows = Task.objects.for_user(request.user).open().filter(assignee__isnull=False)
    loads = _loads(rows, "assignee")
    people = Person.objects.filter(pk__in=loads).select_related("department")
    if chosen.person:
        rows = rows.filter(assignee=chosen.person)
    page_of = turn_pages(
        chosen.narrow(rows.select_related("contract", "department", "assignee")).order_by(
            "assignee__pinyin", "assignee_id", "planned_end", "id"
        ),
        request.GET,
    )
    context = {
        "rows": _rows(page_of, request),
        "page": page_of,
        "chosen": chosen,
        "statuses": STATUS_CHOICES,
        "dues": DUE_CHOICES,
        "people": [(p.pk, p.name, str(p.department), loads[p.pk]) for p in people],
    }
    return page(request, "production/by_person.html", context, fragment="table")


def _rows(page_of: Page[Task], request: Request) -> list[TaskRow]:
    """The rows of a page; overdue ones lead to a nudge where one may nudge whoever does them."""
    tasks, today = list(page_of), timezone.localdate()
    rows = task_rows(tasks, request.user)
    open_to = may_nudge(request.user, [task for task in tasks if task.is_overdue(today)])
    for row in rows:
        if row.pk in open_to:
            row.nudge_url = f"/notifications/about/task/{row.pk}/nudge/"
    return rows


def _loads(rows: QuerySet[Task], field: str) -> dict[int, dict[str, int]]:
    """Department or person id → open, overdue, due within a week."""
    today = timezone.localdate()
    open_now = Q(status__in=OPEN)
    found = (
        rows.order_by()
        .values(field)
        .annotate(
            open=Count("pk", filter=open_now),
            overdue=Count("pk", filter=open_now & Q(planned_end__lt=today)),
            soon=Count("pk", filter=open_now & Q(planned_end__gte=today, planned_end__lte=today + SOON)),
        )
    )
    return {
        row[field]: {"open": row["open"], "overdue": row["overdue"], "soon": row["soon"]}
        for row in found
        if row[field]
    }
