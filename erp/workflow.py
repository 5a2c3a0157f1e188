"""How records are written: created, changed, advanced along a declared table, removed.

Each function locks the stored row, asks access, checks version and state, saves once, and leaves
history and audit with actor, verb and reason in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import transaction
from django.dispatch import Signal
from django.utils.translation import gettext as _

from erp.access import demand, held
from erp.audit import acting_as
from erp.models import Record

if TYPE_CHECKING:
    from orgchart.models import User

R = TypeVar("R", bound=Record)

#: Sent inside the transaction: sender=model, obj, transition, actor.
advanced = Signal()


class Blocked(Exception):
    """The deed exists, but not from here or not yet. The text is for the user."""


class Stale(Exception):
    """Somebody else changed the row since `seen`; `obj` is the row as stored now."""

    def __init__(self, obj: Any, seen: int) -> None:
        super().__init__(f"{obj._meta.label} {obj.pk}: version {seen} was seen, {obj.version} is stored")
        self.obj, self.seen = obj, seen


def free(obj: Any, actor: User) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow. `guard(obj, actor)` says why not (a sentence), or "" when free to go. `keeps` names the
    field in which the record itself keeps the reason."""

    verb: str
    sources: tuple[str, ...]
    target: str
    label: Any
    guard: Callable[[Any, User], str] = free
    needs_reason: bool = False
    thaws: bool = False  # may leave a frozen state
    keeps: str = ""


class Workflow:
    """The transitions of one model over its state `field`."""

    def __init__(self, *transitions: Transition, field: str = "status") -> None:
        self.field = field
        self._by_verb = {t.verb: t for t in transitions}

    def __iter__(self) -> Iterator[Transition]:
        return iter(self._by_verb.values())

    def __getitem__(self, verb: str) -> Transition:
        return self._by_verb[verb]

    def __contains__(self, verb: str) -> bool:
        return verb in self._by_verb

    def permissions(self, model_name: str) -> list[tuple[str, Any]]:
        return [(f"{t.verb}_{model_name}", t.label) for t in self]

    def open_to(self, user: User, obj: Any) -> list[Transition]:
        """The buttons to show: right state, right person; a guard may still say why not."""
        state, frozen = getattr(obj, self.field), bool(obj.frozen())
        steps = [t for t in self if state in t.sources and (t.thaws or not frozen)]
        mine = held(user, [t.verb for t in steps], obj)
        return [t for t in steps if t.verb in mine]


@transaction.atomic
def create(obj: R, *, actor: User | None, verb: str = "create", reason: str = "") -> R:
    """Insert a new record. Rights to create are the caller's question (they hang on the parent).

    Raises Blocked when the place it belongs to is frozen, ValidationError from `clean`."""
    if why := obj.frozen():
        raise Blocked(why)
    obj.clean()
    with acting_as(actor, verb=verb, reason=reason):
        obj.save(force_insert=True)
    return obj


@transaction.atomic
def change(
    obj: R,
    *,
    actor: User,
    verb: str = "change",
    version: int | None = None,
    reason: str = "",
    right: str = "",
    **fields: Any,
) -> R:
    """Set `fields` on the stored row; returns it. Nothing is written when nothing differs.

    `verb` names the deed in the log; `right` is the verb that must be held (default: `verb`).
    Raises PermissionDenied, Blocked (frozen), Stale (`version` seen is not the stored one),
    ValidationError from `clean`."""
    row = _lock(obj)
    demand(actor, right or verb, row)
    if why := row.frozen():
        raise Blocked(why)
    _check_version(row, version)
    if moved := _set(row, fields):
        _save(row, moved, actor, verb, reason)
    return row


@transaction.atomic
def follow(obj: R, *, actor: User | None, verb: str, reason: str = "", **fields: Any) -> R:
    """Write what follows from a deed on another record, whose right the caller asked: a task that
    moves because the one before it moved. Nothing is written when nothing differs. The log keeps
    `reason`; the history, which everybody reads who sees the record, only `verb`: the reason may name
    the other record.

    Raises Blocked (frozen), ValidationError from `clean`."""
    row = _lock(obj)
    if why := row.frozen():
        raise Blocked(why)
    if moved := _set(row, fields):
        _save(row, moved, actor, verb, reason, kept=verb)
    return row


@transaction.atomic
def advance(
    obj: R,
    verb: str,
    *,
    actor: User,
    version: int | None = None,
    reason: str = "",
    detail: str = "",
    follows: bool = False,
    **fields: Any,
) -> R:
    """Take `obj` one step, saving `fields` along; returns the row as now stored. `follows`: the step follows
    from a deed on another record, whose right the caller asked. `detail` stands beside the reason in the
    log only: the history is read by everybody who sees the record.

    Raises PermissionDenied, Blocked (state, guard, missing reason, frozen), Stale."""
    row: Any = _lock(obj)
    table: Workflow = row.workflow
    step, state = table[verb], getattr(row, table.field)
    if not follows:
        demand(actor, verb, row)
    if state not in step.sources:
        shown = getattr(row, f"get_{table.field}_display")()
        raise Blocked(
            _("“%(deed)s” is not possible while the state is “%(state)s”.")
            % {"deed": step.label, "state": shown}
        )
    if not step.thaws and (why := row.frozen()):
        raise Blocked(why)
    _check_version(row, version)
    if step.needs_reason and not reason.strip():
        raise Blocked(_("“%(deed)s” needs a reason.") % {"deed": step.label})
    if step.keeps:
        fields[step.keeps] = reason.strip()
    for name, value in fields.items():
        setattr(row, name, value)
    if why := step.guard(row, actor):
        raise Blocked(why)
    setattr(row, table.field, step.target)
    row.clean()
    told = " · ".join(text for text in (reason, detail) if text)
    _save(row, [table.field, *fields], actor, verb, told, kept=reason or verb)
    with acting_as(actor, verb=verb, reason=told):
        advanced.send(sender=type(row), obj=row, transition=step, actor=actor)
    return row  # type: ignore[no-any-return]


@transaction.atomic
def remove(obj: Record, *, actor: User, verb: str = "remove", right: str = "", reason: str = "") -> None:
    """Delete an association row (a member, a link); its history and audit stay.

    Raises PermissionDenied, Blocked."""
    row = _lock(obj)
    demand(actor, right or verb, row)
    if why := row.frozen():
        raise Blocked(why)
    row._change_reason = reason or verb
    with acting_as(actor, verb=verb, reason=reason):
        row.delete()


def _lock(obj: R) -> R:
    rows: Any = type(obj)._base_manager
    row: R = rows.select_for_update().get(pk=obj.pk)
    return row


def _set(row: Record, fields: Mapping[str, Any]) -> list[str]:
    """Give `row` what differs; returns the names of it."""
    moved = [name for name, value in fields.items() if getattr(row, name) != value]
    for name in moved:
        setattr(row, name, fields[name])
    if moved:
        row.clean()
    return moved


def _check_version(row: Record, seen: int | None) -> None:
    if seen is not None and seen != row.version:
        raise Stale(row, seen)


def _save(row: Any, names: list[str], actor: User | None, verb: str, reason: str, *, kept: str = "") -> None:
    row.version += 1
    row._change_reason = (kept or reason or verb)[:100]
    with acting_as(actor, verb=verb, reason=reason):
        row.save(update_fields=[*names, "version", "changed"])
