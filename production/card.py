"""What the morning card and the scheduled lists say of tasks, to each what they may see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from erp.dates import short_day
from notifications.cards import Figure, Measure, Paper, Point, Table
from production.models import Task, TaskQuerySet
from production.states import OPEN, Status
from production.tables import days_late, late_label

if TYPE_CHECKING:
    from contracts.models import Contract
    from orgchart.models import User

#: The card names so many tasks, a list on paper holds so many; the figure counts all.
NAMED, LISTED = 5, 2000
OVERDUE = "/tasks/by-department/?status=overdue"
JOINED = ("contract", "department", "assignee")


def overdue(user: User) -> Measure:
    """Overdue tasks one sees, the oldest by name."""
    rows = Task.objects.for_user(user).overdue()
    today = timezone.localdate()
    worst = rows.select_related(*JOINED).order_by("planned_end", "id")[:NAMED]
    points = [
        Point(
            _("%(about)s: %(text)s") % {"about": _named(task), "text": late_label(days_late(task, today))},
            task.get_absolute_url(),
        )
        for task in worst
    ]
    return Measure(rows.order_by().count(), OVERDUE, points)


def _named(task: Task) -> str:
    who = task.assignee.name if task.assignee else str(task.department)
    return f"{task.contract.number} {task.name} · {who}"


def risks(user: User, contracts: Iterable[Contract]) -> dict[int, str]:
    """The oldest overdue task of each contract, of those one sees."""
    today = timezone.localdate()
    rows = Task.objects.for_user(user).filter(
        contract__in=[contract.pk for contract in contracts], status__in=OPEN, planned_end__lt=today
    )
    found: dict[int, str] = {}
    for task in rows.select_related("assignee").order_by("planned_end", "id"):
        days = days_late(task, today)
        text = ngettext("“%(task)s” is %(n)s day overdue", "“%(task)s” is %(n)s days overdue", days)
        said = text % {"task": task.name, "n": days}
        if task.assignee:
            said = _("%(text)s (%(person)s)") % {"text": said, "person": task.assignee}
        found.setdefault(task.contract_id, said)
    return found


FIGURES = {"overdue_tasks": Figure(gettext_lazy("Overdue tasks"), 30, overdue)}


def open_tasks(user: User) -> Table:
    return _table(user, _("Task list"), Task.objects.for_user(user).open())


def overdue_tasks(user: User) -> Table:
    return _table(user, _("Overdue tasks"), Task.objects.for_user(user).overdue())


def _table(user: User, title: str, rows: TaskQuerySet) -> Table:
    heads = [
        _("Contract"), _("Task"), _("Department"), _("Assignee"), _("Start"), _("End"), _("Status"),
        _("Progress"), _("Overdue"),
    ]  # fmt: skip
    today, labels = timezone.localdate(), dict(Status.choices)
    tasks = rows.select_related(*JOINED).order_by("planned_end", "id")[:LISTED]
    lines = [
        (
            f"{task.contract.number} {task.contract.name}",
            task.name,
            task.department.name,
            task.assignee.name if task.assignee else "",
            short_day(task.planned_start),
            short_day(task.planned_end),
            str(labels[Status(task.status)]),
            f"{task.progress}%",
            late_label(days_late(task, today)),
        )
        for task in tasks
    ]
    return Table(title, heads, lines, widths=(4, 4, 2, 2, 2, 2, 2, 1, 2))


PAPERS = {
    "tasks": Paper(gettext_lazy("Task list"), open_tasks),
    "overdue": Paper(gettext_lazy("Overdue tasks"), overdue_tasks),
}
