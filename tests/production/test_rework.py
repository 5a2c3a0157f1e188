"""Rework is a task of its own in the plan."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from erp.workflow import Blocked
from notifications.models import Message
from production.calendar import duration_of
from production.models import Task
from production.services import create_rework_task
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
