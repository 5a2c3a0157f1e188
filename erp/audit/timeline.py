"""Entries of the operation log as people read them: who, which deed, on what, before → after.

Lists with values and lists of bare deeds both come from here, so both keep the same secrets: a link
only to what the reader may see, an amount only where its verb is held ("erp.money_fields").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.db.models import Max
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from erp import register
from erp.audit.models import LogEntry
from erp.dates import moment, short_day

if TYPE_CHECKING:
    from orgchart.models import User

NOTHING = "—"
HIDDEN = "•••"
#: How far back the tile of recent deeds looks, in rows of the log, and in how many steps.
RECENT = 20_000
STEP = 200

#: Deeds that the tile of recent deeds passes over.
QUIET = ("view", "preview", "download", "derive_status", "sign_in", "sign_out", "export")

#: Deeds of no workflow; apps add theirs under "erp.verbs".
VERBS = {
    "create": gettext_lazy("Create"),
    "change": gettext_lazy("Change"),
    "delete": gettext_lazy("Delete"),
    "remove": gettext_lazy("Remove"),
    "view": gettext_lazy("View"),
    "export": gettext_lazy("Export"),
    "derive_status": gettext_lazy("Status derived"),
}


@dataclass(frozen=True, slots=True)
class MoneyFields:
    """The amounts of one model; `contracts(user)` are the contracts where `user` may read them."""

    names: frozenset[str]
    contracts: Callable[[User], models.QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Named:
    """What an id stands for, and its page."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ContractNames:
    """How the log's pages speak of contracts: ids that a word means, and the words for ids; both
    only for what `user` may see."""

    find: Callable[[User, str, int], list[int]]
    named: Callable[[User, set[int]], dict[int, Named]]


