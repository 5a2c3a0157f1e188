"""Applications and their rounds: opened, opened again, withdrawn."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from acceptance.models import (
    Acceptance,
    AcceptanceItem,
    AcceptanceRound,
    AcceptanceStep,
    Check,
    checks_for,
)
from acceptance.models.applications import levels_of
from acceptance.queries import rework_asked
from acceptance.services.telling import tell_waiting
from acceptance.states import Mark, Result, Scope, State
from contracts.models import Contract
from contracts.services import lock_contract, refresh_status
from erp.access import allowed, demand
from erp.workflow import Blocked, advance, create
from production.models import Task
from production.reworking import past_rework
from production.services import recall_task

if TYPE_CHECKING:
    from orgchart.models import User


@transaction.atomic
def apply_acceptance(
    contract: Contract, *, actor: User, kind: str, title: str = "", note: str = "", on: date | None = None
) -> Acceptance:
    """Apply for acceptance of the contract as a whole; whoever decides first is told.
    Raises PermissionDenied, Blocked (read-only contract, another application still open)."""
    demand(actor, "apply_acceptance", contract)
    contract = lock_contract(contract.pk)
    if other := _unfinished(contract):
        raise Blocked(
            _("“%(title)s” is %(state)s: finish that acceptance first.")
            % {"title": other.title, "state": other.get_state_display()}
        )
    acceptance = Acceptance(
        contract=contract,
        scope=Scope.CONTRACT,
        kind=kind,
        title=title.strip() or str(Acceptance(kind=kind).get_kind_display()),
        applied_by=actor,
    )
    return _open(acceptance, actor, note, instant(on))


def _unfinished(contract: Contract) -> Acceptance | None:
    rows = Acceptance.objects.filter(contract=contract, scope=Scope.CONTRACT)
    return rows.filter(state__in=(State.PENDING, State.REJECTED)).first()


@transaction.atomic
def reapply_acceptance(
    acceptance: Acceptance,
    *,
    actor: User,
    note: str = "",
    on: date | None = None,
    version: int | None = None,
    despite_rework: bool = False,
) -> Acceptance:
    """Apply again for the contract after a rejection: the next round, which starts from what failed.
    `despite_rework`: the actor knows that rework is not finished.
    Raises PermissionDenied, Blocked, Stale."""
    demand(actor, "reapply", acceptance)
    contract = lock_contract(acceptance.contract_id)
    other = _unfinished(contract)
    if other is not None and other.pk != acceptance.pk:
        raise Blocked(_("Another acceptance of the contract is open: finish that one first."))
    said = past_rework(rework_asked(acceptance), actor, despite_rework)
    return _open(acceptance, actor, note, instant(on), version, said)


@transaction.atomic
def open_for_task(task: Task, *, actor: User) -> Acceptance:
    """A task was submitted, which its submitter may: its first round, or the next one."""
    lock_contract(task.contract_id)
    acceptance = Acceptance.objects.filter(task=task).first() or Acceptance(
        contract=task.contract, task=task, scope=Scope.TASK, title=task.name, applied_by=actor
    )
    return _open(acceptance, actor, "", instant(task.submitted_on))


def _open(
    acceptance: Acceptance, actor: User, note: str, at: datetime, version: int | None = None, said: str = ""
) -> Acceptance:
    """Create the application or take it up again, with the next round."""
    task = acceptance.task
    levels = levels_of(acceptance.contract, acceptance.scope)
    fields: dict[str, Any] = {
        "level": levels[0],
        "department": task.department if task else None,
        "title": task.name if task else acceptance.title,
    }
    if acceptance._state.adding:
        for name, value in fields.items():
            setattr(acceptance, name, value)
        acceptance = create(acceptance, actor=actor, verb="apply_acceptance", reason=note[:200])
    else:
        fields |= {"internal_on": None, "passed_on": None}
        fields |= {"version": version, "detail": said, "follows": True}
        acceptance = advance(acceptance, "reapply", actor=actor, **fields)
    _next_round(acceptance, actor, note, at, levels)
    refresh_status(acceptance.contract)
    return acceptance


def _next_round(
    acceptance: Acceptance, actor: User, note: str, at: datetime, levels: tuple[int, ...]
) -> AcceptanceRound:
    before = acceptance.rounds.order_by("-number").first()
    task = acceptance.task
    round_ = create(
        AcceptanceRound(
            acceptance=acceptance,
            number=before.number + 1 if before else 1,
            opened_at=max(at, before.closed_at) if before and before.closed_at else at,
            applied_by=actor,
            worker=task.assignee if task else None,
            note=note.strip(),
        ),
        actor=actor,
        verb="open_round",
    )
    # copies of templates and of what passed: the log has the round they came with
    AcceptanceStep.objects.bulk_create(AcceptanceStep(round=round_, level=level) for level in levels)
    steps = {step.level: step for step in round_.steps.all()}
    items = [item for level, step in steps.items() for item in _items(acceptance, step, before, level)]
    AcceptanceItem.objects.bulk_create(items)
    tell_waiting(steps[levels[0]], actor)
    return round_


def _items(
    acceptance: Acceptance, step: AcceptanceStep, before: AcceptanceRound | None, level: int
) -> list[AcceptanceItem]:
    """The checklist of a step: of the round before it, what passed carried over; else the template's."""
    old = list(AcceptanceItem.objects.filter(step__round=before, step__level=level)) if before else []
    if old:
        return [_carried(item, step) for item in old]
    checks = checks_for(acceptance.scope, level, department=acceptance.department, kind=acceptance.kind)
    return [_fresh(acceptance, step, place, check) for place, check in enumerate(checks, 1)]


