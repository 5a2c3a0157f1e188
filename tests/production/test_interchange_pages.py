"""Pages that carry whole plans: MS Project files, task lists, templates, copies and calendar feeds.

Proves for each: it is looked at first and written once, on confirmation; whoever may not is refused; what
cannot be read gets a sentence; no value sent brings a page down; it speaks one language at a time.
"""

import html
import io
import re
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from contracts.services import remove_member
from erp.models import ImportJob, LogEntry
from erp.roles import Duty
from production.interchange.feed import renew_feed
from production.interchange.mspdi_read import read
from production.interchange.templates import save_template
from production.models import CalendarFeed, PlanTemplate, Task, TaskDependency
from production.services import cancel_task, link_tasks
from tests.cast import make_contract
from tests.erp.pages import get
from tests.production.test_task_list import HEAD, ROWS, as_csv, with_cell

MONDAY = date(2026, 3, 2)
PAGES = ("import", "list", "template", "clone")
#: What people, programmes and attackers send instead of a choice or a day.
JUNK = [
    *("", " ", "\x00", "-1", "0", "９", "999999999", str(2**63), "9" * 30, "NaN", "x" * 5000, "name' OR 1=1"),
    *("0000-00-00", "9999-12-31", "0001-01-01", "2026-02-30", "<script>alert(1)</script>", "{{ 7|add:7 }}"),
]


@pytest.fixture
def act(client, cast):
    """`act("pm", url, data)` posts as somebody."""

    def post(who, url, data=None, *, language="en", htmx=False):
        client.force_login(cast[who])
        client.cookies["django_language"] = language
        return client.post(url, data or {}, headers={"HX-Request": "true"} if htmx else {})

    return post


@pytest.fixture
def see(client, cast):
    """`see("pm", url)` is the text of a page that opens."""

    def text(who, url, language="en", **query):
        answer = get(client, cast[who], url, language=language, **query)
        assert answer.status_code == 200, url
        return html.unescape(answer.content.decode())

    return text


@pytest.fixture
def url(cast):
    """`url("import")`: a page about the plan of `cast.own`."""

    def url(part, contract=None):
        return f"/contracts/{(contract or cast.own).pk}/plan/{part}/"

    return url


@pytest.fixture
def upload(act, url):
    """`upload("pm", "import", data)` chooses a file and returns the answer."""

    def upload(who, part, data, *, name="计划.xml", contract=None, language="en", **more):
        sent = {"file": SimpleUploadedFile(name, data), **more}
        return act(who, url(part, contract), sent, language=language)

    return upload


def mspdi(*names, department="机械部", start="2026-03-02T08:00:00", finish="2026-03-06T17:00:00", more=""):
    """An MS Project file with tasks of one department, each waiting for the one before it."""
    tasks = [f"<Task><UID>100</UID><Name>{department}</Name><Summary>1</Summary></Task>"]
    for uid, name in enumerate(names, 1):
        link = f"<PredecessorLink><PredecessorUID>{uid - 1}</PredecessorUID></PredecessorLink>"
        tasks.append(
            f"<Task><UID>{uid}</UID><Name>{name}</Name><OutlineLevel>2</OutlineLevel><Start>{start}</Start>"
            f"<Finish>{finish}</Finish>{more}{link if uid > 1 else ''}</Task>"
        )
    space = 'xmlns="http://schemas.microsoft.com/project"'
    return f"<?xml version='1.0'?><Project {space}><Tasks>{''.join(tasks)}</Tasks></Project>".encode()


def as_xlsx(rows):
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def names(contract):
    return list(contract.tasks.order_by("position").values_list("name", flat=True))


@pytest.fixture
def plan(cast, make_task):
    """A small plan of `cast.own` over two departments, one task of it cancelled."""
    first = make_task(name="设计", planned_start=MONDAY, planned_end=MONDAY + timedelta(days=4))
    then = make_task(
        name="接线",
        department="electrical",
        who="staff.elec",
        planned_start=MONDAY + timedelta(days=7),
        planned_end=MONDAY + timedelta(days=8),
    )
    link_tasks(first, then, actor=cast["boss"])
    cancel_task(make_task(name="不做了"), actor=cast["boss"], reason="客户取消")
    return [first, then]


@pytest.fixture
def template(cast, plan):
    return save_template(cast.own, actor=cast["boss"], name="灌装线模板", note="常用")


@pytest.fixture
def fresh(cast):
    """Another contract with the same team, without tasks."""
    return make_contract(cast, number="HT-NEW-1")


# --- who comes in ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", PAGES)
@pytest.mark.parametrize(
    ("who", "status"), [("staff.mech", 403), ("qc", 403), ("outsider", 404), ("customer.a", 404)]
)
def test_who_plans_nothing_here_is_refused(cast, client, act, upload, url, part, who, status):
    assert get(client, cast[who], url(part)).status_code == status
    assert act(who, url(part), {"start": "2026-03-02"}).status_code == status
    if part in ("import", "list"):
        assert upload(who, part, mspdi("设计")).status_code == status
    assert not ImportJob.objects.exists()
    assert get(Client(), None, url(part)).status_code == 302
    assert get(client, cast["leader.mech"], url(part)).status_code == 200
    assert get(client, cast["leader.mech"], url(part, cast.foreign)).status_code == 404


