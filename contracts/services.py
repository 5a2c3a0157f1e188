"""Everything that writes contracts, teams and grants."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.models import (
    CodeYear,
    Contract,
    ContractGroupGrant,
    ContractUserGrant,
    TeamMember,
)
from contracts.states import FACTS, derive_status
from erp import register
from erp.access import allowed, demand, write_grants
from erp.audit import acting_as, current
from erp.roles import (
    CUSTOMER_VERBS,
    DUTY_VERBS,
    MANAGER_FINANCE_VERBS,
    MANAGER_VERBS,
    REACH_ALL,
    Duty,
    Function,
)
from erp.workflow import Blocked, advance, change, create, remove
from notifications.services import notify
from orgchart.models import Department, FunctionRight, Organisation, Person

if TYPE_CHECKING:
    from orgchart.models import User

MONEY_FIELDS = frozenset({"currency", "quote_amount", "deal_amount"})


def normal_number(text: str) -> str:
    """A contract number as stored: NFKC (full-width digits become plain), upper case, no spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()


def may_create(user: User) -> bool:
    """Boss, admin, and any active person of a sales department."""
    if not user.is_active:
        return False
    if user.role in REACH_ALL:
        return True
    return Person.objects.filter(
        user=user, active=True, department__function=Function.SALES, department__active=True
    ).exists()


@transaction.atomic
def create_contract(*, actor: User, **fields: Any) -> Contract:
    """Open a contract: issues the project code, makes the creator a member for their sales
    department, tells the manager. Raises PermissionDenied, ValidationError."""
    if not may_create(actor):
        raise PermissionDenied("only boss, admin and sales open contracts")
    fields["number"] = normal_number(fields["number"])
    contract = Contract(code=_next_code(timezone.localdate().year), **fields)
    contract.file_prefix = re.sub(r"[^\w-]+", "-", contract.number)[:60]
    create(contract, actor=actor)
    person = Person.objects.filter(user=actor, department__function=Function.SALES).first()
    if person:
        _place(contract, person, person.department, Duty.MEMBER, actor)
    sync_grants(contract)
    with acting_as(actor):
        _tell("contract_assigned", contract, [contract.manager], _("project manager"))
    return contract


@transaction.atomic
def edit_contract(contract: Contract, *, actor: User, version: int | None, **fields: Any) -> Contract:
    """Change header fields; money fields need `manage_finance`. Raises PermissionDenied, Stale,
    Blocked, ValidationError."""
    if MONEY_FIELDS & fields.keys():
        demand(actor, "manage_finance", contract)
    if "number" in fields:
        fields["number"] = normal_number(fields["number"])
    before = Contract.objects.get(pk=contract.pk)
    contract = change(contract, actor=actor, version=version, **fields)
    if contract.company_id != before.company_id or contract.manager_id != before.manager_id:
        sync_grants(contract)
    if contract.manager_id != before.manager_id:
        with acting_as(actor):
            _tell("contract_assigned", contract, [contract.manager], _("project manager"))
    return contract


# --- life ---------------------------------------------------------------------------------------


@transaction.atomic
def release_plan(contract: Contract, *, actor: User, version: int | None = None) -> Contract:
    contract = advance(
        contract, "release_plan", actor=actor, version=version, released_on=timezone.localdate()
    )
    with acting_as(actor):
        people = [m.person for m in contract.team.select_related("person")]
        notify(
            "plan_released",
            contract,
            people,
            key=f"contract-{contract.pk}-released-{contract.version}",
            contract=contract.number,
        )
    return contract


@transaction.atomic
def deliver(contract: Contract, *, actor: User, delivered_on: date, **more: Any) -> Contract:
    """Raises Blocked also for a date in the future or before signing."""
    if not contract.signed_on <= delivered_on <= timezone.localdate():
        raise Blocked(_("The delivery date must lie between signing and today."))
    contract = advance(contract, "deliver", actor=actor, delivered_on=delivered_on, **more)
    return refresh_status(contract)


@transaction.atomic
def confirm_delivery(contract: Contract, *, actor: User, version: int | None = None) -> Contract:
    return advance(
        contract,
        "confirm_delivery",
        actor=actor,
        version=version,
        confirmed_on=timezone.localdate(),
    )


@transaction.atomic
def archive(contract: Contract, *, actor: User, version: int | None = None) -> Contract:
    return advance(contract, "archive", actor=actor, version=version, archived_at=timezone.now())


@transaction.atomic
def reopen(contract: Contract, *, actor: User, reason: str, version: int | None = None) -> Contract:
    contract = advance(contract, "reopen", actor=actor, version=version, reason=reason, archived_at=None)
    return refresh_status(contract)


@transaction.atomic
def cancel(contract: Contract, *, actor: User, reason: str, version: int | None = None) -> Contract:
    return advance(contract, "cancel", actor=actor, version=version, reason=reason)


# --- team ---------------------------------------------------------------------------------------


@transaction.atomic
def add_member(
    contract: Contract, *, actor: User, person: Person, department: Department, duty: str
) -> TeamMember:
    """Put a person in the team, or change the duty of one who is. Rights follow at once.

    Raises PermissionDenied, Blocked."""
    _demand_team(actor, contract, department, duty)
    if not person.active:
        raise Blocked(_("%(person)s is no longer active.") % {"person": person})
    if not department.active:
        raise Blocked(_("%(department)s is no longer active.") % {"department": department})
    member = _place(contract, person, department, duty, actor)
    sync_grants(contract)
    return member


