"""What the address of the contract list may say; junk is ignored."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from contracts.models import Contract, ContractQuerySet
from contracts.queries import MAX_PAGE, SORTS
from contracts.states import FROZEN, LIVE, Stage, Status

if TYPE_CHECKING:
    from django.http import QueryDict

    from orgchart.models import User

CHOICES: dict[str, tuple[str, ...]] = {
    "status": tuple(Status.values),
    "stage": tuple(Stage.values),
    "risk": ("1", "0"),
    "archived": ("1", "all", "kept"),
    "mine": ("1",),
    "view": ("table", "cards"),
    "export": ("xlsx", "csv"),
    "sort": (*SORTS, *(f"-{name}" for name in SORTS)),
}
WORDS = ("number", "code", "name", "company__name", "company__short_name", "company__pinyin")


@dataclass(frozen=True, slots=True)
class ContractFilter:
    """The state of the list as its address holds it; every value is checked."""

    q: str = ""
    status: str = ""
    stage: str = ""
    risk: str = ""  # 1 overdue, 0 not overdue
    company: str = ""
    manager: str = ""
    mine: str = ""
    archived: str = ""  # 1 only archived and cancelled, all: these too, kept: all but cancelled
    due: str = ""  # month or day of the planned delivery, 2026-11 or 2026-11-25
    delivered: str = ""  # month or day of the delivery
    more: str = ""  # the selects that cost a query are shown
    sort: str = ""
    view: str = ""
    page: int = 1
    export: str = ""

    @classmethod
    def read(cls, params: QueryDict) -> ContractFilter:
        found: dict[str, Any] = {"q": plain(params.get("q", "")), "page": _page(params.get("page", ""))}
        for name, choices in CHOICES.items():
            if (value := params.get(name, "")) in choices:
                found[name] = value
        for name in ("company", "manager"):
            if re.fullmatch(r"[0-9]{1,18}", value := params.get(name, "")):
                found[name] = value
        for name in ("due", "delivered"):
            if span_of(params.get(name, "")):
                found[name] = params[name]
        found["more"] = "1" if params.get("more") == "1" or found.keys() & {"company", "manager"} else ""
        return cls(**found)

    def values(self) -> dict[str, str]:
        """What differs from the bare list, without page and export."""
        pairs = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name: value for name, value in pairs if value and name not in ("page", "export")}

    @property
    def bare(self) -> bool:
        """Whether this is the list of all live contracts, however it is sorted and shown."""
        return not self.values().keys() - {"sort", "view", "more"}

    def link(self, **changes: str) -> str:
        """The address of this list with some values changed or, by "", taken away."""
        kept = {name: value for name, value in {**self.values(), **changes}.items() if value}
        return f"?{urlencode(kept)}"

    def apply(self, rows: ContractQuerySet, user: User, *, walk: bool = False) -> ContractQuerySet:
        """The contracts among `rows` that the address asks for, unordered. With `walk` the database
        is kept from looking up stages, so that it reads in the asked order and stops after a page."""
        rows = self._by_life(rows.alias(life=Coalesce("stage", Value(""))), "life" if walk else "stage")
        if self.status:
            rows = rows.filter(status=self.status)
        if self.risk:
            rows = rows.late() if self.risk == "1" else rows.in_time()
        if self.company:
            rows = rows.filter(company_id=int(self.company))
        if self.manager:
            rows = rows.filter(manager_id=int(self.manager))
        if self.mine:
            rows = rows.of_user(user)
        for word in self.q.split()[:5]:
            rows = rows.filter(_any_word(word))
        return rows

    def _by_life(self, rows: ContractQuerySet, stage: str) -> ContractQuerySet:
        for name, field in (("due", "planned_delivery"), ("delivered", "delivered_on")):
            if span := span_of(getattr(self, name)):
                rows = rows.filter(**{f"{field}__gte": span[0], f"{field}__lt": span[1]})
        if self.stage:
            return rows.filter(**{stage: self.stage})
        if self.archived == "all":
            return rows
        if self.archived == "kept":
            return rows.filter(**{f"{stage}__in": (*LIVE, Stage.ARCHIVED)})
        return rows.filter(**{f"{stage}__in": FROZEN if self.archived else LIVE})

    def ordered(self, rows: ContractQuerySet) -> ContractQuerySet:
        down = self.sort.startswith("-")
        names = SORTS.get(self.sort.lstrip("-"))
        if names is None:
            return rows.order_by("-id")
        return rows.order_by(*(F(name).desc() if down else F(name).asc() for name in names))


def plain(text: str) -> str:
    """Typed search text as it is looked for: NFKC, no controls, at most 100 characters."""
    return "".join(c for c in unicodedata.normalize("NFKC", text[:200]) if c.isprintable()).strip()[:100]


def _any_word(word: str) -> Q:
    found = Q()
    for name in WORDS:
        found |= Q(**{f"{name}__icontains": word})
    return found


def _page(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        return 1
    return min(max(int(text), 1), MAX_PAGE)


def span_of(text: str) -> tuple[date, date] | None:
    """First day of the month `2026-11` and of the next one; the day `2026-11-25` and its morrow."""
    if re.fullmatch(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])", text):
        year, month = int(text[:4]), int(text[5:])
        return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    if not re.fullmatch(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day, day + timedelta(days=1)


def all_of(user: User) -> ContractQuerySet:
    rows: ContractQuerySet = Contract.objects.for_user(user)
    return rows
