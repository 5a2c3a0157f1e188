"""What people hear of purchases: words, defaults by role, and who is told. No text names an amount."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from erp import register
from erp.roles import Role
from notifications.answers import ladder_letter
from notifications.events import Event
from notifications.states import Medium
from procurement.services.telling import AUDIENCES, answering, buyers

#: The boss has the morning card: single purchases stay in the inbox unless they wish otherwise.
CALM: dict[str, tuple[Medium, ...]] = {Role.BOSS: (), Role.ADMIN: ()}
#: Good to know at the desk, not worth a mail.
DESK = (Medium.WECOM,)


def _purchase(name: str, title: Any, text: Any, **more: Any) -> tuple[str, Event]:
    facts = {
        "roles": CALM,
        "topic": _("Purchases"),
        "about": "purchase",
        "audience": AUDIENCES.get(name),
    }
    return name, Event(title, text, **{**facts, **more})


def events() -> dict[str, Event]:
    """All events of purchases."""
    return dict([*_deeds(), *_reminders()])


def _deeds() -> list[tuple[str, Event]]:
    return [
        _purchase(
            "purchase_requested",
            _("Purchase requested"),
            _("%(contract)s: %(n)s to buy, first “%(item)s”."),
        ),
        _purchase(
            "purchase_ordered",
            _("Purchase ordered"),
            _("%(contract)s: %(n)s ordered, first “%(item)s”."),
            media=(),
        ),
        _purchase(
            "purchase_promised",
            _("Arrival promised"),
            _("%(contract)s: “%(item)s” is promised for %(day)s (before: %(before)s). %(reason)s"),
            media=DESK,
        ),
        _purchase(
            "purchase_promise_late",
            _("Promised too late"),
            _(
                "%(contract)s: “%(item)s” is promised for %(day)s (before: %(before)s), after the day it is "
                "needed. %(reason)s"
            ),
        ),
        _purchase(
            "purchase_arrived",
            _("Goods arrived"),
            _("%(contract)s: %(n)s arrived, first “%(item)s”."),
            media=DESK,
        ),
        _purchase(
            "purchase_defective",
            _("Goods arrived with a defect"),
            _("%(contract)s: “%(item)s” came with a defect: %(defect)s"),
        ),
        _purchase(
            "purchase_cancelled",
            _("Purchase cancelled"),
            _("%(contract)s: “%(item)s” is no longer bought: %(reason)s"),
            media=DESK,
        ),
    ]


def _reminders() -> list[tuple[str, Event]]:
    return [
        _purchase(
            "purchase_late",
            _("Goods overdue"),
            _("%(contract)s: “%(item)s” was promised for %(due)s and is not here."),
            audience=buyers,
            compose=ladder_letter,
        ),
        _purchase(
            "purchase_escalated",
            _("Nobody answers for overdue goods"),
            _("%(contract)s: “%(item)s” is %(days)s working days overdue, and nobody answered."),
            roles={},
            audience=answering,
            compose=ladder_letter,
        ),
        _purchase(
            "purchase_unpromised",
            _("No promised date"),
            _("%(contract)s: “%(item)s” was ordered on %(ordered)s and has no promised date."),
            media=DESK,
            audience=buyers,
        ),
        _purchase(
            "purchase_unordered",
            _("Purchase to be ordered"),
            _("%(contract)s: “%(item)s” is needed by %(due)s and not ordered."),
            audience=buyers,
        ),
    ]


def declare() -> None:
    """Put them on the register."""
    for name, event in events().items():
        register.add("notifications.events", name, event)
