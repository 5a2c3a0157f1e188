"""A plan as levelling sees it: each movable job is one number, its position.

The position of a job is the number, in its own calendar, of the working half-day it starts with; that of
a milestone is the number of half-days done when it happens. Every rule of the plan is then a lower bound
of one position by another that only grows with it, whatever the calendars and the kind of link.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from erp.workdays import Slots, WorkCalendar, day_of
from production.schedule.load import Capacities, Demands, Resource, load
from production.schedule.network import Network
from production.schedule.plan import Job, Kind, Link, Plan

Positions = Mapping[int, int]
#: Links that count from the start of the job that is waited for.
BY_START = (Kind.SS, Kind.SF)
#: So many half-days from the start on the common time is laid out; behind them every one counts as worked.
FAR = 7300


@dataclass(frozen=True, slots=True)
class Pool:
    """A limited resource with the movable jobs that use it, and what the fixed ones leave of it.

    When all users work in one `calendar`, its `time` is counted in the working half-days of that calendar,
    which is exact. Otherwise (`calendar` is None) it is counted in half-days that anybody works, and a
    movable job holds it from its start to its end, own rests inside included: more than it works, so
    never an overload.

    A job that asks for more than there is gets all there is, so it runs alone instead of never."""

    resource: Resource
    capacity: int
    calendar: int | None
    time: Slots
    users: Positions
    used: Mapping[int, int]


@dataclass(frozen=True)
class Problem:
    """What can move (`order`: no job before one it waits for; of begun work only the end), what cannot
    (`fixed`: start slot and end boundary), and the rules between them. `time`: the half-days on which
    anybody works who can move. Made by `problem_of`."""

    plan: Plan
    order: tuple[int, ...]
    jobs: Mapping[int, Job]
    fixed: Mapping[int, tuple[int, int]]
    waits: Mapping[int, tuple[Link, ...]]
    followers: Mapping[int, tuple[Link, ...]]
    low: Mapping[int, int]
    time: Slots
    pools: tuple[Pool, ...]

    def slots(self, key: int) -> Slots:
        return self.plan.calendars[self.jobs[key].calendar]

    def span(self, key: int, position: int) -> tuple[int, int]:
        """Start slot and end boundary of a job at a position; a milestone starts when it ends."""
        slots, job = self.slots(key), self.jobs[key]
        end = slots.end(position + job.duration)
        if not job.duration:
            return end, end
        return (slots.at(position) if job.begun is None else job.begun), end

    def hold(self, pool: Pool, key: int, position: int) -> tuple[int, int]:
        """From where to where, in the pool's own time, a job at a position holds it."""
        if pool.calendar is None:
            start, end = self.span(key, position)
            return pool.time.before(start), pool.time.before(end)
        return position, position + self.jobs[key].duration

    def least(self, link: Link, position: int) -> int:
        """The smallest position of the job that waits when the other is at `position`."""
        start, end = self.span(link.before, position)
        return _least(self.jobs[link.after], self.slots(link.after), link, start, end)

    def most(self, link: Link, position: int) -> int:
        """The largest position of the job that is waited for when the other is at `position`."""
        after, slots = self.jobs[link.after], self.slots(link.after)
        if _by_start(link, after):
            until = slots.at(position - link.lag)
        else:
            until = slots.end(position + after.duration - link.lag)
        before, slots = self.jobs[link.before], self.slots(link.before)
        if link.kind in BY_START and before.duration:
            return slots.before(until + 1) - 1
        return slots.before(until) - before.duration

    @cached_property
    def earliest(self) -> dict[int, int]:
        """Position of each job when resources are without limit."""
        found: dict[int, int] = {}
        for key in self.order:
            found[key] = self.ready(key, found)
        return found

    def ready(self, key: int, placed: Positions) -> int:
        """The smallest position of a job that its bounds and the placed jobs allow."""
        return max([self.low[key], *(self.least(link, placed[link.before]) for link in self.waits[key])])

    def latest(self, end: int) -> dict[int, int]:
        """Position of each job at which the whole can still end at boundary `end`."""
        found: dict[int, int] = {}
        for key in reversed(self.order):
            last = self.slots(key).before(end) - self.jobs[key].duration
            found[key] = min([last, *(self.most(link, found[link.after]) for link in self.followers[key])])
        return found

    def dates(self, positions: Positions) -> dict[int, tuple[int, int]]:
        """Start slot and end boundary of every job of the plan, the fixed ones as they are."""
        return {
            job.key: self.fixed.get(job.key) or self.span(job.key, positions[job.key])
            for job in self.plan.jobs
        }

    def makespan(self, positions: Positions) -> int:
        """The boundary at which everything is done."""
        return max([self.fixed_end, *(self.span(key, positions[key])[1] for key in self.order)])

    @cached_property
    def bound(self) -> int:
        """A boundary before which no schedule ends: jobs need their time, and pools theirs."""
        return max([self.makespan(self.earliest), *(self._busy_until(pool) for pool in self.pools)])

    def _busy_until(self, pool: Pool) -> int:
        """The boundary at which the pool could have done all its work, if it never idled."""
        work = sum(self.jobs[key].duration * units for key, units in pool.users.items())
        moment = min(self.hold(pool, key, self.earliest[key])[0] for key in pool.users)
        while work > 0:
            work -= max(pool.capacity - pool.used.get(moment, 0), 0)
            moment += 1
        return pool.time.end(moment)

    @cached_property
    def moving(self) -> tuple[int, ...]:
        """What can be placed: neither milestones nor the ends of begun work, which only follow others."""
        return tuple(k for k in self.order if self.jobs[k].duration and self.jobs[k].begun is None)

    @cached_property
    def fixed_end(self) -> int:
        own = (end for key, (_, end) in self.fixed.items() if not self.jobs[key].beside)
        return max([self.plan.start, *own])


