"""What people wish to hear, when, and in what words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from erp.access import ScopedQuerySet
from erp.models import Record
from notifications.states import PERSONAL

if TYPE_CHECKING:
    from orgchart.models import User

MEDIA = [(medium.value, medium.label) for medium in PERSONAL]


class OwnQuerySet(ScopedQuerySet[Any]):
    def for_user(self, user: User, verb: str = "view") -> OwnQuerySet:
        """Wishes are one's own, boss or not."""
        return self.filter(user=user) if user.is_active else self.none()


class Preference(Record):
    """Whether one person wants one event by one medium; without a row the event's default holds."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="preferences", verbose_name=_("user")
    )
    event = models.CharField(_("event"), max_length=60)
    medium = models.CharField(_("by"), max_length=10, choices=MEDIA)
    wanted = models.BooleanField(_("wanted"))

    objects = OwnQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["user", "event", "medium"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.event} {self.medium}"


class Rhythm(Record):
    """When one person is reached: quiet hours, days, one digest a day, and in which language."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="rhythm", verbose_name=_("user")
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    working_days_only = models.BooleanField(_("on working days only"), default=False)
    digest_at = models.TimeField(_("daily digest at"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True, choices=settings.LANGUAGES)

    objects = OwnQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("quiet hours and digest")
        verbose_name_plural = _("quiet hours and digests")

    def __str__(self) -> str:
        return str(self.user)


class WordingQuerySet(ScopedQuerySet["Template"]):
    def within(self, user: User, verb: str) -> Q:
        return Q(pk__in=())  # boss and administrator only


class Template(Record):
    """Own words for an event in one language, in place of the product's."""

    event = models.CharField(_("event"), max_length=60)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    title = models.CharField(_("title"), max_length=100)
    text = models.CharField(_("text"), max_length=1000)
    active = models.BooleanField(_("active"), default=True)

    objects = WordingQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering = ["event", "language"]
        constraints = [models.UniqueConstraint(fields=["event", "language"], name="template_once")]

    def __str__(self) -> str:
        return f"{self.event} {self.language}"