def test_the_menu_offers_what_one_may_do(cast, see):
    here = f"/contracts/{cast.own.pk}/tasks/"
    every = ["template", "clone", "import", "list", "export", "template/save"]
    offered = {"boss": every, "pm": every[:-1], "leader.mech": every, "qc": every[4:], "staff.mech": []}
    for who, pages in offered.items():
        found = re.findall(
            rf'class="menu-item" href="/contracts/{cast.own.pk}/plan/([a-z/]+)/"', see(who, here)
        )
        assert found == pages, who


# --- plans from MS Project -------------------------------------------------------------------------------


def test_a_plan_is_looked_at_then_imported_once(cast, act, see, upload, url):
    answer = upload("leader.mech", "import", mspdi("设计", "制作"))
    job = answer["Location"]
    assert (answer.status_code, Task.objects.count()) == (302, 0)
    text = see("leader.mech", job)
    assert all(
        word in text for word in ("设计", "制作", "机械部", "6 Mar 2026", "2 tasks and 1 links are ready")
    )
    assert Task.objects.count() == 0
    done = act("leader.mech", job, {"deed": "import"})
    assert done["Location"] == f"/contracts/{cast.own.pk}/tasks/"
    assert names(cast.own) == ["设计", "制作"]
    assert TaskDependency.objects.get().successor.name == "制作"
    entry = LogEntry.objects.filter(verb="create", object_repr="设计").get()
    assert (entry.source, entry.actor, entry.contract_id) == ("import", cast["leader.mech"], cast.own.pk)
    for deed in ("import", "discard"):
        again = act("leader.mech", job, {"deed": deed})
        assert again.status_code == 422
        assert "finished" in again.content.decode()
    assert names(cast.own) == ["设计", "制作"]
    text = see("leader.mech", job)
    assert "2 tasks were imported." in text
    assert 'value="import"' not in text
    assert job in see("leader.mech", url("import"))
    same = upload("leader.mech", "import", mspdi("设计", "制作"))["Location"]
    assert "imported before" in see("leader.mech", same)


def test_numbers_out_of_range_are_read_as_the_nearest_that_makes_sense(cast, act, upload):
    odd = "<Duration>PT9999999H0M0S</Duration><PercentComplete>{}</PercentComplete>"
    for percent, progress in ((-7, 0), (999, 100)):
        job = upload("pm", "import", mspdi(f"任务 {percent}", more=odd.format(percent)))["Location"]
        assert act("pm", job, {"deed": "import"}).status_code == 302
        assert cast.own.tasks.get(name=f"任务 {percent}").progress == progress


def test_days_off_at_the_end_of_time_are_passed_over(cast, act, see, upload):
    period = "<FromDate>9999-12-{:02}T00:00:00</FromDate><ToDate>9999-12-31T23:59:00</ToDate>"
    rows = [
        f"<Exception><Type>1</Type><TimePeriod>{period.format(d)}</TimePeriod></Exception>" for d in (1, 31)
    ]
    calendar = f"<Calendars><Calendar><Exceptions>{''.join(rows)}</Exceptions></Calendar></Calendars>"
    data = mspdi("设计").replace(b"<Tasks>", f"{calendar}<Tasks>".encode())
    assert "1 tasks and 0 links are ready" in see("pm", upload("pm", "import", data)["Location"])


def test_a_discarded_plan_is_not_imported(act, see, upload, url):
    job = upload("pm", "import", mspdi("设计"))["Location"]
    assert act("pm", job, {"deed": "discard"})["Location"] == url("import")
    assert act("pm", job, {"deed": "import"}).status_code == 422
    assert "This import was discarded." in see("pm", job)
    assert not Task.objects.exists()


@pytest.mark.parametrize("part", ["import", "list"])
def test_a_file_is_nobody_elses(cast, client, act, upload, part, fresh):
    data = mspdi("设计") if part == "import" else as_csv([HEAD, ROWS[0]])
    job = upload("leader.mech", part, data)["Location"]
    for who in ("boss", "admin", "pm", "leader.elec", "staff.mech", "outsider", "customer.a"):
        assert get(client, cast[who], job).status_code == 404
        assert act(who, job, {"deed": "import"}).status_code == 404
    elsewhere = job.replace(f"/{cast.own.pk}/", f"/{fresh.pk}/", 1)
    other = job.replace("/import/", "/list/") if part == "import" else job.replace("/list/", "/import/")
    for wrong in (elsewhere, other):
        assert act("leader.mech", wrong, {"deed": "import"}).status_code == 404
    assert not Task.objects.exists()


