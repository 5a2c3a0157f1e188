"""Why a contract is late, on real rows: worked examples with dates in March 2026 (the 2nd is a Monday)."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.services import edit_contract, release_plan
from erp import register
from production import services
from production.analysis import Analysis
from production.models import Task
from production.outlook import Delay
from production.tracing import Tracing, percents


def march(day: int) -> date:
    return date(2026, 3, day)


@pytest.fixture
def plan(cast, make_task, time_machine):
    """Design 2–6 March, then build 9–13 and, beside it, wire 9–10; test on the 16th waits for both.
    Delivery on the 16th; released on the 2nd."""
    time_machine.move_to("2026-03-02 08:00:00+08:00")
    contract = cast.own
    edit_contract(
        contract, actor=cast["boss"], version=contract.version, signed_on=march(2), planned_delivery=march(16)
    )

    def task(name: str, first: int, last: int) -> Task:
        fields = {"planned_start": march(first), "planned_end": march(last), "needs_acceptance": False}
        made: Task = make_task(contract, name=name, **fields)
        return made

    names = {"design": (2, 6), "wire": (9, 10), "build": (9, 13), "test": (16, 16)}
    tasks = {name: task(name, *days) for name, days in names.items()}
    for before, after in (("design", "wire"), ("design", "build"), ("wire", "test"), ("build", "test")):
        services.link_tasks(tasks[before], tasks[after], actor=cast["boss"])
    contract.refresh_from_db()
    release_plan(contract, actor=cast["pm"])
    return tasks


@pytest.fixture
def do(cast, plan, time_machine):
    """Start or finish a task on a day of March."""

    def deed(name: str, verb: str, day: int):
        time_machine.move_to(f"2026-03-{day:02} 10:00:00+08:00")
        task = Task.objects.get(pk=plan[name].pk)
        getattr(services, f"{verb}_task")(task, actor=cast["boss"])

    return deed


@pytest.fixture
def look(client, cast):
    """Somebody opens an address."""

    def open_as(who: str, name: str, pk: int, **asked):
        client.force_login(cast[who])
        return client.get(reverse(f"production:{name}", args=[pk]), asked)

    return open_as


@pytest.fixture
def told(monkeypatch):
    """Put delays on the register, as apps above do."""
    rows: list[Delay] = []
    monkeypatch.setitem(register.entries("production.delays"), "test", lambda contract, user: rows)
    return rows


def found(cast, who="boss"):
    tracing = Tracing(type(cast.own).objects.get(pk=cast.own.pk), cast[who])
    return tracing, {(line.kind, line.task): float(line.days) for line in tracing.lines}


def test_what_keeps_to_the_plan_blames_nobody(cast, plan, do):
    do("design", "start", 2)
    do("design", "finish", 6)
    tracing, causes = found(cast)
    assert (tracing.late, causes) == (0, {})


def test_a_late_start_is_blamed_with_the_days_it_costs(cast, plan, do):
    do("design", "start", 4)
    do("design", "finish", 10)
    tracing, causes = found(cast)
    assert causes == {("开工晚了", "design"): 2.0}
    assert tracing.late == 2
    assert tracing.lines[0].percent == 100


def test_an_item_three_days_late_with_five_days_of_float_is_no_cause(cast, plan, do, told, time_machine):
    # wiring (2 days) may start five days later than planned if the test is that much later, too: here the
    # item comes on the 12th, three days late, and building takes until the 13th anyway
    told.append(Delay(plan["wire"].pk, march(9), march(12), "采购", "接线端子"))
    time_machine.move_to("2026-03-09 08:00:00+08:00")
    do("design", "start", 2)
    do("design", "finish", 6)
    tracing, causes = found(cast)
    assert (tracing.late, causes) == (0, {})


def test_an_item_that_eats_its_float_is_blamed_for_the_rest(cast, plan, do, told):
    do("design", "start", 2)
    do("design", "finish", 6)
    told.append(Delay(plan["wire"].pk, march(9), march(16), "采购", "接线端子", "/x/"))
    tracing, causes = found(cast)  # wired on the 16th and 17th, tested on the 18th instead of the 16th
    assert causes == {("采购", "wire"): 2.0}
    assert tracing.lines[0].label == "接线端子"


def test_rework_is_told_apart_from_slow_work(cast, plan, do, told):
    do("design", "start", 2)
    do("design", "finish", 6)
    do("wire", "start", 9)
    do("build", "start", 9)
    do("wire", "finish", 10)
    told.append(Delay(plan["build"].pk, march(16), march(18), "返工", "内部验收第 1 轮", holds="end"))
    do("build", "finish", 18)
    _tracing, causes = found(cast)
    # planned until the 13th; one day too slow until the rejection on the 16th, two days of rework
    assert causes == {("耗时超出计划", "build"): 1.0, ("返工", "build"): 2.0}


def test_what_is_not_begun_today_is_late_today(cast, plan, time_machine):
    time_machine.move_to("2026-03-04 10:00:00+08:00")
    tracing, causes = found(cast)
    assert causes == {("开工晚了", "design"): 2.0}
    assert tracing.late == 2
    assert tracing.lines[0].since == march(4)


def test_days_won_are_shown_as_won(cast, plan, do):
    do("design", "start", 4)
    do("design", "finish", 9)
    tracing, causes = found(cast)
    assert causes == {("开工晚了", "design"): 2.0, ("耗时超出计划", "design"): -1.0}
    assert [line.won for line in tracing.lines] == [False, True]
    assert tracing.late == 1


def test_a_planned_change_is_blamed_by_its_reason(cast, plan, time_machine):
    time_machine.move_to("2026-03-02 15:00:00+08:00")
    services.reschedule_task(
        plan["design"], actor=cast["pm"], start=march(4), end=march(10), cause="customer", note="图纸未确认"
    )
    tracing, causes = found(cast)
    assert causes == {("客户", "design"): 2.0}
    assert tracing.lines[0].label == "图纸未确认"


def test_a_task_added_later_is_its_own_cause(cast, plan, do, make_task, time_machine):
    do("design", "start", 2)
    time_machine.move_to("2026-03-03 08:00:00+08:00")
    extra = make_task(
        cast.own, name="喷涂", planned_start=march(16), planned_end=march(17), needs_acceptance=False
    )
    services.link_tasks(plan["build"], extra, actor=cast["boss"])
    services.link_tasks(extra, plan["test"], actor=cast["boss"])
    tracing, causes = found(cast)
    assert causes == {("计划中新增任务", "喷涂"): 2.0}
    assert tracing.late == 2


def test_done_but_not_delivered_says_so(cast, plan, do, time_machine):
    for name, first, last in (("design", 2, 6), ("wire", 9, 10), ("build", 9, 13), ("test", 16, 16)):
        do(name, "start", first)
        do(name, "finish", last)
    time_machine.move_to("2026-03-18 08:00:00+08:00")
    tracing, causes = found(cast)
    assert causes == {}
    assert (tracing.waited, tracing.late) == (2, 2)
    assert [(line.days, line.percent, line.task) for line in tracing.table] == [(2, 100, "")]


def test_work_added_after_the_delivery_made_nothing_late(cast, plan, do, make_task, time_machine):
    all_done(cast, plan, do)
    type(cast.own).objects.filter(pk=cast.own.pk).update(delivered_on=march(18))
    before = found(cast)[1]
    time_machine.move_to("2026-03-25 10:00:00+08:00")
    extra = make_task(cast.own, name="返修", planned_start=march(30), planned_end=march(31))
    services.link_tasks(plan["test"], extra, actor=cast["boss"])
    tracing, causes = found(cast)
    assert (tracing.late, causes) == (2, before)


# --- it ends when the schedule says ------------------------------------------------------------------


def report(cast, plan, name, progress):
    services.report_progress(Task.objects.get(pk=plan[name].pk), actor=cast["boss"], progress=progress)


def late_and_silent(cast, plan, do, **_more):
    do("design", "start", 2)


def late_with_half_of_it_done(cast, plan, do, **_more):
    do("design", "start", 2)
    report(cast, plan, "design", 50)


def begun_late_with_little_done(cast, plan, do, **_more):
    do("design", "start", 5)
    report(cast, plan, "design", 10)


def not_begun(**_more):
    pass


def paused(cast, plan, do, **_more):
    do("design", "start", 2)
    services.pause_task(Task.objects.get(pk=plan["design"].pk), actor=cast["boss"], reason="缺图")


def waiting_for_material(cast, plan, do, told, **_more):
    do("design", "start", 2)
    do("design", "finish", 6)
    told.append(Delay(plan["wire"].pk, march(9), march(25), "采购", "接线端子"))
    told.append(Delay(plan["build"].pk, march(9), None, "采购", "型材"))


def moved_and_added(cast, plan, do, make_task, **_more):
    services.reschedule_task(
        plan["build"], actor=cast["pm"], start=march(11), end=march(18), cause="customer", note="改图"
    )
    extra = make_task(cast.own, name="喷涂", planned_start=march(19), planned_end=march(20))
    services.link_tasks(plan["build"], extra, actor=cast["boss"])
    do("design", "start", 4)


def a_fixed_day_gone_by(cast, plan, do, **_more):
    Task.objects.filter(pk=plan["wire"].pk).update(mode="fixed")
    Task.objects.filter(pk=plan["build"].pk).update(mode="manual")
    do("design", "start", 2)
    do("design", "finish", 6)
    do("build", "start", 9)


def ahead_of_the_plan(cast, plan, do, **_more):
    do("design", "start", 2)
    do("design", "finish", 3)
    do("build", "start", 4)
    report(cast, plan, "build", 60)


def all_done(cast, plan, do, **_more):
    for name, first, last in (("design", 2, 9), ("wire", 10, 11), ("build", 10, 17), ("test", 18, 18)):
        do(name, "start", first)
        do(name, "finish", last)


SITUATIONS = [
    late_and_silent, late_with_half_of_it_done, begun_late_with_little_done, not_begun, paused,
    waiting_for_material, moved_and_added, a_fixed_day_gone_by, ahead_of_the_plan, all_done,
]  # fmt: skip


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
def test_the_causes_end_where_the_schedule_ends(situation, cast, plan, do, told, make_task, time_machine):
    situation(cast=cast, plan=plan, do=do, told=told, make_task=make_task)
    for day in (18, 20, 23, 27, 31):
        time_machine.move_to(f"2026-03-{day:02} 10:00:00+08:00")
        contract = type(cast.own).objects.get(pk=cast.own.pk)
        tracing, schedule = Tracing(contract, cast["boss"]), Analysis(contract, cast["boss"])
        assert tracing.ends == schedule.forecast
        assert tracing.agreed + tracing.waited + sum(line.days for line in tracing.lines) == tracing.late
        assert sum(line.percent for line in tracing.table) == (100 if tracing.late else 0)


def test_what_is_left_of_work_under_way_is_blamed_as_the_schedule_counts_it(cast, plan, do, time_machine):
    do("design", "start", 2)
    report(cast, plan, "design", 40)
    time_machine.move_to("2026-03-09 08:00:00+08:00")
    tracing, causes = found(cast)  # three of five days are left on the 9th: until the 11th, not the 6th
    assert causes == {("耗时超出计划", "design"): 3.0}
    assert tracing.late == 3


def test_no_report_is_no_news_before_the_planned_end(cast, plan, do, time_machine):
    do("design", "start", 2)
    time_machine.move_to("2026-03-05 10:00:00+08:00")
    tracing, causes = found(cast)
    assert (tracing.late, causes) == (0, {})
    assert Analysis(tracing.contract, cast["boss"]).forecast == march(16)


def test_both_pages_name_the_same_day(cast, plan, do, look, time_machine):
    do("design", "start", 2)
    report(cast, plan, "design", 40)
    time_machine.move_to("2026-03-09 08:00:00+08:00")
    for name in ("why_late", "plan"):
        assert "照今天的情况，将于 2026-03-19 结束" in look("boss", name, cast.own.pk).content.decode(), name


@pytest.mark.parametrize("parts", [[1, 1, 1], [2, 3, 1, 1], [7], [1] * 7, [0, 5, 0, 1], [33, 33, 33, 2]])
def test_shares_add_up_to_a_hundred(parts):
    shares = percents(parts)
    assert sum(shares) == 100
    assert all(abs(share - 100 * part / sum(parts)) < 1 for share, part in zip(shares, parts, strict=True))


def test_without_a_baseline_nothing_is_claimed(cast, make_task):
    make_task(cast.own)
    tracing, causes = found(cast)
    assert tracing.baseline is None
    assert causes == {}
    assert tracing.late == 0


def test_the_page_tells_it(cast, plan, do, told, look):
    do("design", "start", 4)
    told.append(Delay(plan["wire"].pk, march(9), march(23), "采购", "接线端子", "/procurement/7/"))
    html = look("boss", "why_late", cast.own.pk).content.decode()
    assert "design" in html
    assert "接线端子" in html
    assert 'href="/procurement/7/"' in html


def test_the_page_asks_alike_for_few_tasks_and_many(cast, plan, do, make_task, look, client):
    do("design", "start", 4)
    look("pm", "why_late", cast.own.pk)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("production:why_late", args=[cast.own.pk]))
        counts.append(len(asked))
        for n in range(4):
            make_task(cast.own, name=f"追加 {n}")
    assert counts[0] == counts[1] <= 18  # two of them for what the apps above know


def test_what_if_shows_tasks_and_delivery_and_writes_nothing(cast, plan, look, time_machine):
    time_machine.move_to("2026-03-02 12:00:00+08:00")
    within = look("pm", "what_if", plan["wire"].pk, days=3).content.decode()
    beyond = look("pm", "what_if", plan["wire"].pk, days=5).content.decode()
    assert "2026-03-18" in beyond
    assert "2026-03-18" not in within
    plan["wire"].refresh_from_db()
    assert plan["wire"].planned_start == march(9)


@pytest.mark.parametrize("days", ["0", "-1", "999999", "x", ""])
def test_what_if_refuses_numbers_that_are_none(cast, plan, look, days):
    assert look("pm", "what_if", plan["wire"].pk, days=days).status_code == 422


def test_what_if_of_a_finished_task_says_so(cast, plan, do, look):
    do("design", "start", 2)
    do("design", "finish", 6)
    answer = look("pm", "what_if", plan["design"].pk)
    assert answer.status_code == 200
    assert "不再影响" in answer.content.decode()
