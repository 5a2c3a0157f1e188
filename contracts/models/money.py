"""The payment plan of a contract, and what was received on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import (
    BigIntegerField,
    Case,
    DateField,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Round
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.models.contract import Contract
from contracts.money.states import LIFE, Booked, Kind, Method, On
from erp import register
from erp.access import ScopedQuerySet, granted
from erp.models import Record

if TYPE_CHECKING:
    from orgchart.models import User

#: Months and days that may lie between an event and the day a payment is due.
MOST_MONTHS, MOST_DAYS = 120, 3650
SCALE = 10_000  # hundredths of a percent in a whole


def _cents(amount: str) -> Any:
    """An amount as whole cents: sums and shares of integers are exact on every database."""
    return Cast(Round(F(amount) * Value(100)), BigIntegerField())


def _share(of: Any, part: Any) -> Any:
    """`part` (hundredths of a percent) of `of` cents, rounded half up."""
    return ExpressionWrapper((of * part + Value(SCALE // 2)) / Value(SCALE), output_field=BigIntegerField())


def _may(user: User, verb: str, contract: str) -> Q:
    """Money is read with `view_finance` and written with `manage_finance` of the contract."""
    return granted(
        Contract, user, "view_finance" if verb in ("view", "view_finance") else "manage_finance", at=contract
    )


class MilestoneQuerySet(ScopedQuerySet["PaymentMilestone"]):
    def within(self, user: User, verb: str) -> Q:
        return _may(user, verb, "contract")

    def with_amounts(self) -> MilestoneQuerySet:
        """Annotate `cents` (its share of the deal; None while the contract has no deal) and `received`,
        both in whole cents. Shares are differences of rounded sums, so that they add up to the deal."""
        parts = Cast(Round(F("percent") * Value(100)), IntegerField())
        rows = PaymentMilestone.objects.filter(contract=OuterRef("contract"), percent__isnull=False)
        before = rows.filter(pk__lt=OuterRef("pk")).order_by().values("contract").annotate(n=Sum(parts))
        booked = Payment.objects.filter(milestone=OuterRef("pk"), status=Booked.BOOKED).order_by()
        came = booked.values("milestone").annotate(n=Sum(_cents("amount"))).values("n")
        found = self.annotate(
            deal_cents=_cents("contract__deal_amount"),
            parts_before=Coalesce(Subquery(before.values("n"), output_field=IntegerField()), Value(0)),
            received=Coalesce(Subquery(came, output_field=BigIntegerField()), Value(0)),
        )
        until = _share(F("deal_cents"), F("parts_before") + parts)
        share = ExpressionWrapper(
            until - _share(F("deal_cents"), F("parts_before")), output_field=BigIntegerField()
        )
        return found.annotate(
            cents=Case(
                When(percent__isnull=True, then=_cents("amount")),
                default=share,
                output_field=BigIntegerField(),
            )
        )

    def with_days(self) -> MilestoneQuerySet:
        """Annotate `event_day_<event>` for events whose day an app above knows; asked only where a
        payment hangs on it."""
        days = register.entries("contracts.event_days")
        found = {}
        for event, day in days.items():
            row = Contract.objects.filter(pk=OuterRef("contract")).order_by().annotate(event_day=day)
            asked = Subquery(row.values("event_day"), output_field=DateField())
            found[f"event_day_{event}"] = Case(When(event=event, then=asked), output_field=DateField())
        return self.annotate(**found)


class PaymentMilestone(Record):
    """One part of the deal: how much, and which event makes it due. What it comes to and when it is due
    are derived from the contract, so that they are never a second truth."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="milestones", verbose_name=_("contract")
    )
    title = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind of payment"), max_length=12, choices=Kind, default=Kind.PROGRESS)
    percent = models.DecimalField(
        _("share of the deal %"), max_digits=5, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )  # fmt: skip
    amount = models.DecimalField(
        _("amount"), max_digits=14, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0)],
    )  # fmt: skip
    event = models.CharField(_("due after"), max_length=20, choices=On, default=On.SIGNED)
    offset_months = models.PositiveSmallIntegerField(_("months later"), default=0)
    offset_days = models.PositiveSmallIntegerField(_("days later"), default=0)
    fixed_on = models.DateField(_("due on"), null=True, blank=True)
    invoice_number = models.CharField(_("invoice number"), max_length=60, blank=True)
    invoiced_on = models.DateField(_("invoiced on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = MilestoneQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("payment milestone")
        verbose_name_plural = _("payment milestones")
        ordering = ["contract", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100, amount__isnull=True)
                | Q(amount__gt=0, percent__isnull=True),
                name="milestone_percent_or_amount",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="milestone_kind"),
            models.CheckConstraint(condition=Q(event__in=On.values), name="milestone_event"),
            models.CheckConstraint(
                condition=Q(event=On.FIXED, fixed_on__isnull=False)
                | (~Q(event=On.FIXED) & Q(fixed_on__isnull=True)),
                name="milestone_fixed_day",
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "id"], name="milestone_order"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("contracts:money", args=[self.contract_id])

    def clean(self) -> None:
        if (self.percent is None) == (self.amount is None):
            raise ValidationError({"percent": _("Give a share of the deal or an amount, one of the two.")})
        for name in ("percent", "amount"):
            if (value := getattr(self, name)) is not None and value <= 0:
                raise ValidationError({name: _("This must be more than nothing.")})
        if self.percent is not None and self.percent > 100:
            raise ValidationError({"percent": _("A share is at most 100 %.")})
        self._clean_day()

    def _clean_day(self) -> None:
        if self.event == On.FIXED:
            if self.fixed_on is None:
                raise ValidationError({"fixed_on": _("On which day is it due?")})
            self.offset_months = self.offset_days = 0
            return
        self.fixed_on = None
        if self.offset_months > MOST_MONTHS or self.offset_days > MOST_DAYS:
            raise ValidationError({"event": _("A payment is due within ten years of its event.")})

    def frozen(self) -> str:
        return self.contract.frozen()


class PaymentQuerySet(ScopedQuerySet["Payment"]):
    def within(self, user: User, verb: str) -> Q:
        return _may(user, verb, "milestone__contract")

    def booked(self) -> PaymentQuerySet:
        return self.filter(status=Booked.BOOKED)


class Payment(Record):
    """Money that came in on a milestone, in the contract's currency. It stays as it was booked; a wrong
    one is taken back."""

    milestone = models.ForeignKey(
        PaymentMilestone, models.PROTECT, related_name="payments", verbose_name=_("payment milestone")
    )
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    received_on = models.DateField(_("received on"))
    method = models.CharField(_("way of payment"), max_length=10, choices=Method, default=Method.TRANSFER)
    note = models.CharField(_("note"), max_length=200, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=Booked, default=Booked.BOOKED, editable=False
    )
    why_taken_back = models.CharField(_("why taken back"), max_length=200, blank=True, editable=False)

    workflow = LIFE
    objects = PaymentQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["received_on", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive"),
            models.CheckConstraint(condition=Q(method__in=Method.values), name="payment_method"),
            models.CheckConstraint(condition=Q(status__in=Booked.values), name="payment_status"),
        ]
        indexes = [
            models.Index(fields=["milestone", "status"], name="payment_booked"),
            models.Index(fields=["received_on", "id"], name="payment_day"),
        ]

    def __str__(self) -> str:
        return f"{self.milestone} · {self.received_on:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:money", args=[self.milestone.contract_id])

    def frozen(self) -> str:
        return self.milestone.contract.frozen()

    def get_additional_data(self) -> dict[str, Any]:
        return {"contract": self.milestone.contract_id}
