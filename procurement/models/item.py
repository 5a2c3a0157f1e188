"""What is bought for a contract."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Max, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract, Currency, led_by
from contracts.states import FROZEN
from erp.access import NOBODY, ScopedQuerySet, granted
from erp.dates import FIRST_DAY, LAST_DAY
from erp.models import Record
from orgchart.models import Department, Person
from procurement.models.supplier import Supplier
from procurement.states import AWAITED, HELD_BY, LIFE, UNSETTLED, Status
from production.models import BaselineTask, Task

if TYPE_CHECKING:
    from orgchart.models import User

#: Quantities have three decimals, the smallest one is this.
LEAST = Decimal("0.001")
#: More of anything is a slip of the finger, for the column ends there.
MOST = Decimal("99999999999.999")
#: One of anything costs less.
DEAREST = Decimal("9999999999.9999")
NOTHING = Decimal(0)


def part_key(text: str) -> str:
    """A part number as compared: full-width letters, case and spaces are no difference."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in plain if not c.isspace())[:80]


def days_behind(due: date | None, promised: date | None, today: date | None = None) -> int:
    """By how many days something open comes after the day it is due, or was to be here by the day
    promised where that is worse. What nobody promised comes today at the earliest."""
    today = today or timezone.localdate()
    comes = max(today, promised) if promised else today
    return max([0, *((comes - day).days for day in (due, promised) if day)])


class ItemQuerySet(ScopedQuerySet["ProcurementItem"]):
    def within(self, user: User, verb: str) -> Q:
        """All items of a contract by its grants, the own department's by leading it."""
        reasons = self.reasons(user)
        return reduce(or_, (reasons[name] for name in HELD_BY.get(verb, ())), NOBODY)

    def reasons(self, user: User) -> dict[str, Q]:
        """Why somebody may do something to an item."""
        led = led_by(user, "contract", "department")
        return {
            "whole": granted(Contract, user, "view_procurement", at="contract"),
            "managed": granted(Contract, user, "manage_procurement", at="contract"),
            "led": led,
            "requested": led & Q(status=Status.PLANNED),
        }

    def priced_for(self, user: User) -> ItemQuerySet:
        """Items whose price `user` may read: in sight, and in a contract where prices are."""
        contracts = Contract.objects.for_user(user, "view_purchase_price").order_by().values("pk")
        return self.for_user(user).filter(contract__in=contracts)

    def unsettled(self) -> ItemQuerySet:
        """Neither arrived nor cancelled, in a contract that is not archived or cancelled."""
        return self.filter(status__in=UNSETTLED).exclude(contract__stage__in=FROZEN)

    def with_needed(self) -> Any:
        """The days it is needed: `needed` by today's plan, `agreed` by the contract's baseline (its own day
        goes before both), and `due`, the earlier one, which lateness counts from. So what pushed its own
        task is as late as before."""
        kept = BaselineTask.objects.filter(
            task=OuterRef("task"), baseline__contract=OuterRef("contract"), baseline__of_contract=True
        )
        starts = kept.order_by("-baseline_id", "-id").values("planned_start")
        rows = self.annotate(
            needed=Coalesce("need_by", "task__planned_start"),
            agreed=Coalesce("need_by", Subquery(starts[:1]), "task__planned_start"),
        )
        return rows.annotate(due=Case(When(needed__lt=F("agreed"), then=F("needed")), default=F("agreed")))

    def with_arrived(self) -> Any:
        """`came`: what arrived; `usable`: the part of it that was good; `last_came`: the last day."""
        rows = self.model._base_manager.filter(pk=OuterRef("pk")).order_by().values("pk")
        good = F("arrivals__quantity") - F("arrivals__defective_quantity")
        zero = Value(NOTHING, output_field=models.DecimalField(max_digits=14, decimal_places=3))
        return self.annotate(
            came=Coalesce(Subquery(rows.annotate(n=Sum("arrivals__quantity")).values("n")), zero),
            usable=Coalesce(Subquery(rows.annotate(n=Sum(good)).values("n")), zero),
            last_came=Subquery(rows.annotate(n=Max("arrivals__arrived_on")).values("n")),
        )

    def late(self, today: date | None = None) -> ItemQuerySet:
        """Unsettled, and behind: not here on the day promised, or not to be here on the day it is due."""
        today = today or timezone.localdate()
        comes = Coalesce("promised_on", Value(today))
        rows: ItemQuerySet = self.with_needed().unsettled()
        return rows.filter(self.overdue(today) | Q(due__lt=comes))

    @staticmethod
    def overdue(today: date) -> Q:
        """Promised for a day that has gone by. Not asked of what is settled."""
        return Q(promised_on__lt=today)

    @staticmethod
    def holds_up(today: date) -> Q:
        """Of late rows: too late for today's plan as well, or overdue."""
        return ItemQuerySet.overdue(today) | Q(needed__lt=Coalesce("promised_on", Value(today)))