def problem_of(plan: Plan, demands: Demands, capacities: Capacities) -> Problem:
    """The plan in positions. Raises as `engine.schedule` does."""
    order = Network.of(plan).order
    jobs = {job.key: job for job in plan.jobs}
    stretched = _stretched(plan, jobs)
    held = {key: _held(plan, job) for key, job in jobs.items() if job.pinned or _has_begun(job)}
    fixed = {key: dates for key, dates in held.items() if key not in stretched}
    low = {key: _low(plan, job) for key, job in jobs.items() if key not in fixed}
    waits: dict[int, list[Link]] = {key: [] for key in low}
    followers: dict[int, list[Link]] = {key: [] for key in low}
    for link in _binding(plan, jobs):
        if link.before in held and (link.before in fixed or link.kind in BY_START):
            after = jobs[link.after]
            least = _least(after, plan.calendars[after.calendar], link, *held[link.before])
            low[link.after] = max(low[link.after], least)
        else:
            waits[link.after].append(link)
            followers[link.before].append(link)
    time = _time(plan, [jobs[key] for key in low])
    return Problem(
        plan=plan,
        order=tuple(key for place in order if (key := plan.jobs[place].key) in low),
        jobs=jobs,
        fixed=fixed,
        waits={key: tuple(links) for key, links in waits.items()},
        followers={key: tuple(links) for key, links in followers.items()},
        low=low,
        time=time,
        pools=tuple(_pools(plan, time, held, demands, capacities)),
    )


def _has_begun(job: Job) -> bool:
    """Of a milestone that has begun nothing is held: it happens when it ends."""
    return job.pinned is None and job.begun is not None and job.duration > 0


def _binding(plan: Plan, jobs: Mapping[int, Job]) -> Iterator[Link]:
    """The links that can move anything: not those to pinned jobs or to starts that are facts."""
    for link in plan.links:
        after = jobs[link.after]
        if not (after.pinned or (_has_begun(after) and _by_start(link, after))):
            yield link


