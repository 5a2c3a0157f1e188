"""MS Project's XML: what is written is read back without loss; what attacks or is broken is refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erp.workdays import WorkCalendar
from production.interchange.mspdi import KINDS, Broken, Entry, Project, Resource, Waits, minutes_of
from production.interchange.mspdi_read import read
from production.interchange.mspdi_write import write
from production.interchange.mspdi_xml import MOST_BYTES
from production.schedule.plan import Kind

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
CLOCK = st.sampled_from(["08:00:00", "12:00:00", "13:00:00", "17:00:00"])
INSTANTS = st.builds(lambda day, clock: datetime.fromisoformat(f"{day}T{clock}"), DAYS, CLOCK)
LETTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), exclude_characters="\ufffe\uffff\x85"
)
WORDS = st.text(LETTERS, min_size=1, max_size=20)


@st.composite
def entries(draw, uid, before):
    kinds = st.builds(
        Waits,
        uid=st.sampled_from(before) if before else st.just(0),
        kind=st.sampled_from(list(KINDS.values())),
        lag=st.integers(-600, 600).map(lambda n: Decimal(n) / 10),
    )
    constraint = draw(st.sampled_from([0, 2, 4, 7]))
    return Entry(
        uid=uid,
        name=draw(WORDS),
        level=draw(st.integers(1, 3)),
        summary=draw(st.booleans()),
        milestone=draw(st.booleans()),
        start=draw(INSTANTS),
        finish=draw(INSTANTS),
        minutes=draw(st.integers(0, 100)) * 240,
        percent=draw(st.integers(0, 100)),
        actual_start=draw(st.none() | INSTANTS),
        actual_finish=draw(st.none() | INSTANTS),
        manual=draw(st.booleans()),
        constraint=constraint,
        constraint_date=draw(INSTANTS) if constraint else None,
        deadline=draw(st.none() | INSTANTS),
        priority=draw(st.integers(0, 1000)),
        notes=draw(st.text(LETTERS | st.just("\n"), max_size=40).map(str.strip)),
        waits=tuple(draw(st.lists(kinds, max_size=3))) if before else (),
        baseline=draw(st.none() | st.tuples(INSTANTS, INSTANTS)),
    )


@st.composite
def projects(draw):
    count = draw(st.integers(0, 6))
    tasks = [draw(entries(uid, list(range(1, uid)))) for uid in range(1, count + 1)]
    people = [Resource(uid, draw(WORDS), draw(WORDS | st.just(""))) for uid in range(draw(st.integers(0, 3)))]
    pairs = st.tuples(st.integers(1, max(1, count)), st.integers(0, max(0, len(people) - 1)))
    off = frozenset(draw(st.lists(DAYS, max_size=6)))
    return Project(
        name=draw(WORDS),
        start=draw(INSTANTS),
        entries=tuple(tasks),
        resources=tuple(people),
        assignments=tuple(draw(st.lists(pairs, max_size=4))),
        calendar=WorkCalendar(
            frozenset(draw(st.sets(st.integers(0, 6)))),
            off,
            frozenset(draw(st.lists(DAYS, max_size=6))) - off,
        ),
    )


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(projects())
def test_what_is_written_is_read_back(project):
    found = read(write(project))
    assert found.problems == ()
    assert found == project
    assert write(found) == write(project)


def minimal(task="", more=""):
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Project xmlns="http://schemas.microsoft.com/project">'
        f"{more}<Tasks><Task><UID>1</UID><Name>设计</Name>{task}</Task></Tasks></Project>"
    ).encode()


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 or str()};" * 10}">' for n in range(1, 10))
    + ']><Project xmlns="http://schemas.microsoft.com/project"><Name>&lol9;</Name></Project>'
)
XXE = (
    '<?xml version="1.0"?><!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    '<Project xmlns="http://schemas.microsoft.com/project"><Name>&x;</Name></Project>'
)
REMOTE = (
    '<?xml version="1.0"?><!DOCTYPE p SYSTEM "http://127.0.0.1:1/evil.dtd">'
    '<Project xmlns="http://schemas.microsoft.com/project"/>'
)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (BOMB.encode(), "entities"),
        (XXE.encode(), "entities"),
        (REMOTE.encode(), "entities"),
        (minimal()[:-30], "cut off"),
        (b"<html><body/></html>", "begins with"),
        (b'<Project xmlns="http://example.org/other"/>', "begins with"),
        (b"<Project/>", "begins with"),
        (b"PK\x03\x04" + b"\0" * 50, "no XML"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 50, "no XML"),
        (b"\x00\x01\x02", "broken"),
        (minimal().decode().replace(' encoding="UTF-8"', "").encode("gb18030"), "broken"),
        (b'<?xml version="1.0" encoding="gbk"?><Project>\xff\xff</Project>', "encoding"),
        (b" " * (MOST_BYTES + 1) + minimal(), "larger"),
        (minimal("<a>" * 60 + "</a>" * 60), "more elements"),
        (minimal(f"<Notes>{'x' * 200_000}</Notes>"), "longer"),
    ],
    ids=range(17),
)
def test_what_attacks_or_is_broken_is_refused(data, why):
    with pytest.raises(Broken, match=why):
        read(data)


def test_a_broken_file_names_the_line():
    lines = minimal("\n\n<Start>2026-03-02T08:00:00</Finish>")
    with pytest.raises(Broken) as caught:
        read(lines)
    assert caught.value.remark.line == 3


def test_chinese_encodings_are_read_when_declared():
    text = minimal().decode().replace("UTF-8", "GBK")
    assert read(text.encode("gbk")).entries[0].name == "设计"
    assert read(minimal().decode().replace("UTF-8", "UTF-16").encode("utf-16")).entries[0].name == "设计"


@pytest.mark.parametrize(
    ("task", "line"),
    [
        ("\n<Start>soon</Start>", 2),
        ("\n\n<Start>2026-02-30T08:00:00</Start>", 3),
        ("<Duration>ten days</Duration>", 1),
        ("<PercentComplete>half</PercentComplete>", 1),
        ("<Milestone>perhaps</Milestone>", 1),
        ("<PredecessorLink><PredecessorUID>1</PredecessorUID><Type>9</Type></PredecessorLink>", 1),
        ("<PredecessorLink><LinkLag>99999999999</LinkLag><LagFormat>7</LagFormat></PredecessorLink>", 1),
    ],
)
def test_what_cannot_be_understood_is_told_with_its_line(task, line):
    problems = read(minimal(task)).problems
    assert [problem.line for problem in problems] == [line]


def test_doubled_uids_are_told():
    data = minimal().replace(b"</Tasks>", b"<Task><UID>1</UID><Name>b</Name></Task></Tasks>")
    assert "twice" in read(data).problems[0].text


@pytest.mark.parametrize(
    ("lag", "unit", "days", "told"),
    [
        ("4800", "7", "1", False),
        ("-2400", "7", "-0.5", False),
        ("600", "5", "0.1", True),
        ("50", "19", "1", True),
        ("100800", "8", "5", True),
    ],
)
def test_lags_come_as_working_days(lag, unit, days, told):
    link = (
        f"<PredecessorLink><PredecessorUID>2</PredecessorUID><Type>3</Type><LinkLag>{lag}</LinkLag>"
        f"<LagFormat>{unit}</LagFormat></PredecessorLink>"
    )
    more = "<Task><UID>2</UID><Name>b</Name><Duration>PT16H0M0S</Duration></Task></Tasks>"
    found = read(minimal(link).replace(b"</Tasks>", more.encode()))
    assert found.entries[0].waits == (Waits(2, Kind.SS, Decimal(days)),)
    assert bool(found.remarks) is told


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("PT8H0M0S", 480), ("PT0H30M0S", 30), ("P1DT1H0M0S", 1500), ("PT", None), ("8h", None)],
)
def test_durations(text, minutes):
    assert minutes_of(text) == minutes


def test_an_old_layout_of_exceptions_is_read():
    more = (
        "<CalendarUID>3</CalendarUID><Calendars><Calendar><UID>3</UID><WeekDays>"
        "<WeekDay><DayType>7</DayType><DayWorking>1</DayWorking></WeekDay>"
        "<WeekDay><DayType>0</DayType><DayWorking>0</DayWorking><TimePeriod>"
        "<FromDate>2026-02-16T00:00:00</FromDate><ToDate>2026-02-18T23:59:00</ToDate></TimePeriod></WeekDay>"
        "</WeekDays></Calendar></Calendars>"
    )
    calendar = read(minimal(more=more)).calendar
    assert calendar.rest == {6}
    assert sorted(calendar.off) == [date(2026, 2, 16) + timedelta(days=n) for n in range(3)]


def test_room_between_elements_is_no_text():
    tasks = "".join(f"{' ' * 300}<Task><UID>{n}</UID><Name>t</Name></Task>" for n in range(2, 600))
    assert len(read(minimal().replace(b"</Tasks>", f"{tasks}</Tasks>".encode())).entries) == 599
