"""Pages of tasks: what they answer, in which form, with how many queries."""

from __future__ import annotations

import html
import json
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contracts.models import Contract, TeamMember
from erp.roles import Duty
from orgchart import services as orgchart
from orgchart.calendars import Rule
from production.models import Task, TaskDependency
from production.services import finish_task, link_tasks, pause_task, reject_task, start_task, submit_task
from tests.erp.pages import get


def post(client, user, url, data=None, *, htmx=False, json_=False):
    client.force_login(user)
    headers = {"HX-Request": "true"} if htmx else {"Accept": "application/json"} if json_ else {}
    return client.post(url, data or {}, headers=headers)


def pages(cast):
    pk = cast.own.pk
    return [
        f"/contracts/{pk}/tasks/",
        f"/contracts/{pk}/gantt/",
        f"/contracts/{pk}/gantt/panel/",
        "/tasks/mine/",
        "/tasks/by-department/",
        "/tasks/by-person/",
        "/gantt/",
        "/tiles/ahead/",
        "/tiles/load/",
    ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_empty_and_filled(cast, client, make_task, language):
    for url in pages(cast):
        assert get(client, cast["boss"], url, language=language).status_code == 200, url
    late = make_task(who="staff.mech", starts_in=-20)
    link_tasks(make_task(milestone=True, days=1), late, actor=cast["boss"])
    for url in [*pages(cast), f"/tasks/{late.pk}/", f"/tasks/{late.pk}/edit/", f"/tasks/{late.pk}/links/"]:
        for htmx in (False, True):
            response = get(client, cast["boss"], url, language=language, htmx=htmx)
            assert response.status_code == 200, url
            assert ("<html" in response.content.decode()) is not htmx or "/gantt/" in url


LISTS = [
    "/contracts/{pk}/tasks/",
    "/tasks/mine/",
    "/tasks/by-department/",
    "/tasks/by-person/",
    "/contracts/{pk}/gantt/data/",
    "/gantt/data/",
    "/tiles/ahead/",
    "/tiles/load/",
]


@pytest.mark.parametrize("who", ["boss", "leader.mech", "staff.mech"])
@pytest.mark.parametrize("url", LISTS)
def test_lists_ask_as_much_for_three_rows_as_for_one(cast, client, make_task, url, who):
    url = url.format(pk=cast.own.pk)
    link_tasks(make_task(), make_task(), actor=cast["boss"])
    client.force_login(cast[who])

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url, headers={"HX-Request": "true"}).status_code == 200
        return len(asked)

    queries()
    few = queries()
    for _ in range(2):
        link_tasks(make_task(), make_task(), actor=cast["boss"])
    assert queries() == few <= (16 if url.startswith("/contracts/") else 12)


# --- quick add -------------------------------------------------------------------------------------


def quick(cast, **changed):
    return {
        "name": "焊接机架",
        "department": cast.departments["mechanical"].pk,
        "assignee": cast.people["staff.mech"].pk,
        "planned_start": "2026-09-30",
        "duration": "2",
        **changed,
    }


def test_quick_add_adds_and_is_ready_for_the_next(cast, client):
    url = f"/contracts/{cast.own.pk}/tasks/add/"
    response = post(client, cast["leader.mech"], url, quick(cast), htmx=True)
    task = Task.objects.get()
    assert task.planned_end.isoformat() == "2026-10-08"  # the holidays in between are no work
    page = response.content.decode()
    assert response.status_code == 200
    assert "焊接机架" in page
    assert "data-focus" in page
    assert "<html" not in page
    response = post(client, cast["leader.mech"], url, quick(cast))
    assert response.status_code == 302


@pytest.mark.parametrize(
    "changed",
    [
        {"name": " "},
        {"name": "a" * 201},
        {"name": "a\0b"},
        {"planned_start": "0000-00-00"},
        {"planned_start": "9999-12-31"},
        {"planned_start": "1899-01-01"},
        {"duration": "0"},
        {"duration": "9" * 30},
        {"duration": "x"},
        {"duration": ""},
        {"planned_end": "2026-09-01"},
        {"department": "999999999999999999999"},
        {"department": "1 OR 1=1"},
        {"assignee": "-1"},
        {"assignee": str(2**63)},
    ],
)
def test_quick_add_answers_bad_input_with_a_sentence(cast, client, changed):
    url = f"/contracts/{cast.own.pk}/tasks/add/"
    response = post(client, cast["pm"], url, quick(cast, **changed), htmx=True)
    assert response.status_code == 422
    assert "error-summary" in response.content.decode()
    assert not Task.objects.exists()


