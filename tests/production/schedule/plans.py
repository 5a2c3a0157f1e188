"""Random small plans, and plans written down with real dates."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from hypothesis import strategies as st

from erp.workdays import Slots, WorkCalendar, slot_of
from production.schedule.plan import Job, Kind, Link, Plan
from tests.production.schedule.reference import Walker

FIRST, LAST = date(2025, 10, 1), date(2027, 3, 31)
MONDAY = date(2026, 2, 2)
ORIGIN = slot_of(MONDAY)
NEAR = st.dates(MONDAY - timedelta(days=20), MONDAY + timedelta(days=40))
LEAVE = st.integers(ORIGIN - 20, ORIGIN + 60)
CALENDARS = st.builds(
    WorkCalendar,
    rest=st.sampled_from([frozenset({5, 6}), frozenset({6}), frozenset(), frozenset({0, 2, 3, 5, 6})]),
    off=st.frozensets(NEAR, max_size=12),
    on=st.frozensets(NEAR, max_size=6),
    away=st.frozensets(LEAVE, max_size=20),
)
WORLDS = st.lists(CALENDARS, min_size=3, max_size=3)
INSTANTS = st.integers(ORIGIN - 10, ORIGIN + 40)


@cache
def laid_out(calendar: WorkCalendar) -> tuple[Slots, Walker]:
    return Slots(calendar, FIRST, LAST), Walker(calendar, FIRST, LAST)


def maybe(strategy):
    """Mostly nothing."""
    return st.one_of(st.none(), st.none(), strategy)


@st.composite
def jobs(draw, key):
    duration = draw(st.sampled_from([0, 1, 1, 2, 3, 5, 8]))
    pinned = draw(maybe(st.tuples(INSTANTS, st.integers(1, 12))))
    if pinned:
        end = sum(pinned)
        pinned = (pinned[0], end) if duration else (end, end)
    return Job(
        key,
        duration,
        draw(st.integers(0, 2)),
        not_before=draw(maybe(INSTANTS)),
        not_after=draw(maybe(INSTANTS)),
        pinned=pinned,
        begun=draw(maybe(INSTANTS)),
    )


@st.composite
def plans(draw):
    """A plan and the walkers of its calendars. Links go up through a random order of the jobs."""
    calendars = draw(WORLDS)
    keys = draw(st.permutations(range(1, 1 + draw(st.integers(1, 7)))))
    pairs = st.sampled_from([(a, b) for i, a in enumerate(keys) for b in keys[i + 1 :]] or [None])
    kinds, lags = st.sampled_from(Kind), st.integers(-5, 6)
    ends = draw(st.lists(st.tuples(pairs, kinds, lags), max_size=10)) if len(keys) > 1 else []
    plan = Plan(
        [draw(jobs(key)) for key in sorted(keys)],
        [Link(*pair, kind, lag) for pair, kind, lag in ends],
        {number: laid_out(calendar)[0] for number, calendar in enumerate(calendars)},
        draw(st.integers(ORIGIN, ORIGIN + 15)),
        draw(maybe(INSTANTS)),
    )
    return plan, {number: laid_out(calendar)[1] for number, calendar in enumerate(calendars)}


def chain(size: int, *, slots: Slots | None = None, width: int = 2) -> Plan:
    """Jobs that each wait for the `width` before, over one calendar."""
    links = [
        Link(after - back, after) for after in range(1, size) for back in range(1, width + 1) if after >= back
    ]
    calendar = slots or laid_out(WorkCalendar())[0]
    return Plan([Job(key, 1 + key % 4) for key in range(size)], links, {0: calendar}, ORIGIN)
