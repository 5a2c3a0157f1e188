"""Plans one can check against a wall calendar. February 2026: Spring Festival is off from Sunday 15th to
Monday 23rd; Saturdays 14th and 28th are worked instead."""

from __future__ import annotations

import json
from datetime import date, timedelta

from bench.scheduling import main
from erp.workdays import Slots, WorkCalendar, day_of, in_afternoon, slot_of
from production.schedule.engine import Bound, Conflict, plan_backward, schedule
from production.schedule.explain import Reason, critical_chain, why
from production.schedule.plan import Job, Kind, Link, Plan

FESTIVAL = frozenset(date(2026, 2, 15) + timedelta(days=n) for n in range(9))
CHINA = WorkCalendar(off=FESTIVAL, on=frozenset({date(2026, 2, 14), date(2026, 2, 28)}))
SITE = WorkCalendar(rest=frozenset({6}))  # erection on site: Saturdays too
WORLD = {number: Slots(c, date(2026, 1, 1), date(2026, 12, 31)) for number, c in enumerate((CHINA, SITE))}


def feb(day: int, *, noon: bool = False) -> int:
    """The morning of a day (as slot or boundary), or noon."""
    return slot_of(date(2026, 2, day), afternoon=noon)


def eve(day: int) -> int:
    """The evening of a day."""
    return feb(day) + 2


START = feb(2)


def plan(*jobs: Job, links=(), start=START, now=None) -> Plan:
    return Plan(jobs, links, WORLD, start, now)


def when(dates) -> str:
    """`02-02 am – 02-03 pm`."""
    ends = (dates.early_start, dates.early_end - 1)
    return " – ".join(f"{day_of(slot):%m-%d} {'pm' if in_afternoon(slot) else 'am'}" for slot in ends)


def found(*args, **kwargs) -> dict[int, str]:
    return {key: when(dates) for key, dates in schedule(plan(*args, **kwargs)).dates.items()}


def test_from_friday_over_a_weekend_to_monday():
    assert found(Job(1, 10), Job(2, 2), links=[Link(1, 2)]) == {
        1: "02-02 am – 02-06 pm",
        2: "02-09 am – 02-09 pm",
    }


def test_the_make_up_saturday_is_worked():
    assert found(Job(1, 4), start=feb(13)) == {1: "02-13 am – 02-14 pm"}


def test_over_spring_festival_one_works_on_behind_it():
    assert found(Job(1, 4), Job(2, 1), links=[Link(1, 2)], start=feb(14)) == {
        1: "02-14 am – 02-24 pm",
        2: "02-25 am – 02-25 am",
    }


def test_half_days_follow_each_other_within_the_day():
    assert found(Job(1, 1), Job(2, 2), links=[Link(1, 2)]) == {
        1: "02-02 am – 02-02 am",
        2: "02-02 pm – 02-03 am",
    }


def test_a_lag_is_counted_in_working_days_of_the_successor():
    jobs = Job(1, 2, 0), Job(2, 2, 0), Job(3, 2, 1)
    links = [Link(1, 2, lag=2), Link(1, 3, lag=2)]
    days = found(*jobs, links=links, start=feb(6))
    assert days[2] == "02-10 am – 02-10 pm"  # Monday is the lag
    assert days[3] == "02-09 am – 02-09 pm"  # on site Saturday was


def test_a_lead_begins_before_the_predecessor_ends():
    days = found(Job(1, 10), Job(2, 4), links=[Link(1, 2, lag=-2)])
    assert days[2] == "02-06 am – 02-09 pm"


def test_finish_to_finish_across_different_weekends():
    """The site ends on Saturday; the office must not end before, so it ends on Monday at noon."""
    days = found(Job(1, 12, 1), Job(2, 4, 0), links=[Link(1, 2, Kind.FF)])
    assert days == {1: "02-02 am – 02-07 pm", 2: "02-05 pm – 02-09 am"}
    assert found(Job(1, 10, 0), Job(2, 4, 1), links=[Link(1, 2, Kind.FF)])[2] == "02-05 am – 02-06 pm"


