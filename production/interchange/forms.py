"""What people choose when plans come in: files, columns, templates, days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.models import Contract
from contracts.services import normal_number
from erp.fields import DayField, UploadField
from erp.roles import Function
from orgchart.models import Department
from production.interchange import mspdi_xml
from production.interchange.list_columns import LABELS
from production.interchange.models import PlanTemplate
from production.interchange.templates import LATEST, functions_of, usual_places
from production.models import Task
from production.states import Status

if TYPE_CHECKING:
    from orgchart.models import User


def department_field(departments: list[Department], label: Any, none: str) -> Any:
    """One of `departments`, or none of them."""
    field: Any = forms.ModelChoiceField(
        Department.objects.filter(pk__in=[d.pk for d in departments]), required=False
    )
    field.label = label
    field.choices = [("", none), *((d.pk, d.name) for d in departments)]
    return field


class PlanFileForm(forms.Form):
    """A file of MS Project."""

    file = UploadField(label=gettext_lazy("MS Project XML file"), most=mspdi_xml.MOST_BYTES, accept=".xml")

    def __init__(self, *args: Any, departments: list[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label = gettext_lazy("department of tasks without one")
        self.fields["department"] = department_field(departments, label, "—")
        if len(departments) == 1:
            self.initial["department"] = departments[0].pk


class DeedForm(forms.Form):
    """What becomes of a checked file."""

    deed = forms.ChoiceField(choices=[(name, "") for name in ("import", "discard", "map")], required=False)


class ColumnsForm(DeedForm):
    """What each column of a list is."""

    def __init__(
        self,
        *args: Any,
        headings: list[Any],
        samples: list[Any],
        departments: list[Department],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("not read")), *((name, label) for name, label in LABELS.items())]
        self.columns: list[tuple[str, Any]] = []
        for place, heading in enumerate(headings):
            words = str(heading).strip()[:60] or _("column %(n)s") % {"n": place + 1}
            field = forms.ChoiceField(choices=choices, required=False, label=words)
            field.help_text = str(samples[place] if place < len(samples) else "")[:60]
            self.fields[f"c{place}"] = field
        self.fields["department"] = department_field(
            departments, gettext_lazy("department of rows without one"), "—"
        )

    def column_fields(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("c") and name[1:].isdigit()]

    def mapping(self) -> dict[int, str]:
        """Place of a column → what it is."""
        return {int(f.name[1:]): m for f in self.column_fields() if (m := self.cleaned_data.get(f.name))}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("deed") in ("import", "discard"):
            return data  # columns do not matter
        seen: set[str] = set()
        for name in [f.name for f in self.column_fields()]:
            meaning = data.get(name)
            if meaning and meaning in seen:
                self.add_error(name, _("Chosen for another column already."))
            seen.add(meaning or "")
        return data


class StartForm(forms.Form):
    """The day on which a new plan begins."""

    start = DayField(label=gettext_lazy("first day"), validators=[MaxValueValidator(LATEST)])


class TemplateForm(StartForm):
    """Which template, from when on, and which department does what."""

    template = forms.ModelChoiceField(PlanTemplate.objects.active(), label=gettext_lazy("plan template"))
    field_order = ("template", "start")

    def __init__(self, data: Any = None, *, departments: list[Department], **kwargs: Any) -> None:
        super().__init__(_with_places(data, departments), **kwargs)
        self._departments = departments
        for function in _functions(data):
            self.fields[f"place_{function}"] = department_field(
                departments, Function(function).label, _("leave its tasks out")
            )

    def place_fields(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("place_")]

    def places(self) -> Mapping[str, Department | None]:
        return {f.name.removeprefix("place_"): self.cleaned_data.get(f.name) for f in self.place_fields()}


def _functions(data: Any) -> list[str]:
    """The functions of the template that was chosen."""
    word = str((data or {}).get("template", ""))
    found = PlanTemplate.objects.active().filter(pk=int(word)) if word.isascii() and word.isdigit() else None
    template = found.first() if found is not None and len(word) < 19 else None
    return functions_of(template) if template else []


def _with_places(data: Any, departments: list[Department]) -> Any:
    """At the first look every function falls to its first department."""
    if data is None:
        return None
    usual, filled = usual_places(departments), {name: data.get(name) for name in data}
    for function in _functions(data):
        department = usual.get(function)
        filled.setdefault(f"place_{function}", department.pk if department else "")
    return filled


class CloneForm(StartForm):
    """Another contract by its number, and the first day here."""

    source = forms.CharField(label=gettext_lazy("contract number"), max_length=50)
    field_order = ("source", "start")

    def __init__(self, *args: Any, user: User, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user, self._contract = user, contract
        self.fields["source"].widget.attrs["list"] = "contracts-to-copy"

    def choices(self) -> Any:
        """The latest contracts one may copy from, to choose by typing."""
        rows = Contract.objects.for_user(self._user, "view_tasks").exclude(pk=self._contract.pk)
        return rows.order_by("-id").values_list("number", "name")[:50]

    def clean_source(self) -> Contract:
        number = normal_number(self.cleaned_data["source"])
        rows = Contract.objects.for_user(self._user, "view_tasks").exclude(pk=self._contract.pk)
        found = rows.filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("There is no other contract of this number whose tasks you read."))
        return found


class SaveTemplateForm(forms.Form):
    """A contract's plan under a name, with the tasks that go along."""

    name = forms.CharField(label=gettext_lazy("name"), max_length=80)
    note = forms.CharField(label=gettext_lazy("note"), max_length=300, required=False)
    tasks = forms.MultipleChoiceField(label=gettext_lazy("tasks"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, user: User, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Task.objects.for_user(user).filter(contract=contract).exclude(status=Status.CANCELLED)
        found = rows.order_by("department__position", "position", "id").values_list("pk", "name")
        self.ids = [pk for pk, _name in found]
        field: Any = self.fields["tasks"]
        field.choices = [(str(pk), name) for pk, name in found]
        self.initial["tasks"] = [str(pk) for pk in self.ids]

    def without(self) -> frozenset[int]:
        return frozenset(self.ids) - {int(word) for word in self.cleaned_data["tasks"]}
