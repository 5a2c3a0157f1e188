"""Change orders: drafted, confirmed by the boss, answered by the customer, applied to the contract."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.evidence import named
from contracts.models import ChangeOrder, Contract
from contracts.services.money import settle_shares
from contracts.services.status import lock_contract, refresh_status
from contracts.services.telling import tell_change
from contracts.states import RUNNING
from erp.access import demand
from erp.roles import Role
from erp.workflow import Blocked, advance, change, create, follow

if TYPE_CHECKING:
    from orgchart.models import User

MOST = Decimal(10) ** 12  # what the column of the deal holds


@transaction.atomic
def create_change(contract: Contract, *, actor: User, **fields: Any) -> ChangeOrder:
    """A draft with the next number of its contract; a price needs `manage_finance`. Tells the boss.
    Raises PermissionDenied, Blocked, ValidationError."""
    stored = lock_contract(contract.pk)
    demand(actor, "change", stored)
    _check_price(stored, actor, fields.get("price_change"))
    _check_date(stored, fields.get("new_delivery"))
    last = ChangeOrder.objects.filter(contract=stored).aggregate(Max("number"))["number__max"] or 0
    order = ChangeOrder(contract=stored, number=last + 1, currency=stored.currency, **fields)
    create(order, actor=actor, verb="draft_change")
    tell_change("change_drafted", order, actor)
    return order


@transaction.atomic
def edit_change(order: ChangeOrder, *, actor: User, version: int | None, **fields: Any) -> ChangeOrder:
    """Change a draft. Raises Blocked (sent already), PermissionDenied, Stale, ValidationError."""
    contract, stored = _locked(order)
    if stored.state not in CHANGEABLE:
        raise Blocked(_("Only a draft can be changed. Withdraw this change order and write a new one."))
    price = fields.get("price_change", stored.price_change)
    if price != stored.price_change:
        _check_price(contract, actor, price, cleared=True)
    if "new_delivery" in fields:
        _check_date(contract, fields["new_delivery"])
    return change(stored, actor=actor, version=version, currency=contract.currency, **fields)


CHANGEABLE = ChangeOrder.workflow["send_change"].sources


@transaction.atomic
def send_change(order: ChangeOrder, *, actor: User, version: int | None = None) -> ChangeOrder:
    """The boss confirms it, and the customer is asked. Raises Blocked, PermissionDenied, Stale."""
    contract, stored = _locked(order)
    _foresee(contract, stored)
    fields: dict[str, Any] = {"sent_at": timezone.now(), "sent_by": actor}
    row = advance(stored, "send_change", actor=actor, version=version, **fields)
    tell_change("change_sent", row, actor)
    tell_change("change_for_you", row, actor)
    return row


@transaction.atomic
def accept_change(
    order: ChangeOrder, *, actor: User, version: int | None = None, evidence: str = ""
) -> ChangeOrder:
    """The customer agrees, or the manager says so with a document. Raises Blocked, PermissionDenied,
    Stale."""
    _contract, stored = _locked(order)
    fields = _answer(stored, actor, evidence)
    row = advance(stored, "accept_change", actor=actor, version=version, **fields)
    tell_change("change_accepted", row, actor)
    return row


@transaction.atomic
def reject_change(
    order: ChangeOrder, *, actor: User, reason: str, version: int | None = None, evidence: str = ""
) -> ChangeOrder:
    """The customer does not agree, with a reason. Raises Blocked, PermissionDenied, Stale."""
    _contract, stored = _locked(order)
    fields = {**_answer(stored, actor, evidence), "decision_note": reason[:300]}
    row = advance(stored, "reject_change", actor=actor, version=version, reason=reason, **fields)
    tell_change("change_rejected", row, actor)
    return row


@transaction.atomic
def apply_change(order: ChangeOrder, *, actor: User, version: int | None = None) -> ChangeOrder:
    """Write what was agreed on the contract, and on the order what it changed. Raises Blocked,
    PermissionDenied, Stale, ValidationError."""
    contract, stored = _locked(order)
    after = _foresee(contract, stored)
    row = advance(
        stored, "apply_change", actor=actor, version=version, applied_at=timezone.now(),
        deal_before=contract.deal_amount, deal_after=after["deal_amount"],
        delivery_before=contract.planned_delivery, delivery_after=after["planned_delivery"],
    )  # fmt: skip
    if stored.price_change:
        settle_shares(contract, after["deal_amount"], actor=actor, reason=str(row))
    follow(contract, actor=actor, verb="apply_change", reason=str(row), **after)
    refresh_status(contract)
    tell_change("change_applied", row, actor)
    return row


@transaction.atomic
def withdraw_change(
    order: ChangeOrder, *, actor: User, reason: str, version: int | None = None
) -> ChangeOrder:
    """It comes to nothing, with a reason; a customer who was asked is told. Raises Blocked,
    PermissionDenied, Stale."""
    _contract, stored = _locked(order)
    fields: dict[str, Any] = {"decision_note": reason[:300]}
    row = advance(stored, "withdraw_change", actor=actor, version=version, reason=reason, **fields)
    if row.sent_at:
        tell_change("change_withdrawn_for_you", row, actor)
    return row


def _locked(order: ChangeOrder) -> tuple[Contract, ChangeOrder]:
    """The contract first, then the order as stored."""
    contract = lock_contract(order.contract_id)
    stored = ChangeOrder.objects.select_for_update().get(pk=order.pk)
    stored.contract = contract
    return contract, stored


def _answer(order: ChangeOrder, actor: User, evidence: str) -> dict[str, Any]:
    on_behalf = actor.role != Role.CUSTOMER
    if on_behalf:
        verb = "accept_change"
        demand(actor, verb, order)
    proof = named(order, actor, evidence) if on_behalf else ""
    return {
        "decided_at": timezone.now(), "decided_by": actor, "on_behalf": on_behalf, "evidence": proof,
    }  # fmt: skip


def _foresee(contract: Contract, order: ChangeOrder) -> dict[str, Any]:
    """The fields of the contract as they will be. Raises Blocked with a sentence where they cannot be."""
    deal = contract.deal_amount
    if order.price_change:
        if order.currency != contract.currency:
            raise Blocked(_("The currency of the contract is another one now. Withdraw this change order."))
        if deal is None:
            raise Blocked(_("The contract has no deal amount yet that a price change could be added to."))
        deal += order.price_change
        if not 0 <= deal < MOST:
            raise Blocked(_("The deal amount would be below zero or too large."))
    _check_date(contract, order.new_delivery)
    return {
        "deal_amount": deal,
        "planned_delivery": order.new_delivery or contract.planned_delivery,
        "description": _described(contract, order),
    }


def _described(contract: Contract, order: ChangeOrder) -> str:
    """The description with the scope of the change below it."""
    if not order.scope.strip():
        return contract.description
    head = f"【{order} · {timezone.localdate():%Y-%m-%d}】"
    return "\n\n".join(filter(None, [contract.description, f"{head}\n{order.scope.strip()}"]))


def _check_price(contract: Contract, actor: User, price: Decimal | None, *, cleared: bool = False) -> None:
    if price or cleared:
        demand(actor, "manage_finance", contract)


def _check_date(contract: Contract, day: date | None) -> None:
    if day is None:
        return
    if contract.stage not in RUNNING:
        raise Blocked(_("The contract is delivered: its delivery date cannot change any more."))
    if day < contract.signed_on:
        raise Blocked(_("The planned delivery lies before the signing date."))