def test_start_to_start_and_start_to_finish():
    jobs = Job(1, 4, not_before=feb(4)), Job(2, 6), Job(3, 2)
    links = [Link(1, 2, Kind.SS, 1), Link(1, 3, Kind.SF, 2)]
    assert found(*jobs, links=links) == {
        1: "02-04 am – 02-05 pm",
        2: "02-04 pm – 02-09 am",
        3: "02-04 am – 02-04 pm",
    }


def test_a_milestone_happens_on_friday_evening_and_its_successor_on_monday():
    dates = schedule(plan(Job(1, 10), Job(2, 0), Job(3, 2), links=[Link(1, 2), Link(2, 3)])).dates
    assert (dates[2].early_start, dates[2].early_end) == (eve(6), eve(6))
    assert dates[3].early_start == feb(9)


def test_a_milestone_that_waits_for_nothing_happens_at_the_first_end_of_work():
    assert schedule(plan(Job(1, 0), start=feb(2))).end == feb(2, noon=True)
    assert schedule(plan(Job(1, 0), start=feb(3))).end == eve(2)


def test_leave_splits_work():
    away = WorkCalendar(away=frozenset({feb(3), feb(3, noon=True), feb(4)}))
    slots = Slots(away, date(2026, 1, 1), date(2026, 12, 31))
    dates = schedule(Plan([Job(1, 4)], [], {0: slots}, feb(2))).dates[1]
    assert when(dates) == "02-02 am – 02-05 am"


def test_begun_work_keeps_its_start_and_does_not_end_before_now():
    jobs = Job(1, 4), Job(2, 2, begun=feb(2)), Job(3, 2)
    dates = schedule(plan(*jobs, links=[Link(1, 2), Link(2, 3)], now=feb(5))).dates
    assert when(dates[2]) == "02-02 am – 02-04 pm"
    assert (dates[2].driver, dates[2].boundary) == (Bound.NOW, feb(5))
    assert when(dates[1]) == "02-05 am – 02-06 pm"  # not begun: from today on
    assert when(dates[3]) == "02-05 am – 02-05 pm"


def test_begun_work_that_ends_right_now_ends_by_its_own_duration():
    assert schedule(plan(Job(1, 2, begun=feb(2)), now=eve(2))).dates[1].driver == Bound.BEGUN


def test_begun_on_a_sunday_is_counted_from_monday():
    dates = schedule(plan(Job(1, 2, begun=feb(8)))).dates[1]
    assert (dates.early_start, dates.early_end, dates.driver) == (feb(8), eve(9), Bound.BEGUN)


def test_a_pinned_job_keeps_its_dates_and_the_link_is_reported():
    link = Link(1, 2)
    done = schedule(plan(Job(1, 10), Job(2, 2, pinned=(feb(5), eve(5))), links=[link]))
    assert when(done.dates[2]) == "02-05 am – 02-05 pm"
    assert done.conflicts == (Conflict(2, 4, link),)
    assert done.dates[1].total_float == -4
    assert done.dates[2].total_float == 0


def test_a_pinned_job_is_critical_only_where_the_end_hangs_on_it():
    side, hinge = Job(1, 2, pinned=(feb(3), eve(3))), Job(2, 2, pinned=(feb(3), eve(3)))
    dates = schedule(plan(side, hinge, Job(3, 4), links=[Link(2, 3)])).dates
    assert not dates[1].critical
    assert dates[2].critical
    assert dates[3].critical


def test_a_pinned_job_is_critical_when_others_start_with_it():
    pinned = Job(1, 2, pinned=(feb(3), eve(3)), begun=feb(2))
    dates = schedule(plan(pinned, Job(2, 8), links=[Link(1, 2, Kind.SS)])).dates
    assert dates[1].critical
    assert not schedule(plan(pinned, Job(2, 8))).dates[1].critical


def test_what_waits_for_a_pinned_start_is_not_let_off_because_it_has_begun():
    pinned = Job(2, 2, pinned=(feb(4), eve(4)), begun=feb(2))
    dates = schedule(plan(Job(1, 2), pinned, Job(3, 20), links=[Link(1, 2)])).dates
    assert (dates[1].late_end, dates[1].total_float) == (eve(3), 2)


