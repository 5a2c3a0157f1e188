"""Channels: how messages leave the house, with what secrets, at what pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from erp.access import ScopedQuerySet
from erp.models import Record
from erp.roles import Role
from notifications.states import MEDIUM_OF, ROBOT_RATE, Kind, Medium
from orgchart.models import Department

if TYPE_CHECKING:
    from orgchart.models import User


class ChannelQuerySet(ScopedQuerySet["Channel"]):
    def within(self, user: User, verb: str) -> Q:
        """Names of channels are no secret in the office; administrators and the boss keep them."""
        return Q() if verb == "view" and user.role != Role.CUSTOMER else super().within(user, verb)

    def active(self) -> ChannelQuerySet:
        return self.filter(active=True)


class Channel(Record):
    """One way out of the house. Secrets lie apart (`ChannelSecret`), so neither history nor log holds
    them; what happens while sending is kept in its `Meter`."""

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    name = models.CharField(_("name"), max_length=60, unique=True)
    active = models.BooleanField(_("active"), default=True)
    position = models.PositiveIntegerField(_("order"), default=0)
    config = models.JSONField(_("settings"), default=dict, blank=True)
    base_url = models.CharField(
        _("other address"),
        max_length=300,
        blank=True,
        help_text=_("Empty: the official address of the service."),
    )
    rate = models.PositiveIntegerField(
        _("calls a minute"),
        default=ROBOT_RATE,
        help_text=_("0: as many as there are. Group robots take at most 18."),
    )

    objects = ChannelQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["position", "id"]
        constraints = [models.CheckConstraint(condition=Q(kind__in=Kind.values), name="channel_kind")]

    def __str__(self) -> str:
        return self.name

    @property
    def medium(self) -> Medium:
        to_group = self.kind == Kind.APPRISE and self.config.get("audience") == "group"
        return Medium.GROUP if to_group else MEDIUM_OF[self.kind]

    @property
    def is_robot(self) -> bool:
        """Speaks to a group, not to one person."""
        return self.medium == Medium.GROUP

    def clean(self) -> None:
        if self.is_robot and not 0 < self.rate <= ROBOT_RATE:
            raise ValidationError({"rate": _("A group robot takes 1 to 18 calls a minute.")})


class ChannelSecret(models.Model):
    """One secret of a channel, sealed with the installation's channel key (`notifications.vault`)."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="secrets")
    name = models.CharField(max_length=40)
    sealed = models.TextField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["channel", "name"], name="channel_secret_once")]

    def __str__(self) -> str:
        return self.name


class Meter(models.Model):
    """What all workers share of a channel's pace: tokens left, failures in a row, and pauses."""

    channel = models.OneToOneField(Channel, models.CASCADE, related_name="meter")
    tokens = models.FloatField(default=0)
    filled_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    open_until = models.DateTimeField(_("resting until"), null=True)
    paused_until = models.DateTimeField(_("paused until"), null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.channel_id}"


class RouteQuerySet(ScopedQuerySet["GroupRoute"]):
    def within(self, user: User, verb: str) -> Q:
        """Which robots a department has is known in the office; those of a contract are asked for
        through the contract (`contracts.views.notify`)."""
        return Q(contract_id=None) if verb == "view" and user.role != Role.CUSTOMER else Q(pk__in=())


class GroupRoute(Record):
    """A group that hears of a contract or of a department. Of several, the first that works does."""

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="routes", verbose_name=_("channel"))
    contract_id = models.BigIntegerField(_("contract"), null=True, blank=True)
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="group_routes",
        verbose_name=_("department"),
    )
    position = models.PositiveIntegerField(_("order"), default=0)
    active = models.BooleanField(_("active"), default=True)

    objects = RouteQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("group route")
        verbose_name_plural = _("group routes")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract_id", "channel"],
                condition=Q(contract_id__isnull=False),
                name="route_contract_once",
            ),
            models.UniqueConstraint(
                fields=["department", "channel"],
                condition=Q(department__isnull=False),
                name="route_department_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.channel)

    def clean(self) -> None:
        if (self.contract_id is None) == (self.department_id is None):
            raise ValidationError(_("A group hears of one contract or of one department."))
        if self.channel_id and not self.channel.is_robot:
            raise ValidationError({"channel": _("Only group robots speak to groups.")})
