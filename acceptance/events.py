"""What people hear of acceptances: words, defaults by role, and who is told."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from acceptance.services.telling import AUDIENCES
from erp import register
from erp.roles import Role
from notifications.answers import ladder_letter
from notifications.events import Event
from notifications.states import Medium

#: The boss has the morning card; what waits for the boss alone comes by the usual media.
CALM: dict[str, tuple[Medium, ...]] = {Role.ADMIN: ()}


def _event(name: str, title: Any, text: Any, **more: Any) -> tuple[str, Event]:
    facts = {
        "roles": CALM,
        "topic": _("Acceptance"),
        "about": "acceptance",
        "audience": AUDIENCES.get(name),
    }
    return name, Event(title, text, **{**facts, **more})


def events() -> dict[str, Event]:
    """All events of acceptances."""
    return dict([*_deeds(), *_reminders()])


def _deeds() -> list[tuple[str, Event]]:
    return [
        _event(
            "acceptance_waiting",
            _("Acceptance to decide"),
            _("%(contract)s: “%(title)s” waits for you (round %(n)s, %(level)s)."),
            group=True,
        ),
        _event(
            "acceptance_passed",
            _("Acceptance passed"),
            _("%(contract)s: “%(title)s” passed."),
            roles={**CALM, Role.BOSS: ()},
            group=True,
        ),
        _event(
            "acceptance_rejected",
            _("Acceptance rejected"),
            _("%(contract)s: “%(title)s” was rejected: %(reason)s"),
            roles={**CALM, Role.BOSS: ()},
            group=True,
        ),
        _event(
            "acceptance_customer_asked",
            _("Your acceptance is asked for"),
            _("%(contract)s: please accept “%(title)s”, or tell us what is wrong."),
            outside=True,
        ),
        _event(
            "acceptance_customer_decided",
            _("The customer decided"),
            _("%(contract)s: the customer decided on “%(title)s”: %(result)s."),
            roles={**CALM, Role.BOSS: (Medium.WECOM,)},
            group=True,
        ),
    ]


def _reminders() -> list[tuple[str, Event]]:
    return [
        _event(
            "acceptance_overdue",
            _("Acceptance waits"),
            _("%(contract)s: “%(title)s” has been waiting for %(days)s working days (%(level)s)."),
            compose=ladder_letter,
        ),
        _event(
            "acceptance_escalated",
            _("Nobody decides an acceptance"),
            _("%(contract)s: “%(title)s” (%(level)s) waits for %(days)s working days, and nobody answered."),
            roles={},
            compose=ladder_letter,
        ),
        _event(
            "acceptance_unanswered",
            _("The customer has not answered"),
            _("%(contract)s: the customer has not decided on “%(title)s” for %(days)s working days."),
        ),
    ]


def declare() -> None:
    """Put them on the register."""
    for name, event in events().items():
        register.add("notifications.events", name, event)
