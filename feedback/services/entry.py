"""Feedback comes in, and what it says is put right."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from acceptance.models import AcceptanceDefect, AcceptanceItem
from contracts.models import Contract, TeamMember
from contracts.services import lock_contract, refresh_status
from erp.access import allowed
from erp.roles import Function, Role
from erp.workflow import Blocked, change, create
from feedback.models import Feedback
from feedback.rules import clock_start, due_after, proposed_coverage
from feedback.services.telling import tell
from orgchart.models import Department
from production.models import Task

if TYPE_CHECKING:
    from orgchart.models import User

#: What the office alone may say of a feedback.
OFFICE_FIELDS = frozenset({"caller", "caller_phone", "shared", "task", "defect", "item"})


def may_report(user: User, contract: Contract) -> bool:
    """The people of the customer's company, and whoever enters feedback in the office."""
    return allowed(user, "follow" if user.role == Role.CUSTOMER else "create_feedback", contract)


@transaction.atomic
def report_feedback(
    contract: Contract,
    *,
    actor: User,
    kind: str,
    severity: str,
    title: str,
    text: str = "",
    token: str = "",
    **fields: Any,
) -> Feedback:
    """Enter a feedback: due by its severity, proposed as warranty or paid; service and manager are told.
    The same `token` of the same person enters it once.

    Raises PermissionDenied, Blocked (contract read-only), ValidationError (day, task)."""
    if not may_report(actor, contract) or (actor.role == Role.CUSTOMER and OFFICE_FIELDS & fields.keys()):
        raise PermissionDenied("may not enter this feedback")
    contract = lock_contract(contract.pk)
    token = _token(actor, contract, token)
    if token and (found := Feedback.objects.filter(token=token).first()):
        return found
    day = _day(contract, fields.pop("reported_on", None))
    _check_task(contract, fields.get("task"), actor)
    for name in ("defect", "item"):
        _check_found(contract, name, fields.get(name), actor)
    place = _service(contract)
    start = clock_start(day)
    feedback = Feedback(
        contract=contract,
        department=place,
        kind=kind,
        severity=severity,
        title=_title(title),
        text=text.strip(),
        reporter=actor,
        reported_on=day,
        clock_from=start,
        due_at=due_after(start, severity, place.pk if place else None),
        coverage=proposed_coverage(contract, day),
        token=token,
        **fields,
    )
    create(feedback, actor=actor, verb="report_feedback")
    refresh_status(contract)
    tell("feedback_reported", feedback, actor=actor)
    return feedback


@transaction.atomic
def edit_feedback(feedback: Feedback, *, actor: User, version: int | None = None, **fields: Any) -> Feedback:
    """Put right what was entered. Another severity or day makes it due at another time.

    Raises PermissionDenied, Stale, Blocked, ValidationError."""
    lock_contract(feedback.contract_id)
    stored = Feedback.objects.select_related("contract").get(pk=feedback.pk)
    if "title" in fields:
        fields["title"] = _title(fields["title"])
    if fields.get("reported_on", stored.reported_on) != stored.reported_on:
        fields["clock_from"] = clock_start(_day(stored.contract, fields["reported_on"]))
    if fields.get("task") != stored.task:
        _check_task(stored.contract, fields.get("task"), actor)
    for name in ("defect", "item"):
        if fields.get(name) != getattr(stored, name):
            _check_found(stored.contract, name, fields.get(name), actor)
    severity, start = fields.get("severity", stored.severity), fields.get("clock_from", stored.clock_from)
    if (severity, start) != (stored.severity, stored.clock_from):
        fields["due_at"] = due_after(start, severity, stored.department_id)
    return change(feedback, actor=actor, version=version, **fields)


@transaction.atomic
def set_coverage(
    feedback: Feedback, *, actor: User, coverage: str, reason: str, version: int | None = None
) -> Feedback:
    """Decide whether the warranty covers it, otherwise than proposed: with a reason, which stays with it.

    Raises PermissionDenied, Stale, Blocked (no reason)."""
    if not reason.strip():
        raise Blocked(_("Say why the warranty covers it or does not."))
    lock_contract(feedback.contract_id)
    fields = {"coverage": coverage, "coverage_reason": reason.strip()[:300]}
    return change(feedback, actor=actor, verb="cover", version=version, reason=reason, **fields)


def _title(text: str) -> str:
    title = text.strip()
    if not title:
        raise ValidationError({"title": _("Say in a few words what it is about.")})
    return title


def _day(contract: Contract, day: date | None) -> date:
    today = timezone.localdate()
    if day is None:
        return today
    if not contract.signed_on <= day <= today:
        words = {"first": contract.signed_on.isoformat()}
        text = _("The date must lie between %(first)s and today.") % words
        raise ValidationError({"reported_on": text})
    return day


def _check_task(contract: Contract, task: Task | None, actor: User) -> None:
    if task is None:
        return
    if task.contract_id != contract.pk or not allowed(actor, "view", task):
        raise ValidationError({"task": _("That task belongs to another contract.")})


def _check_found(
    contract: Contract, name: str, found: AcceptanceDefect | AcceptanceItem | None, actor: User
) -> None:
    """What an acceptance of this contract found or looked at."""
    if found is None:
        return
    place = found.step.round.acceptance.contract_id
    if place != contract.pk or not allowed(actor, "view", found):
        raise ValidationError({name: _("That belongs to the acceptance of another contract.")})


def _service(contract: Contract) -> Department | None:
    """The service department of the team, where there is one: it sees to new feedback."""
    places = TeamMember.objects.filter(contract=contract, department__function=Function.SERVICE)
    place = places.select_related("department").order_by("department__position", "id").first()
    return place.department if place else None


def _token(actor: User, contract: Contract, token: str) -> str:
    """The form it came with, bound to who sent it and where to: nobody meets another's token."""
    return hashlib.sha256(f"{actor.pk} {contract.pk} {token}".encode()).hexdigest() if token else ""
