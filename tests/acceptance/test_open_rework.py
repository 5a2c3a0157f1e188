"""Rework that is not finished: told before a level is passed or applied for again, and passed knowingly."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from acceptance import services
from acceptance.models import Acceptance, AcceptanceStep
from acceptance.services import Defect
from erp.models import LogEntry
from erp.workflow import Blocked
from production.models import Task
from production.services import create_rework_task, create_task, start_task, submit_task
from tests.acceptance.conftest import step_of, submitted
from tests.acceptance.test_pages import marks
from tests.documents.helpers import link_row, put, row

TICK = "我知道返工尚未完成"


@pytest.fixture
def mended(cast, make_task):
    """小张's task, which came back with rework for his department and for the electrical one, and was
    submitted again before either was begun."""
    found = submitted(make_task(), cast["staff.mech"])
    defects = [
        Defect("焊缝气孔", department=cast.departments["mechanical"], rework=True),
        Defect("线号错误", department=cast.departments["electrical"], rework=True),
    ]
    services.reject_step(step_of(found), actor=cast["leader.mech"], reason="两项问题", defects=defects)
    submit_task(Task.objects.get(pk=found.task_id), actor=cast["staff.mech"], despite_rework=True)
    return Acceptance.objects.get(pk=found.pk)


def rejected_whole(cast, of_contract, decide, by="customer.a"):
    """FAT that its last level sent back, with rework in the electrical plan."""
    found = decide(decide(of_contract, by="admin"), by="qc")
    services.reject_step(step_of(found), actor=cast[by], reason="产量不足")
    step = AcceptanceStep.objects.get(round=found.round, level=3)
    task = create_rework_task(
        cast.own, actor=cast["pm"], department=cast.departments["electrical"], name="返工：产量不足"
    )
    step.defects.create(text="产量不足", task=task)
    return Acceptance.objects.get(pk=found.pk), task


def test_whoever_passes_is_told_which_rework_is_open_and_says_that_they_know(cast, mended, sign_in):
    url = reverse("acceptance:acceptance", args=[mended.pk])
    text = sign_in("boss").get(url).content.decode()
    first, second = Task.objects.filter(rework_of=mended.task).order_by("id")
    for task in (first, second):
        assert f'<li><a href="{task.get_absolute_url()}">{task.name}</a>' in text
    assert TICK in text
    client, send = sign_in("leader.mech"), reverse("acceptance:pass", args=[mended.pk])
    step = step_of(mended)
    answer = client.post(send, {"version": step.version})
    assert answer.status_code == 422
    assert "返工尚未完成：请先完成返工" in answer.content.decode()
    assert step_of(mended).version == step.version
    assert client.post(send, {"version": step.version, "despite_rework": "on"}).status_code == 302
    assert step_of(mended).level == 2
    deed = LogEntry.objects.filter(verb="pass_step", object_id=step.pk).latest("pk")
    assert first.name in deed.reason
    assert first.name not in AcceptanceStep.objects.get(pk=step.pk).history.first().history_change_reason
    with pytest.raises(Blocked):  # the service asks, whoever calls it
        services.pass_step(step_of(mended), actor=cast["qc"])


def test_a_refused_pass_keeps_what_was_typed(cast, checklist, make_task, sign_in):
    checklist()
    found = submitted(make_task(), cast["staff.mech"])
    create_rework_task(
        cast.own,
        actor=cast["qc"],
        department=cast.departments["mechanical"],
        name="返修",
        rework_of=found.task,
    )
    step = step_of(found)
    data = marks(step, 尺寸="12.03")
    answer = sign_in("leader.mech").post(reverse("acceptance:pass", args=[found.pk]), data)
    assert answer.status_code == 422
    assert 'value="12.03"' in answer.content.decode()
    assert not step.items.filter(note="12.03").exists()


def test_rework_that_is_finished_is_not_asked_about(cast, mended, sign_in, decide):
    Task.objects.filter(rework_of=mended.task).update(status="done")
    text = sign_in("leader.mech").get(reverse("acceptance:acceptance", args=[mended.pk])).content.decode()
    assert TICK not in text
    assert decide(mended).level == 2


def test_a_rejection_asks_nothing_of_the_kind(cast, mended, sign_in):
    url = reverse("acceptance:reject", args=[mended.pk])
    assert TICK not in sign_in("leader.mech").get(url).content.decode()
    data = {"version": step_of(mended).version, "reason": "返工未做"}
    assert sign_in("leader.mech").post(url, data).status_code == 302


def test_applying_again_for_the_contract_asks_as_well(cast, of_contract, decide, sign_in):
    found, task = rejected_whole(cast, of_contract, decide)
    url, client = reverse("acceptance:reapply", args=[found.pk]), sign_in("pm")
    assert client.get(url).content.decode().count(f'href="{task.get_absolute_url()}"') == 1  # told once
    answer = client.post(url, {"version": found.version, "note": "已调整节拍"})
    assert answer.status_code == 422
    assert "已调整节拍" in answer.content.decode()
    answer = client.post(url, {"version": found.version, "note": "已调整节拍", "despite_rework": "on"})
    assert answer.status_code == 302
    assert Acceptance.objects.get(pk=found.pk).state == "pending"
    assert task.name in LogEntry.objects.filter(verb="reapply", object_id=found.pk).latest("pk").reason


def test_customers_are_not_asked_and_see_nothing_of_it(cast, of_contract, decide, sign_in):
    found, task = rejected_whole(cast, of_contract, decide)
    services.reapply_acceptance(found, actor=cast["pm"], despite_rework=True)
    for who in ("boss", "qc"):
        services.pass_step(step_of(found), actor=cast[who], despite_rework=True)
    client = sign_in("customer.a")
    text = client.get(reverse("acceptance:portal_acceptance", args=[found.pk])).content.decode()
    assert TICK not in text
    assert task.name not in text
    send = reverse("acceptance:portal_pass", args=[found.pk])
    assert client.post(send, {"version": step_of(found).version}).status_code == 302
    assert Acceptance.objects.get(pk=found.pk).state == "passed"


def test_deciding_for_the_customer_is_asked(cast, of_contract, decide, sign_in):
    found, _task = rejected_whole(cast, of_contract, decide)
    services.reapply_acceptance(found, actor=cast["boss"], despite_rework=True)
    for who in ("admin", "qc"):
        services.pass_step(step_of(found), actor=cast[who], despite_rework=True)
    paper = row(cast.own, cast["pm"], type="acceptance")
    link_row(paper, found)
    data = {"version": step_of(found).version, "evidence": paper.current_id}
    send = reverse("acceptance:pass", args=[found.pk])
    assert sign_in("pm").post(send, data).status_code == 422
    assert sign_in("pm").post(send, {**data, "despite_rework": "on"}).status_code == 302


def test_who_applies_for_the_contract_reads_what_is_not_done(cast, make_task, sign_in):
    """Told, not refused; and only of what they may see."""
    open_, done = make_task(name="整机装配"), make_task(name="机架焊接")
    Task.objects.filter(pk=done.pk).update(status="done")
    url, client = reverse("acceptance:apply", args=[cast.own.pk]), sign_in("pm")
    text = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert f'<a href="{open_.get_absolute_url()}">整机装配 · 未开始</a>' in text
    assert '未完成的任务 <span class="count">1</span>' in text
    assert "机架焊接" not in text
    assert client.post(url, {"kind": "fat", "title": "", "note": ""}).status_code == 302
    Task.objects.filter(pk=open_.pk).update(status="done")
    assert "未完成的任务" not in client.get(url).content.decode()


def test_the_reason_of_a_rejection_is_in_history_and_log(cast, of_task):
    step = step_of(of_task)
    services.reject_step(step, actor=cast["leader.mech"], reason=" 尺寸超差 ")
    row = AcceptanceStep.objects.get(pk=step.pk)
    assert row.reason == "尺寸超差"
    latest = row.history.first()
    assert (latest.reason, latest.result, latest.history_user) == (
        "尺寸超差",
        "rejected",
        cast["leader.mech"],
    )
    assert row.history.count() == 1  # written once, not behind the back of the history
    deed = LogEntry.objects.filter(verb="reject_step", object_id=step.pk).latest("pk")
    assert deed.changes["reason"] == ["", "尺寸超差"]
    assert "尺寸超差" in deed.reason


def test_the_page_of_an_acceptance_costs_at_most_eighteen_queries(cast, checklist, make_task, client, decide):
    """With everything on it: two rounds, findings, a photo, defects, rework that is open."""
    checklist(items=[{"text": n, "hint": "", "needs_evidence": True, "mandatory": True} for n in "一二"])
    found = submitted(make_task(), cast["staff.mech"])
    step = step_of(found)
    good, bad = step.items.all()
    put(cast.own, cast["leader.mech"], type="acceptance", anchor=good)
    defects = [Defect("气孔", item=bad.pk, department=found.task.department, rework=True, days=Decimal(1))]
    services.reject_step(
        step,
        actor=cast["leader.mech"],
        reason="气孔",
        findings={good.pk: ("ok", ""), bad.pk: ("not_ok", "三处")},
        defects=defects,
    )
    submit_task(Task.objects.get(pk=found.task_id), actor=cast["staff.mech"], despite_rework=True)
    paid = {}
    for who in ("leader.mech", "qc", "staff.mech", "boss", "pm"):
        client.force_login(cast[who])
        client.get(found.get_absolute_url())
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(found.get_absolute_url())
        assert ("返工尚未完成" in answer.content.decode()) is (who in ("leader.mech", "boss"))
        paid[who] = len(asked)
    assert max(paid.values()) <= 18, paid


def test_a_task_that_mends_nothing_is_nobodys_rework(cast, of_task, make_task, decide):
    start_task(make_task(name="另一项"), actor=cast["staff.mech"])
    create_task(
        cast.own,
        actor=cast["boss"],
        department=cast.departments["electrical"],
        name="接线",
        planned_start=of_task.task.planned_start,
        planned_end=of_task.task.planned_end,
    )
    assert decide(of_task).level == 2
