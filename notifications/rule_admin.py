"""Reminder rules and own words in the back office: the same services as the pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from erp.admin import BackOffice, BackOfficeForm
from notifications import services
from notifications.events import known
from notifications.models import Rules, Template
from notifications.wordings import wordable

RULE_FIELDS = ("day_begins", "day_ends", "soon_days", "leader_after", "boss_after", "link_days")


@admin.register(Rules)
class RulesAdmin(BackOffice):
    """One row."""

    list_display = ("__str__", *RULE_FIELDS)
    fields = (*RULE_FIELDS, "seen")

    def has_add_permission(self, request: Any) -> bool:
        return super().has_add_permission(request) and not Rules.objects.exists()

    def create_model(self, request: Any, obj: Any) -> None:
        fields = {name: getattr(obj, name) for name in RULE_FIELDS}
        obj.pk = services.save_rules(actor=request.user, version=None, **fields).pk

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        services.save_rules(actor=request.user, version=None, **fields)


class WordsForm(BackOfficeForm):
    """An event and a language are chosen once."""

    event = forms.ChoiceField(label=_("event"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "event" in self.fields:
            choices = [(name, f"{event.topic} · {event.title}") for name, event in wordable().items()]
            self.fields["event"].choices = choices  # type: ignore[attr-defined]  # a choice field


@admin.register(Template)
class TemplateAdmin(BackOffice):
    form = WordsForm
    list_display = ("name", "language", "title", "active")
    list_filter = ("language", "active")
    fields = ("event", "language", "title", "text", "active", "seen")

    @admin.display(description=_("event"), ordering="event")
    def name(self, obj: Template) -> str:
        return str(known(obj.event).title)

    def get_readonly_fields(self, request: Any, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *(("event", "language") if obj else ()))

    def create_model(self, request: Any, obj: Any) -> None:
        obj.pk = self._save(request, obj, {}).pk

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        self._save(request, obj, fields)

    def _save(self, request: Any, obj: Any, fields: dict[str, Any]) -> Template:
        words = {name: fields.get(name, getattr(obj, name)) for name in ("title", "text", "active")}
        return services.save_wording(obj.event, obj.language, actor=request.user, version=None, **words)
