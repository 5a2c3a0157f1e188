"""The events, reports and menu entries of messages themselves."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from erp import register
from erp.shell import NavItem, in_office, reach_all
from notifications.answers import nudge_letter
from notifications.cards import card_letter, report_letter
from notifications.events import Event
from notifications.states import Medium

ACCOUNT, NUDGES = _("Account"), _("Nudges")


def _account(title: Any, text: Any, **more: Any) -> Event:
    """About one's own account: whatever the hour."""
    return Event(title, text, topic=ACCOUNT, **more)


EVENTS = {
    "department_leader": _account(
        _("You lead a department"),
        _("You are named leader of %(department)s."),
    ),
    "role_changed": _account(
        _("Your role has changed"), _("Your role has changed. Sign in again to use it.")
    ),
    "password_reset": _account(
        _("Your password was reset"),
        _("An administrator has set a new password for you. If you did not ask for it, tell them."),
        urgent=True,
    ),
    "sign_in_new_place": _account(
        _("Sign-in from a new place"),
        _(
            "Your account was used from %(place)s. If it was not you, change your password "
            "and tell an administrator."
        ),
        media=(Medium.EMAIL, Medium.WECOM),
        urgent=True,
    ),
    "nudge": Event(
        _("Nudge"),
        _("%(about)s: %(text)s"),
        topic=NUDGES,
        compose=nudge_letter,
        urgent=True,
    ),
    "nudge_answered": Event(
        _("Nudge answered"),
        _("%(person)s on %(about)s: %(answer)s (promised for %(promised)s)."),
        media=(Medium.WECOM,),
        topic=NUDGES,
    ),
    "card": Event(_("This morning"), _("Your card of today is ready."), compose=card_letter, urgent=True),
    "report": Event(
        _("Scheduled report"), _("Your list of today is ready."), compose=report_letter, urgent=True
    ),
}
#: Sent by what people set up for themselves: nothing to choose in the table, no words of one's own.
BY_HAND = frozenset({"nudge", "card", "report"})


def declare() -> None:
    """Put them on the register."""
    for name, event in EVENTS.items():
        register.add("notifications.events", name, event)
    keep = NavItem(
        "notifications:rules", _("Message settings"), "bell", 880, _("Organisation"), visible=reach_all
    )
    register.add("erp.nav", "message-settings", keep)
    own = NavItem("notifications:settings", _("Notification settings"), "bell", 20, visible=in_office)
    register.add("erp.account_links", "notifications", own)
    for verb, label in (
        ("nudge", _("Nudge")),
        ("acknowledge", _("Acknowledge")),
        ("remind", _("Remind")),
        ("escalate", _("Escalate")),
    ):
        register.add("erp.verbs", verb, label)
