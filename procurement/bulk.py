"""Many items at once: which rows are meant, and what an order or an arrival says of them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.forms import LineField
from erp.fields import DayField
from orgchart.models import Person
from procurement.forms import PriceField, supplier_choices
from procurement.models import ProcurementItem, Supplier
from procurement.numbers import number as shown
from procurement.queries import priced_contracts
from procurement.services import Came, Order
from procurement.states import AWAITED, BOUGHT, Status
from production.fields import LongSelect
from production.filters import number

if TYPE_CHECKING:
    from orgchart.models import User

#: So many rows at once; a page of a list has fifty.
MOST = 200
#: What can be done to many, and in which states.
DEEDS = {"order": (Status.PLANNED,), "arrive": AWAITED}


def chosen(user: User, deed: str, sent: QueryDict) -> list[Any]:
    """The rows named in an address or a form, by contract and name. 404 when one of them is out of sight,
    403 when one may only be read."""
    ids = list(dict.fromkeys(pk for text in sent.getlist("row")[:MOST] if (pk := number(text))))
    rows = ProcurementItem.objects.for_user(user).filter(pk__in=ids).with_arrived()
    found = list(
        rows.select_related("contract", "supplier", "department", "task").order_by("contract__number", "id")
    )
    if len(found) != len(ids):
        raise Http404
    held = ProcurementItem.objects.for_user(user, deed).filter(pk__in=ids).count()
    if held != len(ids):
        raise PermissionDenied(f"may not {deed} all of them")
    return found


def last_prices(user: User, items: Iterable[Any]) -> dict[str, Any]:
    """Part number → the item that was ordered last, where its price may be read."""
    keys = {item.part_key for item in items} - {""}
    if not keys:
        return {}
    rows = ProcurementItem.objects.priced_for(user).filter(
        part_key__in=keys, status__in=BOUGHT, price__isnull=False
    )
    rows = rows.select_related("supplier").order_by("ordered_on", "id")
    return {item.part_key: item for item in rows}


class RowsForm(forms.Form):
    """A form about many items: each has a box and the version that was seen. `rows` are those it can be
    done to, `others` stand there with their state."""

    deed = ""

    def __init__(self, data: Any, *, user: User, items: list[Any], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.user = user
        self.rows = [item for item in items if item.status in DEEDS[self.deed]]
        self.others = [item for item in items if item.status not in DEEDS[self.deed]]
        for item in self.rows:
            field = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
            self.fields[f"version_{item.pk}"] = field
            self.initial[f"version_{item.pk}"] = item.version
        self.add_rows()

    def add_rows(self) -> None:
        """More fields for each row."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.others:
            one = self.others[0]
            text = _("“%(item)s” is “%(state)s” meanwhile and was left out. Nothing was written: look again.")
            raise forms.ValidationError(text % {"item": one, "state": one.get_status_display()})
        if not self.rows:
            raise forms.ValidationError(_("Choose at least one item."))
        return data

    def of(self, item: Any, name: str) -> Any:
        return self.cleaned_data.get(f"{name}_{item.pk}")

    def renew(self, item: Any) -> None:
        """Somebody was faster with `item`: sent again, the form speaks of what is stored now."""
        sent: Any = self.data
        sent = sent.copy()
        sent[f"version_{item.pk}"] = str(item.version)
        self.data = sent
        text = _("“%(item)s” was changed by somebody else meanwhile. Nothing was written: look again.")
        self.add_error(None, text % {"item": item})


class OrderForm(RowsForm):
    """One supplier and one day for all, a price for each."""

    deed = "order"
    supplier = forms.ModelChoiceField(
        Supplier.objects.none(), label=gettext_lazy("supplier"), widget=LongSelect
    )
    ordered_on = DayField(label=gettext_lazy("ordered on"))
    promised_on = DayField(label=gettext_lazy("promised for"), required=False)
    order_number = LineField(label=gettext_lazy("order number"), required=False, max_length=60)

    def add_rows(self) -> None:
        self.initial.setdefault("ordered_on", timezone.localdate())
        field: Any = self.fields["supplier"]
        field.queryset = supplier_choices()
        suppliers = {item.supplier_id for item in self.rows} - {None}
        if len(suppliers) == 1:
            self.initial.setdefault("supplier", suppliers.pop())
        priced = priced_contracts(self.user, [item.contract_id for item in self.rows])
        self.last = last_prices(self.user, self.rows)
        for item in self.rows:
            if item.contract_id in priced:
                label = _("Unit price of %(item)s") % {"item": item}
                self.fields[f"price_{item.pk}"] = PriceField(required=False, label=label)
                self.initial[f"price_{item.pk}"] = item.price

    def price_field(self, item: Any) -> Any:
        name = f"price_{item.pk}"
        return self[name] if name in self.fields else None

    def orders(self) -> list[Order]:
        data = self.cleaned_data
        return [
            Order(
                item,
                data["supplier"],
                price=self.of(item, "price"),
                promised_on=data["promised_on"],
                order_number=data["order_number"],
                version=self.of(item, "version"),
            )
            for item in self.rows
        ]


class ArriveForm(RowsForm):
    """The rest of each item came on one day, taken in by one person."""

    deed = "arrive"
    arrived_on = DayField(label=gettext_lazy("arrived on"))
    receiver = forms.ModelChoiceField(
        Person.objects.none(), label=gettext_lazy("receiver"), widget=LongSelect
    )
    note = LineField(label=gettext_lazy("note"), required=False, max_length=300)

    def add_rows(self) -> None:
        field: Any = self.fields["receiver"]
        field.queryset = Person.objects.active()
        people = field.queryset.values_list("pk", "name", "department__name")
        field.choices = [("", "—"), *((pk, f"{name} · {place}") for pk, name, place in people)]
        self.initial.setdefault("arrived_on", timezone.localdate())
        person = getattr(self.user, "person", None)
        self.initial.setdefault("receiver", person.pk if person else None)

    def arrivals(self) -> list[Came]:
        note = self.cleaned_data["note"]
        return [Came(item, note=note, version=self.of(item, "version")) for item in self.rows]


def rest(item: Any) -> str:
    """What is still to come of an item `with_arrived`: `3 件`."""
    return f"{shown(max(item.quantity - item.usable, Decimal(0)))} {item.unit}"
