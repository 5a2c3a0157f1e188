"""The working calendar as pages: the year, what moves before it moves, leave, import, command."""

import io
import json
import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from erp import register, sheets
from erp.models import ImportJob, LogEntry
from orgchart import festivals, services
from orgchart.calendars import is_provisional, site_calendar
from orgchart.effects import CalendarEffect, EffectLine
from orgchart.models import CalendarDay, Leave, WorkWeek

MONDAY, SATURDAY = date(2027, 3, 8), date(2027, 3, 13)
UNKNOWN = festivals.announced_until() + 1
LIST = (
    "日期,结束日期,类型,名称\n"
    f"{UNKNOWN}-01-01,{UNKNOWN}-01-03,休,元旦\n"
    f"{UNKNOWN}年2月5日至11日,,放假,春节\n"
    f"{UNKNOWN}/2/20,,班,春节调休\n"
)


@pytest.fixture
def boss(client, cast):
    client.force_login(cast["boss"])
    return client


@pytest.fixture
def effect():
    """A fake app above, whose lines a test may change."""
    lines, applied, list_ = [], [], register.entries("orgchart.calendar_effects")
    kept = dict(list_)
    list_.clear()
    list_["fake"] = CalendarEffect(
        lambda changes, user: list(lines), lambda changes, actor: applied.append((changes, actor))
    )
    yield lines, applied
    list_.clear()
    list_.update(kept)


@pytest.fixture
def leader(client, cast):
    """leader.mech, who leads the mechanical department."""
    services.edit_department(
        cast.departments["mechanical"], actor=cast["boss"], version=None, leader=cast.people["leader.mech"]
    )
    client.force_login(cast["leader.mech"])
    return client


def mark(response):
    return re.search(r'name="confirmed" value="(\w+)"', response.content.decode())[1]


def confirm(client, url, data):
    """Look, then confirm."""
    shown = client.post(url, data)
    assert shown.status_code == 200, shown.context["form"].errors
    return client.post(url, {**data, "confirmed": mark(shown)})


WEEK = {"version": "0", **dict.fromkeys(["monday", "tuesday", "saturday"], "on")}
DAY = {"department": "", "day": "2027-03-08", "working": "False", "name": "厂庆"}


# --- the year ---------------------------------------------------------------------------------------


def test_a_year_shows_holidays_make_up_days_and_overrides(boss, cast):
    sales = cast.departments["sales"]
    services.set_day(None, date(2026, 3, 9), working=False, name="厂庆", actor=cast["boss"])
    services.set_day(sales, date(2026, 3, 10), working=False, name="团建", actor=cast["boss"])
    site = boss.get("/calendar/", {"year": "2026"})
    text = site.content.decode()
    assert "厂庆" in text
    assert "团建" not in text
    year = site.context["year"]
    assert not year.provisional
    assert [month.weeks[0][0] is None for month in year.months][:2] == [True, True]
    looks = {
        (n, cell.number): cell.looks
        for n, month in enumerate(year.months, 1)
        for week in month.weeks
        for cell in week
        if cell
    }
    assert len(looks) == 365
    assert (looks[2, 17], looks[2, 14], looks[2, 15], looks[3, 9], looks[3, 10]) == (
        "off",
        "on",
        "off",
        "off",
        "",
    )
    assert year.working_days == 247
    own = boss.get("/calendar/", {"year": "2026", "department": sales.pk})
    assert "团建" in own.content.decode()
    assert own.context["year"].working_days == 246


def test_unknown_years_are_marked(boss, cast):
    page = boss.get("/calendar/", {"year": UNKNOWN}).content.decode()
    assert 'class="day off provisional"' in page
    assert reverse("orgchart:calendar_import") in page
    known = boss.get("/calendar/", {"year": UNKNOWN - 1}).content.decode()
    assert "provisional" not in known


