"""Working-day arithmetic against the slow and obvious way: walking day by day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from erp.workdays import WorkCalendar, days

DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
CALENDARS = st.builds(
    WorkCalendar,
    rest=st.frozensets(st.integers(0, 6), max_size=6),
    off=st.frozensets(DAYS, max_size=20),
    on=st.frozensets(DAYS, max_size=20),
)


@given(CALENDARS, DAYS, st.integers(-10, 90))
def test_between_counts_both_ends(calendar, start, length):
    end = start + timedelta(days=length)
    walked = [start + timedelta(days=n) for n in range(max(0, length + 1))]
    assert calendar.between(start, end) == sum(map(calendar.is_working, walked))
    assert calendar.between(start, end) + len(calendar.rest_days(start, end)) == len(walked)
    assert list(days(start, end)) == walked


@given(CALENDARS, DAYS, st.integers(1, 40))
def test_end_of_a_duration_is_where_counting_it_ends(calendar, start, duration):
    end = calendar.end_of(start, duration)
    assert calendar.is_working(end)
    assert calendar.between(start, end) == duration


@given(CALENDARS, DAYS)
def test_next_working_day_skips_only_rest(calendar, day):
    found = calendar.next_working(day)
    assert calendar.is_working(found)
    assert not any(map(calendar.is_working, days(day, found - timedelta(days=1))))


def test_make_up_workday_beats_the_weekend():
    saturday, monday = date(2026, 2, 14), date(2026, 2, 16)
    calendar = WorkCalendar(off=frozenset({monday}), on=frozenset({saturday}))
    assert calendar.is_working(saturday)
    assert not calendar.is_working(monday)
