"""What a list or board of feedback may be narrowed to; everything else in the address is passed over."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.filters import plain
from feedback.models import FeedbackQuerySet
from feedback.states import Coverage, Kind, Severity, Status

#: Choices of `age=`: days since it was reported, from … to below … (0: no end).
AGES: dict[str, tuple[int, int, Any]] = {
    "3": (0, 4, _("up to 3 days")),
    "7": (4, 8, _("4 to 7 days")),
    "30": (8, 31, _("8 to 30 days")),
    "more": (31, 0, _("more than 30 days")),
}
#: Choices of `status=` beside the stored states.
SETS = {"open": _("All open"), "overdue": _("Overdue")}
STATUS_CHOICES = [*SETS.items(), *Status.choices]


@dataclass(frozen=True, slots=True)
class FeedbackFilter:
    """The understood part of a query string."""

    q: str = ""
    status: str = ""
    kind: str = ""
    severity: str = ""
    coverage: str = ""
    age: str = ""
    handler: int = 0
    contract: int = 0
    scope: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> FeedbackFilter:
        return cls(
            q=plain(query.get("q", "")),
            status=_one_of(query, "status", dict(STATUS_CHOICES)),
            kind=_one_of(query, "kind", Kind.values),
            severity=_one_of(query, "severity", Severity.values),
            coverage=_one_of(query, "coverage", Coverage.values),
            age=_one_of(query, "age", AGES),
            handler=number(query.get("handler", "")),
            contract=number(query.get("contract", "")),
            scope="own" if query.get("scope") == "own" else "",
        )

    @property
    def active(self) -> bool:
        return self != FeedbackFilter()

    def values(self) -> dict[str, str]:
        """What is chosen, by its name in the address."""
        return {f.name: str(value) for f in fields(self) if (value := getattr(self, f.name))}

    def link(self, **more: str) -> str:
        """An address with this choice, and `more` of it or less."""
        return "?" + urlencode({name: value for name, value in {**self.values(), **more}.items() if value})

    def narrow(self, rows: FeedbackQuerySet, user: Any, now: datetime | None = None) -> FeedbackQuerySet:
        if self.q:
            rows = rows.filter(
                Q(title__icontains=self.q)
                | Q(contract__number__icontains=self.q)
                | Q(contract__name__icontains=self.q)
                | Q(handler__name__icontains=self.q)
            )
        if self.status == "overdue":
            rows = rows.overdue(now or timezone.now())
        elif self.status == "open":
            rows = rows.open()
        elif self.status:
            rows = rows.filter(status=self.status)
        for name in ("kind", "severity", "coverage", "handler", "contract"):
            if value := getattr(self, name):
                rows = rows.filter(**{name: value})
        if self.age:
            rows = rows.filter(aged(self.age))
        return rows.answered_by(user) if self.scope else rows


def aged(age: str) -> Q:
    """Reported so many days ago."""
    first, until, _label = AGES[age]
    today = timezone.localdate()
    span = Q(reported_on__lte=today - timedelta(days=first)) if first else Q()
    return span & Q(reported_on__gt=today - timedelta(days=until)) if until else span


def _one_of(query: QueryDict, name: str, known: Any) -> str:
    value = query.get(name, "")
    return value if value in known else ""


def number(text: Any) -> int:
    """An id out of an address; 0 when it is none that could exist."""
    plain = str(text)
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 19 else 0
