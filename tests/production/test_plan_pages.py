"""Pages that change and explain plans: two steps, proposals, reasons, and what they hide."""

import html
import json
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.models import Contract
from production import services
from production.models import Baseline, PlanChange, Task
from tests.production.test_changes import MONDAY, chain, dates, wish_for

__all__ = ["chain"]


@pytest.fixture
def act(client, cast):
    """`act("pm", url, data, htmx=…)` posts as somebody and returns the answer."""

    def post(who, url, data=None, *, htmx=False, as_json=False):
        client.force_login(cast[who])
        headers = {"HX-Request": "true"} if htmx else {"Accept": "application/json"} if as_json else {}
        return client.post(url, data or {}, headers=headers)

    return post


def seen_in(response):
    return re.search(r'name="seen" value="(\w+)"', response.content.decode())[1]


def typed(task, days, **more):
    task.refresh_from_db()
    start, end = (day + timedelta(days=days) for day in (task.planned_start, task.planned_end))
    return {"start": start.isoformat(), "end": end.isoformat(), "rules": "on", "mode": task.mode, **more}


# --- two steps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("htmx", [False, True])
def test_rescheduling_shows_then_does(act, chain, htmx):
    design, _make, wire = chain
    url, data = f"/tasks/{design.pk}/reschedule/", typed(design, 1)
    shown = act("pm", url, data, htmx=htmx)
    text = shown.content.decode()
    assert ("<html" in text) is not htmx
    assert all(name in text for name in ("设计", "加工", "接线"))
    assert dates(design)[0] == MONDAY
    done = act("pm", url, {**data, "seen": seen_in(shown), "cause": "design", "note": "图纸改了"}, htmx=htmx)
    assert done.status_code == (204 if htmx else 302)
    assert dates(wire)[0] == date(2026, 12, 15)
    change = PlanChange.objects.get()
    assert (change.cause, change.note, change.state) == ("design", "图纸改了", "applied")
    if htmx:
        told = json.loads(done["HX-Trigger"])
        assert told["plan-changed"] == {"undo": f"/plan-changes/{change.pk}/undo/"}
        assert [*told][-1] == "plan-changed"  # the planner takes the form away, and what follows is not heard


def test_moving_what_was_begun_is_no_rejection_in_its_log(act, chain, client):
    design = chain[0]
    services.STEPS["start"](design, actor=design.contract.manager.user)
    url, data = f"/tasks/{design.pk}/reschedule/", typed(design, 0)
    data["end"] = (design.planned_end + timedelta(days=1)).isoformat()
    seen = seen_in(act("pm", url, data))
    act("pm", url, {**data, "seen": seen, "cause": "design", "note": "图纸改了"})
    design.refresh_from_db()
    assert design.planned_end.isoformat() == data["end"]
    log = client.get(f"/tasks/{design.pk}/").content.decode().split('<ol class="log">')[1]
    assert "调整日期" in log.split("</li>")[0]
    assert "驳回任务" not in log


def test_an_overtaken_look_shows_the_plan_as_it_is_now(act, chain, cast):
    design, make, _ = chain
    url, data = f"/tasks/{design.pk}/reschedule/", typed(design, 1)
    seen = seen_in(act("pm", url, data))
    services.edit_task(make, actor=cast["boss"], name="加工与打磨")
    again = act("pm", url, {**data, "seen": seen, "cause": "customer", "note": "客户要求"})
    assert again.status_code == 409
    assert "加工与打磨" in again.content.decode()
    assert "客户要求" in again.content.decode()  # kept as typed
    done = act("pm", url, {**data, "seen": seen_in(again), "cause": "customer"})
    assert done.status_code == 302
    assert dates(design)[0] == date(2026, 12, 8)


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": "0000-00-00"}, {"start": "9999-12-31"}, {"start": ""}, {"end": "2026-01-01"}, {"end": "x"},
        {"end": "", "duration": "0.3"}, {"end": "", "duration": "-1"}, {"end": "", "duration": "1e9"},
        {"end": ""}, {"mode": "magic"}, {"not_after": "31.04.2026"}, {"version": "99"},
    ],
)  # fmt: skip
def test_bad_dates_get_a_sentence_and_keep_what_was_typed(act, chain, wrong):
    answer = act("pm", f"/tasks/{chain[0].pk}/reschedule/", typed(chain[0], 1, **wrong))
    assert answer.status_code in (409, 422)
    assert "error" in answer.content.decode()
    assert dates(chain[0])[0] == MONDAY
    assert not PlanChange.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"cause": "weather"}, {"cause": ""}, {"seen": "x" * 65}, {"note": "长" * 301}]
)
def test_a_bad_confirmation_changes_nothing(act, chain, wrong):
    url, data = f"/tasks/{chain[0].pk}/reschedule/", typed(chain[0], 1)
    confirmed = {**data, "seen": seen_in(act("pm", url, data)), "cause": "design", **wrong}
    assert act("pm", url, confirmed).status_code in (409, 422)
    assert dates(chain[0])[0] == MONDAY


