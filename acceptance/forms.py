"""What people type about acceptances: findings, decisions, applications, levels."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from acceptance.models import AcceptanceItem, AcceptanceLevels, AcceptanceStep
from acceptance.queries import rework_asked
from acceptance.services import Defect
from acceptance.states import Kind, Level, Mark
from contracts.forms import LineField
from documents.models import DocumentVersion
from documents.queries import hanging_on
from erp.conflict import VersionedForm
from erp.roles import Role
from orgchart.models import Department
from production.fields import HalvesField
from production.reworking import ask_despite, reworking

if TYPE_CHECKING:
    from orgchart.models import User

#: The form offers so many lines for defects beside those of the checklist.
FREE_LINES = 3
MARKS = [(Mark.OK, Mark.OK.label), (Mark.NOT_OK, Mark.NOT_OK.label)]
MARKS += [(Mark.NOT_APPLICABLE, Mark.NOT_APPLICABLE.label)]


class CheckForm(VersionedForm):
    """The checklist of a step: a finding and a note for each item, and what a decision needs."""

    #: Whether a level is passed with it: past rework that is not finished only knowingly.
    passes = True

    def __init__(self, *args: Any, step: AcceptanceStep, user: User, **kwargs: Any) -> None:
        self.step, self.items = step, sorted(step.items.all(), key=lambda item: item.position)
        super().__init__(*args, **{"initial": {"version": step.version}, **kwargs})
        for item in self.items:
            self.fields[f"mark_{item.pk}"] = forms.ChoiceField(
                label=item.text, choices=[(Mark.OPEN, Mark.OPEN.label), *MARKS], required=False
            )
            self.fields[f"note_{item.pk}"] = LineField(label=_("Note"), max_length=300, required=False)
            self.initial[f"mark_{item.pk}"], self.initial[f"note_{item.pk}"] = item.mark, item.note
        if self.behalf(user):
            self.fields["evidence"] = EvidenceField(step, user)
        if self.passes:
            ask_despite(self, reworking(rework_asked(step.round.acceptance), user))

    def behalf(self, user: User) -> bool:
        """Whether the office decides for the customer here."""
        return self.step.level == Level.CUSTOMER and user.role != Role.CUSTOMER

    def findings(self) -> dict[int, tuple[str, str]]:
        """What was typed, of items that were sent; a browser sends no radio that nobody chose."""
        return {
            item.pk: (self.cleaned_data.get(f"mark_{item.pk}") or "", self.cleaned_data[f"note_{item.pk}"])
            for item in self.items
            if f"note_{item.pk}" in self.data
        }

    def rows(self) -> list[dict[str, Any]]:
        """Items with what the form holds for each, for the template."""
        return [
            {"item": item, "mark": self[f"mark_{item.pk}"], "note": self[f"note_{item.pk}"]}
            for item in self.items
        ]

    def evidence(self) -> DocumentVersion | None:
        found: DocumentVersion | None = self.cleaned_data.get("evidence")
        return found

    def knows_rework(self) -> bool:
        """Whether they said that they know of the rework that is not finished."""
        return bool(self.cleaned_data.get("despite_rework"))

    @property
    def evidence_field(self) -> Any:
        """The field of the paper, where the office decides for the customer."""
        return self["evidence"] if "evidence" in self.fields else None


class EvidenceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for mypy only
    """The current version of one of the documents that hang on the acceptance."""

    def __init__(self, step: AcceptanceStep, user: User) -> None:
        documents = hanging_on(step.round.acceptance, user).order_by().values("current")
        rows = DocumentVersion.objects.filter(pk__in=documents).select_related("document")
        super().__init__(
            rows.order_by("-pk"),
            label=_("Paper signed by the customer"),
            required=False,
            empty_label=_("Choose a document"),
            help_text=_("Upload it on this page first, then choose it."),
        )


class RejectForm(CheckForm):
    """The reason, and what is wrong: items that are not OK, and lines of one's own."""

    passes = False
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        step = self.step
        self.bad = [item for item in self.items if self._is_bad(item)]
        self.rework = kwargs["user"].role != Role.CUSTOMER
        lines = [f"item_{item.pk}" for item in self.bad] + [f"line_{n}" for n in range(FREE_LINES)]
        departments = _departments(step)
        for item in self.items:  # here they are only what was found already
            del self.fields[f"mark_{item.pk}"], self.fields[f"note_{item.pk}"]
        for name in lines:
            self._add_line(name, departments)
        for item in self.bad:
            note = self.data.get(f"note_{item.pk}", item.note) if self.is_bound else item.note
            self.initial[f"item_{item.pk}"] = f"{item.text}：{note}" if note else item.text
        self.lines = lines

    def _is_bad(self, item: AcceptanceItem) -> bool:
        return item.mark == Mark.NOT_OK

    def _add_line(self, name: str, departments: Any) -> None:
        self.fields[name] = LineField(label=_("What is wrong"), max_length=300, required=False)
        if not self.rework:
            return
        acceptance = self.step.round.acceptance
        self.fields[f"{name}_rework"] = forms.BooleanField(label=_("Make rework task"), required=False)
        self.fields[f"{name}_department"] = forms.ModelChoiceField(
            departments, label=_("mended by"), required=False, initial=acceptance.department_id
        )
        self.fields[f"{name}_days"] = HalvesField(label=_("working days"), required=False, initial=Decimal(1))

    def findings(self) -> dict[int, tuple[str, str]]:
        return {}

    def defect_rows(self) -> list[dict[str, Any]]:
        """The lines with their fields, for the template."""
        parts = ("rework", "department", "days") if self.rework else ()
        return [
            {"text": self[name], **{part: self[f"{name}_{part}"] for part in parts}} for name in self.lines
        ]

    def defects(self) -> list[Defect]:
        """What was typed, as the service takes it."""
        data = self.cleaned_data
        return [
            Defect(
                text=data[name],
                item=int(name.removeprefix("item_")) if name.startswith("item_") else None,
                department=data.get(f"{name}_department"),
                rework=bool(data.get(f"{name}_rework")),
                days=data.get(f"{name}_days") or Decimal(1),
            )
            for name in self.lines
            if data.get(name)
        ]


def _departments(step: AcceptanceStep) -> Any:
    """Departments that have people in the team."""
    team = step.round.acceptance.contract.team.order_by().values("department")
    return Department.objects.active().filter(pk__in=team)


class ApplyForm(forms.Form):
    """An application for the contract as a whole."""

    kind = forms.ChoiceField(label=_("kind of acceptance"), choices=Kind.choices)
    title = LineField(
        label=_("title"), max_length=200, required=False, help_text=_("Empty: named after its kind.")
    )
    note = forms.CharField(
        label=_("note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReapplyForm(VersionedForm):
    """What was done since the rejection."""

    note = forms.CharField(
        label=_("What has been done"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


FLAGS = ("task_self", "task_quality", "contract_self", "contract_quality", "contract_customer")


class LevelsForm(forms.Form):
    """Which levels a contract asks for; `version` is empty before anybody chose."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, row: AcceptanceLevels | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FLAGS:
            field: Any = AcceptanceLevels._meta.get_field(name)
            self.fields[name] = field.formfield(required=False)
            self.initial[name] = getattr(row, name) if row else True
        self.initial["version"] = row.version if row else None

    def flags(self) -> Mapping[str, bool]:
        return {name: self.cleaned_data[name] for name in FLAGS}
