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
    return dict([*_life(), *_reminders()])


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
