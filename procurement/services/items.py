"""What is to be bought: requested, corrected, dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from functools import cache
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import Contract, TeamMember
from contracts.services import lock_contract, refresh_status
from erp.access import allowed, demand
from erp.roles import LEADING
from erp.workflow import Blocked, advance, change, create
from orgchart.models import Department, Person
from procurement.models import ProcurementItem
from procurement.models.item import part_key
from procurement.services.arrivals import demand_room, settle
from procurement.services.checking import checked, demand_active
from procurement.services.material import material_here, push_task
from procurement.services.telling import tell_cancelled, tell_requested
from procurement.states import AWAITED, Status

if TYPE_CHECKING:
    from orgchart.models import User

#: What a request says; the rest is the purchaser's.
REQUEST_FIELDS = frozenset(
    {"department", "task", "part_number", "name", "specification", "quantity", "unit", "need_by", "note"}
)
#: Amounts: only for whoever reads purchase prices.
MONEY_FIELDS = frozenset({"price", "currency"})


def may_manage(user: User, contract: Contract) -> bool:
    return allowed(user, "manage_procurement", contract)


def may_price(user: User, contract: Contract) -> bool:
    """Whether `user` reads the purchase prices of the contract."""
    return allowed(user, "view_purchase_price", contract)


def may_request(user: User, contract: Contract, department: Department | None = None) -> bool:
    """Whoever manages the purchases, and the leaders of the department (or of any) in the contract."""
    if may_manage(user, contract):
        return True
    places = TeamMember.objects.filter(contract=contract, person__user=user, duty__in=LEADING)
    if department is not None:
        places = places.filter(department=department)
    return user.is_active and places.exists()


def create_item(contract: Contract, *, actor: User, **fields: Any) -> ProcurementItem:
    """Request one item: see `create_items`."""
    return create_items(contract, [fields], actor=actor)[0]


@transaction.atomic
def create_items(
    contract: Contract, rows: Iterable[Mapping[str, Any]], *, actor: User
) -> list[ProcurementItem]:
    """Request items for a contract, all or none; the purchasers hear of them in one message. A row has
    `name`, `quantity`, `unit` and `department` or `task`, and may have the other fields of
    `ProcurementItem`; supplier and order facts are for whoever manages purchases, prices for whoever
    reads them.

    Raises PermissionDenied, Blocked (contract frozen, something inactive), ValidationError."""
    contract = lock_contract(contract.pk)
    requester, rights = getattr(actor, "person", None), _Rights(contract, actor)
    items = [_create(contract, dict(row), actor, requester, rights) for row in rows]
    tell_requested(contract, items, actor)
    return items


class _Rights:
    """What somebody may do in one contract, asked once for all the rows of a list."""

    def __init__(self, contract: Contract, actor: User) -> None:
        self._contract, self._actor = contract, actor
        self.demand_request = cache(self._demand_request)
        self.demand_fields = cache(self._demand_fields)
        self.demand_task = cache(self._demand_task)

    def _demand_request(self, department: Department) -> None:
        if not may_request(self._actor, self._contract, department):
            raise PermissionDenied("may not request for this department")

    def _demand_fields(self, names: frozenset[str]) -> None:
        _demand_fields(self._contract, self._actor, names)

    def _demand_task(self, task: Any) -> None:
        _demand_task(self._contract, task, self._actor)


def _create(
    contract: Contract, fields: dict[str, Any], actor: User, requester: Person | None, rights: _Rights
) -> ProcurementItem:
    task = fields.get("task")
    department = fields.pop("department", None) or (task.department if task else None)
    if department is None:
        raise ValidationError({"department": _("Say which department needs it.")})
    rights.demand_request(department)
    rights.demand_fields(frozenset(name for name, value in fields.items() if value not in (None, "")))
    rights.demand_task(task)
    demand_active(department, fields.get("supplier"))
    fields.setdefault("requested_by", requester)
    fields["currency"] = fields.get("currency") or contract.currency
    item = ProcurementItem(contract=contract, department=department, **_stored(fields))
    return create(item, actor=actor, verb="request_item")


@transaction.atomic
def edit_item(
    item: ProcurementItem,
    *,
    actor: User,
    version: int | None = None,
    confirmed: bool = False,
    **fields: Any,
) -> ProcurementItem:
    """Correct an item. What was ordered keeps a supplier; a quantity below what arrived is refused unless
    `confirmed`; the status follows the new quantity, the plan a new task.

    Raises PermissionDenied, Stale, Blocked, Unconfirmed, ValidationError."""
    contract = lock_contract(item.contract_id)
    before = ProcurementItem.objects.with_arrived().get(pk=item.pk)
    demand(actor, "change", before)
    fields = _stored(fields)
    moved = {name for name, value in fields.items() if getattr(before, name) != value}
    _demand_fields(contract, actor, moved)
    _demand_editable(before, fields, moved)
    if "department" in moved and not may_request(actor, contract, fields["department"]):
        raise PermissionDenied("may not request for this department")
    if "task" in moved:
        _demand_task(contract, fields["task"], actor)
    demand_active(*(fields[name] for name in ("department", "supplier") if name in moved))
    if "quantity" in moved and not confirmed:
        demand_room(before, fields["quantity"], before.usable)
    after = change(item, actor=actor, verb="change", version=version, **fields)
    if "quantity" in moved and after.status not in (Status.PLANNED, Status.CANCELLED):
        after = settle(after, actor)
    if "task" in moved and after.status in AWAITED:
        push_task(after, actor)
    return after


@transaction.atomic
def cancel_item(
    item: ProcurementItem, *, actor: User, reason: str, version: int | None = None
) -> ProcurementItem:
    """Drop it, with a reason; not once something of it has arrived.
    Raises PermissionDenied, Blocked, Stale."""
    lock_contract(item.contract_id)
    item = advance(item, "cancel", actor=actor, version=version, reason=reason)
    material_here(item, actor)
    refresh_status(item.contract)
    tell_cancelled(item, actor, reason)
    return item


def _stored(fields: dict[str, Any]) -> dict[str, Any]:
    fields = checked(ProcurementItem, fields)
    if "part_number" in fields:
        fields["part_key"] = part_key(fields["part_number"])
    return fields


def _demand_fields(contract: Contract, actor: User, names: Set[str]) -> None:
    """Raise PermissionDenied when `names` holds something that is not the actor's to set."""
    if names & MONEY_FIELDS:
        demand(actor, "view_purchase_price", contract)
    if names - REQUEST_FIELDS - {"part_key"}:
        demand(actor, "manage_procurement", contract)


def _demand_task(contract: Contract, task: Any, actor: User) -> None:
    """A task of this contract that the actor sees, and that is not cancelled."""
    if task is None:
        return
    if task.contract_id != contract.pk or not allowed(actor, "view", task):
        raise ValidationError({"task": _("This task belongs to another contract.")})
    if task.status == "cancelled":
        raise Blocked(_("“%(task)s” is cancelled: nothing is bought for it.") % {"task": task.name})


def _demand_editable(item: ProcurementItem, fields: dict[str, Any], moved: set[str]) -> None:
    if item.status == Status.CANCELLED:
        raise Blocked(_("This item is cancelled: request it again."))
    ordered = item.status != Status.PLANNED
    if ordered and "supplier" in moved and fields["supplier"] is None:
        raise ValidationError({"supplier": _("What is ordered has a supplier.")})
