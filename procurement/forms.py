"""What people type about purchases and suppliers. Rules of the business live in the services."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contracts.forms import AmountField, LineField
from contracts.models import Contract, Currency, TeamMember
from erp.conflict import VersionedForm
from erp.fields import DayField
from erp.roles import LEADING
from orgchart.models import Department, Person
from procurement.models import ProcurementItem, Supplier
from procurement.models.item import DEAREST, LEAST, MOST
from procurement.models.supplier import LONGEST_LEAD
from procurement.services import may_manage, may_price
from production.fields import CountField, LongSelect, people_choices
from production.models import Task
from production.states import OPEN

if TYPE_CHECKING:
    from orgchart.models import User

#: Digits in groups of three, as in 1,200,000.5.
GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
#: Units to choose from; any other may be typed.
UNITS = ("件", "个", "套", "台", "米", "千克", "吨", "升", "卷", "张", "箱")


class QuantityField(AmountField):
    """A number of things: full-width digits and thousands separators are understood."""

    def __init__(self, **kwargs: Any) -> None:
        limits = {"max_digits": 14, "decimal_places": 3, "min_value": LEAST, "max_value": MOST}
        super().__init__(**{**limits, **kwargs})

    def to_python(self, value: Any) -> Any:
        """A comma that separates no thousands may be meant as a decimal point: nobody guesses."""
        if isinstance(value, str):
            plain = "".join(unicodedata.normalize("NFKC", value).split()).lstrip("¥$€+-")
            if "," in plain and not GROUPED.fullmatch(plain):
                raise forms.ValidationError(_("Write thousands as 1,200 and decimals as 1.5."), code="comma")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) and value.is_finite() else value


class PriceField(QuantityField):
    """The price of one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"decimal_places": 4, "min_value": 0, "max_value": DEAREST, **kwargs})