@pytest.mark.parametrize("part", ["import", "list"])
def test_a_right_lost_meanwhile_stops_the_import(cast, act, upload, part):
    data = mspdi("设计") if part == "import" else as_csv([HEAD, ROWS[0]])
    job = upload("leader.mech", part, data)["Location"]
    member = cast.own.team.get(person=cast.people["leader.mech"], duty=Duty.LEADER)
    remove_member(member, actor=cast["boss"])
    assert act("leader.mech", job, {"deed": "import"}).status_code in (403, 404)
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (mspdi("设计")[:-20], "broken or cut off"),
        (b"<Project><Tasks/></Project>", "no MS Project file"),
        (b"\x00" * 50, "broken"),
        (b"PK\x03\x04mpp", "Save as"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9, "Save as"),
        (b"<html><body>x</body></html>", "no MS Project file"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><Project/>', "entities"),
        (mspdi("设计").replace("设计".encode(), b"\xff\xfe"), "broken"),
        (mspdi(), "no tasks"),
        (mspdi("设计", department="外星部"), "choose one"),
        (mspdi("设计", start="0000-00-00", finish="x"), "no valid"),
        (mspdi("设计", start="0001-01-01T00:00:00", finish="0001-01-01T08:00:00"), "2000"),
        (mspdi("设计", start="9999-12-30T08:00:00", finish="9999-12-31T23:59:59"), "2100"),
        (mspdi("设计", start="9999-12-31T08:00:00", finish="", more="<Duration>PT800H0M0S</Duration>"), ""),
        (mspdi("设计", more="<Deadline>0001-01-01T00:00:00</Deadline>"), ""),
        (mspdi("设计", more="<ActualFinish>0001-01-01T00:00:00</ActualFinish>"), ""),
        (mspdi("设计", more="<ActualStart>9999-12-31T23:59:59</ActualStart>"), "future"),
    ],
)
def test_a_wrong_plan_gets_a_sentence_and_is_not_imported(act, see, upload, data, told):
    job = upload("pm", "import", data)["Location"]
    text = see("pm", job)
    assert "needs correction" in text or "need correction" in text
    assert told in text
    assert 'value="import"' not in text
    refused = act("pm", job, {"deed": "import"})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.content.decode()
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("part", "most", "told"), [("import", 20, "larger than 20 MB"), ("list", 10, "larger than 10 MB")]
)
def test_no_file_and_too_large_files_are_refused_at_once(act, upload, url, part, most, told):
    assert act("pm", url(part)).status_code == 422
    assert act("pm", url(part), {"file": "計画.xml"}).status_code == 422
    answer = upload("pm", part, b"x" * (most * 1024 * 1024 + 1))
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize("junk", JUNK)
def test_junk_about_a_plan_is_refused(act, upload, junk):
    assert upload("pm", "import", mspdi("设计"), department=junk).status_code in (302, 422)
    job = upload("pm", "import", mspdi("设计"))["Location"]
    assert act("pm", job, {"deed": junk}).status_code == 422
    assert not Task.objects.exists()


def test_a_leader_imports_for_the_own_department_only(cast, act, see, upload):
    job = upload("leader.mech", "import", mspdi("接线", department="电气部"))["Location"]
    assert "you do not plan for its department" in see("leader.mech", job)
    assert act("leader.mech", job, {"deed": "import"}).status_code == 422
    foreign = {"department": cast.departments["electrical"].pk}
    assert upload("leader.mech", "import", mspdi("接线"), **foreign).status_code == 422
    unknown = upload("leader.mech", "import", mspdi("钳工", department="外星部"), department="")["Location"]
    assert act("leader.mech", unknown, {"deed": "import"}).status_code == 422
    chosen = {"department": cast.departments["mechanical"].pk}
    job = upload("leader.mech", "import", mspdi("钳工", department="外星部"), **chosen)["Location"]
    assert act("leader.mech", job, {"deed": "import"}).status_code == 302
    assert cast.own.tasks.get().department == cast.departments["mechanical"]


@pytest.mark.parametrize("part", PAGES)
def test_a_frozen_contract_takes_no_plan(cast, act, see, upload, url, template, part):
    before, pk = Task.objects.count(), cast.archived.pk
    if part in ("import", "list"):
        data = mspdi("设计") if part == "import" else as_csv([HEAD, ROWS[0]])
        job = upload("boss", part, data, contract=cast.archived)["Location"]
        assert "is read-only" in see("boss", job)
        refused = act("boss", job, {"deed": "import"})
    else:
        sent = {"template": template.pk, "source": cast.own.number, "start": "2026-03-02"}
        refused = act("boss", url(part, cast.archived), sent)
        assert "is read-only" in refused.content.decode()
    assert refused.status_code == 422
    assert (Task.objects.count(), Task.objects.filter(contract=pk).count()) == (before, 0)


# --- plans for MS Project --------------------------------------------------------------------------------


def test_the_export_is_a_file_of_what_one_may_see(cast, client, plan, make_task):
    make_task(cast.foreign, name="别人的任务", who=None)
    answer = get(client, cast["qc"], f"/contracts/{cast.own.pk}/plan/export/")
    assert answer["Content-Type"] == "application/xml; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="HT-OWN-1.xml"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    found = [entry.name for entry in read(answer.content).entries]
    assert found == ["机械部", "设计", "电气部", "接线"]
    entry = LogEntry.objects.get(verb="export")
    assert (entry.actor, entry.contract_id, entry.additional_data["format"]) == (
        cast["qc"],
        cast.own.pk,
        "mspdi",
    )
    for who, status in (("staff.mech", 403), ("outsider", 404), ("customer.a", 404)):
        assert get(client, cast[who], f"/contracts/{cast.own.pk}/plan/export/").status_code == status
    assert get(client, cast["qc"], f"/contracts/{cast.foreign.pk}/plan/export/").status_code == 404
    assert LogEntry.objects.filter(verb="export").count() == 1


