"""What purchases tell of a late contract: which task waited for what, since when, until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Case, OuterRef, Subquery, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract
from procurement.models import ProcurementItem, PromisedDate
from procurement.states import Status
from production.outlook import Delay

if TYPE_CHECKING:
    from orgchart.models import User

LATE = _("Late purchase")


def delays(contract: Contract, user: User) -> Iterator[Delay]:
    """Every item that came, or is promised, after the day on which it was needed: its own day, else the
    start of its task as agreed in the contract's baseline. It is known since a day too late was
    promised, at the latest since it was missing. Whoever may not see the item learns that a purchase was
    late, not which."""
    seen = ProcurementItem.objects.for_user(user).order_by().values("pk")
    rows = ProcurementItem.objects.with_arrived().with_needed().exclude(status=Status.CANCELLED)
    rows = rows.filter(contract=contract, task__isnull=False).annotate(
        told=Subquery(_too_late().values("told_on")[:1]),
        seen=Case(When(pk__in=seen, then=Value(1)), default=Value(0)),
    )
    for item in rows.order_by("id"):
        until = _comes(item)
        if until is not None and until > item.agreed:
            name, url = (str(item), item.get_absolute_url()) if item.seen else ("", "")
            known = min(item.agreed, item.told or item.agreed)
            yield Delay(item.task_id, known, until, LATE, name, url)


def _too_late() -> Any:
    """The promises of an item `with_needed` for days behind the one agreed, the first told first."""
    rows = PromisedDate.objects.filter(item=OuterRef("pk"), day__gt=OuterRef("agreed"))
    return rows.order_by("told_on", "id")


def _comes(item: Any) -> date | None:
    """The day it came whole, else the day it is promised for, at least today; None for what is not late
    as far as anybody knows."""
    if item.status == Status.ARRIVED:
        day: date | None = item.last_came
        return day
    today: date = timezone.localdate()
    promised: date | None = item.promised_on
    return today if promised is None else max(today, promised)
