"""What should be here or will come too late: the worst first, with who waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.filters import plain
from erp.dates import short_day
from notifications.cards import Paper, Table
from procurement.card import late_label
from procurement.models import ProcurementItem
from procurement.models.item import days_behind
from procurement.numbers import number as shown
from procurement.queries import worst_first
from procurement.states import AWAITED, Status
from production.filters import number, page_number

if TYPE_CHECKING:
    from orgchart.models import User

ROWS = 50
#: A report on paper names so many.
LISTED = 100
#: Choices of `kind=`: the day has gone by, or it is only known that the goods come too late; and what is
#: too late for today's plan as well, so that somebody waits for it.
KINDS = {
    "past": gettext_lazy("Day gone by"),
    "ahead": gettext_lazy("Promised too late"),
    "plan": gettext_lazy("Too late for today's plan, too"),
}
#: Choices of `state=`.
STATES = {"planned": gettext_lazy("Not ordered"), "awaited": gettext_lazy("Ordered, not here")}
JOINED = ("contract", "task__assignee", "department", "supplier")


@dataclass(frozen=True, slots=True)
class LateFilter:
    """The understood part of a query string; junk is passed over."""

    q: str = ""
    kind: str = ""
    state: str = ""
    supplier: int = 0
    department: int = 0
    contract: int = 0

    @classmethod
    def read(cls, query: QueryDict) -> LateFilter:
        kind, state = query.get("kind", ""), query.get("state", "")
        ids = {name: number(query.get(name, "")) for name in ("supplier", "department", "contract")}
        return cls(
            plain(query.get("q", "")), kind if kind in KINDS else "", state if state in STATES else "", **ids
        )

    def link(self, **changes: str) -> str:
        kept = {f.name: str(getattr(self, f.name)) for f in fields(self) if getattr(self, f.name)}
        return f"?{urlencode({**kept, **changes})}"

    def narrow(self, rows: Any, today: date) -> Any:
        """`rows` are late ones."""
        for word in self.q.split()[:5]:
            rows = rows.filter(
                Q(name__icontains=word)
                | Q(part_number__icontains=word)
                | Q(contract__number__icontains=word)
                | Q(contract__name__icontains=word)
                | Q(supplier__name__icontains=word)
            )
        if self.kind == "plan":
            rows = rows.filter(ProcurementItem.objects.holds_up(today))
        elif self.kind:
            past = ProcurementItem.objects.overdue(today) | Q(due__lt=today)
            ids = rows.filter(past).order_by().values("pk")
            rows = rows.filter(past) if self.kind == "past" else rows.exclude(pk__in=ids)
        if self.state:
            rows = rows.filter(status__in=AWAITED if self.state == "awaited" else [Status.PLANNED])
        for name in ("supplier", "department", "contract"):
            if value := getattr(self, name):
                rows = rows.filter(**{name: value})
        return rows


def late_items(user: User, chosen: LateFilter | None = None, today: date | None = None) -> Any:
    """Late items in sight, `with_needed`: the one rule of `ItemQuerySet.late`, which figures, filters and
    cards ask too."""
    today = today or timezone.localdate()
    rows = ProcurementItem.objects.for_user(user).late(today)
    return chosen.narrow(rows, today) if chosen else rows


class Ranked(Sequence[Any]):
    """Late items in order, read a page at a time."""

    def __init__(self, keys: list[int]) -> None:
        self._keys = keys

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, wanted: Any) -> Any:
        keys = self._keys[wanted] if isinstance(wanted, slice) else [self._keys[wanted]]
        rows = ProcurementItem.objects.with_needed().with_arrived().select_related(*JOINED).in_bulk(keys)
        return [rows[pk] for pk in keys if pk in rows]


def turned(rows: Any, query: QueryDict) -> Page[Any]:
    return Paginator(Ranked(worst_first(rows)), ROWS).get_page(page_number(query))


@dataclass(frozen=True, slots=True)
class LateRow:
    """One late item as a row prints it, with who waits for it."""

    pk: int
    url: str
    name: str
    part_number: str
    quantity: str
    supplier: str
    status: str
    status_label: str
    needed: str  # as agreed
    plan: str  # today's plan needs it then; "" when that is the day agreed
    plan_late: str  # so late for today's plan; "" when it is early enough
    promised: str
    days: int
    behind: str
    task: str
    task_url: str
    task_start: str
    assignee: str
    department: str
    contract: str
    contract_name: str
    contract_url: str
    delivery: str


def late_rows(items: Iterable[Any], today: date | None = None) -> Iterator[LateRow]:
    today = today or timezone.localdate()
    labels = {str(value): str(label) for value, label in Status.choices}
    for item in items:
        task, days = item.task, days_behind(item.due, item.promised_on, today)
        moved = item.needed != item.agreed
        yield LateRow(
            pk=item.pk,
            url=f"/procurement/{item.pk}/",
            name=item.name,
            part_number=item.part_number,
            quantity=f"{shown(item.quantity - item.usable)} {item.unit}",
            supplier=item.supplier.name if item.supplier else "",
            status=item.status,
            status_label=labels[item.status],
            needed=short_day(item.agreed),
            plan=short_day(item.needed) if moved else "",
            plan_late=late_label(days_behind(item.needed, item.promised_on, today)) if moved else "",
            promised=short_day(item.promised_on),
            days=days,
            behind=late_label(days),
            task=task.name if task else "",
            task_url=f"/tasks/{task.pk}/" if task else "",
            task_start=short_day(task.planned_start) if task else "",
            assignee=task.assignee.name if task and task.assignee else "",
            department=item.department.name,
            contract=item.contract.number,
            contract_name=item.contract.name,
            contract_url=f"/contracts/{item.contract_id}/procurement/",
            delivery=short_day(item.contract.planned_delivery),
        )


def heads() -> list[str]:
    return [
        _("Days late"), _("Part number"), _("Name"), _("Still to come"), _("Status"), _("Supplier"),
        _("Required by"), _("By today's plan"), _("Promised for"), _("Needed for"), _("Task starts"),
        _("Assignee"), _("Department"), _("Contract number"), _("Contract"), _("Planned delivery"),
    ]  # fmt: skip


def lines(rows: Any) -> Iterator[list[Any]]:
    """Every late item as a line of the export."""
    for row in late_rows(Ranked(worst_first(rows))[:]):
        yield [
            row.days, row.part_number, row.name, row.quantity, row.status_label, row.supplier, row.needed,
            row.plan or row.needed, row.promised, row.task, row.task_start, row.assignee, row.department,
            row.contract, row.contract_name, row.delivery,
        ]  # fmt: skip


def paper(user: User) -> Table:
    """The worst of what one sees, for a report."""
    keys = worst_first(late_items(user))[:LISTED]
    found = [
        (
            f"{row.part_number} {row.name}".strip(),
            row.supplier,
            row.needed,
            row.plan or row.needed,
            row.promised,
            row.behind,
            row.task,
            f"{row.contract} {row.contract_name}",
            row.delivery,
        )
        for row in late_rows(Ranked(keys)[:])
    ]
    words = [
        _("Purchase"), _("Supplier"), _("Required by"), _("By today's plan"), _("Promised for"), _("Behind"),
        _("Needed for"), _("Contract"), _("Planned delivery"),
    ]  # fmt: skip
    return Table(_("Late arrivals"), words, found, widths=(4, 3, 2, 2, 2, 2, 3, 4, 2))


PAPERS = {"late_purchases": Paper(gettext_lazy("Late arrivals"), paper)}
