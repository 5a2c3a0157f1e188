"""What people type about payments, made clean."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.forms import AmountField, ContractDayField, LineField
from contracts.models.money import MOST_DAYS, MOST_MONTHS
from contracts.money.states import Kind, Method, On
from erp.conflict import VersionedForm

if TYPE_CHECKING:
    from contracts.models import PaymentMilestone
    from contracts.money.due import Claim


class PercentField(AmountField):
    """A share as people write it: `30`, `30%`."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(
            value.replace("%", "").replace("％", "") if isinstance(value, str) else value
        )


class MilestoneForm(VersionedForm):
    """A part of the payment plan: a share of the deal or an amount, due after an event or on a day."""

    title = LineField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind of payment"), choices=Kind.choices, initial=Kind.PROGRESS)
    percent = PercentField(
        label=_("Share of the deal %"), required=False, max_digits=5, decimal_places=2, max_value=100
    )
    amount = AmountField(label=_("or amount"), required=False, max_digits=14, decimal_places=2)
    event = forms.ChoiceField(label=_("Due after"), choices=On.choices, initial=On.SIGNED)
    offset_months = forms.IntegerField(
        label=_("Months later"), required=False, min_value=0, max_value=MOST_MONTHS, initial=0
    )
    offset_days = forms.IntegerField(
        label=_("Days later"), required=False, min_value=0, max_value=MOST_DAYS, initial=0
    )
    fixed_on = ContractDayField(label=_("Due on (fixed day)"), required=False)
    invoice_number = LineField(label=_("Invoice number"), max_length=60, required=False)
    invoiced_on = ContractDayField(label=_("Invoiced on"), required=False)
    note = LineField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, milestone: PaymentMilestone | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if milestone is None:
            del self.fields["version"]
        else:
            self.initial = {name: getattr(milestone, name) for name in self.fields}

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        for name in ("offset_months", "offset_days"):
            data[name] = data.get(name) or 0
        if data.get("event") == On.FIXED and not data.get("fixed_on") and "fixed_on" not in self.errors:
            self.add_error("fixed_on", _("On which day is it due?"))
        if {"percent", "amount"} & self.errors.keys():
            return data
        if (data.get("percent") is None) == (data.get("amount") is None):
            self.add_error("percent", _("Give a share of the deal or an amount, one of the two."))
        return data


class ReceiveForm(forms.Form):
    """What came in; `over` is asked only when it is more than is open."""

    amount = AmountField(label=_("Amount"), max_digits=14, decimal_places=2, min_value=Decimal("0.01"))
    received_on = ContractDayField(label=_("Received on"))
    method = forms.ChoiceField(label=_("Way of payment"), choices=Method.choices, initial=Method.TRANSFER)
    note = LineField(label=_("Note"), max_length=200, required=False)
    over = forms.BooleanField(
        label=_("Book it although it is more than is open"), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, claim: Claim, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"amount": claim.open or None, "received_on": timezone.localdate()}
        self.fields["received_on"].widget.attrs["max"] = timezone.localdate().isoformat()

    def ask_over(self) -> None:
        """More than is open: show the box that confirms it."""
        self.fields["over"].widget = forms.CheckboxInput()


class TakeBackForm(VersionedForm):
    reason = LineField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class ConfirmForm(forms.Form):
    """Nothing to fill in: sending it is the answer."""
