"""Why a contract is late: its baseline replayed with everything that happened since, as people read it.

What apps above know of (an item that came late, rework after a rejection) they tell by the register
(`production.delays`); what tasks and plan changes say is read here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.models import Contract
from erp import register
from erp.dates import short_day
from erp.workdays import Slots, day_of, slot_of
from orgchart.calendars import site_calendar
from production.analysis import ends_words
from production.layout import Layout, Reading, horizon, slots_of
from production.models import Baseline, BaselineTask, Cause, Deed, PlanMove, Task
from production.outlook import Delay, delays_of, outlook
from production.schedule.network import Network
from production.schedule.plan import Job, Kind, Link
from production.schedule.trace import Effect, Fact, Trace, trace
from production.spans import Span
from production.states import ChangeState

if TYPE_CHECKING:
    from orgchart.models import User

STARTED, TOOK = gettext_lazy("Started late"), gettext_lazy("Took longer than planned")
ADDED, LINKED = gettext_lazy("Task added to the plan"), gettext_lazy("Task linked to another")
EARLY, WAITED = gettext_lazy("Agreed late from the start"), gettext_lazy("Ready, not delivered")
#: Which of the wishes about a plan say themselves why; bringing it up to today only follows lateness.
TOLD = tuple(deed for deed in Deed if deed != Deed.ROLL)


@dataclass(frozen=True, slots=True)
class Why:
    """A cause: what kind, and of which task; `label` and `url` where another app named it."""

    kind: Any
    task: int
    label: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One cause with the working days it moved the delivery; `percent` of all days lost, 0 of days won."""

    kind: str
    label: str
    url: str
    task: str
    task_url: str
    since: date
    days: Decimal
    percent: int

    @property
    def won(self) -> bool:
        return self.days < 0


