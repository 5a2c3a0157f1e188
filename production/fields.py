"""Durations, percentages and people as planning forms ask for them."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from contracts.models import Contract
from orgchart.models import Person

#: The longest work one may ask for, in working days.
MOST_DAYS = 2500


class CountField(forms.IntegerField):
    """A whole number; full-width digits are understood."""

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip()
            if len(value) > 12:
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class HalvesField(forms.DecimalField):
    """Working days in steps of a half; full-width digits are understood."""

    def __init__(self, **kwargs: Any) -> None:
        half = Decimal("0.5")
        super().__init__(max_digits=5, decimal_places=1, min_value=half, max_value=MOST_DAYS, **kwargs)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # as DecimalField has it
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip()
        return super().to_python(value)

    def clean(self, value: Any) -> Decimal | None:
        days: Decimal | None = super().clean(value)
        if days is not None and days * 2 % 1:
            raise forms.ValidationError(_("Enter whole or half days, such as 2.5."), code="step_size")
        return days

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"step": "0.5"}


class LongSelect(forms.Select):
    """A select of many options: Django's own includes two templates for each of them."""

    template_name = "production/long_select.html"


def people_choices(contract: Contract) -> list[tuple[Any, Any]]:
    """Everybody active, those of the team first."""
    in_team = Exists(contract.team.filter(person=OuterRef("pk")).order_by())
    groups: dict[bool, list[tuple[int, str]]] = defaultdict(list)
    people = Person.objects.active().annotate(in_team=in_team)
    for pk, name, department, inside in people.values_list("pk", "name", "department__name", "in_team"):
        groups[inside or pk == contract.manager_id].append((pk, f"{name} · {department}"))
    named = {True: _("In the team"), False: _("Joins the team when named")}
    shown = [(named[inside], groups[inside]) for inside in (True, False) if groups[inside]]
    return [("", "—"), *shown]
