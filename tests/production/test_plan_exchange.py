"""Plans of contracts to MS Project and back."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.models import Contract
from erp.models import ImportJob, LogEntry
from production.interchange.exporting import export_plan, project_of
from production.interchange.mspdi_read import read
from production.interchange.services import check_plan, discard_plan, run_plan
from production.models import Baseline, Mode, Task, TaskDependency
from production.services import create_task, link_tasks
from production.services.baselines import take_baseline
from tests.cast import make_contract

MONDAY = date(2026, 3, 2)
REAL = Path(__file__).parent / "real_project.xml"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def plan(cast):
    """A small plan of `cast.own` with everything that both sides know."""
    boss, own = cast["boss"], cast.own

    def add(name, department, start, end, who=None, **fields):
        return create_task(
            own,
            actor=boss,
            department=cast.departments[department],
            name=name,
            planned_start=MONDAY + timedelta(days=start),
            planned_end=MONDAY + timedelta(days=end),
            assignee=cast.people[who] if who else None,
            **fields,
        )

    a = add("设计", "mechanical", 0, 4, "staff.mech", ends_noon=True, description="见图纸\n第二行")
    b = add("制作", "mechanical", 4, 9, "leader.mech", begins_afternoon=True, not_before=None, priority=4)
    c = add("接线", "electrical", 7, 11, "staff.elec", mode=Mode.FIXED, not_after=date(2026, 4, 1))
    d = add("编程", "software", 1, 2, mode=Mode.MANUAL, not_before=None, not_after=date(2026, 4, 30))
    e = add("预验收", "assembly", 14, 14, milestone=True, needs_acceptance=False, ends_noon=True)
    link_tasks(a, b, actor=boss)
    link_tasks(a, c, actor=boss, type="SS", lag=Decimal("2.5"))
    link_tasks(c, d, actor=boss, type="SF", lag=Decimal("-0.5"))
    link_tasks(b, e, actor=boss, type="FF", lag=Decimal(1))
    take_baseline(own, actor=boss, name="第一版")
    return [a, b, c, d, e]


def again(cast, data, who="boss", number="HT-COPY-1", **more):
    """The plan in `data` imported into a new contract."""
    contract = make_contract(cast, number=number)
    job = check_plan(contract, "plan.xml", data, actor=cast[who], **more)
    assert job.problems == []
    run_plan(job, contract, actor=cast[who])
    return contract


def same(cast, one, other):
    """The two plans as files know them; contracts differ in name and number."""
    from dataclasses import replace

    return replace(project_of(one, cast["boss"]), name="") == replace(
        project_of(other, cast["boss"]), name=""
    )


def test_a_plan_comes_back_as_it_went(cast, plan):
    copy = again(cast, export_plan(cast.own, actor=cast["boss"]))
    assert same(cast, cast.own, copy)
    names = ("name", "planned_start", "planned_end", "begins_afternoon", "ends_noon", "mode", "not_before",
             "not_before_afternoon", "not_after", "milestone", "priority", "description", "assignee_id",
             "department_id")  # fmt: skip
    found, wanted = (list(c.tasks.order_by("name").values_list(*names)) for c in (copy, cast.own))
    assert found == wanted
    links = TaskDependency.objects.filter(successor__contract=copy).values_list(
        "predecessor__name", "successor__name", "type", "lag"
    )
    assert set(links) == {
        ("设计", "制作", "FS", Decimal(0)),
        ("设计", "接线", "SS", Decimal("2.5")),
        ("接线", "编程", "SF", Decimal("-0.5")),
        ("制作", "预验收", "FF", Decimal(1)),
    }
    assert copy.baselines.get().tasks.count() == 5


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_plan_comes_back(cast, data):
    draw, boss = data.draw, cast["boss"]
    number = f"HT-ANY-{Contract.objects.count()}"  # a failing example leaves its contracts behind
    contract = make_contract(cast, number=number)
    tasks = []
    for nth in range(draw(st.integers(1, 5))):
        start = date(2026, 1, 5) + timedelta(days=draw(st.integers(0, 90)))
        length, milestone = draw(st.integers(0, 20)), draw(st.booleans())
        begins, noon = draw(st.booleans()), draw(st.booleans())
        if milestone or (length == 0 and begins and noon):
            begins = False
        early = draw(st.none() | st.integers(-5, 5).map(lambda n, s=start: s + timedelta(days=n)))
        tasks.append(
            create_task(
                contract,
                actor=boss,
                department=cast.departments[draw(st.sampled_from(["mechanical", "electrical"]))],
                name=f"任务 {nth}",
                planned_start=start,
                planned_end=start if milestone else start + timedelta(days=length),
                begins_afternoon=begins,
                ends_noon=noon,
                milestone=milestone,
                mode=draw(st.sampled_from(Mode.values)),
                not_before=early,
                not_before_afternoon=draw(st.booleans()),
                not_after=draw(st.none() | st.just(date(2026, 8, 3))),
                priority=draw(st.integers(1, 4)),
            )
        )
    for after, task in enumerate(tasks[1:], 1):
        link_tasks(
            tasks[draw(st.integers(0, after - 1))],
            task,
            actor=boss,
            type=draw(st.sampled_from(["FS", "SS", "FF", "SF"])),
            lag=Decimal(draw(st.integers(-40, 40))) / 10,
        )
    copy = again(cast, export_plan(contract, actor=boss), number=f"{number}-2")
    assert same(cast, contract, copy)


def test_progress_comes_along_and_done_only_where_one_may_pass(cast, plan):
    today = date(2026, 3, 20)
    Task.objects.filter(pk=plan[0].pk).update(
        status="done", progress=100, actual_start=MONDAY, actual_end=MONDAY + timedelta(days=4)
    )
    Task.objects.filter(pk=plan[2].pk).update(status="paused", progress=40, actual_start=MONDAY)
    data = export_plan(cast.own, actor=cast["boss"])
    assert today > MONDAY
    copy = again(cast, data)
    assert list(copy.tasks.order_by("id").values_list("status", "progress"))[:3] == [
        ("done", 100), ("not_started", 0), ("in_progress", 40)
    ]  # fmt: skip
    assert same(cast, cast.own, copy)
    by_manager = again(cast, data, who="pm", number="HT-COPY-2")
    assert by_manager.tasks.get(name="设计").status == "in_progress"


def test_the_dry_run_changes_nothing(cast, plan):
    data = export_plan(cast.own, actor=cast["boss"])
    contract = make_contract(cast, number="HT-COPY-3")
    before = (Task.objects.count(), Baseline.objects.count(), TaskDependency.objects.count())
    job = check_plan(contract, "plan.xml", data, actor=cast["boss"])
    assert (Task.objects.count(), Baseline.objects.count(), TaskDependency.objects.count()) == before
    assert len(job.payload["drafts"]) == 5
    discard_plan(job, actor=cast["boss"])
    with pytest.raises(Exception, match="finished"):
        run_plan(job, contract, actor=cast["boss"])


def test_a_real_file_becomes_tasks_of_our_departments(cast):
    contract = make_contract(cast, number="HT-REAL")
    job = check_plan(
        contract, "real.xml", REAL.read_bytes(), actor=cast["boss"], department=cast.departments["assembly"]
    )
    assert job.problems == []
    run_plan(job, contract, actor=cast["boss"])
    found = {
        task.name: (
            task.department.name,
            str(task.assignee or ""),
            str(task.planned_start),
            str(task.planned_end),
        )
        for task in contract.tasks.all()
    }
    assert found == {
        "总体方案": ("机械部", "小张", "2026-02-09", "2026-02-13"),
        "结构设计": ("机械部", "", "2026-02-24", "2026-03-04"),
        "原理图": ("电气部", "小刘", "2026-02-24", "2026-02-26"),
        "预验收": ("调试装配部", "", "2026-03-04", "2026-03-04"),
    }
    first = contract.tasks.get(name="总体方案")
    assert (first.description, first.progress, first.status) == ("先看现场\n再定方案", 100, "done")
    assert contract.tasks.get(name="原理图").ends_noon
    assert contract.tasks.get(name="预验收").milestone
    links = TaskDependency.objects.filter(successor__contract=contract)
    assert set(links.values_list("predecessor__name", "successor__name", "type", "lag")) == {
        ("总体方案", "结构设计", "FS", Decimal(0)),
        ("总体方案", "原理图", "FS", Decimal(0)),
        ("结构设计", "预验收", "FF", Decimal(0)),
    }
    notes = " ".join(ImportJob.objects.get(pk=job.pk).payload["notes"])
    assert "summary tasks" in notes
    assert "chosen one" in notes
    assert "nobody's work" in notes


def test_whoever_plans_one_department_imports_only_its_tasks(cast, plan):
    data = export_plan(cast.own, actor=cast["boss"])
    job = check_plan(cast.own, "plan.xml", data, actor=cast["leader.mech"])
    assert {p["column"] for p in job.problems} == {"接线", "编程", "预验收"}
    with pytest.raises(Exception, match="finished"):
        run_plan(job, cast.own, actor=cast["leader.mech"])
    with pytest.raises(Exception, match="plans for no department"):
        check_plan(cast.own, "plan.xml", data, actor=cast["staff.mech"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("<Name>设计</Name>", "<Name></Name>"), "name"),
        (("<Name>设计</Name>", f"<Name>{'长' * 201}</Name>"), "name"),
        (("<Start>2026-03-02T08:00:00</Start>", "<Start>1926-03-02T08:00:00</Start>"), "2000"),
        (("<Start>2026-03-02T08:00:00</Start>", "<Start>2026-04-02T08:00:00</Start>"), "before the start"),
        (("<Start>2026-03-02T08:00:00</Start>", ""), "no start"),
        (
            ("<PercentComplete>0<", "<ActualStart>2090-01-01T08:00:00</ActualStart><PercentComplete>0<"),
            "future",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_line_and_task(cast, plan, change, told):
    text = export_plan(cast.own, actor=cast["boss"]).decode()
    head, tail = text.split("<Name>设计</Name>")
    broken = head + ("<Name>设计</Name>" + tail).replace(*change, 1)
    job = check_plan(make_contract(cast, number="HT-BAD"), "bad.xml", broken.encode(), actor=cast["boss"])
    assert told in job.problems[0]["text"]
    assert job.problems[0]["row"] > 20


def test_a_circle_is_told(cast, plan):
    text = export_plan(cast.own, actor=cast["boss"]).decode()
    link = "<PredecessorLink><PredecessorUID>3</PredecessorUID><Type>1</Type></PredecessorLink></Task>"
    head, tail = text.split("<Name>设计</Name>")
    job = check_plan(
        make_contract(cast, number="HT-RING"), "ring.xml",
        (head + "<Name>设计</Name>" + tail.replace("</Task>", link, 1)).encode(), actor=cast["boss"],
    )  # fmt: skip
    assert "circle" in job.problems[0]["text"]


def test_a_broken_file_is_a_problem_not_a_crash(cast):
    job = check_plan(cast.own, "x.xml", b"<Project", actor=cast["boss"])
    assert "broken" in job.problems[0]["text"]
    assert job.payload["drafts"] == []


def test_a_file_that_was_imported_before_is_told(cast, plan):
    data = export_plan(cast.own, actor=cast["boss"])
    copy = again(cast, data)
    job = check_plan(copy, "plan.xml", data, actor=cast["boss"])
    assert "imported before" in job.payload["notes"][0]


def test_durations_stand_in_for_a_missing_finish(cast, plan):
    text = export_plan(cast.own, actor=cast["boss"]).decode()
    head, tail = text.split("<Name>设计</Name>")
    tail = tail.replace("<Finish>2026-03-06T12:00:00</Finish>", "", 1)
    copy = again(cast, f"{head}<Name>设计</Name>{tail}".encode())
    task = copy.tasks.get(name="设计")
    assert (str(task.planned_end), task.ends_noon) == ("2026-03-06", True)


def test_exports_are_audited_and_show_what_one_may_see(cast, plan):
    export_plan(cast.own, actor=cast["qc"])
    entry = LogEntry.objects.filter(verb="export").latest("pk")
    assert entry.additional_data["format"] == "mspdi"
    assert entry.contract_id == cast.own.pk
    with pytest.raises(Exception, match="may not"):
        export_plan(cast.own, actor=cast["staff.mech"])


def test_an_import_is_somebodys_deed(cast, plan):
    copy = again(cast, export_plan(cast.own, actor=cast["boss"]))
    entry = LogEntry.objects.filter(verb="create", object_repr="设计").latest("pk")
    assert (entry.source, entry.actor, entry.contract_id) == ("import", cast["boss"], copy.pk)


def test_an_export_asks_the_same_for_many_tasks(cast, plan, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        project_of(cast.own, cast["pm"])


def test_commands_go_there_and_back(cast, plan, tmp_path, capsys):
    file = tmp_path / "plan.xml"
    call_command("export_plan", cast.own.number, "--output", str(file))
    assert len(read(file.read_bytes()).entries) == 9
    copy = make_contract(cast, number="HT-COPY-9")
    call_command("import_plan", str(copy.pk), str(file), "--check", "--json")
    facts = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (facts["ready"], facts["tasks"]) == (5, [])
    assert not copy.tasks.exists()
    call_command("import_plan", copy.number, str(file))
    assert copy.tasks.count() == 5
    call_command("export_plan", copy.number)
    assert "设计" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("import_plan", "HT-NONE", "x.xml"),
        ("import_plan", "HT-OWN-1", "no-such-file.xml"),
        ("import_plan", "HT-OWN-1", __file__),
        ("import_plan", "HT-OWN-1", str(REAL), "--department", "没有部"),
        ("export_plan", "HT-NONE"),
        ("export_plan", "HT-OWN-1", "--user", "nobody"),
        ("export_plan", "HT-OWN-1", "--output", "/no/such/folder/x.xml"),
    ],
)
def test_commands_refuse_with_a_sentence(cast, words):
    with pytest.raises(CommandError):
        call_command(*words)
    assert not Task.objects.exists()