def test_full_width_digits_are_digits(cast, client):
    data = quick(cast, duration="３", planned_start="２０２６-０９-０１")
    assert post(client, cast["pm"], f"/contracts/{cast.own.pk}/tasks/add/", data).status_code == 302
    assert Task.objects.get().planned_end.isoformat() == "2026-09-03"


def test_a_leader_adds_only_for_the_own_department(cast, client):
    data = quick(cast, department=cast.departments["electrical"].pk)
    url = f"/contracts/{cast.own.pk}/tasks/add/"
    assert post(client, cast["leader.mech"], url, data, htmx=True).status_code == 422


# --- one task ---------------------------------------------------------------------------------------


def test_only_those_who_may_hand_over_are_offered_it(cast, client):
    offered = {}
    for who in ("boss", "pm", "leader.mech"):
        client.force_login(cast[who])
        offered[who] = "/tasks/handover/" in client.get(f"/contracts/{cast.own.pk}/tasks/").content.decode()
    assert offered == {"boss": True, "pm": True, "leader.mech": False}


def test_a_step_from_a_row_closes_the_dialog_and_refreshes(cast, client, task):
    response = post(client, cast["staff.mech"], f"/tasks/{task.pk}/start/", {"version": "1"}, htmx=True)
    assert response.status_code == 204
    assert {"close-dialog", "tasks-changed", "toast", "saved"} <= set(json.loads(response["HX-Trigger"]))
    task.refresh_from_db()
    assert task.status == "in_progress"


def test_a_refused_step_keeps_the_words(cast, client, task):
    url = f"/tasks/{task.pk}/pause/"
    response = post(client, cast["staff.mech"], url, {"reason": "等材料"}, htmx=True)
    assert response.status_code == 422
    assert "等材料" in response.content.decode()


def test_a_step_without_script_goes_back_where_it_came_from(cast, client, task):
    url = f"/tasks/{task.pk}/start/"
    assert post(client, cast["boss"], url, {"next": "/tasks/mine/"})["Location"] == "/tasks/mine/"
    url = f"/tasks/{task.pk}/pause/"
    evil = post(client, cast["boss"], url, {"reason": "停", "next": "https://evil.example/"})
    assert evil["Location"] == f"/tasks/{task.pk}/"


def test_progress_over_somebody_elses_change_is_asked_again(cast, client, task):
    start_task(task, actor=cast["boss"])
    url = f"/tasks/{task.pk}/progress/"
    response = post(client, cast["staff.mech"], url, {"progress": "40", "version": "1"}, htmx=True)
    page = response.content.decode()
    assert response.status_code == 409
    assert 'name="version" value="2"' in page
    assert 'value="40"' in page
    assert post(client, cast["staff.mech"], url, {"progress": "40", "version": "2"}).status_code == 302


@pytest.mark.parametrize("text", ["-1", "101", "abc", "", "1e309", "９９９", "\0", "9" * 400])
def test_progress_answers_bad_input_with_a_sentence(cast, client, task, text):
    start_task(task, actor=cast["boss"])
    assert post(client, cast["boss"], f"/tasks/{task.pk}/progress/", {"progress": text}).status_code == 422
    task.refresh_from_db()
    assert task.progress == 0


def test_editing_over_somebody_elses_change_shows_both(cast, client, task):
    data = {
        "name": "我的名字", "department": task.department_id, "planned_start": task.planned_start,
        "planned_end": task.planned_end, "priority": "2", "needs_acceptance": "on", "version": "1",
    }  # fmt: skip
    Task.objects.filter(pk=task.pk).update(name="别人的名字", version=2)
    response = post(client, cast["pm"], f"/tasks/{task.pk}/edit/", data)
    page = response.content.decode()
    assert response.status_code == 409
    assert "我的名字" in page
    assert "别人的名字" in page


def test_the_last_reason_is_for_those_who_see_the_task_only(cast, client, task):
    for who, status in (("staff.mech", 200), ("leader.elec", 200), ("outsider", 404), ("customer.a", 404)):
        assert get(client, cast[who], f"/tasks/{task.pk}/").status_code == status


def test_the_past_names_the_deed_and_its_reason(cast, client, task):
    boss = cast["boss"]
    waiting = submit_task(start_task(task, actor=boss), actor=boss)
    back = reject_task(waiting, actor=cast["leader.mech"], reason="尺寸不对")
    pause_task(back, actor=boss, reason="等料")
    page = get(client, boss, f"/tasks/{task.pk}/").content.decode()
    assert "驳回任务：尺寸不对" in page
    assert "暂停任务：等料" in page


