"""Changing a plan: foreseen, confirmed, written at once, and taken back at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from contracts.models import Contract, TeamMember
from contracts.services import lock_contract, refresh_status
from erp.access import allowed, demand
from erp.audit import acting_as
from erp.models import Record
from erp.roles import LEADING
from erp.workflow import Blocked, advance, create, follow
from notifications.services import notify
from production.foresight import PLANNED, Foresight, Move, Wish, foresee, plain
from production.models import Cause, Deed, PlanChange, PlanMove, Task, TaskDependency
from production.queries import held_verbs
from production.services.dependencies import link_tasks, unlink_tasks
from production.services.plan import may_plan
from production.services.telling import tell_dates
from production.spans import Span
from production.states import OPEN, ChangeState

if TYPE_CHECKING:
    from orgchart.models import Person, User


class Overtaken(Exception):
    """The plan changed since it was looked at; `foresight` is what the same wish would do now."""

    def __init__(self, foresight: Foresight) -> None:
        super().__init__("the plan is not what was seen")
        self.foresight = foresight


@transaction.atomic
def change_plan(
    contract: Contract, wish: Wish, *, actor: User, cause: str, note: str = "", seen: str = ""
) -> PlanChange | None:
    """Do what `wish` asks with everything that follows from it, in one transaction; None when nothing
    would move. `seen` is the digest of the foresight that was confirmed, "" where nobody looked.

    Where others' tasks would be pushed beyond their float and the actor does not manage the whole plan,
    nothing moves: the wish waits as a proposal (`state`) for the project manager.
    Raises PermissionDenied, Blocked, Overtaken, ValidationError."""
    lock_plan(contract)
    _demand(contract, wish, actor)
    return settle(contract, wish, actor=actor, cause=cause, note=note, seen=seen)


@transaction.atomic
def settle(
    contract: Contract, wish: Wish, *, actor: User, cause: str, note: str = "", seen: str = ""
) -> PlanChange | None:
    """`change_plan` for whoever has locked the plan and knows that the actor may wish for it."""
    found = foresee(contract, wish, actor)
    if seen and seen != found.digest:
        raise Overtaken(found)
    if not found.moves and not wish.links:
        return None
    waits = found.needs_proposal and not allowed(actor, "manage_tasks", contract)
    change = PlanChange(
        contract=contract, deed=wish.deed, title=wish.title[:200], cause=cause, note=note, author=actor,
        asked=_stored(wish), ends_before=found.ends_before, ends_after=found.ends_after,
        state=ChangeState.PROPOSED if waits else ChangeState.APPLIED,
        applied_at=None if waits else timezone.now(),
    )  # fmt: skip
    create(change, actor=actor, verb="propose_plan" if waits else "change_plan", reason=note)
    if waits:
        _tell_manager(change, actor)
    else:
        _write(change, found, actor)
    return change


@transaction.atomic
def apply_calendar(found: Foresight, *, actor: User) -> PlanChange:
    """A calendar changes, and with it dates: nobody is asked, for days off are facts. Whoever may
    change the calendar may this; assignees and leaders are told."""
    lock_plan(found.contract)
    change = PlanChange(
        contract=found.contract, deed=Deed.CALENDAR, cause=Cause.CALENDAR, author=actor,
        asked=_stored(found.wish), state=ChangeState.APPLIED, applied_at=timezone.now(),
        ends_before=found.ends_before, ends_after=found.ends_after,
    )  # fmt: skip
    create(change, actor=actor, verb="change_plan")
    _write(change, found, actor)
    return change


@transaction.atomic
def apply_change(change: PlanChange, *, actor: User, seen: str = "") -> PlanChange:
    """The manager agrees to a proposal: it is foreseen again as the plan stands now.
    Raises PermissionDenied, Blocked, Overtaken."""
    lock_plan(change.contract)
    demand(actor, "apply", change)
    found = foresee(change.contract, wish_of(change), actor)
    if seen and seen != found.digest:
        raise Overtaken(found)
    change = advance(
        change, "apply", actor=actor, applied_at=timezone.now(), asked=_stored(found.wish),
        ends_before=found.ends_before, ends_after=found.ends_after,
    )  # fmt: skip
    _write(change, found, actor)
    _tell_author("plan_change_applied", change, actor)
    return change


@transaction.atomic
def decline_change(change: PlanChange, *, actor: User, reason: str) -> PlanChange:
    """The manager says no, with a reason the author is told. Raises PermissionDenied, Blocked."""
    change = advance(change, "decline", actor=actor, reason=reason)
    _tell_author("plan_change_declined", change, actor, reason=reason)
    return change


@transaction.atomic
def undo_change(change: PlanChange, *, actor: User) -> PlanChange:
    """Put everything back as it was before an applied change, links included. Raises PermissionDenied
    (also for an author who may no longer plan what was asked), Blocked when one of the tasks or links has
    been changed or finished since, ValidationError when a task can no longer be as it was."""
    lock_plan(change.contract)
    change = advance(change, "undo", actor=actor)
    if not allowed(actor, "manage_tasks", change.contract):
        _demand(change.contract, wish_of(change), actor)
    moves = list(change.moves.select_related("task__assignee", "task__contract").order_by("id"))
    _check_untouched(change, moves)
    _relink(change.asked.get("links", []), actor, back=True)
    for move in moves:
        follow(move.task, actor=actor, verb="undo_plan", reason=str(change), **_dates(move.before))
    moved = [m.task_id for m in moves if Span.stored(m.before) != Span.stored(m.after)]
    _tell_assignees(change, moved, actor)
    refresh_status(change.contract)
    return change


def _check_untouched(change: PlanChange, moves: list[PlanMove]) -> None:
    """Raise Blocked unless everything still stands as the change left it, and is open."""
    for move in moves:
        if _fields(move.task) != dict(move.after):
            raise Blocked(_("“%(task)s” has been changed since.") % {"task": move.task.name})
        if move.task.status not in OPEN:
            values = {"task": move.task.name, "state": move.task.get_status_display()}
            raise Blocked(_("“%(task)s” is %(state)s: its dates no longer move.") % values)
    for before, after, wanted, _stored in change.asked.get("links", []):
        if _wait(_stored_link(before, after)) != _wait(wanted):
            name = Task.objects.values_list("name", flat=True).get(pk=after)
            raise Blocked(_("“%(task)s” has been changed since.") % {"task": name})


def lock_plan(contract: Contract) -> None:
    """Plans of one contract change one after the other."""
    if why := lock_contract(contract.pk).frozen():
        raise Blocked(why)


def _demand(contract: Contract, wish: Wish, actor: User) -> None:
    if not may_wish(contract, wish, actor):
        raise PermissionDenied("may not plan these tasks")


def may_wish(contract: Contract, wish: Wish, actor: User) -> bool:
    """The right to move every task that is wished elsewhere, and to make what is linked wait; to roll,
    to plan anything here."""
    if wish.roll and not may_plan(actor, contract):
        return False
    wanted = {**dict.fromkeys(wish.edits, "reschedule"), **{after: "link" for _b, after in wish.links}}
    tasks = list(Task.objects.filter(pk__in=wanted, contract=contract))
    held = held_verbs(actor, tasks)
    return len(tasks) == len(wanted) and all(wanted[t.pk] in held.get(t.pk, ()) for t in tasks)


def _write(change: PlanChange, found: Foresight, actor: User) -> None:
    _relink(change.asked.get("links", []), actor)
    for move in found.moves:
        verb = "reschedule" if move.wished else "follow_plan"
        follow(move.task, actor=actor, verb=verb, reason=change.note or str(change), **move.after)
    PlanMove.objects.bulk_create(_move_row(change, move) for move in found.moves)
    _tell_moved(change, found, actor)
    refresh_status(change.contract)


def _move_row(change: PlanChange, move: Move) -> PlanMove:
    department = move.task.department_id
    before, after = plain(move.before), plain(move.after)
    return PlanMove(
        change=change, task=move.task, department_id=department, before=before, after=after, slip=move.slip
    )


# --- links ----------------------------------------------------------------------------------------


def _relink(links: list[Any], actor: User, *, back: bool = False) -> None:
    """`links`: (before, after, wanted, stored) with (type, lag) or None, as JSON keeps them."""
    for before, after, wanted, stored in links:
        wait = stored if back else wanted
        row = TaskDependency.objects.filter(predecessor=before, successor=after).first()
        if wait is None:
            if row is not None:
                unlink_tasks(row, actor=actor)
        else:
            ends = Task.objects.in_bulk([before, after])
            link_tasks(ends[before], ends[after], actor=actor, type=wait[0], lag=Decimal(wait[1]))


# --- as stored --------------------------------------------------------------------------------------


def _stored(wish: Wish) -> dict[str, Any]:
    """A wish as JSON, with the links it would replace, so that it can be taken back."""
    links = [
        [before, after, [kind_lag[0], str(kind_lag[1])] if kind_lag else None, _stored_link(before, after)]
        for (before, after), kind_lag in wish.links.items()
    ]
    return {"edits": wish.sent(), "links": links, "roll": wish.roll.isoformat() if wish.roll else None}


def _stored_link(before: int, after: int) -> list[str] | None:
    row = TaskDependency.objects.filter(predecessor=before, successor=after).first()
    return [row.type, str(row.lag)] if row else None


def _wait(kept: list[str] | None) -> tuple[str, Decimal] | None:
    """Type and lag of a link, out of JSON."""
    return (kept[0], Decimal(kept[1])) if kept else None


def wish_of(change: PlanChange) -> Wish:
    """What a stored change asked for."""
    asked = change.asked
    edits = {int(pk): _dates(values) for pk, values in asked.get("edits", {}).items()}
    links = {(before, after): _wait(wanted) for before, after, wanted, _stored in asked.get("links", [])}
    roll = parse_date(asked["roll"]) if asked.get("roll") else None
    return Wish(change.deed, change.title, edits, links, roll=roll)


def wish_from(deed: str, text: str) -> Wish:
    """The wish a page carried (see `Wish.sent`). Raises Blocked for anything else."""
    try:
        sent = json.loads(text)
        edits = {_key(pk): _checked(values) for pk, values in sent.items()}
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError, ValidationError) as junk:
        raise Blocked(_("These dates were not understood. Start again.")) from junk
    return Wish(deed, edits=edits)


def _key(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise ValueError("no key")
    return int(text)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    sent = _dates({name: values[name] for name in PLANNED if name in values})
    fields: Any = {name: Task._meta.get_field(name) for name in sent}
    found = {name: fields[name].clean(value, None) for name, value in sent.items()}
    if not {"planned_start", "planned_end"} <= found.keys():
        raise ValueError("no dates")
    return found


def _dates(values: Mapping[str, Any]) -> dict[str, Any]:
    """Back from JSON: the fields that are dates."""
    days = {"planned_start", "planned_end", "not_before", "not_after"}
    return {name: parse_date(value) if name in days and value else value for name, value in values.items()}


def _fields(task: Task) -> dict[str, Any]:
    return plain({name: getattr(task, name) for name in PLANNED})


# --- telling ----------------------------------------------------------------------------------------


def _tell_moved(change: PlanChange, found: Foresight, actor: User) -> None:
    """Everybody hears once: leaders of other departments of the whole change, and of what the calendar
    moves the manager as well; other assignees of their own tasks."""
    mine = change.deed != Deed.CALENDAR
    departments = {move.task.department_id for move in found.moves if not (mine and move.free)}
    places = TeamMember.objects.filter(
        contract=change.contract_id, department__in=departments, duty__in=LEADING
    )
    people = [place.person for place in places.select_related("person")]
    people += [] if mine else [change.contract.manager]
    _tell("plan_changed", change, people, actor, n=str(len(found.shown)))
    moved = [move.task.pk for move in found.moves if not move.still]
    _tell_assignees(change, moved, actor, told={person.pk for person in people})


def _tell_assignees(
    change: PlanChange, moved: list[int], actor: User, told: Collection[int] = frozenset()
) -> None:
    """Whose task moved hears of its dates; whose several, how many, and is led to the change, or to the
    contract where they may not read changes. `told`: people who have heard of the whole."""
    rows = Task.objects.filter(pk__in=moved).exclude(assignee=None).exclude(assignee__in=told)
    tasks_of: dict[Person, list[Task]] = defaultdict(list)
    for task in rows.select_related("contract", "assignee__user").order_by("id"):
        tasks_of[cast("Person", task.assignee)].append(task)
    for person, tasks in tasks_of.items():
        if len(tasks) == 1:
            tell_dates(tasks[0], actor)
        elif person.user is not None:
            reads = allowed(person.user, "view", change)
            at = change if reads else change.contract
            _tell("own_tasks_moved", change, [person], actor, at, n=str(len(tasks)))


def _tell_manager(change: PlanChange, actor: User) -> None:
    _tell("plan_change_proposed", change, [change.contract.manager], actor)


def _tell_author(event: str, change: PlanChange, actor: User, **more: Any) -> None:
    person = getattr(change.author, "person", None)
    _tell(event, change, [person], actor, **more)


def _tell(
    event: str, change: PlanChange, people: list[Any], actor: User, at: Record | None = None, **more: str
) -> None:
    if not any(people):
        return
    with acting_as(actor):
        notify(
            event,
            at or change,
            people,
            key=f"{event}-{change.pk}-{change.version}",
            contract=change.contract.number,
            title=change.title or Deed(change.deed).label,
            **more,
        )
