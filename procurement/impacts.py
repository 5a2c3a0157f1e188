"""What a change order of a contract moves among its purchases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.models import Contract
from erp.dates import short_day
from procurement.models import ProcurementItem
from procurement.states import AWAITED

if TYPE_CHECKING:
    from orgchart.models import User

#: So many items are named, the rest is a number.
NAMED = 5


def impacts(contract: Contract, user: User, delivery: date | None) -> Iterator[str]:
    """Of the open items one sees: what is ordered already, and what would come too late for a delivery
    so much earlier."""
    rows = ProcurementItem.objects.for_user(user).filter(contract=contract).unsettled().with_needed()
    items = list(rows.order_by("id"))
    ordered = [item for item in items if item.status in AWAITED]
    if ordered:
        yield ngettext(
            "%(n)s item is ordered and still to come: a change of scope may touch it.",
            "%(n)s items are ordered and still to come: a change of scope may touch them.",
            len(ordered),
        ) % {"n": len(ordered)}
    if delivery is None or delivery == contract.planned_delivery:
        return
    shift = delivery - contract.planned_delivery
    dated = [item for item in items if item.needed]
    if dated:
        yield ngettext(
            "%(n)s open item is needed %(days)s: with the plan it moves by as much.",
            "%(n)s open items are needed %(days)s: with the plan they move by as much.",
            len(dated),
        ) % {"n": len(dated), "days": _shifted(shift.days)}
    tight = [item for item in dated if item.promised_on and item.promised_on > item.needed + shift]
    for item in tight[:NAMED]:
        words = {
            "item": item,
            "promised": short_day(item.promised_on),
            "needed": short_day(item.needed + shift),
        }
        yield _("“%(item)s” is promised for %(promised)s, but would be needed by %(needed)s.") % words
    if len(tight) > NAMED:
        yield _("… and %(n)s more items that come too late.") % {"n": len(tight) - NAMED}


def _shifted(days: int) -> str:
    if days > 0:
        return ngettext("%(n)s day later", "%(n)s days later", days) % {"n": days}
    return ngettext("%(n)s day earlier", "%(n)s days earlier", -days) % {"n": -days}
