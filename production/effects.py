"""What a changed working calendar moves: the open tasks of running contracts, and what waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.models import Contract
from erp.dates import short_day
from orgchart.calendars import Changes, dates_that_change
from orgchart.effects import CalendarEffect, EffectLine
from production.foresight import Foresight, Wish, foresee
from production.layout import Reading, calendars_of
from production.models import Deed, Task
from production.services.changes import apply_calendar, lock_plan
from production.states import OPEN

if TYPE_CHECKING:
    from orgchart.models import User


def _preview(changes: Changes, user: User) -> list[EffectLine]:
    """A line for each contract in which a date moves and whose tasks `user` reads; for all others one,
    without a number or a date."""
    found = [foresight for foresight in _foresights(changes) if foresight.moves]
    ids = [foresight.contract.pk for foresight in found]
    seen = set(Contract.objects.for_user(user, "view_tasks").filter(pk__in=ids).values_list("pk", flat=True))
    lines = [_line(foresight) for foresight in found if foresight.contract.pk in seen]
    hidden = [EffectLine(_("Tasks in contracts out of your sight move as well."))]
    return lines + hidden if len(lines) < len(found) else lines


def _apply(changes: Changes, actor: User) -> None:
    """Called before the calendar is written: how long work takes is counted in the old one."""
    for foresight in _foresights(changes, lock=True):
        if foresight.moves:
            apply_calendar(foresight, actor=actor)


def _foresights(changes: Changes, *, lock: bool = False) -> Iterator[Foresight]:
    """With `lock` nobody changes a plan between the look and the deed."""
    days = dates_that_change(changes)
    if not days:
        return
    touched = Task.objects.filter(
        contract=OuterRef("pk"), status__in=OPEN, planned_start__lte=days[-1], planned_end__gte=days[0]
    )
    contracts = Contract.objects.live().filter(Exists(touched.order_by())).order_by("number")
    for contract in contracts.select_related("manager"):
        if lock:
            lock_plan(contract)
        reading = Reading(contract)
        wish = Wish(Deed.CALENDAR, calendars=calendars_of(reading.tasks.values(), changes))
        if wish.calendars != reading.calendars:
            yield foresee(contract, wish, None, reading=reading)


def _line(found: Foresight) -> EffectLine:
    count = len(found.moves)
    contract = found.contract
    values = {"n": count, "contract": contract}
    text = ngettext("%(contract)s: %(n)s task moves", "%(contract)s: %(n)s tasks move", count) % values
    before, after = (short_day(day) for day in (found.ends_before, found.ends_after))
    detail = "" if before == after else f"{before} → {after}"
    return EffectLine(text, f"/contracts/{contract.pk}/plan/", detail)


EFFECT = CalendarEffect(preview=_preview, apply=_apply)
