"""What people hear of feedback: words, defaults by role, and who is told."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from erp import register
from erp.roles import Role
from feedback.nudging import leaders
from feedback.services.telling import AUDIENCES, handling
from notifications.answers import ladder_letter
from notifications.events import Event
from notifications.states import Medium

#: The boss has the morning card: single entries stay in the inbox unless they wish otherwise.
CALM: dict[str, tuple[Medium, ...]] = {Role.BOSS: (), Role.ADMIN: ()}
#: Good to know at the desk, not worth a mail.
DESK = (Medium.WECOM,)


def _event(name: str, title: Any, text: Any, **more: Any) -> tuple[str, Event]:
    facts = {"roles": CALM, "topic": _("Feedback"), "about": "feedback", "audience": AUDIENCES.get(name)}
    return name, Event(title, text, **{**facts, **more})


def _outside(name: str, title: Any, text: Any) -> tuple[str, Event]:
    """What the customer's people hear."""
    return name, Event(title, text, topic=_("Feedback"), outside=True)


def events() -> dict[str, Event]:
    """All events of feedback."""
    return dict([*_deeds(), *_answers(), *_reminders()])


def _deeds() -> list[tuple[str, Event]]:
    return [
        _event("feedback_reported", _("New feedback"), _("%(contract)s: “%(title)s” came in."), group=True),
        _event(
            "feedback_assigned", _("Feedback for you"), _("%(contract)s: “%(title)s” is yours to handle.")
        ),
        _event(
            "feedback_remark",
            _("Remark on a feedback"),
            _("%(contract)s: there is a new remark on “%(title)s”."),
            media=DESK,
        ),
        _event(
            "feedback_resolved",
            _("Feedback resolved"),
            _("%(contract)s: “%(title)s” is resolved."),
            media=DESK,
        ),
        _event("feedback_closed", _("Feedback closed"), _("%(contract)s: “%(title)s” is closed."), media=()),
        _event(
            "feedback_reopened",
            _("Feedback reopened"),
            _("%(contract)s: “%(title)s” is open again: %(reason)s"),
            group=True,
        ),
    ]


def _answers() -> list[tuple[str, Event]]:
    return [
        _outside(
            "feedback_taken_up",
            _("We are on it"),
            _("%(contract)s: we have taken up your feedback “%(title)s”."),
        ),
        _outside(
            "feedback_answer", _("Answer to your feedback"), _("%(contract)s: we answered “%(title)s”.")
        ),
        _outside(
            "feedback_solution",
            _("Please confirm the solution"),
            _("%(contract)s: “%(title)s” is resolved. Please look and confirm, or open it again."),
        ),
    ]


def _reminders() -> list[tuple[str, Event]]:
    return [
        _event(
            "feedback_due_soon",
            _("Feedback due soon"),
            _("%(contract)s: “%(title)s” is due on %(due)s."),
            media=DESK,
            audience=handling,
        ),
        _event(
            "feedback_overdue",
            _("Feedback overdue"),
            _("%(contract)s: “%(title)s” was due on %(due)s."),
            group=True,
            audience=handling,
            compose=ladder_letter,
        ),
        _event(
            "feedback_escalated",
            _("Nobody answers for an overdue feedback"),
            _("%(contract)s: “%(title)s” (%(person)s) is %(days)s working days overdue, nobody answered."),
            roles={},
            audience=leaders,
            compose=ladder_letter,
        ),
    ]


def declare() -> None:
    """Put them on the register."""
    for name, event in events().items():
        register.add("notifications.events", name, event)
