"""The acceptances of a contract as they leave with its export: decisions, findings, defects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from acceptance.models import AcceptanceDefect, AcceptanceItem, AcceptanceStep
from contracts.joints import Sheet
from erp.dates import moment

if TYPE_CHECKING:
    from contracts.models import Contract


def decisions(contract: Contract) -> Iterator[tuple[Any, ...]]:
    """A row per level of every round."""
    rows = AcceptanceStep.objects.filter(round__acceptance__contract=contract)
    joined = rows.select_related("round__acceptance__department", "decided_by", "evidence")
    for step in joined.order_by("round__acceptance_id", "round__number", "level").iterator(500):
        round_, acceptance = step.round, step.round.acceptance
        yield (
            acceptance.title,
            str(acceptance.get_kind_display() if acceptance.kind else acceptance.get_scope_display()),
            str(acceptance.department or ""),
            round_.number,
            moment(round_.opened_at),
            str(step.get_level_display()),
            str(step.get_result_display()),
            str(step.decided_by or ""),
            moment(step.decided_at) if step.decided_at else "",
            step.reason,
            step.evidence.file_name if step.evidence else "",
        )


def findings(contract: Contract) -> Iterator[tuple[Any, ...]]:
    """A row per checked item."""
    rows = AcceptanceItem.objects.filter(contract=contract).select_related("step__round__acceptance")
    for item in rows.order_by("step__round__acceptance_id", "step_id", "position").iterator(500):
        round_ = item.step.round
        yield (
            round_.acceptance.title,
            round_.number,
            str(item.step.get_level_display()),
            item.text,
            str(item.get_mark_display()),
            item.note,
        )


def defects(contract: Contract) -> Iterator[tuple[Any, ...]]:
    """A row per defect, with the rework that mends it."""
    rows = AcceptanceDefect.objects.filter(step__round__acceptance__contract=contract)
    joined = rows.select_related("step__round__acceptance", "department", "task")
    for defect in joined.order_by("pk").iterator(500):
        round_, task = defect.step.round, defect.task
        yield (
            round_.acceptance.title,
            round_.number,
            defect.text,
            str(defect.department or ""),
            task.name if task else "",
            str(task.get_status_display()) if task else "",
        )


WHAT, ROUND, LEVEL = _("Acceptance"), _("Round"), _("Level")
SHEETS = {
    "acceptance": Sheet(
        _("Acceptance"),
        (
            WHAT,
            _("What"),
            _("Department"),
            ROUND,
            _("Applied on"),
            LEVEL,
            _("State"),
            _("Decided by"),
            _("Decided at"),
            _("Reason"),
            _("Evidence"),
        ),
        decisions,
        40,
    ),
    "acceptance_items": Sheet(
        _("Checked items"), (WHAT, ROUND, LEVEL, _("Item"), _("Finding"), _("Note")), findings, 41
    ),
    "acceptance_defects": Sheet(
        _("Defects"),
        (WHAT, ROUND, _("Defects"), _("Department"), _("Rework"), _("State")),
        defects,
        42,
    ),
}
