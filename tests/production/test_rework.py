"""Rework is a task of its own in the plan."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from erp.models import LogEntry
from erp.workflow import Blocked
from notifications.models import Message
from production.calendar import duration_of
from production.models import Task
from production.services import create_rework_task, start_task, submit_task
from tests.cast import make_contract


def rework(cast, **more):
    facts = {"actor": cast["qc"], "department": cast.departments["mechanical"], "name": "返修焊缝"}
    return create_rework_task(cast.own, **facts | more)


def test_rework_starts_on_the_next_working_day_and_keeps_whose_it_mends(cast, task):
    found = rework(cast, rework_of=task, note="三处气孔", assignee=cast.people["staff.mech"], days=Decimal(2))
    assert (found.rework_of, found.description) == (task, "三处气孔")
    assert found.planned_start > timezone.localdate()
    assert duration_of(found.planned_start, found.planned_end) == 2
    assert (found.status, found.needs_acceptance, found.mandatory) == ("not_started", True, True)


def test_rework_needs_no_right_to_plan_but_leaves_the_hand_of_who_asked_for_it(cast):
    found = rework(cast)
    assert found.history.first().history_user == cast["qc"]


def test_rework_is_told_to_who_does_it_and_who_leads(cast):
    found = rework(cast, assignee=cast.people["staff.mech"])
    told = Message.objects.filter(target_id=found.pk).values_list("event", "recipient__username")
    assert ("task_assigned", "staff.mech") in told
    assert {("rework_added", "leader.mech"), ("rework_added", "pm")} <= set(told)


def test_who_did_the_work_mends_it_unless_another_department_does(cast, task):
    worker = task.assignee
    assert worker is not None
    assert rework(cast, rework_of=task).assignee == worker
    assert rework(cast, rework_of=task, assignee=cast.people["leader.mech"]).assignee != worker
    assert rework(cast, rework_of=task, department=cast.departments["electrical"]).assignee is None


def test_rework_of_another_contract_is_refused(cast, make_task):
    other = make_contract(cast, number="HT-OTHER")
    strange = make_task(other)
    before = Task.objects.count()
    with pytest.raises(Blocked):
        rework(cast, rework_of=strange)
    assert Task.objects.count() == before


def test_rework_in_a_frozen_contract_is_refused(cast):
    type(cast.own).objects.filter(pk=cast.own.pk).update(stage="cancelled")
    with pytest.raises(Blocked):
        rework(cast)


def submit(client, who, task, **data):
    client.force_login(who)
    return client.post(f"/tasks/{task.pk}/submit/", {"version": task.version, **data})


def test_who_submits_past_open_rework_says_that_they_know_of_it(cast, task, client):
    found, worker = rework(cast, rework_of=task), cast["staff.mech"]
    task = start_task(task, actor=worker)
    client.force_login(worker)
    text = client.get(f"/tasks/{task.pk}/submit/", headers={"HX-Request": "true"}).content.decode()
    assert f'<li><a href="{found.get_absolute_url()}">{found.name}</a>' in text
    assert 'name="despite_rework"' in text
    refused = submit(client, worker, task)
    assert refused.status_code == 422
    assert "返工尚未完成：请先完成返工" in refused.content.decode()
    assert Task.objects.get(pk=task.pk).status == "in_progress"
    with pytest.raises(Blocked):
        submit_task(task, actor=worker)
    assert submit(client, worker, task, despite_rework="on").status_code == 302
    task = Task.objects.get(pk=task.pk)
    assert task.status == "waiting_qc"
    deed = LogEntry.objects.filter(verb="submit", object_id=task.pk).latest("pk")
    assert deed.reason == f"返工未完成，仍继续：{found.name}"
    assert task.history.first().history_change_reason == "submit"


def test_rework_out_of_sight_is_counted_but_not_named(cast, task, client):
    rework(cast, rework_of=task, name="重做线束", department=cast.departments["electrical"])
    task = start_task(task, actor=cast["staff.mech"])
    text = submit(client, cast["staff.mech"], task).content.decode()
    assert "他人负责的 1 项任务" in text
    assert "重做线束" not in text
    assert submit(client, cast["staff.mech"], task, despite_rework="on").status_code == 302
    assert "重做线束" not in LogEntry.objects.filter(verb="submit", object_id=task.pk).latest("pk").reason


def test_one_click_on_submit_opens_the_question(cast, task, client):
    rework(cast, rework_of=task)
    task = start_task(task, actor=cast["staff.mech"])
    client.force_login(cast["staff.mech"])
    url = f"/tasks/{task.pk}/submit/"
    answer = client.post(url, {"version": task.version}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "<html" not in text
    assert 'name="despite_rework"' in text


def test_who_may_not_submit_hears_nothing_of_rework(cast, task):
    rework(cast, rework_of=task)
    task = start_task(task, actor=cast["staff.mech"])
    with pytest.raises(PermissionDenied):
        submit_task(task, actor=cast["staff.elec"])


def test_finished_and_cancelled_rework_asks_nothing(cast, task, client):
    for state in ("done", "cancelled"):
        Task.objects.filter(pk=rework(cast, rework_of=task).pk).update(status=state)
    task = start_task(task, actor=cast["staff.mech"])
    assert submit(client, cast["staff.mech"], task).status_code == 302


def test_who_finishes_past_open_rework_says_that_they_know_of_it(cast, make_task, client):
    task = start_task(make_task(needs_acceptance=False), actor=cast["staff.mech"])
    found = rework(cast, rework_of=task)
    client.force_login(cast["staff.mech"])
    url = f"/tasks/{task.pk}/finish/"
    refused = client.post(url, {"version": task.version})
    assert refused.status_code == 422
    assert found.name in refused.content.decode()
    assert Task.objects.get(pk=task.pk).status == "in_progress"
    assert client.post(url, {"version": task.version, "despite_rework": "on"}).status_code == 302
    assert Task.objects.get(pk=task.pk).status == "done"
    deed = LogEntry.objects.filter(verb="finish", object_id=task.pk).latest("pk")
    assert deed.reason == f"返工未完成，仍继续：{found.name}"
