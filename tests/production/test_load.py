"""The load of people and departments: against a slow count, and who may read whose."""

from __future__ import annotations

import io
from datetime import date, timedelta
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from erp.models import LogEntry
from erp.workdays import WorkCalendar, slot_of
from orgchart.models import Person
from production.calendar import working_calendar
from production.load import Counting, Window, Work, behind, load
from production.models import Task
from production.spans import Span
from tests.erp.pages import get

URL = "/tasks/load/"


def monday():
    today = timezone.localdate()
    return today - timedelta(days=today.weekday())


def window(span="weeks", **more):
    return Window.read({"span": span, **more})


def slow(calendar, span, first, days):
    """Half-days of a span in some days, counted one by one."""
    return sum(
        calendar.works(slot) and span.first <= slot < span.until
        for slot in range(slot_of(first), slot_of(first) + 2 * days)
    )


def line_of(lines, name):
    return next(person for line in lines for person in line.people if person.name == name)


def plan(cast, start, end, who="staff.mech", **fields):
    return Task.objects.create(
        contract=fields.pop("contract", cast.own),
        department=cast.departments[fields.pop("department", "mechanical")],
        assignee=cast.people[who] if who else None,
        name="机架焊接",
        planned_start=start,
        planned_end=end,
        **fields,
    )


@pytest.mark.parametrize("span", ["weeks", "days"])
def test_half_days_are_those_of_a_slow_count(cast, span):
    first = monday()
    spans = [
        Span(first + timedelta(days=a), first + timedelta(days=b), pm, noon)
        for a, b, pm, noon in [
            (0, 4, True, False),
            (2, 2, False, True),
            (-9, 3, False, True),
            (12, 40, True, True),
            (20, 400, False, False),
            (5, 6, False, False),
        ]
    ]
    for when in spans:
        plan(cast, **{"start": when.start, "end": when.end},
             begins_afternoon=when.begins_afternoon, ends_noon=when.ends_noon)  # fmt: skip
    asked = window(span)
    line = line_of(load(cast["boss"], asked), "小张")
    calendar = working_calendar()
    for day, planned, there in zip(asked.starts, line.planned, line.available, strict=True):
        assert planned == sum(slow(calendar, when, day, asked.step) for when in spans)
        assert there == 2 * calendar.between(day, day + timedelta(days=asked.step - 1))
    assert line.over


def test_leave_is_no_working_time(monkeypatch):
    """Who is away has less time, and what is planned meanwhile takes none."""
    first = date(2026, 11, 23)
    away = frozenset(range(slot_of(first + timedelta(days=1)), slot_of(first + timedelta(days=2)) + 1))
    calendar = WorkCalendar(away=away)

    class Calendars:
        def person(self, pk):
            return calendar if pk == 1 else WorkCalendar()

        def work(self, department, pk):
            return self.person(pk)

    monkeypatch.setattr("production.load.calendars_for", lambda *_: Calendars())
    counting = Counting(Window(first), [1], [1, 2])
    assert counting.there(1)[0] == 7
    assert counting.there(2)[0] == 10
    week = Span(first, first + timedelta(days=6))
    assert list(counting.planned(Work(1, 1, 1, week))) == [(0, 7)]
    assert list(counting.planned(Work(1, None, 1, week))) == [(0, 10)]


def test_a_department_is_the_sum_of_its_people_and_of_what_nobody_has(cast):
    first = monday() + timedelta(days=28)
    plan(cast, first, first + timedelta(days=4))
    plan(cast, first, first + timedelta(days=4), who="leader.mech")
    plan(cast, first, first + timedelta(days=4), who=None)
    plan(cast, first, first, milestone=True)
    plan(cast, first, first, status="done")
    lines = load(cast["boss"], window())
    line = next(line for line in lines if line.name == "机械部")
    whole = slow(working_calendar(), Span(first, first + timedelta(days=4)), first, 7)
    assert line.planned[4] == 3 * whole
    assert line.available[4] == sum(person.available[4] for person in line.people)
    assert {p.name for p in line.people} == {"李机械", "小张", "旧同事"}


