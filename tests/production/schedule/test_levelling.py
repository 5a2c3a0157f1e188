"""Levelling keeps every rule of the plan and every capacity, and proves the optimum where one is known."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from itertools import chain, product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp.workdays import Slots, WorkCalendar, slot_of
from production.schedule.engine import schedule
from production.schedule.levelling import level
from production.schedule.load import Overload, load, overloads
from production.schedule.plan import Circle, Job, Kind, Link, Plan
from production.schedule.positions import problem_of

ORIGIN = date(2026, 1, 1)
MONDAY = date(2026, 3, 2)
LAST = date(2026, 9, 30)
START = slot_of(MONDAY)
FRIDAY = slot_of(date(2026, 3, 6))
CALENDARS = {
    0: WorkCalendar(),
    1: WorkCalendar(rest=frozenset()),
    2: WorkCalendar(off=frozenset({date(2026, 3, 4)}), away=frozenset(range(FRIDAY - 1, FRIDAY + 5))),
}
SLOTS = {key: Slots(calendar, ORIGIN, LAST) for key, calendar in CALENDARS.items()}


def a_plan(jobs, links=(), **more) -> Plan:
    return Plan(jobs, list(links), SLOTS, START, **more)


def early_dates(plan):
    return {key: (dates.early_start, dates.early_end) for key, dates in schedule(plan).dates.items()}


# --- a slow referee that shares nothing with the code it judges -------------------------------------------


def worked(job, dates) -> list[int]:
    start, end = dates[job.key]
    return [slot for slot in range(start, end) if CALENDARS[job.calendar].works(slot)]


def number(job, boundary) -> int:
    """Working half-days from ORIGIN until the boundary."""
    works = CALENDARS[job.calendar].works
    return sum(works(slot) for slot in range(slot_of(ORIGIN), boundary))


def until(job, boundary) -> int:
    """Working half-days it takes until the boundary is reached."""
    return number(job, boundary) + (not CALENDARS[job.calendar].works(boundary - 1))


def broken_links(plan, dates) -> list[Link]:
    jobs, found = {job.key: job for job in plan.jobs}, []
    for link in plan.links:
        after, (start, end) = jobs[link.after], dates[link.after]
        from_start = link.kind in (Kind.SS, Kind.SF)
        boundary = dates[link.before][not from_start]
        if link.kind in (Kind.FS, Kind.SS) and after.duration:
            kept = after.begun is not None or number(after, start) >= number(after, boundary) + link.lag
        else:
            kept = number(after, end) >= until(after, boundary) + link.lag
        if not kept and not after.pinned:
            found.append(link)
    return found


def check_job(plan, job, dates):
    start, end = dates[job.key]
    if job.pinned:
        assert dates[job.key] == (job.pinned if job.duration else (job.pinned[1], job.pinned[1]))
        return
    if job.duration == 0:
        assert start == end
        assert CALENDARS[job.calendar].works(end - 1)
    if job.begun is not None and job.duration:
        assert start == job.begun
        assert len(worked(job, dates)) >= job.duration
        return
    assert start >= max(bound for bound in (plan.start, plan.now, job.not_before) if bound is not None)
    if job.duration:
        assert CALENDARS[job.calendar].works(start)
        assert CALENDARS[job.calendar].works(end - 1)
        assert len(worked(job, dates)) == job.duration


def holds(plan, job, dates) -> set[int]:
    """When a job needs what it needs: begun work that merely waits for its end needs nothing."""
    slots = worked(job, dates)
    if job.begun is None or job.pinned:
        return set(slots)
    return {slot for done, slot in enumerate(slots) if done < job.duration or slot < (plan.now or START)}


def check(plan, demands, capacities, dates):
    for job in plan.jobs:
        check_job(plan, job, dates)
    assert broken_links(plan, dates) == []
    held = {job.key: holds(plan, job, dates) for job in plan.jobs}
    for slot in range(START, max(end for _, end in dates.values())):
        busy = [job for job in plan.jobs if slot in held[job.key]]
        for resource, capacity in capacities.items():
            users = [job for job in busy if demands.get(job.key, {}).get(resource)]
            if sum(demands[job.key][resource] for job in users) > capacity:
                assert [job for job in users if not job.pinned and job.begun is None] == []


# --- plans of all sorts -----------------------------------------------------------------------------------

boundaries = st.integers(START - 4, START + 20)


@st.composite
def jobs(draw, key):
    duration = draw(st.integers(0, 6))
    calendar = draw(st.sampled_from(sorted(CALENDARS)))
    kind = draw(st.sampled_from(["free"] * 5 + ["late", "pinned", "begun"]))
    at = draw(boundaries)
    if kind == "pinned":
        return Job(key, duration, calendar, pinned=(at, at + duration))
    if kind == "begun":
        return Job(key, duration, calendar, begun=at)
    return Job(key, duration, calendar, not_before=at if kind == "late" else None)


@st.composite
def plans(draw):
    """A plan, what its jobs need, what there is."""
    count = draw(st.integers(1, 7))
    pairs = [(a, b) for b in range(count) for a in range(b)]
    picked = draw(st.lists(st.sampled_from(pairs), max_size=8)) if pairs else []
    links = [Link(a, b, draw(st.sampled_from(list(Kind))), draw(st.integers(-4, 4))) for a, b in picked]
    plan = a_plan(
        [draw(jobs(key)) for key in range(count)], links, now=draw(st.none() | st.integers(START, START + 6))
    )
    capacities = {"Li": 1, "Wu": 1, "department": draw(st.integers(1, 3))}
    person = st.sampled_from([{"Li": 1}, {"Wu": 1}, {}])
    units = st.integers(0, capacities["department"])
    demands = {key: draw(person) | {"department": draw(units)} for key in range(count)}
    return plan, demands, capacities


@settings(max_examples=80, deadline=None)
@given(plans())
def test_every_rule_and_capacity_is_kept(case):
    plan, demands, capacities = case
    quick = level(plan, demands, capacities, seconds=0)
    found = level(plan, demands, capacities, seconds=5)
    check(plan, demands, capacities, quick.dates)
    check(plan, demands, capacities, found.dates)
    assert found.bound <= found.makespan <= found.heuristic == quick.makespan
    assert found.proven
    assert found.steady
    assert (found.makespan, found.shift) <= (quick.makespan, quick.shift)
    assert level(plan, demands, capacities, seconds=5).dates == found.dates


@settings(max_examples=100, deadline=None)
@given(plans())
def test_without_limits_nothing_is_moved(case):
    plan, demands, _ = case
    found = level(plan, demands, {})
    assert found.dates == early_dates(plan)
    assert (found.shift, found.proven, found.steady, found.overloads) == (0, True, True, ())


@settings(max_examples=30, deadline=None)
@given(plans(), st.lists(boundaries, min_size=7, max_size=7))
def test_jobs_stay_near_where_they_are(case, starts):
    plan, demands, capacities = case
    current = dict(enumerate(starts))
    found = level(plan, demands, capacities, current=current, seconds=5)
    check(plan, demands, capacities, found.dates)
    assert found.steady
    again = level(plan, demands, capacities, seconds=5, current={k: s for k, (s, _) in found.dates.items()})
    assert (again.makespan, again.shift) == (found.makespan, 0)
    assert again.dates == found.dates or any(job.duration == 0 for job in plan.jobs)


@settings(max_examples=150, deadline=None)
@given(plans())
def test_how_late_is_the_inverse_of_how_early(case):
    problem = problem_of(case[0], {}, {})
    for link, early, late in product(chain(*problem.waits.values()), range(-3, 12), range(-3, 12)):
        before, after = problem.earliest[link.before] + early, problem.earliest[link.after] + late
        assert (problem.least(link, before) <= after) == (before <= problem.most(link, after))


# --- optima known by trying everything --------------------------------------------------------------------


def tiny(seed: int, calendars: tuple[int, ...]):
    """Five or six short jobs for two people and a department; a person works in one calendar."""
    dice = Random(seed)  # noqa: S311
    count = dice.choice([5, 6])
    people = [dice.choice(["Li", "Wu"]) for _ in range(count)]
    calendar = {"Li": calendars[0], "Wu": calendars[-1]}
    made = [Job(key, dice.randint(1, 3), calendar[people[key]]) for key in range(count)]
    links = [
        Link(a, b, dice.choice(list(Kind)), dice.randint(-1, 1))
        for b in range(count)
        for a in range(b)
        if dice.random() < 0.25
    ]
    demands = {key: {people[key]: 1} for key in range(count)}
    if len(calendars) == 1:
        for key in demands:
            demands[key]["department"] = dice.randint(0, 2)
    return a_plan(made, links), demands, {"Li": 1, "Wu": 1, "department": 2}


def best_of_all(plan, demands, capacities, latest: int) -> tuple[int, int]:
    """Smallest end and, with it, smallest shift against the earliest starts, over all schedules that end
    at `latest` or before."""
    early = schedule(plan).dates
    options = []
    for job in plan.jobs:
        days = [s for s in range(early[job.key].early_start, latest) if CALENDARS[job.calendar].works(s)]
        spans = [(s, s + 1 + _stretch(job, s)) for s in days]
        options.append([span for span in spans if span[1] <= latest])
    best = (latest + 1, 0)
    stack: list[Any] = [({}, START, 0)]
    while stack:
        dates, end, shift = stack.pop()
        if len(dates) == len(plan.jobs):
            best = min(best, (end, shift))
            continue
        job = plan.jobs[len(dates)]
        for moved, span in enumerate(options[len(dates)]):
            tried = {**dates, job.key: span}
            if (max(end, span[1]), shift + moved) < best and _fits(plan, demands, capacities, tried):
                stack.append((tried, max(end, span[1]), shift + moved))
    return best


def _stretch(job, start):
    """Slots from the first worked one to the last, when work begins at `start`."""
    slot, left = start, job.duration - 1
    while left:
        slot += 1
        left -= CALENDARS[job.calendar].works(slot)
    return slot - start


def _fits(plan, demands, capacities, dates) -> bool:
    """Whether the job that came last agrees with those before it."""
    key = len(dates) - 1
    mine = [link for link in plan.links if link.after == key]
    if broken_links(Plan(plan.jobs, mine, SLOTS, START), dates):
        return False
    for slot in worked(plan.jobs[key], dates):
        for resource, units in demands[key].items():
            others = [k for k in dates if k != key and slot in worked(plan.jobs[k], dates)]
            if units and units + sum(demands[k].get(resource, 0) for k in others) > capacities[resource]:
                return False
    return True


@pytest.mark.parametrize(
    ("seed", "calendars"), [*product(range(20), [(0,)]), *product(range(20, 26), [(0, 2)])]
)
def test_the_optimum_is_proven(seed, calendars):
    plan, demands, capacities = tiny(seed, calendars)
    found = level(plan, demands, capacities, seconds=20)
    assert found.proven
    assert found.steady
    assert (found.makespan, found.shift) == best_of_all(plan, demands, capacities, found.heuristic)


# --- single cases -----------------------------------------------------------------------------------------


def test_two_jobs_of_one_person_follow_each_other():
    plan = a_plan([Job(1, 4), Job(2, 4), Job(3, 0)], [Link(1, 3), Link(2, 3)])
    found = level(plan, {1: {"Li": 1}, 2: {"Li": 1}}, {"Li": 1})
    assert found.dates == {1: (START, START + 4), 2: (START + 4, START + 8), 3: (START + 8, START + 8)}
    assert (found.makespan, found.bound, found.gap, found.shift) == (START + 8, START + 8, 0, 4)


def test_work_goes_round_leave_and_weekends():
    plan = a_plan([Job(1, 6, 2), Job(2, 4, 2)], [Link(1, 2)])
    found = level(plan, {1: {"Li": 1}, 2: {"Li": 1}}, {"Li": 1})
    monday = slot_of(date(2026, 3, 9))
    assert found.dates == {1: (START, monday + 1), 2: (monday + 1, monday + 5)}


def test_who_works_on_weekends_waits_for_whom_does_not():
    """They share a machine: it is held from start to end, over the weekend, too."""
    plan = a_plan([Job(1, 4, 0, not_before=FRIDAY), Job(2, 2, 1, not_before=FRIDAY + 2)])
    found = level(plan, {1: {"saw": 1}, 2: {"saw": 1}}, {"saw": 1})
    assert found.overloads == ()
    check(plan, {1: {"saw": 1}, 2: {"saw": 1}}, {"saw": 1}, found.dates)


def test_pinned_jobs_that_collide_are_reported_and_left():
    pinned = (START, START + 4)
    plan = a_plan([Job(1, 4, pinned=pinned), Job(2, 4, pinned=pinned), Job(3, 2)])
    found = level(plan, {key: {"Li": 1} for key in (1, 2, 3)}, {"Li": 1})
    assert found.dates == {1: pinned, 2: pinned, 3: (START + 4, START + 6)}
    assert found.overloads == (Overload("Li", START, START + 4, 2, 1),)


def test_work_that_has_begun_and_waits_for_the_end_of_other_work():
    plan = a_plan([Job(1, 6), Job(2, 2, begun=START), Job(3, 2)], [Link(1, 2, Kind.FF), Link(2, 3)])
    found = level(plan, {key: {"Li": 1} for key in (1, 2, 3)}, {"Li": 1})
    assert found.dates == {1: (START + 2, START + 8), 2: (START, START + 8), 3: (START + 8, START + 10)}


def test_more_than_there_is_runs_alone_and_is_reported():
    plan = a_plan([Job(1, 2), Job(2, 2), Job(3, 2)])
    found = level(plan, {1: {"hall": 3}, 2: {"hall": 1}, 3: {"hall": 1}}, {"hall": 2})
    assert found.makespan == START + 4
    assert [(o.demand, o.capacity, o.end - o.start) for o in found.overloads] == [(3, 2, 2)]


def test_a_circle_is_refused():
    with pytest.raises(Circle):
        level(a_plan([Job(1, 1), Job(2, 1)], [Link(1, 2), Link(2, 1)]), {}, {})


def test_an_empty_plan_ends_where_it_starts():
    found = level(a_plan([]), {}, {"Li": 1})
    assert (found.dates, found.makespan, found.proven, found.gap) == ({}, START, True, 0)


def test_nothing_is_loaded_before_it_is_needed():
    code = "import sys, production.schedule.levelling; sys.exit('ortools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- load -------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(plans())
def test_load_counts_worked_half_days(case):
    plan, demands, capacities = case
    dates = {
        job.key: (d.early_start, d.early_end) for job in plan.jobs for d in [schedule(plan).dates[job.key]]
    }
    slow = {}
    for job in plan.jobs:
        for resource, units in demands[job.key].items():
            for slot in worked(job, dates) if units else ():
                here = slow.setdefault(resource, {})
                here[slot] = here.get(slot, 0) + units
    assert {name: here for name, here in load(plan, dates, demands).items() if here} == slow
    over = {
        (o.resource, slot): o.demand
        for o in overloads(plan, dates, demands, capacities)
        for slot in range(o.start, o.end)
    }
    assert over == {
        (name, slot): units
        for name, here in slow.items()
        for slot, units in here.items()
        if units > capacities[name]
    }


def test_thousands_of_jobs_over_a_year_are_counted():
    dice = Random(1)  # noqa: S311
    slots = Slots(WorkCalendar(), MONDAY, MONDAY + timedelta(days=365))
    starts = [dice.randint(0, 400) for _ in range(4000)]
    plan = Plan([Job(key, 20) for key in range(4000)], [], {0: slots}, START)
    dates = {key: (slots.at(n), slots.end(n + 20)) for key, n in enumerate(starts)}
    busy = load(plan, dates, {key: {key % 100: 1, "all": 1} for key in range(4000)})
    assert sum(busy["all"].values()) == 4000 * 20
    assert sum(sum(busy[person].values()) for person in range(100)) == 4000 * 20
