"""Reminders by the clock: how this site wants them, the rungs of ladders, and what is sent at fixed hours."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.access import NOBODY, ScopedQuerySet
from erp.models import Record
from notifications.models.channels import Channel
from notifications.states import Medium

if TYPE_CHECKING:
    from orgchart.models import User


class RulesQuerySet(ScopedQuerySet["Rules"]):
    def within(self, user: User, verb: str) -> Q:
        return NOBODY  # boss and administrator


class Rules(Record):
    """When this site reminds and whom it asks next: one row."""

    day_begins = models.TimeField(_("working day begins"), default=time(8))
    day_ends = models.TimeField(_("working day ends"), default=time(18))
    soon_days = models.PositiveSmallIntegerField(
        _("remind before it is due (working days)"),
        default=2,
        validators=[MaxValueValidator(30)],
        help_text=_("0: no reminder beforehand."),
    )
    leader_after = models.PositiveSmallIntegerField(
        _("department leader hears after (working hours)"),
        default=8,
        validators=[MaxValueValidator(400)],
        help_text=_("Counted from the first reminder, unless somebody answers. 0: this step is left out."),
    )
    boss_after = models.PositiveSmallIntegerField(
        _("boss hears after (working hours)"),
        default=20,
        validators=[MaxValueValidator(400)],
        help_text=_("Counted from the first reminder, unless somebody answers. 0: this step is left out."),
    )
    link_days = models.PositiveSmallIntegerField(
        _("links to answer hold (days)"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
    )

    objects = RulesQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("reminder rules")
        verbose_name_plural = _("reminder rules")

    def __str__(self) -> str:
        return str(_("Reminder rules"))

    def clean(self) -> None:
        if self.day_begins >= self.day_ends:
            raise ValidationError({"day_ends": _("The working day ends after it begins.")})
        if self.leader_after and self.boss_after and self.boss_after <= self.leader_after:
            raise ValidationError({"boss_after": _("The boss hears later than the leader.")})


class Round(models.Model):
    """What is done once a day: on which day it was last done, and until when somebody is at it."""

    name = models.CharField(max_length=60, unique=True)
    done_on = models.DateField(null=True)
    busy_until = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} {self.done_on}"


class Escalation(models.Model):
    """One rung of a ladder about one matter: told once, when due, unless settled before."""

    key = models.CharField(max_length=200, help_text="Names the matter and its occurrence.")
    step = models.PositiveIntegerField()
    reminder = models.CharField(max_length=60, help_text="A slug of the register's reminders.")
    target_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    target_id = models.BigIntegerField()
    target = GenericForeignKey("target_type", "target_id")
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True, help_text="Somebody answered, or it is no longer so.")
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["key", "step"], name="escalation_once")]
        indexes = [
            models.Index(fields=["settled_at", "told_at", "due_at"], name="escalation_due"),
            models.Index(fields=["target_type", "target_id"], name="escalation_target"),
        ]

    def __str__(self) -> str:
        return self.told_as

    @property
    def told_as(self) -> str:
        """The key of its messages and dispatches."""
        return f"{self.key}-{self.step}"


class ReportQuerySet(ScopedQuerySet["Report"]):
    def for_user(self, user: User, verb: str = "view") -> ReportQuerySet:
        """One's own subscriptions, boss or not."""
        return self.filter(user=user) if user.is_active else self.none()


class Report(Record):
    """What one person gets at a fixed hour: the morning card, or a list as PDF or Excel."""

    class Form(models.TextChoices):
        CARD = "card", _("Card")
        PDF = "pdf", "PDF"
        XLSX = "xlsx", "Excel"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports", verbose_name=_("user")
    )
    subject = models.CharField(_("what"), max_length=40)  # "card", or a slug of the register's reports
    form = models.CharField(_("as"), max_length=10, choices=Form, default=Form.CARD)
    medium = models.CharField(_("by"), max_length=10, choices=Medium)
    robot = models.ForeignKey(
        Channel,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("group robot"),
        help_text=_("The whole group reads the card as you see it."),
    )
    at = models.TimeField(_("at"), default=time(8))
    working_days_only = models.BooleanField(_("on working days only"), default=True)

    objects = ReportQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("scheduled report")
        verbose_name_plural = _("scheduled reports")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "subject", "form", "medium"],
                name="report_once",
                violation_error_message=_("You get this already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.form}"

    def get_absolute_url(self) -> str:
        """The card itself; lists come as files."""
        return reverse("notifications:card" if self.form == self.Form.CARD else "notifications:reports")
