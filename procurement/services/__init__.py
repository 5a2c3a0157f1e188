"""Everything that writes suppliers, items and what came of them."""

from procurement.services.arrivals import (
    Came,
    Unconfirmed,
    record_arrival,
    record_arrivals,
    take_back_arrival,
)
from procurement.services.items import (
    REQUEST_FIELDS,
    cancel_item,
    create_item,
    create_items,
    edit_item,
    may_manage,
    may_price,
    may_request,
)
from procurement.services.orders import Order, order_item, order_items, set_promised_date, ship_item
from procurement.services.suppliers import (
    create_supplier,
    edit_supplier,
    may_keep_suppliers,
    may_read_suppliers,
)

__all__ = [
    "REQUEST_FIELDS",
    "Came",
    "Order",
    "Unconfirmed",
    "cancel_item",
    "create_item",
    "create_items",
    "create_supplier",
    "edit_item",
    "edit_supplier",
    "may_keep_suppliers",
    "may_manage",
    "may_price",
    "may_read_suppliers",
    "may_request",
    "order_item",
    "order_items",
    "record_arrival",
    "record_arrivals",
    "set_promised_date",
    "ship_item",
    "take_back_arrival",
]
