"""Whom one may nudge in a contract, and whose nudges one may read."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract, TeamMember, nudges_all
from contracts.search import find_contracts
from erp.roles import LEADING, REACH_ALL, Duty
from notifications.subjects import Subject
from orgchart.models import Person

if TYPE_CHECKING:
    from orgchart.models import User

#: The dry run offers so many things to choose from.
FOUND = 8
NUMBER = "contract__number"


def nudgeable(user: User, contract: Contract) -> list[Person]:
    """The people of a contract whom `user` may nudge: all but oneself, the manager first."""
    places = TeamMember.objects.for_user(user, "nudge").filter(contract=contract)
    places = places.order_by("department__position", "id").select_related("person__user")
    people = [place.person for place in places]
    if user.role in REACH_ALL or Contract.objects.filter(nudges_all(user), pk=contract.pk).exists():
        people.insert(0, contract.manager)
    return [person for person in dict.fromkeys(people) if person.user_id != user.pk and person.active]


def crowd(contract: Contract) -> list[Person]:
    """Manager, sales person and team."""
    places = contract.team.select_related("person__user", "person__department").order_by("id")
    people = [contract.manager, contract.sales_person, *(place.person for place in places)]
    return list(dict.fromkeys(person for person in people if person))


def ledger(user: User) -> Q:
    """Nudges of contracts in which one may nudge everybody, and those of one's own department's people."""
    whole = Contract.objects.filter(nudges_all(user)).order_by().values("pk")
    led = TeamMember.objects.filter(contract=OuterRef("nudge__contract_id"), person=OuterRef("person"))
    mine = TeamMember.objects.filter(
        contract=OuterRef("contract"),
        department=OuterRef("department"),
        person__user=user,
        duty__in=LEADING,
    )
    return Q(nudge__contract_id__in=whole) | Q(Exists(led.filter(Exists(mine))))


def leaders(contract: Contract) -> list[Person]:
    """The department leaders of a contract's team."""
    places = contract.team.filter(duty=Duty.LEADER).select_related("person")
    return [place.person for place in places]


def search(rows: Any, text: str, *names: str) -> list[Any]:
    """The first of `rows`, which hang on contracts, that have every word of `text` in one of the fields
    `names` or in the number of their contract."""
    for word in text.split()[:5]:
        rows = rows.filter(reduce(or_, (Q(**{f"{name}__icontains": word}) for name in (*names, NUMBER))))
    return list(rows.select_related("contract")[:FOUND])


def _find(user: User, text: str) -> list[Contract]:
    keys = [int(hit.url.strip("/").split("/")[-1]) for hit in find_contracts(user, text, FOUND)]
    return list(Contract.objects.for_user(user).filter(pk__in=keys))


SUBJECT = Subject(
    label=_("Contract"),
    rows=lambda: Contract.objects.select_related("manager__user", "sales_person__user"),
    people=nudgeable,
    first=lambda contract: {contract.manager_id},
    name=str,
    contract=lambda contract: contract.pk,
    crowd=crowd,
    find=_find,
)
