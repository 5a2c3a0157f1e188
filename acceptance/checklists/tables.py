"""Checklist templates as rows of a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from acceptance.models.templates import ChecklistTemplate
from acceptance.states import Level


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    name: str
    url: str
    scope: str
    level: str
    whom: str
    size: str
    active: bool


def level_label(level: int) -> str:
    return f"{level} · {Level(level).label}"


def whom(template: ChecklistTemplate) -> str:
    """Which department, function or kind a template is for."""
    if template.department:
        return template.department.name
    if template.function:
        return str(template.get_function_display())
    return str(template.get_kind_display()) if template.kind else _("All")


def checklist_rows(templates: Iterable[ChecklistTemplate]) -> list[ChecklistRow]:
    return [
        ChecklistRow(
            name=template.name,
            url=template.get_absolute_url(),
            scope=str(template.get_scope_display()),
            level=level_label(template.level),
            whom=whom(template),
            size=template.size(),
            active=template.active,
        )
        for template in templates
    ]
