"""Days, percentages and people as planning forms ask for them."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _

from contracts.models import Contract
from orgchart.models import Person
from production.models import FIRST_DAY, LAST_DAY

#: The longest work one may ask for, in working days.
MOST_DAYS = 2500


class DayField(forms.DateField):
    """A day between 2000 and 2100; full-width digits and 2026年1月2日 are understood."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    default_validators = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip()
        return super().to_python(value)


class CountField(forms.IntegerField):
    """A whole number; full-width digits are understood."""

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip()
            if len(value) > 12:
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class LongSelect(forms.Select):
    """A select of many options: Django's own includes two templates for each of them."""

    template_name = "production/long_select.html"


def days_field() -> CountField:
    return CountField(label=_("duration (working days)"), required=False, min_value=1, max_value=MOST_DAYS)


def people_choices(contract: Contract) -> list[tuple[Any, Any]]:
    """Everybody active, those of the team first."""
    team = set(contract.team.values_list("person_id", flat=True)) | {contract.manager_id}
    groups: dict[bool, list[tuple[int, str]]] = defaultdict(list)
    for pk, name, department in Person.objects.active().values_list("pk", "name", "department__name"):
        groups[pk in team].append((pk, f"{name} · {department}"))
    named = {True: _("In the team"), False: _("Joins the team when named")}
    shown = [(named[inside], groups[inside]) for inside in (True, False) if groups[inside]]
    return [("", "—"), *shown]