@transaction.atomic
def join_team(contract: Contract, person: Person, *, actor: User, department: Department) -> None:
    """Make sure `person` is in the team: being named to work on a contract includes it.
    The caller has checked the right to name them."""
    if not contract.team.filter(person=person).exists():
        _place(contract, person, department, Duty.MEMBER, actor)
        sync_grants(contract)


@transaction.atomic
def remove_member(member: TeamMember, *, actor: User) -> None:
    """Take a place in the team away. Raises PermissionDenied, Blocked (open tasks: name a
    successor first, see `contracts.leave` guards)."""
    contract = member.contract
    for check in register.entries("contracts.leaving").values():
        if why := check(member):
            raise Blocked(why)
    remove(member, actor=actor, verb="remove_member", right="manage")
    sync_grants(contract)


def _demand_team(actor: User, contract: Contract, department: Department, duty: str) -> None:
    """The manager places anybody; a leader places co-leaders and members of the own department."""
    if allowed(actor, "manage_team", contract):
        return
    leads = TeamMember.objects.for_user(actor, "manage").filter(contract=contract, department=department)
    if duty == Duty.LEADER or not leads.exists():
        raise PermissionDenied("may not manage this team")


def _place(contract: Contract, person: Person, department: Department, duty: str, actor: User) -> TeamMember:
    member = TeamMember.objects.filter(contract=contract, person=person, department=department).first()
    if member is None:
        member = TeamMember(contract=contract, person=person, department=department, duty=duty)
        create(member, actor=actor, verb="add_member")
    elif member.duty != duty:
        member = change(member, actor=actor, verb="change_duty", right="manage", duty=duty)
    else:
        return member
    with acting_as(actor):
        _tell("team_assigned", contract, [person], member.get_duty_display(), member.version)
    return member


def _tell(event: str, contract: Contract, people: Iterable[Person], duty: Any, again: int = 0) -> None:
    for person in people:
        notify(
            event,
            contract,
            [person],
            key=f"{event}-{contract.pk}-{person.pk}-{duty}-{contract.version}-{again}",
            contract=contract.number,
            name=contract.name,
            duty=str(duty),
        )


# --- grants: the consequence of membership ------------------------------------------------------


def derive_grants(contract: Contract) -> set[tuple[int, str]]:
    """(user id, verb) of everybody in the team: the union of all positions a person holds."""
    rights: dict[str, set[str]] = {}
    for function, verb in FunctionRight.objects.values_list("function", "verb"):
        rights.setdefault(function, set()).add(verb)
    wanted: set[tuple[int, str]] = set()
    members = contract.team.filter(person__user__isnull=False).values_list(
        "person__user_id", "duty", "department__function"
    )
    for user, duty, function in members:
        wanted |= {(user, verb) for verb in DUTY_VERBS[duty] | rights.get(function, set())}
    if manager := contract.manager.user_id:
        sees_money = Organisation.objects.filter(manager_sees_finance=True).exists()
        verbs = MANAGER_VERBS | (MANAGER_FINANCE_VERBS if sees_money else frozenset())
        wanted |= {(manager, verb) for verb in verbs}
    return wanted


def sync_grants(contract: Contract) -> int:
    """Make the stored grants of a contract what its team and company say; returns rows changed."""
    group = contract.company.group_id
    customers = {(group, verb) for verb in CUSTOMER_VERBS} if group else set()
    return write_grants(ContractUserGrant, contract, derive_grants(contract), "user") + write_grants(
        ContractGroupGrant, contract, customers, "group"
    )


def sync_all_grants(contracts: QuerySet[Contract] | None = None) -> int:
    rows = Contract.objects.all() if contracts is None else contracts
    return sum(sync_grants(c) for c in rows.select_related("company", "manager"))


# --- derived status -----------------------------------------------------------------------------


def read_facts(contracts: QuerySet[Contract]) -> QuerySet[Contract]:
    """Annotate every registered fact as `fact_<name>`."""
    found = register.entries("contracts.facts")
    return contracts.annotate(**{f"fact_{name}": found[name] for name in FACTS if name in found})


def derived(contract: Any) -> dict[str, Any]:
    """What the facts say of a contract annotated by `read_facts`: status and next task end."""
    facts = {name: getattr(contract, f"fact_{name}", None) for name in FACTS}
    next_task_end = facts.pop("next_task_end")
    status = derive_status(facts, delivered=contract.delivered_on is not None)
    return {"status": status, "next_task_end": next_task_end}


@transaction.atomic
def refresh_status(contract: Contract) -> Contract:
    """Store what the facts now say. Derived values are nobody's edit: they raise no version, but
    leave history and audit when they change. Frozen contracts keep theirs."""
    Contract.objects.select_for_update().get(pk=contract.pk)
    row = read_facts(Contract.objects.filter(pk=contract.pk)).get()
    found = derived(row)
    moved = [name for name, value in found.items() if getattr(row, name) != value]
    if moved and not row.frozen():
        for name in moved:
            setattr(row, name, found[name])
        row._change_reason = "derive_status"
        with acting_as(current().user, verb="derive_status"):
            row.save(update_fields=moved)
    return row


def _next_code(year: int) -> str:
    """`P2026-0001`: gap-free per year, because the counter moves in the creating transaction."""
    CodeYear.objects.get_or_create(year=year)
    CodeYear.objects.filter(year=year).update(last=F("last") + 1)
    return f"P{year}-{CodeYear.objects.get(year=year).last:04d}"
