"""Why a job is when it is: data for sentences, no sentences."""

from __future__ import annotations

from dataclasses import dataclass

from production.schedule.engine import Bound, Dates, Schedule
from production.schedule.plan import Job, Kind, Link, Plan


@dataclass(frozen=True, slots=True)
class Reason:
    """What decided the early date of the job `key`. `boundary`: the instant from which it counts, the
    lag of `link` not yet added. `calendar_shift`: half-days between it and the date that it decided on
    which this job's calendar rests (rest days, holidays, leave)."""

    kind: Bound
    key: int
    link: Link | None
    boundary: int
    calendar_shift: int


def why(schedule: Schedule, plan: Plan, key: int) -> tuple[Reason, ...]:
    """From the job back along the links that decided to the first cause. Raises KeyError."""
    jobs = {job.key: job for job in plan.jobs}
    chain = []
    link: Link | None
    while True:
        dates = schedule.dates[key]
        link = dates.link
        chain.append(Reason(dates.driver, key, link, dates.boundary, _shift(jobs[key], dates, plan)))
        if link is None:
            return tuple(chain)
        key = link.before


def critical_chain(schedule: Schedule, plan: Plan) -> list[int]:
    """The jobs that decide when the plan ends, in order; of several that end last, the first in the plan
    counts. Empty without jobs."""
    last = next((job.key for job in plan.jobs if schedule.dates[job.key].early_end == schedule.end), None)
    return [] if last is None else [reason.key for reason in reversed(why(schedule, plan, last))]


def _shift(job: Job, dates: Dates, plan: Plan) -> int:
    if dates.driver in (Bound.BEGUN, Bound.PINNED):
        return 0
    by_end = dates.link is not None and dates.link.kind in (Kind.FF, Kind.SF)
    decided = dates.early_end if by_end or job.begun is not None else dates.early_start
    slots = plan.calendars[job.calendar]
    low, high = sorted((dates.boundary, decided))
    return high - low - (slots.before(high) - slots.before(low))
