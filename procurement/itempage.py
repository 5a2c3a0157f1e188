"""Everything the page of one purchase shows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from erp.access import allowed
from erp.audit.timeline import deed_label
from erp.money import amount
from procurement.card import late_label
from procurement.models import ProcurementItem
from procurement.numbers import number
from procurement.queries import held_verbs, price_history
from procurement.services import may_price, may_read_suppliers
from procurement.states import LIFE, Status
from procurement.tables import buttons_for, price_text, priced_rows
from production.states import OPEN

if TYPE_CHECKING:
    from orgchart.models import User

#: “What if it comes later” begins with so many working days.
USUAL_DAYS = 5


def item_context(user: User, item: Any) -> dict[str, Any]:
    """`item` comes `with_arrived`, `with_needed` and with what it names."""
    held = held_verbs(user, [item]).get(item.pk, frozenset())
    if item.frozen():
        held = frozenset()
    today, contract = timezone.localdate(), item.contract
    priced = may_price(user, contract)
    task: Any = item.task if item.task and allowed(user, "view", item.task) else None
    return {
        "item": item,
        "contract": contract,
        "sees_contract": allowed(user, "view", contract),
        "sees_supplier": bool(item.supplier_id) and may_read_suppliers(user),
        "task": task,
        "what_if": _what_if(item, task, today) if _waits(item, task) else "",
        "buttons": buttons_for(item, held),
        "may_change": "change" in held and item.status != Status.CANCELLED,
        "may_cancel": "cancel" in held and item.status in LIFE["cancel"].sources,
        "may_take_back": "take_back_arrival" in held,
        "late": late_label(item.days_late(today)),
        "moved": item.needed != item.agreed,
        "missing": number(max(item.quantity - item.usable, 0)),
        "quantity": number(item.quantity),
        "usable": number(item.usable),
        "arrivals": [_arrival(row) for row in item.arrivals.select_related("receiver")],
        "promises": list(item.promises.select_related("author").order_by("-id")),
        "priced": priced,
        "price": price_text(item.price, item.currency) if priced else "",
        "total": amount(item.total, item.currency) if priced else "",
        "prices": priced_rows(price_history(user, item)) if priced else [],
        "history": _past(item),
    }


def _waits(item: ProcurementItem, task: Any) -> bool:
    return task is not None and task.status in OPEN and item.status not in (Status.ARRIVED, Status.CANCELLED)


def _what_if(item: ProcurementItem, task: Any, today: date) -> str:
    """It begins with the day on which the goods come, where the task would wait for them."""
    comes = max(today, item.promised_on or today)
    asked = f"on={comes.isoformat()}" if comes > task.planned_start else f"days={USUAL_DAYS}"
    return f"/tasks/{task.pk}/what-if/?{asked}"


def _arrival(row: Any) -> dict[str, Any]:
    return {
        "row": row,
        "quantity": number(row.quantity),
        "defective": number(row.defective_quantity) if row.defective_quantity else "",
    }


def _past(item: ProcurementItem) -> list[dict[str, Any]]:
    """Named deeds without values: what everybody who sees the item may know."""
    rows = item.history.select_related("history_user").order_by("-history_id")[:20]
    labels = dict(Status.choices)
    return [
        {
            "who": str(row.history_user or "—"),
            "what": _deed(row),
            "state": labels[row.status],
            "at": row.history_date,
        }
        for row in rows
    ]


def _deed(row: Any) -> str:
    """What was done. Of a deed with a reason the history keeps the reason; where it led tells which."""
    verb = row.history_change_reason or "create"
    named = deed_label(verb, ProcurementItem)
    if named != verb:
        return named
    deed = LIFE["cancel"].label if row.status == Status.CANCELLED else _("Note")
    return _("%(deed)s: %(reason)s") % {"deed": deed, "reason": verb}
