"""Acceptances in the back office: read, never decided. What is decided is decided on the pages, where
checklist, evidence and separation of duties are."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.sites import AdminSite
from django.db.models import Model

from acceptance.checklists import office  # noqa: F401  registers checklists
from acceptance.models import Acceptance, AcceptanceLevels, AcceptanceRound, AcceptanceStep
from acceptance.services import set_levels
from erp.admin import BackOffice


class ToRead(BackOffice):
    """Neither added, changed nor moved along its table here."""

    def __init__(self, model: type[Model], site: AdminSite) -> None:
        super().__init__(model, site)
        self.actions = ()

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False


@admin.register(Acceptance)
class AcceptanceAdmin(ToRead):
    list_display = ("title", "contract", "scope", "kind", "department", "level", "state", "passed_on")
    list_filter = ("state", "scope", "level", "kind")
    list_select_related = ("contract", "department")
    search_fields = ("title", "contract__number")


@admin.register(AcceptanceRound)
class RoundAdmin(ToRead):
    list_display = ("acceptance", "number", "opened_at", "applied_by", "result", "closed_at")
    list_filter = ("result",)
    list_select_related = ("acceptance", "applied_by")
    search_fields = ("acceptance__title", "acceptance__contract__number")


@admin.register(AcceptanceStep)
class StepAdmin(ToRead):
    list_display = ("round", "level", "result", "decided_by", "decided_at", "on_behalf")
    list_filter = ("result", "level")
    list_select_related = ("round__acceptance", "decided_by")
    search_fields = ("round__acceptance__title", "round__acceptance__contract__number")


@admin.register(AcceptanceLevels)
class LevelsAdmin(BackOffice):
    list_display = (
        "contract", "task_self", "task_quality", "contract_self", "contract_quality", "contract_customer",
    )  # fmt: skip
    list_select_related = ("contract",)
    raw_id_fields = ("contract",)
    search_fields = ("contract__number",)
    readonly_fields = ("version",)

    def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        """Levels never move to another contract."""
        return (*self.readonly_fields, "contract") if obj else self.readonly_fields

    def create_model(self, request: Any, obj: Any) -> None:
        flags = {name: getattr(obj, name) for name in self.list_display[1:]}
        obj.pk = set_levels(obj.contract, actor=request.user, **flags).pk

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        set_levels(obj.contract, actor=request.user, **fields)
