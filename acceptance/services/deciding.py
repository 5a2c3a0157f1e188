"""Levels are checked and decided, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from acceptance.models import Acceptance, AcceptanceDefect, AcceptanceItem, AcceptanceRound, AcceptanceStep
from acceptance.queries import rework_asked
from acceptance.services.applying import instant
from acceptance.services.telling import tell_decided, tell_waiting
from acceptance.states import INTERNAL, Level, Result, may_decide
from contracts.services import lock_contract, refresh_status
from erp.access import demand
from erp.roles import Role
from erp.workflow import Blocked, Stale, advance, create, follow
from production.reworking import past_rework
from production.services import create_rework_task, pass_task, reject_task

if TYPE_CHECKING:
    from documents.models import DocumentVersion
    from orgchart.models import Department, Person, User


@dataclass(frozen=True, slots=True)
class Defect:
    """Something found wrong; with `rework` it becomes a task of `department` in the plan."""

    text: str
    item: int | None = None
    department: Department | None = None
    rework: bool = False
    assignee: Person | None = None
    days: Decimal = Decimal(1)


#: Item → what was found, and a note.
Findings = Mapping[int, tuple[str, str]]


@transaction.atomic
def check_items(
    step: AcceptanceStep, *, actor: User, findings: Findings, version: int | None = None
) -> AcceptanceStep:
    """Write down what was found at items of a level that waits for its decision; others stay.
    Raises PermissionDenied, Blocked (somebody else's level, not in order, decided), Stale."""
    step = _taken(step, actor, "check", version)
    if why := step.frozen() or may_decide(step, actor):
        raise Blocked(why)
    moved = 0
    for item in step.items.filter(pk__in=[pk for pk in findings if pk < 2**63]).order_by("position"):
        mark, note = findings[item.pk]
        note = note.strip()[:300]
        if (item.mark, item.note) != (mark, note):
            origin = item.origin if item.mark == mark else None
            follow(item, actor=actor, verb="check_item", mark=mark, note=note, origin=origin)
            moved += 1
    if moved:
        AcceptanceStep.objects.filter(pk=step.pk).update(version=F("version") + 1)
        step.version += 1
    return step


@transaction.atomic
def pass_step(
    step: AcceptanceStep,
    *,
    actor: User,
    version: int | None = None,
    findings: Findings | None = None,
    evidence: DocumentVersion | None = None,
    on: date | None = None,
    despite_rework: bool = False,
) -> AcceptanceStep:
    """Say that a level is passed: the next one waits then, or the acceptance is passed, and its task done.
    `evidence` is the paper on which the office decides for the customer; `on` an earlier day;
    `despite_rework`: the actor knows that rework is not finished.
    Raises PermissionDenied, Blocked (not theirs, not in order, something lacking), Stale."""
    step = _taken(step, actor, "pass_step", version)
    if findings and step.result == Result.PENDING:
        check_items(step, actor=actor, findings=findings)
    fields = _decision(step, actor, evidence, on)
    said = past_rework(rework_asked(step.round.acceptance), actor, despite_rework)
    step = advance(step, "pass_step", actor=actor, detail=said, **fields)
    _go_on(step, actor)
    return step


@transaction.atomic
def reject_step(
    step: AcceptanceStep,
    *,
    actor: User,
    reason: str,
    version: int | None = None,
    findings: Findings | None = None,
    defects: Iterable[Defect] = (),
    evidence: DocumentVersion | None = None,
    on: date | None = None,
) -> AcceptanceStep:
    """Send it back with a reason: the round is over, defects are kept, those that ask for it become
    rework in the plan, and a task goes back to work.
    Raises PermissionDenied, Blocked (not theirs, not in order, no reason), Stale."""
    step = _taken(step, actor, "reject_step", version)
    if step.result == Result.PENDING:
        if why := may_decide(step, actor):
            raise Blocked(why)
        if findings:
            check_items(step, actor=actor, findings=findings)
        for defect in defects:
            _note_defect(step, defect, actor)
    fields = _decision(step, actor, evidence, on)
    if fields["on_behalf"] and evidence is None:
        raise Blocked(
            _("Deciding for the customer needs the paper the customer signed: choose the document.")
        )
    step = advance(step, "reject_step", actor=actor, reason=reason, **fields)
    _turn_down(step, actor)
    return step


def _taken(step: AcceptanceStep, actor: User, verb: str, version: int | None) -> AcceptanceStep:
    """The stored step, under the lock of its contract, which the actor may `verb`."""
    demand(actor, verb, step)
    lock_contract(step.round.acceptance.contract_id)
    rows = AcceptanceStep.objects.select_for_update()
    row: AcceptanceStep = rows.get(pk=step.pk)
    if version is not None and version != row.version:
        raise Stale(row, version)
    return row


def _decision(
    step: AcceptanceStep, actor: User, evidence: DocumentVersion | None, on: date | None
) -> dict[str, Any]:
    at = instant(on)
    if on is not None and on > timezone.localdate():
        raise Blocked(_("What has happened cannot lie in the future."))
    if timezone.localdate(at) < timezone.localdate(step.round.opened_at):
        raise Blocked(_("The decision lies before the application."))
    at = max(at, step.round.opened_at)
    behalf = step.level == Level.CUSTOMER and actor.role != Role.CUSTOMER
    return {
        "decided_by": actor,
        "decided_at": at,
        "on_behalf": behalf,
        "evidence": evidence if behalf else None,
    }


def _note_defect(step: AcceptanceStep, defect: Defect, actor: User) -> None:
    """Keep a defect; the rework it asks for stands in the plan and names what it mends."""
    acceptance = step.round.acceptance
    item = AcceptanceItem.objects.filter(pk=defect.item, step=step).first() if defect.item else None
    row = AcceptanceDefect(step=step, item=item, text=defect.text.strip()[:300])
    row.department = defect.department or acceptance.department
    if defect.rework:
        if row.department is None:
            raise Blocked(_("Choose the department that mends “%(text)s”.") % {"text": row.text})
        row.task = create_rework_task(
            acceptance.contract,
            actor=actor,
            department=row.department,
            name=_("Rework: %(text)s") % {"text": row.text},
            note=str(step),
            assignee=defect.assignee,
            rework_of=acceptance.task,
            days=defect.days,
        )
    create(row, actor=actor, verb="note_defect")


def _go_on(step: AcceptanceStep, actor: User) -> None:
    """After a passed level: the next one, or the end."""
    round_ = step.round
    acceptance = Acceptance.objects.select_for_update().get(pk=round_.acceptance_id)
    day = timezone.localdate(step.decided_at)
    waiting = round_.steps.exclude(result=Result.PASSED).order_by("level").first()
    inside = acceptance.internal_on
    if step.level in INTERNAL and not (waiting and waiting.level in INTERNAL):
        inside = day
    if waiting is not None:
        follow(acceptance, actor=actor, verb="next_level", level=waiting.level, internal_on=inside)
        tell_waiting(waiting, actor)
    else:
        _finish(acceptance, round_, actor, step.decided_at, internal_on=inside)
        tell_decided(step, actor)
    refresh_status(acceptance.contract)


def _finish(
    acceptance: Acceptance, round_: AcceptanceRound, actor: User, at: datetime | None, **fields: Any
) -> None:
    day = timezone.localdate(at)
    advance(round_, "pass_round", actor=actor, follows=True, closed_at=at)
    advance(acceptance, "accept", actor=actor, follows=True, level=None, passed_on=day, **fields)
    if acceptance.task is not None:
        pass_task(acceptance.task, actor=actor, on=max(day, acceptance.task.actual_start or day))


def _turn_down(step: AcceptanceStep, actor: User) -> None:
    """After a rejected level: the round is over, and the work goes back."""
    round_ = step.round
    acceptance = Acceptance.objects.select_for_update().get(pk=round_.acceptance_id)
    reason = step.reason
    advance(round_, "reject_round", actor=actor, follows=True, reason=reason, closed_at=step.decided_at)
    acceptance = advance(acceptance, "turn_down", actor=actor, follows=True, reason=reason, level=None)
    if acceptance.task is not None:
        reject_task(acceptance.task, actor=actor, reason=reason)
    tell_decided(step, actor)
    refresh_status(acceptance.contract)
