"""Reads of a contract for its pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.models import Contract, ContractUserGrant, TeamMember
from contracts.states import RUNNING
from erp.access import allowed, right_id
from erp.dates import short_day
from erp.memory import recall
from erp.money import amount
from erp.roles import Duty

if TYPE_CHECKING:
    from datetime import date

    from orgchart.models import Department, User


#: `?sort=` → order; a leading minus turns it round. Only indexed or cheap orders.
SORTS: dict[str, tuple[str, ...]] = {
    "number": ("number",),
    "name": ("name", "id"),
    "company": ("company__pinyin", "company_id", "id"),
    "manager": ("manager__pinyin", "manager_id", "id"),
    "stage": ("stage", "planned_delivery", "id"),
    "status": ("status", "id"),
    "signed": ("signed_on", "id"),
    "due": ("planned_delivery", "id"),
}
MAX_PAGE = 200  # up to row 10,000


@dataclass
class Team:
    """One department's people in a contract, leaders first."""

    department: Department
    members: list[TeamMember] = field(default_factory=list)


RANK = {Duty.LEADER: 0, Duty.CO_LEADER: 1, Duty.MEMBER: 2}


def team_by_department(contract: Contract) -> list[Team]:
    teams: dict[int, Team] = {}
    members = contract.team.select_related("person", "department").order_by("department__position", "id")
    for member in members:
        member.contract = contract
        teams.setdefault(member.department_id, Team(member.department)).members.append(member)
    for team in teams.values():
        team.members.sort(key=lambda m: RANK[Duty(m.duty)])
    return list(teams.values())


def next_dates(contract: Contract) -> list[dict[str, Any]]:
    """What comes next, with how far it is."""
    if contract.stage not in RUNNING:
        return []
    found = [
        (_("Next task ends"), contract.next_task_end),
        (_("Planned delivery"), contract.planned_delivery),
    ]
    return [
        {"label": label, "day": short_day(day), "away": away(day), "late": day < timezone.localdate()}
        for label, day in found
        if day
    ]


def away(day: date) -> str:
    """`今天`, `3 天后`, `逾期 3 天`."""
    days = (day - timezone.localdate()).days
    if days == 0:
        return _("today")
    if days > 0:
        return ngettext("in %(n)s day", "in %(n)s days", days) % {"n": days}
    return ngettext("%(n)s day overdue", "%(n)s days overdue", -days) % {"n": -days}


#: Verbs that put pages into the menu of whoever holds them on any contract.
MENU_VERBS = ("view_audit", "view_finance")


def held_anywhere(user: User) -> frozenset[str]:
    """Which of `MENU_VERBS` a person holds on some contract; asked on every page, so in one query of two
    probes, straight from the grants."""

    def read() -> frozenset[str]:
        rights = {right_id(Contract, verb): verb for verb in MENU_VERBS}
        grant = ContractUserGrant.objects.filter(user=user, permission_id=OuterRef("pk"))
        found = Permission.objects.filter(Exists(grant), pk__in=[pk for pk in rights if pk])
        return frozenset(rights[pk] for pk in found.order_by().values_list("pk", flat=True))

    return recall(f"contracts.held_anywhere.{user.pk}", read)


def finance(contract: Contract, user: User) -> dict[str, str] | None:
    """Quote and deal for those who may read them."""
    if not allowed(user, "view_finance", contract):
        return None
    return {
        "quote": amount(contract.quote_amount, contract.currency) or "—",
        "deal": amount(contract.deal_amount, contract.currency) or "—",
    }
