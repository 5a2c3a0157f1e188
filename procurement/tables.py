"""Rows as templates print them: plain text, addresses and rights, worked out once per list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.states import FROZEN
from erp.dates import short_day
from erp.money import amount
from procurement.card import late_label
from procurement.models import ItemQuerySet, ProcurementItem
from procurement.numbers import number
from procurement.queries import held_verbs, priced_contracts
from procurement.states import Status
from production.filters import page_number

if TYPE_CHECKING:
    from orgchart.models import User

ROWS = 50
JOINED = ("contract", "department", "task", "supplier")


@dataclass(frozen=True, slots=True)
class Button:
    verb: str
    label: str
    url: str
    look: str = ""


@dataclass(slots=True)
class ItemRow:
    pk: int
    url: str
    name: str
    part_number: str
    specification: str
    contract: str
    contract_name: str
    contract_url: str
    department: str
    task: str
    quantity: str
    came: str
    unit: str
    status: str
    status_label: str
    supplier: str
    needed: str  # as agreed
    plan: str  # by today's plan, where that is another day
    promised: str
    late: str
    price: str
    total: str
    version: int
    buttons: list[Button] = field(default_factory=list)


def price_text(value: Decimal | None, currency: str) -> str:
    """A unit price with as many places as it needs, two at least."""
    if value is None:
        return ""
    text = amount(value.quantize(Decimal("0.01"), ROUND_DOWN), currency)
    places = f"{value.normalize():f}".partition(".")[2]
    return text + places[2:4] if len(places) > 2 else text


def turn_pages(rows: ItemQuerySet, query: Any, size: int = ROWS) -> Page[ProcurementItem]:
    """The asked page of `rows`. The keys come first: what arrived is summed for the page alone."""
    keys = rows.values_list("pk", flat=True)
    turned: Page[Any] = Paginator(keys, size).get_page(page_number(query))
    shown = list(turned.object_list)
    whole = ProcurementItem.objects.with_arrived().with_needed().select_related(*JOINED).in_bulk(shown)
    turned.object_list = [whole[pk] for pk in shown if pk in whole]
    return turned


def item_rows(items: Iterable[Any], user: User) -> list[ItemRow]:
    """Items (with what is joined, and `with_arrived`) as rows: one query for all rights, one for prices."""
    items = list(items)
    held = held_verbs(user, items)
    priced = priced_contracts(user, {item.contract_id for item in items})
    today, labels = timezone.localdate(), dict(Status.choices)
    return [
        _row(item, held.get(item.pk, frozenset()), item.contract_id in priced, today, labels)
        for item in items
    ]


def _row(item: Any, verbs: frozenset[str], priced: bool, today: Any, labels: Any) -> ItemRow:
    contract = item.contract
    if contract.stage in FROZEN:
        verbs = frozenset()
    return ItemRow(
        pk=item.pk,
        url=f"/procurement/{item.pk}/",
        name=item.name,
        part_number=item.part_number,
        specification=item.specification,
        contract=contract.number,
        contract_name=contract.name,
        contract_url=f"/contracts/{contract.pk}/procurement/",
        department=item.department.name,
        task=item.task.name if item.task else "",
        quantity=number(item.quantity),
        came=number(item.usable) if item.came else "",
        unit=item.unit,
        status=item.status,
        status_label=str(labels[item.status]),
        supplier=item.supplier.name if item.supplier else "",
        needed=short_day(item.agreed),
        plan=short_day(item.needed) if item.needed != item.agreed else "",
        promised=short_day(item.promised_on),
        late=late_label(item.days_late(today)),
        price=price_text(item.price, item.currency) if priced else "",
        total=amount(item.total, item.currency) if priced else "",
        version=item.version,
        buttons=buttons_for(item, verbs)[:1],
    )


def buttons_for(item: ProcurementItem, verbs: frozenset[str]) -> list[Button]:
    """The deeds open to somebody who holds `verbs`; the likely next one comes first."""
    awaited = item.awaited
    offers = (
        ("order", _("Order item"), item.status == Status.PLANNED, "btn-primary"),
        ("arrive", _("Record arrival"), awaited, "btn-primary"),
        ("ship", _("Record shipping"), item.status == Status.ORDERED, ""),
        ("promise", _("Set promised date"), awaited, ""),
        ("arrive", _("Record extra arrival"), item.status == Status.ARRIVED, ""),
    )
    return [
        Button(verb, str(label), f"/procurement/{item.pk}/{verb}/", look)
        for verb, label, possible, look in offers
        if possible and verb in verbs
    ]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """What the same part cost once."""

    url: str
    contract: str
    supplier: str
    day: str
    quantity: str
    price: str


def priced_rows(items: Sequence[ProcurementItem]) -> list[PriceRow]:
    return [
        PriceRow(
            f"/procurement/{item.pk}/",
            item.contract.number,
            item.supplier.name if item.supplier else "—",
            short_day(item.ordered_on),
            f"{number(item.quantity)} {item.unit}",
            price_text(item.price, item.currency) or "—",
        )
        for item in items
    ]


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """A supplier with what their deliveries say; percentages are empty until there is something to say."""

    url: str
    name: str
    contact: str
    phone: str
    email: str
    lead: str
    orders: int
    deliveries: int
    came: str
    on_time: str
    flawed: str
    active: bool


def supplier_rows(suppliers: Iterable[Any]) -> list[SupplierRow]:
    """Of suppliers as `queries.suppliers_rated` gives them."""
    return [
        SupplierRow(
            f"/procurement/suppliers/{row.pk}/",
            row.name,
            row.contact,
            row.phone,
            row.email,
            _("%(n)s days") % {"n": row.lead_days} if row.lead_days is not None else "",
            row.orders,
            row.deliveries,
            number(row.came),
            _share(row.kept, row.promised),
            _share(row.flawed, row.came),
            row.active,
        )
        for row in suppliers
    ]


def _share(part: Any, whole: Any) -> str:
    """In percent; nothing is rounded away: all and none are said of all and none only."""
    if not whole:
        return ""
    percent = round(100 * part / whole)
    if percent == 0 and part:
        return "<1%"
    return ">99%" if percent == 100 and part != whole else f"{percent}%"
