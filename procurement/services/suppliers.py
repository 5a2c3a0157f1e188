"""The list of suppliers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from contracts.models import Contract
from erp.access import grants
from erp.roles import REACH_ALL
from erp.workflow import change, create
from procurement.models import Supplier, buys
from procurement.services.checking import checked

if TYPE_CHECKING:
    from orgchart.models import User


def may_read_suppliers(user: User) -> bool:
    """Whoever reads all purchases of a contract, and all who keep suppliers."""
    return _reaches(user, "view_procurement")


def may_keep_suppliers(user: User) -> bool:
    """Boss, admin, the people of a procurement department, whoever manages the purchases of a contract."""
    return _reaches(user, "manage_procurement")


def _reaches(user: User, verb: str) -> bool:
    if not user.is_active:
        return False
    return user.role in REACH_ALL or buys(user) or grants(Contract, user, verb).exists()


@transaction.atomic
def create_supplier(*, actor: User, name: str, **fields: Any) -> Supplier:
    """Raises PermissionDenied, ValidationError (name taken, in whatever case)."""
    if not may_keep_suppliers(actor):
        raise PermissionDenied("may not keep suppliers")
    fields = checked(Supplier, {"name": name, **fields})
    _demand_free(fields["name"])
    try:
        with transaction.atomic():
            return create(Supplier(**fields), actor=actor)
    except IntegrityError as clash:  # two people, one name, one instant
        raise _taken() from clash


@transaction.atomic
def edit_supplier(supplier: Supplier, *, actor: User, version: int | None = None, **fields: Any) -> Supplier:
    """Raises PermissionDenied, Stale, ValidationError (name taken)."""
    fields = checked(Supplier, fields)
    if "name" in fields:
        _demand_free(fields["name"], but=supplier)
    try:
        with transaction.atomic():
            return change(supplier, actor=actor, version=version, **fields)
    except IntegrityError as clash:
        raise _taken() from clash


def _demand_free(name: str, but: Supplier | None = None) -> None:
    rows = Supplier.objects.filter(name__iexact=name)
    if rows.exclude(pk=but.pk if but else 0).exists():
        raise _taken()


def _taken() -> ValidationError:
    return ValidationError({"name": _("There is a supplier of this name already.")})
