"""The plan on paper: what is drawn where, and for whom."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from production.calendar import working_calendar
from production.models import Baseline, BaselineTask, Task
from production.plan_sheet import HEAD, LEFT, ROW, ROWS, WIDTH, Link, drawing, fitted, path
from production.services import link_tasks
from production.views.printing import plan_on_paper
from tests.erp.pages import get


def url(cast):
    return f"/contracts/{cast.own.pk}/gantt/print/"


def drawn(tasks, links=(), **more):
    delivery = timezone.localdate() + timedelta(days=60)
    return drawing(tasks, links, working_calendar(), delivery, **more)


def bars(found):
    return {row.key: row.bar for sheet in found.sheets for row in sheet.rows if row.bar}


def test_the_page_names_everything_and_runs_no_script(cast, client, make_task):
    make_task(starts_in=-20)
    make_task(name="预验收", milestone=True, days=1)
    html = get(client, cast["boss"], url(cast), language="en").content.decode()
    own = cast.own
    for text in (
        own.number,
        own.name,
        str(own.company),
        str(own.manager),
        "机架焊接",
        "预验收",
        "小张",
        "1 / 1",
    ):
        assert text in html
    assert "<script" not in html
    assert "days overdue" in html
    assert html.count('class="sheet"') == 1
    assert 'class="today"' in html


def test_an_empty_plan_prints_an_empty_sheet(cast, client):
    assert get(client, cast["boss"], url(cast)).status_code == 200


def test_a_member_prints_the_own_tasks_only(cast, client, make_task):
    mine, other = make_task(name="我的焊接"), make_task(name="别人的图纸", who="leader.mech")
    link_tasks(other, mine, actor=cast["boss"])
    html = get(client, cast["staff.mech"], url(cast)).content.decode()
    assert "我的焊接" in html
    assert "别人的图纸" not in html
    assert len(re.findall(r'<path class="link" d="M\d+\.\d ', html)) == 0
    for who in ("outsider", "customer.a"):
        assert get(client, cast[who], url(cast)).status_code == 404


def test_bars_lie_on_their_half_days(cast, make_task):
    task = make_task(days=3)
    whole = bars(drawn([task]))[task.pk]
    task.begins_afternoon = task.ends_noon = True
    half = bars(drawn([task]))[task.pk]
    day = whole.width / 3
    assert half.x == pytest.approx(whole.x + day / 2, abs=0.2)
    assert half.width == pytest.approx(2 * day, abs=0.3)


def test_a_long_plan_is_several_pages_with_lines_between(cast, make_task):
    tasks = [make_task(name=f"任务 {n}", starts_in=n % 30) for n in range(12)]
    many = []
    for pk, task in enumerate(tasks * 10, 1):
        dates = {"planned_start": task.planned_start, "planned_end": task.planned_end}
        many.append(Task(pk=pk, department=task.department, assignee=task.assignee, name=task.name, **dates))
    found = drawn(many, [Link(1, 120), Link(1, 2)])
    assert len(found.sheets) == 3
    assert all(len(sheet.rows) <= ROWS for sheet in found.sheets)
    assert set(bars(found)) == {task.pk for task in many}
    assert [len(sheet.links) for sheet in found.sheets] == [2, 0, 1]
    assert found.sheets[1].rows[0].bar is None  # the department again
    for sheet in found.sheets:
        assert all(HEAD <= row.y <= HEAD + ROWS * ROW for row in sheet.rows)
    assert all(LEFT <= bar.x <= bar.x + bar.width <= WIDTH for bar in bars(found).values())


@pytest.mark.parametrize(
    ("kind", "begins", "ends"),
    [("FS", "end", "start"), ("SS", "start", "start"), ("FF", "end", "end"), ("SF", "start", "end")],
)
def test_lines_join_the_ends_their_type_names(cast, make_task, kind, begins, ends):
    first, second = make_task(days=3), make_task(days=3, starts_in=6)
    a, b = (bars(drawn([first, second]))[task.pk] for task in (first, second))
    for before, after in ((a, b), (b, a)):
        line = path(before, 100, after, 200, kind)
        start = before.x if begins == "start" else before.end
        end = after.x if ends == "start" else after.end
        assert line.startswith(f"M{start:.1f} 100.0H")
        assert line.endswith(f"H{end:.1f}")
        turns = [float(x) for x in re.findall(r"H(-?[\d.]+)", line)]
        assert turns[0] < start if begins == "start" else turns[0] > start
        assert turns[-2] < end if ends == "start" else turns[-2] > end


def test_critical_tasks_are_outlined_where_they_are_named(cast, make_task):
    task, other = make_task(), make_task()
    found = plan_on_paper(cast.own, cast["boss"], critical=frozenset({task.pk}))
    assert {pk: bar.critical for pk, bar in bars(found["drawn"]).items()} == {task.pk: True, other.pk: False}
    assert not any(bar.critical for bar in bars(plan_on_paper(cast.own, cast["boss"])["drawn"]).values())


def test_the_contract_baseline_is_drawn_as_a_ghost(cast, client, make_task):
    task = make_task(starts_in=5)
    today = timezone.localdate()
    baseline = Baseline.objects.create(
        contract=cast.own, name="下达计划", taken_on=today, planned_delivery=today, of_contract=True
    )
    BaselineTask.objects.create(
        baseline=baseline, task=task, planned_start=today, planned_end=today + timedelta(days=4)
    )
    bar = bars(plan_on_paper(cast.own, cast["boss"])["drawn"])[task.pk]
    assert bar.ghost is not None
    assert bar.ghost[0] < bar.x
    html = get(client, cast["boss"], url(cast)).content.decode()
    assert 'class="ghost"' in html
    assert "合同基线" in html


def test_texts_are_cut_to_their_room():
    assert fitted("机架焊接", 100) == "机架焊接"
    assert fitted("机架焊接与喷涂", 40).endswith("…")
    assert len(fitted("x" * 500, 60)) < 12
    assert fitted("机架", 3) == ""


def test_three_tasks_ask_as_much_as_one(cast, client, make_task):
    link_tasks(make_task(), make_task(), actor=cast["boss"])
    client.force_login(cast["leader.mech"])

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url(cast)).status_code == 200
        return len(asked)

    queries()
    few = queries()
    link_tasks(make_task(), make_task(), actor=cast["boss"])
    assert queries() == few <= 16


@pytest.mark.parametrize(
    ("language", "month", "day"),
    [("zh-hans", r"\d{4}-\d\d", r"\d+/\d+"), ("en", r"[A-Z][a-z]{2} \d{4}", r"\d+ [A-Z][a-z]{2}")],
)
def test_the_scale_is_written_as_the_reader_writes_dates(cast, client, make_task, language, month, day):
    make_task(days=100)  # weeks on any weekday
    text = get(client, cast["boss"], url(cast), language=language).content.decode()
    assert re.search(rf'<text class="strong" [^>]*>{month}</text>', text)
    assert re.search(rf'<text class="small" [^>]*>{day}</text>', text)
    heads = get(client, cast["boss"], "/tasks/load/", language=language).content.decode()
    assert re.search(rf'<abbr title="[^"]*">{day}</abbr>', heads)
