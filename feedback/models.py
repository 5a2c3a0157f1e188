"""Feedback of a contract, what is said about it, and the rework it became."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from acceptance.models import AcceptanceDefect, AcceptanceItem
from contracts.models import Contract, led_by
from contracts.states import FROZEN
from erp.access import NOBODY, ScopedQuerySet, granted
from erp.models import Record
from erp.roles import Role
from feedback.states import CUSTOMER_VERBS, HELD_BY, LIFE, OPEN, Coverage, Kind, Severity, Status
from orgchart.models import Department, Person
from production.models import Task

if TYPE_CHECKING:
    from orgchart.models import User


class FeedbackQuerySet(ScopedQuerySet["Feedback"]):
    def within(self, user: User, verb: str) -> Q:
        """The customer's people: what is shown to them of their own contracts. The office: all of a
        contract by its grants, the own department's by leading it, what one handles or reported."""
        if user.role == Role.CUSTOMER:
            shown = Q(shared=True) & granted(Contract, user, "follow", at="contract")
            return shown if verb in CUSTOMER_VERBS else NOBODY
        reasons = self.reasons(user)
        return reduce(or_, (reasons[name] for name in HELD_BY.get(verb, ())), NOBODY)

    def reasons(self, user: User) -> dict[str, Q]:
        """Why somebody of the office may do something to a feedback."""
        inside = granted(Contract, user, "view", at="contract")
        return {
            "read": granted(Contract, user, "view_feedback", at="contract"),
            "whole": granted(Contract, user, "manage_feedback", at="contract"),
            "led": led_by(user, "contract", "department"),
            "own": Q(handler__user=user) & inside,
            "reported": Q(reporter=user) & inside,
        }

    def open(self) -> FeedbackQuerySet:
        """Not resolved yet, in a contract that is not archived or cancelled."""
        return self.filter(status__in=OPEN).exclude(contract__stage__in=FROZEN)

    def overdue(self, now: datetime | None = None) -> FeedbackQuerySet:
        return self.open().filter(due_at__lt=now or timezone.now())

    def answered_by(self, user: User) -> FeedbackQuerySet:
        """What somebody handles, and all of the contracts they manage."""
        return self.filter(Q(handler__user=user) | Q(contract__manager__user=user))


