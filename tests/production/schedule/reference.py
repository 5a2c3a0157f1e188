"""The slow and obvious engine: it walks slot by slot, asks only whether a half-day is worked, knows no
numbers, no order of jobs, and repeats until nothing changes."""

from __future__ import annotations

from dataclasses import replace

from erp.workdays import WorkCalendar, slot_of
from production.schedule.engine import Bound
from production.schedule.plan import Job, Kind, Link, Plan

Span = tuple[int, int]
FROM_START, TO_END = (Kind.SS, Kind.SF), (Kind.FF, Kind.SF)


class Walker:
    """A calendar, half-day by half-day; unbroken work outside the days from `first` to `last`."""

    def __init__(self, calendar: WorkCalendar, first, last):
        self.low = slot_of(first)
        self.worked = [calendar.works(slot) for slot in range(self.low, slot_of(last) + 2)]

    def works(self, slot: int) -> bool:
        place = slot - self.low
        return self.worked[place] if 0 <= place < len(self.worked) else True

    def count(self, a: int, b: int) -> int:
        """Working half-days from boundary a on until b, negative when b comes first."""
        if b < a:
            return -self.count(b, a)
        return sum(map(self.works, range(a, b)))

    def start(self, boundary: int) -> int:
        """The first half-day at or behind the boundary that is worked."""
        while not self.works(boundary):
            boundary += 1
        return boundary

    def end(self, boundary: int) -> int:
        """The first end of a worked half-day at or behind the boundary."""
        while not self.works(boundary - 1):
            boundary += 1
        return boundary

    def work(self, start: int, duration: int) -> int:
        """Where `duration` half-days from `start` on end."""
        end = start
        while duration:
            duration -= self.works(end)
            end += 1
        return end


