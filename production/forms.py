"""What people type about tasks."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract, TeamMember
from erp.access import allowed
from erp.conflict import VersionedForm
from erp.roles import LEADING
from erp.workflow import Blocked
from orgchart.models import Department, Person
from production.calendar import end_after
from production.fields import CountField, DayField, LongSelect, days_field, people_choices
from production.models import Priority, Task, TaskDependency

if TYPE_CHECKING:
    from orgchart.models import User

T = TypeVar("T")


def tried(form: forms.Form, deed: Callable[[], T]) -> T | None:
    """Do it; a refusal becomes a sentence on the form, which keeps what was typed."""
    try:
        return deed()
    except Blocked as why:
        form.add_error(None, str(why))
    except ValidationError as wrong:
        texts = getattr(wrong, "error_dict", {"__all__": wrong.messages})
        names = {"planned_start": "start", "planned_end": "end"}
        for name, text in texts.items():
            place = name if name in form.fields else names.get(name, name)
            form.add_error(place if place in form.fields else None, text)
    return None


def planned_departments(user: User, contract: Contract) -> Any:
    """The departments `user` plans for in this contract."""
    rows = Department.objects.active()
    if allowed(user, "manage_tasks", contract):
        return rows
    led = TeamMember.objects.filter(contract=contract, person__user=user, duty__in=LEADING)
    return rows.filter(pk__in=led.order_by().values("department"))


class SpanForm(forms.Form):
    """Start, and either end or working days; both: the end holds."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("planned_start"), data.get("planned_end")
        if start and not end and "planned_end" not in self.errors:
            days = data.get("duration")
            if days or data.get("milestone"):
                data["planned_end"] = end_after(start, days or 1) if days else start
            elif "duration" not in self.errors:
                self.add_error("planned_end", _("Enter the end, or the working days it takes."))
        if start and data.get("milestone"):
            data["planned_end"] = start
        elif start and end and end < start:
            self.add_error("planned_end", _("The end lies before the start."))
        return data


class QuickTaskForm(SpanForm):
    """The row under the table: Enter adds the task and is ready for the next."""

    name = forms.CharField(label=_("task name"), max_length=200)
    department = forms.ModelChoiceField(Department.objects.none(), label=_("department"))
    assignee = forms.ModelChoiceField(
        Person.objects.none(), label=_("assignee"), required=False, widget=LongSelect
    )
    planned_start = DayField(label=_("planned start"))
    planned_end = DayField(label=_("planned end"), required=False)
    duration = days_field()

    def __init__(self, *args: Any, contract: Contract, departments: list[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["department"].queryset = Department.objects.filter(pk__in=[d.pk for d in departments])
        fields["department"].choices = [(d.pk, d.name) for d in departments]
        fields["assignee"].queryset = Person.objects.active()
        fields["assignee"].choices = people_choices(contract)
        fields["duration"].label = _("duration (working days)")

    def task_fields(self) -> dict[str, Any]:
        return {k: v for k, v in self.cleaned_data.items() if k not in ("duration", "version")}


class TaskForm(QuickTaskForm):
    description = forms.CharField(
        label=_("description"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )
    priority = forms.TypedChoiceField(
        label=_("priority"), choices=Priority.choices, coerce=int, initial=Priority.NORMAL
    )
    milestone = forms.BooleanField(label=_("milestone"), required=False)
    mandatory = forms.BooleanField(label=_("needed for delivery"), required=False, initial=True)
    needs_acceptance = forms.BooleanField(label=_("needs acceptance"), required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("milestone"):
            data["needs_acceptance"] = False
        return data


class TaskEditForm(TaskForm, VersionedForm):
    @classmethod
    def values_of(cls, task: Task) -> dict[str, Any]:
        names = set(cls.base_fields) - {"duration", "department", "assignee"}
        values = {name: getattr(task, name) for name in names}
        return {**values, "department": task.department_id, "assignee": task.assignee_id}


class RescheduleForm(forms.Form):
    """New dates; the version is optional because a drag always carries it, a hurried script may not."""

    start = DayField(label=_("planned start"))
    end = DayField(label=_("planned end"), required=False)
    duration = CountField(
        label=_("duration (working days)"), required=False, min_value=1, max_value=2500,
        help_text=_("Enter the end, or the working days it takes."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("start"), data.get("end")
        if start and not end and "end" not in self.errors:
            if data.get("duration"):
                data["end"] = end_after(start, data["duration"])
            elif "duration" not in self.errors:
                self.add_error("end", _("Enter the end, or the working days it takes."))
        return data


class StepForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)


class ReasonForm(StepForm):
    reason = forms.CharField(label=_("reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class ProgressForm(StepForm):
    progress = CountField(label=_("progress %"), min_value=0, max_value=100)


class LinkForm(forms.Form):
    predecessor = forms.ModelChoiceField(Task.objects.none(), label=_("predecessor"))
    type = forms.ChoiceField(
        label=_("type"), choices=TaskDependency.Type.choices, initial=TaskDependency.Type.FS
    )
    lag = forms.DecimalField(
        label=_("lag (working days)"),
        required=False,
        initial=0,
        max_digits=4,
        decimal_places=1,
        min_value=Decimal(-365),
        max_value=Decimal(365),
    )

    def __init__(self, *args: Any, user: User, task: Task, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Task.objects.for_user(user).filter(contract=task.contract_id).exclude(pk=task.pk)
        self.fields["predecessor"].queryset = rows  # type: ignore[attr-defined]

    def clean_lag(self) -> Decimal:
        return self.cleaned_data.get("lag") or Decimal(0)


class HandOverForm(forms.Form):
    person = forms.ModelChoiceField(Person.objects.none(), label=_("hands over"))
    successor = forms.ModelChoiceField(Person.objects.none(), label=_("successor"))

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["person"].queryset = Person.objects.filter(
            pk__in=Task.objects.open().filter(contract=contract).order_by().values("assignee")
        )
        fields["successor"].queryset = Person.objects.active()
        fields["successor"].choices = people_choices(contract)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("person") and data.get("person") == data.get("successor"):
            self.add_error("successor", _("Choose somebody else."))
        return data
