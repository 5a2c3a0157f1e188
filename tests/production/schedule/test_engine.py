"""The engine against the slow and obvious reference, and laws that hold for every plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp.workdays import Slots, WorkCalendar
from production.schedule.engine import Bound, plan_backward, schedule
from production.schedule.explain import critical_chain, why
from production.schedule.plan import Circle, Job, Link, Plan
from tests.production.schedule.plans import FIRST, INSTANTS, LAST, chain, plans
from tests.production.schedule.reference import TO_END, Reference

EXAMPLES = settings(max_examples=120, deadline=None, derandomize=True)


@EXAMPLES
@given(plans())
def test_early_dates_are_the_walked_ones(drawn):
    plan, walkers = drawn
    found, walked = schedule(plan), Reference(plan, walkers)
    assert {key: (d.early_start, d.early_end) for key, d in found.dates.items()} == walked.early
    assert found.end == walked.end
    assert [(c.key, c.by, c.link) for c in found.conflicts] == walked.conflicts()


@EXAMPLES
@given(plans(), st.none() | INSTANTS)
def test_late_dates_and_float_are_the_walked_ones(drawn, target):
    plan, walkers = drawn
    found, walked = schedule(plan, target), Reference(plan, walkers)
    late = walked.latest(walked.end if target is None else target)
    assert {key: (d.late_start, d.late_end) for key, d in found.dates.items()} == late
    assert {key: d.total_float for key, d in found.dates.items()} == walked.floats(late)
    own = walked.latest(walked.end)
    assert {key: d.critical for key, d in found.dates.items()} == {
        key: walked.critical(job, own) for key, job in walked.jobs.items()
    }


@EXAMPLES
@given(plans())
def test_free_float_is_how_far_a_job_moves_unnoticed(drawn):
    plan, walkers = drawn
    found, walked = schedule(plan), Reference(plan, walkers)
    assert {key: d.free_float for key, d in found.dates.items()} == {
        key: walked.free(job) for key, job in walked.jobs.items()
    }


@EXAMPLES
@given(plans())
def test_laws_of_float_without_promises_and_pins(drawn):
    plan, _ = drawn
    free = [replace(job, pinned=None, not_after=None) for job in plan.jobs]
    found = schedule(replace(plan, jobs=free))
    for dates in found.dates.values():
        assert 0 <= dates.free_float <= dates.total_float
        assert dates.critical == (dates.total_float == 0)
        assert dates.late_end >= dates.early_end
    assert any(dates.critical for dates in found.dates.values())


@EXAMPLES
@given(plans(), st.randoms(use_true_random=False))
def test_the_order_of_jobs_and_links_changes_no_date(drawn, random):
    plan, _ = drawn
    jobs, links = list(plan.jobs), list(plan.links)
    random.shuffle(jobs)
    random.shuffle(links)

    def dates(plan):
        return {
            key: replace(d, driver=Bound.START, link=None, boundary=0)
            for key, d in schedule(plan).dates.items()
        }

    assert dates(replace(plan, jobs=jobs, links=links)) == dates(plan)
    assert schedule(plan) == schedule(plan)
    assert list(schedule(plan).dates) == [job.key for job in plan.jobs]


@EXAMPLES
@given(plans())
def test_the_driver_is_the_first_bound_that_leaves_no_room(drawn):
    plan, walkers = drawn
    found, walked = schedule(plan), Reference(plan, walkers)
    for key, dates in found.dates.items():
        named = (dates.driver, dates.link, dates.boundary)
        assert named == next(walked.drivers(walked.jobs[key]))


@EXAMPLES
@given(plans())
def test_the_chain_of_reasons_ends_at_a_first_cause(drawn):
    plan, walkers = drawn
    found = schedule(plan)
    walked = Reference(plan, walkers)
    for key in found.dates:
        reasons = why(found, plan, key)
        assert reasons[0].key == key
        assert [r.link is None for r in reasons] == [False] * (len(reasons) - 1) + [True]
        assert [r.link.before for r in reasons[:-1]] == [r.key for r in reasons[1:]]
        for reason in reasons:
            job, dates = walked.jobs[reason.key], found.dates[reason.key]
            by_end = (reason.link and reason.link.kind in TO_END) or job.begun is not None
            low, high = sorted((reason.boundary, dates.early_end if by_end else dates.early_start))
            rest = sum(not walked.walker(job).works(slot) for slot in range(low, high))
            assert reason.calendar_shift == (0 if reason.kind in (Bound.BEGUN, Bound.PINNED) else rest)
    last = critical_chain(found, plan)
    assert found.dates[last[-1]].early_end == found.end
    assert last == [reason.key for reason in why(found, plan, last[-1])][::-1]


@EXAMPLES
@given(plans(), INSTANTS)
def test_planned_backward_everything_ends_by_the_target(drawn, target):
    plan, _ = drawn
    back, late = plan_backward(plan, target), schedule(plan, target).dates
    assert back.dates == {key: (d.late_start, d.late_end) for key, d in late.items()}
    free = [job for job in plan.jobs if not job.pinned and (job.begun is None or not job.duration)]
    assert all(back.dates[job.key][1] <= target for job in free)
    assert (back.late_by > 0) == any(back.dates[job.key][0] < plan.start for job in free)
    assert set(back.too_early) == {
        key for key, d in late.items() if d.late_end < d.early_end and d.total_float
    }


def test_an_empty_plan_ends_where_it_starts():
    plan = Plan([], [], {}, 7)
    assert schedule(plan).end == 7
    assert critical_chain(schedule(plan), plan) == []
    assert plan_backward(plan, 3).late_by == 0


@given(st.permutations(range(6)), st.integers(1, 6))
@EXAMPLES
def test_a_circle_is_named_in_order(keys, length):
    ring = keys[:length]
    turns = [Link(a, b) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)]
    aside = [Link(keys[-1], ring[0]), *(Link(ring[0], key) for key in keys[length:-1])]
    plan = replace(chain(6), links=turns + (aside if length < 6 else []))
    with pytest.raises(Circle) as caught:
        schedule(plan)
    named = caught.value.keys
    assert sorted(named) == sorted(ring)
    assert named[0] == min(ring)
    assert {(link.before, link.after) for link in turns} == set(zip((named[-1], *named), named, strict=False))


@pytest.mark.parametrize(
    ("jobs", "links", "words"),
    [
        ([Job(1, 1)], [Link(1, 2)], "not in the plan"),
        ([Job(1, 1), Job(1, 2)], [], "two jobs"),
        ([Job(1, -1)], [], "lasts -1"),
        ([Job(1, 1, calendar=9)], [], "no calendar 9"),
    ],
)
def test_a_plan_that_names_what_it_has_not_is_refused(jobs, links, words):
    with pytest.raises(ValueError, match=words):
        schedule(Plan(jobs, links, {0: Slots(WorkCalendar(), FIRST, LAST)}, 0))


def test_a_chain_of_five_thousand_jobs():
    plan = chain(5_000)
    found = schedule(plan)
    assert len(critical_chain(found, plan)) == 5_000
    assert len(why(found, plan, 4_999)) == 5_000
    assert all(dates.critical for dates in found.dates.values())
    with pytest.raises(Circle) as caught:
        schedule(replace(plan, links=[*plan.links, Link(4_999, 0)]))
    assert len(caught.value.keys) >= 2_500


class Counted(Slots):
    """Counts every question."""

    asked = 0

    def before(self, boundary):
        self.asked += 1
        return super().before(boundary)

    def at(self, number):
        self.asked += 1
        return super().at(number)


def questions(size: int) -> int:
    slots = Counted(WorkCalendar(), FIRST, LAST)
    schedule(chain(size, slots=slots), 0)
    return slots.asked


def test_twice_the_plan_costs_twice_the_questions():
    small, large = questions(500), questions(1_000)
    assert large <= 2.05 * small
    assert small <= 8 * (500 + 1_000)