def test_the_task_page_tells_what_is_not_done_before_it(cast, client, make_task):
    first, second = make_task(name="设计", needs_acceptance=False), make_task(name="加工")
    link_tasks(first, second, actor=cast["boss"])
    url = f"/tasks/{second.pk}/"
    assert "前置任务未完成：设计" in get(client, cast["boss"], url).content.decode()
    assert (
        post(client, cast["boss"], f"{url}start/", {"version": 1}).status_code == 302
    )  # allowed all the same
    other = make_task(name="装配")
    link_tasks(first, other, actor=cast["boss"])
    finish_task(start_task(first, actor=cast["boss"]), actor=cast["boss"])
    assert "前置任务未完成" not in get(client, cast["boss"], f"/tasks/{other.pk}/").content.decode()


def test_quick_add_begins_with_the_own_department_and_capital_letters(cast, client):
    url = f"/contracts/{cast.own.pk}/tasks/"
    leader, electrical = cast["leader.mech"], cast.departments["electrical"]
    TeamMember.objects.create(
        contract=cast.own, person=leader.person, department=electrical, duty=Duty.CO_LEADER
    )
    form = get(client, leader, url).context["form"]
    assert len(form.fields["department"].choices) > 1
    assert form.initial["department"] == leader.person.department_id
    page = get(client, leader, url, language="en").content.decode()
    assert "Task name<" in page
    assert "Planned start<" in page


# --- the planner ------------------------------------------------------------------------------------


def test_the_planner_gets_what_one_may_see(cast, client, make_task):
    mine, other = make_task(), make_task(department="electrical", who="leader.elec")
    link_tasks(mine, other, actor=cast["boss"])
    url = f"/contracts/{cast.own.pk}/gantt/data/"

    def data(who):
        answer = get(client, cast[who], url).json()
        return {row["id"]: row["can_edit"] for row in answer["tasks"]}, len(answer["links"])

    assert data("boss") == ({mine.pk: True, other.pk: True}, 1)
    assert data("leader.mech") == ({mine.pk: True, other.pk: False}, 1)
    assert data("sales") == ({mine.pk: False, other.pk: False}, 1)
    assert data("staff.mech") == ({mine.pk: False}, 0)
    assert get(client, cast["outsider"], url).status_code == 404


def test_a_drag_is_saved_or_refused_with_a_sentence(cast, client, task):
    url = f"/tasks/{task.pk}/reschedule/"
    start, end = "2026-12-01", "2026-12-04"
    dates = {"start": start, "end": end, "version": 1}
    answer = post(client, cast["leader.mech"], url, dates, json_=True).json()
    assert [(m["id"], m["start"], m["end"]) for m in answer["moves"]] == [(task.pk, start, end)]
    task.refresh_from_db()
    assert task.version == 1  # looked at, not moved
    confirmed = {**dates, "seen": answer["seen"], "cause": "design"}
    assert post(client, cast["leader.mech"], url, confirmed, json_=True).json()["undo"]
    task.refresh_from_db()
    assert (task.planned_start.isoformat(), task.planned_end.isoformat(), task.version) == (start, end, 2)
    stale = post(client, cast["leader.mech"], url, {"start": start, "end": end, "version": 1}, json_=True)
    assert (stale.status_code, bool(stale.json()["message"])) == (409, True)
    bad = post(client, cast["leader.mech"], url, {"start": end, "end": start, "version": 2}, json_=True)
    assert (bad.status_code, bool(bad.json()["message"])) == (422, True)
    assert post(client, cast["sales"], url, {"start": start, "end": end}, json_=True).status_code == 403


def test_a_moved_bar_keeps_its_working_days_and_typed_dates_hold(cast, client, make_task):
    first, last = date(2026, 12, 7), date(2026, 12, 17)  # nine working days
    task = make_task(planned_start=first, planned_end=last)
    url, shifted = f"/tasks/{task.pk}/reschedule/", {"start": "2026-12-10", "end": "2026-12-20"}
    (moved,) = post(client, cast["leader.mech"], url, shifted, json_=True).json()["moves"]
    assert (moved["start"], moved["end"]) == ("2026-12-10", "2026-12-22")
    for mode, end in (("auto", date(2026, 12, 18)), ("manual", date(2026, 12, 20))):
        typed = {**shifted, "rules": "on", "mode": mode}
        seen = post(client, cast["leader.mech"], url, typed, json_=True).json()["seen"]
        post(client, cast["leader.mech"], url, {**typed, "seen": seen, "cause": "internal"}, json_=True)
        task.refresh_from_db()
        assert (task.planned_start, task.planned_end) == (date(2026, 12, 10), end)


