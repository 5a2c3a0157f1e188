"""Checklist templates in the back office; items are edited on their own page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from acceptance.checklists.services import edit_checklist, set_active
from acceptance.models import ChecklistTemplate
from erp.admin import BackOffice
from erp.workflow import Blocked


@admin.register(ChecklistTemplate)
class ChecklistTemplateAdmin(BackOffice):
    list_display = ("name", "scope", "level", "kind", "department", "function", "active")
    list_filter = ("scope", "level", "active")
    list_select_related = ("department",)
    search_fields = ("name",)
    fields = ("name", "scope", "level", "kind", "department", "function", "lines", "active", "version")
    readonly_fields = ("lines", "active", "version")
    actions = ("switch_off", "switch_on")

    def has_add_permission(self, request: Any) -> bool:
        return False

    @admin.display(description=_("check items"))
    def lines(self, template: ChecklistTemplate) -> str:
        return "\n".join(f"{n}. {check.text}" for n, check in enumerate(template.checks, 1))

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        edit_checklist(obj, actor=request.user, checks=obj.checks, **fields)

    @admin.action(description=_("Switch checklist off"))
    def switch_off(self, request: Any, rows: Any) -> None:
        self._turn(request, rows, active=False)

    @admin.action(description=_("Switch checklist on"))
    def switch_on(self, request: Any, rows: Any) -> None:
        self._turn(request, rows, active=True)

    def _turn(self, request: Any, rows: Any, *, active: bool) -> None:
        for row in rows:
            try:
                set_active(row, actor=request.user, active=active)
            except (Blocked, ValidationError) as why:
                text = " ".join(getattr(why, "messages", [str(why)]))
                self.message_user(request, f"{row}: {text}", messages.ERROR)
