"""Feedback in the back office: scoped, written through the services, transitions as actions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from erp.admin import BACK_OFFICE, BackOffice
from feedback import services
from feedback.models import Feedback, FeedbackRules

ENTERED = (
    "kind",
    "severity",
    "title",
    "text",
    "caller",
    "caller_phone",
    "reported_on",
    "shared",
    "task",
    "defect",
    "item",
)
RULES = ("critical_hours", "high_hours", "normal_hours", "low_hours", "warranty_months")


@admin.register(Feedback)
class FeedbackAdmin(BackOffice):
    list_display = ("title", "contract", "kind", "severity", "handler", "due_at", "status")
    list_filter = ("status", "kind", "severity", "coverage", "department")
    list_select_related = ("contract", "handler")
    search_fields = ("title", "contract__number")
    raw_id_fields = ("contract", "handler", "task", "defect", "item")
    fields = ("contract", *ENTERED, "handler", "status", "due_at", "coverage", "solution", "version")
    readonly_fields = ("status", "due_at", "coverage", "solution", "version")

    def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        """A feedback never moves to another contract."""
        return (*self.readonly_fields, "contract") if obj else self.readonly_fields

    def create_model(self, request: Any, obj: Any) -> None:
        fields = {name: getattr(obj, name) for name in ENTERED}
        made = services.report_feedback(obj.contract, actor=request.user, **fields)
        if obj.handler is not None:
            services.assign_feedback(made, actor=request.user, person=obj.handler)
        obj.pk = made.pk

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        if "handler" in fields:
            services.assign_feedback(obj, actor=request.user, person=fields.pop("handler"))
        if fields:
            services.edit_feedback(obj, actor=request.user, **fields)

    def advance_model(self, request: Any, obj: Any, verb: str) -> None:
        asked: dict[str, Any] = {
            "resolve": {"solution": obj.solution},
            "reopen": {"reason": str(BACK_OFFICE)},
        }
        services.STEPS[verb](obj, actor=request.user, **asked.get(verb, {}))


@admin.register(FeedbackRules)
class RulesAdmin(BackOffice):
    """One row."""

    list_display = ("__str__", *RULES)
    fields = (*RULES, "seen")

    def has_add_permission(self, request: Any) -> bool:
        return super().has_add_permission(request) and not FeedbackRules.objects.exists()

    def create_model(self, request: Any, obj: Any) -> None:
        fields = {name: getattr(obj, name) for name in RULES}
        obj.pk = services.save_rules(actor=request.user, version=None, **fields).pk

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        services.save_rules(actor=request.user, version=None, **fields)