def test_links_are_drawn_and_removed(cast, client, make_task):
    first, second = make_task(name="设计"), make_task(name="加工")
    url = f"/tasks/{second.pk}/links/"
    wait = {"predecessor": first.pk, "type": "FS", "lag": "2"}
    seen = post(client, cast["pm"], url, wait, json_=True).json()
    assert [move["id"] for move in seen["moves"]] == [second.pk]
    assert not TaskDependency.objects.exists()
    post(client, cast["pm"], url, {**wait, "seen": seen["seen"], "cause": "design"}, json_=True)
    link = TaskDependency.objects.get()
    circle = post(
        client, cast["pm"], f"/tasks/{first.pk}/links/", {"predecessor": second.pk, "type": "FS"}, json_=True
    )
    assert circle.status_code == 422
    assert "设计" in circle.json()["message"]
    remove = f"/tasks/links/{link.pk}/remove/"
    seen = post(client, cast["pm"], remove, json_=True).json()["seen"]
    assert post(client, cast["pm"], remove, {"seen": seen, "cause": "design"}, json_=True).json()["undo"]
    assert not TaskDependency.objects.exists()


def test_the_portfolio_shows_contracts_one_sees(cast, client, make_task):
    own, foreign = make_task(), make_task(cast.foreign, who=None)

    def shown(who):
        return {row["id"] for row in get(client, cast[who], "/gantt/data/").json()["tasks"]}

    assert shown("boss") == {own.pk, foreign.pk}
    assert shown("pm") == {own.pk}
    assert shown("outsider") == set()


def test_running_work_comes_first(cast, client, make_task):
    boss, contract = cast["boss"], cast.own
    done = make_task(name="早已完成", starts_in=-90, needs_acceptance=False)
    finish_task(start_task(done, actor=boss), actor=boss)
    make_task(name="久已逾期", starts_in=-60)
    panel = get(client, boss, f"/contracts/{contract.pk}/gantt/panel/")
    assert [bar["name"] for bar in panel.context["tasks"]] == ["久已逾期", "早已完成"]
    assert [bar["name"] for bar in get(client, boss, "/tiles/ahead/").context["tasks"]] == ["久已逾期"]
    make_task(cast.foreign, name="仍在进行", who=None)
    Contract.objects.filter(pk=contract.pk).update(
        stage="delivered", signed_on=date(2019, 1, 1), planned_delivery=date(2020, 1, 1)
    )
    rows = get(client, boss, "/gantt/data/").json()["tasks"]
    assert rows[0]["text"] == "仍在进行"
    assert get(client, boss, "/gantt/").context["page"].object_list[0] != contract


@pytest.mark.parametrize(
    ("who", "url"),
    [
        ("boss", "/contracts/{}/gantt/panel/"),
        ("boss", "/tiles/ahead/"),
        ("customer.a", "/portal/contracts/{}/milestones/"),
    ],
)
def test_light_timelines_know_the_days_off(cast, client, make_task, time_machine, who, url):
    """The site works Saturdays, closes one Friday, and makes up for it on a Sunday; what lies far from
    the bars is not sent."""
    time_machine.move_to("2026-06-03T09:00:00+08:00", tick=False)
    make_task(name="预验收", milestone=True, days=1, starts_in=7)
    orgchart.set_week(None, range(6), actor=cast["boss"])
    days = {date(2026, 6, 12): False, date(2026, 6, 14): True, date(2027, 6, 11): False}
    for day, working in days.items():
        orgchart.set_days(None, {day: Rule(working=working)}, actor=cast["boss"])
    page = get(client, cast[who], url.format(cast.own.pk)).content.decode()
    off = json.loads(html.unescape(re.search(r'data-off="([^"]*)"', page)[1]))
    assert off["rest"] == [6]
    assert "2026-06-12" in off["holidays"]
    assert "2026-06-14" in off["workdays"]
    assert "2027-06-11" not in off["holidays"]
    assert all("2026-03" <= day <= "2026-09-12" for day in off["holidays"] + off["workdays"])


def test_customers_follow_milestones_without_names(cast, client, make_task):
    make_task(name="内部工作")
    make_task(name="预验收", milestone=True, days=1)
    url = f"/portal/contracts/{cast.own.pk}/milestones/"
    page = get(client, cast["customer.a"], url).content.decode()
    assert "预验收" in page
    assert "内部工作" not in page
    assert "小张" not in page
    assert get(client, cast["customer.b"], url).status_code == 404
    assert get(client, cast["boss"], url).status_code == 404