def _stretched(plan: Plan, jobs: Mapping[int, Job]) -> set[int]:
    """Jobs that have begun and whose end waits for others."""
    return {link.after for link in _binding(plan, jobs) if _has_begun(jobs[link.after])}


def _by_start(link: Link, after: Job) -> bool:
    """Whether the link holds back the first half-day of `after`: a milestone has but an end."""
    return after.duration > 0 and link.kind in (Kind.FS, Kind.SS)


def _least(after: Job, slots: Slots, link: Link, start: int, end: int) -> int:
    boundary = end if link.kind in (Kind.FS, Kind.FF) else start
    if _by_start(link, after):
        return slots.before(boundary) + link.lag
    return slots.done(boundary) + link.lag - after.duration


def _low(plan: Plan, job: Job) -> int:
    """The smallest position by the bounds of plan and job alone."""
    slots = plan.calendars[job.calendar]
    if job.begun is not None and job.duration:
        return slots.done(_held(plan, job)[1]) - job.duration
    reach = slots.before if job.duration else slots.done
    bounds = (plan.start, plan.now, job.not_before)
    return max(reach(boundary) for boundary in bounds if boundary is not None)


def _held(plan: Plan, job: Job) -> tuple[int, int]:
    """Start slot and end boundary of a pinned job, or of one that has begun by its duration."""
    if job.pinned:
        return job.pinned if job.duration else (job.pinned[1], job.pinned[1])
    begun = plan.start if job.begun is None else job.begun
    slots = plan.calendars[job.calendar]
    done = slots.before(begun) + job.duration
    if plan.now is not None:
        done = max(done, slots.done(plan.now))
    return begun, slots.end(done)


def _pools(
    plan: Plan,
    time: Slots,
    held: Mapping[int, tuple[int, int]],
    demands: Demands,
    capacities: Capacities,
) -> Iterator[Pool]:
    """Only resources that movable jobs use. Work that has begun takes what it needs for its own duration;
    while its end merely waits for others it is in nobody's way, else the others might wait for it."""
    jobs = {job.key: job for job in plan.jobs}
    busy = load(plan, held, demands)
    floor = plan.start if plan.now is None else max(plan.start, plan.now)
    asked: dict[Resource, dict[int, int]] = {}
    for key, job in jobs.items():
        if key not in held and job.duration:
            for resource, wanted in demands.get(key, {}).items():
                if wanted > 0:
                    asked.setdefault(resource, {})[key] = wanted
    for resource, units in capacities.items():
        if resource not in asked:
            continue
        capacity = max(units, 1)
        calendars = {jobs[key].calendar for key in asked[resource]}
        calendar = calendars.pop() if len(calendars) == 1 else None
        own = time if calendar is None else plan.calendars[calendar]
        yield Pool(
            resource=resource,
            capacity=capacity,
            calendar=calendar,
            time=own,
            users={key: min(wanted, capacity) for key, wanted in asked[resource].items()},
            used={
                own.before(slot): used
                for slot, used in busy.get(resource, {}).items()
                if slot >= floor and own.works(slot)  # what falls on a rest is in nobody's way
            },
        )


def _time(plan: Plan, moving: list[Job]) -> Slots:
    """One calendar for all that can move. When they have several, it has the half-days any of them works:
    then a position, told in this time, jumps at somebody's leave only, not at every weekend."""
    calendars = {job.calendar for job in moving} or set(plan.calendars)
    if len(calendars) == 1:
        return plan.calendars[calendars.pop()]
    length = min(2 * sum(job.duration for job in moving), FAR)
    every = range(plan.start, plan.start + length)
    slots = [plan.calendars[calendar] for calendar in sorted(calendars)]
    away = frozenset(slot for slot in every if not any(one.works(slot) for one in slots))
    return Slots(WorkCalendar(rest=frozenset(), away=away), day_of(every.start), day_of(every.stop))