def test_what_was_exported_is_imported_elsewhere(cast, client, act, upload, plan, fresh):
    data = get(client, cast["pm"], f"/contracts/{cast.own.pk}/plan/export/").content
    job = upload("pm", "import", data, contract=fresh)["Location"]
    assert act("pm", job, {"deed": "import"}).status_code == 302
    assert names(fresh) == ["设计", "接线"]


def test_a_contract_without_tasks_is_exported_too(cast, client, see, upload, fresh):
    data = get(client, cast["pm"], f"/contracts/{fresh.pk}/plan/export/").content
    assert "The file has no tasks." in see("pm", upload("pm", "import", data, contract=fresh)["Location"])


def test_the_name_of_the_file_holds_any_number(cast, client):
    type(cast.own).objects.filter(pk=cast.own.pk).update(number='合同"1/2\\')
    named = get(client, cast["pm"], f"/contracts/{cast.own.pk}/plan/export/")["Content-Disposition"]
    assert named.startswith("attachment; filename*=utf-8''%E5%90%88%E5%90%8C%221")


# --- task lists ------------------------------------------------------------------------------------------

#: A list whose headings nobody knows, and what they mean.
STRANGE = [
    ["干什么", "谁管", "从", "几天"],
    ["设计", "机械部", "2026-03-02", "5"],
    ["制作", "机械部", "2026-03-09", "2"],
]
MEANT = {"c0": "name", "c1": "department", "c2": "start", "c3": "days"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("清单.xlsx", as_xlsx(STRANGE)),
        ("清单.csv", as_csv(STRANGE, "gbk")),
        ("清单.csv", as_csv(STRANGE, "utf-8-sig")),
    ],
)
def test_columns_are_chosen_looked_at_imported_and_remembered(cast, act, see, upload, name, data):
    job = upload("pm", "list", data, name=name)["Location"]
    text = see("pm", job)
    assert all(
        word in text for word in ("干什么", "谁管", "2026-03-02", "choose the column of the task name")
    )
    assert 'value="import"' not in text
    assert act("pm", job, {"deed": "map", **MEANT})["Location"] == job
    text = see("pm", job)
    assert "2 tasks and 0 links are ready" in text
    assert '<option value="days" selected>' in text
    assert not Task.objects.exists()
    assert act("pm", job, {"deed": "import"})["Location"] == f"/contracts/{cast.own.pk}/tasks/"
    assert names(cast.own) == ["设计", "制作"]
    assert cast.own.tasks.get(name="制作").planned_end == date(2026, 3, 10)
    assert LogEntry.objects.filter(verb="create", source="import", actor=cast["pm"]).count() == 2
    for deed in ("import", "map", "discard"):
        assert act("pm", job, {"deed": deed, **MEANT}).status_code == 422
    assert Task.objects.count() == 2
    text = see("pm", upload("pm", "list", data, name=name)["Location"])
    assert "2 tasks and 0 links are ready" in text
    assert "imported before" in text
    assert "choose the column" in see("boss", upload("boss", "list", data, name=name)["Location"])


@pytest.mark.parametrize(
    ("row", "head", "value", "told"),
    [
        (0, "任务名称", "", "is missing"),
        (0, "部门", "没有部", "no department"),
        (1, "负责人员", "没有人", "no active person"),
        (0, "开始日期", "2026-02-30", "no date"),
        (0, "开始日期", "0000-00-00", "no date"),
        (0, "开始日期", "9999-12-31", ""),
        (0, "开始日期", "0001-01-01", ""),
        (0, "工期", "2.3", "steps of 0.5"),
        (1, "前置任务", "9", "no task"),
        (0, "备注", "#REF!", "#REF!"),
    ],
)
def test_what_is_wrong_in_a_list_is_told_at_its_cell(act, see, upload, row, head, value, told):
    job = upload("boss", "list", as_csv(with_cell(row, head, value)), name="清单.csv")["Location"]
    rows = re.findall(r'<tr><td class="num".*?</tr>', see("boss", job).split("What is wrong", 1)[1])
    assert any(f">{row + 2}<" in r and head in r and told in r for r in rows), rows
    assert act("boss", job, {"deed": "import"}).status_code == 422
    assert not Task.objects.exists()


@pytest.mark.parametrize("data", [b"", b"\x00" * 50, b"PK\x03\x04x", b"%PDF-1.4", b"\n\n", b'"open,1\n2'])
def test_a_file_that_is_no_list_gets_a_sentence(act, see, upload, data):
    job = upload("pm", "list", data, name="x.csv")["Location"]
    assert "correction" in see("pm", job)
    for sent in ({"deed": "import"}, {"deed": "map", **MEANT}, {"deed": "map", "c0": "note"}):
        assert act("pm", job, sent).status_code in (302, 422)
        assert "correction" in see("pm", job)
    assert not Task.objects.exists()


