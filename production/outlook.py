"""Where a plan ends as things stand today: nothing that is open lies in the past, and what is held up
waits. The schedule shows it, and what made a contract late is told up to exactly this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from contracts.models import Contract
from erp import register
from erp.workdays import slot_of
from production.layout import Layout, Reading
from production.schedule.plan import Job
from production.states import Status

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class Delay:
    """What an app above knows of a task: known since `day`, it could not start ("start") before the
    morning of `until`, or not end ("end") before its evening. `until` None: still so, today.
    `kind` and `label` name the cause for people, `url` leads to it."""

    task: int
    day: date
    until: date | None
    kind: Any
    label: str = ""
    url: str = ""
    holds: Literal["start", "end"] = "start"


def delays_of(contract: Contract, user: User) -> list[Delay]:
    """What the apps above know, to `user` with the names they may read; the days are the same for all."""
    return [
        delay for tell in register.entries("production.delays").values() for delay in tell(contract, user)
    ]


def outlook(reading: Reading, delays: Iterable[Delay], today: date) -> Layout:
    """The plan as things stand: late work ends when what is left of it can be done, what waits for
    material starts when that comes, also where the plan does not reckon with it yet. After the delivery
    nothing is moved any more. Raises Circle."""
    if reading.contract.delivered_on is not None:
        return reading.lay_out()
    layout, now = reading.lay_out(now=today), slot_of(today)
    held: dict[int, int] = {}
    for delay in delays:
        if delay.holds == "start":
            held[delay.task] = max(slot_of(delay.until or today), held.get(delay.task, now))
    jobs = [_stands(layout, job, held.get(job.key, now), now) for job in layout.plan.jobs]
    return replace(layout, plan=replace(layout.plan, jobs=jobs, now=None))


def _stands(layout: Layout, job: Job, until: int, now: int) -> Job:
    """A job with today in it, and its material not here before `until`; fixed dates hold until they have
    gone by."""
    task = layout.tasks[job.key]
    if task.status == Status.DONE or job.begun is not None:
        return job
    if job.pinned is None:
        return replace(job, not_before=max(job.not_before or now, until))
    start, end = job.pinned
    if task.actual_start is not None and not task.milestone:
        slots = layout.slots(task.pk)
        return replace(job, pinned=(start, max(end, slots.end(slots.before(now) + 1))))
    gone = end <= now if task.milestone else start < now
    return replace(job, pinned=None, not_before=until) if gone else job
