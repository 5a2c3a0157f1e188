"""What is owed to us, over all contracts whose amounts one may read; its address holds the filters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Q

from contracts.filters import plain
from contracts.models import Contract, Currency, PaymentMilestone
from contracts.money.due import OWED, Claim, claims
from contracts.money.states import Due
from contracts.queries import MAX_PAGE, held_anywhere
from erp.roles import reaches_all

if TYPE_CHECKING:
    from django.http import QueryDict

    from orgchart.models import User

#: Days overdue that fall into one column of the ageing, and where each column ends.
AGES = (("30", 30), ("60", 60), ("90", 90), ("more", 10**6))
#: `?sort=` → what of a claim it sorts by; nothing due yet comes last.
SORTS = ("due", "amount", "contract")
CHOICES: dict[str, tuple[str, ...]] = {
    "state": (*(str(value) for value in Due.values), "all"),
    "age": tuple(key for key, _last in AGES),
    "currency": tuple(Currency.values),
    "sort": (*SORTS, *(f"-{name}" for name in SORTS)),
    "export": ("xlsx", "csv"),
}
FAR = date.max


def reads_money(user: User) -> bool:
    """Whether `user` may read amounts of any contract: the menu and the list are theirs."""
    if not user.is_active:
        return False
    if reaches_all(user.role, "contracts.contract", "view_finance"):
        return True
    return "view_finance" in held_anywhere(user)


def age_of(claim: Claim) -> str:
    """The column of the ageing a claim belongs to; '' while it is not overdue."""
    days = claim.days_late
    return next(key for key, last in AGES if days <= last) if days else ""


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """The state of the list as its address holds it; every value is checked."""

    q: str = ""
    state: str = ""  # nothing: whatever is not received yet
    age: str = ""
    currency: str = ""
    sort: str = ""
    page: int = 1
    export: str = ""

    @classmethod
    def read(cls, params: QueryDict) -> LedgerFilter:
        number = params.get("page", "")
        page = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 1
        found = {
            name: value for name, choices in CHOICES.items() if (value := params.get(name, "")) in choices
        }
        return cls(q=plain(params.get("q", "")), page=min(max(page, 1), MAX_PAGE), **found)

    def values(self) -> dict[str, str]:
        pairs = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name: value for name, value in pairs if value and name not in ("page", "export")}

    def link(self, **changed: str) -> str:
        """The address of this list with some values changed; a dropped value is ''."""
        kept = {name: value for name, value in {**self.values(), **changed}.items() if value}
        return f"?{urlencode(kept)}" if kept else ""

    def rows(self, user: User) -> Any:
        """The milestones in sight that the words and the currency leave."""
        rows = money_of(user)
        if self.currency:
            rows = rows.filter(contract__currency=self.currency)
        for word in self.q.split():
            found = Q(title__icontains=word) | Q(invoice_number__icontains=word)
            for name in ("number", "code", "name", "company__name", "company__short_name", "company__pinyin"):
                found |= Q(**{f"contract__{name}__icontains": word})
            rows = rows.filter(found)
        return rows

    def choose(self, found: Iterable[Claim]) -> list[Claim]:
        """Of the claims those asked for, in the order asked for."""
        kept = [claim for claim in found if self._fits(claim)]
        name = self.sort.lstrip("-") or "due"
        kept.sort(key=_ORDER[name], reverse=self.sort.startswith("-"))
        return kept

    def _fits(self, claim: Claim) -> bool:
        if self.age and age_of(claim) != self.age:
            return False
        if self.state == "all":
            return True
        if self.state:
            return claim.state == self.state
        return claim.state != Due.RECEIVED


_ORDER: dict[str, Any] = {
    "due": lambda claim: (claim.due or FAR, claim.expected or FAR, claim.contract, claim.pk),
    "amount": lambda claim: (claim.open, claim.contract, claim.pk),
    "contract": lambda claim: (claim.contract, claim.pk),
}


def money_of(user: User) -> Any:
    """The milestones whose amounts `user` may read, of contracts whose money is owed."""
    return PaymentMilestone.objects.for_user(user).filter(OWED).order_by("pk")


def claims_of(user: User) -> list[Claim]:
    return claims(money_of(user))


def named(found: Iterable[Claim]) -> dict[int, Contract]:
    """The contracts of some claims, in one query; the claims are in sight already."""
    rows = Contract.objects.select_related("company", "sales_person")
    return rows.in_bulk({claim.contract for claim in found})


@dataclass
class Ageing:
    """One currency's line: what is not due yet, and what is overdue by how long. Never added to another
    currency's."""

    currency: str
    sums: dict[str, Decimal]

    @property
    def overdue(self) -> Decimal:
        return sum((value for key, value in self.sums.items() if key), Decimal(0))

    @property
    def whole(self) -> Decimal:
        return sum(self.sums.values(), Decimal(0))


def ageing(found: Iterable[Claim]) -> list[Ageing]:
    """What is open, by currency and by how long it is overdue."""
    table: dict[str, Ageing] = {}
    for claim in found:
        if not claim.open:
            continue
        row = table.setdefault(
            claim.currency, Ageing(claim.currency, {"": Decimal(0), **{key: Decimal(0) for key, _n in AGES}})
        )
        row.sums[age_of(claim)] += claim.open
    return [table[currency] for currency in Currency.values if currency in table]
