"""Rows as templates print them: plain text, addresses and rights, worked out once per list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.states import FROZEN
from erp.dates import moment, short_day
from feedback.filters import number
from feedback.models import Feedback, FeedbackQuerySet
from feedback.queries import held_verbs
from feedback.states import LIFE, SEVERITY_WORDS, Coverage, Kind, Severity, Status
from production.tables import Button

if TYPE_CHECKING:
    from orgchart.models import User

ROWS = 50
JOINED = ("contract", "handler", "department")
#: What a step looks like; the others are plain.
LOOKS = {"start": "btn-primary", "resolve": "btn-success", "close": "btn-success"}
#: Severities that a list paints.
TONES = {Severity.CRITICAL.value: "tone-bad", Severity.HIGH.value: "tone-warn"}


@dataclass(slots=True)
class FeedbackRow:
    pk: int
    url: str
    title: str
    kind: str
    severity: str
    tone: str
    contract: str
    contract_name: str
    contract_url: str
    handler: str
    department: str
    reported: str
    due: str
    status: str
    status_label: str
    overdue: str
    coverage: str
    paid: bool
    version: int
    buttons: list[Button] = field(default_factory=list)


def late_label(feedback: Feedback, now: datetime) -> str:
    """“2 days overdue”, “3 hours overdue”; nothing in time."""
    if not feedback.is_overdue(now):
        return ""
    past = now - feedback.due_at
    if past.days:
        return ngettext("%(n)s day overdue", "%(n)s days overdue", past.days) % {"n": past.days}
    hours = max(1, past.seconds // 3600)
    return ngettext("%(n)s hour overdue", "%(n)s hours overdue", hours) % {"n": hours}


def turn_pages(rows: FeedbackQuerySet, query: Any) -> Page[Feedback]:
    page = max(1, min(number(query.get("page", "")) or 1, 10**6))
    return Paginator(rows, ROWS).get_page(page)


def feedback_rows(found: Sequence[Feedback], user: User) -> list[FeedbackRow]:
    """Feedback (with contract, handler and department joined) as rows: one query for all rights."""
    held, now = held_verbs(user, found), timezone.now()
    words = {"kind": dict(Kind.choices), "status": dict(Status.choices), "cover": dict(Coverage.choices)}
    return [_row(row, held.get(row.pk, frozenset()), now, words) for row in found]


def _row(row: Feedback, verbs: frozenset[str], now: datetime, words: Mapping[str, Any]) -> FeedbackRow:
    contract = row.contract
    return FeedbackRow(
        pk=row.pk,
        url=f"/feedback/{row.pk}/",
        title=row.title,
        kind=str(words["kind"][row.kind]),
        severity=str(SEVERITY_WORDS[row.severity]),
        tone=TONES.get(row.severity, ""),
        contract=contract.number,
        contract_name=contract.name,
        contract_url=f"/contracts/{contract.pk}/feedback/",
        handler=row.handler.name if row.handler else "",
        department=row.department.name if row.department else "",
        reported=short_day(row.reported_on),
        due=moment(row.due_at),
        status=row.status,
        status_label=str(words["status"][row.status]),
        overdue=late_label(row, now),
        coverage=str(words["cover"][row.coverage]),
        paid=row.coverage == Coverage.PAID,
        version=row.version,
        buttons=[] if contract.stage in FROZEN else buttons_for(row, verbs),
    )


def buttons_for(row: Feedback, verbs: frozenset[str]) -> list[Button]:
    """The steps open to somebody who holds `verbs`."""
    return [
        Button(
            step.verb,
            str(step.label),
            f"/feedback/{row.pk}/{step.verb}/",
            LOOKS.get(step.verb, ""),
            step.needs_reason or step.verb == "resolve",
        )
        for step in LIFE
        if step.verb in verbs and row.status in step.sources
    ]


def headings() -> list[str]:
    return [
        _("Feedback"), _("Severity"), _("Handler"), _("Reported on"), _("Due"), _("State"), _("Warranty"),
    ]  # fmt: skip