def test_half_days_and_durations_are_understood(act, chain):
    design = chain[0]
    data = {
        "start": "2026-12-07",
        "begins_afternoon": "on",
        "duration": "２.５",
        "rules": "on",
        "mode": "auto",
    }
    url = f"/tasks/{design.pk}/reschedule/"
    act("pm", url, {**data, "seen": seen_in(act("pm", url, data)), "cause": "design"})
    design.refresh_from_db()
    assert (design.planned_end, design.begins_afternoon, design.ends_noon) == (date(2026, 12, 9), True, False)


def test_as_early_as_possible_drops_the_not_before(act, chain):
    wire = chain[2]
    url = f"/tasks/{wire.pk}/reschedule/"
    for more, start in (({}, date(2026, 12, 16)), ({"asap": "on"}, date(2026, 12, 14))):
        data = typed(wire, 0 if more else 2, **more)
        act("boss", url, {**data, "seen": seen_in(act("boss", url, data)), "cause": "design"})
        assert dates(wire)[0] == start
    assert wire.not_before is None


# --- proposals ----------------------------------------------------------------------------------------


def test_a_leader_proposes_and_the_manager_decides(act, chain, client, cast):
    design, _make, wire = chain
    url, data = f"/tasks/{design.pk}/reschedule/", typed(design, 7)
    act("leader.mech", url, {**data, "seen": seen_in(act("leader.mech", url, data)), "cause": "internal"})
    change = PlanChange.objects.get()
    assert change.state == "proposed"
    page = f"/plan-changes/{change.pk}/"
    assert act("leader.mech", page + "apply/").status_code == 403
    client.force_login(cast["pm"])
    seen = seen_in(client.get(page))
    assert act("pm", page + "apply/", {"seen": seen}).status_code == 302
    assert dates(wire)[0] == date(2026, 12, 21)
    assert act("leader.mech", page + "undo/").status_code == 302
    assert dates(wire)[0] == date(2026, 12, 14)


def test_a_decision_wants_a_reason_and_the_plan_as_seen(act, chain, cast):
    change = services.change_plan(
        cast.own, wish_for(chain[0], 7), actor=cast["leader.mech"], cause="internal"
    )
    page = f"/plan-changes/{change.pk}/"
    act("pm", page + "decline/", {"reason": " "})
    act("pm", page + "apply/", {"seen": "stale"})
    change.refresh_from_db()
    assert change.state == "proposed"
    act("pm", page + "decline/", {"reason": "客户等着"})
    change.refresh_from_db()
    assert change.state == "rejected"


# --- whole plans --------------------------------------------------------------------------------------


def test_rolling_levelling_and_planning_back_ask_first(act, chain, cast, make_task, time_machine):
    time_machine.move_to("2026-12-09T09:00:00+08:00", tick=False)
    make_task(name="打样", days=2, starts_in=1)  # beside 设计, for the same person
    base = f"/contracts/{cast.own.pk}/plan/"
    for deed, data in (("roll/", {}), ("level/", {"seconds": "2"}), ("backward/", {})):
        shown = act("pm", base + deed, data)
        assert shown.status_code == 200, shown.content.decode()
        edits = re.search(r'name="edits" value="([^"]*)"', shown.content.decode())
        assert bool(edits) is (deed != "roll/")
        sent = {"edits": html.unescape(edits[1])} if edits else {}
        before = PlanChange.objects.count()
        assert (
            act("pm", base + deed, {**sent, "seen": seen_in(shown), "cause": "internal"}).status_code == 302
        )
        assert PlanChange.objects.count() == before + 1, deed
    assert dates(chain[2])[1] == date(2026, 12, 21)


