"""Worked examples of who made a plan late. February 2026 begins on a Sunday; the 2nd is a Monday."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from erp.workdays import Slots, WorkCalendar, slot_of
from production.schedule.engine import schedule
from production.schedule.plan import Job, Link, Plan
from production.schedule.trace import Effect, Fact, trace
from tests.production.schedule.plans import ORIGIN, plans

WEEKDAYS = Slots(WorkCalendar(), date(2026, 1, 1), date(2026, 12, 31))
DESIGN, BUY, BUILD, TEST = 1, 2, 3, 4
START = slot_of(date(2026, 2, 2))


def feb(day: int) -> int:
    return slot_of(date(2026, 2, day))


def eve(day: int) -> int:
    return feb(day) + 2


def project(**changes) -> Plan:
    """Design a week (2–6); then build a week (9–13) and, beside it, buy two days (9–10) for the test,
    which waits for both: a day, Monday 16. The purchase has three days of float."""
    jobs = [
        Job(DESIGN, 10, not_before=feb(2)),
        Job(BUY, 4, not_before=feb(9)),
        Job(BUILD, 10, not_before=feb(9)),
        Job(TEST, 2, not_before=feb(16)),
    ]
    links = [Link(DESIGN, BUY), Link(DESIGN, BUILD), Link(BUY, TEST), Link(BUILD, TEST)]
    return Plan(jobs, links, {0: WEEKDAYS}, START, **changes)


def found(*facts: Fact, due: int = eve(16), **more):
    """(half-days late when agreed, {cause: half-days}, half-days late)."""
    result = trace(project(), facts, due=due, judge=WEEKDAYS, **more)
    assert result.agreed + sum(share.half_days for share in result.shares) == result.late
    return result.agreed, {share.fact.cause: share.half_days for share in result.shares}, result.late


def wait(key: int, until: int, cause: str, at: int | None = None) -> Fact:
    return Fact(until if at is None else at, key, Effect.WAIT, until, cause)


def test_a_plan_that_is_kept_blames_nobody():
    kept = [Fact(feb(2), DESIGN, Effect.BEGIN, feb(2), "x"), Fact(eve(6), DESIGN, Effect.END, eve(6), "x")]
    assert found(*kept) == (0, {}, 0)


def test_an_item_late_within_its_float_is_no_cause():
    assert found(wait(BUY, feb(12), "valve")) == (0, {}, 0)


def test_what_is_late_beyond_its_float_is_blamed_for_the_rest_only():
    # bought on 16–17 instead of 9–10: the test could begin on the 18th instead of the 16th
    assert found(wait(BUY, feb(16), "valve")) == (0, {"valve": 4}, 4)


def test_slack_eaten_by_one_is_not_there_for_the_next():
    # drawings end two days late (10th instead of 6th): build and test move by two days, and so does the
    # purchase; the valve then comes three days later still, which the purchase's float takes
    late_design = Fact(eve(10), DESIGN, Effect.WORK, eve(10), "drawings")
    assert found(late_design, wait(BUY, feb(16), "valve")) == (0, {"drawings": 4}, 4)


def test_two_causes_side_by_side_share_in_the_order_they_came():
    slow = Fact(eve(17), BUILD, Effect.WORK, eve(17), "welding")  # ends on the 17th instead of the 13th
    begin = Fact(feb(9), BUILD, Effect.BEGIN, feb(9), "x")
    valve = wait(BUY, feb(18), "valve", at=feb(18))  # ready on the 19th: the test on the 20th
    assert found(begin, slow, valve) == (0, {"welding": 4, "valve": 4}, 8)


def test_days_made_up_for_count_against_the_lateness():
    facts = [
        wait(DESIGN, feb(4), "customer"),
        Fact(feb(4), DESIGN, Effect.BEGIN, feb(4), "customer"),
        Fact(eve(9), DESIGN, Effect.END, eve(9), "overtime"),
    ]
    # two days lost at the start, one made up for: design took four days instead of five
    assert found(*facts) == (0, {"customer": 4, "overtime": -2}, 2)


def test_a_plan_agreed_too_late_says_so():
    assert found(due=eve(12)) == (4, {}, 4)


def test_early_lateness_that_the_promise_had_room_for_is_no_cause():
    assert found(wait(DESIGN, feb(4), "customer"), due=eve(20)) == (0, {}, 0)


def test_work_added_later_is_its_own_cause():
    # two days of rework between building and test, added on the 13th
    assert found(
        Fact(feb(13), 9, Effect.ADD, 0, "rework"),
        added={9: Job(9, 4)},
        linked=[Link(BUILD, 9), Link(9, TEST)],
    ) == (0, {"rework": 4}, 4)


def test_a_link_drawn_later_is_its_own_cause():
    assert found(
        Fact(feb(5), BUY, Effect.LINK, 0, "link"), wait(BUY, feb(9), "valve"), linked=[Link(BUILD, BUY)]
    ) == (0, {"link": 4}, 4)


def test_work_that_was_to_take_longer_from_some_day_on():
    assert found(Fact(feb(3), BUILD, Effect.RESIZE, 14, "scope")) == (0, {"scope": 4}, 4)


def test_a_plan_put_elsewhere_by_hand_and_back_again_leaves_no_trace():
    assert found(Fact(feb(3), DESIGN, Effect.PLACE, feb(4), "customer")) == (0, {"customer": 4}, 4)
    back = Fact(feb(3) + 1, DESIGN, Effect.PLACE, feb(2), "earlier")
    assert found(Fact(feb(3), DESIGN, Effect.PLACE, feb(4), "customer"), back)[2] == 0


def test_over_spring_festival_only_working_days_count():
    festival = frozenset(date(2026, 2, day) for day in range(15, 24))
    china = Slots(WorkCalendar(off=festival), date(2026, 1, 1), date(2026, 12, 31))
    plan = Plan([Job(1, 8, not_before=feb(10))], [], {0: china}, START)  # 10–13
    held = [wait(1, feb(12), "customer")]  # 12, 13, 24, 25
    result = trace(plan, held, due=eve(13), judge=china)
    assert [(share.fact.cause, share.half_days) for share in result.shares] == [("customer", 4)]


EFFECTS = st.sampled_from([Effect.RESIZE, Effect.PLACE, Effect.WAIT, Effect.BEGIN, Effect.WORK, Effect.END])


@settings(max_examples=100, deadline=None)
@given(
    plans(),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 7), EFFECTS, st.integers(1, 40)), max_size=12),
    st.integers(0, 40),
)
def test_shares_always_add_up_and_end_where_the_engine_ends(world, rows, due):
    plan, _walkers = world
    keys = {job.key for job in plan.jobs}
    facts = [
        Fact(ORIGIN + at, key, effect, value if effect is Effect.RESIZE else ORIGIN + value)
        for at, key, effect, value in rows
        if key in keys
    ]
    result = trace(plan, facts, due=ORIGIN + due, judge=plan.calendars[0])
    assert result.agreed + sum(share.half_days for share in result.shares) == result.late
    assert all(share.half_days for share in result.shares)
    if not facts:
        assert result.end == schedule(plan).end


@settings(max_examples=60, deadline=None)
@given(
    plans(),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 7), EFFECTS, st.integers(1, 40)), max_size=6),
    st.data(),
)
def test_what_is_settled_at_last_ends_as_the_engine_says(world, rows, data):
    """Whatever was told before: when every job is as in another plan, the end is that plan's."""
    plan, _walkers = world
    keys = {job.key for job in plan.jobs}
    moves = st.integers(ORIGIN, ORIGIN + 60)
    settled = {job.key: job if job.pinned else replace(job, not_before=data.draw(moves)) for job in plan.jobs}
    facts = [
        Fact(ORIGIN + at, key, effect, value if effect is Effect.RESIZE else ORIGIN + value)
        for at, key, effect, value in rows
        if key in keys
    ]
    last = [Fact(ORIGIN + 100 + n, job.key, Effect.SETTLE) for n, job in enumerate(plan.jobs)]
    result = trace(plan, facts + last, due=ORIGIN, judge=plan.calendars[0], settled=settled)
    assert result.end == schedule(replace(plan, jobs=list(settled.values()))).end
    assert result.agreed + sum(share.half_days for share in result.shares) == result.late