def test_who_left_has_no_time_but_keeps_the_work(cast):
    first = monday()
    plan(cast, first, first + timedelta(days=6))
    Person.objects.filter(pk=cast.people["staff.mech"].pk).update(active=False)
    line = line_of(load(cast["boss"], window()), "小张")
    assert (line.available[0], line.over) == (0, True)
    assert line.planned[0] > 0


def names(lines):
    return {line.name: {person.name for person in line.people} for line in lines}


def test_leaders_read_their_department_and_whom_they_see_tasks_of(cast):
    first = monday()
    plan(cast, first, first + timedelta(days=6))
    plan(cast, first, first + timedelta(days=6), who=None, contract=cast.foreign)
    lines = load(cast["leader.elec"], window())
    assert names(lines) == {"电气部": {"吴电气", "小刘"}, "机械部": {"小张"}}
    assert [line.whole for line in sorted(lines, key=lambda line: line.name)] == [False, True]


@pytest.mark.parametrize("who", ["staff.mech", "outsider"])
def test_staff_read_their_own(cast, who):
    first = monday()
    plan(cast, first, first + timedelta(days=6))
    lines = load(cast[who], window())
    assert [p.name for line in lines for p in line.people] == [cast.people[who].name]
    assert not any(line.whole for line in lines)
    assert (sum(lines[0].people[0].planned) > 0) is (who == "staff.mech")


def test_project_managers_read_the_people_of_their_contracts(cast):
    """As far as their contracts go; of a department as a whole, and of others, they read nothing."""
    first = monday()
    plan(cast, first, first + timedelta(days=6))
    plan(cast, first, first + timedelta(days=6), contract=cast.foreign)
    plan(cast, first, first + timedelta(days=6), who="outsider", department="software", contract=cast.foreign)
    lines = load(cast["pm"], window())
    team = set(cast.own.team.values_list("person__name", flat=True)) | {"何项目"}
    assert {person.name for line in lines for person in line.people} == team
    assert not any(line.whole for line in lines)
    seen, whole = (line_of(load(cast[who], window()), "小张").planned[0] for who in ("pm", "boss"))
    assert (seen, seen * 2) == (
        slow(working_calendar(), Span(first, first + timedelta(days=6)), first, 7),
        whole,
    )


def test_who_left_the_team_of_a_manager_shows_while_work_is_theirs(cast):
    gone = Person.objects.filter(pk=cast.people["staff.mech"].pk)
    gone.update(active=False)
    names_of = lambda: {p.name for line in load(cast["pm"], window()) for p in line.people}  # noqa: E731
    assert "小张" not in names_of()
    plan(cast, monday(), monday() + timedelta(days=6))
    assert "小张" in names_of()


def test_work_one_may_not_see_does_not_count(cast):
    first = monday()
    plan(cast, first, first + timedelta(days=6), who="leader.mech", contract=cast.foreign)
    assert sum(line_of(load(cast["boss"], window()), "李机械").planned) > 0
    assert sum(line_of(load(cast["leader.mech"], window()), "李机械").planned) == 0


def test_a_cell_names_the_tasks_behind_it(cast, client):
    first = monday()
    task = plan(cast, first, first + timedelta(days=20))
    asked = window().column(first + timedelta(days=8))
    person, department = cast.people["staff.mech"], cast.departments["mechanical"]
    for user, key in ((cast["boss"], {"person": person.pk}), (cast["boss"], {"department": department.pk})):
        found = behind(user, asked, **key)
        assert found is not None
        assert [(t.pk, n) for t, n in found.tasks] == [(task.pk, found.planned)]
    line = line_of(load(cast["boss"], window()), "小张")
    mine = behind(cast["boss"], asked, person=person.pk)
    assert mine is not None
    assert (line.planned[1], line.available[1]) == (mine.planned, mine.available)
    url = f"{URL}cell/?person={person.pk}&at={asked.first.isoformat()}"
    for htmx in (False, True):
        assert f"/tasks/{task.pk}/" in get(client, cast["boss"], url, htmx=htmx).content.decode()