@pytest.mark.parametrize(
    "asked", [{"year": "1"}, {"year": "x"}, {"department": "999999"}, {"department": "１"}]
)
def test_junk_in_the_address_shows_this_year_of_the_site(boss, asked):
    page = boss.get("/calendar/", asked)
    assert (page.context["year"].year, page.context["department"]) == (timezone.localdate().year, None)


def test_links_only_for_those_who_may(leader, cast):
    mechanical, electrical = cast.departments["mechanical"].pk, cast.departments["electrical"].pk
    assert "/calendar/week/" not in leader.get("/calendar/").content.decode()
    assert (
        f"/calendar/week/?department={mechanical}"
        in leader.get("/calendar/", {"department": mechanical}).content.decode()
    )
    assert "/calendar/week/" not in leader.get("/calendar/", {"department": electrical}).content.decode()
    leader.force_login(cast["outsider"])
    page = leader.get("/calendar/").content.decode()
    assert "/calendar/days/new/" not in page
    assert "/calendar/import/" not in page
    assert 'href="/calendar/leave/"' in page


def test_the_year_costs_the_same_for_one_and_three_days(boss, cast):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            boss.get("/calendar/", {"year": "2027"})
        return len(queries)

    services.set_day(None, MONDAY, working=False, actor=cast["boss"])
    boss.get("/calendar/")
    one = cost()
    for n in (1, 2):
        services.set_day(None, MONDAY + timedelta(days=n), working=False, actor=cast["boss"])
    assert one == cost() <= 14


# --- look before it moves ---------------------------------------------------------------------------


def test_nothing_is_written_before_it_is_confirmed(boss, cast, effect):
    lines, applied = effect
    lines += [EffectLine(f"任务 {n}", f"/tasks/{n}/", "3月8日 → 3月9日") for n in range(60)]
    shown = boss.post("/calendar/days/new/", DAY)
    text = shown.content.decode()
    assert "任务 49" in text
    assert "任务 50" not in text
    assert shown.context["outlook"].more == 10
    assert shown.context["outlook"].days == ["2027-03-08"]
    assert not CalendarDay.objects.exists()
    assert not applied
    done = boss.post("/calendar/days/new/", {**DAY, "confirmed": mark(shown)})
    assert (done.status_code, done["Location"]) == (302, "/calendar/?year=2027")
    assert CalendarDay.objects.get().name == "厂庆"
    ((changes, actor),) = applied
    assert (list(changes.days), actor) == ([(None, MONDAY)], cast["boss"])


def test_what_moves_otherwise_is_shown_again(boss, effect):
    lines, applied = effect
    shown = boss.post("/calendar/days/new/", DAY)
    lines.append(EffectLine("任务", "", "a → b"))
    again = boss.post("/calendar/days/new/", {**DAY, "confirmed": mark(shown)})
    assert again.status_code == 409
    assert "任务" in again.content.decode()
    assert not applied
    assert boss.post("/calendar/days/new/", {**DAY, "confirmed": mark(again)}).status_code == 302
    assert len(applied) == 1


def test_without_effects_no_date_moves(boss, effect):
    page = boss.post("/calendar/days/new/", {**DAY, "day": "2027-03-13"})
    assert page.context["outlook"].every == 0
    assert page.context["outlook"].lines == []
    assert mark(page)


def test_back_to_what_was_typed(boss):
    page = boss.post("/calendar/days/new/", {**DAY, "back": "1", "confirmed": "x"})
    assert 'value="厂庆"' in page.content.decode()
    assert not CalendarDay.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": ""},
        {"day": "2027-02-30"},
        {"day": "1999-12-31"},
        {"until": "2027-03-01"},
        {"until": "2028-03-01"},
        {"working": "maybe"},
        {"department": "999999"},
        {"name": "x" * 61},
    ],
)
def test_bad_days_are_refused(boss, wrong):
    assert boss.post("/calendar/days/new/", {**DAY, **wrong}).status_code == 422


