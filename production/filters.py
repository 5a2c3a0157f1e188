"""What a list of tasks may be narrowed to; everything else in the address is passed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.filters import plain
from production.models import TaskQuerySet
from production.states import OPEN, Status

#: Choices of `status=` beside the stored states.
SETS = {"open": _("All open"), "overdue": _("Overdue"), "rework": _("In rework")}
#: Choices of `due=`: planned end within so many days from today.
DUE = {"today": (0, _("Due today")), "week": (6, _("Next 7 days")), "month": (29, _("Next 30 days"))}
STATUS_CHOICES = [*SETS.items(), *Status.choices]
DUE_CHOICES = [(key, label) for key, (_days, label) in DUE.items()]


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """The understood part of a query string."""

    q: str = ""
    status: str = ""
    due: str = ""
    department: int = 0
    person: int = 0
    scope: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> TaskFilter:
        status, due = query.get("status", ""), query.get("due", "")
        return cls(
            q=plain(query.get("q", "")),
            status=status if status in dict(STATUS_CHOICES) else "",
            due=due if due in DUE else "",
            department=number(query.get("department", "")),
            person=number(query.get("person", "")),
            scope="own" if query.get("scope") == "own" else "",
        )

    @property
    def active(self) -> bool:
        return self != TaskFilter()

    def narrow(self, rows: TaskQuerySet, today: date | None = None) -> TaskQuerySet:
        today = today or timezone.localdate()
        if self.q:
            rows = rows.filter(
                Q(name__icontains=self.q)
                | Q(contract__number__icontains=self.q)
                | Q(contract__name__icontains=self.q)
                | Q(assignee__name__icontains=self.q)
            )
        if self.status == "overdue":
            rows = rows.overdue(today)
        elif self.status == "open":
            rows = rows.open()
        elif self.status == "rework":
            rows = rows.open().filter(reworking=True)
        elif self.status:
            rows = rows.filter(status=self.status)
        if self.due:
            last = today + timedelta(days=DUE[self.due][0])
            rows = rows.filter(status__in=OPEN, planned_end__range=(today, last))
        if self.department:
            rows = rows.filter(department=self.department)
        return rows.filter(assignee=self.person) if self.person else rows


def number(text: Any) -> int:
    """An id out of an address; 0 when it is none that could exist."""
    plain = str(text)
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 19 else 0


def page_number(query: QueryDict) -> int:
    return max(1, min(number(query.get("page", "")) or 1, 10**6))