class Feedback(Record):
    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="feedback", verbose_name=_("contract")
    )
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="feedback",
        verbose_name=_("department"),
        help_text=_("The handler's; its leaders see it."),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, default=Severity.NORMAL)
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("description"), blank=True)
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="reported_feedback",
        editable=False,
        verbose_name=_("entered by"),
    )
    caller = models.CharField(_("reported by"), max_length=60, blank=True)
    caller_phone = models.CharField(_("phone of the caller"), max_length=40, blank=True)
    reported_on = models.DateField(_("reported on"))
    shared = models.BooleanField(
        _("shown to the customer"),
        default=True,
        help_text=_("The customer reads it in the portal, with the solution, and confirms it."),
    )
    handler = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="feedback",
        verbose_name=_("handler"),
    )
    task = models.ForeignKey(
        Task, models.PROTECT, null=True, blank=True, related_name="feedback", verbose_name=_("about task")
    )
    defect = models.ForeignKey(
        AcceptanceDefect,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="feedback",
        verbose_name=_("about defect"),
        help_text=_("What was found at an acceptance already."),
    )
    item = models.ForeignKey(
        AcceptanceItem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="feedback",
        verbose_name=_("about check item"),
        help_text=_("What an acceptance looked at."),
    )
    status = models.CharField(_("state"), max_length=12, choices=Status, default=Status.NEW, editable=False)
    clock_from = models.DateTimeField(_("time runs from"), editable=False)
    due_at = models.DateTimeField(_("due"), editable=False)
    coverage = models.CharField(_("warranty or paid"), max_length=8, choices=Coverage)
    coverage_reason = models.CharField(_("reason of the warranty decision"), max_length=300, blank=True)
    solution = models.TextField(_("solution"), blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    reopened = models.PositiveSmallIntegerField(_("times reopened"), default=0, editable=False)
    follow_up = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="follows_feedback",
        editable=False,
        verbose_name=_("follow-up contract"),
    )
    token = models.CharField(
        _("form token"), max_length=64, blank=True, editable=False, help_text="The form it came with: once."
    )

    workflow = LIFE
    objects = FeedbackQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="feedback_kind"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="feedback_severity"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="feedback_status"),
            models.CheckConstraint(condition=Q(coverage__in=Coverage.values), name="feedback_coverage"),
            models.UniqueConstraint(fields=["token"], condition=Q(token__gt=""), name="feedback_token_once"),
        ]
        indexes = [
            models.Index(fields=["contract", "status", "due_at"], name="feedback_contract_open"),
            models.Index(fields=["handler", "status", "due_at"], name="feedback_handler_open"),
            models.Index(fields=["status", "due_at"], name="feedback_status_due"),
            models.Index(fields=["contract", "reported_on"], name="feedback_contract_day"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("feedback:feedback", args=[self.pk])

    def get_portal_url(self) -> str:
        """Where the customer's people read it."""
        return reverse("feedback:portal_feedback", args=[self.pk])

    def frozen(self) -> str:
        return self.contract.frozen()

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def is_overdue(self, now: datetime) -> bool:
        return self.is_open and self.due_at < now


class FeedbackComment(Record):
    """One remark: between office and customer (`visible`), or among the office."""

    class CommentQuerySet(ScopedQuerySet[Any]):
        def within(self, user: User, verb: str) -> Q:
            """With the feedback; the customer's people read what is meant for them."""
            seen = Q(feedback__in=Feedback.objects.for_user(user).order_by().values("pk"))
            if verb != "view":
                return NOBODY
            return seen & Q(visible=True) if user.role == Role.CUSTOMER else seen

    feedback = models.ForeignKey(
        Feedback, models.PROTECT, related_name="comments", verbose_name=_("feedback")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author")
    )
    text = models.TextField(_("remark"))
    visible = models.BooleanField(_("visible to the customer"), default=False)

    objects = CommentQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("feedback remark")
        verbose_name_plural = _("feedback remarks")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.feedback.title  # what is said stays with the feedback, also in the log

    def frozen(self) -> str:
        return self.feedback.frozen()

    def get_additional_data(self) -> dict[str, Any]:
        return self.feedback.get_additional_data()


class FeedbackRework(Record):
    """A task of the plan that a feedback asked for; each side shows the other."""

    class ReworkQuerySet(ScopedQuerySet[Any]):
        def within(self, user: User, verb: str) -> Q:
            """Seen by who sees both ends."""
            if verb != "view" or user.role == Role.CUSTOMER:
                return NOBODY
            seen = Feedback.objects.for_user(user).order_by().values("pk")
            return Q(feedback__in=seen, task__in=Task.objects.for_user(user).order_by().values("pk"))

    feedback = models.ForeignKey(Feedback, models.PROTECT, related_name="rework", verbose_name=_("feedback"))
    task = models.OneToOneField(
        Task, models.PROTECT, related_name="of_feedback", verbose_name=_("rework task")
    )

    objects = ReworkQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("rework of a feedback")
        verbose_name_plural = _("rework of feedback")

    def __str__(self) -> str:
        return self.task.name

    def frozen(self) -> str:
        return self.feedback.frozen()

    def get_additional_data(self) -> dict[str, Any]:
        return self.task.get_additional_data()


def _hours(label: Any, default: int) -> Any:
    limits = [MinValueValidator(1), MaxValueValidator(2000)]
    return models.PositiveSmallIntegerField(label, default=default, validators=limits)


class FeedbackRules(Record):
    """How fast this site answers, by severity, and how long it usually warrants: one row."""

    class FeedbackRulesQuerySet(ScopedQuerySet["FeedbackRules"]):
        def within(self, user: User, verb: str) -> Q:
            return NOBODY  # boss and administrator

    critical_hours = _hours(_("urgent: due after (working hours)"), 4)
    high_hours = _hours(_("serious: due after (working hours)"), 10)
    normal_hours = _hours(_("normal: due after (working hours)"), 30)
    low_hours = _hours(_("minor: due after (working hours)"), 100)
    warranty_months = models.PositiveSmallIntegerField(
        _("usual warranty (months from delivery)"),
        default=12,
        validators=[MaxValueValidator(240)],
        help_text=_("What a new feedback is proposed as: under warranty or to be paid."),
    )

    objects = FeedbackRulesQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("feedback rules")
        verbose_name_plural = _("feedback rules")

    def __str__(self) -> str:
        return str(_("Feedback rules"))

    def hours(self, severity: str) -> int:
        return int(getattr(self, f"{severity}_hours"))