def test_a_promise_makes_float_negative_and_moves_nothing():
    done = schedule(plan(Job(1, 4, not_after=eve(2)), Job(2, 10)))
    assert when(done.dates[1]) == "02-02 am – 02-03 pm"
    assert done.dates[1].total_float == -2
    assert done.conflicts == (Conflict(1, 2),)


def test_a_promise_missed_on_a_rest_day_is_missed():
    done = schedule(plan(Job(1, 2, pinned=(feb(8), eve(8)), not_after=eve(6))))
    assert done.conflicts == (Conflict(1, 1),)


def test_float_asks_the_target_and_critical_the_own_end():
    jobs = Job(1, 4), Job(2, 2), Job(3, 2)
    links = [Link(1, 3), Link(2, 3)]
    dates = schedule(plan(*jobs, links=links), eve(6)).dates
    assert [dates[key].total_float for key in (1, 2, 3)] == [4, 6, 4]
    assert [dates[key].free_float for key in (1, 2, 3)] == [0, 2, 0]
    assert [dates[key].critical for key in (1, 2, 3)] == [True, False, True]
    assert [schedule(plan(*jobs, links=links), eve(3)).dates[key].total_float for key in (1, 2, 3)] == [
        -2,
        0,
        -2,
    ]


def test_ties_name_the_link_then_not_before_then_now_then_start():
    jobs = Job(1, 2), Job(2, 2), Job(3, 2, not_before=feb(3))
    links = [Link(2, 3), Link(1, 3)]
    dates = schedule(plan(*jobs, links=links)).dates
    assert dates[3].link is links[0]
    assert schedule(plan(Job(3, 2, not_before=feb(2)), now=feb(2))).dates[3].driver == Bound.NOT_BEFORE
    assert schedule(plan(Job(3, 2), now=feb(2))).dates[3].driver == Bound.NOW
    assert schedule(plan(Job(3, 2))).dates[3].driver == Bound.START


def test_why_names_the_chain_and_what_the_calendar_added():
    """Delivered on Friday 13th; painted on the make-up Saturday and, behind the festival, on the 24th."""
    jobs = Job(1, 2, not_before=feb(13)), Job(2, 2), Job(3, 2), Job(4, 2)
    links = [Link(1, 2), Link(2, 3)]
    painted = plan(*jobs, links=links)
    done = schedule(painted)
    assert when(done.dates[3]) == "02-24 am – 02-24 pm"
    assert why(done, painted, 3) == (
        Reason(Bound.LINK, 3, links[1], eve(14), 18),
        Reason(Bound.LINK, 2, links[0], eve(13), 0),
        Reason(Bound.NOT_BEFORE, 1, None, feb(13), 0),
    )
    assert why(done, painted, 4) == (Reason(Bound.START, 4, None, feb(2), 0),)
    assert critical_chain(done, painted) == [1, 2, 3]


def test_planned_from_the_end_everything_is_as_late_as_possible():
    welding = plan(Job(1, 10), Job(2, 4), Job(3, 0), links=[Link(1, 2), Link(2, 3)])
    back = plan_backward(welding, eve(24))
    assert back.dates == {1: (feb(9), eve(13)), 2: (feb(14), eve(24)), 3: (eve(24), eve(24))}
    assert (back.late_by, back.too_early) == (0, ())
    tight = plan_backward(welding, eve(6))
    assert tight.dates[1][0] == slot_of(date(2026, 1, 29))
    assert (tight.late_by, tight.too_early) == (4, (1, 2, 3))


def test_a_milestone_before_the_start_is_late():
    assert plan_backward(plan(Job(1, 0)), feb(2)).late_by == 1
    assert plan_backward(plan(Job(1, 0)), feb(2, noon=True)).late_by == 0


def test_the_benchmark_reports_every_size(tmp_path, capsys):
    out = tmp_path / "results.json"
    assert main(["--jobs", "50", "200", "--repeat", "1", "--json", str(out)]) == 0
    measures = json.loads(out.read_text())["measures"]
    assert [(m["jobs"], m["calendars"]) for m in measures] == [(50, 1), (50, 5), (200, 1), (200, 5)]
    assert all(m["ratio"] > 0 for m in measures)
    assert capsys.readouterr().out.count("\n") == 5
