"""What people type about weeks, special days and leave."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp.conflict import VersionedForm
from erp.fields import DayField
from erp.workdays import days
from orgchart.calendars import USUAL_WEEK, Rule
from orgchart.forms import RecordForm
from orgchart.models import CalendarDay, Department, Leave, Person, WorkWeek
from orgchart.services.calendar import editable_departments, may_edit_calendar
from orgchart.worktime import WEEKDAYS

if TYPE_CHECKING:
    from orgchart.models import User

#: So many days are entered at once; a longer span is a mistyped year.
LONGEST_SPAN = 31


class WeekForm(forms.Form):
    """The weekdays worked; `version` 0 while there is no row of one's own."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    inherit = forms.BooleanField(
        label=_("Same as the whole company"),
        required=False,
        help_text=_("Ticked, the weekdays below do not count."),
    )

    def __init__(
        self, *args: Any, row: WorkWeek | None, site: frozenset[int], department: Department | None
    ) -> None:
        worked = row.worked if row else site
        super().__init__(*args)
        for number, name in enumerate(WEEKDAYS):
            column: Any = WorkWeek._meta.get_field(name)
            self.fields[name] = forms.BooleanField(label=column.verbose_name, required=False)
            self.initial[name] = number in worked
        self.initial.update(version=row.version if row else 0, inherit=row is None)
        if department is None:
            del self.fields["inherit"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("inherit") and not any(data.get(name) for name in WEEKDAYS):
            self.add_error(None, _("Choose at least one weekday that is worked."))
        return data

    def weekdays(self) -> frozenset[int] | None:
        """None: works as the whole company does."""
        if self.cleaned_data.get("inherit"):
            return None
        return frozenset(number for number, name in enumerate(WEEKDAYS) if self.cleaned_data[name])


def _kind_field() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("kind"),
        choices=[("False", _("Day off")), ("True", _("Make-up workday"))],
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
        initial="False",
    )


class DayForm(forms.Form):
    """One special day, or several in a row."""

    department = forms.ModelChoiceField(
        Department.objects.none(), label=_("applies to"), empty_label=_("Whole company"), required=False
    )
    day = DayField(label=_("day"))
    until = DayField(label=_("until"), required=False, help_text=_("For several days in a row."))
    working = _kind_field()
    name = forms.CharField(label=_("name"), max_length=60, required=False)
    announced = forms.BooleanField(
        label=_("officially announced"),
        required=False,
        help_text=_(
            "From the State Council's list. The first such day off ends the estimate for its year, so enter "
            "or import the whole list."
        ),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        department: Any = self.fields["department"]
        department.queryset = editable_departments(user)
        if not may_edit_calendar(user, None):
            department.required, department.empty_label = True, None
            del self.fields["announced"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        day, until = data.get("day"), data.get("until")
        if day and until and not 0 <= (until - day).days < LONGEST_SPAN:
            self.add_error("until", _("At most 31 days in a row, the last not before the first."))
        elif day and data.get("department", self) is not self:
            self._fresh(data["department"], day, until or day)
        return data

    def _fresh(self, department: Department | None, day: date, until: date) -> None:
        rows = CalendarDay.objects.filter(department=department, day__range=(day, until))
        if taken := rows.first():
            self.add_error("day", _("%(day)s is entered already.") % {"day": taken})

    def rules(self) -> dict[date, Rule]:
        data = self.cleaned_data
        announced = bool(data.get("announced")) and data["department"] is None
        rule = Rule(data["working"], announced)
        return dict.fromkeys(days(data["day"], data["until"] or data["day"]), rule)


class DayEditForm(RecordForm):
    """A special day as it is; where it applies stays."""

    working = _kind_field()

    class Meta:
        model = CalendarDay
        fields = ("day", "working", "name", "announced")
        field_classes = {"day": DayField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["working"] = str(self.instance.working)
        if self.instance.department_id:
            del self.fields["announced"]


class LeaveForm(RecordForm):
    """Whole days, or from noon, or until noon."""

    class Meta:
        model = Leave
        fields = ("person", "first", "begins_afternoon", "last", "ends_noon", "note")
        field_classes = {"first": DayField, "last": DayField}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["person"]
            return
        person: Any = self.fields["person"]
        person.queryset = Person.objects.filter(
            active=True, department__in=editable_departments(user)
        ).select_related("department")
        person.label_from_instance = lambda row: f"{row.name} · {row.department}"


class VersionForm(VersionedForm):
    """Only which version one was looking at: for what is removed."""


def week_form(data: Any, row: WorkWeek | None, department: Department | None) -> WeekForm:
    """The form over `row`, or over what a place without one inherits."""
    site = WorkWeek.objects.filter(place=0).first() if department else None
    return WeekForm(data, row=row, site=site.worked if site else USUAL_WEEK, department=department)
