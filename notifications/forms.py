"""What people fill in: rhythm, rules, own words, nudges and their answers, reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp import register
from notifications.models import Channel, Report, Rhythm, Rules, Template
from notifications.services.reports import CARD
from notifications.states import Medium
from orgchart.forms import RecordForm

if TYPE_CHECKING:
    from orgchart.models import Person


def clock() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class RhythmForm(RecordForm):
    class Meta:
        model = Rhythm
        fields = ("quiet_from", "quiet_until", "working_days_only", "digest_at", "language")
        widgets = {name: clock() for name in ("quiet_from", "quiet_until", "digest_at")}
        help_texts = {
            "quiet_until": _("What arises in between arrives at this hour. Urgent messages pass."),
            "digest_at": _("Everything of a day in one message. Empty: at once."),
            "working_days_only": _("By your working calendar, leave included."),
            "language": _("Of messages that leave the house. Empty: the language of this site."),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if (data.get("quiet_from") is None) != (data.get("quiet_until") is None):
            missing = "quiet_until" if data.get("quiet_from") else "quiet_from"
            self.add_error(missing, _("Quiet hours need both a beginning and an end."))
        return data


class RulesForm(RecordForm):
    class Meta:
        model = Rules
        fields = ("day_begins", "day_ends", "soon_days", "leader_after", "boss_after", "link_days")
        widgets = {name: clock() for name in ("day_begins", "day_ends")}


class WordingForm(RecordForm):
    class Meta:
        model = Template
        fields = ("title", "text", "active")
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}


class PeopleField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic for mypy only
    def clean(self, value: Any) -> Any:
        """What is not offered is no choice, also a number beyond any integer of the database."""
        rows: Any = self.queryset
        offered = {str(pk) for pk in rows.values_list("pk", flat=True)}
        if isinstance(value, list | tuple) and not {str(one) for one in value} <= offered:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)

    def label_from_instance(self, person: Any) -> str:
        return f"{person.name} · {person.department}"


class NudgeForm(forms.Form):
    """Whom, by what, and the words. Nobody is offered whom one may not nudge."""

    people = PeopleField(
        label=_("Whom"),
        queryset=None,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one person."),
            "invalid_choice": _("Choose among the people shown."),
        },
    )
    ways = forms.MultipleChoiceField(
        label=_("By"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("It lies in the inbox in any case."),
        error_messages={"invalid_choice": _("Choose among the channels shown.")},
    )
    text = forms.CharField(label=_("Message"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, people: list[Person], media: list[tuple[str, Any]], **kwargs: Any) -> None:
        from orgchart.models import Person

        super().__init__(*args, **kwargs)
        order = [person.pk for person in people]
        rows = Person.objects.filter(pk__in=order).select_related("department", "user")
        field: Any = self.fields["people"]
        field.queryset = rows
        self.fields["ways"].choices = media  # type: ignore[attr-defined]  # a choice field
        if not media:
            del self.fields["ways"]


class AnswerForm(forms.Form):
    promised_on = forms.DateField(
        label=_("Done by"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    reply = forms.CharField(
        label=_("Reply"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReportForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    subject = forms.ChoiceField(label=_("What"))

    class Meta:
        model = Report
        fields = ("subject", "form", "medium", "robot", "at", "working_days_only")
        widgets = {"at": clock()}

    def __init__(
        self, *args: Any, media: list[tuple[str, Any]], robots: list[Channel], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        papers = register.entries("notifications.reports").items()
        choices = [(CARD, _("Morning card")), *((slug, paper.label) for slug, paper in papers)]
        fields: dict[str, Any] = self.fields
        fields["subject"].choices = choices
        fields["medium"].choices = media or [(Medium.EMAIL.value, Medium.EMAIL.label)]
        if not robots:
            del fields["robot"]
            return
        fields["medium"].choices = [*media, (Medium.GROUP.value, Medium.GROUP.label)]
        fields["robot"].queryset = Channel.objects.filter(pk__in=[robot.pk for robot in robots])