@dataclass(frozen=True, slots=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One deed, ready to print."""

    pk: int
    at: str
    stamp: str  # ISO, for <time datetime>
    who: str
    deed: str
    kind: str
    object: str
    url: str
    reason: str
    source: str
    ip: str
    contract: int | None
    place: Named | None = None  # the contract, for those who see it
    changes: list[Change] = field(default_factory=list)


def lines(entries: Iterable[LogEntry], user: User, *, values: bool) -> list[Line]:
    """Prepare `entries` for `user`; `values` adds the changed fields (the caller has asked
    `LogEntry.objects.for_user`). Costs a few queries per model, none per row."""
    rows = list(entries)
    seen = _visible(rows, user)
    keys = _Keys(rows, user) if values else None
    return [_line(row, seen, keys) for row in rows]


def _places(rows: list[LogEntry], user: User) -> dict[int | None, Named]:
    ids = {row.contract_id for row in rows if row.contract_id}
    found: dict[int | None, Named] = {}
    for names in register.entries("erp.contract_names").values():
        found |= names.named(user, ids)
    return found


def recent(user: User, limit: int) -> list[Line]:
    """The newest named deeds on things `user` may see, without values."""
    newest = LogEntry.objects.aggregate(Max("pk"))["pk__max"] or 0
    scope = LogEntry.objects.filter(pk__gt=newest - RECENT).exclude(verb__in=QUIET)
    places = [place(user) for place in register.entries("erp.audit_places").values()]
    for place in places:
        scope = scope.filter(place)
    found: list[Line] = []
    before = newest + 1
    while len(found) < limit:
        rows = list(scope.filter(pk__lt=before).order_by("-pk")[:STEP])
        if not rows:
            break
        seen = _visible(rows, user)
        found += [_line(row, seen, None) for row in rows if _key(row) in seen][: limit - len(found)]
        before = rows[-1].pk
    return found


def deed_label(verb: str, model: type[models.Model] | None = None) -> str:
    """What a deed is called: by its workflow, by the register, or by its own name."""
    named = register.entries("erp.verbs").get(verb) or VERBS.get(verb)
    table: Any = getattr(model, "workflow", {})
    return str(table[verb].label if verb in table else named or verb)


def deed_choices() -> list[tuple[str, str]]:
    """Every deed that has a name, for a filter."""
    return _deed_choices(get_language() or "")


@cache
def _deed_choices(language: str) -> list[tuple[str, str]]:
    labels = {**VERBS, **register.entries("erp.verbs")}
    for kind in audited_models():
        labels |= {step.verb: step.label for step in getattr(kind, "workflow", ())}
    return sorted(((verb, str(label)) for verb, label in labels.items()), key=lambda pair: pair[1])


def audited_models() -> list[type[models.Model]]:
    from auditlog.registry import auditlog

    return list(auditlog.get_models())


def _key(row: LogEntry) -> tuple[int, int | None]:
    return row.content_type_id, row.object_id


def _visible(rows: list[LogEntry], user: User) -> dict[tuple[int, int | None], str]:
    """(content type, id) of the objects behind `rows` that `user` may see → their page or ''."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        if row.object_id is not None:
            wanted[row.content_type_id].add(row.object_id)
    found: dict[tuple[int, int | None], str] = {}
    for kind, ids in wanted.items():
        model = ContentType.objects.get_for_id(kind).model_class()
        scoped = getattr(getattr(model, "_default_manager", None), "for_user", None)
        if scoped is not None:
            page = _page(model)
            seen = scoped(user).filter(pk__in=ids).order_by().values_list("pk", flat=True)
            found |= {(kind, pk): page.replace(_ANY, str(pk)) for pk in seen}
    return found


_ANY = "987654321"


@cache
def _page(model: Any) -> str:
    """The address of a row's page with `_ANY` for its id; '' for rows without a page of their own."""
    try:
        return str(model(pk=int(_ANY)).get_absolute_url())
    except (AttributeError, NoReverseMatch, ObjectDoesNotExist):
        return ""


@cache
def _words(verb: str, model: Any, language: str) -> tuple[str, str]:
    """Deed and kind of object, as the language says them; a table, for a page asks a hundred times."""
    return deed_label(verb, model), str(model._meta.verbose_name) if model else ""


def _line(row: LogEntry, seen: dict[Any, str], keys: _Keys | None) -> Line:
    model = ContentType.objects.get_for_id(row.content_type_id).model_class()
    deed, kind = _words(row.verb, model, get_language() or "")
    return Line(
        pk=row.pk,
        at=moment(row.timestamp),
        stamp=row.timestamp.isoformat(timespec="seconds"),
        who=row.actor_name or _("System"),
        deed=deed,
        kind=kind,
        object=row.object_repr,
        url=seen.get(_key(row), ""),
        reason=row.reason if keys is not None else "",
        source=row.get_source_display() if keys is not None else "",
        ip=row.remote_addr or "" if keys is not None else "",
        contract=row.contract_id,
        place=keys.places.get(row.contract_id) if keys is not None else None,
        changes=keys.changes(row, model) if keys is not None and model else [],
    )


class _Keys:
    """Turns stored values into words: names behind ids, labels of choices, dates, hidden amounts."""

    def __init__(self, rows: list[LogEntry], user: User) -> None:
        self._names: dict[tuple[type[models.Model], str], str] = {}
        self._open: dict[str, set[int]] = {}
        self.places = _places(rows, user)
        places = {row.contract_id for row in rows if row.contract_id}
        wanted: dict[type[models.Model], set[str]] = defaultdict(set)
        for row in rows:
            model: Any = ContentType.objects.get_for_id(row.content_type_id).model_class()
            for name, pair in _pairs(row):
                column = _column(model, name)
                if isinstance(column, models.ForeignKey):
                    wanted[column.remote_field.model] |= {v for v in pair if v.isdecimal()}
                money = _money(model)
                if money and name in money.names and model._meta.label not in self._open:
                    self._open[model._meta.label] = _open(money, user, places)
        for target, ids in wanted.items():
            names = target._default_manager.in_bulk([int(i) for i in ids if len(i) < 19])
            self._names |= {(target, str(pk)): str(obj) for pk, obj in names.items()}

    def changes(self, row: LogEntry, model: type[models.Model]) -> list[Change]:
        found = []
        for name, (before, after) in _pairs(row):
            column = _column(model, name)
            if column is not None and not column.concrete:
                continue  # the far end of a relation: no field of this row
            label = str(getattr(column, "verbose_name", name))
            money = _money(model)
            secret = money is not None and name in money.names
            hidden = secret and row.contract_id not in self._open[model._meta.label]
            shown = [HIDDEN if hidden and v else self._word(column, v) for v in (before, after)]
            if shown == [NOTHING, NOTHING]:
                continue
            found.append(Change(label, *shown))
        return found

    def _word(self, column: Any, value: str) -> str:
        if value in ("", "None"):
            return NOTHING
        if isinstance(column, models.ForeignKey):
            return self._names.get((column.remote_field.model, value), value)
        if isinstance(column, models.BooleanField):
            return _("yes") if value == "True" else _("no")
        if isinstance(column, models.DateTimeField):
            return _moment(value)
        if isinstance(column, models.DateField):
            return _day(value)
        labels = {str(key): str(label) for key, label in getattr(column, "flatchoices", ())}
        return labels.get(value, value)


def _money(model: Any) -> MoneyFields | None:
    found: MoneyFields | None = register.entries("erp.money_fields").get(model._meta.label) if model else None
    return found


def _open(money: MoneyFields, user: User, contracts: set[int]) -> set[int]:
    rows = money.contracts(user).filter(pk__in=contracts)
    return set(rows.order_by().values_list("pk", flat=True))


def _day(value: str) -> str:
    try:
        day: date | None = parse_date(value)
    except ValueError:
        day = None
    return short_day(day) if day and not isinstance(day, datetime) else value


def _moment(value: str) -> str:
    """Instants are stored as UTC without saying so."""
    try:
        at = parse_datetime(value)
    except ValueError:
        at = None
    if at is None:
        return value
    return moment(at if timezone.is_aware(at) else at.replace(tzinfo=UTC))


def _pairs(row: LogEntry) -> list[tuple[str, tuple[str, str]]]:
    """(field, (before, after)) of a row as texts; rows of relations and odd shapes are passed over."""
    stored = row.changes if isinstance(row.changes, dict) else {}
    return [
        (name, (str(pair[0]), str(pair[1])))
        for name, pair in stored.items()
        if name != "id" and isinstance(pair, list | tuple) and len(pair) == 2
    ]


def _column(model: Any, name: str) -> Any:
    try:
        return model._meta.get_field(name) if model is not None else None
    except FieldDoesNotExist:
        return None


def readable(user: User) -> bool:
    """Whether the log's page is for `user` at all: boss, admin, and who holds the right anywhere."""
    from erp.shell import reach_all

    readers = register.entries("erp.audit_readers").values()
    return reach_all(user) or any(reader(user) for reader in readers)
