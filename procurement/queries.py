"""What other apps ask of purchases: facts, gates, stations, costs; and what pages need at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import (
    Case,
    Count,
    DecimalField,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.frame import Missing
from contracts.joints import Cost
from contracts.models import Contract
from erp.access import NOBODY
from erp.roles import reaches_all
from procurement.models import Arrival, ProcurementItem, PromisedDate
from procurement.models.item import days_behind
from procurement.states import BOUGHT, HELD_BY, UNSETTLED, Status

if TYPE_CHECKING:
    from orgchart.models import User

#: A gate names this many things; the rest is a number.
GATE_LINES = 100
CENT = Decimal("0.01")


def _items(**where: Any) -> QuerySet[ProcurementItem]:
    return ProcurementItem.objects.filter(contract=OuterRef("pk"), **where).order_by()


def facts() -> dict[str, Any]:
    """The facts of the contract's status that purchases tell, as expressions over Contract."""
    return {"purchase_started": Exists(_items(status__in=BOUGHT))}


def first_order() -> Subquery:
    """When the first thing that was not cancelled was ordered, as an expression over Contract."""
    rows = _items(status__in=BOUGHT, ordered_on__isnull=False)
    return Subquery(rows.order_by("ordered_on").values("ordered_on")[:1])


def unsettled(contract: Contract) -> list[Missing]:
    """What is neither here nor cancelled keeps a contract from being delivered."""
    rows = contract.procurement_items.filter(status__in=UNSETTLED).order_by("id")
    found = [
        Missing(
            _("“%(item)s” has not arrived: %(state)s.") % {"item": row, "state": row.get_status_display()},
            row.get_absolute_url(),
        )
        for row in rows[: GATE_LINES + 1]
    ]
    if len(found) > GATE_LINES:
        text = _("%(n)s items have not arrived.") % {"n": rows.count()}
        found[GATE_LINES:] = [Missing(text, reverse("procurement:items", args=[contract.pk]))]
    return found


def costs(contract: Contract) -> list[Cost]:
    """What purchases cost, one line per currency: spent is what arrived, bound what is ordered and still
    to come."""
    spent: dict[str, Decimal] = defaultdict(Decimal)
    bound: dict[str, Decimal] = defaultdict(Decimal)
    unpriced = 0
    rows = ProcurementItem.objects.with_arrived().filter(contract=contract, status__in=BOUGHT)
    for item in rows.order_by("id"):
        if item.price is None:
            unpriced += 1
            continue
        spent[item.currency] += (item.price * item.usable).quantize(CENT)
        bound[item.currency] += (item.price * max(item.quantity - item.usable, Decimal(0))).quantize(CENT)
    note = ""
    if unpriced:
        note = ngettext(
            "%(n)s ordered item has no price.", "%(n)s ordered items have no price.", unpriced
        ) % {"n": unpriced}
    url = reverse("procurement:items", args=[contract.pk])
    currencies = [contract.currency, *sorted(spent.keys() - {contract.currency})]
    lines = [
        Cost(_("Purchases"), spent[name], bound[name], name, url, note if name == contract.currency else "")
        for name in currencies
    ]
    return [line for line in lines if line.spent or line.bound or line.note]


def held_verbs(user: User, items: Iterable[ProcurementItem]) -> dict[int, frozenset[str]]:
    """Item id → the verbs `user` holds on it, state aside: one query for a whole list, none for boss."""
    ids = [item.pk for item in items]
    if reaches_all(user.role, "procurement.procurementitem", "order"):
        return dict.fromkeys(ids, frozenset(HELD_BY))
    if not ids:
        return {}
    rows: Any = ProcurementItem.objects.filter(pk__in=ids).order_by()
    reasons: dict[str, Any] = {name: q for name, q in rows.reasons(user).items() if q != NOBODY}
    flags = {
        f"by_{name}": Case(When(reason, then=Value(1)), default=Value(0), output_field=IntegerField())
        for name, reason in reasons.items()
    }
    held: dict[int, frozenset[str]] = {}
    for pk, *found in rows.annotate(**flags).values_list("pk", *flags):
        why = {name for name, may in zip(reasons, found, strict=True) if may}
        held[pk] = frozenset(verb for verb, ways in HELD_BY.items() if not why.isdisjoint(ways))
    return held


