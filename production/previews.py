"""What a wish would move, as people read it: names of what the reader may see, numbers of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from erp.access import allowed
from erp.dates import short_day
from production.foresight import Foresight, Move
from production.layout import Layout
from production.models import Deed, Mode, PlanChange, Task
from production.reasons import seen_of, task_words, why_words
from production.schedule.engine import Conflict
from production.spans import Span

if TYPE_CHECKING:
    from orgchart.models import User

#: Moves named one by one; of more, the number is told.
NAMED = 100


@dataclass(frozen=True, slots=True)
class MoveRow:
    task: Task
    name: str
    url: str
    person: str
    department: str
    old: str
    new: str
    slip: str
    float: str = ""
    beyond: bool = False


class Preview:
    """A foresight for one reader."""

    def __init__(self, found: Foresight, user: User) -> None:
        self.found, self._moves, self._user = found, found.shown, user

    @cached_property
    def _seen(self) -> set[int]:
        ends = {key for found in self.found.broken for key in _ends(found)}
        return seen_of(self._user, ends.union(move.task.pk for move in self._moves))

    @cached_property
    def rows(self) -> list[MoveRow]:
        moves = [move for move in self._moves if move.task.pk in self._seen]
        moves.sort(key=lambda move: not move.wished)
        return [
            _row(m.task, m.old, m.new, m.slip, float=days_words(m.float), beyond=m.beyond)
            for m in moves[:NAMED]
        ]

    @property
    def total(self) -> int:
        return len(self._moves)

    @property
    def hidden(self) -> int:
        """Tasks that move and are not named here."""
        return self.total - len(self.rows)

    @cached_property
    def proposes(self) -> bool:
        """Whether this asker can only propose it."""
        return self.found.needs_proposal and not allowed(self._user, "manage_tasks", self.found.contract)

    @property
    def ends(self) -> str:
        """The end of the plan before and after, against the promised delivery."""
        before, after = self.found.ends_before, self.found.ends_after
        if after is None:
            return ""
        if before is None or before == after:
            return _("The plan still ends on %(day)s.") % {"day": short_day(after)}
        return _("The end of the plan moves from %(before)s to %(after)s.") % {
            "before": short_day(before),
            "after": short_day(after),
        }

    @property
    def delivery(self) -> str:
        """What that means for the delivery."""
        due, after = self.found.contract.planned_delivery, self.found.ends_after
        if after is None:
            return ""
        return delivery_words(due, after)

    @property
    def late(self) -> bool:
        after = self.found.ends_after
        return after is not None and after > self.found.contract.planned_delivery

    @cached_property
    def notes(self) -> list[str]:
        """Where the engine did not put a task where it was wished, and why."""
        found = []
        for move in self.found.moves:
            asked = self.found.wish.edits.get(move.task.pk, {}).get("planned_start")
            if asked and move.task.pk in self._seen and move.new.start != asked:
                reasons = why_words(self.found.layout, move.task.pk, self._user)
                found.append(f"{move.task.name}: {short_day(move.new.start)} — {reasons[0].text}")
        return found

    @cached_property
    def warnings(self) -> list[str]:
        """Links and "finish no later than" that would not be kept: of tasks in sight a sentence each, of
        others their number."""
        named = [found for found in self.found.broken if found.key in self._seen]
        texts = [_broken_words(self.found.layout, found, self._seen) for found in named[:NAMED]]
        if rest := len(self.found.broken) - len(texts):
            text = ngettext(
                "%(n)s more link or latest finish would not be kept.",
                "%(n)s more links or latest finishes would not be kept.",
                rest,
            )
            texts.append(text % {"n": rest})
        return texts

    def json(self) -> dict[str, Any]:
        """The same for the planner, with dates for ghost bars."""
        return {
            "moves": [
                {
                    "id": row.task.pk,
                    "name": row.name,
                    "old": row.old,
                    "new": row.new,
                    "slip": row.slip,
                    "beyond": row.beyond,
                    **_ghost(move.new),
                }
                for row, move in ((row, self._move(row.task.pk)) for row in self.rows)
            ],
            "total": self.total,
            "hidden": self.hidden,
            "hidden_label": self.hidden_words,
            "ends": self.ends,
            "delivery": self.delivery,
            "late": self.late,
            "notes": [*self.notes, *self.warnings],
            "proposes": self.proposes,
            "seen": self.found.digest,
        }

    @property
    def hidden_words(self) -> str:
        if not self.hidden:
            return ""
        return ngettext("and %(n)s more task", "and %(n)s more tasks", self.hidden) % {"n": self.hidden}

    def _move(self, pk: int) -> Move:
        return next(move for move in self.found.moves if move.task.pk == pk)


def delivery_words(due: date, end: date) -> str:
    """`3 days before the planned delivery (…)`."""
    days = (end - due).days
    values = {"n": abs(days), "day": short_day(due)}
    if days > 0:
        return (
            ngettext(
                "%(n)s day after the planned delivery (%(day)s).",
                "%(n)s days after the planned delivery (%(day)s).",
                days,
            )
            % values
        )
    if days < 0:
        return (
            ngettext(
                "%(n)s day before the planned delivery (%(day)s).",
                "%(n)s days before the planned delivery (%(day)s).",
                -days,
            )
            % values
        )
    return _("On the day of the planned delivery (%(day)s).") % values


def span_words(span: Span) -> str:
    """`2026-11-24 – 2026-11-28`, with the half-days; `2026-11-24 pm`."""
    if span.start == span.end and span.ends_noon and not span.begins_afternoon:
        return short_day(span.start) + _(" am")
    start = short_day(span.start) + (_(" pm") if span.begins_afternoon else "")
    end = short_day(span.end) + (_(" noon") if span.ends_noon else "")
    return start if span.start == span.end else f"{start} – {end}"


def half_words(span: Span) -> str:
    """The half-day marks alone."""
    found = [_("starts in the afternoon")] if span.begins_afternoon else []
    return _(", ").join([*found, _("ends at noon")] if span.ends_noon else found)


def rules_of(task: Task) -> list[str]:
    """What else decides when an automatic task may be."""
    found = []
    if task.mode == Mode.AUTO and task.not_before:
        found.append(_("starts no earlier than %(day)s") % {"day": short_day(task.not_before)})
    if task.not_after:
        found.append(_("finishes no later than %(day)s") % {"day": short_day(task.not_after)})
    return found


def days_words(days: Decimal) -> str:
    """`+1.5`, `−2`, `0`."""
    return f"{days.normalize():+f}".replace("-", "−") if days else "0"


def _row(task: Task, old: Span, new: Span, slip: Decimal, **judged: Any) -> MoveRow:
    return MoveRow(
        task=task,
        name=task.name,
        url=task.get_absolute_url(),
        person=str(task.assignee or ""),
        department=str(task.department),
        old=span_words(old),
        new=span_words(new),
        slip=days_words(slip),
        **judged,
    )


def _ghost(span: Span) -> dict[str, str]:
    return {"start": span.start.isoformat(), "end": span.end.isoformat()}


def _ends(found: Conflict) -> list[int]:
    return [found.key, found.link.before] if found.link else [found.key]


def _broken_words(layout: Layout, found: Conflict, seen: set[int]) -> str:
    days, plural = f"{found.by / 2:g}", found.by - 1  # of half-days: two are one day
    name = task_words(layout, found.key, seen)
    if found.link is None:
        text = ngettext(
            "%(task)s would end %(n)s working day after “finish no later than” (%(day)s).",
            "%(task)s would end %(n)s working days after “finish no later than” (%(day)s).",
            plural,
        )
        return text % {"task": name, "n": days, "day": short_day(layout.tasks[found.key].not_after)}
    text = ngettext(
        "%(task)s would keep its dates, %(n)s working day earlier than its link with %(other)s allows.",
        "%(task)s would keep its dates, %(n)s working days earlier than its link with %(other)s allows.",
        plural,
    )
    return text % {"task": name, "n": days, "other": task_words(layout, found.link.before, seen)}


def changed_rows(change: PlanChange, user: User) -> list[MoveRow]:
    """What an applied change moved, of tasks in the reader's sight."""
    moves = change.moves.select_related("task__department", "task__assignee", "task__contract").order_by("id")
    seen = set(Task.objects.for_user(user).filter(moves__change=change).values_list("pk", flat=True))
    spans = [(m, Span.stored(m.before), Span.stored(m.after)) for m in moves[:NAMED] if m.task_id in seen]
    rules_count = change.deed == Deed.RESCHEDULE
    return [_row(m.task, old, new, m.slip) for m, old, new in spans if rules_count or old != new]
