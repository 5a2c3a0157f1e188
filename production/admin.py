"""Tasks in the back office: scoped, written through the services, transitions as actions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy

from erp.admin import BACK_OFFICE, BackOffice
from production.interchange.feed import revoke_feed
from production.models import CalendarFeed, PlanTemplate, Task, TaskDependency
from production.services import STEPS, create_task, edit_task, link_tasks
from production.states import CONSEQUENCES

PLANNED = (
    "contract",
    "department",
    "name",
    "description",
    "assignee",
    "planned_start",
    "planned_end",
    "priority",
    "milestone",
    "mandatory",
    "needs_acceptance",
)


@admin.register(Task)
class TaskAdmin(BackOffice):
    list_display = ("name", "contract", "department", "assignee", "planned_end", "progress", "status")
    list_filter = ("status", "department", "milestone", "reworking")
    list_select_related = ("contract", "department", "assignee")
    search_fields = ("name", "contract__number")
    raw_id_fields = ("contract", "assignee")
    fields = (*PLANNED, "status", "progress", "actual_start", "actual_end", "rework_count", "version")
    readonly_fields = ("status", "progress", "actual_start", "actual_end", "rework_count", "version")

    def get_actions(self, request: Any) -> dict[str, Any]:
        """Passed and rejected are tasks by their acceptance alone."""
        found = super().get_actions(request)
        return {verb: action for verb, action in found.items() if verb not in CONSEQUENCES}

    def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        """A task never moves to another contract."""
        return (*self.readonly_fields, "contract") if obj else self.readonly_fields

    def create_model(self, request: Any, obj: Any) -> None:
        task = create_task(actor=request.user, **{name: getattr(obj, name) for name in PLANNED})
        obj.pk = task.pk

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        edit_task(obj, actor=request.user, **fields)

    def advance_model(self, request: Any, obj: Any, verb: str) -> None:
        step = obj.workflow[verb]
        reason = {"reason": str(BACK_OFFICE)} if step.needs_reason else {}
        STEPS[verb](obj, actor=request.user, **reason)


@admin.register(TaskDependency)
class TaskDependencyAdmin(BackOffice):
    list_display = ("predecessor", "successor", "type", "lag")
    list_filter = ("type",)
    list_select_related = ("predecessor", "successor")
    raw_id_fields = ("predecessor", "successor")
    search_fields = ("predecessor__name", "successor__name")

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def create_model(self, request: Any, obj: Any) -> None:
        link = link_tasks(obj.predecessor, obj.successor, actor=request.user, type=obj.type, lag=obj.lag)
        obj.pk = link.pk


@admin.register(PlanTemplate)
class PlanTemplateAdmin(BackOffice):
    """Name and note; tasks and links are made from a plan and stay as they are."""

    list_display = ("name", "note", "active")
    list_filter = ("active",)
    search_fields = ("name",)
    fields = ("name", "note", "active", "version")
    readonly_fields = ("active", "version")

    def has_add_permission(self, request: Any) -> bool:
        return False


@admin.register(CalendarFeed)
class CalendarFeedAdmin(BackOffice):
    """Who subscribes to their tasks; closed here where somebody lost a device."""

    list_display = ("user", "changed", "revoked_at")
    search_fields = ("user__username", "user__name")
    fields = ("user", "created", "changed", "revoked_at")
    readonly_fields = ("user", "created", "changed", "revoked_at")
    actions = ("revoke",)

    def has_add_permission(self, request: Any) -> bool:
        return False

    @admin.action(description=gettext_lazy("Close calendar address"))
    def revoke(self, request: Any, rows: Any) -> None:
        for row in rows.filter(revoked_at=None):
            revoke_feed(row, actor=request.user)
