"""The operation log: who did what, when, from where, before and after; keyed and chained."""

from erp.audit.context import Context, acting_as, current

__all__ = ["Context", "acting_as", "current"]
