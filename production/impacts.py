"""What a change order does to the plan: where its end lies against the date to be agreed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.models import Contract
from erp.access import allowed
from erp.dates import short_day
from production.models import Task
from production.previews import delivery_words
from production.states import OPEN

if TYPE_CHECKING:
    from orgchart.models import User

#: So many tasks are named; of the others the number is told.
NAMED = 5


def of_change(contract: Contract, user: User, new_delivery: date | None) -> Iterator[str]:
    """Sentences for whoever reads all tasks of the contract: the end of the plan against the date as it
    would be, and the tasks that would end behind it."""
    if not allowed(user, "view_tasks", contract):
        return
    due = new_delivery or contract.planned_delivery
    rows = Task.objects.filter(contract=contract, status__in=OPEN).order_by("-planned_end", "id")
    found = list(rows.values_list("planned_end", "name"))
    if not found:
        return
    last = found[0][0]
    yield _("The open work ends on %(day)s.") % {"day": short_day(last)} + " " + delivery_words(due, last)
    behind = [name for end, name in found if end > due]
    if not behind:
        return
    total = len(behind)
    names = _("“%(name)s”")
    shown = "、".join(names % {"name": name} for name in behind[:NAMED])
    text = ngettext(
        "%(n)s open task ends after %(day)s: %(names)s",
        "%(n)s open tasks end after %(day)s: %(names)s",
        total,
    )
    yield text % {"n": total, "day": short_day(due), "names": shown + (" …" if total > NAMED else "")}