class Reference:
    def __init__(self, plan: Plan, walkers: dict[int, Walker]):
        self.plan, self.walkers = plan, walkers
        self.jobs = {job.key: job for job in plan.jobs}
        self.early = self.earliest()
        self.end = max((end for _, end in self.early.values()), default=plan.start)

    def walker(self, job: Job) -> Walker:
        return self.walkers[job.calendar]

    # What holds

    def gap(self, link: Link, before: Span, after: Span) -> int:
        """Working half-days, in the successor's calendar, that the link leaves beyond its lag."""
        job = self.jobs[link.after]
        walker = self.walker(job)
        source = before[0] if link.kind in FROM_START else before[1]
        if link.kind in TO_END or not job.duration:
            return walker.count(walker.end(source), walker.end(after[1])) - link.lag
        return walker.count(source, after[0]) - link.lag

    def binds(self, link: Link) -> bool:
        """Whether the engine can keep this link: not the start of what has begun."""
        job = self.jobs[link.after]
        return self.begun(job) is None or link.kind in TO_END

    @staticmethod
    def begun(job: Job) -> int | None:
        """When the job began, if it is neither a milestone nor pinned."""
        return job.begun if job.duration and not job.pinned else None

    def spans(self, job: Job, origin: int):
        """Every place the job can have, from `origin` on."""
        walker, begun = self.walker(job), self.begun(job)
        at = origin if begun is None else walker.work(begun, job.duration)
        while True:
            if begun is not None:
                at = walker.end(at)
                yield begun, at
            elif job.duration:
                at = walker.start(at)
                yield at, walker.work(at, job.duration)
            else:
                at = walker.end(at)
                yield at, at
            at += 1

    # Earliest

    def allowed(self, job: Job, span: Span, known: dict[int, Span]) -> bool:
        begun = self.begun(job) is not None
        floors = [] if begun else [self.plan.start, job.not_before, self.plan.now]
        if any(floor is not None and span[0] < floor for floor in floors):
            return False
        if begun and self.plan.now is not None and span[1] < self.plan.now:
            return False
        return all(
            self.gap(link, known[link.before], span) >= 0
            for link in self.plan.links
            if link.after == job.key and self.binds(link)
        )

    def earliest(self) -> dict[int, Span]:
        known = {job.key: job.pinned or next(self.spans(job, self.plan.start)) for job in self.plan.jobs}
        for job in self.plan.jobs:
            if job.pinned and not job.duration:
                known[job.key] = (job.pinned[1], job.pinned[1])
        changed = True
        while changed:
            changed = False
            for job in self.plan.jobs:
                if job.pinned or self.allowed(job, known[job.key], known):
                    continue
                spans = self.spans(job, self.plan.start)
                known[job.key] = next(span for span in spans if self.allowed(job, span, known))
                changed = True
        return known

    def drivers(self, job: Job):
        """The bounds that the early dates just meet, the one to name first."""
        span, walker = self.early[job.key], self.walker(job)
        begun = self.begun(job)
        if job.pinned:
            yield Bound.PINNED, None, span[0]
        if begun is not None and span[1] == walker.work(begun, job.duration):
            yield Bound.BEGUN, None, begun
        for link in self.plan.links:
            if link.after == job.key and self.binds(link):
                source = self.early[link.before]
                if self.gap(link, source, span) == 0:
                    yield Bound.LINK, link, source[0 if link.kind in FROM_START else 1]
        floors = [
            (Bound.NOT_BEFORE, job.not_before),
            (Bound.NOW, self.plan.now),
            (Bound.START, self.plan.start),
        ]
        for kind, floor in floors:
            by_end = begun is not None or not job.duration
            if (
                floor is not None
                and (walker.end(floor) if by_end else walker.start(floor)) == span[1 if by_end else 0]
            ):
                yield kind, None, floor

    # Latest

    def latest(self, target: int) -> dict[int, Span]:
        """From far too late, each job goes down half-day by half-day until it pushes nobody."""
        late = {job.key: self.early[job.key] for job in self.plan.jobs if job.pinned}
        changed = True
        while changed:
            changed = False
            for job in self.plan.jobs:
                if job.pinned:
                    continue
                found = late.get(job.key) or self.down(job, target + 1)
                while not self.harmless(job, found, late, target):
                    found = self.down(job, found[1])
                changed |= found != late.get(job.key)
                late[job.key] = found
        return late

    def down(self, job: Job, end: int) -> Span:
        """The next place of the job that ends before `end`. Begun work may even end before it began."""
        walker = self.walker(job)
        at = end - 1
        while not walker.works(at - 1):
            at -= 1
        if (begun := self.begun(job)) is not None:
            return begun, at
        start, left = at, job.duration
        while left:
            start -= 1
            left -= walker.works(start)
        return start, at

    def harmless(self, job: Job, span: Span, late: dict[int, Span], target: int) -> bool:
        if span[1] > target or (job.not_after is not None and span[1] > job.not_after):
            return False
        return self.pushes_nobody(job, span, late)

    def pushes_nobody(self, job: Job, span: Span, known: dict[int, Span]) -> bool:
        return all(
            self.gap(link, span, known[link.after]) >= 0
            for link in self.plan.links
            if link.before == job.key and link.after in known and self.binds(link) and self.movable(job, link)
        )

    def movable(self, job: Job, link: Link) -> bool:
        """When begun work started is settled: what waits for its start is no limit."""
        return self.begun(job) is None or link.kind not in FROM_START

    # Float

    def floats(self, late: dict[int, Span]) -> dict[int, int]:
        return {
            key: 0 if job.pinned else self.walker(job).count(self.early[key][1], late[key][1])
            for key, job in self.jobs.items()
        }

    def later(self, job: Job, by: int) -> Span:
        """The job's early dates moved by so many of its working half-days."""
        walker, (start, end) = self.walker(job), self.early[job.key]
        for _ in range(by):
            end = walker.end(end + 1)
            start = walker.start(walker.start(start) + 1)
        if not job.duration:
            return end, end
        begun = self.begun(job)
        return (start if begun is None else begun), end

    def free(self, job: Job) -> int:
        """Move it, let everything else follow, see whether something did."""
        if job.pinned:
            return 0
        by = 0
        while self.unnoticed(job, self.later(job, by + 1)):
            by += 1
        return by

    def unnoticed(self, job: Job, span: Span) -> bool:
        if span[1] > self.end:
            return False
        moved = replace(self.plan, jobs=[replace(j, pinned=span) if j is job else j for j in self.plan.jobs])
        if Reference(moved, self.walkers).early != {**self.early, job.key: span}:
            return False
        pinned = {j.key: self.early[j.key] for j in self.plan.jobs if j.pinned}
        return self.pushes_nobody(job, span, pinned)

    def critical(self, job: Job, late: dict[int, Span]) -> bool:
        """Whether half a day more would move the end or break a promise or a pinned date."""
        return not self.harmless(job, self.later(job, 1), late, self.end)

    # Conflicts

    def conflicts(self) -> list[tuple[int, int, Link | None]]:
        found: list[tuple[int, int, Link | None]] = []
        for job in self.plan.jobs:
            end = self.early[job.key][1]
            if job.not_after is not None and end > job.not_after:
                walker = self.walker(job)
                found.append((job.key, walker.count(job.not_after, walker.end(end)), None))
            for link in self.plan.links:
                if link.after == job.key and job.pinned:
                    gap = self.gap(link, self.early[link.before], self.early[job.key])
                    found += [(job.key, -gap, link)] if gap < 0 else []
        return found
