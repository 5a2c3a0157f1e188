"""What people type, made clean. Rules of the business live in the services."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract, Currency
from contracts.services import MONEY_FIELDS, normal_number
from erp.access import allowed
from erp.conflict import VersionedForm
from erp.dates import LAST_DAY
from erp.fields import DayField
from erp.roles import Function
from erp.workflow import Blocked, Stale, Transition
from orgchart.models import Company, Person

if TYPE_CHECKING:
    from orgchart.models import User

T = TypeVar("T")
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")


class LineField(forms.CharField):
    """One line of text: breaks and tabs become spaces, marks that turn text round go."""

    def to_python(self, value: Any) -> str:
        text = BIDI.sub("", str(value or ""))
        return str(super().to_python(re.sub(r"[^\S\x00]+", " ", text)))


class ContractDayField(DayField):
    """A day within the years of the business: contracts may be older than plans."""

    default_validators = [
        MinValueValidator(date(1990, 1, 1), _("Enter a day from 1990 on.")),
        MaxValueValidator(LAST_DAY, _("Enter a day before 2101.")),
    ]


class AmountField(forms.DecimalField):
    """Money as people write it: `¥1,234.50`, full-width digits."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = re.sub(r"[\s,¥$€]", "", unicodedata.normalize("NFKC", value))
            if value and not re.fullmatch(r"[+-]?\d{1,20}(\.\d{0,20})?", value, re.ASCII):
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


def line(name: str, **more: Any) -> Any:
    """The form field of a text column of the contract, one line long."""
    found: Any = Contract._meta.get_field(name)
    return found.formfield(form_class=LineField, **more)


class ContractForm(VersionedForm):
    """The header of a contract; amounts and manager only for those who may set them."""

    number = line("number")
    name = line("name")
    company = forms.ModelChoiceField(Company.objects.none(), label=_("Customer company"))
    contact = line("contact")
    contact_phone = line("contact_phone")
    manager = forms.ModelChoiceField(Person.objects.none(), label=_("Project manager"))
    sales_person = forms.ModelChoiceField(Person.objects.none(), label=_("Sales person"), required=False)
    signed_on = ContractDayField(label=_("Signed on"))
    planned_delivery = ContractDayField(label=_("Planned delivery"))
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=Currency.choices, initial=Currency.CNY)
    quote_amount = AmountField(label=_("Quote"), required=False, max_digits=14, decimal_places=2, min_value=0)
    deal_amount = AmountField(label=_("Deal"), required=False, max_digits=14, decimal_places=2, min_value=0)

    def __init__(self, *args: Any, user: User, contract: Contract | None = None, **kwargs: Any) -> None:
        self.contract = contract
        super().__init__(*args, **kwargs)
        if contract is None:
            del self.fields["version"]
            self.initial.setdefault("signed_on", timezone.localdate())
            self.initial.setdefault("sales_person", _own_sales_person(user))
        else:
            self.initial = {name: getattr(contract, name) for name in self.fields}
            self._withhold(user, contract)
        self._choices(contract)

    def _withhold(self, user: User, contract: Contract) -> None:
        if not allowed(user, "manage_finance", contract):
            for name in MONEY_FIELDS:
                del self.fields[name]
        if not allowed(user, "manage_team", contract):
            del self.fields["manager"]

    def _choices(self, contract: Contract | None) -> None:
        """Active companies and people, and whoever the contract names already."""
        people = Person.objects.select_related("department")
        rows: dict[str, Any] = {
            "company": Company.objects.filter(active=True),
            "manager": people.filter(active=True),
            "sales_person": people.filter(active=True, department__function=Function.SALES),
        }
        for name, found in rows.items():
            if name in self.fields:
                field: Any = self.fields[name]
                kept = getattr(contract, f"{name}_id", None)
                field.queryset = found | type(found)(found.model).filter(pk=kept) if kept else found

    def clean_number(self) -> str:
        return normal_number(self.cleaned_data["number"])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        signed, due = data.get("signed_on"), data.get("planned_delivery")
        if signed and due and due < signed:
            self.add_error("planned_delivery", _("The planned delivery lies before the signing date."))
        return data


class NoteForm(VersionedForm):
    """The one line under the status."""

    status_note = line("status_note")


class StepForm(VersionedForm):
    """What a step of the contract's life asks: the day of delivery, a reason."""

    delivered_on = ContractDayField(label=_("Delivered on"))
    reason = LineField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(
        self, *args: Any, contract: Contract, step: Transition, overrule: bool, **kwargs: Any
    ) -> None:
        initial = {"version": contract.version, "delivered_on": timezone.localdate()}
        super().__init__(*args, **{**kwargs, "initial": initial})
        if step.verb != "deliver":
            del self.fields["delivered_on"]
        if overrule:
            self.fields["reason"].help_text = _("With a reason you may go on although something is missing.")
            self.fields["reason"].required = False
        elif not step.needs_reason:
            del self.fields["reason"]


def _own_sales_person(user: User) -> Person | None:
    return Person.objects.filter(user=user, department__function=Function.SALES).first()


def overtaken(form: Any, stale: Stale, text: str) -> None:
    """Say in the form that somebody was faster; sent again, it speaks of what is stored now."""
    form.data = form.data.copy()
    form.data[form.add_prefix("version")] = str(stale.obj.version)
    form.add_error(None, text)
    form.stale = True


def attempt(form: Any, deed: Callable[[], T]) -> T | None:
    """Run a service on behalf of a valid form; a refusal becomes the form's error and None."""
    if not form.is_valid():
        return None
    try:
        return deed()
    except Blocked as why:
        form.add_error(None, str(why))
    except ValidationError as why:
        for name, errors in getattr(why, "error_dict", {NON_FIELD_ERRORS: [why]}).items():
            form.add_error(name if name in form.fields else None, errors)
    return None
