"""What people hear of payments: only those who may read amounts."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from contracts.services.telling import hear_of_money
from erp import register
from erp.roles import Role
from notifications.answers import ladder_letter
from notifications.events import Event
from notifications.states import Medium

CALM: dict[str, tuple[Medium, ...]] = {Role.BOSS: (Medium.WECOM,), Role.ADMIN: ()}


def _event(title: Any, text: Any, **more: Any) -> Event:
    facts = {"roles": CALM, "topic": _("Payments"), "right": "view_finance", "audience": hear_of_money}
    return Event(title, text, **{**facts, **more})


def events() -> dict[str, Event]:
    """All events of payments. Each names an amount, so each asks for `view_finance`."""
    return {
        "payment_received": _event(
            _("Payment received"), _("%(contract)s: %(amount)s came in on “%(payment)s”.")
        ),
        "payment_due_soon": _event(
            _("Payment due soon"), _("%(contract)s: %(amount)s of “%(payment)s” are due on %(due)s.")
        ),
        "payment_overdue": _event(
            _("Payment overdue"),
            _("%(contract)s: %(amount)s of “%(payment)s” were due on %(due)s."),
            compose=ladder_letter,
        ),
        "payment_escalated": _event(
            _("Nobody answers for an overdue payment"),
            _(
                "%(contract)s: %(amount)s of “%(payment)s” (%(person)s) are %(days)s days overdue, and "
                "nobody answered."
            ),
            roles={},
            compose=ladder_letter,
        ),
    }


def declare() -> None:
    """Put them on the register."""
    for name, event in events().items():
        register.add("notifications.events", name, event)
