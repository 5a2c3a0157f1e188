"""The lists that production brings into the export of a contract: tasks, their links, changes of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from contracts.joints import Sheet
from production.models import Baseline, PlanChange, Task, TaskDependency

if TYPE_CHECKING:
    from contracts.models import Contract

Rows = Iterator[Sequence[Any]]


def tasks(contract: Contract) -> Rows:
    rows = Task.objects.filter(contract=contract).select_related("department", "assignee")
    for row in rows.order_by("department__position", "position", "id").iterator(500):
        yield (
            row.department.name, row.name, str(row.assignee or ""), row.get_status_display(), row.progress,
            row.planned_start, row.planned_end, row.actual_start, row.actual_end, row.rework_count,
            row.milestone, row.mandatory, row.description,
        )  # fmt: skip


def links(contract: Contract) -> Rows:
    rows = TaskDependency.objects.filter(successor__contract=contract).order_by("id")
    for row in rows.select_related("predecessor", "successor"):
        yield row.predecessor.name, row.successor.name, row.get_type_display(), row.lag


def plan_changes(contract: Contract) -> Rows:
    for row in PlanChange.objects.filter(contract=contract).order_by("id"):
        yield (
            row.created, str(row), row.get_deed_display(), row.get_state_display(),
            row.get_cause_display(), row.note, row.applied_at,
        )  # fmt: skip


def baselines(contract: Contract) -> Rows:
    for baseline in Baseline.objects.filter(contract=contract).order_by("id"):
        for row in baseline.tasks.select_related("task").order_by("id"):
            yield (
                str(baseline), baseline.taken_on, baseline.planned_delivery, row.task.name,
                row.planned_start, row.planned_end,
            )  # fmt: skip


SHEETS = {
    "tasks": Sheet(
        _("Tasks"),
        (
            _("Department"), _("Task"), _("Assignee"), _("State"), _("Progress"), _("Planned start"),
            _("Planned end"), _("Actual start"), _("Actual end"), _("Rework"), _("Milestone"),
            _("Needed for delivery"), _("Description"),
        ),
        tasks,
        20,
    ),
    "task_links": Sheet(
        _("Links of tasks"), (_("Predecessor"), _("Task"), _("Link type"), _("Lag")), links, 22
    ),
    "plan_changes": Sheet(
        _("Plan changes"),
        (_("Time"), _("Change"), _("Deed"), _("State"), _("Cause"), _("Note"), _("Applied at")),
        plan_changes,
        24,
    ),
    "baselines": Sheet(
        _("Baselines"),
        (
            _("Baseline"), _("Taken on"), _("Planned delivery"), _("Task"), _("Planned start"),
            _("Planned end"),
        ),
        baselines,
        26,
    ),
}  # fmt: skip