class Tracing:
    """Why `contract` is late, as of `today`, for `user`, who reads all its tasks; apps above name what
    else they may see."""

    def __init__(self, contract: Contract, user: User, today: date | None = None) -> None:
        self.contract, self._user = contract, user
        self._today = today or timezone.localdate()
        self._reading = Reading(contract)
        if contract.delivered_on is not None:
            self._leave_out_what_came_after(contract.delivered_on)

    def _leave_out_what_came_after(self, delivered: date) -> None:
        """Work for a complaint after the delivery made no delivery late."""
        tasks = self._reading.tasks
        later = {key for key, task in tasks.items() if timezone.localdate(task.created) > delivered}
        self._reading.tasks = {key: task for key, task in tasks.items() if key not in later}
        links = self._reading.links.items()
        self._reading.links = {ends: link for ends, link in links if later.isdisjoint(ends)}

    @cached_property
    def baseline(self) -> Baseline | None:
        """What was agreed: the contract's own baseline; without it nothing can be said."""
        return self._baseline_tasks[0].baseline if self._baseline_tasks else None

    @cached_property
    def _baseline_tasks(self) -> list[BaselineTask]:
        rows = BaselineTask.objects.filter(baseline__contract=self.contract, baseline__of_contract=True)
        return list(rows.select_related("baseline").order_by("baseline_id", "id"))

    @cached_property
    def _layout(self) -> Layout:
        return self._reading.lay_out()

    @cached_property
    def _delays(self) -> list[Delay]:
        return delays_of(self.contract, self._user)

    @cached_property
    def _outlook(self) -> Layout:
        """The plan as the schedule forecasts it: what the replay ends with."""
        return outlook(self._reading, self._delays, self._today)

    @cached_property
    def _judge(self) -> Slots:
        """Lateness counts in working days of the site."""
        first, last = horizon(self._layout.tasks.values(), self.contract)
        return slots_of(site_calendar(), first, last)

    @cached_property
    def found(self) -> Trace | None:
        if self.baseline is None:
            return None
        spans = self.kept
        agreed = [self._agreed(task, spans[key]) for key, task in self._layout.tasks.items() if key in spans]
        plan = replace(self._layout.plan, jobs=agreed, links=[], now=None, start=self._start(spans))
        facts = [*self._changes(), *self._happened(), *self._told(), *self._drawn()]
        return trace(
            plan,
            [*facts, *self._today_is(max((fact.at for fact in facts), default=0))],
            due=slot_of(self.baseline.planned_delivery) + 2,
            judge=self._judge,
            added={key: self._added(task) for key, task in self._layout.tasks.items() if key not in spans},
            settled=self._outlook.jobs,
            linked=self._layout.plan.links,
        )

    @cached_property
    def kept(self) -> dict[int, Span]:
        """Task → its span in the baseline, of tasks that are still in the plan."""
        rows = {row.task_id: row for row in self._baseline_tasks if row.task_id in self._layout.tasks}
        return {
            pk: Span(row.planned_start, row.planned_end, row.begins_afternoon, row.ends_noon)
            for pk, row in rows.items()
        }

    def _start(self, spans: dict[int, Span]) -> int:
        return min([self._layout.plan.start, *(span.first for span in spans.values())])

    def _agreed(self, task: Task, span: Span) -> Job:
        """The job as it was agreed: as long as then, and not before then."""
        job, slots = self._layout.jobs[task.pk], self._layout.slots(task.pk)
        if task.milestone:
            return Job(task.pk, 0, job.calendar, not_before=span.until)
        length = max(1, slots.before(span.until) - slots.before(span.first))
        return Job(task.pk, length, job.calendar, not_before=span.first)

    def _added(self, task: Task) -> Job:
        """The job of a task that came later: what waits for others starts when they let it."""
        job = self._agreed(task, Span.of(task))
        waits = any(link.after == task.pk for link in self._layout.plan.links)
        return replace(job, not_before=None) if waits else job

    # --- what happened ------------------------------------------------------------------------------

    def _changes(self) -> Iterator[Fact]:
        """Dates that were changed on purpose, by what was asked for; what followed from it follows."""
        moves = PlanMove.objects.filter(
            change__contract=self.contract, change__state=ChangeState.APPLIED, change__deed__in=TOLD
        )
        for move in moves.select_related("change").order_by("change__applied_at", "id"):
            change = move.change
            day = timezone.localdate(change.applied_at)
            asked = change.deed == Deed.CALENDAR or str(move.task_id) in change.asked.get("edits", {})
            since = self.baseline is not None and day >= self.baseline.taken_on
            if asked and since and move.task_id in self._layout.tasks:
                why = Why(change.get_cause_display(), move.task_id, change.note, change.get_absolute_url())
                # late material is told before the plan that follows it, so that the purchase answers for it
                follows = change.cause == Cause.SUPPLIER
                yield from self._moved(move, slot_of(day) + follows, why)

    def _moved(self, move: Any, at: int, why: Why) -> Iterator[Fact]:
        before, after = Span.stored(move.before), Span.stored(move.after)
        slots = self._layout.slots(move.task_id)
        lengths = [slots.before(span.until) - slots.before(span.first) for span in (before, after)]
        if lengths[0] != lengths[1]:
            yield Fact(at, move.task_id, Effect.RESIZE, lengths[1], why)
        milestone = self._layout.tasks[move.task_id].milestone
        yield Fact(at, move.task_id, Effect.PLACE, after.until if milestone else after.first, why)

    def _happened(self) -> Iterator[Fact]:
        """When tasks came into the plan, began and ended."""
        for key, task in self._layout.tasks.items():
            if key not in self.kept:
                day = timezone.localdate(task.created)
                yield Fact(slot_of(day), key, Effect.ADD, 0, Why(ADDED, key))
            if task.actual_start and not task.milestone:
                begun = slot_of(task.actual_start)
                yield Fact(begun, key, Effect.BEGIN, begun, Why(STARTED, key))
            if task.actual_end:
                end = slot_of(task.actual_end) + 2
                yield Fact(end, key, Effect.END, end, Why(TOOK, key))

    def _told(self) -> Iterator[Fact]:
        """What apps above know. Work that is rejected went on until then by itself; a fixed date waits for
        no material."""
        for delay in self._delays:
            if delay.task not in self._layout.tasks:
                continue
            why, until = Why(delay.kind, delay.task, delay.label, delay.url), delay.until or self._today
            if delay.holds == "end":
                own, end = slot_of(delay.day) + 2, slot_of(until) + 2
                yield Fact(own, delay.task, Effect.WORK, own, Why(TOOK, delay.task))
                yield Fact(end, delay.task, Effect.WORK, end, why)
            elif not self._fixed(delay.task):
                yield Fact(slot_of(delay.day), delay.task, Effect.WAIT, slot_of(until), why)

    def _fixed(self, key: int) -> bool:
        return self._outlook.jobs[key].pinned is not None and self._layout.tasks[key].actual_start is None

    def _drawn(self) -> Iterator[Fact]:
        """Links that the baseline does not keep were drawn later."""
        drawn = {
            (link.predecessor_id, link.successor_id): link.created for link in self._reading.links.values()
        }
        for place, link in enumerate(self._layout.plan.links):
            if link.before in self.kept and link.after in self.kept and not self._keeps(link):
                day = timezone.localdate(drawn[link.before, link.after])
                yield Fact(slot_of(day), link.after, Effect.LINK, place, Why(LINKED, link.after))

    def _keeps(self, link: Link) -> bool:
        """Whether the baseline is as the link wants it."""
        before, after, slots = self._ends(link.before), self._ends(link.after), self._layout.slots(link.after)
        since = before[0] if link.kind in (Kind.SS, Kind.SF) else before[1]
        if link.kind in (Kind.FF, Kind.SF) or after[0] == after[1]:
            return slots.done(since) + link.lag <= slots.done(after[1])
        return slots.before(since) + link.lag <= slots.before(after[0])

    def _ends(self, key: int) -> tuple[int, int]:
        span = self.kept[key]
        return (span.until if self._layout.tasks[key].milestone else span.first), span.until

    def _today_is(self, told: int) -> Iterator[Fact]:
        """Last of all, behind the boundary `told`, every task is as the schedule has it today: what is not
        begun is not begun before, what is under way ends when the rest of it can be done. In the order
        in which tasks wait for each other, so that nobody answers for who kept them waiting."""
        last = max(slot_of(self._today) + 2, told)
        jobs = self._outlook.plan.jobs
        for n, place in enumerate(Network.of(self._outlook.plan).order, start=1):
            key = jobs[place].key
            under_way = self._layout.tasks[key].actual_start is not None
            yield Fact(last + n, key, Effect.SETTLE, cause=Why(TOOK if under_way else STARTED, key))

    # --- for people ---------------------------------------------------------------------------------

    @property
    def ends(self) -> date | None:
        """The last day of the work, as things are: the forecast of the schedule."""
        return day_of(self.found.end - 1) if self.found else None

    @property
    def _over(self) -> bool:
        return all(task.actual_end is not None for task in self._layout.tasks.values())

    @property
    def forecast(self) -> str:
        """When what is still to be done will be, in a sentence; the schedule says the same."""
        if self.ends is None or self._over or self.contract.delivered_on:
            return ""
        return ends_words(
            _("As things stand today it ends on %(day)s:"), self.ends, self.contract.planned_delivery
        )

    @cached_property
    def waited(self) -> Decimal:
        """Working days between the end of the work (or the promise, if that is later) and the delivery,
        or today where it is still to come."""
        if self.found is None or self.baseline is None:
            return Decimal(0)
        day = self.contract.delivered_on or (self._today if self._over else None)
        if day is None:
            return Decimal(0)
        ready = max(self.found.end, slot_of(self.baseline.planned_delivery) + 2)
        return self._days(max(0, self._judge.before(slot_of(day) + 2) - self._judge.before(ready)))

    @property
    def late(self) -> Decimal:
        """Working days behind the day promised in the baseline."""
        return (self._days(self.found.late) if self.found else Decimal(0)) + self.waited

    @property
    def agreed(self) -> Decimal:
        """Working days by which the plan was late already when it was agreed."""
        return self._days(self.found.agreed) if self.found else Decimal(0)

    @cached_property
    def _blamed(self) -> dict[Why, tuple[int, int]]:
        """Cause → the half-days by which it moved the end, and since when."""
        days: dict[Why, int] = defaultdict(int)
        since: dict[Why, int] = {}
        for share in self.found.shares if self.found else ():
            why: Any = share.fact.cause
            days[why] += share.half_days
            ended = share.fact.effect in (Effect.WORK, Effect.END)  # told at the evening of their day
            since.setdefault(why, min(share.fact.at - ended, slot_of(self._today)))
        return {why: (half, since[why]) for why, half in days.items() if half}

    @cached_property
    def _percents(self) -> list[int]:
        """Of all days lost: those of `_blamed`, what was agreed late, what waited for the delivery."""
        lost = [max(0, half) for half, _since in self._blamed.values()]
        return percents([*lost, round(2 * self.agreed), round(2 * self.waited)])

    @cached_property
    def lines(self) -> list[Line]:
        """The causes, from the one that cost most; days won at the end."""
        moved = zip(self._blamed.items(), self._percents[:-2], strict=True)
        lines = [self._line(why, half, percent, since) for (why, (half, since)), percent in moved]
        return sorted(lines, key=lambda line: (-line.days, line.since))

    @cached_property
    def table(self) -> list[Line]:
        """All days lost, so that the shares add up: the causes, and what no cause explains."""
        taken = self.baseline.taken_on if self.baseline else None
        rest = ((EARLY, self.agreed, taken), (WAITED, self.waited, self.ends))
        more = [
            Line(str(kind), "", "", "", "", since, days, percent)
            for (kind, days, since), percent in zip(rest, self._percents[-2:], strict=True)
            if days and since
        ]
        return sorted([*self.lines, *more], key=lambda line: -line.days)

    def _line(self, why: Why, half_days: int, percent: int, since: int) -> Line:
        task = self._layout.tasks[why.task]
        return Line(
            kind=str(why.kind),
            label=why.label,
            url=why.url,
            task=task.name,
            task_url=task.get_absolute_url(),
            since=day_of(since),
            days=self._days(half_days),
            percent=percent,
        )

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.found is None or self.baseline is None:
            return _("There is no contract baseline yet: it is taken when the plan is released.")
        words = {"day": short_day(self.baseline.planned_delivery), "n": f"{self.late.normalize():f}"}
        if self.baseline.version > 1:  # a change order moved the day (`receivers.change_applied`)
            agreed, behind = (
                _("In time for the %(day)s agreed by change order."),
                _("%(n)s working days behind the %(day)s agreed by change order."),
            )
            return (behind if self.late else agreed) % words
        if not self.late:
            return _("In time for the %(day)s promised when the plan was released.") % words
        return _("%(n)s working days behind the %(day)s promised when the plan was released.") % words

    @staticmethod
    def _days(half_days: int) -> Decimal:
        return Decimal(half_days) / 2


def percents(parts: Sequence[int]) -> list[int]:
    """Shares in percent that add up to 100: what rounding down leaves goes to the largest remainders."""
    whole = sum(parts)
    if not whole:
        return [0] * len(parts)
    found = [100 * part // whole for part in parts]
    for place in sorted(range(len(parts)), key=lambda n: -(100 * parts[n] % whole))[: 100 - sum(found)]:
        found[place] += 1
    return found


def consequences(contract: Contract, user: User, before: date | None, after: date | None) -> Iterable[Any]:
    """What hangs on the end of the plan outside of it (payments …), told by apps on the register."""
    for tell in register.entries("production.consequences").values():
        yield from tell(contract, user, before, after)
