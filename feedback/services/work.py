"""Feedback is handled: named to somebody, taken up, solved, confirmed or opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.models import Contract, TeamMember
from contracts.services import join_team, lock_contract, refresh_status
from documents.services import open_to_workers
from erp.workflow import Blocked, advance, change
from feedback.models import Feedback
from feedback.queries import rework_of
from feedback.rules import due_after
from feedback.services.telling import tell, tell_customer
from feedback.states import OPEN
from orgchart.models import Department, Person
from production.reworking import allowed_past_rework

if TYPE_CHECKING:
    from orgchart.models import User


@transaction.atomic
def assign_feedback(
    feedback: Feedback, *, actor: User, person: Person | None, version: int | None = None
) -> Feedback:
    """Name who handles it; they join the team, read what hangs on it, and are told. The department is
    theirs. Raises PermissionDenied, Stale, Blocked (gone, another department's)."""
    if person is not None and not person.active:
        raise Blocked(_("%(person)s is no longer active.") % {"person": person})
    contract = lock_contract(feedback.contract_id)
    stored = Feedback.objects.get(pk=feedback.pk)
    fields: dict[str, Any] = {"handler": person}
    if person is not None:
        fields["department"] = place_of(contract, person)
    feedback = change(feedback, actor=actor, verb="name_handler", right="assign", version=version, **fields)
    if person is not None and feedback.handler_id != stored.handler_id:
        if person.pk != contract.manager_id:
            join_team(contract, person, actor=actor, department=person.department)
        open_to_workers(feedback, actor=actor)
        tell("feedback_assigned", feedback, actor=actor)
    return feedback


def place_of(contract: Contract, person: Person) -> Department:
    """The department for which somebody is in the team; their own before others, and where they are not."""
    places = TeamMember.objects.filter(contract=contract, person=person).select_related("department")
    rows = sorted(places, key=lambda place: (place.department_id != person.department_id, place.pk))
    return rows[0].department if rows else person.department


@transaction.atomic
def start_feedback(feedback: Feedback, *, actor: User, version: int | None = None) -> Feedback:
    """Take it up. Who takes up what nobody handles handles it. Raises PermissionDenied, Blocked, Stale."""
    contract = lock_contract(feedback.contract_id)
    handler = Feedback.objects.values_list("handler_id", flat=True).get(pk=feedback.pk)
    own: Person | None = None if handler else _placed(contract, actor)
    fields: dict[str, Any] = {"handler": own, "department": place_of(contract, own)} if own else {}
    feedback = _step(feedback, "start", actor, version, **fields)
    tell_customer("feedback_taken_up", feedback, actor=actor)
    return feedback


@transaction.atomic
def resolve_feedback(
    feedback: Feedback,
    *,
    actor: User,
    solution: str,
    version: int | None = None,
    despite_rework: bool = False,
) -> Feedback:
    """Say that and how it is solved; whoever reported it is asked to confirm. `despite_rework`: the actor
    knows that its rework is not finished. Raises PermissionDenied, Blocked (no solution), Stale."""
    said = allowed_past_rework(feedback, "resolve", rework_of(feedback), actor, despite_rework)
    fields: dict[str, Any] = {"solution": solution.strip(), "resolved_at": timezone.now()}
    feedback = _step(feedback, "resolve", actor, version, detail=said, **fields)
    tell("feedback_resolved", feedback, actor=actor)
    tell_customer("feedback_solution", feedback, actor=actor)
    return feedback


@transaction.atomic
def close_feedback(
    feedback: Feedback, *, actor: User, version: int | None = None, despite_rework: bool = False
) -> Feedback:
    """Whoever reported it confirms the solution; the office after fourteen days without an answer.
    `despite_rework`: who closes it in the office knows that its rework is not finished.

    Raises PermissionDenied, Blocked, Stale."""
    said = allowed_past_rework(feedback, "close", rework_of(feedback), actor, despite_rework)
    feedback = _step(feedback, "close", actor, version, detail=said, closed_at=timezone.now())
    tell("feedback_closed", feedback, actor=actor)
    return feedback


@transaction.atomic
def reopen_feedback(feedback: Feedback, *, actor: User, reason: str, version: int | None = None) -> Feedback:
    """It is not solved: time runs anew. A handler who left the team handles it no longer.

    Raises PermissionDenied, Blocked (no reason, not the reporter), Stale."""
    contract = lock_contract(feedback.contract_id)
    stored = Feedback.objects.select_related("handler").get(pk=feedback.pk)
    now = timezone.now()
    fields: dict[str, Any] = {
        "reopened": stored.reopened + 1,
        "resolved_at": None,
        "closed_at": None,
        "clock_from": now,
        "due_at": due_after(now, stored.severity, stored.department_id),
    }
    if stored.handler is not None and not _works_on(contract, stored.handler):
        fields["handler"] = None
    feedback = _step(feedback, "reopen", actor, version, reason, **fields)
    tell("feedback_reopened", feedback, actor=actor, reason=reason.strip())
    return feedback


#: Verb → service; each takes `actor`, `version` and what its form asks.
STEPS: dict[str, Any] = {
    "start": start_feedback,
    "resolve": resolve_feedback,
    "close": close_feedback,
    "reopen": reopen_feedback,
}


def hand_over_member(member: TeamMember, successor: Person, actor: User) -> None:
    """What the team page asks before somebody leaves: their open feedback goes to the successor.
    Raises PermissionDenied."""
    rows = Feedback.objects.filter(contract=member.contract_id, handler=member.person_id, status__in=OPEN)
    for feedback in rows:
        assign_feedback(feedback, actor=actor, person=successor)


def _step(
    feedback: Feedback, verb: str, actor: User, version: int | None, reason: str = "", /, **fields: Any
) -> Feedback:
    lock_contract(feedback.contract_id)
    feedback = advance(feedback, verb, actor=actor, version=version, reason=reason, **fields)
    refresh_status(feedback.contract)
    return feedback


def _placed(contract: Contract, user: User) -> Person | None:
    """The person of an account, when they work on the contract."""
    person: Person | None = Person.objects.filter(user=user, active=True).select_related("department").first()
    return person if person is not None and _works_on(contract, person) else None


def _works_on(contract: Contract, person: Person) -> bool:
    return person.pk == contract.manager_id or contract.team.filter(person=person).exists()