class ProcurementItem(Record):
    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="procurement_items", verbose_name=_("contract")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="procurement_items", verbose_name=_("department")
    )
    task = models.ForeignKey(
        Task,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="procurement_items",
        verbose_name=_("needed for"),
    )
    requested_by = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="requested_items",
        verbose_name=_("requested by"),
    )
    part_number = models.CharField(_("part number"), max_length=80, blank=True)
    part_key = models.CharField(max_length=80, blank=True, editable=False, verbose_name=_("part number"))
    name = models.CharField(_("name"), max_length=200)
    specification = models.CharField(_("specification"), max_length=300, blank=True)
    quantity = models.DecimalField(
        _("quantity"),
        max_digits=14,
        decimal_places=3,
        validators=[MinValueValidator(LEAST), MaxValueValidator(MOST)],
    )
    unit = models.CharField(_("unit"), max_length=20)
    price = models.DecimalField(
        _("unit price"),
        max_digits=14,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(DEAREST)],
    )
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, default=Currency.CNY)
    supplier = models.ForeignKey(
        Supplier,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="items",
        verbose_name=_("supplier"),
    )
    order_number = models.CharField(_("order number"), max_length=60, blank=True)
    need_by = models.DateField(_("needed by"), null=True, blank=True)
    ordered_on = models.DateField(_("ordered on"), null=True, editable=False)
    promised_on = models.DateField(_("promised for"), null=True, editable=False)
    shipped_on = models.DateField(_("shipped on"), null=True, editable=False)
    waybill = models.CharField(_("waybill"), max_length=80, blank=True)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    status = models.CharField(
        _("status"), max_length=17, choices=Status, default=Status.PLANNED, editable=False
    )

    workflow = LIFE
    objects = ItemQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("procurement item")
        verbose_name_plural = _("procurement items")
        ordering = ["contract", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="item_status"),
            models.CheckConstraint(condition=Q(currency__in=Currency.values), name="item_currency"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="item_quantity"),
            models.CheckConstraint(condition=Q(price__isnull=True) | Q(price__gte=0), name="item_price"),
        ]
        indexes = [
            models.Index(fields=["contract", "status", "id"], name="item_contract_open"),
            models.Index(fields=["status", "promised_on"], name="item_promised"),
            models.Index(fields=["supplier", "status"], name="item_supplier"),
            models.Index(fields=["task", "status"], name="item_task"),
            models.Index(fields=["department", "status"], name="item_dept"),
            models.Index(fields=["part_key"], name="item_part"),
        ]

    @classmethod
    def typed(cls, contract: Contract, part_number: str, name: str) -> ProcurementItem:
        """The item that somebody is typing, to compare with; never stored."""
        return cls(contract=contract, part_key=part_key(part_number[:200]), name=name.strip()[:200])

    def __str__(self) -> str:
        return f"{self.part_number} {self.name}".strip()

    def get_absolute_url(self) -> str:
        return reverse("procurement:item", args=[self.pk])

    def clean(self) -> None:
        for name in ("need_by", "ordered_on", "promised_on", "shipped_on"):
            day = getattr(self, name)
            if day and not FIRST_DAY <= day <= LAST_DAY:
                raise ValidationError({name: _("Days lie between the years 2000 and 2100.")})
        for name in ("quantity", "price"):
            self._clean_number(name)
        if self.task is not None and self.task.contract_id != self.contract_id:
            raise ValidationError({"task": _("This task belongs to another contract.")})

    def _clean_number(self, name: str) -> None:
        field: Any = self._meta.get_field(name)
        try:
            setattr(self, name, field.clean(getattr(self, name), self))
        except ValidationError as bad:
            raise ValidationError({name: bad.messages}) from bad

    def frozen(self) -> str:
        return self.contract.frozen()

    @property
    def total(self) -> Decimal | None:
        """The amount of the whole line; None as long as no price is known."""
        return None if self.price is None else (self.price * self.quantity).quantize(Decimal("0.01"))

    @property
    def needed_on(self) -> date | None:
        """The day it is needed: its own, else the planned start of the task that waits for it."""
        return self.need_by or (self.task.planned_start if self.task else None)

    @property
    def due_on(self) -> date | None:
        """`due` of `with_needed`, read here where it was not asked for; None: nobody said when."""
        if "due" in self.__dict__:
            day: date | None = self.__dict__["due"]
            return day
        rows = type(self).objects.with_needed().filter(pk=self.pk).order_by()
        return cast("date | None", rows.values_list("due", flat=True).first())

    def days_late(self, today: date | None = None) -> int:
        """Calendar days behind the day it is due; 0 for what is settled or in time. Lists read their
        items `with_needed`."""
        return days_behind(self.due_on, self.promised_on, today) if self.status in UNSETTLED else 0

    @property
    def awaited(self) -> bool:
        return self.status in AWAITED
