"""Rows as templates print them: plain text, worked out once per list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.utils import timezone
from django.utils.translation import gettext as _

from acceptance.evidence import documented
from acceptance.models import Acceptance, AcceptanceDefect, AcceptanceItem, AcceptanceRound, AcceptanceStep
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


def rounds_of(acceptance: Acceptance, user: User) -> list[Told]:
    """All rounds, the latest first, with steps, findings and defects: a query each."""
    rounds = list(acceptance.rounds.select_related("applied_by").order_by("-number"))
    rows = AcceptanceStep.objects.filter(round__acceptance=acceptance)
    steps = list(rows.select_related("decided_by", "evidence__document").order_by("level"))
    items = _by_step(AcceptanceItem.objects.filter(step__in=[s.pk for s in steps]).order_by("position"))
    defects = _by_step(AcceptanceDefect.objects.filter(step__in=[s.pk for s in steps]).select_related("task"))
    seen = _seen_tasks(user, [d.task_id for ds in defects.values() for d in ds if d.task_id])
    shown = documented([i.pk for found in items.values() for i in found])
    told = []
    for round_ in rounds:
        own = [step for step in steps if step.round_id == round_.pk]
        told.append(_told(round_, own, acceptance))
        told[-1].steps = [_step(s, items[s.pk], defects[s.pk], shown, seen) for s in own]
    return told


def _by_step(rows: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.step_id].append(row)
    return found


def _seen_tasks(user: User, ids: list[int]) -> set[int]:
    return set(Task.objects.for_user(user).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()


def _told(round_: AcceptanceRound, steps: list[AcceptanceStep], acceptance: Acceptance) -> Told:
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


def _step(
    step: AcceptanceStep, items: list[Any], defects: list[Any], shown: set[int], seen: set[int]
) -> dict[str, Any]:
    who = str(step.decided_by) if step.decided_by else ""
    return {
        "step": step,
        "label": step.get_level_display(),
        "state": step.result,
        "state_label": step.get_result_display(),
        "who": who,
        "at": moment(step.decided_at) if step.decided_at else "",
        "items": [_item(item, shown) for item in items],
        "defects": [{"text": d.text, "task": d.task if d.task_id in seen else None} for d in defects],
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
