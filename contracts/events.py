"""What people hear of contracts: words, defaults by role, and who is told."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from contracts.services.telling import AUDIENCES
from erp import register
from erp.roles import Role
from notifications.answers import ladder_letter
from notifications.events import Event
from notifications.states import Medium

#: The boss has the morning card; what climbs to them is told by every usual medium.
CALM: dict[str, tuple[Medium, ...]] = {Role.BOSS: (Medium.WECOM,), Role.ADMIN: ()}


def _event(name: str, title: Any, text: Any, **more: Any) -> tuple[str, Event]:
    facts = {"roles": CALM, "topic": _("Contracts"), "about": "contract", "audience": AUDIENCES.get(name)}
    return name, Event(title, text, **{**facts, **more})


def _answering(contract: Any) -> list[Any]:
    return [contract.manager, contract.sales_person]


def events() -> dict[str, Event]:
    """All events of contracts."""
    return dict([*_life(), *_deliveries(), *_changes(), *_reminders()])


def _life() -> list[tuple[str, Event]]:
    return [
        _event(
            "contract_assigned",
            _("New responsibility"),
            _("You are %(duty)s of %(contract)s %(name)s."),
        ),
        _event("team_assigned", _("New in the team"), _("You are %(duty)s in %(contract)s %(name)s.")),
        _event(
            "plan_released",
            _("Plan released"),
            _("The plan of %(contract)s %(name)s is released."),
            group=True,
        ),
        _event(
            "contract_delivered",
            _("Delivered"),
            _("%(contract)s %(name)s is delivered."),
            group=True,
        ),
        _event(
            "delivery_confirmed",
            _("Delivery confirmed"),
            _("The customer confirmed the delivery of %(contract)s %(name)s."),
            group=True,
        ),
        _event(
            "contract_cancelled",
            _("Contract cancelled"),
            _("Contract %(contract)s %(name)s is cancelled."),
        ),
    ]


def _told(name: str, title: Any, text: Any, *, outside: bool = False) -> tuple[str, Event]:
    """Of a delivery or a change order; `outside` for the customer."""
    roles: dict[str, tuple[Medium, ...]] = {} if outside else CALM
    return name, Event(title, text, roles=roles, topic=_("Contracts"), outside=outside)


def _deliveries() -> list[tuple[str, Event]]:
    return [
        _told(
            "part_delivered",
            _("Partial delivery"),
            _("A part of %(contract)s %(name)s was delivered on %(day)s."),
        ),
        _told(
            "part_for_you",
            _("Partial delivery"),
            _("A part of %(contract)s %(name)s was delivered on %(day)s."),
            outside=True,
        ),
        _told(
            "delivery_for_you",
            _("Please confirm the delivery"),
            _("%(contract)s %(name)s was delivered on %(day)s. Please confirm it or report what is missing."),
            outside=True,
        ),
        _told(
            "delivery_missing",
            _("The customer misses something"),
            _("%(contract)s %(name)s, delivery of %(day)s: %(missing)s"),
        ),
    ]


def _changes() -> list[tuple[str, Event]]:
    """None of them names an amount."""
    return [
        _told(
            "change_drafted",
            _("Change order to confirm"),
            _("%(contract)s %(name)s: change order %(order)s waits for you to confirm it."),
        ),
        _told(
            "change_sent",
            _("Change order sent"),
            _("%(contract)s %(name)s: change order %(order)s is with the customer."),
        ),
        _told(
            "change_for_you",
            _("Change order for you"),
            _("%(contract)s %(name)s: please answer change order %(order)s."),
            outside=True,
        ),
        _told(
            "change_accepted",
            _("Change order accepted"),
            _("%(contract)s %(name)s: the customer accepted change order %(order)s. It can be applied."),
        ),
        _told(
            "change_rejected",
            _("Change order rejected"),
            _("%(contract)s %(name)s: the customer rejected change order %(order)s: %(reason)s"),
        ),
        _told(
            "change_applied",
            _("Contract changed"),
            _("%(contract)s %(name)s: change order %(order)s holds now."),
        ),
        _told(
            "change_withdrawn_for_you",
            _("Change order withdrawn"),
            _("%(contract)s %(name)s: change order %(order)s was withdrawn: %(reason)s"),
            outside=True,
        ),
    ]


def _reminders() -> list[tuple[str, Event]]:
    return [
        _event(
            "contract_due_soon",
            _("Delivery near"),
            _("%(contract)s %(name)s is to be delivered on %(due)s."),
            audience=_answering,
        ),
        _event(
            "contract_overdue",
            _("Delivery overdue"),
            _("%(contract)s %(name)s was to be delivered on %(due)s."),
            group=True,
            audience=_answering,
            compose=ladder_letter,
        ),
        _event(
            "contract_escalated",
            _("Nobody answers for an overdue delivery"),
            _("%(contract)s %(name)s (%(person)s) is %(days)s working days overdue, and nobody answered."),
            roles={},
            compose=ladder_letter,
        ),
    ]


def declare() -> None:
    """Put them on the register."""
    for name, event in events().items():
        register.add("notifications.events", name, event)