def test_several_days_at_once_and_none_twice(boss):
    assert confirm(boss, "/calendar/days/new/", {**DAY, "until": "2027-03-10"}).status_code == 302
    assert CalendarDay.objects.count() == 3
    assert boss.post("/calendar/days/new/", {**DAY, "day": "2027-03-10"}).status_code == 422


def test_the_week_of_the_site_and_of_a_department(boss, cast):
    assert confirm(boss, "/calendar/week/", WEEK).status_code == 302
    assert WorkWeek.objects.get(place=0).worked == {0, 1, 5}
    sales = cast.departments["sales"]
    url = f"/calendar/week/?department={sales.pk}"
    assert boss.get(url).context["form"].initial["saturday"]  # inherits the site's
    answer = confirm(boss, url, {"version": "0", "sunday": "on"})
    assert answer["Location"] == f"/calendar/?department={sales.pk}"
    assert WorkWeek.objects.get(department=sales).worked == {6}
    assert confirm(boss, url, {"version": "1", "inherit": "on"}).status_code == 302
    assert WorkWeek.objects.count() == 1
    assert boss.post(url, {"version": "0"}).status_code == 422
    assert boss.get("/calendar/week/?department=999999").status_code == 404


def test_somebody_was_faster(boss, cast):
    day = services.set_day(None, MONDAY, working=False, name="A", actor=cast["boss"])
    data = {"version": "1", "day": "2027-03-08", "working": "True", "name": "mine"}
    url = f"/calendar/days/{day.pk}/"
    shown = boss.post(url, data)
    services.change_day(day, actor=cast["admin"], name="theirs")
    for late in (data, {**data, "confirmed": mark(shown)}):
        answer = boss.post(url, late)
        assert answer.status_code == 409
        assert "theirs" in answer.content.decode()
        assert 'name="confirmed"' not in answer.content.decode()
    assert confirm(boss, url, {**data, "version": "2"}).status_code == 302

    services.set_week(None, range(6), actor=cast["admin"])
    assert boss.post("/calendar/week/", WEEK).status_code == 409
    gone = boss.get(f"/calendar/days/{day.pk}/remove/")
    services.change_day(CalendarDay.objects.get(), actor=cast["admin"], name="again")
    late = boss.post(f"/calendar/days/{day.pk}/remove/", {"version": "3", "confirmed": mark(gone)})
    assert late.status_code == 409


def test_edit_and_remove_a_day(boss, cast, effect):
    day = services.set_day(None, MONDAY, working=False, actor=cast["boss"])
    url = f"/calendar/days/{day.pk}/"
    data = {"version": "1", "day": "2027-03-09", "working": "False", "name": "x"}
    assert boss.post(url, data).context["outlook"].days == ["2027-03-08", "2027-03-09"]
    assert confirm(boss, url, data).status_code == 302
    shown = boss.get(f"{url}remove/")
    assert shown.context["outlook"].days == ["2027-03-09"]
    assert boss.post(f"{url}remove/", {}).status_code == 422
    done = boss.post(f"{url}remove/", {"version": "2", "confirmed": mark(shown)})
    assert done.status_code == 302
    assert not CalendarDay.objects.exists()


def test_a_leader_enters_days_of_the_own_department_only(leader, cast):
    mechanical, electrical = cast.departments["mechanical"].pk, cast.departments["electrical"].pk
    assert leader.post("/calendar/days/new/", DAY).status_code == 422  # the whole company is not theirs
    assert leader.post("/calendar/days/new/", {**DAY, "department": electrical}).status_code == 422
    assert confirm(leader, "/calendar/days/new/", {**DAY, "department": mechanical}).status_code == 302
    assert CalendarDay.objects.get().department_id == mechanical
    assert leader.get(f"/calendar/week/?department={mechanical}").status_code == 200
    for url in ("/calendar/week/", f"/calendar/week/?department={electrical}", "/calendar/import/"):
        assert leader.get(url).status_code == 403


# --- leave ------------------------------------------------------------------------------------------