@pytest.mark.parametrize("junk", JUNK)
def test_junk_about_columns_imports_nothing(act, see, upload, junk):
    job = upload("pm", "list", as_csv(STRANGE), name="清单.csv")["Location"]
    for sent in (
        dict.fromkeys(MEANT, junk),
        {**MEANT, "department": junk},
        {**MEANT, "deed": junk},
        {**MEANT, "c3": junk, "c999": "note", f"c{'9' * 30}": "end", "c²": "ref", "c": "x"},
        {**MEANT, "deed": ["map", junk], "c0": ["name", junk]},
    ):
        assert act("pm", job, {"deed": "map", **sent}).status_code in (302, 422)
        see("pm", job)
    assert not Task.objects.exists()


def test_one_meaning_for_two_columns_is_told_but_may_be_discarded(act, see, upload, url):
    job = upload("pm", "list", as_csv(STRANGE), name="清单.csv")["Location"]
    twice = {**MEANT, "c3": "start"}
    answer = act("pm", job, {"deed": "map", **twice})
    assert answer.status_code == 422
    assert "Chosen for another column already." in answer.content.decode()
    assert act("pm", job, {"deed": "discard", **twice})["Location"] == url("list")
    assert "This import was discarded." in see("pm", job)


def test_a_leaders_list_needs_no_department_and_takes_no_other(cast, act, see, upload):
    rows = [["任务", "开始", "工期"], ["设计", "2026-03-02", "1.5"]]
    job = upload("leader.mech", "list", as_csv(rows), name="清单.csv")["Location"]
    act("leader.mech", job, {"deed": "import"})
    assert cast.own.tasks.get().department == cast.departments["mechanical"]
    job = upload("leader.mech", "list", as_csv([HEAD, *ROWS]), name="清单.csv")["Location"]
    assert "you do not plan for this department" in see("leader.mech", job)
    assert act("leader.mech", job, {"deed": "import"}).status_code == 422
    sent = {"deed": "map", **MEANT, "department": cast.departments["electrical"].pk}
    assert act("leader.mech", job, sent).status_code == 422
    assert Task.objects.count() == 1


# --- templates -------------------------------------------------------------------------------------------


def hidden(text):
    """What the form of the confirmation holds, as a browser sends it."""
    form = text.split('<form class="form form-card wide" method="post"')[1].split("</form>")[0]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    return {name: value for name, value in fields.items() if name != "csrfmiddlewaretoken"}


def test_a_plan_is_saved_listed_shown_put_away_and_back(cast, act, see, url, plan):
    first, then = plan
    text = see("leader.mech", url("template/save"))
    assert "设计" in text
    assert "不做了" not in text
    sent = {"name": "灌装线模板", "note": "常用", "tasks": [first.pk, then.pk]}
    here = act("leader.mech", url("template/save"), sent)["Location"]
    saved = PlanTemplate.objects.get()
    assert here == f"/plan-templates/{saved.pk}/"
    assert LogEntry.objects.filter(verb="make_template", actor=cast["leader.mech"]).exists()
    assert "灌装线模板" in see("pm", "/plan-templates/")
    text = see("pm", here)
    assert [w for w in ("设计", "接线", "机械", "常用") if w not in see("pm", here, language="zh-hans")] == []
    assert "Put template away" not in text
    assert "Put template away" in see("leader.mech", here)
    assert act("leader.mech", f"{here}deactivate/")["Location"] == here
    assert "Offer template again" in see("leader.mech", here)
    assert "put away" in see("pm", "/plan-templates/")
    assert "灌装线模板" not in see("pm", url("template"))
    refused = act("pm", url("template"), {"template": saved.pk, "start": "2026-03-02"})
    assert refused.status_code == 422
    act("leader.mech", f"{here}activate/")
    assert "灌装线模板" in see("pm", url("template"))


def test_a_template_leaves_out_what_was_not_chosen(cast, act, url, plan):
    act("boss", url("template/save"), {"name": "半个", "tasks": [plan[1].pk]})
    assert list(PlanTemplate.objects.get().tasks.values_list("name", flat=True)) == ["接线"]
    assert not PlanTemplate.objects.get().links.exists()


def test_a_name_that_is_taken_is_told_and_not_given_back(cast, act, see, url, plan, template):
    here = f"/plan-templates/{template.pk}/"
    taken = {"name": template.name, "tasks": [plan[0].pk]}
    answer = act("boss", url("template/save"), taken, htmx=True)
    assert answer.status_code == 422
    assert "<html" not in (text := html.unescape(answer.content.decode()))
    assert f"There is a template “{template.name}” already." in text
    act("boss", f"{here}deactivate/")
    assert act("boss", url("template/save"), taken).status_code == 302
    act("boss", f"{here}activate/")
    text = see("boss", here)
    assert f"There is a template “{template.name}” already." in text
    assert "is offered again" not in text
    assert "This template is put away" in text