@pytest.mark.parametrize(
    "edits",
    ["", "[]", "{", '{"x": {}}', '{"1": 3}', "[" * 10_000, '{"1": {"planned_start": "2026-12-01"}}',
     '{"999999": {"planned_start": "2026-12-01", "planned_end": "2026-12-02"}}'],
)  # fmt: skip
def test_junk_instead_of_dates_is_refused(act, chain, cast, edits):
    data = {"edits": edits, "seen": "x", "cause": "internal"}
    answer = act("pm", f"/contracts/{cast.own.pk}/plan/level/", data, as_json=True)
    assert answer.status_code in (403, 422), answer.content
    assert not PlanChange.objects.exists()


@pytest.mark.parametrize("seconds", ["", "0", "61", "x", "9" * 30])
def test_the_solver_gets_a_sane_time(act, cast, chain, seconds):
    answer = act("pm", f"/contracts/{cast.own.pk}/plan/level/", {"seconds": seconds}, as_json=True)
    assert (answer.status_code, bool(answer.json()["message"])) == (422, True)


def test_baselines_are_taken_and_compared(act, chain, client, cast):
    base = f"/contracts/{cast.own.pk}/plan/"
    act("pm", base + "baseline/", {"name": "评审后"})
    services.change_plan(cast.own, wish_for(chain[0], 1), actor=cast["pm"], cause="supplier")
    kept = Baseline.objects.get()
    text = client.get(f"{base}?baseline={kept.pk}").content.decode()
    assert "评审后" in text
    assert text.count('<span class="overdue">+1</span>') == 3
    for wrong in ("", "*", "评审后", "长" * 81):
        act("pm", base + "baseline/", {"name": wrong})
    assert Baseline.objects.count() == 1
    assert client.get(f"{base}?baseline=junk&page=x").status_code == 200
    data = client.get(f"/contracts/{cast.own.pk}/gantt/analysis/").json()
    assert [pk for pk, *_ in data["baseline"]] == sorted(task.pk for task in chain)
    assert set(data["critical"]) == {task.pk for task in chain}


# --- reasons and isolation ----------------------------------------------------------------------------


def test_the_page_says_that_it_was_late_at_signing(client, cast, chain):
    client.force_login(cast["pm"])
    client.cookies["django_language"] = "en"
    url = f"/contracts/{cast.own.pk}/plan/"
    assert "late at signing" not in client.get(url).content.decode()
    Contract.objects.filter(pk=cast.own.pk).update(signed_on=date(2026, 12, 16))
    assert "the work takes until 25 Dec 2026" in client.get(url).content.decode()


def test_reasons_lead_back_to_the_first_cause(client, cast, chain):
    client.force_login(cast["pm"])
    client.cookies["django_language"] = "en"
    text = client.get(f"/tasks/{chain[2].pk}/why/").content.decode().partition("<dl")[2]
    steps = re.findall(r"<li>.*?<br>(.*?)</li>", text.partition("form-foot")[0], re.S)
    assert [next(name for name in ("加工", "设计", "2026") if name in step) for step in steps] == [
        "加工",
        "设计",
        "2026",
    ]
    assert "2 days of rest" in steps[0]  # the weekend in between


def test_reasons_and_moves_do_not_name_what_one_may_not_see(client, cast, chain, make_task):
    """小张 sees his own tasks only: the chain and the numbers are whole, the names are his."""
    secret = make_task(
        name="秘密工序", department="electrical", who="leader.elec", planned_start=MONDAY, planned_end=MONDAY
    )
    services.link_tasks(secret, chain[0], actor=cast["boss"])
    client.force_login(cast["staff.mech"])
    for url in (
        f"/tasks/{chain[0].pk}/why/",
        f"/tasks/{chain[0].pk}/",
        f"/contracts/{cast.own.pk}/gantt/analysis/",
    ):
        response = client.get(url)
        assert response.status_code == 200
        assert "秘密工序" not in response.content.decode()
    seen = client.get(f"/contracts/{cast.own.pk}/gantt/analysis/").json()
    assert secret.pk not in seen["critical"]


