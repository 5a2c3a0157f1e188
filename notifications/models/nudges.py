"""Nudges by hand: who, whom, about what, and what came of it."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp import register
from erp.access import NOBODY, ScopedQuerySet
from erp.models import Record
from orgchart.models import Person

if TYPE_CHECKING:
    from orgchart.models import User


class NudgeQuerySet(ScopedQuerySet["Nudge"]):
    def for_user(self, user: User, verb: str = "view") -> NudgeQuerySet:
        """Read where one of its receivers is; changed by nobody."""
        if verb != "view" or not user.is_active:
            return self.none()
        return self.filter(pk__in=NudgeReceiver.objects.for_user(user).order_by().values("nudge"))


class Nudge(Record):
    """A reminder by hand: who, whom, about what, by which media."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="nudges", verbose_name=_("from")
    )
    target_type = models.ForeignKey(
        ContentType, models.PROTECT, related_name="+", verbose_name=_("kind of object")
    )
    target_id = models.BigIntegerField(_("object number"))
    target = GenericForeignKey("target_type", "target_id")
    contract_id = models.BigIntegerField(_("contract"), null=True)
    media = models.JSONField(_("by"), default=list)
    text = models.CharField(_("message"), max_length=500)

    objects = NudgeQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("nudge")
        verbose_name_plural = _("nudges")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["contract_id", "id"], name="nudge_contract"),
            models.Index(fields=["target_type", "target_id", "id"], name="nudge_target"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    def get_absolute_url(self) -> str:
        return reverse("notifications:nudge_detail", args=[self.pk])

    @property
    def key(self) -> str:
        """Names its messages and dispatches."""
        return f"nudge-{self.pk}"


class ReceiverQuerySet(ScopedQuerySet["NudgeReceiver"]):
    def for_user(self, user: User, verb: str = "view") -> ReceiverQuerySet:
        """About things one (still) sees. Only who was nudged answers, boss or not; who nudged looks, and
        whoever may nudge the same people about the same (the register's ledgers)."""
        if verb == "view":
            rows = super().for_user(user)
        else:
            rows = self.filter(person__user=user) if user.is_active else self.none()
        return rows.filter(_about_seen(user))

    def within(self, user: User, verb: str) -> Q:
        ledgers = register.entries("notifications.ledgers").values()
        return reduce(or_, (of(user) for of in ledgers), Q(person__user=user) | Q(nudge__author=user))

    def open(self) -> ReceiverQuerySet:
        return self.filter(acknowledged_at=None)


def _about_seen(user: User) -> Q:
    """Rows whose nudge is about something that `user` sees."""
    seen = NOBODY
    for entry in register.entries("notifications.subjects").values():
        model: Any = entry.rows().model
        rows = model._default_manager.for_user(user).order_by().values("pk")
        kind = ContentType.objects.get_for_model(model)
        seen |= Q(nudge__target_type=kind, nudge__target_id__in=rows)
    return seen


class NudgeReceiver(Record):
    """One person of a nudge and what came of it. Whether it arrived say the dispatches whose key is
    the nudge's."""

    nudge = models.ForeignKey(Nudge, models.PROTECT, related_name="receivers", verbose_name=_("nudge"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="nudges", verbose_name=_("person"))
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, editable=False)
    promised_on = models.DateField(_("promised for"), null=True, blank=True)
    reply = models.CharField(_("answer"), max_length=300, blank=True)

    objects = ReceiverQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("nudged person")
        verbose_name_plural = _("nudged people")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["nudge", "person"], name="nudge_person_once")]
        indexes = [models.Index(fields=["person", "id"], name="nudge_person")]

    def __str__(self) -> str:
        return str(self.person)

    def get_additional_data(self) -> dict[str, Any]:
        return {"contract": self.nudge.contract_id} if self.nudge.contract_id else {}