@pytest.mark.parametrize("junk", JUNK)
def test_junk_makes_no_template(cast, act, url, plan, make_task, junk):
    foreign = make_task(cast.foreign, who=None)
    for sent in (
        {"name": "x", "tasks": [junk]},
        {"name": "x", "tasks": [plan[0].pk, foreign.pk]},
        {"name": "x"},
        {"name": "x" * 81, "tasks": [plan[0].pk]},
        {"name": "x", "note": "x" * 301, "tasks": [plan[0].pk]},
        {"name": "\x00", "tasks": [plan[0].pk]},
    ):
        assert act("boss", url("template/save"), sent).status_code == 422
    assert not PlanTemplate.objects.exists()


def test_who_makes_templates_and_who_reads_them(cast, client, act, url, plan, template):
    here = f"/plan-templates/{template.pk}/"
    for who, status in (("pm", 403), ("staff.mech", 403), ("outsider", 404), ("customer.a", 404)):
        assert get(client, cast[who], url("template/save")).status_code == status
        assert act(who, url("template/save"), {"name": "x", "tasks": [plan[0].pk]}).status_code == status
    for who, status in (("pm", 403), ("outsider", 403), ("customer.a", 404)):
        for deed in ("deactivate", "activate"):
            assert act(who, f"{here}{deed}/").status_code == status
    for address in ("/plan-templates/", here):
        assert get(client, cast["outsider"], address).status_code == 200
        assert get(client, cast["customer.a"], address).status_code == 404
    assert get(client, cast["boss"], f"{here}deactivate/").status_code == 405
    for unknown in (0, 999999999, 2**63):
        assert get(client, cast["boss"], f"/plan-templates/{unknown}/").status_code == 404
        assert act("boss", f"/plan-templates/{unknown}/activate/").status_code == 404
    assert list(PlanTemplate.objects.values_list("active", flat=True)) == [True]


def test_a_template_is_looked_at_then_applied(cast, act, see, url, template, fresh):
    here = url("template", fresh)
    assert "灌装线模板" in see("pm", here)
    text = see("pm", here, template=template.pk, start="2026-02-12")
    found = [w for w in ("2 tasks would be added.", "设计", "12 Feb 2026", "25 Feb 2026") if w not in text]
    assert found == []
    assert names(fresh) == []
    done = act("pm", here, hidden(text))
    assert done["Location"] == f"/contracts/{fresh.pk}/tasks/"
    assert names(fresh) == ["设计", "接线"]
    assert fresh.tasks.get(name="接线").planned_start == date(2026, 2, 26)
    entry = LogEntry.objects.get(verb="create", object_repr="接线", contract_id=fresh.pk)
    assert (entry.source, entry.actor) == ("import", cast["pm"])


def test_a_leader_applies_a_template_to_the_own_department(cast, act, see, url, template, fresh):
    here = url("template", fresh)
    text = see("leader.mech", here, template=template.pk, start="2026-03-02")
    assert "1 task would be added." in text
    sent = hidden(text)
    electrical = {"place_electrical": cast.departments["electrical"].pk}
    assert act("leader.mech", here, {**sent, **electrical}).status_code == 422
    assert names(fresh) == []
    act("leader.mech", here, sent)
    assert names(fresh) == ["设计"]
    nothing = {"template": template.pk, "start": "2026-03-02", "place_mechanical": "", "place_electrical": ""}
    assert "Nothing of it" in see("leader.mech", here, **nothing)
    answer = act("leader.mech", here, nothing)
    assert answer.status_code == 422
    assert "Choose a department for at least one task." in answer.content.decode()


@pytest.mark.parametrize("junk", JUNK)
def test_junk_about_templates_and_copies_adds_nothing(cast, client, act, url, template, fresh, junk):
    good = {"template": template.pk, "source": cast.own.number, "start": "2026-03-02"}
    for part, name in (("template", "template"), ("clone", "source")):
        for wrong in ({"start": junk}, {name: junk}, {name: junk, "start": junk}):
            sent = {**good, **wrong}
            assert act("pm", url(part, fresh), sent).status_code == 422
            assert act("pm", url(part, fresh), sent, htmx=True).status_code == 422
            assert client.get(url(part, fresh), sent).status_code == 200
    sent = {**good, "place_mechanical": junk, "place_magic": junk}
    assert act("pm", url("template", fresh), sent).status_code == (422 if junk else 302)
    assert "设计" not in names(fresh)


@pytest.mark.parametrize("part", ["template", "clone"])
def test_a_plan_for_the_last_days_of_the_calendar_is_told(cast, act, see, url, template, fresh, part):
    sent = {"template": template.pk, "source": cast.own.number, "start": "2100-12-31"}
    assert "error" in see("pm", url(part, fresh), **sent)
    assert act("pm", url(part, fresh), sent).status_code == 422
    sent["start"] = "2090-12-01"
    assert "2 tasks would be added." in see("pm", url(part, fresh), **sent)
    assert act("pm", url(part, fresh), sent).status_code == 302
    for number, name in enumerate(("设计", "接线")):
        start = MONDAY + timedelta(days=3600 * number)
        stored = Task.objects.filter(contract=cast.own, name=name)
        stored.update(planned_start=start, planned_end=start + timedelta(days=3599))
    sent["template"] = save_template(cast.own, actor=cast["boss"], name="十年").pk
    assert "2 tasks would be added." in see("pm", url(part, fresh), **sent)
    answer = act("pm", url(part, fresh), sent)
    assert answer.status_code == 422
    assert "Plans lie between the years 2000 and 2100." in answer.content.decode()
    assert len(names(fresh)) == 2


