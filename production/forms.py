"""What people type about tasks."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from contracts.forms import AmountField
from contracts.models import Contract, TeamMember
from erp.access import allowed
from erp.conflict import VersionedForm
from erp.fields import DayField
from erp.roles import LEADING
from erp.workdays import slot_of
from erp.workflow import Blocked
from orgchart.models import Department, Person
from production.fields import CountField, HalvesField, LongSelect, people_choices
from production.foresight import Foresight
from production.layout import span_of
from production.models import Cause, Mode, Priority, Task, TaskDependency
from production.spans import Span

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

    contract: Contract

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("planned_start"), data.get("planned_end")
        if start and not end and "planned_end" not in self.errors:
            if data.get("duration") and data.get("department"):
                self._lay(data)
            elif not data.get("milestone") and "duration" not in self.errors:
                self.add_error("planned_end", _("Enter the end, or the working days it takes."))
        if start and data.get("milestone"):
            data["planned_end"] = start
        elif start and end and end < start:
            self.add_error("planned_end", _("The end lies before the start."))
        return data

    def _lay(self, data: dict[str, Any]) -> None:
        """So many working days, in the calendar of whoever does it; it begins on a working half-day."""
        start = data["planned_start"]
        who = {"department": data["department"], "assignee": data.get("assignee")}
        task = Task(contract=self.contract, planned_start=start, planned_end=start, **who)
        first = slot_of(start, afternoon=data.get("begins_afternoon", False))
        data |= span_of(task, first, data["duration"]).fields()


class QuickTaskForm(SpanForm):
    """The row under the table: Enter adds the task and is ready for the next."""

    name = forms.CharField(label=_("task name"), max_length=200)
    department = forms.ModelChoiceField(Department.objects.none(), label=_("department"))
    assignee = forms.ModelChoiceField(
        Person.objects.none(), label=_("assignee"), required=False, widget=LongSelect
    )
    planned_start = DayField(label=_("planned start"))
    planned_end = DayField(label=_("planned end"), required=False)
    duration = HalvesField(label=_("duration (working days)"), required=False)

    def __init__(self, *args: Any, contract: Contract, departments: list[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contract = contract
        fields: Any = self.fields
        fields["department"].queryset = Department.objects.filter(pk__in=[d.pk for d in departments])
        fields["department"].choices = [(d.pk, d.name) for d in departments]
        fields["assignee"].queryset = Person.objects.active()
        fields["assignee"].choices = people_choices(contract)

    def task_fields(self) -> dict[str, Any]:
        return {k: v for k, v in self.cleaned_data.items() if k not in ("duration", "version")}


class TaskForm(QuickTaskForm):
    begins_afternoon = forms.BooleanField(label=_("starts in the afternoon"), required=False)
    ends_noon = forms.BooleanField(label=_("ends at noon"), required=False)
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
    """Everything but the dates: those move others as well, so they are asked for in two steps."""

    planned_start = planned_end = duration = None  # type: ignore[assignment]  # not asked here
    begins_afternoon = ends_noon = None  # type: ignore[assignment]

    @classmethod
    def values_of(cls, task: Task) -> dict[str, Any]:
        names = set(cls.base_fields) - {"department", "assignee"}
        values = {name: getattr(task, name) for name in names}
        return {**values, "department": task.department_id, "assignee": task.assignee_id}


class RescheduleForm(forms.Form):
    """New dates and rules of one task. What is not sent (a drag sends dates only) stays as it is."""

    start = DayField(label=_("planned start"))
    begins_afternoon = forms.BooleanField(label=_("starts in the afternoon"), required=False)
    end = DayField(label=_("planned end"), required=False)
    ends_noon = forms.BooleanField(label=_("ends at noon"), required=False)
    duration = HalvesField(
        label=_("duration (working days)"), required=False,
        help_text=_("Enter the end, or the working days it takes; halves are possible."),
    )  # fmt: skip
    mode = forms.ChoiceField(label=_("scheduling"), choices=Mode.choices, required=False)
    asap = forms.BooleanField(
        label=_("as early as its predecessors allow"), required=False,
        help_text=_("Otherwise it starts no earlier than on the day above."),
    )  # fmt: skip
    not_after = DayField(label=_("finish no later than"), required=False)
    rules = forms.BooleanField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.task = task

    @staticmethod
    def values_of(task: Task) -> dict[str, Any]:
        return {
            "start": task.planned_start,
            "begins_afternoon": task.begins_afternoon,
            "end": task.planned_end,
            "ends_noon": task.ends_noon,
            "mode": task.mode,
            "asap": task.not_before is None,
            "not_after": task.not_after,
            "rules": True,
            "version": task.version,
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("start"), data.get("end")
        if start and not end and "end" not in self.errors:
            if self.task.milestone:
                data["end"] = start
            elif not data.get("duration") and "duration" not in self.errors:
                self.add_error("end", _("Enter the end, or the working days it takes."))
        elif start and end and end < start:
            self.add_error("end", _("The end lies before the start."))
        return data

    def span(self) -> Span:
        """The asked dates; of a duration, its end in the task's calendar."""
        data = self.cleaned_data
        if self.task.milestone:
            return Span(data["start"], data["start"], ends_noon=data["ends_noon"])
        if data["end"]:
            return Span(data["start"], data["end"], data["begins_afternoon"], data["ends_noon"])
        first = slot_of(data["start"], afternoon=data["begins_afternoon"])
        return span_of(self.task, first, data["duration"])

    def new_rules(self) -> dict[str, Any]:
        """What the dialog says beside the dates. A start that was changed says more than the tick that
        was left."""
        data = self.cleaned_data
        if not data["rules"]:
            return {}
        rules = {"mode": data["mode"] or self.task.mode, "not_after": data["not_after"]}
        if data["asap"] and data["start"] == self.task.planned_start and rules["mode"] == Mode.AUTO:
            return rules | {"not_before": None, "not_before_afternoon": False}
        if self.task.not_before is None and rules["mode"] == Mode.AUTO:
            return rules | {"not_before": data["start"], "not_before_afternoon": data["begins_afternoon"]}
        return rules


