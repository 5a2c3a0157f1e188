"""What people type about feedback. Rules of the business live in the services."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from acceptance.models import AcceptanceDefect, AcceptanceItem
from acceptance.states import Result
from contracts.forms import BIDI, ContractDayField, LineField
from erp.conflict import VersionedForm
from feedback.models import Feedback, FeedbackRules
from feedback.services import rework_departments
from feedback.states import Coverage, Kind, Severity
from orgchart.models import Department, Person
from production.fields import HalvesField, LongSelect, people_choices
from production.models import Task

if TYPE_CHECKING:
    from contracts.models import Contract
    from orgchart.models import User


class ProseField(forms.CharField):
    """Some lines of text; marks that turn text round go."""

    def __init__(self, *, rows: int = 4, **more: Any) -> None:
        more.setdefault("max_length", 10_000)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **more)

    def to_python(self, value: Any) -> str:
        return str(
            super().to_python(BIDI.sub("", str(value or "")).replace("\r\n", "\n").replace("\r", "\n"))
        )


def token_field() -> forms.CharField:
    return forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)


class CustomerForm(forms.Form):
    """What the customer's people say in the portal; photos come beside it."""

    kind = forms.ChoiceField(
        label=_("What is it about?"), choices=Kind.choices, initial=Kind.BUG, widget=forms.RadioSelect
    )
    severity = forms.ChoiceField(
        label=_("How urgent is it?"), choices=Severity.choices, initial=Severity.NORMAL
    )
    title = LineField(label=_("In a few words"), max_length=200)
    text = ProseField(label=_("What happened?"), required=False, rows=5)
    token = token_field()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.initial.setdefault("token", secrets.token_urlsafe(24))


class FoundField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for mypy only
    """Something an acceptance found or looked at, with the acceptance it belongs to."""

    widget = LongSelect

    def __init__(self, rows: Any, *, label: Any) -> None:
        super().__init__(rows, label=label, required=False)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} · {obj.step.round.acceptance}"