# --- copies ----------------------------------------------------------------------------------------------


def test_one_copies_from_contracts_whose_tasks_one_may_see(cast, act, see, url, plan, fresh, make_task):
    make_task(cast.foreign, name="别人的任务", who=None)
    here = url("clone", fresh)
    for who, offered in (
        ("pm", {"HT-OWN-1", "HT-ARCHIVED-1"}),
        ("leader.mech", {"HT-OWN-1", "HT-ARCHIVED-1"}),
    ):
        assert set(re.findall(r'<option value="(HT[^"]+)">', see(who, here))) == offered
    assert '<option value="HT-FOREIGN-1">' in see("boss", here)
    for number in ("HT-FOREIGN-1", "HT-NEW-1", "HT-NONE", "' OR 1=1"):
        sent = {"source": number, "start": "2026-03-02"}
        text = see("pm", here, **sent)
        assert "There is no other contract of this number" in text
        assert "别人的任务" not in text
        assert act("pm", here, sent).status_code == 422
    assert names(fresh) == []


def test_a_copy_is_looked_at_then_added(cast, act, see, url, plan, fresh):
    here = url("clone", fresh)
    text = see("pm", here, source="ｈｔ-own-1 ", start="2026-02-12")
    assert [w for w in ("2 tasks would be added.", "12 Feb 2026", "接线") if w not in text] == []
    assert names(fresh) == []
    assert act("pm", here, hidden(text))["Location"] == f"/contracts/{fresh.pk}/tasks/"
    assert names(fresh) == ["设计", "接线"]
    entry = LogEntry.objects.get(verb="create", object_repr="设计", contract_id=fresh.pk)
    assert (entry.source, entry.actor) == ("import", cast["pm"])
    assert cast.own.number not in entry.reason  # its readers may not know of that contract
    act("leader.mech", here, {"source": cast.own.number, "start": "2026-03-02"})
    assert names(fresh) == ["设计", "接线", "设计"]


# --- calendar feeds --------------------------------------------------------------------------------------


def test_an_address_is_made_shown_renewed_and_closed(cast, act, see, make_task):
    make_task(name="我的任务")
    make_task(name="别人的任务", who="leader.mech")
    reader = Client()

    def address():
        found = re.search(r'value="[^"]*(/calendar/feed/[^"]+\.ics)"', see("staff.mech", "/calendar/feed/"))
        return found and found[1]

    assert "/calendar/feed/" in see("staff.mech", "/tasks/mine/")
    assert address() is None
    assert act("staff.mech", "/calendar/feed/renew/")["Location"] == "/calendar/feed/"
    first = address()
    answer = reader.get(first)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert set(answer["Cache-Control"].split(", ")) >= {"private", "no-store"}
    assert answer["X-Content-Type-Options"] == "nosniff"
    told = [str(event["SUMMARY"]) for event in Calendar.from_ical(answer.content).walk("VEVENT")]
    assert told == [f"我的任务 · {cast.own.number}"]
    act("staff.mech", "/calendar/feed/renew/")
    assert reader.get(first).status_code == 404
    second = address()
    assert reader.get(second).status_code == 200
    assert reader.post(second).status_code == 405
    act("staff.mech", "/calendar/feed/revoke/")
    assert reader.get(second).status_code == 404
    assert address() is None
    assert "Your address is closed." in see("staff.mech", "/calendar/feed/")
    act("staff.mech", "/calendar/feed/revoke/")
    act("staff.mech", "/calendar/feed/renew/")
    third = address()
    assert reader.get(third).status_code == 200
    type(cast["staff.mech"]).objects.filter(username="staff.mech").update(is_active=False)
    assert reader.get(third).status_code == 404


def test_the_address_is_nobody_elses(cast, client, act, see):
    renew_feed(actor=cast["staff.mech"])
    for who in ("boss", "admin", "leader.mech"):
        assert ".ics" not in see(who, "/calendar/feed/")
        act(who, "/calendar/feed/revoke/")
    assert CalendarFeed.objects.get().revoked_at is None
    assert "no-store" in get(client, cast["staff.mech"], "/calendar/feed/")["Cache-Control"]
    for address in ("/calendar/feed/", "/calendar/feed/renew/", "/calendar/feed/revoke/"):
        assert get(client, cast["customer.a"], address).status_code == 404
        assert get(Client(), None, address).status_code == 302
    assert get(client, cast["boss"], "/calendar/feed/renew/").status_code == 405
    for junk in ("x", "x.y", "..", "%00", "x" * 3000, "a.b.c", "％"):
        assert Client().get(f"/calendar/feed/{junk}.ics").status_code == 404


