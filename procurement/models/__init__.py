"""Whom we buy from, what is bought for a contract, and what came."""

from procurement.models.arrival import Arrival, PromisedDate
from procurement.models.bom import BomMapping
from procurement.models.item import ItemQuerySet, ProcurementItem
from procurement.models.supplier import Supplier, buys

__all__ = ["Arrival", "BomMapping", "ItemQuerySet", "ProcurementItem", "PromisedDate", "Supplier", "buys"]
