"""Working calendars: what beats what, which years are known, what a change would move."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from erp import memory, register
from erp.models import LogEntry
from erp.workdays import slot_of
from erp.workflow import Blocked, Stale
from orgchart import festivals, services
from orgchart.calendars import (
    Changes,
    Rule,
    calendar_of_department,
    calendar_of_person,
    calendars_for,
    dates_that_change,
    is_provisional,
    known_until,
    site_calendar,
)
from orgchart.effects import CalendarEffect
from orgchart.models import CalendarDay, Leave, WorkWeek
from orgchart.services.calendar import changes_of_days, changes_of_leave, changes_of_week

SATURDAY, SUNDAY, MONDAY = date(2026, 11, 14), date(2026, 11, 15), date(2026, 11, 16)
HOLIDAY, MAKE_UP = date(2026, 10, 1), date(2026, 10, 10)
NOON = {"begins_afternoon": False, "ends_noon": True}


@pytest.fixture
def effect():
    """A fake app above: it remembers what it was told, and refuses when asked to."""
    seen, list_ = [], register.entries("orgchart.calendar_effects")
    kept = dict(list_)
    list_.clear()

    def apply(changes, actor):
        seen.append((changes, actor))
        if "refuse" in seen:
            raise Blocked("not now")

    list_["fake"] = CalendarEffect(lambda changes, user: [], apply)
    yield seen
    list_.clear()
    list_.update(kept)


def lead(cast, username="leader.mech", department="mechanical"):
    return services.edit_department(
        cast.departments[department], actor=cast["boss"], version=None, leader=cast.people[username]
    )


# --- what the library knows -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("off", "on"),
    [
        # From the notices of the General Office of the State Council.
        (["2024-02-12", "2024-02-16", "2024-04-04", "2024-05-03", "2024-09-16", "2024-10-07"],
         ["2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29",
          "2024-10-12"]),
        (["2025-01-01", "2025-01-28", "2025-02-04", "2025-05-05", "2025-10-08"],
         ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"]),
        (["2026-01-02", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-23",
          "2026-04-06", "2026-05-05", "2026-06-19", "2026-09-25", "2026-10-01", "2026-10-07"],
         ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]),
    ],
)  # fmt: skip
def test_official_years(off, on):
    year = int(on[0][:4])
    days = festivals.days_of([year])
    assert {str(day) for day, working in days.items() if working} == set(on)
    assert all(days[date.fromisoformat(day)] is False for day in off)


def test_spring_festival_2026_is_nine_days_in_a_row():
    calendar = site_calendar()
    assert calendar.rest_days(date(2026, 2, 14), date(2026, 2, 28)) == [
        date(2026, 2, 15) + timedelta(days=n) for n in range(9)
    ]


def test_saturdays_of_a_holiday_are_off_where_saturdays_are_worked(cast):
    """As announced: 1 to 3 January, 15 to 23 February, 4 to 6 April, 19 to 21 June, 25 to 27 September."""
    services.set_week(cast.departments["mechanical"], range(6), actor=cast["boss"])
    calendar = calendar_of_department(cast.departments["mechanical"].pk)
    off = [date(2026, 1, 3), date(2026, 2, 21), date(2026, 4, 4), date(2026, 6, 20), date(2026, 9, 26)]
    assert not any(calendar.is_working(day) for day in off)
    assert all(
        calendar.is_working(date(2026, *day)) for day in ((1, 10), (2, 14), (2, 28), (6, 13), (10, 10))
    )


def test_estimated_years_are_told_from_announced_ones():
    last = festivals.announced_until()
    assert last >= 2026
    for year in range(festivals.FIRST_ANNOUNCED, last + 1):
        assert any(festivals.days_of([year]).values()), year
    for year in (last + 1, last + 2, festivals.FAR - 1):
        assert not any(festivals.days_of([year]).values()), year
        assert sum(not w for w in festivals.days_of([year]).values()) >= 13


def test_holidays_are_named_in_both_languages():
    assert festivals.named_days(2026, "zh-hans")[date(2026, 2, 20)] == (False, "春节")
    assert festivals.named_days(2026, "en")[date(2026, 10, 7)] == (False, "National Day")
    assert festivals.named_days(2026, "en")[MAKE_UP] == (True, "")


# --- precedence -------------------------------------------------------------------------------------


def test_what_stands_further_up_wins(cast):
    boss, mechanical = cast["boss"], cast.departments["mechanical"]
    pk, person = mechanical.pk, cast.people["staff.mech"]
    own = lambda day: calendar_of_department(pk).is_working(day)  # noqa: E731
    assert (own(SATURDAY), own(MONDAY), own(HOLIDAY), own(MAKE_UP)) == (False, True, False, True)

    services.set_week(None, range(1, 6), actor=boss)  # the site: Tuesday to Saturday
    assert (own(SATURDAY), own(MONDAY), own(HOLIDAY), own(MAKE_UP)) == (True, False, False, True)
    services.set_week(mechanical, [0, 6], actor=boss)  # the department: Sunday and Monday
    assert (own(SATURDAY), own(SUNDAY), own(MONDAY)) == (False, True, True)
    assert site_calendar().is_working(SATURDAY)
    assert not own(HOLIDAY)  # a holiday is off whatever the week
    assert own(MAKE_UP)  # and a make-up Saturday is worked by everybody

    services.set_days(None, {HOLIDAY: Rule(True), MAKE_UP: Rule(False)}, actor=boss)
    assert (own(HOLIDAY), own(MAKE_UP)) == (True, False)
    services.set_day(mechanical, HOLIDAY, working=False, actor=boss)
    assert not own(HOLIDAY)
    assert site_calendar().is_working(HOLIDAY)

    services.set_day(mechanical, SATURDAY, working=True, actor=boss)
    services.add_leave(person, actor=boss, first=SATURDAY, last=SATURDAY)
    assert own(SATURDAY)
    assert not calendar_of_person(person.pk).is_working(SATURDAY)


@pytest.mark.parametrize(
    ("fields", "works"),
    [({}, (False, False)), ({"ends_noon": True}, (False, True)), ({"begins_afternoon": True}, (True, False))],
)
def test_half_days_of_leave(cast, fields, works):
    person = cast.people["staff.mech"]
    services.add_leave(person, actor=cast["boss"], first=MONDAY, last=MONDAY, **fields)
    calendar = calendar_of_person(person.pk)
    assert (calendar.works(slot_of(MONDAY)), calendar.works(slot_of(MONDAY, afternoon=True))) == works
    assert calendar.is_working(MONDAY) == any(works)


def test_places_without_anything_of_their_own_share_a_calendar(cast):
    found = calendars_for(people=[p.pk for p in cast.people.values()])
    assert found.department(cast.departments["sales"].pk) is found.site
    assert found.person(cast.people["sales"].pk) is found.site
    with pytest.raises(KeyError):
        found.person(999_999)


def test_a_constant_number_of_queries(cast):
    people = [person.pk for person in cast.people.values()]
    for n, name in enumerate(("sales", "qc", "pm")):
        services.add_leave(cast.people[name], actor=cast["boss"], first=MONDAY, last=MONDAY)
        services.set_week(cast.people[name].department, range(n + 1), actor=cast["boss"])
    with CaptureQueriesContext(connection) as few:
        calendars_for(people=people[:1])
    with CaptureQueriesContext(connection) as many:
        found = calendars_for(departments=[1, 2, 3], people=people * 200)
        [found.person(pk) for pk in people]
        [found.department(row.pk) for row in cast.departments.values()]
    assert len(few) == len(many) == 4


def test_a_request_reads_once_and_sees_what_it_writes(cast):
    with memory.remembered():
        site_calendar()
        with CaptureQueriesContext(connection) as again:
            assert not site_calendar().is_working(SATURDAY)
            is_provisional(SATURDAY)
        assert len(again) == 0
        with transaction.atomic():
            services.set_week(None, range(6), actor=cast["boss"])
            assert site_calendar().is_working(SATURDAY)
            transaction.set_rollback(True)
        assert not site_calendar().is_working(SATURDAY)


# --- known years ------------------------------------------------------------------------------------


def test_a_year_is_known_by_library_or_by_the_official_list(cast):
    unknown = festivals.announced_until() + 1
    day = date(unknown, 10, 1)
    assert is_provisional(day)
    assert not is_provisional(date(unknown - 1, 10, 1))
    assert known_until() == date(unknown - 1, 12, 31)
    assert not site_calendar().is_working(day)  # the estimate is used

    services.set_day(None, date(unknown, 3, 3), working=False, name="厂庆", actor=cast["boss"])
    assert is_provisional(day)  # a day off of our own announces nothing
    services.set_day(None, date(unknown, 1, 30), working=True, announced=True, actor=cast["boss"])
    assert is_provisional(day)  # nor does a make-up workday alone
    services.set_day(None, date(unknown, 1, 1), working=False, announced=True, actor=cast["boss"])
    assert not is_provisional(day)
    assert known_until() == date(unknown, 12, 31)
    weekday = next(d for d in (day + timedelta(days=n) for n in range(3)) if d.weekday() < 5)
    assert site_calendar().is_working(weekday)  # the list says all there is; the estimate is over


def test_an_official_list_moves_the_estimate_it_replaces():
    unknown = festivals.announced_until() + 1
    changes = Changes(days={(None, date(unknown, 1, 1)): Rule(False, True)})
    moved = dates_that_change(changes)
    assert date(unknown, 1, 1) not in moved
    assert moved
    assert {day.year for day in moved} == {unknown}


# --- what if ----------------------------------------------------------------------------------------


def test_changes_say_before_what_holds_after(cast, effect):
    boss, mechanical, person = cast["boss"], cast.departments["mechanical"], cast.people["staff.mech"]
    stored = services.add_leave(person, actor=boss, first=MONDAY, last=MONDAY)
    later = Leave(person=person, first=MONDAY + timedelta(days=1), last=MONDAY + timedelta(days=1))
    for changes, write in (
        (changes_of_week(mechanical, range(6)), lambda: services.set_week(mechanical, range(6), actor=boss)),
        (changes_of_week(None, [0]), lambda: services.set_week(None, [0], actor=boss)),
        (
            changes_of_days(None, {SATURDAY: Rule(True)}),
            lambda: services.set_day(None, SATURDAY, working=True, actor=boss),
        ),
        (
            changes_of_leave(later, stored),
            lambda: services.change_leave(stored, actor=boss, first=later.first, last=later.last),
        ),
    ):
        known = {"departments": [mechanical.pk], "people": [person.pk]}
        before = calendars_for(**known, changes=changes)
        expected = (before.site, before.department(mechanical.pk), before.person(person.pk))
        write()
        for after in (calendars_for(**known), calendars_for(**known, changes=changes)):
            assert (after.site, after.department(mechanical.pk), after.person(person.pk)) == expected
        assert effect[-1][0] == changes
        assert effect[-1][1] == boss


def test_nothing_follows_from_what_was_so_already(cast, effect):
    boss = cast["boss"]
    services.set_week(None, range(6), actor=boss)
    services.set_day(None, MONDAY, working=False, actor=boss)
    leave = services.add_leave(cast.people["pm"], actor=boss, first=MONDAY, last=MONDAY)
    told = len(effect)
    services.set_week(None, range(6), actor=boss)
    services.set_day(None, MONDAY, working=False, name="only a name", actor=boss)
    services.change_leave(leave, actor=boss, note="only a note")
    assert (told, len(effect)) == (3, 3)


def test_dates_that_change(cast):
    today = timezone.localdate()
    saturdays = dates_that_change(Changes(weeks={None: frozenset(range(6))}))
    assert saturdays[0] >= today
    assert {day.weekday() for day in saturdays} == {5}
    assert dates_that_change(Changes(days={(None, SUNDAY): Rule(False)})) == []
    assert dates_that_change(Changes(days={(None, MONDAY): Rule(False)})) == [MONDAY]
    leave = Leave(person=cast.people["pm"], first=SATURDAY, last=MONDAY, ends_noon=True)
    assert dates_that_change(changes_of_leave(leave)) == [MONDAY]


def test_a_refused_effect_leaves_the_calendar_as_it_was(cast, effect):
    effect.append("refuse")
    with pytest.raises(Blocked):
        services.set_week(None, range(6), actor=cast["boss"])
    with pytest.raises(Blocked):
        services.set_day(None, MONDAY, working=False, actor=cast["boss"])
    with pytest.raises(Blocked):
        services.add_leave(cast.people["pm"], actor=cast["boss"], first=MONDAY, last=MONDAY)
    assert not WorkWeek.objects.exists()
    assert not CalendarDay.objects.exists()
    assert not Leave.objects.exists()


# --- rights and rows --------------------------------------------------------------------------------


def test_everything_written_is_kept_and_audited(cast):
    boss, person = cast["boss"], cast.people["staff.mech"]
    week = services.set_week(person.department, range(6), actor=boss)
    day = services.set_day(None, MONDAY, working=False, name=" 厂\u200b庆 ", actor=boss)
    leave = services.add_leave(person, actor=boss, first=MONDAY, last=MONDAY, note="年假")
    assert day.name == "厂庆"
    for row, verb in ((week, "create"), (day, "create"), (leave, "create")):
        entry = LogEntry.objects.get_for_object(row).get()
        assert (entry.actor, entry.verb, row.history.count()) == (boss, verb, 1)
    assert LogEntry.objects.get_for_object(leave).get().department_id == person.department_id
    services.remove_leave(leave, actor=boss, version=leave.version)
    services.remove_day(day, actor=boss)
    assert services.set_week(person.department, None, actor=boss) is None
    assert Leave.history.filter(id=leave.pk).count() == 2
    assert not WorkWeek.objects.exists()


@pytest.mark.parametrize(
    "who", ["leader.elec", "leader.mech", "staff.mech", "outsider", "customer.a", "disabled"]
)
def test_others_write_no_calendar(cast, who):
    lead(cast)
    actor, boss, software = cast[who], cast["boss"], cast.departments["software"]
    day = services.set_day(software, MONDAY, working=False, actor=boss)
    leave = services.add_leave(cast.people["outsider"], actor=boss, first=MONDAY, last=MONDAY)
    for deed in (
        lambda: services.set_week(None, range(6), actor=actor),
        lambda: services.set_week(software, range(6), actor=actor),
        lambda: services.set_day(None, SUNDAY, working=True, actor=actor),
        lambda: services.set_day(software, SUNDAY, working=True, actor=actor),
        lambda: services.change_day(day, actor=actor, working=True),
        lambda: services.remove_day(day, actor=actor),
        lambda: services.add_leave(cast.people["outsider"], actor=actor, first=SUNDAY, last=SUNDAY),
        lambda: services.change_leave(leave, actor=actor, note="x"),
        lambda: services.remove_leave(leave, actor=actor),
        lambda: services.check_days("x.csv", b"x", actor=actor),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    assert (CalendarDay.objects.count(), Leave.objects.get().version) == (1, 1)


def test_a_leader_keeps_the_own_department(cast):
    mechanical, leader = lead(cast), cast["leader.mech"]
    services.set_week(mechanical, range(6), actor=leader)
    day = services.set_day(mechanical, MONDAY, working=False, actor=leader)
    services.change_day(day, actor=leader, name="团建")
    services.remove_day(day, actor=leader)
    leave = services.add_leave(cast.people["staff.mech"], actor=leader, first=MONDAY, last=MONDAY)
    services.change_leave(leave, actor=leader, last=MONDAY + timedelta(days=1))
    services.remove_leave(leave, actor=leader)
    assert services.set_week(mechanical, None, actor=leader) is None


def test_leave_is_seen_by_few(cast):
    lead(cast)
    services.add_leave(cast.people["staff.mech"], actor=cast["boss"], first=MONDAY, last=MONDAY)
    seers = {name for name in cast.users if Leave.objects.for_user(cast[name]).exists()}
    assert seers == {"boss", "admin", "leader.mech", "staff.mech"}
    services.set_week(None, range(6), actor=cast["boss"])
    readers = {name for name in cast.users if WorkWeek.objects.for_user(cast[name]).exists()}
    assert set(cast.users) - readers == {"customer.a", "customer.b", "disabled"}


@pytest.mark.parametrize(
    "fields",
    [
        {"last": SUNDAY},
        {"last": MONDAY, "begins_afternoon": True, "ends_noon": True},
        {"last": MONDAY + timedelta(days=1200)},
        {"first": date(1999, 1, 1), "last": MONDAY},
        {"last": MONDAY, "note": "x" * 201},
    ],
)
def test_nonsense_is_no_leave(cast, fields):
    with pytest.raises(ValidationError):
        services.add_leave(cast.people["pm"], actor=cast["boss"], **{"first": MONDAY, **fields})
    assert not Leave.objects.exists()


def test_nobody_is_on_leave_twice(cast):
    boss, person = cast["boss"], cast.people["pm"]
    first = services.add_leave(person, actor=boss, first=MONDAY, last=MONDAY, ends_noon=True)
    second = services.add_leave(person, actor=boss, first=MONDAY, last=MONDAY, begins_afternoon=True)
    services.add_leave(cast.people["qc"], actor=boss, first=MONDAY, last=MONDAY)
    with pytest.raises(ValidationError):
        services.change_leave(second, actor=boss, begins_afternoon=False)
    with pytest.raises(ValidationError):
        services.add_leave(person, actor=boss, first=SATURDAY, last=MONDAY)
    services.change_leave(first, actor=boss, note="同一天")


def test_the_database_keeps_one_row_per_place_and_day(cast):
    department = cast.departments["sales"]
    for rows in (
        [WorkWeek(), WorkWeek()],
        [WorkWeek(department=department, place=0)],
        [WorkWeek(monday=False, tuesday=False, wednesday=False, thursday=False, friday=False)],
        [CalendarDay(day=MONDAY), CalendarDay(day=MONDAY)],
        [CalendarDay(day=MONDAY, department=department)] * 2,
        [Leave(person=cast.people["pm"], first=MONDAY, last=SUNDAY)],
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(rows[0]).objects.bulk_create([type(r)(**_plain(r)) for r in rows])
    CalendarDay.objects.bulk_create([CalendarDay(day=MONDAY), CalendarDay(day=MONDAY, department=department)])


def _plain(row):
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.name != "id"}


def test_a_week_works_at_least_one_day(cast):
    for wrong in ([], [7]):
        with pytest.raises(ValidationError):
            services.set_week(None, wrong, actor=cast["boss"])


def test_versions_are_checked(cast):
    boss, sales = cast["boss"], cast.departments["sales"]
    week = services.set_week(sales, range(6), actor=boss, version=0)
    with pytest.raises(Stale):
        services.set_week(sales, range(4), actor=boss, version=0)
    services.set_week(sales, range(4), actor=boss, version=week.version)
    with pytest.raises(Stale):
        services.set_week(sales, None, actor=boss, version=week.version)
    services.set_week(sales, None, actor=boss)
    with pytest.raises(Blocked):
        services.set_week(sales, range(4), actor=boss, version=2)
    day = services.set_day(None, MONDAY, working=False, actor=boss)
    services.change_day(day, actor=boss, version=1, name="a")
    with pytest.raises(Stale):
        services.change_day(day, actor=boss, version=1, name="b")
    with pytest.raises(Stale):
        services.remove_day(day, actor=boss, version=1)
