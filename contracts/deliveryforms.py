"""What people type about deliveries."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.forms import ContractDayField, LineField, StepForm
from contracts.joints import Evidence
from contracts.models import Delivery
from erp.conflict import VersionedForm

LINES = ("place", "carrier", "waybill", "receiver", "receiver_phone")


def column(name: str) -> Any:
    """The form field of a column of the delivery; texts of one line stay one line."""
    found: Any = Delivery._meta.get_field(name)
    return found.formfield(form_class=LineField if name in LINES else forms.CharField)


class PlaceForm(forms.Form):
    """Where it went, by whom, and who took it."""

    place = column("place")
    carrier = column("carrier")
    waybill = column("waybill")
    receiver = column("receiver")
    receiver_phone = column("receiver_phone")
    note = column("note")
    note.widget.attrs["rows"] = 3


class FactsForm(PlaceForm, VersionedForm):
    """The facts of a delivery that is recorded."""

    delivered_on = ContractDayField(label=_("Delivered on"))
    field_order = ("version", "delivered_on")


class DeliverForm(PlaceForm, StepForm):
    """The delivery as it is recorded: the last one, or a part that leaves the contract running."""

    partial = forms.BooleanField(
        label=_("Partial delivery: more will follow"),
        required=False,
        help_text=_("The contract stays open until the last delivery is recorded."),
    )
    field_order = ("version", "delivered_on", "partial", *LINES, "note", "reason")


class CorrectionForm(FactsForm):
    """A record put right, and why."""

    reason = LineField(
        label=_("Reason of the correction"), max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, delivery: Delivery, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {name: getattr(delivery, name) for name in self.fields if hasattr(delivery, name)}


class ReasonForm(VersionedForm):
    """Only why."""

    reason = LineField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class MissingForm(VersionedForm):
    """What the customer misses."""

    missing = forms.CharField(
        label=_("What is missing or damaged?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class EvidenceForm(VersionedForm):
    """Which document proves what the customer said; with `asks`, also why they said so."""

    reason = LineField(
        label=_("Reason given by the customer"), max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )
    evidence = forms.ChoiceField(
        label=_("Evidence"),
        widget=forms.RadioSelect,
        help_text=_("For example the delivery note with the customer's signature."),
    )

    def __init__(self, *args: Any, papers: list[Evidence], asks: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["evidence"]
        field.choices = [(paper.key, paper.title) for paper in papers]
        if len(papers) == 1:
            self.initial.setdefault("evidence", papers[0].key)
        if not asks:
            del self.fields["reason"]
