"""The editor of a checklist template: where it holds, and its items in order.

Rows are added, moved and dropped by buttons of the form that the server answers: nothing is saved
then, and whatever was typed comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from acceptance.models.templates import LONGEST_HINT, LONGEST_TEXT, MOST_ITEMS, Check, ChecklistTemplate
from acceptance.states import Kind, Level, Scope
from contracts.forms import LineField
from erp.conflict import VersionedForm
from erp.roles import Function
from orgchart.models import Department

if TYPE_CHECKING:
    from django.utils.datastructures import MultiValueDict


class PlaceForm(VersionedForm):
    """Name of the template and the steps it is for."""

    name = LineField(label=_("Name"), max_length=80)
    scope = forms.ChoiceField(label=_("Accepted is"), choices=Scope.choices)
    level = forms.TypedChoiceField(label=_("Level"), choices=Level.choices, coerce=int)
    department = forms.ModelChoiceField(
        Department.objects.none(),
        label=_("Department"),
        required=False,
        empty_label=_("All departments"),
        help_text=_("For tasks: the list of a department goes before that of a function."),
    )
    function = forms.ChoiceField(
        label=_("Function of the department"), required=False, choices=[("", _("All functions"))]
    )
    kind = forms.ChoiceField(
        label=_("Kind of acceptance"),
        required=False,
        choices=[("", _("All kinds")), *Kind.choices],
        help_text=_("For contracts: factory or site acceptance."),
    )
    field_order = ("version", "name", "scope", "level", "department", "function", "kind")

    def __init__(self, *args: Any, template: ChecklistTemplate | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        kept = template.department_id if template else None
        rows = Department.objects.active()
        fields["department"].queryset = rows | Department.objects.filter(pk=kept) if kept else rows
        fields["function"].choices = [("", _("All functions")), *Function.choices]
        if template is None:
            del self.fields["version"]


class ItemForm(forms.Form):
    """One item."""

    text = LineField(label=_("Item"), max_length=LONGEST_TEXT)
    hint = LineField(label=_("How to check"), max_length=LONGEST_HINT, required=False)
    needs_evidence = forms.BooleanField(label=_("Photo or document"), required=False)
    mandatory = forms.BooleanField(label=_("Mandatory"), required=False)

    def check(self) -> Check:
        return Check(**self.cleaned_data)


def _prefix(place: int) -> str:
    return f"item-{place}"


class Editor:
    """The form with all its rows. `deed` is the button: "" saves, others change rows only."""

    def __init__(self, data: MultiValueDict[str, str] | None, template: ChecklistTemplate | None) -> None:
        self.template = template
        self.deed = str(data.get("deed", "")) if data is not None else ""
        self.saving = data is not None and not self.deed
        if data is None:
            self.place = PlaceForm(initial=_stored_place(template), template=template)
            self._show([_stored(check) for check in template.checks] if template else [{"mandatory": True}])
        elif self.deed:
            self.place = PlaceForm(initial={k: data.get(k) for k in PlaceForm.base_fields}, template=template)
            self._show(turned(_typed(data), self.deed))
        else:
            self.place = PlaceForm(data, template=template)
            self._bind([row for row in _typed(data) if row["text"].strip() or row["hint"].strip()])

    def _show(self, rows: list[dict[str, Any]]) -> None:
        self.items = [ItemForm(initial=row, prefix=_prefix(n)) for n, row in enumerate(rows)]

    def _bind(self, rows: list[dict[str, Any]]) -> None:
        self.items = [
            ItemForm({f"{_prefix(n)}-{name}": value for name, value in row.items()}, prefix=_prefix(n))
            for n, row in enumerate(rows)
        ]

    def is_valid(self) -> bool:
        good = [form.is_valid() for form in (self.place, *self.items)]
        return self.saving and all(good)

    def checks(self) -> list[Check]:
        return [item.check() for item in self.items]

    @property
    def full(self) -> bool:
        return len(self.items) >= MOST_ITEMS


def _stored_place(template: ChecklistTemplate | None) -> dict[str, Any]:
    if template is None:
        return {}
    return {name: getattr(template, name) for name in PlaceForm.base_fields}


def _stored(check: Check) -> dict[str, Any]:
    return {name: getattr(check, name) for name in ItemForm.base_fields}


def _typed(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows as they were typed; how many, the form says."""
    word = str(data.get("rows", ""))
    count = min(int(word), MOST_ITEMS) if word.isascii() and word.isdigit() and len(word) < 5 else 0
    found = []
    for place in range(count):
        row: dict[str, Any] = {n: str(data.get(f"{_prefix(place)}-{n}", "")) for n in ("text", "hint")}
        row |= {n: f"{_prefix(place)}-{n}" in data for n in ("needs_evidence", "mandatory")}
        found.append(row)
    return found


def turned(rows: list[dict[str, Any]], deed: str) -> list[dict[str, Any]]:
    """The rows after a button: `add`, `up-3`, `down-3`, `drop-3`; anything else leaves them."""
    verb, _dash, word = deed.partition("-")
    if verb == "add" and len(rows) < MOST_ITEMS:
        return [*rows, {"mandatory": True}]
    if not (word.isascii() and word.isdigit() and len(word) < 5) or int(word) >= len(rows):
        return rows
    place = int(word)
    rows, row = [*rows[:place], *rows[place + 1 :]], rows[place]
    if verb in ("up", "down"):
        rows.insert(max(place - 1, 0) if verb == "up" else place + 1, row)
    elif verb != "drop":
        rows.insert(place, row)
    return rows
