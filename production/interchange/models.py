"""Templates of plans, and the calendar feeds of people."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.access import NOBODY, ScopedQuerySet
from erp.models import Record
from erp.roles import Function, Role
from production.schedule.plan import Kind

if TYPE_CHECKING:
    from orgchart.models import User


#: Types of links as plain values: migrations know nothing of the project.
KINDS = [(str(kind), str(kind)) for kind in Kind]


class TemplateQuerySet(ScopedQuerySet[Any]):
    """Read by everybody in the office; made and put away by boss, administrator and department leaders."""

    def within(self, user: User, verb: str) -> Q:
        if user.role == Role.CUSTOMER:
            return NOBODY
        return Q() if verb == "view" or user.role == Role.LEADER else NOBODY

    def active(self) -> TemplateQuerySet:
        return self.filter(active=True)


class PlanTemplate(Record):
    """The tasks of a kind of contract, with what they wait for, but without dates."""

    name = models.CharField(_("name"), max_length=80)
    note = models.CharField(_("note"), max_length=300, blank=True)
    active = models.BooleanField(_("active"), default=True, editable=False)

    objects = TemplateQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("plan template")
        verbose_name_plural = _("plan templates")
        ordering = ["-active", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(active=True), name="plan_template_name_once")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("production:template", args=[self.pk])

    def clean(self) -> None:
        others = PlanTemplate.objects.filter(name=self.name, active=True).exclude(pk=self.pk)
        if self.active and others.exists():
            text = _("There is a template “%(name)s” already.") % {"name": self.name}
            raise ValidationError({"name": text})


class TemplateTask(models.Model):
    """One task of a template. `days` are working days, in halves; `offset`: working days after the start
    of the plan before which it does not begin. Never changed once its template is made."""

    template = models.ForeignKey(PlanTemplate, models.CASCADE, related_name="tasks")
    position = models.PositiveIntegerField(_("order"))
    name = models.CharField(_("name"), max_length=200)
    function = models.CharField(_("function"), max_length=20, choices=Function)
    days = models.DecimalField(_("working days"), max_digits=6, decimal_places=1, default=Decimal(1))
    offset = models.DecimalField(_("offset"), max_digits=6, decimal_places=1, null=True, blank=True)
    milestone = models.BooleanField(_("milestone"), default=False)
    needs_acceptance = models.BooleanField(_("needs acceptance"), default=True)
    mandatory = models.BooleanField(_("needed for delivery"), default=True)

    class Meta:
        default_permissions = ()
        ordering = ["template", "position"]
        constraints = [
            models.UniqueConstraint(fields=["template", "position"], name="template_task_once"),
            models.CheckConstraint(condition=Q(days__gt=0), name="template_task_days"),
            models.CheckConstraint(condition=Q(function__in=Function.values), name="template_task_function"),
        ]

    def __str__(self) -> str:
        return self.name


class TemplateLink(models.Model):
    """`after` waits for `before`; `lag` in working days."""

    template = models.ForeignKey(PlanTemplate, models.CASCADE, related_name="links")
    before = models.ForeignKey(TemplateTask, models.CASCADE, related_name="outgoing")
    after = models.ForeignKey(TemplateTask, models.CASCADE, related_name="incoming")
    type = models.CharField(_("type"), max_length=2, choices=KINDS, default=KINDS[0][0])
    lag = models.DecimalField(_("lag (working days)"), max_digits=5, decimal_places=1, default=Decimal(0))

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["before", "after"], name="template_link_once"),
            models.CheckConstraint(condition=~Q(before=F("after")), name="template_link_not_on_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after} ({self.type})"


class CalendarFeed(Record):
    """The calendar subscription of one person. Its address holds `nonce`, signed: the row alone opens
    nothing, and a new nonce closes the old address."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="calendar_feed",
        verbose_name=_("user"),
    )
    nonce = models.CharField(_("key of the address"), max_length=43, unique=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    class FeedQuerySet(ScopedQuerySet[Any]):
        def within(self, user: User, verb: str) -> Q:
            """Nobody's but one's own."""
            return Q(user=user)

    objects = FeedQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    def __str__(self) -> str:
        return str(self.user)
