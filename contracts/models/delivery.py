"""What left the house for the customer: each delivery with its papers, in parts where it went in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.models.contract import Contract
from contracts.states import DELIVERY_LIFE, DeliveryState
from erp.access import NOBODY, ScopedQuerySet, granted
from erp.models import Record
from erp.roles import Role

if TYPE_CHECKING:
    from orgchart.models import User

#: What a customer may do with a delivery of their own contract.
CUSTOMERS_DEEDS = ("view", "report_missing")


class DeliveryQuerySet(ScopedQuerySet["Delivery"]):
    def within(self, user: User, verb: str) -> Q:
        """Read with the contract, written by whoever delivers it. The customer reads what holds and
        says what is missing."""
        if user.role == Role.CUSTOMER:
            shown = Q(state=DeliveryState.RECORDED) & granted(Contract, user, "follow", at="contract")
            return shown if verb in CUSTOMERS_DEEDS else NOBODY
        if verb == "report_missing":
            return NOBODY
        return granted(Contract, user, "view" if verb == "view" else "deliver", at="contract")

    def holding(self) -> DeliveryQuerySet:
        return self.filter(state=DeliveryState.RECORDED)


class Delivery(Record):
    """One delivery. The `final` one moves the contract to `delivered`; those before it are parts."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="deliveries", verbose_name=_("contract")
    )
    delivered_on = models.DateField(_("delivered on"))
    final = models.BooleanField(
        _("last delivery"), default=True, editable=False, help_text=_("With it everything is delivered.")
    )
    place = models.CharField(_("place of delivery"), max_length=200, blank=True)
    carrier = models.CharField(_("carrier"), max_length=100, blank=True)
    waybill = models.CharField(_("waybill number"), max_length=60, blank=True)
    receiver = models.CharField(_("receiver"), max_length=60, blank=True)
    receiver_phone = models.CharField(_("receiver's phone"), max_length=40, blank=True)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState, default=DeliveryState.RECORDED, editable=False
    )
    missing = models.TextField(
        _("reported by the customer"),
        blank=True,
        max_length=1000,
        editable=False,
        help_text=_("What the customer says is missing or damaged."),
    )
    missing_at = models.DateTimeField(_("reported at"), null=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    on_behalf = models.BooleanField(_("confirmed on the customer's behalf"), default=False, editable=False)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True, editable=False)

    workflow = DELIVERY_LIFE
    objects = DeliveryQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["delivered_on", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state"),
            models.UniqueConstraint(fields=["contract"], condition=Q(final=True), name="delivery_final_once"),
        ]

    def __str__(self) -> str:
        kind = _("Last delivery") if self.final else _("Partial delivery")
        return f"{kind} {self.delivered_on:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:delivery_record", args=[self.contract_id, self.pk])

    def frozen(self) -> str:
        return self.contract.frozen()

    def get_additional_data(self) -> dict[str, Any]:
        return {"contract": self.contract_id}
