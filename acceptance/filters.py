"""What a list of acceptances may be narrowed to; everything else in the address is passed over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from acceptance.queries import waiting_for
from acceptance.states import Level, Scope, State
from contracts.filters import plain
from contracts.states import FROZEN
from production.filters import number

if TYPE_CHECKING:
    from acceptance.models.applications import AcceptanceQuerySet
    from orgchart.models import User

#: Choices of `state=` beside the stored states.
SETS = {"mine": _("Waits for me"), "back": _("Came back to me")}
STATES = [*SETS.items(), *State.choices]


@dataclass(frozen=True, slots=True)
class AcceptanceFilter:
    """The understood part of a query string."""

    q: str = ""
    state: str = ""
    level: int = 0
    scope: str = ""
    contract: int = 0

    @classmethod
    def read(cls, query: QueryDict) -> AcceptanceFilter:
        state, scope = query.get("state", ""), query.get("scope", "")
        level = number(query.get("level", ""))
        return cls(
            q=plain(query.get("q", "")),
            state=state if state in dict(STATES) else "",
            level=level if level in Level.values else 0,
            scope=scope if scope in Scope.values else "",
            contract=number(query.get("contract", "")),
        )

    @property
    def active(self) -> bool:
        return self != AcceptanceFilter()

    def link(self) -> str:
        given = {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}
        return f"?{urlencode(given)}" if given else ""

    def narrow(self, rows: AcceptanceQuerySet, user: User) -> AcceptanceQuerySet:
        if self.q:
            rows = rows.filter(
                Q(title__icontains=self.q)
                | Q(contract__number__icontains=self.q)
                | Q(contract__name__icontains=self.q)
            )
        if self.state == "mine":
            rows = rows.open().filter(waiting_for(user))
        elif self.state == "back":
            rows = rows.filter(came_back(user))
        elif self.state:
            rows = rows.filter(state=self.state)
        narrow: dict[str, Any] = {"level": self.level, "scope": self.scope, "contract": self.contract}
        return rows.filter(**{name: value for name, value in narrow.items() if value})


def came_back(user: User) -> Q:
    """Rejected acceptances whose work is `user`'s: their task, or what they applied for."""
    mine = Q(applied_by=user) | Q(task__assignee__user=user)
    return Q(state=State.REJECTED) & mine & ~Q(contract__stage__in=FROZEN)