AWAY = {"first": "2027-03-08", "last": "2027-03-10", "ends_noon": "on", "note": "年假"}


def test_leave_from_entry_to_return(leader, cast, effect):
    person = cast.people["staff.mech"]
    shown = leader.post("/calendar/leave/new/", {**AWAY, "person": person.pk})
    assert shown.context["outlook"].every == 3
    assert confirm(leader, "/calendar/leave/new/", {**AWAY, "person": person.pk}).status_code == 302
    leave = Leave.objects.get()
    line = leader.get("/calendar/leave/").context["lines"][0]
    assert (line.person, line.working_days, line.url) == ("小张", "2.5", f"/calendar/leave/{leave.pk}/")
    url = f"/calendar/leave/{leave.pk}/"
    assert confirm(leader, url, {**AWAY, "version": "1", "last": "2027-03-12"}).status_code == 302
    services.change_leave(leave, actor=cast["boss"], note="other")
    assert leader.post(url, {**AWAY, "version": "2"}).status_code == 409
    removal = mark(leader.get(f"{url}remove/"))
    assert leader.post(f"{url}remove/", {"version": "3", "confirmed": removal}).status_code == 302
    assert not Leave.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"last": "2027-03-01"},
        {"last": "2027-03-08", "begins_afternoon": "on"},
        {"last": "2040-01-01"},
        {"first": ""},
    ],
)
def test_bad_leave_is_refused(leader, cast, wrong):
    data = {**AWAY, "person": cast.people["staff.mech"].pk, **wrong}
    assert leader.post("/calendar/leave/new/", data).status_code == 422


def test_foreign_leave_does_not_exist(leader, cast):
    boss, outsider = cast["boss"], cast.people["outsider"]
    leave = services.add_leave(outsider, actor=boss, first=MONDAY, last=MONDAY, note="geheim")
    assert leader.post("/calendar/leave/new/", {**AWAY, "person": outsider.pk}).status_code == 422
    for who in ("leader.mech", "leader.elec", "staff.mech", "customer.a"):
        leader.force_login(cast[who])
        assert leader.get(f"/calendar/leave/{leave.pk}/").status_code == 404
        assert leader.get(f"/calendar/leave/{leave.pk}/remove/").status_code == 404
        for url in ("/calendar/leave/", "/calendar/", "/"):
            assert "geheim" not in leader.get(url, follow=True).content.decode()
            assert f"/calendar/leave/{leave.pk}/" not in leader.get(url, follow=True).content.decode()
    leader.force_login(cast["outsider"])
    assert "geheim" in leader.get("/calendar/leave/").content.decode()
    assert leader.get(f"/calendar/leave/{leave.pk}/").status_code == 403


def test_leave_costs_the_same_for_one_and_three_rows(boss, cast):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            boss.get("/calendar/leave/")
        return len(queries)

    names = ["staff.mech", "qc", "pm"]
    services.add_leave(cast.people[names[0]], actor=cast["boss"], first=MONDAY, last=MONDAY)
    boss.get("/calendar/leave/")
    one = cost()
    for name in names[1:]:
        services.add_leave(cast.people[name], actor=cast["boss"], first=MONDAY, last=MONDAY)
    assert one == cost() <= 12


def test_past_leave_is_apart(boss, cast):
    gone = timezone.localdate() - timedelta(days=400)
    services.add_leave(cast.people["pm"], actor=cast["boss"], first=gone, last=gone)
    assert boss.get("/calendar/leave/").context["lines"] == []
    assert len(boss.get("/calendar/leave/", {"show": "past"}).context["lines"]) == 1


# --- import -----------------------------------------------------------------------------------------


