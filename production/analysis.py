"""A plan examined: float, what is critical, how far it slipped, and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import F, OuterRef, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from contracts.models import Contract
from erp.dates import short_day
from erp.workdays import day_of, in_afternoon, slot_of
from orgchart.calendars import known_until
from production.layout import Layout, Reading
from production.models import Baseline, Cause, PlanMove, Task
from production.outlook import delays_of, outlook
from production.previews import days_words, delivery_words, span_words
from production.reasons import driver_words
from production.schedule.engine import schedule
from production.schedule.explain import critical_chain
from production.schedule.plan import Job
from production.spans import Span
from production.states import ChangeState

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One task of the analysis. `slip`: working days it ends (or ended) behind the baseline."""

    pk: int
    name: str
    url: str
    place: str
    milestone: bool
    planned: str
    actual: str
    baseline: str
    slip: str
    behind: bool
    float: str
    negative: bool
    critical: bool
    latest_start: str
    why: str


class Analysis:
    """The plan of a contract as `user` may see it, beside `baseline` (by default the contract's own)."""

    def __init__(self, contract: Contract, user: User, baseline: Baseline | None = None) -> None:
        self.contract, self._user = contract, user
        self.baseline = baseline
        self._reading = Reading(contract)

    @cached_property
    def layout(self) -> Layout:
        return self._reading.lay_out()

    @cached_property
    def forecast(self) -> date | None:
        """The day on which the plan ends if what is late is made up for as soon as possible, and what is
        missing comes when it is promised."""
        known = delays_of(self.contract, self._user)
        return outlook(self._reading, known, timezone.localdate()).ends

    @cached_property
    def least(self) -> date:
        """The day on which the work would end had it begun at signing and never been delayed: what is in
        the contract's baseline takes as long as there, for dragging on is a delay."""
        if self.baseline is not None and self.baseline.of_contract:
            spans = self.kept
        else:
            spans = self._spans(Baseline.objects.filter(contract=self.contract, of_contract=True).first())
        jobs = [Job(job.key, self._agreed(job, spans), job.calendar) for job in self.layout.plan.jobs]
        undelayed = replace(self.layout.plan, jobs=jobs, start=slot_of(self.contract.signed_on))
        return day_of(schedule(undelayed).end - 1)

    @cached_property
    def seen(self) -> set[int]:
        rows = Task.objects.for_user(self._user).filter(contract=self.contract)
        return set(rows.values_list("pk", flat=True))

    @cached_property
    def chain(self) -> list[int]:
        """The tasks that decide when the plan ends, in order."""
        return critical_chain(self.layout.schedule, self.layout.plan)

    @cached_property
    def kept(self) -> dict[int, Span]:
        """Task → its span in the baseline."""
        return self._spans(self.baseline)

    def _spans(self, baseline: Baseline | None) -> dict[int, Span]:
        if baseline is None:
            return {}
        rows: Any = baseline.tasks.values_list(
            "task_id", "planned_start", "planned_end", "begins_afternoon", "ends_noon"
        )
        return {pk: Span(*dates) for pk, *dates in rows}

    def _agreed(self, job: Job, spans: dict[int, Span]) -> int:
        """How long a job takes by `spans`, in half-days of its calendar; as now if it is not there."""
        if job.key not in spans or not job.duration:
            return job.duration
        slots, span = self.layout.slots(job.key), spans[job.key]
        return max(1, slots.before(span.until) - slots.before(span.first))

    def row(self, key: int) -> PlanRow:
        return self._row(self.layout.tasks[key])

    def planned(self, key: int) -> Span:
        return Span.of(self.layout.tasks[key])

    def engine_words(self, key: int) -> str:
        """Where its rules would put it."""
        return span_words(self.layout.span(key))

    @property
    def rows(self) -> list[PlanRow]:
        """Every task in sight, by planned start."""
        tasks = [task for key, task in self.layout.tasks.items() if key in self.seen]
        tasks.sort(key=lambda task: (Span.of(task).first, task.pk))
        return [self._row(task) for task in tasks]

    @property
    def chain_rows(self) -> list[PlanRow]:
        return [self._row(self.layout.tasks[key]) for key in self.chain if key in self.seen]

    @property
    def critical(self) -> frozenset[int]:
        open_tasks = {key for key, task in self.layout.tasks.items() if task.actual_end is None}
        return frozenset(key for key in self.seen & open_tasks if self._dates(key).critical)

    @property
    def broken(self) -> list[tuple[int, int]]:
        """Both ends of every link in sight that a fixed or hand-made date breaks."""
        links = [found.link for found in self.layout.schedule.conflicts if found.link]
        return [(link.before, link.after) for link in links if {link.before, link.after} <= self.seen]

    @property
    def sentences(self) -> list[tuple[str, bool]]:
        """What the boss asks first, each with whether it is bad news."""
        due, ends = self.contract.planned_delivery, self.layout.ends
        if ends is None:
            return []
        found = [(ends_words(_("The plan ends on %(day)s:"), ends, due), ends > due)]
        if self.forecast and self.forecast != ends:
            text = ends_words(_("As things stand today it ends on %(day)s:"), self.forecast, due)
            found.append((text, self.forecast > due))
        if self.least > due:
            text = _("It was late at signing already: without any delay the work takes until %(day)s.")
            found.append((text % {"day": short_day(self.least)}, True))
        if max(ends, self.forecast or ends) > (known := known_until()):
            text = _("Public holidays are announced up to %(day)s: later dates are provisional.")
            found.append((text % {"day": short_day(known)}, False))
        return found + self._against_baseline()

    def _against_baseline(self) -> list[tuple[str, bool]]:
        baseline, contract = self.baseline, self.contract
        if baseline is None or not self.kept:
            return []
        ended = [
            (task.actual_end, span.end)
            for pk, span in self.kept.items()
            if (task := self.layout.tasks.get(pk)) and task.actual_end
        ]
        kept = sum(end <= promised for end, promised in ended)
        values = {"kept": kept, "done": len(ended), "name": baseline}
        text = _("%(kept)s of %(done)s finished tasks ended on time against “%(name)s”.")
        found = [(text % values, kept < len(ended))]
        if contract.delivered_on:
            text = _("Delivered on %(day)s:")
            late = contract.delivered_on > baseline.planned_delivery
            found.append((ends_words(text, contract.delivered_on, baseline.planned_delivery), late))
        if baseline.planned_delivery != contract.planned_delivery:
            days = {"old": baseline.planned_delivery, "new": contract.planned_delivery}
            text = _("The planned delivery was %(old)s then and is %(new)s now.")
            found.append((text % {name: short_day(day) for name, day in days.items()}, True))
        return found

    def _dates(self, key: int) -> Any:
        return self.layout.schedule.dates[key]

    def _row(self, task: Task) -> PlanRow:
        dates, slots = self._dates(task.pk), self.layout.slots(task.pk)
        ended = Span(task.actual_end, task.actual_end) if task.actual_end else Span.of(task)
        kept = self.kept.get(task.pk)
        end = kept.until if kept and kept.end == task.actual_end else ended.until
        slip = Decimal(slots.before(end) - slots.before(kept.until)) / 2 if kept else None
        over = task.actual_end is not None
        return PlanRow(
            pk=task.pk,
            name=task.name,
            url=task.get_absolute_url(),
            place=" · ".join(str(part) for part in (task.department, task.assignee) if part),
            milestone=task.milestone,
            planned=span_words(Span.of(task)),
            actual=_actual(task),
            baseline=span_words(kept) if kept else "",
            slip="" if slip is None else days_words(slip),
            behind=slip is not None and slip > 0,
            float="" if over else days_words(Decimal(dates.total_float) / 2),
            negative=not over and dates.total_float < 0,
            critical=not over and dates.critical,
            latest_start="" if over else _instant(dates.late_start, milestone=task.milestone),
            why=driver_words(self.layout, task.pk, self.seen),
        )


