"""The life of a purchase as one table, and who holds which verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erp.workflow import Transition, Workflow

if TYPE_CHECKING:
    from orgchart.models import User
    from procurement.models import ProcurementItem


class Status(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("purchase", "To be ordered")
    ORDERED = "ordered", pgettext_lazy("purchase", "Ordered")
    IN_TRANSIT = "in_transit", _("In transit")
    PARTIALLY_ARRIVED = "partially_arrived", _("Partly arrived")
    ARRIVED = "arrived", pgettext_lazy("purchase", "Arrived")
    CANCELLED = "cancelled", _("Cancelled")


#: Ordered and still to come, in whole or in part.
AWAITED = (Status.ORDERED, Status.IN_TRANSIT, Status.PARTIALLY_ARRIVED)
#: What delivery waits for.
UNSETTLED = (Status.PLANNED, *AWAITED)
#: Ordered at some time, whatever became of it since.
BOUGHT = (*AWAITED, Status.ARRIVED)


def has_supplier(item: ProcurementItem, actor: User) -> str:
    """An order goes to somebody, on a day."""
    if item.supplier_id is None:
        return str(_("Choose the supplier to order from."))
    return ""


def nothing_arrived(item: ProcurementItem, actor: User) -> str:
    if item.arrivals.exists():
        return str(_("Something of it has arrived: take the arrivals back first."))
    return ""


LIFE = Workflow(
    Transition("order", (Status.PLANNED,), Status.ORDERED, _("Order item"), has_supplier),
    Transition("ship", (Status.ORDERED,), Status.IN_TRANSIT, _("Record shipping")),
    # The next five follow from the arrivals (`services.arrivals`), nobody chooses among them.
    Transition("arrive", (*AWAITED, Status.ARRIVED), Status.ARRIVED, _("Record arrival")),
    Transition("arrive_part", AWAITED, Status.PARTIALLY_ARRIVED, _("Record partial arrival")),
    Transition("lack", (Status.ARRIVED,), Status.PARTIALLY_ARRIVED, _("Wait for the rest")),
    Transition(
        "await", (Status.ARRIVED, Status.PARTIALLY_ARRIVED), Status.ORDERED, _("Wait for the order again")
    ),
    Transition(
        "await_transit",
        (Status.ARRIVED, Status.PARTIALLY_ARRIVED),
        Status.IN_TRANSIT,
        _("Wait for the shipment again"),
    ),
    Transition(
        "cancel",
        (Status.PLANNED, Status.ORDERED, Status.IN_TRANSIT),
        Status.CANCELLED,
        _("Cancel item"),
        nothing_arrived,
        needs_reason=True,
    ),
)

#: Which of the reasons of `ItemQuerySet.reasons` puts a verb into somebody's hands. Who requested for
#: the department they lead corrects and drops the request as long as nobody has ordered.
HELD_BY: dict[str, tuple[str, ...]] = {
    "view": ("whole", "managed", "led"),
    "change": ("managed", "requested"),
    "cancel": ("managed", "requested"),
    **dict.fromkeys(
        (
            "order",
            "ship",
            "arrive",
            "arrive_part",
            "lack",
            "await",
            "await_transit",
            "promise",
            "take_back_arrival",
        ),
        ("managed",),
    ),
}
