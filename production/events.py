"""What people hear of tasks and plans: words, defaults by role, and who is told."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from erp import register
from erp.roles import Role
from notifications.answers import ladder_letter
from notifications.events import Event
from notifications.states import Medium
from production.nudging import leaders
from production.services.telling import AUDIENCES

#: The boss has the morning card: single tasks stay in the inbox unless they wish otherwise.
CALM: dict[str, tuple[Medium, ...]] = {Role.BOSS: (), Role.ADMIN: ()}
#: Good to know at the desk, not worth a mail.
DESK = (Medium.WECOM,)


def _task(name: str, title: Any, text: Any, **more: Any) -> tuple[str, Event]:
    facts = {"roles": CALM, "topic": _("Tasks"), "about": "task", "audience": AUDIENCES.get(name)}
    return name, Event(title, text, **{**facts, **more})


def _plan(name: str, title: Any, text: Any, **more: Any) -> tuple[str, Event]:
    """Of a change, or of its contract; who is told depends on what moved."""
    return name, Event(title, text, roles=CALM, topic=_("Plan"), about="contract", **more)


def _assignee(task: Any) -> list[Any]:
    return [task.assignee]


def events() -> dict[str, Event]:
    """All of production's events."""
    return dict([*_deeds(), *_reminders(), *_plans()])


def _deeds() -> list[tuple[str, Event]]:
    return [
        _task("task_assigned", _("Task for you"), _("%(contract)s: “%(task)s” is yours, due %(due)s.")),
        _task(
            "task_rescheduled",
            _("Dates moved"),
            _("%(contract)s: “%(task)s” is now planned from %(start)s to %(end)s."),
            media=DESK,
        ),
        _task(
            "task_submitted",
            _("Task submitted"),
            _("%(contract)s: “%(task)s” is submitted for acceptance."),
            media=DESK,
        ),
        _task(
            "task_passed",
            _("Task passed"),
            _("%(contract)s: “%(task)s” passed the inspection."),
            media=DESK,
        ),
        _task("task_rejected", _("Task rejected"), _("%(contract)s: “%(task)s” came back: %(reason)s")),
        _task("task_finished", _("Task finished"), _("%(contract)s: “%(task)s” is finished."), media=()),
        _task(
            "rework_added",
            _("Rework in the plan"),
            _("%(contract)s: rework “%(task)s” is in the plan."),
            media=DESK,
        ),
        _task(
            "task_paused",
            _("Task paused"),
            _("%(contract)s: “%(task)s” is paused: %(reason)s"),
            media=DESK,
        ),
        _task(
            "task_cancelled",
            _("Task cancelled"),
            _("%(contract)s: “%(task)s” is cancelled: %(reason)s"),
            media=DESK,
        ),
    ]


def _reminders() -> list[tuple[str, Event]]:
    return [
        _task(
            "task_due_soon",
            _("Task due soon"),
            _("%(contract)s: “%(task)s” is due on %(due)s."),
            media=DESK,
            audience=_assignee,
        ),
        _task(
            "task_overdue",
            _("Task overdue"),
            _("%(contract)s: “%(task)s” was due on %(due)s."),
            group=True,
            audience=_assignee,
            compose=ladder_letter,
        ),
        _task(
            "task_escalated",
            _("Nobody answers for an overdue task"),
            _("%(contract)s: “%(task)s” (%(person)s) is %(days)s working days overdue, and nobody answered."),
            roles={},
            audience=leaders,
            compose=ladder_letter,
        ),
    ]


def _plans() -> list[tuple[str, Event]]:
    return [
        _plan(
            "own_tasks_moved",
            _("Dates moved"),
            _("%(contract)s: %(n)s of your tasks moved (%(title)s)."),
            media=DESK,
        ),
        _plan("plan_changed", _("Plan moved"), _("%(contract)s: %(n)s tasks moved (%(title)s)."), group=True),
        _plan(
            "plan_change_proposed",
            _("Plan change to decide"),
            _("%(contract)s: a change of the plan waits for you (%(title)s)."),
        ),
        _plan(
            "plan_change_applied",
            _("Plan change accepted"),
            _("%(contract)s: your change of the plan is applied (%(title)s)."),
            media=DESK,
        ),
        _plan(
            "plan_change_declined",
            _("Plan change declined"),
            _("%(contract)s: your change of the plan (%(title)s) is declined: %(reason)s"),
        ),
    ]


def declare() -> None:
    """Put them on the register."""
    for name, event in events().items():
        register.add("notifications.events", name, event)
