"""A changed calendar is shown before it is applied: the form, what it moves, then the deed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse

from erp.conflict import conflict_page
from erp.dates import short_day
from erp.htmx import Request, done, page
from erp.workflow import Stale
from orgchart.calendars import Changes, dates_that_change
from orgchart.effects import EffectLine, effects_of
from orgchart.views.desk import attempt

#: So many moves and days are listed; of the rest, the number is told.
SHOWN_LINES, SHOWN_DAYS = 50, 12


@dataclass(frozen=True)
class Proposal:
    """What somebody is about to write. `record` is the row as stored now, where there is one."""

    title: str
    changes: Changes
    write: Callable[[], Any]
    submit: str  # button that applies it
    said: str  # afterwards
    back: str  # page to go to
    crumbs: list[dict[str, Any]]
    record: Any = None
    danger: bool = False


@dataclass(frozen=True)
class Outlook:
    """What moves, ready to print; `mark` tells whether it is still the same."""

    lines: list[EffectLine]
    more: int
    days: list[str]
    more_days: int
    mark: str
    every: int = field(default=0)  # days


def outlook(changes: Changes, request: Request) -> Outlook:
    """What `changes` would move, as far as the asking person may read it."""
    lines, days = effects_of(changes, request.user), dates_that_change(changes)
    said = "\n".join([*(f"{line.text}\t{line.detail}" for line in lines), *map(str, days)])
    return Outlook(
        lines[:SHOWN_LINES],
        max(0, len(lines) - SHOWN_LINES),
        [short_day(day) for day in days[:SHOWN_DAYS]],
        max(0, len(days) - SHOWN_DAYS),
        hashlib.sha256(said.encode()).hexdigest()[:16],
        len(days),
    )


def decide(
    request: Request, form: Any, proposal: Proposal, retry: Callable[[], HttpResponse]
) -> HttpResponse:
    """The preview of a valid `form`; once confirmed, the deed. When more or other things move than were
    shown, the preview again (409). `retry` answers the form page."""
    if "back" in request.POST:
        return retry()
    form.data = _typed(form.data)
    record, seen = proposal.record, form.cleaned_data.get("version")
    if record is not None and seen is not None and seen != record.version:
        return conflict_page(request, form, Stale(record, seen), request.get_full_path())
    found, confirmed = outlook(proposal.changes, request), request.POST.get("confirmed", "")
    if confirmed == found.mark:
        return _apply(request, form, proposal, retry)
    return preview(request, form, proposal, found, moved=bool(confirmed))


def preview(
    request: Request, form: Any, proposal: Proposal, found: Outlook, *, moved: bool = False, status: int = 200
) -> HttpResponse:
    """What moves, with the button that applies it; `moved`: other things than were shown before."""
    context = {
        "proposal": proposal,
        "outlook": found,
        "moved": moved,
        "typed": [(name, value) for name, values in form.data.lists() for value in values],
        "crumbs": proposal.crumbs,
        "editable": request.method == "POST" and not proposal.danger,
    }
    return page(request, "orgchart/calendar_preview.html", context, status=409 if moved else status)


def _apply(
    request: Request, form: Any, proposal: Proposal, retry: Callable[[], HttpResponse]
) -> HttpResponse:
    try:
        attempt(form, proposal.write)
    except Stale as stale:
        return conflict_page(request, form, stale, request.get_full_path())
    return retry() if form.errors else done(request, proposal.back, message=proposal.said)


def _typed(data: Any) -> Any:
    """What was typed, without the buttons and marks of the preview."""
    kept = data.copy()
    for name in ("csrfmiddlewaretoken", "confirmed", "back"):
        kept.pop(name, None)
    return kept
