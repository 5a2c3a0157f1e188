"""What people say of a bill of materials: where it comes from, what its columns are, what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.fields import UploadField
from erp.models import ImportJob
from erp.reading import MOST_BYTES
from orgchart.models import Department
from procurement.bom.columns import LABELS, known
from procurement.bom.parsing import MOST, MOST_SETS
from procurement.bom.reading import Table, read_file, read_paste
from procurement.bom.services import Choice
from production.fields import LongSelect

if TYPE_CHECKING:
    from collections.abc import Callable

#: Whatever browsers send more of is no bill of materials.
MOST_PASTED = 2_000_000


class SourceForm(forms.Form):
    """A file, or the cells themselves."""

    file = UploadField(
        label=gettext_lazy("workbook or CSV"),
        most=MOST_BYTES,
        accept=".xlsx,.xlsm,.csv,.txt,.tsv",
        required=False,
    )
    cells = forms.CharField(
        label=gettext_lazy("cells copied from Excel"),
        required=False,
        strip=False,
        max_length=MOST_PASTED,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "wide"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        pasted, file = (data.get("cells") or "").strip(), data.get("file")
        if not self.errors and bool(pasted) == bool(file):
            raise forms.ValidationError(_("Paste the cells or choose a file, one of the two."))
        return data

    def source(self) -> tuple[str, bytes, Callable[[], Table]]:
        """Name ("" for pasted cells), bytes, and how to read them."""
        if file := self.cleaned_data["file"]:
            name, data = file.name, file.read()
            return name, data, lambda: read_file(name, data)
        text = self.cleaned_data["cells"]
        return "", text.encode("utf-8", "replace"), lambda: read_paste(text)


class BomForm(forms.Form):
    """Columns, department, task, number of machines; and what becomes of the list."""

    deed = forms.ChoiceField(choices=[(name, "") for name in ("map", "import", "discard")], required=False)
    digest = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    drop = forms.BooleanField(required=False, label=gettext_lazy("Cancel what the list no longer names"))
    department = forms.ModelChoiceField(
        Department.objects.none(), label=gettext_lazy("department that needs it"), empty_label=None
    )
    task: Any = forms.ModelChoiceField(
        None, label=gettext_lazy("task that needs it"), required=False, widget=LongSelect
    )
    sets = forms.IntegerField(
        label=gettext_lazy("quantities are for so many machines"), min_value=1, max_value=MOST_SETS
    )
    unit = forms.CharField(
        label=gettext_lazy("unit of rows without one"),
        max_length=MOST["unit"],
        required=False,
        validators=[RegexValidator(r"^[^\x00-\x1f]*$")],
    )

    def __init__(self, data: Any, *, job: ImportJob, departments: list[Department], tasks: Any) -> None:
        payload = job.payload
        self.table = Table.from_json(payload)
        chosen = known(payload.get("mapping", {}), len(self.table.headings))
        names = ("department", "task", "sets", "unit")
        first = {"department": departments[0].pk if departments else None, "sets": 1}
        initial = {**first, **{name: payload[name] for name in names if name in payload}}
        super().__init__(data, initial={**initial, **{f"c{place}": m for place, m in chosen.items()}})
        department: Any = self.fields["department"]
        department.queryset = Department.objects.filter(pk__in=[d.pk for d in departments])
        department.choices = [(d.pk, d.name) for d in departments]
        task: Any = self.fields["task"]
        task.queryset = tasks
        task.choices = [("", "—"), *((t.pk, f"{t.department} · {t.name}") for t in tasks)]
        self._add_columns()

    def _add_columns(self) -> None:
        choices = [("", _("not read")), *LABELS.items()]
        samples = next((row for row in self.table.below if any(str(cell).strip() for cell in row)), [])
        for place, heading in enumerate(self.table.headings):
            sample = str(samples[place]).strip()[:60] if place < len(samples) else ""
            words = str(heading).strip()[:60]
            if not words and not sample:
                continue
            field = forms.ChoiceField(choices=choices, required=False)
            field.label = words or _("column %(n)s") % {"n": place + 1}
            field.help_text = sample
            self.fields[f"c{place}"] = field

    def columns(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("c") and name[1:].isdigit()]

    def others(self) -> list[Any]:
        return [self[name] for name in ("department", "task", "sets", "unit")]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        seen: set[str] = set()
        for column in self.columns():
            meaning = data.get(column.name)
            if meaning and meaning in seen:
                self.add_error(column.name, _("Chosen for another column already."))
            seen.add(meaning or "")
        return data

    def choice(self) -> Choice:
        data = self.cleaned_data
        mapping = {int(c.name[1:]): m for c in self.columns() if (m := data.get(c.name))}
        return Choice(mapping, data["department"], data["task"], data["sets"], data["unit"])


class DeedForm(forms.Form):
    """What becomes of the list as it was looked at."""

    deed = forms.ChoiceField(choices=[("import", ""), ("discard", "")])
    digest = forms.CharField(max_length=40, required=False)
    drop = forms.BooleanField(required=False)