def test_nobody_looks_behind_a_cell_they_do_not_see(cast, client):
    plan(cast, monday(), monday() + timedelta(days=6))
    person, department = cast.people["staff.mech"].pk, cast.departments["mechanical"].pk
    for who in ("outsider", "staff.elec"):
        for key in (f"person={person}", f"department={department}"):
            assert get(client, cast[who], f"{URL}cell/?{key}").status_code == 404
    assert get(client, cast["pm"], f"{URL}cell/?person={person}").status_code == 200
    assert get(client, cast["pm"], f"{URL}cell/?department={department}").status_code == 404
    assert get(client, cast["pm"], f"{URL}cell/?person={cast.people['outsider'].pk}").status_code == 404
    assert get(client, cast["leader.elec"], f"{URL}cell/?person={person}").status_code == 200
    assert get(client, cast["leader.elec"], f"{URL}cell/?department={department}").status_code == 404
    for url in (URL, f"{URL}cell/"):
        assert get(client, cast["customer.a"], url).status_code == 404


def test_over_allocation_is_told_in_words(cast, client):
    first = monday()
    for _ in range(2):
        plan(cast, first, first + timedelta(days=27))
    html = get(client, cast["boss"], URL, language="en").content.decode()
    assert "1 person over-allocated" in html
    assert 'class="load-over"' in html
    assert "▲ 200%" in html
    only = get(client, cast["boss"], URL, language="en", over="1").content.decode()
    assert "小张" in only
    assert "李机械" not in only


JUNK = ["", "0", "-1", "x", "\0", "2026-13-45", "0001-01-01", "9999-12-31", "2026-W01-1", "9" * 30, "<b>"]


@pytest.mark.parametrize("value", JUNK)
def test_junk_in_the_address_never_breaks(cast, client, value):
    for name in ("span", "from", "department", "over", "at", "person", "export"):
        assert get(client, cast["boss"], URL, **{name: value}).status_code == 200
        assert get(client, cast["boss"], f"{URL}cell/", **{name: value}).status_code in (200, 404)


def test_windows_begin_on_mondays_and_step_on():
    asked = window(**{"from": "2026-11-25"})
    assert asked.first == date(2026, 11, 23)
    assert asked.shifted(1) == "2027-02-15"
    assert len(asked.starts) == 12
    assert window("days").step == 1


def test_the_export_is_logged_and_holds_what_one_sees(cast, client):
    plan(cast, monday(), monday() + timedelta(days=6))
    answer = get(client, cast["leader.elec"], URL, export="xlsx")
    assert answer["Content-Type"].endswith("sheet")
    with ZipFile(io.BytesIO(answer.content)) as book:
        text = book.read("xl/sharedStrings.xml").decode()
    assert "小张" in text
    assert "孙采购" not in text
    entry = LogEntry.objects.filter(verb="export").latest("pk")
    assert entry.actor == cast["leader.elec"]
    assert entry.additional_data["format"] == "xlsx"


@pytest.mark.parametrize("who", ["boss", "leader.mech", "pm", "staff.mech"])
@pytest.mark.parametrize("url", [URL, f"{URL}cell/"])
def test_three_tasks_ask_as_much_as_one(cast, client, who, url):
    for name in ("staff.mech", "leader.mech", "boss"):
        plan(cast, monday(), monday() + timedelta(days=6), who=name)
    client.force_login(cast[who])

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url, headers={"HX-Request": "true"}).status_code == 200
        return len(asked)

    queries()
    few = queries()
    plan(cast, monday(), monday() + timedelta(days=6))
    plan(cast, monday(), monday() + timedelta(days=9), who="leader.mech")
    assert queries() == few <= 14
