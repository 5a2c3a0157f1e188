"""Who works on a contract. Rights follow in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.models import Contract, TeamMember
from contracts.services.grants import sync_grants
from erp import register
from erp.access import allowed, demand
from erp.audit import acting_as
from erp.roles import LEADING, REACH_ALL, Duty
from erp.workflow import Blocked, change, create, remove
from notifications.services import notify
from orgchart.models import Department, Person

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from orgchart.models import User


@transaction.atomic
def add_member(
    contract: Contract, *, actor: User, person: Person, department: Department, duty: str
) -> TeamMember:
    """Put a person in the team, or change the duty of one who is. Rights follow at once.

    Raises PermissionDenied, Blocked (also for another department than the person's own)."""
    _demand_team(actor, contract, department, duty)
    _demand_own(actor, person, department)
    if not person.active:
        raise Blocked(_("%(person)s is no longer active.") % {"person": person})
    if not department.active:
        raise Blocked(_("%(department)s is no longer active.") % {"department": department})
    place = TeamMember.objects.filter(contract=contract, person=person, department=department).first()
    if place:
        _demand_rank(actor, place)
    member = place_member(contract, person, department, duty, actor)
    sync_grants(contract)
    return member


@transaction.atomic
def change_duty(member: TeamMember, *, actor: User, duty: str, version: int | None = None) -> TeamMember:
    """Give a member another duty. Raises PermissionDenied, Blocked, Stale."""
    contract = member.contract
    _demand_team(actor, contract, member.department, duty)
    _demand_rank(actor, member)
    if duty in LEADING and duty != member.duty:
        _demand_own(actor, member.person, member.department)
    before = member.duty
    member = change(member, actor=actor, verb="change_duty", right="manage", version=version, duty=duty)
    if member.duty != before:
        sync_grants(contract)
        with acting_as(actor):
            tell_team(contract, [member.person], Duty(member.duty).label, member.version)
    return member


@transaction.atomic
def join_team(contract: Contract, person: Person, *, actor: User, department: Department) -> None:
    """Make sure `person` is in the team: being named to work on a contract includes it.
    The caller has checked the right to name them. Raises Blocked."""
    if not contract.team.filter(person=person).exists():
        _demand_own(actor, person, department)
        place_member(contract, person, department, Duty.MEMBER, actor)
        sync_grants(contract)


@transaction.atomic
def remove_member(member: TeamMember, *, actor: User, successor: Person | None = None) -> None:
    """Take a place in the team away; open work goes to `successor`, who joins the team.

    Raises PermissionDenied, Blocked (work is left and nobody was named to take it over)."""
    contract = member.contract
    demand(actor, "manage", member)
    _demand_rank(actor, member)
    if successor is not None:
        _hand_over(member, successor, actor)
    for check in register.entries("contracts.leaving").values():
        if why := check(member):
            raise Blocked(why)
    remove(member, actor=actor, verb="remove_member", right="manage")
    sync_grants(contract)


@transaction.atomic
def change_manager(
    contract: Contract, *, actor: User, manager: Person, version: int | None = None
) -> Contract:
    """Name another project manager; both ends of the change take effect at once.

    Raises PermissionDenied, Blocked, Stale."""
    if not manager.active:
        raise Blocked(_("%(person)s is no longer active.") % {"person": manager})
    before = contract.manager_id
    contract = change(
        contract, actor=actor, verb="change_manager", right="manage_team", version=version, manager=manager
    )
    if contract.manager_id != before:
        sync_grants(contract)
        with acting_as(actor):
            tell_manager(contract)
    return contract


def demand_some_team(contract: Contract, *, actor: User) -> None:
    """Raise PermissionDenied unless `actor` may place anybody in this team."""
    leads = TeamMember.objects.filter(contract=contract, person__user=actor, duty__in=LEADING)
    if not allowed(actor, "manage_team", contract) and not leads.exists():
        raise PermissionDenied("may not manage this team")


def place_member(
    contract: Contract, person: Person, department: Department, duty: str, actor: User
) -> TeamMember:
    """Write the membership and tell the person; rights of `actor` and grants are the caller's."""
    places = TeamMember.objects.filter(contract=contract, person=person, department=department)
    member: TeamMember | None = places.first()
    if member is None:
        member = TeamMember(contract=contract, person=person, department=department, duty=duty)
        create(member, actor=actor, verb="add_member")
    elif member.duty != duty:
        member = change(member, actor=actor, verb="change_duty", right="manage", duty=duty)
    else:
        return member
    with acting_as(actor):
        tell_team(contract, [person], Duty(member.duty).label, member.version)
    return member


def tell_manager(contract: Contract) -> None:
    _tell("contract_assigned", contract, [contract.manager], gettext_lazy("project manager"))


@transaction.atomic
def name_sales_person(contract: Contract, *, actor: User) -> None:
    """Whoever sells a contract works on it: the sales person joins the team and is told."""
    person = contract.sales_person
    if person is None or not person.active:
        return
    if not contract.team.filter(person=person).exists():
        place = {"department": person.department, "duty": Duty.MEMBER}
        create(TeamMember(contract=contract, person=person, **place), actor=actor, verb="add_member")
        sync_grants(contract)
    with acting_as(actor):
        _tell("contract_assigned", contract, [person], gettext_lazy("sales person"))


def tell_team(contract: Contract, people: Iterable[Person], duty: Any, again: int = 0) -> None:
    _tell("team_assigned", contract, people, duty, again)


def _tell(event: str, contract: Contract, people: Iterable[Person], duty: Any, again: int = 0) -> None:
    for person in people:
        notify(
            event,
            contract,
            [person],
            key=f"{event}-{contract.pk}-{person.pk}-{duty}-{contract.version}-{again}",
            contract=contract.number,
            name=contract.name,
            duty=duty,
        )


def _demand_team(actor: User, contract: Contract, department: Department, duty: str) -> None:
    """The manager places anybody; a leader places co-leaders and members of the own department."""
    if allowed(actor, "manage_team", contract):
        return
    leads = TeamMember.objects.for_user(actor, "manage").filter(contract=contract, department=department)
    if duty == Duty.LEADER or not leads.exists():
        raise PermissionDenied("may not manage this team")


def _demand_own(actor: User, person: Person, department: Department) -> None:
    """A department brings its rights along: who could place people anywhere could give themselves
    any right. Only those who hold every right anyway lend people to another department."""
    if actor.role not in REACH_ALL and department.pk != person.department_id:
        raise Blocked(_("Only the boss or an administrator places people in another department."))


def _demand_rank(actor: User, member: TeamMember) -> None:
    """Only whoever manages the whole team moves or removes a department's leader."""
    if member.duty == Duty.LEADER and not allowed(actor, "manage_team", member.contract):
        raise PermissionDenied("may not change a leader")


def _hand_over(member: TeamMember, successor: Person, actor: User) -> None:
    if successor.pk == member.person_id:
        raise Blocked(_("The successor must be somebody else."))
    if not successor.active:
        raise Blocked(_("%(person)s is no longer active.") % {"person": successor})
    _let_in(member, successor, actor)
    try:
        for hand_over in register.entries("contracts.handover").values():
            hand_over(member, successor, actor)
    except PermissionDenied as why:
        text = _("%(person)s has tasks of another department: only the project manager hands them over.")
        raise Blocked(text % {"person": member.person}) from why


def _let_in(member: TeamMember, successor: Person, actor: User) -> None:
    """The successor joins the team: from the own department, lent to the place by boss and admin."""
    contract = member.contract
    department = member.department if actor.role in REACH_ALL else successor.department
    if contract.team.filter(person=successor).exists():
        return
    try:
        _demand_team(actor, contract, department, Duty.MEMBER)
    except PermissionDenied as why:
        raise Blocked(_("Choose a successor of your department or of the team.")) from why
    join_team(contract, successor, actor=actor, department=department)