def ends_words(text: str, day: date, due: date) -> str:
    """A sentence about a day, and how that lies to the day promised."""
    values = {"what": text % {"day": short_day(day)}, "where": delivery_words(due, day)}
    return pgettext("two parts of a sentence", "%(what)s %(where)s") % values


def _actual(task: Task) -> str:
    if task.actual_start is None and task.actual_end is None:
        return ""
    if task.actual_start == task.actual_end:
        return short_day(task.actual_end)
    return f"{short_day(task.actual_start) or '…'} – {short_day(task.actual_end) or '…'}"


def _instant(start: int, *, milestone: bool) -> str:
    slot = start - 1 if milestone else start
    late = in_afternoon(slot) and not milestone
    return short_day(day_of(slot)) + (_(" pm") if late else "")


@dataclass(frozen=True, slots=True)
class SlipLine:
    """Working days lost in one department for one cause; `share` of the department's, in percent."""

    cause: str
    days: str
    share: int


def slips(moves: Any) -> list[tuple[str, str, list[SlipLine]]]:
    """(department, days, causes from the largest) of applied changes: the Pareto of why plans slip.
    `moves` are rows of `PlanMove`."""
    rows = moves.filter(slip__gt=0, change__state=ChangeState.APPLIED).order_by()
    sums = rows.values_list("department__name", "change__cause").annotate(days=Sum("slip"))
    by_department: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for department, cause, days in sums:
        by_department[department][cause] = days
    found = []
    for department, causes in sorted(by_department.items(), key=lambda item: -sum(item[1].values())):
        whole = sum(causes.values(), Decimal(0))
        lines = [
            SlipLine(str(Cause(cause).label), f"{days.normalize():f}", round(100 * days / whole))
            for cause, days in sorted(causes.items(), key=lambda item: (-item[1], item[0]))
        ]
        found.append((department, f"{whole.normalize():f}", lines))
    return found


def deliveries_on_time(user: User, since: date) -> tuple[int, int]:
    """(on time, delivered) of contracts one may read the tasks of, delivered since: on time is what was
    delivered by the day promised when the plan was released (the contract baseline)."""
    rows = Contract.objects.for_user(user, "view_tasks").filter(delivered_on__gte=since)
    promised = Baseline.objects.filter(contract=OuterRef("pk"), of_contract=True).order_by("id")
    rows = rows.annotate(promised=Subquery(promised.values("planned_delivery")[:1])).exclude(promised=None)
    return rows.filter(delivered_on__lte=F("promised")).count(), rows.count()


def moves_in_sight(user: User) -> Any:
    """Moves of contracts whose tasks `user` may read."""
    contracts = Contract.objects.for_user(user, "view_tasks").order_by().values("pk")
    return PlanMove.objects.filter(change__contract__in=contracts)
