"""Feedback as a file: the filtered list of somebody, and the sheet of a contract's export."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from contracts.joints import Sheet
from erp.dates import moment
from feedback.models import Feedback
from feedback.states import SEVERITY_WORDS

if TYPE_CHECKING:
    from contracts.models import Contract

HEADS = (
    _("Contract number"), _("Name"), _("Title"), _("Kind"), _("Severity"), _("State"), _("Reported on"),
    _("Reported by"), _("Handler"), _("Department"), _("Due"), _("Resolved"), _("Closed"), _("Warranty"),
    _("Description"), _("Solution"), _("Follow-up contract"),
)  # fmt: skip
JOINED = ("contract__company", "handler", "department", "reporter", "follow_up")


def lines(rows: Iterable[Feedback], *, follow_ups: Container[int] | None = None) -> Iterator[list[str]]:
    """One line of texts per feedback; the number of a follow-up contract only of
    those `follow_ups` names (None: of all)."""
    for row in rows:
        yield [
            row.contract.number,
            row.contract.name,
            row.title,
            str(row.get_kind_display()),
            str(SEVERITY_WORDS[row.severity]),
            str(row.get_status_display()),
            row.reported_on.isoformat(),
            row.caller or str(row.reporter),
            row.handler.name if row.handler else "",
            row.department.name if row.department else "",
            moment(row.due_at),
            moment(row.resolved_at) if row.resolved_at else "",
            moment(row.closed_at) if row.closed_at else "",
            str(row.get_coverage_display()),
            row.text,
            row.solution,
            _number(row, follow_ups),
        ]


def _number(row: Feedback, seen: Container[int] | None) -> str:
    told = row.follow_up is not None and (seen is None or row.follow_up.pk in seen)
    return row.follow_up.number if row.follow_up and told else ""


def heads() -> list[str]:
    return [str(head) for head in HEADS]


def _sheet(contract: Contract) -> Iterable[list[Any]]:
    rows = Feedback.objects.filter(contract=contract).select_related(*JOINED).order_by("id")
    return lines(rows)


SHEET = Sheet(_("Feedback"), HEADS, _sheet, order=70)
