"""The log of one contract as its readers may see it: with values, or named deeds only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from contracts.models import Contract, TeamMember
from erp.access import allowed
from erp.audit.models import LogEntry
from erp.audit.timeline import Line, deed_label, lines
from orgchart.models import Department

if TYPE_CHECKING:
    from django.http import QueryDict

    from orgchart.models import User

PAGE = 50
#: Deeds without a name of their own: who may not read values hears nothing of them.
UNNAMED = ("change", "view", "export", "derive_status", "delete")


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which deeds are shown, and after which row of the log the page begins."""

    person: str = ""
    verb: str = ""
    department: str = ""
    after: str = ""

    @classmethod
    def read(cls, params: QueryDict) -> HistoryFilter:
        ids: dict[str, str] = {
            name: str(params[name])
            for name in ("person", "department", "after")
            if re.fullmatch(r"[0-9]{1,18}", params.get(name, ""))
        }
        verb = params.get("verb", "")
        return cls(verb=verb if re.fullmatch(r"[a-z_]{1,40}", verb) else "", **ids)

    def apply(self, entries: Any) -> Any:
        if self.person:
            entries = entries.filter(actor_id=int(self.person))
        if self.verb:
            entries = entries.filter(verb=self.verb)
        if self.department:
            entries = entries.filter(department_id=int(self.department))
        return entries

    def link(self, after: int | None = None) -> str:
        values = {"person": self.person, "verb": self.verb, "department": self.department}
        kept = {name: value for name, value in values.items() if value}
        return f"?{urlencode(kept | ({'after': after} if after else {}))}"


@dataclass
class History:
    """One page of lines, newest first, and the address of the next."""

    lines: list[Line]
    next_url: str
    first_url: str


def history(contract: Contract, user: User, query: HistoryFilter) -> History:
    entries = query.apply(entries_of(contract, user))
    if query.after:
        entries = entries.filter(pk__lt=int(query.after))
    rows = list(entries.order_by("-pk")[: PAGE + 1])
    shown = rows[:PAGE]
    read = LogEntry.objects.for_user(user).filter(pk__in=[row.pk for row in shown])
    readable = set(read.values_list("pk", flat=True))
    found = {line.pk: line for line in lines([r for r in shown if r.pk in readable], user, values=True)}
    bare = lines([r for r in shown if r.pk not in readable], user, values=False)
    found |= {line.pk: line for line in bare}
    return History(
        lines=[found[row.pk] for row in shown],
        next_url=query.link(after=shown[-1].pk) if len(rows) > PAGE else "",
        first_url=query.link() if query.after else "",
    )


def entries_of(contract: Contract, user: User) -> Any:
    """The entries of a contract that `user` may at least hear of."""
    entries = LogEntry.objects.filter(contract_id=contract.pk)
    if allowed(user, "view_audit", contract):
        return entries
    kinds = entries.order_by().values_list("content_type_id", flat=True).distinct()
    heard = Q(pk__in=())
    for kind in ContentType.objects.filter(pk__in=list(kinds)):
        heard |= _heard(kind, user)
    named = heard & ~Q(verb__in=UNNAMED) & ~Q(action=LogEntry.Action.ACCESS)
    return entries.filter(named | Q(pk__in=LogEntry.objects.for_user(user).order_by().values("pk")))


def _heard(kind: ContentType, user: User) -> Q:
    """Deeds on things in sight; contract and team are in sight with the contract, also when a
    place in the team is gone."""
    model: Any = kind.model_class()
    if model in (Contract, TeamMember):
        return Q(content_type=kind)
    scoped = getattr(getattr(model, "_default_manager", None), "for_user", None)
    if scoped is None:
        return Q(pk__in=())
    return Q(content_type=kind, object_id__in=scoped(user).order_by().values("pk"))


def choices(contract: Contract, user: User) -> dict[str, list[tuple[str, str]]]:
    """What can be filtered by: who did something here, which deeds, in which departments."""
    entries = entries_of(contract, user).order_by()
    people = entries.exclude(actor=None).values_list("actor_id", "actor_name").distinct()
    deeds = entries.values_list("verb", "content_type_id").distinct()
    labels = {verb: deed_label(verb, _model(kind)) for verb, kind in deeds}
    places = entries.exclude(department_id=None).values_list("department_id", flat=True).distinct()
    departments = Department.objects.filter(pk__in=list(places)).values_list("pk", "name")
    return {
        "people": sorted({str(pk): name for pk, name in people}.items(), key=lambda pair: pair[1]),
        "verbs": sorted(labels.items(), key=lambda pair: pair[1]),
        "departments": [(str(pk), name) for pk, name in departments],
    }


def _model(kind: int) -> Any:
    return ContentType.objects.get_for_id(kind).model_class()
