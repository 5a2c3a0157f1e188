"""What people type about change orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.forms import AmountField, ContractDayField, LineField
from contracts.models import ChangeOrder, Contract
from contracts.states import RUNNING
from erp.access import allowed
from erp.conflict import VersionedForm

if TYPE_CHECKING:
    from orgchart.models import User


class ChangeForm(VersionedForm):
    """A draft; the price only for those who may set it, the date only before the delivery."""

    title = LineField(label=_("Title"), max_length=200)
    reason = LineField(
        label=_("Reason for the change"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    scope = forms.CharField(
        label=_("Scope of the change"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Added, left out or done differently. It is added to the contract's description."),
    )
    price_change = AmountField(
        label=_("Price change"),
        required=False,
        max_digits=14,
        decimal_places=2,
        help_text=_("With a minus where it gets cheaper; empty where the price stays."),
    )
    new_delivery = ContractDayField(
        label=_("New planned delivery"), required=False, help_text=_("Empty where the date stays.")
    )

    def __init__(
        self,
        *args: Any,
        user: User,
        contract: Contract,
        order: ChangeOrder | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if order is None:
            del self.fields["version"]
        else:
            self.initial = {name: getattr(order, name) for name in self.fields}
        if not allowed(user, "manage_finance", contract):
            del self.fields["price_change"]
        if contract.stage not in RUNNING:
            del self.fields["new_delivery"]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "price_change" in data and data["price_change"] == 0:
            data["price_change"] = None
        return data
