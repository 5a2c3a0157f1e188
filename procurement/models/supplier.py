"""Suppliers: one list for all contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract
from erp.access import ScopedQuerySet, grants
from erp.models import Record
from erp.roles import Function
from orgchart.models import Person

if TYPE_CHECKING:
    from orgchart.models import User

#: No supplier needs longer, in working days.
LONGEST_LEAD = 500


def buys(user: User) -> bool:
    """Whether `user` is an active person of an active procurement department."""
    return Person.objects.filter(
        user=user, active=True, department__function=Function.PROCUREMENT, department__active=True
    ).exists()


class SupplierQuerySet(ScopedQuerySet[Any]):
    def within(self, user: User, verb: str) -> Q:
        """Read by whoever reads all purchases of some contract, written by whoever manages them
        somewhere; the people of a procurement department do both from their first day."""
        asked = "view_procurement" if verb == "view" else "manage_procurement"
        buyer = Person.objects.filter(
            user=user, active=True, department__function=Function.PROCUREMENT, department__active=True
        )
        return Q(Exists(buyer)) | Q(Exists(grants(Contract, user, asked)))

    def active(self) -> SupplierQuerySet:
        return self.filter(active=True)


class Supplier(Record):
    name = models.CharField(_("name"), max_length=100, unique=True)
    contact = models.CharField(_("contact"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("email"), blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    lead_days = models.PositiveSmallIntegerField(
        _("lead time (working days)"), null=True, blank=True, validators=[MaxValueValidator(LONGEST_LEAD)]
    )
    note = models.TextField(_("note"), blank=True, max_length=2000)
    active = models.BooleanField(_("active"), default=True)

    objects = SupplierQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("procurement:supplier", args=[self.pk])
