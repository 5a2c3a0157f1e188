"""The back office keeps to the same doors: scoped rows, services, declared transitions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from erp.access import allowed
from erp.audit.models import LogEntry
from erp.models import Record
from erp.workflow import Blocked, Transition, advance, change, create

BACK_OFFICE = _("back office")


def move(step: Transition) -> Any:
    """An admin action that takes each selected row one step."""

    def run(modeladmin: Any, request: Any, rows: QuerySet[Any]) -> None:
        for row in rows:
            try:
                modeladmin.advance_model(request, row, step.verb)
            except (Blocked, PermissionDenied) as why:
                modeladmin.message_user(request, f"{row}: {why}", messages.ERROR)

    run.__name__ = step.verb
    return admin.action(run, description=step.label)


class BackOffice(SimpleHistoryAdmin):  # type: ignore[misc]  # simple_history is untyped
    """Base of every record's admin: scoped, through services, history tab, no hard delete."""

    readonly_fields: tuple[str, ...] = ("version", "created", "changed")
    show_full_result_count = False
    list_per_page = 50
    actions: tuple[Any, ...] = ()

    def __init__(self, model: type[Model], site: AdminSite) -> None:
        super().__init__(model, site)
        self.actions = (*self.actions, *map(move, getattr(model, "workflow", ())))

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).for_user(request.user)

    def has_module_permission(self, request: Any) -> bool:
        return bool(request.user.is_staff)

    def has_view_permission(self, request: Any, obj: Model | None = None) -> bool:
        return bool(request.user.is_staff) and (obj is None or allowed(request.user, "view", obj))

    def has_add_permission(self, request: Any) -> bool:
        return bool(request.user.is_staff)

    def has_change_permission(self, request: Any, obj: Model | None = None) -> bool:
        if not request.user.is_staff:
            return False
        return obj is None or (allowed(request.user, "change", obj) and not self._frozen(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # records are closed, cancelled or deactivated, never deleted

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """Write through the workflow; override to call the app's own service."""
        fields = {name: form.cleaned_data[name] for name in form.changed_data}
        if change:
            self.change_model(request, obj, fields)
        else:
            self.create_model(request, obj)

    def create_model(self, request: Any, obj: Any) -> None:
        create(obj, actor=request.user, reason=str(BACK_OFFICE))

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        change(obj, actor=request.user, reason=str(BACK_OFFICE), **fields)

    def advance_model(self, request: Any, obj: Any, verb: str) -> None:
        advance(obj, verb, actor=request.user, reason=str(BACK_OFFICE))

    def _frozen(self, obj: Model) -> bool:
        return isinstance(obj, Record) and bool(obj.frozen())


admin.site.unregister(LogEntry)  # auditlog's page would show every row to every staff user


@admin.register(LogEntry)
class LogEntryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    list_display = ("id", "sequence", "timestamp", "actor_name", "verb", "object_repr", "source")
    list_filter = ("source", "action")
    search_fields = ("object_repr", "actor_name")
    show_full_result_count = False
    list_per_page = 50

    def has_module_permission(self, request: Any) -> bool:
        return bool(request.user.is_staff)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return bool(request.user.is_staff)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