def upload(client, data, name="holidays.csv"):
    answer = client.post("/calendar/import/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, answer.content.decode()
    return client.get(answer["Location"])


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-8-sig"])
def test_a_list_is_imported_whole(boss, cast, encoding):
    page = upload(boss, LIST.encode(encoding))
    assert page.context["job"].problems == []
    assert not CalendarDay.objects.exists()
    url = page.request["PATH_INFO"]
    assert boss.post(url, {"deed": "import", "confirmed": "other"}).status_code == 422
    done = boss.post(url, {"deed": "import", "confirmed": mark(page)})
    assert done["Location"] == f"/calendar/?year={UNKNOWN}"
    assert CalendarDay.objects.count() == 11
    assert not is_provisional(date(UNKNOWN, 5, 5))
    assert CalendarDay.objects.get(day=date(UNKNOWN, 2, 11)).name == "春节"
    assert site_calendar().is_working(date(UNKNOWN, 2, 20))
    entry = LogEntry.objects.get_for_object(CalendarDay.objects.first()).get()
    assert (entry.source, entry.actor) == ("import", cast["boss"])
    assert boss.post(url, {"deed": "import", "confirmed": mark(page)}).status_code == 422  # once


def test_a_workbook_twice_changes_nothing(boss, cast):
    heads, *rows = [line.split(",") for line in LIST.splitlines()]
    book = sheets.as_xlsx(heads, rows)
    for changed in (11, 0):
        page = upload(boss, book, "假期.xlsx")
        boss.post(page.request["PATH_INFO"], {"deed": "import", "confirmed": mark(page)})
        assert ImportJob.objects.latest("pk").result == {"days": 11, "changed": changed}
    assert CalendarDay.objects.count() == 11
    assert CalendarDay.history.count() == 11
    shorter = upload(boss, "\n".join(LIST.splitlines()[:1] + LIST.splitlines()[2:]).encode())
    assert f"{UNKNOWN}-01-01" in shorter.context["notes"][0]


def test_every_bad_cell_is_named_and_nothing_written(boss):
    bad = (
        "说明,,\n日期,类型,名称\n2027-13-01,休,x\n2027-05-01,歇,y\n2027-05-05 至 2027-05-01,休,z\n"
        f"2027-06-01,休,{'名' * 61}\n2027-07-01,休,a\n2027-07-01,班,b\n1900-01-01,休,\n"
    )
    page = upload(boss, bad.encode("gbk"))
    problems = page.context["job"].problems
    assert [(p["row"], p["column"]) for p in problems] == [
        (3, "日期"), (4, "类型"), (5, "日期"), (6, "名称"), (8, "类型"), (9, "日期"),
    ]  # fmt: skip
    url = page.request["PATH_INFO"]
    assert boss.post(url, {"deed": "import", "confirmed": "x"}).status_code == 422
    assert not CalendarDay.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01\x02",
        b"a,b\n1,2\n",
        "日期\n2027-01-01\n".encode(),
        "日期,类型\n".encode(),
        b"PK\x03\x04x",
    ],
)
def test_what_is_no_list_is_said(boss, data):
    assert upload(boss, data).context["job"].problems


def test_english_headings_and_words(boss):
    page = upload(boss, b"Name;Kind;Day;Until\nNew Year;off;2027-01-01;2027-01-02\n;work;2027-01-09;\n")
    assert page.context["job"].problems == []
    assert [row["working"] for row in page.context["days"]] == [False, False, True]


def test_a_stray_december_day_does_not_announce_its_year(boss):
    rest = "".join(f"{UNKNOWN + 1}-01-0{n},休,\n" for n in range(1, 7))
    page = upload(boss, f"日期,类型,名称\n{UNKNOWN}-12-31,休,元旦\n{rest}".encode())
    boss.post(page.request["PATH_INFO"], {"deed": "import", "confirmed": mark(page)})
    assert is_provisional(date(UNKNOWN, 5, 1))
    assert not is_provisional(date(UNKNOWN + 1, 5, 1))


