"""The outbox: what has to leave the house, written with the deed it tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from erp.access import ScopedQuerySet
from notifications.events import known
from notifications.models.channels import Channel
from notifications.models.inbox import Message, Occurrence
from notifications.states import UNDELIVERED, DispatchState, Dropped

if TYPE_CHECKING:
    from orgchart.models import User


class DispatchQuerySet(ScopedQuerySet["Dispatch"]):
    def within(self, user: User, verb: str) -> Q:
        """Own ones to look at; boss and administrator see to all that failed."""
        return Q(recipient=user) if verb == "view" else super().within(user, verb)

    def undelivered(self) -> DispatchQuerySet:
        return self.filter(state__in=UNDELIVERED)

    def dead(self) -> DispatchQuerySet:
        return self.filter(state=DispatchState.DEAD)


class Dispatch(Occurrence):
    """One occurrence for one receiver: a person on a channel (`recipient`), or a group robot (none).

    Unique per (key, channel, receiver), so an occurrence told twice leaves once. It carries its own
    words, so a robot's row needs no message. Plain rows, not records: workers of any process write
    them by conditional updates."""

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="dispatches", verbose_name=_("channel"))
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="dispatches",
        verbose_name=_("recipient"),
    )
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="dispatches")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    contract_id = models.BigIntegerField(_("contract"), null=True)
    department_id = models.BigIntegerField(_("department"), null=True)
    mentions = models.JSONField(default=list)  # ids of the users a robot calls by name
    state = models.CharField(
        _("state"), max_length=10, choices=DispatchState, default=DispatchState.WAITING, editable=False
    )
    why = models.CharField(_("reason"), max_length=20, choices=Dropped, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"))
    bundle = models.BooleanField(default=False)  # waits for the receiver's daily digest
    lease_until = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=40, blank=True)
    possibly_repeated = models.BooleanField(_("possibly repeated"), default=False)
    answer = models.CharField(_("answer"), max_length=1000, blank=True)
    last_error = models.CharField(_("last error"), max_length=1000, blank=True)
    digest = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    done_at = models.DateTimeField(_("done"), null=True)

    objects = DispatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispatch")
        verbose_name_plural = _("dispatches")
        ordering = ["-id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["key", "channel", "recipient"],
                condition=Q(recipient__isnull=False),
                name="dispatch_person_once",
            ),
            models.UniqueConstraint(
                fields=["key", "channel"], condition=Q(recipient__isnull=True), name="dispatch_group_once"
            ),
            models.CheckConstraint(condition=Q(state__in=DispatchState.values), name="dispatch_state"),
        ]
        indexes = [
            models.Index(fields=["state", "next_at", "id"], name="dispatch_due"),
            models.Index(fields=["channel", "state", "next_at"], name="dispatch_channel"),
            models.Index(fields=["contract_id", "id"], name="dispatch_contract"),
        ]

    def __str__(self) -> str:
        """What it is about, without the words: those are for its receiver."""
        return str(known(self.event).title)

    def get_additional_data(self) -> dict[str, Any]:
        """Where the log files what is done to it by hand."""
        place = {"contract": self.contract_id, "department": self.department_id}
        return {key: value for key, value in place.items() if value}