class BaselineForm(forms.Form):
    name = forms.CharField(label=_("name of the baseline"), max_length=80)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name == "*":
            raise ValidationError(_("Choose another name."))
        return name


class LevelForm(forms.Form):
    """How long the solver may look for something better."""

    seconds = CountField(label=_("seconds"), min_value=1, max_value=60, initial=5)


class ConfirmForm(forms.Form):
    """Why a plan moves, and the name of what was looked at."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    cause = forms.ChoiceField(label=_("cause"), choices=Cause.choices, initial=Cause.INTERNAL)
    note = forms.CharField(label=_("note"), required=False, max_length=300)

    @classmethod
    def plain(cls, found: Foresight) -> ConfirmForm:
        """Confirmed without a look, because nothing moves."""
        form = cls({"seen": found.digest, "cause": Cause.INTERNAL})
        form.is_valid()
        return form

    @classmethod
    def after(cls, found: Foresight, sent: ConfirmForm) -> ConfirmForm:
        """Asking to confirm `found`; cause and note are kept as typed."""
        if not sent.is_bound:
            return cls(initial={"seen": found.digest, "cause": Cause.INTERNAL})
        form = cls({**{name: sent.data.get(name, "") for name in cls.base_fields}, "seen": found.digest})
        form.is_valid()
        return form


class StepForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)


class ReasonForm(StepForm):
    reason = forms.CharField(label=_("reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class ProgressForm(StepForm):
    progress = CountField(label=_("progress %"), min_value=0, max_value=100)
    hours = AmountField(
        label=_("hours since the last report"),
        required=False,
        max_digits=7,
        decimal_places=2,
        help_text=_("They are added up. A minus takes back what was too much."),
    )


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
