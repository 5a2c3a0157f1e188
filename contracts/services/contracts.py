"""The contract's header and its life."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.models import CodeYear, Contract
from contracts.services.grants import sync_grants
from contracts.services.life import day_between, passing
from contracts.services.money import something_received
from contracts.services.status import lock_contract, refresh_status
from contracts.services.team import name_sales_person, place_member, tell_manager
from contracts.services.telling import tell_life
from erp.access import demand
from erp.audit import acting_as
from erp.roles import REACH_ALL, Duty, Function
from erp.workflow import advance, change, create
from orgchart.models import Person, sells

if TYPE_CHECKING:
    from orgchart.models import User

MONEY_FIELDS = frozenset({"currency", "quote_amount", "deal_amount"})


def normal_number(text: str) -> str:
    """A contract number as stored: NFKC (full-width digits become plain), upper case, without
    spaces, controls and invisible characters."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(c for c in plain if not c.isspace() and unicodedata.category(c)[0] != "C").upper()


def may_create(user: User) -> bool:
    """Boss, admin, and any active person of a sales department."""
    if not user.is_active:
        return False
    if user.role in REACH_ALL:
        return True
    return sells(user)


def _sales_person(user: User) -> Person | None:
    people = Person.objects.filter(
        user=user, active=True, department__function=Function.SALES, department__active=True
    )
    return people.select_related("department").first()


@transaction.atomic
def create_contract(*, actor: User, **fields: Any) -> Contract:
    """Open a contract: issues the project code, makes the creator a member for their sales
    department, and the sales person; tells them and the manager. Raises PermissionDenied, ValidationError."""
    if not may_create(actor):
        raise PermissionDenied("only boss, admin and sales open contracts")
    fields["number"] = _free_number(fields["number"])
    contract = Contract(code=_next_code(timezone.localdate().year), **fields)
    contract.file_prefix = re.sub(r"[^\w-]+", "-", contract.number)[:60]
    try:
        create(contract, actor=actor)
    except IntegrityError as clash:  # two people, one number, one instant
        raise _number_taken() from clash
    if person := _sales_person(actor):
        place_member(contract, person, person.department, Duty.MEMBER, actor)
    sync_grants(contract)
    name_sales_person(contract, actor=actor)
    with acting_as(actor):
        tell_manager(contract)
    return contract


@transaction.atomic
def edit_contract(contract: Contract, *, actor: User, version: int | None, **fields: Any) -> Contract:
    """Change header fields; money fields need `manage_finance`, the manager `manage_team`.
    Raises PermissionDenied, Stale, Blocked, ValidationError."""
    before = Contract.objects.get(pk=contract.pk)
    if any(getattr(before, name) != fields[name] for name in MONEY_FIELDS & fields.keys()):
        demand(actor, "manage_finance", contract)
    manager = fields.get("manager", before.manager)
    if manager.pk != before.manager_id:
        demand(actor, "manage_team", contract)
    if fields.get("currency", before.currency) != before.currency:
        _demand_free_currency(contract)
    if "number" in fields:
        fields["number"] = _free_number(fields["number"], but=contract)
    try:
        contract = change(contract, actor=actor, version=version, **fields)
    except IntegrityError as clash:
        raise _number_taken() from clash
    if contract.company_id != before.company_id or contract.manager_id != before.manager_id:
        sync_grants(contract)
    if contract.manager_id != before.manager_id:
        with acting_as(actor):
            tell_manager(contract)
    if contract.sales_person_id != before.sales_person_id:
        name_sales_person(contract, actor=actor)
    return contract


def _demand_free_currency(contract: Contract) -> None:
    """What was received was received in the contract's currency, so that stands from then on."""
    lock_contract(contract.pk)
    if something_received(contract):
        text = _("The currency is fixed: payments were received in it. Take them back first.")
        raise ValidationError({"currency": text})


def _free_number(text: str, but: Contract | None = None) -> str:
    """Never says whose number it is: the other contract may be out of the asker's sight."""
    number = normal_number(text)
    if not number or len(number) > 50:
        raise ValidationError({"number": _("A contract number has 1 to 50 letters, digits and signs.")})
    if Contract.objects.filter(number=number).exclude(pk=but.pk if but else 0).exists():
        raise _number_taken()
    return number


def _number_taken() -> ValidationError:
    return ValidationError({"number": _("This contract number is taken. Choose another one.")})


def _next_code(year: int) -> str:
    """`P2026-0001`: gap-free per year, because the counter moves in the creating transaction."""
    CodeYear.objects.get_or_create(year=year)
    CodeYear.objects.filter(year=year).update(last=F("last") + 1)
    return f"P{year}-{CodeYear.objects.get(year=year).last:04d}"


# --- life ---------------------------------------------------------------------------------------


@transaction.atomic
def release_plan(
    contract: Contract, *, actor: User, released_on: date | None = None, **more: Any
) -> Contract:
    """Tell everybody in the team that the plan stands, as of today or an earlier day since signing.
    Raises Blocked, PermissionDenied, Stale."""
    day = day_between(contract, released_on, contract.signed_on)
    contract = advance(contract, "release_plan", actor=actor, released_on=day, **more)
    tell_life("plan_released", contract, actor)
    return contract


@transaction.atomic
def archive(contract: Contract, *, actor: User, reason: str = "", **more: Any) -> Contract:
    """Make the contract read-only. The boss may pass an open gate with a reason. Raises Blocked."""
    with passing(contract, "archive", actor, reason):
        contract = advance(
            contract, "archive", actor=actor, reason=reason, archived_at=timezone.now(), **more
        )
    sync_grants(contract)
    return contract


@transaction.atomic
def reopen(contract: Contract, *, actor: User, reason: str, **more: Any) -> Contract:
    """Back from the archive. Raises Blocked (no reason), PermissionDenied, Stale."""
    contract = advance(contract, "reopen", actor=actor, reason=reason, archived_at=None, **more)
    sync_grants(contract)
    return refresh_status(contract)


@transaction.atomic
def cancel(contract: Contract, *, actor: User, reason: str, **more: Any) -> Contract:
    """End a contract that will not be delivered; tells the team. Raises Blocked, Stale."""
    contract = advance(contract, "cancel", actor=actor, reason=reason, **more)
    sync_grants(contract)
    tell_life("contract_cancelled", contract, actor)
    return contract