def test_an_import_is_its_owners(boss, cast):
    page = upload(boss, LIST.encode())
    url = page.request["PATH_INFO"]
    assert boss.post(url, {"deed": "discard"}).status_code == 302
    assert boss.post(url, {"deed": "import", "confirmed": mark(page)}).status_code == 422
    boss.force_login(cast["admin"])
    assert boss.get(url).status_code == 404


def test_the_template_is_read_back(boss):
    book = boss.get("/calendar/import/template/").content
    page = upload(boss, book, "template.xlsx")
    assert page.context["job"].problems == []
    assert len(page.context["days"]) == 4


# --- command and back office ------------------------------------------------------------------------


def test_the_command(cast, tmp_path, effect):
    lines, applied = effect
    lines.append(EffectLine("任务", "", "a → b"))
    path = tmp_path / "days.csv"
    path.write_bytes(LIST.encode("gbk"))

    def run(*options):
        out = io.StringIO()
        call_command("calendar_import", str(path), *options, stdout=out)
        return out.getvalue()

    looked = json.loads(run("--check", "--json"))
    assert (looked["state"], looked["days"], looked["changed"]) == ("checked", 11, 11)
    assert looked["moves"] == ["任务: a → b"]
    assert not CalendarDay.objects.exists()
    assert json.loads(run("--json"))["state"] == "done"
    assert len(applied) == 1
    assert "0" in run("--user", "admin")
    path.write_text("日期,类型\n2027-13-01,休\n")
    with pytest.raises(CommandError):
        run()
    for options in (["--user", "outsider"], ["--user", "nobody"]):
        with pytest.raises(CommandError):
            run(*options)
    with pytest.raises(CommandError):
        call_command("calendar_import", str(tmp_path / "none.csv"))


def test_the_back_office_goes_through_the_services(client, cast, effect):
    _lines, applied = effect
    client.force_login(cast["admin"])
    sales, person = cast.departments["sales"], cast.people["pm"]
    new = {
        "workweek": {"department": sales.pk, "monday": "on", "saturday": "on"},
        "calendarday": {"day": "2027-03-08", "working": "on", "name": "x"},
        "leave": {"person": person.pk, "first": "2027-03-08", "last": "2027-03-09"},
    }
    for model, data in new.items():
        url = reverse(f"admin:orgchart_{model}_add")
        assert client.get(url).status_code == 200
        answer = client.post(url, data)
        assert answer.status_code == 302, answer.context["errors"]
        assert client.post(url, data).status_code == 200  # refused the second time
    week, day, leave = WorkWeek.objects.get(), CalendarDay.objects.get(), Leave.objects.get()
    assert LogEntry.objects.get_for_object(week).get().source == "admin"
    for row, data in (
        (week, {"sunday": "on"}),
        (day, {"day": "2027-03-09"}),
        (leave, {"first": "2027-03-09", "last": "2027-03-09"}),
    ):
        url = reverse(f"admin:orgchart_{row._meta.model_name}_change", args=[row.pk])
        assert client.get(url).status_code == 200
        assert client.post(url, {**data, "seen": row.version}).status_code == 302
        row.refresh_from_db()
    assert (week.worked, day.day, leave.first) == ({6}, date(2027, 3, 9), date(2027, 3, 9))
    told = len(applied)
    for row in (week, day, leave):
        url = reverse(f"admin:orgchart_{row._meta.model_name}_changelist")
        assert client.post(url, {"action": "take", "_selected_action": [row.pk]}).status_code == 302
    assert [model.objects.count() for model in (WorkWeek, CalendarDay, Leave)] == [0, 0, 0]
    assert len(applied) == told + 3


def test_the_demo_has_a_saturday_department_and_somebody_away():
    from orgchart import demo

    cast = {}
    demo.build(cast)
    assert WorkWeek.objects.get().worked == set(range(6))
    leave = Leave.objects.get()
    assert leave.person == cast["people"]["staff.mech"]
    assert (leave.first.year * 12 + leave.first.month) - (
        timezone.localdate().year * 12 + timezone.localdate().month
    ) == 1