def price_readers(user: User) -> QuerySet[Contract]:
    """The contracts whose purchase prices `user` may read."""
    rows: QuerySet[Contract] = Contract.objects.for_user(user, "view_purchase_price")
    return rows


def priced_contracts(user: User, contracts: Iterable[int]) -> set[int]:
    """Those of `contracts` (ids) where `user` reads purchase prices; one query."""
    asked = set(contracts)
    if not asked:
        return set()
    return set(price_readers(user).filter(pk__in=asked).order_by().values_list("pk", flat=True))


def same_part(part_key: str, name: str, specification: str) -> Q:
    """Rows about the same thing: by part number, else by name and specification."""
    if part_key:
        return Q(part_key=part_key)
    return Q(part_key="", name=name, specification=specification)


def price_history(user: User, item: ProcurementItem, most: int = 8) -> list[ProcurementItem]:
    """What the same part cost before, the newest order first, in contracts whose prices one reads."""
    rows = ProcurementItem.objects.priced_for(user).filter(
        same_part(item.part_key, item.name, item.specification), status__in=BOUGHT
    )
    if item.pk:
        rows = rows.exclude(pk=item.pk)
    return list(rows.select_related("supplier", "contract").order_by("-ordered_on", "-id")[:most])


def suppliers_rated(user: User, suppliers: QuerySet[Any]) -> QuerySet[Any]:
    """Suppliers with what is known of them from items in sight: `orders`, `deliveries`, `flawed` of
    `came` (quantities), `kept` of `promised` (items that were whole by the first day promised for them,
    of those that were to be)."""
    seen = ProcurementItem.objects.for_user(user).order_by().values("pk")
    bought = ProcurementItem.objects.filter(
        supplier=OuterRef("pk"), pk__in=seen, status__in=BOUGHT
    ).order_by()
    came = Arrival.objects.filter(item__supplier=OuterRef("pk"), item__in=seen).order_by()
    due = due_by_promise(bought)
    rated: QuerySet[Any] = suppliers.annotate(
        orders=_counted(bought, "supplier"),
        deliveries=_counted(came, "item__supplier"),
        came=_summed(came, "item__supplier", "quantity"),
        flawed=_summed(came, "item__supplier", "defective_quantity"),
        promised=_counted(due, "supplier"),
        kept=_counted(kept_of(due), "supplier"),
    )
    return rated


def due_by_promise(rows: QuerySet[Any], today: date | None = None) -> QuerySet[Any]:
    """Of ordered `rows` those that were to be here by now, with `first_promise`: the day promised first,
    for a day that is moved later makes nobody punctual."""
    today = today or timezone.localdate()
    told = PromisedDate.objects.filter(item=OuterRef("pk")).order_by("id").values("day")
    dated: QuerySet[Any] = rows.annotate(first_promise=Coalesce(Subquery(told[:1]), "promised_on"))
    over = Q(first_promise__lt=today) | Q(first_promise__isnull=False, status=Status.ARRIVED)
    return dated.filter(over, status__in=BOUGHT)


def kept_of(due: QuerySet[Any]) -> QuerySet[Any]:
    """Of rows of `due_by_promise` those that were whole on that day."""
    late = Arrival.objects.filter(item=OuterRef("pk"), arrived_on__gt=OuterRef("first_promise")).order_by()
    return due.filter(~Exists(late), status=Status.ARRIVED)


def _summed(rows: QuerySet[Any], group: str, name: str) -> Any:
    """The sum of a quantity over a correlated query, 0 for none."""
    zero = Value(Decimal(0), output_field=DecimalField(max_digits=14, decimal_places=3))
    return Coalesce(Subquery(rows.values(group).annotate(n=Sum(name)).values("n")), zero)


def _counted(rows: QuerySet[Any], group: str) -> Any:
    """How many rows of a correlated query there are: a number, 0 for none."""
    return Coalesce(Subquery(rows.values(group).annotate(n=Count("pk")).values("n")), 0)


def worst_first(rows: Any, today: date | None = None) -> list[int]:
    """The keys of late items by the days they are behind: dates are counted here, databases differ."""
    found = rows.order_by().values_list("pk", "due", "promised_on")
    return [
        pk for _days, pk in sorted((-days_behind(due, promised, today), pk) for pk, due, promised in found)
    ]
