"""Why a contract is late, and what a task that comes later would move. Both only look."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from contracts.frame import frame
from contracts.models import Contract
from erp.access import fetch
from erp.dates import LAST_DAY
from erp.htmx import Request, page
from erp.workflow import Blocked
from production.foresight import Foresight, Wish, foresee
from production.layout import calendars_of, horizon, slots_of
from production.models import Mode, Task
from production.previews import Preview
from production.services.rescheduling import reschedule_wish
from production.spans import Span
from production.states import OPEN
from production.tracing import Tracing, consequences

CONTRACTS = Contract.objects.select_related("company", "manager")
TASKS = Task.objects.select_related("contract", "department", "assignee")
#: Working days one may ask about.
MOST = 250
USUAL = 3


class DaysForm(forms.Form):
    days = forms.IntegerField(label=_("Working days later"), min_value=1, max_value=MOST, initial=USUAL)


@require_safe
def why_late(request: Request, pk: int) -> HttpResponse:
    """How many working days behind what was agreed, and because of what."""
    contract = fetch(CONTRACTS, request.user, "view_tasks", pk=pk)
    return frame(
        request, contract, "plan", "production/why_late.html", {"found": Tracing(contract, request.user)}
    )


@require_safe
def what_if(request: Request, pk: int) -> HttpResponse:
    """Which tasks, and what delivery, move if this task comes some working days later."""
    task = fetch(TASKS, request.user, pk=pk)
    asked = request.GET if "days" in request.GET else {"days": str(_days_until(task, request))}
    form = DaysForm(asked)
    context: dict[str, Any] = {"task": task, "form": form, "open": task.status in OPEN}
    if form.is_valid() and task.status in OPEN:
        found = _later(task, form.cleaned_data["days"], request)
        if isinstance(found, str):
            context["refused"] = found
        else:
            ends = found.ends_before, found.ends_after
            context["preview"] = Preview(found, request.user)
            context["others"] = list(consequences(task.contract, request.user, *ends))
    status = 422 if form.errors else 200
    return page(request, "production/what_if.html", context, fragment="answer", status=status)


def _days_until(task: Task, request: Request) -> int:
    """Without a number of days: as many working days as lie before the day `?on=`, else a few."""
    try:
        day = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return USUAL
    last = min(day, task.planned_start + timedelta(days=2 * MOST)) - timedelta(days=1)
    return min(calendars_of([task])[task.pk].between(task.planned_start, last), MOST) or USUAL


def _later(task: Task, days: int, request: Request) -> Foresight | str:
    """What follows when `task` comes `days` working days of its own calendar later; or why not."""
    slots = slots_of(calendars_of([task])[task.pk], *horizon([task], task.contract))
    span, shift = Span.of(task), 2 * days
    length = slots.before(span.until) - slots.before(span.first)
    begun = task.actual_start is not None and not task.milestone
    first = slots.before(span.first) + (0 if begun else shift)
    put = Span.between(
        slots.at(first), slots.end(first + length + (shift if begun else 0)), milestone=task.milestone
    )
    if put.end > LAST_DAY - timedelta(days=1):
        return str(_("Plans lie between the years 2000 and 2100."))
    rules = {} if begun or task.mode != Mode.AUTO else {"not_before": put.start}
    try:
        wish: Wish = reschedule_wish(task, put, **rules)
        return foresee(task.contract, wish, request.user)
    except Blocked as why:
        return str(why)