# --- every page ------------------------------------------------------------------------------------------


ENGLISH = "No.,Task,Department,Assignee,Start,Finish,Duration,Predecessors,Milestone,Note".split(",")


@pytest.fixture
def every(cast, upload, url, plan, template, fresh):
    """All pages, filled, in the language asked for: address → what it is."""
    template_pk = template.pk

    def every(language):
        sent, chinese = {"language": language, "contract": fresh}, language == "zh-hans"
        renew_feed(actor=cast["pm"])
        look = f"start=2026-03-02&template={template_pk}&source={cast.own.number}"
        return [
            *(url(part, fresh) for part in PAGES),
            *(f"{url(part, fresh)}?{look}" for part in ("template", "clone")),
            upload("pm", "import", mspdi("设计", "制作"), **sent)["Location"],
            upload("pm", "import", mspdi("设计", department="外星部"), **sent)["Location"],
            upload("pm", "list", as_csv(STRANGE if chinese else [["what", "who"], *STRANGE[1:]]), **sent)[
                "Location"
            ],
            upload("pm", "list", as_csv([HEAD if chinese else ENGLISH, *ROWS]), **sent)["Location"],
            "/plan-templates/",
            f"/plan-templates/{template_pk}/",
            "/calendar/feed/",
        ]

    return every


#: What stands in front of people: headings, labels, buttons, help.
SHOWN = re.compile(
    r'<(?:title|h1|h2|th|legend|label|button|strong|p|li|summary|option|a class="btn|span class="chip)'
    r"(?:[\s\"][^>]*)?>(.*?)</",
    re.DOTALL,
)
#: Names of ours, which stay as they are written.
OURS = "设计|制作|接线|编程|预验收|灌装线模板|灌装线|常用|外星部|见图纸|计划\\.xml|小张|小刘|HT-\\w+-\\d"
#: Words that are written like this in every language.
WORLD = re.compile(r"MS Project|XML|CSV|xlsx|UTF|GBK|MB|SS|FF|AM")
CJK, LATIN = re.compile("[\u4e00-\u9fff]+"), re.compile("[A-Za-z]{2,}")


@pytest.mark.parametrize(("language", "other"), [("en", CJK), ("zh-hans", LATIN)])
def test_every_page_speaks_one_language(cast, see, every, language, other):
    ours = re.compile("|".join([OURS, *(department.name for department in cast.departments.values())]))
    for address in every(language):
        text = see("pm", address, language=language)
        text = text.split("<title>")[1].split("</title>")[0] + text.split("<main")[1].split("</main>")[0]
        shown = [re.sub("<[^>]*>", "", found).strip() for found in SHOWN.findall(text)]
        bare = [WORLD.sub("", ours.sub("", words)) for words in shown]
        assert [words for words in bare if other.search(words)] == [], address
        assert len(shown) > 4


def queries(client, user, address):
    client.force_login(user)
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_lists_ask_as_much_for_three_rows_as_for_one(cast, client, upload, url, make_task, fresh):
    """Templates, one template, last imports, contracts to copy from, and all looks at plans."""
    make_task(name="任务 0")
    few = save_template(cast.own, actor=cast["boss"], name="一项")
    one_task = upload("pm", "import", mspdi("任务 0"), contract=fresh)["Location"]
    one_row = upload("pm", "list", as_csv([HEAD, ROWS[0]]), contract=fresh, name="清单.csv")["Location"]
    lists = ["/plan-templates/", *(url(part, fresh) for part in ("import", "list", "clone", "template"))]
    look = f"{url('clone', fresh)}?start=2026-03-02&source={cast.own.number}"
    before = {address: queries(client, cast["pm"], address) for address in (*lists, look)}
    link_tasks(Task.objects.get(), make_task(name="任务 1", who="leader.mech"), actor=cast["boss"])
    make_task(name="任务 2")
    many = save_template(cast.own, actor=cast["boss"], name="三项")
    make_task(name="任务 3", who="staff.elec", department="electrical")
    save_template(cast.own, actor=cast["boss"], name="又三项")
    three = upload("pm", "import", mspdi("任务 0", "任务 1", "任务 2"), contract=fresh)["Location"]
    rows = upload("pm", "list", as_csv([HEAD, *ROWS]), contract=fresh, name="清单.csv")["Location"]
    for part in ("import", "list"):
        upload("pm", part, b"", contract=fresh)
    for number in ("HT-NEW-2", "HT-NEW-3"):
        make_contract(cast, number=number)
    assert {address: queries(client, cast["pm"], address) for address in before} == before
    applied = f"{url('template', fresh)}?start=2026-03-02&template="
    for one, three_of_it in (
        (f"/plan-templates/{few.pk}/", f"/plan-templates/{many.pk}/"),
        (one_task, three),
        (one_row, rows),
        (f"{applied}{few.pk}", f"{applied}{many.pk}"),
    ):
        assert queries(client, cast["pm"], one) == queries(client, cast["pm"], three_of_it), three_of_it
