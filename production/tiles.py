"""Figures and charts of tasks on the first page; each leads to the list with exactly those rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from erp.dashboard import Kpi
from erp.roles import REACH_ALL, Role
from orgchart.models import Department
from production.models import Task, TaskQuerySet
from production.states import Status

if TYPE_CHECKING:
    from orgchart.models import User


MINE = "/tasks/mine/"


def todo(user: User) -> Kpi:
    """Open tasks: all for boss, those one sees of the own department for leaders, else one's own and
    those of the contracts one manages."""
    rows, url = _scope(user)
    today = timezone.localdate()
    counts = rows.aggregate(
        all=Count("pk"),
        managed=Count("pk", filter=Q(contract__manager__user=user)),
        late=Count("pk", filter=Q(planned_end__lt=today)),
        today=Count("pk", filter=Q(planned_end=today)),
    )
    note = _("%(today)s due today · %(late)s overdue") % counts
    if url == MINE and counts["managed"]:
        url = "/tasks/by-department/?scope=own"
    return Kpi(counts["all"], url, note=note, unit=pgettext("counted", "tasks"))


def _scope(user: User) -> tuple[TaskQuerySet, str]:
    rows = Task.objects.for_user(user).open().order_by()
    if user.role in REACH_ALL:
        return rows, "/tasks/by-department/"
    person = getattr(user, "person", None)
    if user.role == Role.LEADER and person is not None:
        department = person.department_id
        return rows.filter(department=department), f"/tasks/by-department/?department={department}"
    return rows.answered_by(user), MINE


#: The stacks of the load chart, bottom up: key, label, the token that paints it.
STACKS = (
    ("late", gettext_lazy("Overdue"), "--risk-line"),
    ("running", Status.IN_PROGRESS.label, "--processing-line"),
    ("waiting", Status.WAITING_QC.label, "--issue-line"),
    ("rest", gettext_lazy("Not begun or paused"), "--unstarted-line"),
)


def department_load(user: User) -> list[dict[str, Any]]:
    """Open tasks one sees by department, as stacks that add up to `all`."""
    today = timezone.localdate()
    late = Q(planned_end__lt=today)
    found: Any = (
        Task.objects.for_user(user)
        .open()
        .order_by()
        .values("department")
        .annotate(
            all=Count("pk"),
            late=Count("pk", filter=late),
            running=Count("pk", filter=~late & Q(status=Status.IN_PROGRESS)),
            waiting=Count("pk", filter=~late & Q(status=Status.WAITING_QC)),
        )
    )
    rows = {row["department"]: row for row in found}
    for row in rows.values():
        row["rest"] = row["all"] - row["late"] - row["running"] - row["waiting"]
    names = Department.objects.filter(pk__in=rows).values_list("pk", "name")
    own = _own_department(user)
    return [
        {**rows[pk], "name": name, "url": f"/tasks/by-department/?department={pk}"}
        for pk, name in names
        if own is None or own == pk
    ]


def _own_department(user: User) -> int | None:
    """Leaders read the load of their own department, boss and administrator all."""
    person = getattr(user, "person", None)
    return None if user.role in REACH_ALL or person is None else person.department_id


def load_option(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The chart of `department_load`."""
    return {
        "grid": {"left": 8, "right": 16, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": {"type": "value", "minInterval": 1},
        "yAxis": {"type": "category", "inverse": True, "data": [row["name"] for row in rows]},
        "series": [
            {
                "name": str(label),
                "type": "bar",
                "stack": "load",
                "barMaxWidth": 18,
                "color": colour,
                "data": [row[key] for row in rows],
            }
            for key, label, colour in STACKS
        ],
    }
