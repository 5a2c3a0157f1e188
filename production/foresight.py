"""What a wish about a plan would move, before anything is written.

A wish is what a planner asks: other dates or rules for some tasks, links made or taken away. Its
consequences are the tasks whose dates the engine computes differently with the wish than without:
what has drifted from its links for other reasons is left where it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from contracts.models import Contract
from erp.dates import FIRST_DAY, LAST_DAY
from erp.workdays import WorkCalendar
from erp.workflow import Blocked
from production.layout import Edits, Layout, Links, Reading, edited
from production.models import LONGEST, Deed, Task
from production.queries import held_verbs
from production.schedule.engine import Conflict
from production.schedule.plan import Circle
from production.spans import Span
from production.states import OPEN

if TYPE_CHECKING:
    from orgchart.models import User

#: What a change of a plan writes on tasks, and what taking it back restores.
PLANNED = (
    "planned_start",
    "begins_afternoon",
    "planned_end",
    "ends_noon",
    "mode",
    "not_before",
    "not_before_afternoon",
    "not_after",
)


@dataclass(frozen=True)
class Wish:
    """`deed` and `title`: what it is called. `edits`: task → fields of `PLANNED`; `links`: as in
    `layout.Links`. `roll`: nothing stays planned in the past, as of this day. `calendars`: others to come."""

    deed: str
    title: str = ""
    edits: Edits = field(default_factory=dict)
    links: Links = field(default_factory=dict)
    roll: date | None = None
    calendars: Mapping[int, WorkCalendar] | None = None

    def sent(self) -> dict[str, Any]:
        """The edits as a page carries them between look and confirmation."""
        return {str(pk): plain(values) for pk, values in self.edits.items()}


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Field values as JSON keeps them."""
    return {name: v.isoformat() if isinstance(v, date) else v for name, v in values.items()}


@dataclass(frozen=True)
class Move:
    """One task that would move. `slip`: working days its end moves; `float`: working days it could be
    later without moving the delivery; `free`: the asker may move it anyway."""

    task: Task
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    slip: Decimal
    float: Decimal
    wished: bool
    free: bool

    @property
    def beyond(self) -> bool:
        """Pushed further than its float: the delivery or a promise behind it is in danger."""
        return self.slip > max(self.float, Decimal(0))

    @property
    def still(self) -> bool:
        """Only its rules change, not its dates."""
        return self.old == self.new

    @property
    def old(self) -> Span:
        return _span(self.before)

    @property
    def new(self) -> Span:
        return _span(self.after)


@dataclass(frozen=True)
class Foresight:
    """Everything a wish would do. `ends_before`/`ends_after`: last day of the plan. `broken`: the links
    and "finish no later than" that it would break, or break further than they are."""

    contract: Contract
    wish: Wish
    moves: tuple[Move, ...]
    ends_before: date | None
    ends_after: date | None
    layout: Layout
    broken: tuple[Conflict, ...]

    @property
    def shown(self) -> tuple[Move, ...]:
        """The moves people are told of: where dates change, and the rules of a task that was asked for."""
        rules_count = self.wish.deed == Deed.RESCHEDULE
        return tuple(move for move in self.moves if rules_count or not move.still)

    @property
    def needs_proposal(self) -> bool:
        """Whether somebody else's task is pushed beyond its float: that is not the asker's to decide."""
        return any(move.beyond and not move.free for move in self.moves)

    @property
    def digest(self) -> str:
        """Names exactly these moves: whoever confirms, confirms what they saw."""
        seen = [(m.task.pk, m.task.version, dict(m.after)) for m in self.moves]
        links = [(*key, value) for key, value in sorted(self.wish.links.items())]
        text = json.dumps([seen, links], cls=DjangoJSONEncoder, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def foresee(
    contract: Contract, wish: Wish, user: User | None, *, reading: Reading | None = None
) -> Foresight:
    """What `wish` would move. Raises Blocked for a circle, for tasks that are over or not of this plan,
    ValidationError for impossible dates. Reads only; `user` (None: the system) is whose rights decide
    what needs a proposal."""
    reading = reading or Reading(contract)
    _check(reading, wish)
    try:
        usual = reading.lay_out()
        asked = reading.lay_out(wish.edits, wish.links, now=wish.roll, calendars=wish.calendars)
        moved = _moved(usual, asked, wish)
    except Circle as circle:
        names = " → ".join(reading.tasks[key].name for key in (*circle.keys, circle.keys[0]))
        raise Blocked(_("This would make a circle: %(chain)s") % {"chain": names}) from circle
    tasks = [reading.tasks[key] for key in moved]
    held = held_verbs(user, tasks) if user else {}
    moves = tuple(
        _move(usual, asked, task, moved[task.pk], wish, user is None or "reschedule" in held.get(task.pk, ()))
        for task in tasks
    )
    return Foresight(contract, wish, moves, usual.ends, asked.ends, asked, tuple(_broken(usual, asked)))


def _check(reading: Reading, wish: Wish) -> None:
    for key in {*wish.edits, *(end for pair in wish.links for end in pair)}:
        if key not in reading.tasks:
            raise Blocked(_("This task is not part of the plan any more."))
    for key, values in wish.edits.items():
        task = edited(reading.tasks[key], values)
        task.clean()
        if task.status not in OPEN:
            raise Blocked(
                _("“%(task)s” is %(state)s: its dates no longer move.")
                % {"task": task.name, "state": task.get_status_display()}
            )


def _moved(usual: Layout, asked: Layout, wish: Wish) -> dict[int, dict[str, Any]]:
    """Task → its fields as they would be stored, of all tasks that would differ, in plan order."""
    found: dict[int, dict[str, Any]] = {}
    for key, task in asked.tasks.items():
        before, after = usual.span(key), asked.span(key)
        drifted = wish.roll is not None and after != Span.of(usual.tasks[key]) and task.status in OPEN
        if key not in wish.edits and before == after and not drifted:
            continue
        if wish.calendars is not None and not _possible(after):
            continue
        values = {name: getattr(task, name) for name in PLANNED} | after.fields()
        if any(values[name] != getattr(usual.tasks[key], name) for name in PLANNED):
            found[key] = values
    return found


def _possible(span: Span) -> bool:
    """Whether a task may be so; a calendar is not refused because somebody plans to the last day."""
    return span.start >= FIRST_DAY and span.end <= LAST_DAY and span.end - span.start <= LONGEST


def _broken(usual: Layout, asked: Layout) -> Iterator[Conflict]:
    """What cannot be kept with the wish and could without, of tasks that are open."""
    known = {(found.key, found.link): found.by for found in usual.schedule.conflicts}
    for found in asked.schedule.conflicts:
        worse = found.by > known.get((found.key, found.link), 0)
        if worse and asked.tasks[found.key].status in OPEN:
            yield found


def _move(usual: Layout, asked: Layout, task: Task, after: dict[str, Any], wish: Wish, free: bool) -> Move:
    slots, dates = usual.slots(task.pk), usual.schedule.dates[task.pk]
    planned = slots.before(Span.of(task).until)
    drift = planned - slots.before(usual.span(task.pk).until)
    return Move(
        task=task,
        before={name: getattr(task, name) for name in PLANNED},
        after=after,
        slip=Decimal(slots.before(_span(after).until) - planned) / 2,
        float=Decimal(dates.total_float - drift) / 2,
        wished=task.pk in wish.edits,
        free=free,
    )


def _span(fields: Mapping[str, Any]) -> Span:
    return Span(
        fields["planned_start"], fields["planned_end"], fields["begins_afternoon"], fields["ends_noon"]
    )
