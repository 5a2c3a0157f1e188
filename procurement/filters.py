"""What a list of purchases may be narrowed to; everything else in the address is passed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import DateField, Q, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from contracts.filters import plain, span_of
from erp.dates import LAST_DAY
from procurement.models import Arrival, ItemQuerySet
from procurement.states import AWAITED, Status
from production.filters import number

#: Choices of `status=` beside the stored states.
SETS = {
    "open": _("All open"),
    "todo": _("To order"),
    "late": _("Late"),
    "unpromised": _("Ordered, no date promised"),
    "all": _("All states"),
}
STATUS_CHOICES = [*SETS.items(), *Status.choices]


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """The understood part of a query string; `status` is `start` unless the address says otherwise."""

    q: str = ""
    status: str = ""
    supplier: int = 0
    contract: int = 0
    department: int = 0
    came: str = ""  # the month of an arrival, 2026-11
    start: str = "open"

    @classmethod
    def read(cls, query: QueryDict, start: str = "open") -> ItemFilter:
        status = query.get("status", "")
        ids = {name: number(query.get(name, "")) for name in ("supplier", "contract", "department")}
        return cls(
            q=plain(query.get("q", "")),
            status=status if status in dict(STATUS_CHOICES) else start,
            came=query.get("came", "") if span_of(query.get("came", "")) else "",
            start=start,
            **ids,
        )

    @property
    def active(self) -> bool:
        return self != ItemFilter(status=self.start, start=self.start)

    def narrow(self, rows: ItemQuerySet, today: date | None = None) -> ItemQuerySet:
        if self.q:
            rows = rows.filter(
                Q(name__icontains=self.q)
                | Q(part_number__icontains=self.q)
                | Q(specification__icontains=self.q)
                | Q(order_number__icontains=self.q)
                | Q(contract__number__icontains=self.q)
                | Q(supplier__name__icontains=self.q)
            )
        rows = self._in_state(rows, today)
        if span := span_of(self.came):
            came = Arrival.objects.filter(arrived_on__gte=span[0], arrived_on__lt=span[1])
            rows = rows.filter(pk__in=came.order_by().values("item"))
        wanted: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("supplier", "contract", "department")
            if getattr(self, name)
        }
        return rows.filter(**wanted)

    def _in_state(self, rows: ItemQuerySet, today: date | None) -> ItemQuerySet:
        if self.status == "late":
            return rows.late(today)
        if self.status == "open":
            return rows.unsettled()
        if self.status == "todo":
            return rows.unsettled().filter(status=Status.PLANNED)
        if self.status == "unpromised":
            return rows.unsettled().filter(status__in=AWAITED, promised_on=None)
        return rows if self.status == "all" else rows.filter(status=self.status)

    def order(self, rows: ItemQuerySet) -> ItemQuerySet:
        """What is open by the day it comes or is needed, the rest by age."""
        if self.status not in ("open", "late", "todo", "unpromised", Status.PLANNED, *AWAITED):
            return rows.order_by("-id")
        last = Value(LAST_DAY, output_field=DateField())
        due = Coalesce("promised_on", "need_by", "task__planned_start", last)
        return rows.order_by(due, "id")