class FeedbackForm(forms.Form):
    """What the office enters, for a caller or of its own."""

    kind = forms.ChoiceField(label=_("kind"), choices=Kind.choices, initial=Kind.BUG)
    severity = forms.ChoiceField(label=_("severity"), choices=Severity.choices, initial=Severity.NORMAL)
    title = LineField(label=_("title"), max_length=200)
    text = ProseField(label=_("description"), required=False)
    caller = LineField(
        label=_("reported by"),
        max_length=60,
        required=False,
        help_text=_("Who called, where you enter it for somebody."),
    )
    caller_phone = LineField(label=_("phone of the caller"), max_length=40, required=False)
    reported_on = ContractDayField(label=_("reported on"))
    task = forms.ModelChoiceField(
        Task.objects.none(), label=_("about task"), required=False, widget=LongSelect
    )
    defect = FoundField(AcceptanceDefect.objects.none(), label=_("about defect"))
    item = FoundField(AcceptanceItem.objects.none(), label=_("about check item"))
    shared = forms.BooleanField(
        label=_("shown to the customer"),
        required=False,
        help_text=_("The customer reads it in the portal, with the solution, and confirms it."),
    )
    token = token_field()

    def __init__(
        self, *args: Any, contract: Contract, user: User, kept: dict[str, Any] | None = None, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.initial.setdefault("token", secrets.token_urlsafe(24))
        self.initial.setdefault("reported_on", timezone.localdate())
        self.initial.setdefault("shared", True)
        field: Any = self.fields["task"]
        field.queryset = Task.objects.for_user(user).filter(contract=contract).order_by("position", "id")
        defects = AcceptanceDefect.objects.for_user(user).filter(step__round__acceptance__contract=contract)
        items = AcceptanceItem.objects.for_user(user).filter(contract=contract, origin=None)
        looked_at = items.exclude(step__result=Result.PENDING)
        for name, rows in (("defect", defects), ("item", looked_at)):
            self._offer(name, rows, (kept or {}).get(name))

    def _offer(self, name: str, rows: Any, kept: Any) -> None:
        """What acceptances found, the newest first; no field where they found nothing. What is chosen stays,
        also for who does not see it."""
        if kept is not None:
            rows = rows | rows.model.objects.filter(pk=kept.pk)
        elif not rows.exists():
            del self.fields[name]
            return
        field: Any = self.fields[name]
        field.queryset = rows.select_related("step__round__acceptance").order_by("-id")


class FeedbackEditForm(FeedbackForm, VersionedForm):
    """The same, put right."""

    def __init__(self, *args: Any, feedback: Feedback, user: User, **more: Any) -> None:
        names = ("version", "kind", "severity", "title", "text", "caller", "caller_phone", "reported_on")
        initial = {name: getattr(feedback, name) for name in (*names, "task", "defect", "item", "shared")}
        more |= {"contract": feedback.contract, "initial": initial}
        more["kept"] = {"defect": feedback.defect, "item": feedback.item}
        super().__init__(*args, user=user, **more)
        del self.fields["token"]
        if feedback.task_id:  # it stays, also for who does not see that task
            field: Any = self.fields["task"]
            field.queryset = field.queryset | Task.objects.filter(pk=feedback.task_id)


class AssignForm(VersionedForm):
    """Who handles it; people of the team come first."""

    person = forms.ModelChoiceField(
        Person.objects.none(), label=_("handler"), required=False, widget=LongSelect
    )

    def __init__(self, *args: Any, feedback: Feedback, **more: Any) -> None:
        initial = {"version": feedback.version, "person": feedback.handler_id}
        super().__init__(*args, **(more | {"initial": initial}))
        field: Any = self.fields["person"]
        field.queryset = Person.objects.active()
        field.choices = people_choices(feedback.contract)


class StepForm(VersionedForm):
    """A step that asks nothing."""


class ReasonForm(VersionedForm):
    reason = LineField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class SolutionForm(VersionedForm):
    solution = ProseField(label=_("solution"), help_text=_("Whoever reported it reads this and confirms it."))


class CoverForm(VersionedForm):
    coverage = forms.ChoiceField(label=_("warranty or paid"), choices=Coverage.choices)
    reason = LineField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class CommentForm(forms.Form):
    text = ProseField(label=_("remark"), rows=3, max_length=5000)
    visible = forms.BooleanField(label=_("visible to the customer"), required=False)

    def __init__(self, *args: Any, shared: bool = True, outside: bool = False, **more: Any) -> None:
        super().__init__(*args, **more)
        if outside or not shared:
            del self.fields["visible"]
        if outside:
            self.fields["text"].label = _("Your answer")


class ReworkForm(forms.Form):
    """The task that mends it."""

    department = forms.ModelChoiceField(Department.objects.none(), label=_("department"))
    name = LineField(label=_("task name"), max_length=200)
    assignee = forms.ModelChoiceField(
        Person.objects.none(), label=_("assignee"), required=False, widget=LongSelect
    )
    days = HalvesField(label=_("duration (working days)"), initial=1)
    note = ProseField(label=pgettext_lazy("task", "description"), required=False, max_length=5000)

    def __init__(self, *args: Any, feedback: Feedback, user: User, **more: Any) -> None:
        name = _("Rework: %(title)s") % {"title": feedback.title}
        initial = {"name": name[:200], "note": feedback.text[:5000], "days": 1}
        super().__init__(*args, **(more | {"initial": initial}))
        fields: Any = self.fields
        fields["department"].queryset = rework_departments(feedback, user).order_by("position", "id")
        fields["assignee"].queryset = Person.objects.active()
        fields["assignee"].choices = people_choices(feedback.contract)


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """Hours by severity, months of warranty."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1, required=False)

    class Meta:
        model = FeedbackRules
        fields = ("critical_hours", "high_hours", "normal_hours", "low_hours", "warranty_months")
