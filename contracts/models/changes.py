"""What is changed by agreement after signing: scope, price, date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.models.contract import Contract, Currency
from contracts.states import CHANGE_LIFE, ChangeState
from erp.access import NOBODY, ScopedQuerySet, granted
from erp.models import Record
from erp.roles import Role

if TYPE_CHECKING:
    from orgchart.models import User

#: What a customer may do with a change order that was sent to them.
CUSTOMERS_DEEDS = ("view", "accept_change", "reject_change")
#: Deed → the contract verb that allows it in the office; the boss alone sends (`erp.roles`).
OFFICE = {
    "view": "view",
    "change": "change",
    "withdraw_change": "change",
    "accept_change": "deliver",
    "reject_change": "deliver",
    "apply_change": "deliver",
}


class ChangeOrderQuerySet(ScopedQuerySet["ChangeOrder"]):
    def within(self, user: User, verb: str) -> Q:
        """Read with the contract; drafted by whoever edits it; answered on the customer's behalf and
        applied by the manager. The customer reads and answers what was sent to them."""
        if user.role == Role.CUSTOMER:
            sent = Q(sent_at__isnull=False) & granted(Contract, user, "follow", at="contract")
            return sent if verb in CUSTOMERS_DEEDS else NOBODY
        right = OFFICE.get(verb)
        return granted(Contract, user, right, at="contract") if right else NOBODY


class ChangeOrder(Record):
    """One change order. What it did to the contract is kept on it: `…_before`, `…_after`."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="change_orders", verbose_name=_("contract")
    )
    number = models.PositiveIntegerField(_("number"), editable=False)
    title = models.CharField(_("title"), max_length=200)
    scope = models.TextField(_("scope of the change"), blank=True, max_length=5000)
    reason = models.CharField(_("reason for the change"), max_length=300)
    price_change = models.DecimalField(
        _("price change"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, editable=False)
    new_delivery = models.DateField(_("new planned delivery"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=ChangeState, default=ChangeState.DRAFT, editable=False
    )
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("sent by"),
    )
    decided_at = models.DateTimeField(_("answered"), null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("answered by"),
    )
    on_behalf = models.BooleanField(_("answered on the customer's behalf"), default=False, editable=False)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True, editable=False)
    decision_note = models.CharField(_("reason of the answer"), max_length=300, blank=True, editable=False)
    applied_at = models.DateTimeField(_("applied"), null=True, editable=False)
    deal_before = models.DecimalField(
        _("deal before"), max_digits=14, decimal_places=2, null=True, editable=False
    )
    deal_after = models.DecimalField(
        _("deal after"), max_digits=14, decimal_places=2, null=True, editable=False
    )
    delivery_before = models.DateField(_("planned delivery before"), null=True, editable=False)
    delivery_after = models.DateField(_("planned delivery after"), null=True, editable=False)

    workflow = CHANGE_LIFE
    objects = ChangeOrderQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("change order")
        verbose_name_plural = _("change orders")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="change_number_once"),
            models.CheckConstraint(condition=Q(state__in=ChangeState.values), name="change_state"),
            models.CheckConstraint(condition=Q(number__gte=1), name="change_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def code(self) -> str:
        """`BG-01`: what people call it within the contract."""
        return f"BG-{self.number:02d}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:change", args=[self.contract_id, self.pk])

    def clean(self) -> None:
        if not (self.scope.strip() or self.price_change or self.new_delivery):
            raise ValidationError(_("Say what changes: the scope, the price or the date."))

    def frozen(self) -> str:
        return self.contract.frozen()

    def get_additional_data(self) -> dict[str, Any]:
        return {"contract": self.contract_id}