def note(**more: Any) -> Any:
    return forms.CharField(
        label=_("note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), **more
    )


class ItemForm(VersionedForm):
    """An item as requested; what belongs to the purchaser and amounts only for those who may set them."""

    part_number = LineField(label=_("part number"), required=False, max_length=80)
    name = LineField(label=_("name"), max_length=200)
    specification = LineField(label=_("specification"), required=False, max_length=300)
    quantity = QuantityField(label=_("quantity"))
    unit = LineField(
        label=_("unit"), max_length=20, initial="件", widget=forms.TextInput(attrs={"list": "units"})
    )
    department = forms.ModelChoiceField(Department.objects.none(), label=_("department"))
    task = forms.ModelChoiceField(
        Task.objects.none(), label=_("needed for"), required=False, widget=LongSelect,
        help_text=_("The task that waits for it: what is promised too late moves this task."),
    )  # fmt: skip
    need_by = DayField(
        label=_("needed by"), required=False,
        help_text=_("Empty: when the task above is planned to start."),
    )  # fmt: skip
    supplier = forms.ModelChoiceField(
        Supplier.objects.none(), label=_("supplier"), required=False, widget=LongSelect
    )
    price = PriceField(label=_("unit price"), required=False)
    currency = forms.ChoiceField(label=_("currency"), choices=Currency.choices)
    order_number = LineField(label=_("order number"), required=False, max_length=60)
    note = note()
    confirmed = forms.BooleanField(label=_("Yes, it is right like this"), required=False)

    def __init__(
        self, *args: Any, user: User, contract: Contract, item: ProcurementItem | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.contract, self.item = contract, item
        if item is None:
            del self.fields["version"]
            self.initial.setdefault("currency", contract.currency)
        else:
            self.initial = {name: getattr(item, name) for name in self.fields if hasattr(item, name)}
            self.initial |= {name: getattr(item, f"{name}_id") for name in ("department", "task", "supplier")}
        self._withhold(user)
        self._choices(user)

    def _withhold(self, user: User) -> None:
        manages = may_manage(user, self.contract)
        gone = set() if manages else {"supplier", "order_number"}
        if not (manages and may_price(user, self.contract)):
            gone |= {"price", "currency"}
        if self.item is None:
            gone |= {"confirmed"}
            self.fields["department"].required = False
            self.fields["department"].help_text = _("Empty: the one of the task.")
        for name in gone:
            del self.fields[name]
        if "confirmed" in self.fields:
            self.fields["confirmed"].widget = forms.HiddenInput()

    def ask_again(self) -> None:
        """The next time it is sent with the tick, it is meant."""
        self.fields["confirmed"].widget = forms.CheckboxInput()

    def _choices(self, user: User) -> None:
        fields: Any = self.fields
        kept = self.item.department_id if self.item else 0
        departments = requesting_departments(user, self.contract) | Department.objects.filter(pk=kept)
        fields["department"].queryset = departments
        if self.item is None and len(departments) == 1:
            self.initial.setdefault("department", departments[0].pk)
        tasks = Task.objects.for_user(user).filter(contract=self.contract)
        shown = Q(status__in=OPEN) | Q(pk=(self.item.task_id if self.item else None) or 0)
        fields["task"].queryset = tasks.filter(shown).order_by("planned_start", "id")
        if "supplier" in fields:
            keep = self.item.supplier_id if self.item else None
            fields["supplier"].queryset = supplier_choices(keep)

    def item_fields(self) -> dict[str, Any]:
        return {
            name: value for name, value in self.cleaned_data.items() if name not in ("version", "confirmed")
        }


def requesting_departments(user: User, contract: Contract) -> Any:
    """The departments for which `user` may request in this contract."""
    rows = Department.objects.active()
    if may_manage(user, contract):
        return rows
    led = TeamMember.objects.filter(contract=contract, person__user=user, duty__in=LEADING)
    return rows.filter(pk__in=led.order_by().values("department"))


def supplier_choices(keep: int | None = None) -> Any:
    """Active suppliers, and the one that is named already."""
    return Supplier.objects.filter(Q(active=True) | Q(pk=keep or 0)).order_by("name", "id")


class OrderForm(VersionedForm):
    """What an order says; amounts only for those who read them."""

    supplier = forms.ModelChoiceField(Supplier.objects.none(), label=_("supplier"), widget=LongSelect)
    price = PriceField(label=_("unit price"), required=False)
    currency = forms.ChoiceField(label=_("currency"), choices=Currency.choices)
    order_number = LineField(label=_("order number"), required=False, max_length=60)
    ordered_on = DayField(label=_("ordered on"))
    promised_on = DayField(label=_("promised for"), required=False)

    def __init__(self, *args: Any, user: User, item: ProcurementItem, **kwargs: Any) -> None:
        initial = {
            "version": item.version,
            "supplier": item.supplier_id,
            "price": item.price,
            "currency": item.currency,
            "order_number": item.order_number,
            "ordered_on": timezone.localdate(),
        }
        super().__init__(*args, **{**kwargs, "initial": initial})
        fields: Any = self.fields
        fields["supplier"].queryset = supplier_choices(item.supplier_id)
        if not may_price(user, item.contract):
            del fields["price"], fields["currency"]


class ShipForm(VersionedForm):
    shipped_on = DayField(label=_("shipped on"))
    waybill = LineField(label=_("waybill"), required=False, max_length=80)

    def __init__(self, *args: Any, user: User, item: ProcurementItem, **kwargs: Any) -> None:
        initial = {"version": item.version, "shipped_on": timezone.localdate(), "waybill": item.waybill}
        super().__init__(*args, **{**kwargs, "initial": initial})


class PromiseForm(VersionedForm):
    promised_on = DayField(label=_("promised for"))
    reason = LineField(label=_("reason"), required=False, max_length=300)
    told_on = DayField(label=_("told on"))

    def __init__(self, *args: Any, user: User, item: ProcurementItem, **kwargs: Any) -> None:
        initial = {"version": item.version, "promised_on": item.promised_on, "told_on": timezone.localdate()}
        super().__init__(*args, **{**kwargs, "initial": initial})


class ArriveForm(VersionedForm):
    """What came. `confirmed` is asked only when something about it is odd."""

    quantity = QuantityField(label=_("quantity"))
    unit = LineField(label=_("unit"), max_length=20)
    arrived_on = DayField(label=_("arrived on"))
    receiver = forms.ModelChoiceField(Person.objects.none(), label=_("receiver"), widget=LongSelect)
    note = LineField(label=_("note"), required=False, max_length=300)
    defect = forms.CharField(
        label=pgettext_lazy("arrival", "defect"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What is wrong with it. Photos are added on the page of the item."),
    )  # fmt: skip
    defective_quantity = QuantityField(
        label=_("defective quantity"), required=False, min_value=0,
        help_text=_("Does not count as arrived: the supplier still owes it."),
    )  # fmt: skip
    confirmed = forms.BooleanField(label=_("Yes, it is right like this"), required=False)

    def __init__(self, *args: Any, user: User, item: Any, **kwargs: Any) -> None:
        initial = {
            "version": item.version,
            "quantity": max(item.quantity - item.usable, Decimal(0)) or None,
            "unit": item.unit,
            "arrived_on": timezone.localdate(),
            "receiver": getattr(getattr(user, "person", None), "pk", None),
        }
        super().__init__(*args, **{**kwargs, "initial": initial})
        fields: Any = self.fields
        fields["receiver"].queryset = Person.objects.active()
        fields["receiver"].choices = people_choices(item.contract)
        fields["confirmed"].widget = forms.HiddenInput()

    def ask_again(self) -> None:
        """The next time it is sent with the tick, it is meant."""
        self.fields["confirmed"].widget = forms.CheckboxInput()

    def clean_defective_quantity(self) -> Decimal:
        return self.cleaned_data.get("defective_quantity") or Decimal(0)


class ReasonForm(VersionedForm):
    reason = LineField(label=_("reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, user: User, item: ProcurementItem, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {"version": item.version}})


class SupplierForm(VersionedForm):
    name = LineField(label=_("name"), max_length=100)
    contact = LineField(label=_("contact"), required=False, max_length=60)
    phone = LineField(label=_("phone"), required=False, max_length=40)
    email = forms.EmailField(label=_("email"), required=False, max_length=254)
    address = LineField(label=_("address"), required=False, max_length=200)
    lead_days = CountField(
        label=_("lead time (working days)"), required=False, min_value=0, max_value=LONGEST_LEAD
    )
    note = note()
    active = forms.BooleanField(label=_("active"), required=False, initial=True)

    def __init__(self, *args: Any, supplier: Supplier | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if supplier is None:
            del self.fields["version"], self.fields["active"]
        else:
            self.initial = {name: getattr(supplier, name) for name in self.fields}
