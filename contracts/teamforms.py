"""Forms of the team page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract, TeamMember
from erp import register
from erp.access import allowed
from erp.conflict import VersionedForm
from erp.roles import LEADING, REACH_ALL, Duty
from notifications.models import Channel
from notifications.queries import robots
from orgchart.models import Department, Person

if TYPE_CHECKING:
    from orgchart.models import User


def placing(user: User, contract: Contract) -> tuple[bool, QuerySet[Department]]:
    """Whether `user` manages the whole team of `contract`, and for which departments they may
    place people."""
    active = Department.objects.filter(active=True)
    if allowed(user, "manage_team", contract):
        return True, active
    led = TeamMember.objects.filter(contract=contract, person__user=user, duty__in=LEADING)
    return False, active.filter(pk__in=led.values("department"))


def people() -> QuerySet[Person]:
    return Person.objects.filter(active=True).select_related("department")


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for mypy only
    """A person with the department behind the name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.department}"


class MemberForm(forms.Form):
    """Put a person in the team; the department is the person's own unless boss or admin choose
    another."""

    person = PersonField(Person.objects.none(), label=_("Person"))
    department = forms.ModelChoiceField(
        Department.objects.none(), label=_("Department"), required=False, empty_label=_("The person's own")
    )
    duty = forms.ChoiceField(label=_("Duty"), choices=Duty.choices, initial=Duty.MEMBER)

    def __init__(
        self, *args: Any, user: User, departments: QuerySet[Department], whole: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["person"].queryset = people() if whole else people().filter(department__in=departments)
        fields["department"].queryset = departments
        if user.role not in REACH_ALL:
            del fields["department"]
        if not whole:
            fields["duty"].choices = [c for c in Duty.choices if c[0] != Duty.LEADER]

    def clean(self) -> dict[str, Any]:
        data, person = self.cleaned_data, self.cleaned_data.get("person")
        if person and not data.get("department") and "department" not in self.errors:
            data["department"] = person.department
            if "department" not in self.fields and self.data.get("department", "") not in (
                "",
                str(person.department_id),
            ):
                raise forms.ValidationError(
                    _("Only the boss or an administrator places people in another department.")
                )
        return data


class DutyForm(VersionedForm):
    duty = forms.ChoiceField(label=_("Duty"), choices=Duty.choices)

    def __init__(self, *args: Any, whole: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not whole:
            fields: Any = self.fields
            fields["duty"].choices = [c for c in Duty.choices if c[0] != Duty.LEADER]


class ManagerForm(VersionedForm):
    manager = PersonField(Person.objects.none(), label=_("Project manager"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["manager"].queryset = people()


class LeaveForm(forms.Form):
    """Who takes over what a leaving member still has to do."""

    successor = PersonField(
        Person.objects.none(), label=_("Successor"), required=False, empty_label=_("Nobody")
    )

    def __init__(self, *args: Any, member: TeamMember, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["successor"]
        field.queryset = people().exclude(pk=member.person_id)
        reasons = [why for check in register.entries("contracts.leaving").values() if (why := check(member))]
        field.help_text = " ".join(str(why) for why in reasons)
        if reasons:  # somebody has to take over, so nobody is no answer
            field.required, field.empty_label = True, _("Choose a successor")


class RobotsForm(forms.Form):
    """The group robots of a contract in the order in which they are tried."""

    first = forms.ModelChoiceField(Channel.objects.none(), label=_("First"), required=False)
    second = forms.ModelChoiceField(
        Channel.objects.none(),
        label=_("If that one fails"),
        required=False,
    )
    third = forms.ModelChoiceField(Channel.objects.none(), label=_("Then"), required=False)

    def __init__(self, *args: Any, chosen: list[Channel], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        for place, name in enumerate(fields):
            fields[name].queryset = robots()
            fields[name].initial = chosen[place].pk if place < len(chosen) else None

    def robots(self) -> list[Channel]:
        return [channel for channel in self.cleaned_data.values() if channel]
