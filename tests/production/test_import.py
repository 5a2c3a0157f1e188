"""The importer: real files of offices, and the twenty ways in which they go wrong."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from contracts.models import Contract
from erp.models import ImportJob, LogEntry
from orgchart.models import Company, Person
from production.importing.reading import Unreadable, read
from production.importing.services import check_import, run_import
from production.models import Task, TaskDependency
from tests.erp.pages import get

HEAD = "合同编号 合同名称 客户公司 负责人 签订日期 交付日期 任务 部门 执行人 开始 工期 前置任务".split()
ROWS = [
    ["HT-2026-900", "灌装线", "蓝海食品", "何项目", "2026-01-05", "2026-06-30",
     "设计", "机械部", "小张", "2026-01-06", "10", ""],
    ["HT-2026-900", "", "", "", "", "", "装配", "调试装配部", "郑装配", "2026-02-02", "5", "设计"],
    ["HT-2026-901", "贴标机", "北辰电子", "李机械", "2026/1/7", "2026年7月1日", "", "", "", "", "", ""],
]  # fmt: skip


def as_csv(rows, encoding="utf-8", separator=","):
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(*sheets, **changes):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"表{number + 1}")
        for row in rows:
            sheet.append(row)
    if "each" in changes:
        changes["each"](book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_cell(row, head, value):
    rows = [list(r) for r in ROWS]
    rows[row][HEAD.index(head)] = value
    return [HEAD, *rows]


@pytest.fixture
def check(cast):
    def check(data, who="boss", name="计划.csv"):
        return check_import(name, data, actor=cast[who])

    return check


@pytest.fixture
def done(cast, check):
    def done(data, who="boss", **more):
        job = check(data, who)
        assert job.problems == []
        run_import(job, actor=cast[who], **more)
        return Contract.objects.filter(number__startswith="HT-2026-9").order_by("number")

    return done


def problems(job):
    return {(p["row"], p["column"]) for p in job.problems}


# --- what goes in ----------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])  # class 213
@pytest.mark.parametrize("separator", [",", ";", "\t"])  # class 214
def test_text_of_every_office_is_read(done, encoding, separator):
    first, second = done(as_csv([HEAD, *ROWS], encoding, separator))
    assert (first.name, first.company.name, first.manager.name) == ("灌装线", "蓝海食品", "何项目")
    assert second.planned_delivery == date(2026, 7, 1)
    tasks = list(first.tasks.order_by("position"))
    assert [(t.name, t.assignee.name, t.planned_end) for t in tasks] == [
        ("设计", "小张", date(2026, 1, 19)),
        ("装配", "郑装配", date(2026, 2, 6)),
    ]
    assert TaskDependency.objects.get().predecessor == tasks[0]


def test_workbooks_are_read_in_two_sheets_and_any_order(cast, done):
    contracts = [
        ["合同台账"],
        ["计划交付", "客户", "项目名称", "合同号", "项目经理", "签约日期", "合同金额"],
        [date(2026, 6, 30), "蓝海食品", "灌装线", "ｈｔ－２０２６－９００", "pm", 46027, 1280000.5],
    ]
    tasks = [
        ["任务名称", "合同编号", "开始日期", "结束日期", "责任部门", "负责人", "进度", "里程碑"],
        ["设计", "HT-2026-900", date(2026, 1, 6), "2026.1.16", "机械", "小张", 0.5, ""],
        ["评审", "HT-2026-900", "20260119", "", "机械部", "李机械", "", "是"],
    ]
    (contract,) = done(as_xlsx(tasks, contracts))
    assert (contract.signed_on, str(contract.deal_amount)) == (date(2026, 1, 5), "1280000.50")
    design, review = contract.tasks.order_by("position")
    assert (design.progress, design.status, design.assignee) == (50, "in_progress", cast.people["staff.mech"])
    assert (review.milestone, review.needs_acceptance, review.planned_end) == (True, False, date(2026, 1, 19))
    assert contract.status == "processing"
    assert contract.team.filter(person=cast.people["staff.mech"]).exists()


def test_english_headings_with_spaces_and_marks(done):  # class 219
    head = [
        " Contract Number* ",
        "NAME",
        "Customer",
        "Project Manager",
        "Signed on",
        "Delivery date",
        "Remarks",
    ]
    row = ["HT-2026-905", "Filler", "蓝海食品", "boss", "2026-01-05", "2026-06-30", "urgent"]
    (contract,) = done(as_csv([head, row]))
    assert (contract.manager.name, contract.description) == ("王总", "urgent")


def test_deeds_are_logged_as_import_and_people_told(cast, done):
    (first, _second) = done(as_csv([HEAD, *ROWS]), who="sales")
    entries = LogEntry.objects.filter(contract_id=first.pk, verb="create")
    assert set(entries.values_list("source", flat=True)) == {"import"}
    assert set(entries.values_list("actor__username", flat=True)) == {"sales"}
    assert first in Contract.objects.for_user(cast["staff.mech"])
    assert cast["staff.mech"].messages.filter(event="task_assigned").count() == 1
    assert first.history.count() >= 1


def test_excels_1904_calendar(done):
    def old(book):
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904

    rows = [HEAD, [*ROWS[0]]]
    rows[1][4] = date(2026, 1, 5)
    (contract,) = done(as_xlsx(rows, each=old))
    assert contract.signed_on == date(2026, 1, 5)


def test_merged_cells_speak_for_every_row(done):  # class 220
    def merge(book):
        sheet = book.worksheets[0]
        for column in range(1, 7):
            sheet.merge_cells(start_row=2, end_row=3, start_column=column, end_column=column)

    rows = [HEAD, ROWS[0], ["", "", "", "", "", "", *ROWS[1][6:]]]
    (contract,) = done(as_xlsx(rows, each=merge))
    assert contract.tasks.count() == 2


def test_hidden_sheets_are_skipped_and_hidden_rows_named(check):  # class 221
    def hide(book):
        book.worksheets[1].sheet_state = "hidden"
        book.worksheets[0].row_dimensions[3].hidden = True

    job = check(as_xlsx([HEAD, *ROWS], [["合同编号"], ["geheim"]], each=hide))
    assert job.problems == []
    assert len(job.payload["notes"]) == 2


def test_formulas_give_their_kept_value_or_nothing(check):  # class 222
    job = check(as_xlsx(with_cell(0, "工期", "=5+5")))
    assert (2, "结束") in problems(job)


def test_texts_that_look_like_formulas_stay_texts(done):
    first, _second = done(as_csv(with_cell(0, "合同名称", "=1+1|cmd")))
    assert first.name == "=1+1|cmd"


# --- what is refused, cell by cell -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "head", "value"),
    [
        (0, "合同编号", ""), (0, "合同编号", "x" * 51), (0, "合同名称", ""), (0, "合同名称", "长" * 201),
        (0, "客户公司", ""), (0, "负责人", "无此人"), (0, "负责人", ""), (0, "签订日期", "0000-00-00"),
        (0, "签订日期", "2026-02-30"), (0, "签订日期", "昨天"), (0, "签订日期", "9999-12-31"),
        (0, "签订日期", "1e309"),
        (0, "交付日期", "2025-01-01"), (0, "部门", "不存在部"), (0, "部门", ""), (0, "执行人", "离职者"),
        (0, "开始", "x"), (0, "开始", ""), (0, "工期", "0"), (0, "工期", "-3"), (0, "工期", "9" * 40),
        (0, "工期", "1.5"),
        (0, "前置任务", "装配"), (0, "前置任务", "没有的任务"), (0, "前置任务", "设计"),
        (1, "客户公司", "北辰电子"),
        (2, "任务", "无日期的任务"), (0, "合同名称", "#REF!"), (0, "工期", "#DIV/0!"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named(check, row, head, value):
    before = Contract.objects.count()
    job = check(as_csv(with_cell(row, head, value)))
    assert any(p["column"] == head or head in ("工期", "前置任务", "任务") for p in job.problems), (
        job.problems
    )
    assert all(p["text"] for p in job.problems)
    assert Contract.objects.count() == before


def test_error_cells_of_a_workbook_are_named(check):  # class 223
    def broken(book):
        book.worksheets[0]["B2"] = "#REF!"

    job = check(as_xlsx([HEAD, *ROWS], each=broken))
    assert (2, "合同名称") in problems(job)


def test_ragged_rows(check):  # class 216
    job = check(as_csv([HEAD, ROWS[0][:6], [*ROWS[2], "zu", "viel"]]))
    assert problems(job) == {(3, "")}


def test_open_quotes(check):  # class 215
    data = as_csv([HEAD, *ROWS]).replace("灌装线".encode(), '"灌装线'.encode())
    assert len(check(data).problems) == 1


def test_headings_twice_missing_or_none(check):  # classes 217, 218
    assert check(as_csv([[*HEAD, "合同编号"], [*ROWS[0], "x"]])).problems
    assert (1, "合同编号") in problems(check(as_csv([HEAD[1:], ROWS[0][1:]])))
    assert check(as_csv([["a", "b"], ["c", "d"]])).problems


def test_the_same_number_twice_in_the_file(check):  # class 225
    job = check(as_csv([HEAD, ROWS[2], ROWS[2]]))
    assert problems(job) == {(3, "合同编号")}


@pytest.mark.parametrize("number", ["HT-OWN-1", "ht-own-1 ", "ＨＴ－ＯＷＮ－１", "HT-FOREIGN-1"])
def test_a_number_that_exists_is_refused(cast, check, number):  # classes 226, 227, 228
    job = check(as_csv(with_cell(0, "合同编号", number)), "sales")
    assert (2, "合同编号") in problems(job)
    assert cast.foreign.name not in json.dumps(job.problems, ensure_ascii=False)


def test_people_of_one_name_need_their_department(cast, check):
    Person.objects.create(name="小张", pinyin="x", department=cast.departments["electrical"])
    assert check(as_csv([HEAD, *ROWS])).problems == []
    job = check(as_csv(with_cell(2, "负责人", "小张")))
    assert problems(job) == {(4, "负责人")}


# --- limits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0" * 50, b"\xff\xff\xff\xfe" * 9, b"PK\x03\x04 not a zip",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9,
        b"%PDF-1.4", b"x" * (10 * 1024 * 1024 + 1), b"\n\n\n",
        "合同编号,合同名称\n".encode() + b"\xe5,\xff\xff\n",
    ],
)  # fmt: skip
def test_no_table_is_one_problem_and_no_error(check, data):
    assert check(data).problems


def test_limits_of_rows_cells_and_unpacking(check):  # classes 224, 232
    with pytest.raises(Unreadable):
        read("x.csv", b"a,b\n" + b"1,2\n" * 50_002)
    with pytest.raises(Unreadable):
        read("x.csv", ("合同编号,合同名称\nHT," + "x" * 1_000_000).encode())
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(3):
            packed.writestr(f"xl/worksheets/sheet{number}.xml", b"0" * (80 * 1024 * 1024))
    assert check(bomb.getvalue()).problems


# --- between the look and the confirmation ----------------------------------------------------------------


def test_the_same_file_twice_is_said_and_refused(cast, check, done):  # class 229
    data = as_csv([HEAD, *ROWS])
    done(data)
    job = check(data)
    assert len(job.payload["notes"]) == 1
    assert (2, "合同编号") in problems(job)


def test_a_discarded_or_finished_import_is_not_written(cast, client, check):  # class 230
    job = check(as_csv([HEAD, *ROWS]))
    client.force_login(cast["boss"])
    url = f"/contracts/import/{job.pk}/"
    assert client.post(url, {"deed": "discard"}).status_code == 302
    assert client.post(url, {"deed": "import"}).status_code == 422
    assert not Contract.objects.filter(number="HT-2026-900").exists()


def test_a_right_lost_meanwhile_stops_the_import(cast, client, check):  # class 231
    job = check(as_csv([HEAD, *ROWS]), "sales")
    Person.objects.filter(user=cast["sales"]).update(department=cast.departments["service"])
    client.force_login(cast["sales"])
    assert client.post(f"/contracts/import/{job.pk}/", {"deed": "import"}).status_code == 403
    assert not Contract.objects.filter(number="HT-2026-900").exists()


def test_what_changed_meanwhile_stops_the_import_as_a_whole(cast, client, check, done):
    job = check(as_csv([HEAD, *ROWS]))
    done(as_csv([HEAD, ROWS[2]]))
    client.force_login(cast["boss"])
    response = client.post(f"/contracts/import/{job.pk}/", {"deed": "import"})
    assert response.status_code == 422
    assert "HT-2026-901" in response.content.decode()
    assert not Contract.objects.filter(number="HT-2026-900").exists()
    job = check(as_csv([HEAD, ROWS[0], ROWS[1]]))
    Person.objects.filter(user=cast["staff.mech"]).update(active=False)
    assert client.post(f"/contracts/import/{job.pk}/", {"deed": "import"}).status_code == 422
    assert not Contract.objects.filter(number="HT-2026-900").exists()


def test_new_companies_are_opened_only_when_agreed(cast, client, check):
    data = as_csv(with_cell(0, "客户公司", "全新客户"))
    job = check(data)
    client.force_login(cast["boss"])
    url = f"/contracts/import/{job.pk}/"
    assert "全新客户" in client.get(url).content.decode()
    assert client.post(url, {"deed": "import"}).status_code == 422
    assert not Company.objects.filter(name="全新客户").exists()
    assert client.post(url, {"deed": "import", "open_companies": "on"}).status_code == 302
    assert Contract.objects.get(number="HT-2026-900").company.name == "全新客户"


# --- page and command ------------------------------------------------------------------------------------


def test_the_page_checks_shows_and_writes(cast, client):
    client.force_login(cast["sales"])
    assert client.get("/contracts/import/").status_code == 200
    assert client.post("/contracts/import/", {}).status_code == 422
    upload = SimpleUploadedFile("计划.xlsx", as_xlsx([HEAD, *ROWS]))
    url = client.post("/contracts/import/", {"file": upload})["Location"]
    page = client.get(url).content.decode()
    assert "HT-2026-901" in page
    assert client.post(url, {"deed": "import"})["Location"] == "/contracts/"
    assert Contract.objects.filter(number__in=["HT-2026-900", "HT-2026-901"]).count() == 2
    assert client.get(url).status_code == 200
    bad = SimpleUploadedFile("x.csv", b"")
    url = client.post("/contracts/import/", {"file": bad})["Location"]
    assert client.get(url).status_code == 200
    assert get(client, cast["boss"], url).status_code == 404
    assert get(client, cast["pm"], "/contracts/import/").status_code == 403


def test_the_template_can_be_read_back(cast, client):
    body = get(client, cast["boss"], "/contracts/import/template/").content
    job = check_import("t.xlsx", body, actor=cast["boss"])
    assert [p for p in job.problems if not p["text"]] == []
    assert job.problems == []


def test_the_command_does_the_same(cast, tmp_path, capsys):
    file = tmp_path / "plan.csv"
    file.write_bytes(as_csv([HEAD, *ROWS], "gb18030"))
    call_command("import_contracts", str(file), "--dry-run", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["ready"], told["problems"]) == ("checked", 2, [])
    assert not Contract.objects.filter(number="HT-2026-900").exists()
    call_command("import_contracts", str(file), "--json")
    assert len(json.loads(capsys.readouterr().out)["contracts"]) == 2
    assert set(LogEntry.objects.filter(verb="create", source="import").values_list("actor", flat=True)) == {
        cast["boss"].pk
    }
    with pytest.raises(CommandError):
        call_command("import_contracts", str(file))
    with pytest.raises(CommandError):
        call_command("import_contracts", str(tmp_path / "none.csv"))
    with pytest.raises(CommandError):
        call_command("import_contracts", str(file), "--user", "outsider")


def test_a_failure_in_the_middle_leaves_nothing(cast, check, monkeypatch):
    job = check(as_csv([HEAD, *ROWS]))
    from production.importing import services

    calls = []
    real = services.create_contract

    def fails_second(**fields):
        calls.append(fields["number"])
        if len(calls) == 2:
            raise RuntimeError("power cut")
        return real(**fields)

    monkeypatch.setattr(services, "create_contract", fails_second)
    with pytest.raises(RuntimeError):
        run_import(job, actor=cast["boss"])
    assert not Contract.objects.filter(number__startswith="HT-2026-9").exists()
    assert not Task.objects.exists()
    job.refresh_from_db()
    assert job.state == ImportJob.State.CHECKED


def test_a_duration_is_worked_around_the_leave_of_whoever_does_it(cast, check):
    """设计 is 小张's: ten working days from 6 January 2026, of which he is away for one."""
    from orgchart.models import Leave

    away = date(2026, 1, 8)
    job = check(as_csv([HEAD, *ROWS]))
    usual = date.fromisoformat(job.payload["contracts"][0]["tasks"][0]["end"])
    Leave.objects.create(person=cast.people["staff.mech"], first=away, last=away)
    job = check(as_csv([HEAD, *ROWS]))
    design, fit = job.payload["contracts"][0]["tasks"]
    assert (usual, design["end"]) == (date(2026, 1, 19), "2026-01-20")
    assert fit["end"] == "2026-02-06"