def test_a_preview_counts_what_it_may_not_name(cast, chain):
    from production.foresight import foresee
    from production.previews import Preview

    found = foresee(cast.own, wish_for(chain[0], 1), cast["staff.mech"])
    preview = Preview(found, cast["staff.mech"])
    assert [row.name for row in preview.rows] == ["设计", "加工"]
    assert (preview.total, preview.hidden) == (3, 1)
    assert "接线" not in json.dumps(preview.json(), ensure_ascii=False, default=str)


def test_slip_reasons_are_those_of_ones_own_contracts(client, cast, chain):
    services.change_plan(cast.own, wish_for(chain[0], 1), actor=cast["pm"], cause="supplier")
    client.cookies["django_language"] = "en"
    for who, shown in (("pm", True), ("qc", True), ("outsider", False), ("staff.mech", False)):
        client.force_login(cast[who])
        assert ("Supplier" in client.get("/gantt/slips/").content.decode()) is shown, who


@pytest.mark.parametrize("who", ["boss", "leader.mech"])
def test_the_plan_page_asks_as_much_for_three_tasks_as_for_one(client, cast, make_task, who):
    make_task()
    client.force_login(cast[who])

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert (
                client.get(f"/contracts/{cast.own.pk}/plan/", headers={"HX-Request": "true"}).status_code
                == 200
            )
        return len(queries)

    asked()
    few = asked()
    for _ in range(2):
        make_task()
    assert asked() == few <= 18


def test_the_release_shows_in_the_chain_of_an_empty_plan(client, cast):
    client.force_login(cast["pm"])
    assert client.get(f"/contracts/{cast.own.pk}/plan/").status_code == 200
    assert not Task.objects.exists()


def test_the_table_of_a_plan_counts_in_the_calendar_of_the_work(client, cast, chain):
    """A week with a worked Saturday has six days, leave takes a day, halves are told."""
    from orgchart.models import Leave
    from orgchart.services import set_week

    design, make, wire = chain
    set_week(wire.department, range(6), actor=cast["boss"])
    Leave.objects.create(person=design.assignee, first=MONDAY, last=MONDAY)
    rows = Task.objects.filter(pk__in=(design.pk, make.pk, wire.pk))
    rows.filter(pk=wire.pk).update(planned_start=MONDAY, planned_end=MONDAY + timedelta(days=6))
    rows.filter(pk=make.pk).update(begins_afternoon=True)
    client.force_login(cast["boss"])
    shown = {row.pk: row for row in client.get(f"/contracts/{cast.own.pk}/tasks/").context["rows"]}
    assert [shown[task.pk].days for task in chain] == ["2", "1.5", "6"]
    assert shown[make.pk].start.endswith("下午")


# --- looks -------------------------------------------------------------------------------------------


def test_the_tab_is_for_those_who_read_the_plan(client, cast, chain):
    for who, shown in (("boss", True), ("pm", True), ("qc", True), ("staff.mech", False)):
        client.force_login(cast[who])
        text = client.get(f"/contracts/{cast.own.pk}/tasks/").content.decode()
        assert (f'href="/contracts/{cast.own.pk}/plan/"' in text) is shown, who


def test_a_task_of_one_day_shows_one_day(client, cast, chain):
    """Planned and actual, on the schedule and in the table of tasks."""
    design, *_ = chain
    design.refresh_from_db()
    Task.objects.filter(pk=design.pk).update(
        planned_end=design.planned_start, actual_start=MONDAY, actual_end=MONDAY, status="done"
    )
    client.force_login(cast["boss"])
    for tab in ("plan", "tasks"):
        text = client.get(f"/contracts/{cast.own.pk}/{tab}/").content.decode()
        row = re.search(r"<tr[^>]*>(?:(?!</tr>).)*>设计</a>.*?</tr>", text, re.S)[0]
        assert MONDAY.isoformat() in row
        assert not re.search(rf"{MONDAY}(</span>)? – (<span[^>]*>)?{MONDAY}", row), tab
