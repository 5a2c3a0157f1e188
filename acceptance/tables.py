"""Rows as templates print them: plain text, worked out once per list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.utils import timezone
from django.utils.translation import gettext as _

from acceptance.evidence import documented
from acceptance.models import Acceptance, AcceptanceItem, AcceptanceRound, AcceptanceStep
from acceptance.states import Level, Mark, Result, Scope, State
from erp.dates import moment, short_day
from production.filters import page_number
from production.models import Task

if TYPE_CHECKING:
    from django.http import QueryDict

    from orgchart.models import User

ROWS = 50
#: Looks of a finding.
TONES = {Mark.OK: "ok", Mark.NOT_OK: "bad", Mark.NOT_APPLICABLE: "", Mark.OPEN: "warn"}


@dataclass(slots=True)
class Line:
    """One step in the line of a round: what `components/stations.html` draws."""

    key: str
    label: str
    date: str
    state: str


@dataclass(slots=True)
class Row:
    pk: int
    url: str
    title: str
    contract: str
    contract_url: str
    what: str
    department: str
    round: int
    level: str
    state: str
    state_label: str
    applied: str
    mine: bool = False


def turn_pages(rows: Any, query: QueryDict) -> Page[Acceptance]:
    return Paginator(rows, ROWS).get_page(page_number(query))


def acceptance_rows(found: Sequence[Acceptance], waiting: set[int] = frozenset()) -> list[Row]:  # type: ignore[assignment]
    """Acceptances (contract and department joined) as rows: one query for all rounds."""
    rounds: dict[int, AcceptanceRound] = {}
    for round_ in AcceptanceRound.objects.filter(acceptance__in=[a.pk for a in found]).order_by("number"):
        rounds[round_.acceptance_id] = round_
    return [_row(acceptance, rounds[acceptance.pk], acceptance.pk in waiting) for acceptance in found]


def _row(acceptance: Acceptance, round_: AcceptanceRound, mine: bool) -> Row:
    contract = acceptance.contract
    kind = acceptance.get_kind_display() if acceptance.kind else acceptance.get_scope_display()
    return Row(
        pk=acceptance.pk,
        url=f"/acceptance/{acceptance.pk}/",
        title=acceptance.title,
        contract=contract.number,
        contract_url=f"/contracts/{contract.pk}/acceptance/",
        what=str(kind),
        department=acceptance.department.name if acceptance.department else "",
        round=round_.number,
        level=str(Level(acceptance.level).label) if acceptance.level else "",
        state=acceptance.state,
        state_label=str(acceptance.get_state_display()),
        applied=short_day(timezone.localdate(round_.opened_at)),
        mine=mine,
    )


@dataclass(slots=True)
class Told:
    """A round as the page of an acceptance shows it."""

    pk: int
    number: int
    state: str
    state_label: str
    applied: str
    note: str
    line: list[Line]
    steps: list[dict[str, Any]] = field(default_factory=list)


def rounds_of(acceptance: Acceptance, seen: set[int]) -> list[Told]:
    """All rounds of an acceptance read `with_rounds`, the latest first, with steps, findings and defects;
    `seen`: the tasks that may be led to."""
    rounds = acceptance.rounds.all()
    shown = documented(
        [item.pk for round_ in rounds for step in round_.steps.all() for item in step.items.all()]
    )
    told = []
    for round_ in rounds:
        told.append(_told(round_, list(round_.steps.all())))
        told[-1].steps = [_step(step, shown, seen) for step in round_.steps.all()]
    return told


def tasks_seen(acceptance: Acceptance, user: User) -> set[int]:
    """Ids of those tasks that the page of an acceptance read `with_rounds` leads to and `user` may see: what
    is accepted, and what mends it."""
    steps = (step for round_ in acceptance.rounds.all() for step in round_.steps.all())
    named = [defect.task_id for step in steps for defect in step.defects.all()] + [acceptance.task_id]
    rows = Task.objects.for_user(user).filter(pk__in={pk for pk in named if pk})
    return set(rows.order_by().values_list("pk", flat=True))


def _told(round_: AcceptanceRound, steps: list[AcceptanceStep]) -> Told:
    who = str(round_.applied_by or "—")
    return Told(
        pk=round_.pk,
        number=round_.number,
        state=round_.result,
        state_label=str(round_.get_result_display()),
        applied=_("%(who)s · %(at)s") % {"who": who, "at": moment(round_.opened_at)},
        note=round_.note,
        line=line_of(round_, steps),
    )


def line_of(round_: AcceptanceRound, steps: list[AcceptanceStep]) -> list[Line]:
    """Applied, then the levels in order: done, where it stands, open; a rejected one stands out."""
    line = [Line("applied", _("Applied for"), short_day(timezone.localdate(round_.opened_at)), "done")]
    here = round_.result == State.PENDING
    for step in steps:
        state = {Result.PASSED: "done", Result.REJECTED: "late"}.get(Result(step.result), "open")
        if state == "open" and here:
            state, here = "current", False
        label = f"{step.get_level_display()} · {step.get_result_display()}"
        day = short_day(timezone.localdate(step.decided_at)) if step.decided_at else ""
        line.append(Line(str(step.level), label, day, state))
    return line


def _step(step: AcceptanceStep, shown: set[int], seen: set[int]) -> dict[str, Any]:
    who = str(step.decided_by) if step.decided_by else ""
    return {
        "step": step,
        "label": step.get_level_display(),
        "state": step.result,
        "state_label": step.get_result_display(),
        "who": who,
        "at": moment(step.decided_at) if step.decided_at else "",
        "items": [_item(item, shown) for item in step.items.all()],
        "defects": [
            {"text": found.text, "task": found.task if found.task_id in seen else None}
            for found in step.defects.all()
        ],
    }


def _item(item: AcceptanceItem, shown: set[int]) -> dict[str, Any]:
    return {
        "text": item.text,
        "mark": Mark(item.mark).label,
        "tone": TONES[Mark(item.mark)],
        "note": item.note,
        "carried": item.origin_id is not None,
        "url": f"/documents/on/acceptance.acceptanceitem/{item.origin_id or item.pk}/",
        "documents": item.pk in shown or item.origin_id is not None and item.needs_evidence,
    }


def scope_word(acceptance: Acceptance) -> str:
    """What is accepted: the task, or the contract in one of three ways."""
    if acceptance.scope == Scope.TASK:
        return str(_("Acceptance of a task"))
    return str(acceptance.get_kind_display())
