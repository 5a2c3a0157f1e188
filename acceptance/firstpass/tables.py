"""First rounds that were rejected, as rows of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from acceptance.models import AcceptanceRound, AcceptanceStep
from acceptance.states import Result
from erp.dates import short_day


@dataclass(frozen=True, slots=True)
class RejectedRow:
    title: str
    url: str
    contract: str
    department: str
    day: str
    level: str
    who: str
    reason: str


def rejected_rows(rounds: Sequence[AcceptanceRound]) -> list[RejectedRow]:
    """With who rejected them and why: one query for all."""
    steps = AcceptanceStep.objects.filter(round__in=[r.pk for r in rounds], result=Result.REJECTED)
    found = {step.round_id: step for step in steps.select_related("decided_by")}
    return [_row(round_, found[round_.pk]) for round_ in rounds if round_.pk in found]


def _row(round_: AcceptanceRound, step: AcceptanceStep) -> RejectedRow:
    acceptance = round_.acceptance
    return RejectedRow(
        title=acceptance.title,
        url=f"/acceptance/{acceptance.pk}/",
        contract=acceptance.contract.number,
        department=acceptance.department.name if acceptance.department else "",
        day=short_day(timezone.localdate(step.decided_at)) if step.decided_at else "",
        level=str(step.get_level_display()),
        who=str(step.decided_by or ""),
        reason=step.reason,
    )
