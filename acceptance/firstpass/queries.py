"""First rounds counted by department and by month, of the acceptances one may see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from acceptance.models import Acceptance, AcceptanceRound
from acceptance.states import Scope, State
from erp.dates import FIRST_DAY, LAST_DAY

if TYPE_CHECKING:
    from orgchart.models import User

#: Months that are shown unless the address says otherwise, and the most it may ask for.
USUAL, MOST = 6, 36


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months, both inclusive, by their first days."""

    first: date
    last: date

    @classmethod
    def usual(cls) -> Period:
        """This month and the five before."""
        today = timezone.localdate().replace(day=1)
        return cls(month_before(today, USUAL - 1), today)

    @classmethod
    def this_month(cls) -> Period:
        today = timezone.localdate().replace(day=1)
        return cls(today, today)

    @classmethod
    def read(cls, params: Mapping[str, Any]) -> Period:
        """`from` and `to` as 2026-11; junk is ignored, and so is an end before the start."""
        usual = cls.usual()
        last = _month(params.get("to", "")) or usual.last
        first = _month(params.get("from", "")) or month_before(last, USUAL - 1)
        if first > last:
            return usual
        return cls(max(first, month_before(last, MOST - 1)), last)

    @property
    def months(self) -> list[date]:
        found = [self.first]
        while found[-1] < self.last:
            found.append(month_before(found[-1], -1))
        return found

    def closed(self) -> Q:
        return _closed(self.first, month_before(self.last, -1))

    def link(self) -> str:
        return f"?from={self.first:%Y-%m}&to={self.last:%Y-%m}"


def month_before(month: date, back: int) -> date:
    """The first day of the month so many months before; later where `back` is negative."""
    number = month.year * 12 + month.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


def _month(text: str) -> date | None:
    found = re.fullmatch(r"(\d{4})-(\d{2})", str(text), re.ASCII)
    if found is None or not 1 <= int(found[2]) <= 12:
        return None
    if not FIRST_DAY.year <= int(found[1]) <= LAST_DAY.year:
        return None
    return date(int(found[1]), int(found[2]), 1)


def _closed(first: date, until: date) -> Q:
    """Closed from the first day on, before the other, as days are on site."""
    start, end = (timezone.make_aware(datetime.combine(day, time())) for day in (first, until))
    return Q(closed_at__gte=start, closed_at__lt=end)


@dataclass(frozen=True, slots=True)
class Yield:
    """Of `decided` first rounds, `passed` passed."""

    name: str
    passed: int
    decided: int

    @property
    def failed(self) -> int:
        return self.decided - self.passed

    @property
    def percent(self) -> int | None:
        """Rounded down: what is not flawless never reads 100 %."""
        return 100 * self.passed // self.decided if self.decided else None

    @property
    def rate(self) -> str:
        return "—" if self.percent is None else f"{self.percent}%"


def first_rounds(user: User) -> Any:
    """First rounds that were decided, of the acceptances that `user` sees."""
    seen = Acceptance.objects.for_user(user).order_by().values("pk")
    decided = (State.PASSED, State.REJECTED)
    return AcceptanceRound.objects.filter(number=1, result__in=decided, acceptance__in=seen).order_by()


def rejected(user: User, period: Period) -> Any:
    """The first rounds that were rejected in the period, the latest first."""
    rows = first_rounds(user).filter(period.closed(), result=State.REJECTED)
    joined = rows.select_related("acceptance__contract", "acceptance__department")
    return joined.order_by("-closed_at", "-pk")


PASSED = Count("pk", filter=Q(result=State.PASSED))


def by_department(user: User, period: Period) -> list[Yield]:
    """A line per department in their order, then contracts as a whole. One query."""
    rows = first_rounds(user).filter(period.closed())
    place = [f"acceptance__department__{name}" for name in ("position", "id", "name")]
    counted = rows.values_list("acceptance__scope", *place).annotate(passed=PASSED, decided=Count("pk"))
    tasks = sorted(row[1:] for row in counted if row[0] == Scope.TASK)
    whole = [row[-2:] for row in counted if row[0] == Scope.CONTRACT]
    lines = [Yield(name, passed, decided) for _position, _pk, name, passed, decided in tasks]
    return lines + [Yield(_("Contracts as a whole"), passed, decided) for passed, decided in whole]


def by_month(user: User, period: Period) -> list[Yield]:
    """A line per month of the period. One query."""
    sums: dict[str, Any] = {}
    for place, month in enumerate(period.months):
        inside = _closed(month, month_before(month, -1))
        sums[f"decided{place}"] = Count("pk", filter=inside)
        sums[f"passed{place}"] = Count("pk", filter=inside & Q(result=State.PASSED))
    found = first_rounds(user).filter(period.closed()).aggregate(**sums)
    return [
        Yield(f"{month:%Y-%m}", found[f"passed{place}"], found[f"decided{place}"])
        for place, month in enumerate(period.months)
    ]


def total(lines: Iterable[Yield]) -> Yield:
    rows = list(lines)
    return Yield(_("Together"), sum(row.passed for row in rows), sum(row.decided for row in rows))
