"""What made a plan late: it is replayed from the day it was agreed, one fact after the other.

Facts are put into the plan in the order in which they happened, and the plan is scheduled again after
each. A fact is to blame for as much as its own step moves the end of the plan behind the day promised:
what found slack moved nothing, and what was made up for later counts against the lateness.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from erp.workdays import Slots
from production.schedule.earliest import Early, earliest, put
from production.schedule.network import Network
from production.schedule.plan import Job, Link, Plan


class Effect(IntEnum):
    """What a fact does to a job. Of one instant they are told in this order: what ends there is over
    before anything begins there."""

    WORK = 1  # `value`: the boundary at which it was still going on
    END = 2  # `value`: the boundary at which it ended
    ADD = 3  # it became part of the plan
    LINK = 4  # it began to wait for another; `value`: the place of the link
    RESIZE = 5  # `value`: how many half-days it was to take from then on
    PLACE = 6  # `value`: the boundary before which it was not to start from then on
    WAIT = 7  # `value`: the boundary before which it could not start
    BEGIN = 8  # `value`: the slot in which it started
    SETTLE = 9  # it is now as in `settled`, whatever was told of it before


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to the job `key`, known at the boundary `at`. `cause` is the caller's."""

    at: int
    key: int
    effect: Effect
    value: int = 0
    cause: object = None


@dataclass(frozen=True, slots=True)
class Share:
    """By how many working half-days a fact moved the end behind the promise; negative: made up for."""

    fact: Fact
    half_days: int


@dataclass(frozen=True, slots=True)
class Trace:
    """`agreed`: half-days by which the plan was late already when it was agreed; `shares`: the facts
    that moved the end, in order; `end`: the boundary at which it ends after all of them. What was agreed
    and the shares add up to `late`."""

    agreed: int
    shares: tuple[Share, ...]
    end: int
    late: int


def trace(
    plan: Plan,
    facts: Iterable[Fact],
    *,
    due: int,
    judge: Slots,
    added: Mapping[int, Job] | None = None,
    settled: Mapping[int, Job] | None = None,
    linked: Sequence[Link] = (),
) -> Trace:
    """Replay `facts` over the agreed `plan`. `due`: the boundary promised, `judge`: the calendar in which
    lateness counts. `added`: the jobs of ADD facts by key, `settled`: those of SETTLE facts; `linked`: all
    links, each taken in as soon as both of its ends are there, but one of a LINK fact (its place is the
    fact's `value`) only then.

    Raises Circle and ValueError as `schedule` does."""
    told = sorted(facts, key=lambda fact: (fact.at, fact.effect, fact.key))
    replay = _Replay(
        plan, added or {}, settled or {}, linked, {f.value for f in told if f.effect is Effect.LINK}
    )
    promised = judge.before(due)

    def late() -> int:
        return judge.before(max(replay.end, due)) - promised

    agreed = before = late()
    shares: list[Share] = []
    for fact in told:
        if replay.tell(fact) and (now := late()) != before:
            shares.append(Share(fact, now - before))
            before = now
    return Trace(agreed, tuple(shares), replay.end, before)


class _Replay:
    """The plan as it stands after the facts told so far."""

    def __init__(
        self,
        plan: Plan,
        added: Mapping[int, Job],
        settled: Mapping[int, Job],
        links: Sequence[Link],
        held: Iterable[int],
    ) -> None:
        self._plan, self._added, self._settled, self._links = plan, added, settled, links
        self._jobs = {job.key: job for job in plan.jobs}
        self._held = set(held)
        self._build()

    def _build(self) -> None:
        """Lay out anew: jobs or links have come."""
        known = [*self._plan.links, *(link for n, link in enumerate(self._links) if n not in self._held)]
        links = [link for link in known if link.before in self._jobs and link.after in self._jobs]
        self._net = Network.of(replace(self._plan, jobs=list(self._jobs.values()), links=links))
        self._place = {key: place for place, key in enumerate(self._jobs)}
        self._run()

    def _run(self) -> None:
        jobs = list(self._jobs.values())
        self._net = replace(self._net, jobs=jobs)
        self._early: Early = earliest(replace(self._plan, jobs=jobs), self._net)

    @property
    def end(self) -> int:
        return max(self._early.end, default=self._plan.start)

    def tell(self, fact: Fact) -> bool:
        """Take one fact in; False when it changes nothing that is planned."""
        if fact.effect is Effect.ADD:
            self._jobs[fact.key] = self._added[fact.key]
            self._build()
            return True
        if fact.effect is Effect.LINK:
            self._held.discard(fact.value)
            self._build()
            return True
        job = self._jobs.get(fact.key)
        if job is None:
            return False
        if fact.effect is Effect.SETTLE:
            changed = self._settled[fact.key]
        else:
            changed = self._after(job, fact) if job.pinned is None else job
        if changed == job:
            return False
        self._jobs[fact.key] = changed
        return self._put(self._place[fact.key], changed)

    def _put(self, place: int, job: Job) -> bool:
        """Lay out with the job at `place` like that; False when it stays where it is, and all others so."""
        early = self._early
        was = early.start[place], early.end[place]
        self._net = replace(self._net, jobs=list(self._jobs.values()))
        put(self._plan, self._net, early, place)
        if (early.start[place], early.end[place]) == was:
            return False
        self._run()
        return True

    def _after(self, job: Job, fact: Fact) -> Job:
        place, value = self._place[job.key], fact.value
        slots = self._net.slots[place]
        started = job.begun if job.begun is not None else self._early.start[place]
        match fact.effect:
            case Effect.RESIZE if job.duration and job.begun is None:
                return replace(job, duration=max(1, value))
            case Effect.PLACE if job.begun is None:
                return replace(job, not_before=value)
            case Effect.WAIT if job.begun is None:
                return replace(job, not_before=max(value, job.not_before or value))
            case Effect.BEGIN if job.duration:
                return replace(job, begun=value, not_before=None)
            case Effect.WORK if job.duration:
                gone = slots.done(value) - slots.before(started)
                return replace(job, duration=max(job.duration, gone))
            case Effect.END:
                return replace(
                    job, pinned=(min(started, value - 1), value) if job.duration else (value, value)
                )
        return job
