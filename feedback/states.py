"""The life of a feedback as one table, its choices, and who holds which verb."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erp.roles import Role
from erp.workflow import Transition, Workflow

if TYPE_CHECKING:
    from feedback.models import Feedback
    from orgchart.models import User


class Kind(models.TextChoices):
    BUG = "bug", _("Bug")
    REQUIREMENT = "requirement", _("Requirement")
    COMPLAINT = "complaint", _("Complaint")
    QUESTION = "question", _("Question")


class Severity(models.TextChoices):
    """How much it hurts; the hours until it is due hang on it (`FeedbackRules`)."""

    CRITICAL = "critical", _("Urgent: the line stands still")
    HIGH = "high", _("Serious: works with limits")
    NORMAL = "normal", pgettext_lazy("severity", "Normal")
    LOW = "low", pgettext_lazy("severity", "Minor")


#: The same, short, for lists.
SEVERITY_WORDS = {
    Severity.CRITICAL.value: pgettext_lazy("severity", "Urgent"),
    Severity.HIGH.value: pgettext_lazy("severity", "Serious"),
    Severity.NORMAL.value: pgettext_lazy("severity", "Normal"),
    Severity.LOW.value: pgettext_lazy("severity", "Minor"),
}


class Coverage(models.TextChoices):
    WARRANTY = "warranty", _("Under warranty")
    PAID = "paid", _("To be paid")


class Status(models.TextChoices):
    NEW = "new", pgettext_lazy("feedback", "New")
    IN_PROGRESS = "in_progress", pgettext_lazy("feedback", "In progress")
    RESOLVED = "resolved", pgettext_lazy("feedback", "Resolved")
    CLOSED = "closed", pgettext_lazy("feedback", "Closed")
    REOPENED = "reopened", pgettext_lazy("feedback", "Reopened")


#: Not resolved yet: what makes a delivered contract need attention.
OPEN = (Status.NEW, Status.IN_PROGRESS, Status.REOPENED)
#: Whoever reported it has this long to confirm; then service may close it.
PATIENCE = timedelta(days=14)


def has_handler(feedback: Feedback, actor: User) -> str:
    if feedback.handler_id:
        return ""
    return str(_("Nobody handles it yet: name a handler first."))


def has_solution(feedback: Feedback, actor: User) -> str:
    if feedback.solution.strip():
        return ""
    return str(_("Write down the solution: whoever reported it reads it."))


def confirmed(feedback: Feedback, actor: User) -> str:
    """Whoever reported it closes it; the office may do so when nobody answered for fourteen days."""
    if speaks_for_reporter(feedback, actor):
        return ""
    since = feedback.resolved_at
    if since is not None and timezone.now() - since >= PATIENCE:
        return ""
    return str(_("Whoever reported it confirms the solution; the office closes it after 14 days."))


def by_reporter(feedback: Feedback, actor: User) -> str:
    """Only the side that reported it says that it is not solved."""
    if speaks_for_reporter(feedback, actor) or feedback.reporter.role != Role.CUSTOMER:
        return ""
    return str(_("Only whoever reported it opens it again; enter a new one for anything else."))


def speaks_for_reporter(feedback: Feedback, actor: User) -> bool:
    """Who reported it, and the people of the customer's company."""
    return actor.pk == feedback.reporter_id or actor.role == Role.CUSTOMER


LIFE = Workflow(
    Transition(
        "start", (Status.NEW, Status.REOPENED), Status.IN_PROGRESS, _("Take up feedback"), has_handler
    ),
    Transition("resolve", (Status.IN_PROGRESS,), Status.RESOLVED, _("Report solution"), has_solution),
    Transition("close", (Status.RESOLVED,), Status.CLOSED, _("Close feedback"), confirmed),
    Transition(
        "reopen",
        (Status.RESOLVED, Status.CLOSED),
        Status.REOPENED,
        _("Reopen feedback"),
        by_reporter,
        needs_reason=True,
    ),
)

#: Which of the reasons of `FeedbackQuerySet.reasons` puts a verb into somebody's hands.
HELD_BY: dict[str, tuple[str, ...]] = {
    "view": ("read", "whole", "led", "own", "reported"),
    "change": ("whole", "led"),
    "assign": ("whole", "led"),
    "cover": ("whole", "led"),
    "rework": ("whole", "led"),
    "start": ("whole", "led", "own"),
    "resolve": ("whole", "led", "own"),
    "comment": ("whole", "led", "own", "reported"),
    "close": ("whole", "reported"),
    "reopen": ("whole", "reported"),
}
#: What the customer's people do with what is shown to them.
CUSTOMER_VERBS = frozenset({"view", "comment", "close", "reopen"})
