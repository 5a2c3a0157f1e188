"""Deliveries: recorded in parts or at once, corrected, confirmed by the customer or on their behalf."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.evidence import named
from contracts.models import Contract, Delivery
from contracts.services.life import day_between, passing
from contracts.services.status import lock_contract, refresh_status
from contracts.services.telling import tell_delivery, tell_life, tell_missing
from contracts.states import LIFE, RUNNING, Stage
from erp.access import demand
from erp.dates import moment
from erp.roles import Role
from erp.workflow import Blocked, advance, change, create, follow

if TYPE_CHECKING:
    from orgchart.models import User

#: So much of earlier reports stays readable below a new one; the history has all of them.
KEPT = 5000


@transaction.atomic
def deliver(
    contract: Contract,
    *,
    actor: User,
    delivered_on: date | None = None,
    reason: str = "",
    partial: bool = False,
    version: int | None = None,
    **facts: Any,
) -> Contract:
    """Record the delivery with its `facts` (place, carrier, waybill …); tells manager, sales and the
    customer. A `partial` one leaves the contract running and passes no gate. The boss may pass an open
    gate with a reason. Raises Blocked, also for a date in the future, before signing or before the
    release; PermissionDenied, Stale."""
    stored = lock_contract(contract.pk)
    day = day_between(stored, delivered_on, stored.released_on or stored.signed_on)
    if partial:
        return _deliver_part(stored, actor, day, facts)
    with passing(stored, "deliver", actor, reason):
        contract = advance(contract, "deliver", actor=actor, version=version, reason=reason, delivered_on=day)
    made = create(Delivery(contract=contract, delivered_on=day, **facts), actor=actor, verb="record_delivery")
    tell_life("contract_delivered", contract, actor)
    tell_delivery(made, actor)
    return refresh_status(contract)


def _deliver_part(contract: Contract, actor: User, day: date, facts: dict[str, Any]) -> Contract:
    demand(actor, "deliver", contract)
    if contract.stage not in RUNNING:
        words = {"deed": LIFE["deliver"].label, "state": contract.get_stage_display()}
        raise Blocked(_("“%(deed)s” is not possible while the state is “%(state)s”.") % words)
    part = Delivery(contract=contract, delivered_on=day, final=False, **facts)
    tell_delivery(create(part, actor=actor, verb="record_delivery"), actor)
    return contract


@transaction.atomic
def correct_delivery(
    delivery: Delivery, *, actor: User, version: int | None, reason: str, delivered_on: date, **facts: Any
) -> Delivery:
    """Put a wrong record right; the contract's own day follows the last delivery. Raises Blocked (no
    reason, a day that cannot be, frozen, void), ValidationError, PermissionDenied, Stale."""
    contract = lock_contract(delivery.contract_id)
    if not reason.strip():
        raise Blocked(_("A correction needs a reason."))
    stored = Delivery.objects.get(pk=delivery.pk)
    if stored.state != stored.workflow["void_delivery"].sources[0]:
        raise Blocked(_("This delivery is void."))
    day = day_between(contract, delivered_on, contract.released_on or contract.signed_on)
    row = change(
        stored, actor=actor, verb="correct_delivery", version=version, reason=reason,
        delivered_on=day, **facts,
    )  # fmt: skip
    if row.final and contract.delivered_on != day:
        follow(contract, actor=actor, verb="correct_delivery", reason=reason, delivered_on=day)
    return row


@transaction.atomic
def void_delivery(delivery: Delivery, *, actor: User, reason: str, version: int | None = None) -> Delivery:
    """Take back a partial delivery that never was. Raises Blocked, PermissionDenied, Stale."""
    lock_contract(delivery.contract_id)
    return advance(delivery, "void_delivery", actor=actor, reason=reason, version=version)


@transaction.atomic
def report_missing(delivery: Delivery, *, actor: User, missing: str, version: int | None = None) -> Delivery:
    """The customer says what did not arrive, or not whole; tells manager and sales. What they reported
    before stays below it, with its day. Raises Blocked, PermissionDenied, Stale."""
    contract = lock_contract(delivery.contract_id)
    if not missing.strip():
        raise Blocked(_("Write what is missing."))
    if contract.stage not in (*RUNNING, Stage.DELIVERED):
        raise Blocked(_("The delivery is confirmed already. Please report it as feedback."))
    stored = Delivery.objects.get(pk=delivery.pk)
    if stored.missing and stored.missing_at:
        before = _("Reported earlier, %(at)s:") % {"at": moment(stored.missing_at)}
        missing = f"{missing.strip()}\n\n{before}\n{stored.missing}"[:KEPT]
    fields: dict[str, Any] = {"missing": missing, "missing_at": timezone.now()}
    row = change(delivery, actor=actor, verb="report_missing", version=version, **fields)
    tell_missing(row, actor)
    return row


@transaction.atomic
def confirm_delivery(
    contract: Contract, *, actor: User, confirmed_on: date | None = None, evidence: str = "", **more: Any
) -> Contract:
    """The customer says that it arrived, or the manager on their behalf with a document that hangs on
    the last delivery; tells manager and sales. Raises Blocked, PermissionDenied, Stale."""
    demand(actor, "confirm_delivery", contract)
    last = Delivery.objects.filter(contract=contract, final=True).first()
    on_behalf = actor.role != Role.CUSTOMER
    proof = named(last, actor, evidence) if on_behalf else ""
    day = day_between(contract, confirmed_on, contract.delivered_on or contract.signed_on)
    reason = _("on the customer's behalf: %(evidence)s") % {"evidence": proof} if proof else ""
    if proof:
        more["reason"] = reason
    contract = advance(contract, "confirm_delivery", actor=actor, confirmed_on=day, **more)
    if last is not None:
        fields = {"confirmed_by": actor, "on_behalf": on_behalf, "evidence": proof}
        follow(last, actor=actor, verb="confirm_delivery", reason=reason, **fields)
    tell_life("delivery_confirmed", contract, actor)
    return contract
