"""Task lists of offices into a contract: columns guessed, cells checked, predecessors understood."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.utils import translation

from erp.models import ImportJob
from production.importing.cells import Wrong
from production.interchange import list_cells
from production.interchange.drafts import DraftPlan
from production.interchange.list_columns import guess, heading_row
from production.interchange.list_services import map_list, open_list
from production.interchange.services import run_plan
from production.interchange.tables import draft_rows
from production.models import Task, TaskDependency

HEAD = ["序号", "任务名称", "部门", "负责人员", "开始日期", "完成日期", "工期", "前置任务", "里程碑", "备注"]
ROWS = [
    ["1", "设计", "机械部", "小张", "2026-03-02", "", "5", "", "", "见图纸"],
    ["2", "接线", "电气部", "小刘", "2026-03-09", "2026-03-13 上午", "", "1", "", ""],
    ["3", "编程", "软件部", "", "", "", "2.5天", "设计 SS+2", "", ""],
    ["4", "预验收", "调试装配部", "", "2026-04-01", "", "", "2;3FF+0.5", "是", ""],
]


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def as_csv(rows, encoding="utf-8"):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


@pytest.fixture
def look(cast):
    def look(rows, who="boss", encoding="utf-8"):
        return open_list(cast.own, "清单.csv", as_csv(rows, encoding), actor=cast[who])

    return look


def with_cell(row, head, value):
    rows = [list(r) for r in ROWS]
    rows[row][HEAD.index(head)] = value
    return [HEAD, *rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_list_becomes_tasks_with_links(cast, look, encoding):
    job = look([["生产计划表"], HEAD, *ROWS], encoding=encoding)
    assert job.problems == []
    assert not Task.objects.exists()
    run_plan(job, cast.own, actor=cast["boss"])
    rows = cast.own.tasks.order_by("position").values_list(
        "name", "planned_start", "planned_end", "ends_noon", "assignee__name", "milestone", "description"
    )
    assert list(rows) == [
        ("设计", date(2026, 3, 2), date(2026, 3, 6), False, "小张", False, "见图纸"),
        ("接线", date(2026, 3, 9), date(2026, 3, 13), True, "小刘", False, ""),
        ("编程", date(2026, 3, 4), date(2026, 3, 6), True, None, False, ""),
        ("预验收", date(2026, 4, 1), date(2026, 4, 1), False, None, True, ""),
    ]
    assert cast.own.tasks.get(name="编程").not_before is None
    links = TaskDependency.objects.values_list("predecessor__name", "successor__name", "type", "lag")
    assert set(links) == {
        ("设计", "接线", "FS", Decimal(0)),
        ("设计", "编程", "SS", Decimal(2)),
        ("接线", "预验收", "FS", Decimal(0)),
        ("编程", "预验收", "FF", Decimal("0.5")),
    }
    assert ImportJob.objects.get(pk=job.pk).state == "done"


def test_workbooks_with_real_dates_are_read(cast):
    book = openpyxl.Workbook()
    book.active.append(HEAD)
    book.active.append(
        [
            1,
            "设计",
            "机械部",
            "小张",
            datetime.fromisoformat("2026-03-02"),
            datetime.fromisoformat("2026-03-06T12:00"),
            None,
            None,
        ]
    )
    book.active.append([2, "制作", "机械部", None, date(2026, 3, 9), None, 2.5, 1])
    out = io.BytesIO()
    book.save(out)
    job = open_list(cast.own, "清单.xlsx", out.getvalue(), actor=cast["boss"])
    assert job.problems == []
    run_plan(job, cast.own, actor=cast["boss"])
    assert cast.own.tasks.get(name="设计").ends_noon
    made = cast.own.tasks.get(name="制作")
    assert (made.planned_end, made.ends_noon) == (date(2026, 3, 11), True)


#: A missing cell is told where something should stand.
ELSEWHERE = {(0, "工期", ""): "完成日期", (2, "前置任务", ""): "开始日期"}


@pytest.mark.parametrize(
    ("row", "head", "value", "told"),
    [
        (0, "任务名称", "", "missing"),
        (0, "任务名称", "长" * 201, "200"),
        (0, "部门", "没有部", "no department"),
        (0, "负责人员", "没有人", "no active person"),
        (0, "开始日期", "下周", "no date"),
        (0, "开始日期", "2026-02-30", "no date"),
        (1, "完成日期", "2026-03-01", "before the start"),
        (0, "工期", "2.3", "steps of 0.5"),
        (0, "工期", "很久", "steps of 0.5"),
        (0, "工期", "", "end or the duration"),
        (2, "工期", "", "end or the duration"),
        (2, "前置任务", "", "give a start"),
        (1, "前置任务", "9", "no task"),
        (1, "前置任务", "2", "for itself"),
        (1, "前置任务", "1,设计", "twice"),
        (1, "前置任务", "1SS+999", "365"),
        (0, "前置任务", "4", "circle"),
        (0, "备注", "#REF!", "#REF!"),
    ],
)
def test_what_is_wrong_is_told_at_its_cell(cast, look, row, head, value, told):
    job = look(with_cell(row, head, value))
    assert told in job.problems[0]["text"]
    column = ELSEWHERE.get((row, head, value), head)
    assert (job.problems[0]["row"], job.problems[0]["column"]) == (row + 2, column)
    with pytest.raises(Exception, match="finished"):
        run_plan(job, cast.own, actor=cast["boss"])
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1x", b'"open,1\n2']
)
def test_unreadable_files_say_so(cast, data):
    job = open_list(cast.own, "x.csv", data, actor=cast["boss"])
    assert len(job.problems) == 1
    assert job.payload["drafts"] == []


def test_predecessors_may_be_tasks_of_the_contract(cast, look, make_task):
    old = make_task()
    job = look([HEAD, ["1", "制作", "机械部", "", "", "", "3", "机架焊接FS+1", "", ""]])
    assert job.problems == []
    run_plan(job, cast.own, actor=cast["boss"])
    link = TaskDependency.objects.get()
    assert (link.predecessor, link.lag) == (old, 1)
    assert link.successor.planned_start > old.planned_end
    assert (
        "already" in look([HEAD, ["1", "机架焊接", "机械部", "", "2026-03-02", "", "3"]]).payload["notes"][0]
    )


def test_without_a_column_of_numbers_the_row_of_the_sheet_counts(look):
    job = look([HEAD[1:], *(row[1:] for row in ROWS)])
    assert "circle" not in str(job.problems)
    assert job.problems[0]["text"].startswith("“1”") or "no task" in job.problems[0]["text"]
    rows = [list(row[1:]) for row in ROWS]
    rows[1][6], rows[2][6], rows[3][6] = "2", "2SS+2", "3;4FF"
    assert look([HEAD[1:], *rows]).problems == []


def test_columns_are_chosen_and_remembered(cast, look):
    rows = [["干什么", "谁管", "从", "几天"], ["设计", "机械部", "2026-03-02", "5"]]
    job = look(rows)
    assert "choose the column" in job.problems[0]["text"]
    job = map_list(job, cast.own, {0: "name", 1: "department", 2: "start", 3: "days"}, actor=cast["boss"])
    assert job.problems == []
    assert look(rows).problems == []
    assert look(rows, who="pm").problems != []  # each person's own memory


def test_a_column_given_up_stays_given_up(cast, look):
    job = look([HEAD, *ROWS])
    chosen = {int(place): name for place, name in job.payload["mapping"].items() if name != "note"}
    map_list(job, cast.own, chosen, actor=cast["boss"])
    assert "note" not in look([HEAD, *ROWS]).payload["mapping"].values()


def test_english_headings_are_guessed():
    rows = [
        ["Plan"],
        ["No.", "Task", "Department", "Assignee", "Start", "Finish", "Duration", "Predecessors"],
    ]
    assert heading_row(rows) == 1
    assert list(guess(rows[1], {}).values()) == [
        "ref", "name", "department", "assignee", "start", "end", "days", "predecessors"
    ]  # fmt: skip


def test_a_leader_needs_no_department_and_plans_only_the_own(cast, look):
    rows = [["任务", "开始", "工期"], ["设计", "2026-03-02", "1.5"]]
    job = look(rows, who="leader.mech")
    assert job.problems == []
    run_plan(job, cast.own, actor=cast["leader.mech"])
    assert cast.own.tasks.get().department == cast.departments["mechanical"]
    job = look([HEAD, *ROWS], who="leader.mech")
    assert {p["row"] for p in job.problems} >= {3, 4, 5}
    with pytest.raises(Exception, match="plans for no"):
        look(rows, who="staff.mech")


@pytest.mark.parametrize(
    ("cell", "day", "forenoon"),
    [
        ("2026-03-02", "2026-03-02", None),
        ("2026/3/2 下午", "2026-03-02", False),
        ("２０２６年３月２日 上午", "2026-03-02", True),
        ("2026-03-02 17:00", "2026-03-02", False),
        (datetime.fromisoformat("2026-03-02T12:00"), "2026-03-02", True),
        (46083, "2026-03-02", None),
    ],
)
def test_days_and_their_halves(cell, day, forenoon):
    assert list_cells.when(cell) == (date.fromisoformat(day), forenoon)


@pytest.mark.parametrize(
    ("cell", "number"),
    [("2.5", "2.5"), ("3 天", "3"), ("0", "0"), ("１０个工作日", "10"), (4.0, "4"), ("5 days?", "5")],
)
def test_working_days(cell, number):
    assert list_cells.days(cell) == Decimal(number)


@pytest.mark.parametrize("cell", ["-1", "2.25", "a", "99999", "NaN"])
def test_no_working_days(cell):
    with pytest.raises(Wrong):
        list_cells.days(cell)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("3", [("3", "FS", "0")]),
        ("3SS+2", [("3", "SS", "2")]),
        ("3ff-0.5天", [("3", "FF", "-0.5")]),
        ("设计、接线 SF", [("设计", "FS", "0"), ("接线", "SF", "0")]),
        ("PLC 程序 + 2 d；5", [("PLC 程序", "FS", "2"), ("5", "FS", "0")]),
        (7.0, [("7", "FS", "0")]),
    ],
)
def test_predecessors(cell, found):
    assert [(w.what, w.kind, w.lag) for w in list_cells.waits(cell)] == [
        (what, kind, Decimal(lag)) for what, kind, lag in found
    ]


def test_long_lists_are_refused(look):
    rows = [["任务", "开始", "工期"]] + [
        [f"t{n}", str(date(2026, 3, 2) + timedelta(days=1)), "1"] for n in range(2060)
    ]
    assert "2,000" in look(rows).problems[0]["text"]


def test_a_row_that_cannot_be_placed_takes_no_other_with_it(look):
    job = look(with_cell(1, "开始日期", "下周"))
    assert [draft[0]["name"] for draft in job.payload["drafts"]] == ["设计", "预验收"]
    assert job.payload["ties"] == []


def test_days_are_those_of_whoever_does_it(cast, look):
    """小张 is away on the Tuesday: five days take until the Monday after, and the look says five."""
    from orgchart.models import Leave

    away = date(2026, 3, 3)
    Leave.objects.create(person=cast.people["staff.mech"], first=away, last=away)
    rows = [
        HEAD,
        ["1", "设计", "机械部", "小张", "2026-03-02", "", "5", "", "", ""],
        ["2", "打样", "机械部", "", "2026-03-02", "", "5", "", "", ""],
        ["3", "复核", "机械部", "小张", "", "2026-03-04", "2", "", "", ""],
        ["4", "补充", "机械部", "小张", "", "", "3", "里程碑", "", ""],
        ["5", "里程碑", "机械部", "", "2026-02-28", "", "", "", "是", ""],
    ]
    job = look(rows)
    assert job.problems == []
    plan = DraftPlan.from_json(job.payload)
    spans = {draft.name: (draft.span.start, draft.span.end) for draft in plan.drafts}
    assert spans == {
        "设计": (date(2026, 3, 2), date(2026, 3, 9)),
        "打样": (date(2026, 3, 2), date(2026, 3, 6)),
        "复核": (date(2026, 3, 2), date(2026, 3, 4)),
        "补充": (date(2026, 3, 2), date(2026, 3, 5)),
        "里程碑": (date(2026, 2, 28), date(2026, 2, 28)),
    }
    days = {row.name: row.days for row in draft_rows(plan, cast.own, cast["boss"])}
    assert days == {"设计": "5", "打样": "5", "复核": "2", "补充": "3", "里程碑": ""}
