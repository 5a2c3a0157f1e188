"""What the morning card says of purchases, to each what they may see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from notifications.cards import Figure, Measure, Point
from procurement.models import ProcurementItem
from procurement.queries import worst_first

if TYPE_CHECKING:
    from contracts.models import Contract
    from orgchart.models import User

#: The card names so many; the figure counts all.
NAMED = 5
LATE = "/procurement/?status=late"


def late(user: User) -> Measure:
    """Purchases behind their day, the longest by name."""
    keys = worst_first(ProcurementItem.objects.for_user(user).late())
    today, named = timezone.localdate(), keys[:NAMED]
    rows = ProcurementItem.objects.with_needed().select_related("contract").in_bulk(named)
    worst = [rows[pk] for pk in named if pk in rows]
    points = [
        Point(
            _("%(about)s: %(text)s")
            % {"about": f"{item.contract.number} {item}", "text": late_label(item.days_late(today))},
            item.get_absolute_url(),
        )
        for item in worst
    ]
    return Measure(len(keys), LATE, points)


def late_label(days: int) -> str:
    return ngettext("%(n)s day late", "%(n)s days late", days) % {"n": days} if days > 0 else ""


def risks(user: User, contracts: Iterable[Contract]) -> dict[int, str]:
    """The purchase of each contract that is furthest behind, of those one sees."""
    today = timezone.localdate()
    rows = ProcurementItem.objects.for_user(user).late().filter(contract__in=[c.pk for c in contracts])
    found: dict[int, tuple[int, str]] = {}
    for item in rows.order_by("id"):
        days = item.days_late(today)
        if days > found.get(item.contract_id, (0, ""))[0]:
            text = ngettext("“%(item)s” comes %(n)s day late", "“%(item)s” comes %(n)s days late", days)
            found[item.contract_id] = (days, text % {"item": item, "n": days})
    return {contract: text for contract, (_days, text) in found.items()}


FIGURES = {"late_purchases": Figure(gettext_lazy("Late purchases"), 40, late)}