def _fresh(acceptance: Acceptance, step: AcceptanceStep, place: int, check: Check) -> AcceptanceItem:
    return AcceptanceItem(
        contract=acceptance.contract,
        step=step,
        position=place,
        text=check.text,
        hint=check.hint,
        needs_evidence=check.needs_evidence,
        mandatory=check.mandatory,
    )


def _carried(item: AcceptanceItem, step: AcceptanceStep) -> AcceptanceItem:
    """The item again; one that was OK keeps its finding and says where it comes from."""
    kept: dict[str, Any] = {}
    if item.mark in (Mark.OK, Mark.NOT_APPLICABLE):
        kept = {"mark": item.mark, "note": item.note, "origin_id": item.origin_id or item.pk}
    return AcceptanceItem(
        contract_id=item.contract_id,
        step=step,
        position=item.position,
        text=item.text,
        hint=item.hint,
        needs_evidence=item.needs_evidence,
        mandatory=item.mandatory,
        **kept,
    )


@transaction.atomic
def withdraw_acceptance(acceptance: Acceptance, *, actor: User, version: int | None = None) -> Acceptance:
    """Take an application back on which nobody has decided yet; a task goes back to work.
    Raises PermissionDenied, Blocked, Stale."""
    demand(actor, "withdraw", acceptance)
    lock_contract(acceptance.contract_id)
    round_ = acceptance.round
    if round_.steps.exclude(result=Result.PENDING).exists():
        raise Blocked(_("A level is decided already: the application can no longer be withdrawn."))
    acceptance = _close(acceptance, actor, version=version)
    if acceptance.task is not None:
        again = acceptance.state == State.REJECTED
        acceptance.task = recall_task(acceptance.task, actor=actor, again=again)
    refresh_status(acceptance.contract)
    return acceptance


@transaction.atomic
def withdraw_with_task(task: Task, *, actor: User) -> None:
    """A cancelled task needs no acceptance any more."""
    lock_contract(task.contract_id)
    acceptance = Acceptance.objects.filter(task=task, state=State.PENDING).first()
    if acceptance is not None:
        _close(acceptance, actor)


def _close(acceptance: Acceptance, actor: User, version: int | None = None) -> Acceptance:
    """Withdraw the open round; what was rejected before is rejected again."""
    rejected = acceptance.rounds.filter(result=State.REJECTED).exists()
    verb = "fall_back" if rejected else "withdraw_application"
    advance(acceptance.round, "withdraw_round", actor=actor, follows=True, closed_at=timezone.now())
    return advance(acceptance, verb, actor=actor, version=version, follows=True, level=None)


def may_apply(user: User, contract: Contract) -> bool:
    """Whether somebody may apply for acceptance of the whole contract."""
    return allowed(user, "apply_acceptance", contract)


def demand_apply(user: User, contract: Contract) -> None:
    """Raise PermissionDenied unless they may."""
    if not may_apply(user, contract):
        raise PermissionDenied("may not apply for acceptance")


def instant(day: date | None) -> datetime:
    """The instant of a deed: now, or noon of an earlier day."""
    if day is None or day >= timezone.localdate():
        return timezone.now()
    return timezone.make_aware(datetime.combine(day, time(12)))
