"""Routes of purchases. Each item is needed by the mechanical department."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from procurement.models import Arrival, ProcurementItem, Supplier
from tests.access_rows import INSIDE, NOBODY, OFFICE, TOP, Row, contract_pk

#: Who manages all purchases; who sees 李机械's; who may request; who reads prices.
WHOLE = TOP | {"pm", "buyer"}
SEES = WHOLE | {"leader.mech"}
ASKS = WHOLE | {"leader.mech", "leader.elec", "leader.assembly"}
PRICED = TOP | {"buyer", "sales"}


def item_pk(status: str = "planned", **fields: Any) -> Any:
    """An item of the contract, written past the services: archived contracts have items too."""

    def kwargs(cast: Any, contract: Any) -> dict[str, Any]:
        day = timezone.localdate() - timedelta(days=9)
        supplier, _made = Supplier.objects.get_or_create(name="苏州阀门")
        item = ProcurementItem.objects.create(
            contract=contract,
            department=cast.departments["mechanical"],
            requested_by=cast.people["leader.mech"],
            name="灌装阀",
            part_number="FV-100",
            part_key="FV-100",
            quantity=Decimal(10),
            unit="件",
            price=Decimal("777.77"),
            supplier=supplier,
            **{"status": status, "ordered_on": None if status == "planned" else day, **fields},
        )
        return {"pk": item.pk}

    return kwargs


def arrival_pk(cast: Any, contract: Any) -> dict[str, Any]:
    item = ProcurementItem.objects.get(**item_pk("partially_arrived")(cast, contract))
    arrival = Arrival.objects.create(
        item=item,
        quantity=Decimal(1),
        unit="件",
        arrived_on=timezone.localdate(),
        receiver=cast.people["buyer"],
    )
    return {"pk": arrival.pk}


def supplier_pk(cast: Any, contract: Any) -> dict[str, Any]:
    supplier, _made = Supplier.objects.get_or_create(name="苏州阀门")
    return {"pk": supplier.pk}


def deed(status: str, may: frozenset[str] = WHOLE) -> Row:
    return Row("contract", may, SEES - may, ("GET", "POST"), item_pk(status))


ROUTES: dict[str, Row] = {
    "procurement:items": Row("contract", INSIDE, NOBODY, ("GET",), contract_pk),
    "procurement:new": Row("contract", ASKS, INSIDE - ASKS, ("GET", "POST"), contract_pk),
    "procurement:prices": Row("contract", PRICED, INSIDE - PRICED, ("GET",), contract_pk),
    "procurement:list": Row("site", OFFICE, NOBODY, ("GET",)),
    "procurement:item": Row("contract", SEES, NOBODY, ("GET",), item_pk()),
    "procurement:edit": deed("planned", SEES),
    "procurement:order": deed("planned"),
    "procurement:ship": deed("ordered"),
    "procurement:promise": deed("ordered"),
    "procurement:arrive": deed("ordered"),
    "procurement:cancel": deed("ordered"),
    "procurement:take_back_arrival": Row("contract", WHOLE, SEES - WHOLE, ("GET", "POST"), arrival_pk),
    "procurement:suppliers": Row("site", WHOLE, NOBODY, ("GET",)),
    "procurement:supplier": Row("site", WHOLE, NOBODY, ("GET",), supplier_pk),
    "procurement:supplier_new": Row("site", WHOLE, NOBODY, ("GET", "POST")),
    "procurement:supplier_edit": Row("site", WHOLE, NOBODY, ("GET", "POST"), supplier_pk),
}