# --- lists -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        {"page": "999999999999"}, {"page": "-1"}, {"page": "x"}, {"status": "junk"}, {"due": "junk"},
        {"q": "\0"},
        {"q": "%_["}, {"q": "a" * 10_000}, {"department": str(2**70)}, {"person": "１"}, {"person": "-3"},
        {"sort": "password"},
    ],
)  # fmt: skip
def test_lists_bear_any_query(cast, client, task, query):
    for url in (
        f"/contracts/{cast.own.pk}/tasks/",
        "/tasks/mine/",
        "/tasks/by-department/",
        "/tasks/by-person/",
    ):
        assert get(client, cast["boss"], url, **query).status_code == 200
    assert get(client, cast["boss"], "/gantt/", **query).status_code == 200


def test_filters_narrow(cast, client, make_task):
    make_task(name="准时")
    make_task(name="逾期任务", starts_in=-30)
    waiting = make_task(name="待检任务")
    submit_task(start_task(waiting, actor=cast["boss"]), actor=cast["boss"])
    url = f"/contracts/{cast.own.pk}/tasks/"
    for query, inside, outside in (
        ({"status": "overdue"}, "逾期任务", "准时"),
        ({"status": "waiting_qc"}, "待检任务", "准时"),
        ({"q": "逾期"}, "逾期任务", "准时"),
        ({"due": "week"}, "准时", "逾期任务"),
    ):
        page = get(client, cast["boss"], url, htmx=True, **query).content.decode()
        assert f">{inside}<" in page
        assert f">{outside}<" not in page


def test_the_figure_is_the_number_of_rows_behind_it(cast, client, make_task):
    from production.tiles import department_load, todo

    make_task()
    make_task(starts_in=-30)
    make_task(department="electrical", who="leader.elec")
    make_task(cast.foreign, who=None)
    for who, count in (
        ("boss", 4),
        ("leader.mech", 2),
        ("leader.elec", 1),
        ("staff.mech", 2),
        ("pm", 3),  # none is theirs, but the contract is
        ("outsider", 0),
    ):
        kpi = todo(cast[who])
        for figure, url in [(kpi.count, kpi.url), *((part.count, part.url) for part in kpi.parts)]:
            path, _, query = url.partition("?")
            listed = get(client, cast[who], path, **dict(p.split("=") for p in query.split("&") if p))
            assert listed.context["page"].paginator.count == figure, (who, url)
        assert kpi.count == count
    rows = department_load(cast["boss"])
    assert {row["name"]: row["all"] for row in rows} == {"机械部": 3, "电气部": 1}
    for row in rows:
        assert row["all"] == row["late"] + row["running"] + row["waiting"] + row["rest"]
    assert [row["name"] for row in department_load(cast["leader.mech"])] == ["机械部"]


def test_search_finds_only_what_one_sees(cast, make_task):
    from production.search import find

    make_task(name="独一无二的任务")
    assert [hit.title for hit in find(cast["pm"], "独一无二", 5)] == ["独一无二的任务"]
    assert find(cast["outsider"], "独一无二", 5) == []


def test_my_tasks_are_grouped_by_urgency(cast, client, make_task):
    make_task(name="以后", starts_in=10)
    make_task(name="现在")
    make_task(name="晚了", starts_in=-20)
    groups = get(client, cast["staff.mech"], "/tasks/mine/").context["groups"]
    assert [(key, [row.name for row in rows]) for key, _, rows in groups] == [
        ("overdue", ["晚了"]),
        ("today", ["现在"]),
        ("later", ["以后"]),
    ]
    assert timezone.localdate() + timedelta(days=10) == Task.objects.get(name="以后").planned_start


def test_rows_of_the_plan_change_places_by_their_buttons(cast, client, make_task):
    _first, second = make_task(name="设计"), make_task(name="加工")
    url = f"/contracts/{cast.own.pk}/tasks/"
    html = get(client, cast["leader.mech"], url).content.decode()
    assert html.count(f'action="/tasks/{second.pk}/move/"') == 1
    answer = post(client, cast["leader.mech"], f"/tasks/{second.pk}/move/", {"direction": "up", "next": url})
    assert (answer.status_code, answer["Location"]) == (302, url)
    html = get(client, cast["leader.mech"], url).content.decode()
    assert html.index("加工") < html.index("设计")
    assert "/move/" not in get(client, cast["qc"], url).content.decode()
