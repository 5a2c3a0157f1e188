"""Acceptances to test with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from acceptance import services
from acceptance.models import Acceptance, ChecklistTemplate
from production.models import Task
from production.services import create_task, start_task, submit_task

#: Who decides which level in `cast.own` (of a task of the mechanical department, or of the contract).
DECIDES = {"task": {1: "leader.mech", 2: "qc"}, "contract": {1: "pm", 2: "qc", 3: "customer.a"}}


def step_of(acceptance: Acceptance) -> Any:
    """The step that waits now."""
    return acceptance.round.steps.filter(result="pending").order_by("level").first()


def submitted(task: Task, by: Any) -> Acceptance:
    """The acceptance of a task that was started and submitted."""
    task = Task.objects.get(pk=task.pk)
    if task.status == "not_started":
        task = start_task(task, actor=by)
    submit_task(task, actor=by)
    return Acceptance.objects.get(task=task)


@pytest.fixture
def make_task(cast):
    """A task of `cast.own`, planned from today for five days, for 小张 of the mechanical department."""

    def make(contract: Any = None, *, who: str = "staff.mech", starts_in: int = 0, **fields: Any) -> Task:
        start = timezone.localdate() + timedelta(days=starts_in)
        department = fields.pop("department", "mechanical")
        facts = {
            "actor": cast["boss"],
            "department": cast.departments[department],
            "name": "机架焊接",
            "planned_start": start,
            "planned_end": start + timedelta(days=4),
            "assignee": cast.people[who] if who else None,
        }
        return create_task(contract or cast.own, **facts | fields)

    return make


@pytest.fixture
def of_task(cast, make_task) -> Acceptance:
    """小张's task, submitted by himself."""
    return submitted(make_task(), cast["staff.mech"])


@pytest.fixture
def of_contract(cast) -> Acceptance:
    """FAT of `cast.own`, applied for by the boss."""
    return services.apply_acceptance(cast.own, actor=cast["boss"], kind="fat")


@pytest.fixture
def decide(cast):
    """Pass or reject the waiting level, by whoever usually does."""

    def deed(acceptance: Acceptance, verb: str = "pass", by: str = "", **more: Any) -> Acceptance:
        step = step_of(acceptance)
        actor = cast[by or DECIDES[acceptance.scope][step.level]]
        if verb == "reject":
            services.reject_step(step, actor=actor, **{"reason": "尺寸超差", **more})
        else:
            services.pass_step(step, actor=actor, **more)
        return Acceptance.objects.get(pk=acceptance.pk)

    return deed


@pytest.fixture
def checklist():
    """A template of two items for level 1 of tasks."""

    def make(level: int = 1, scope: str = "task", **more: Any) -> ChecklistTemplate:
        items = more.pop("items", None) or [
            {"text": "尺寸", "hint": "", "needs_evidence": False, "mandatory": True},
            {"text": "外观", "hint": "", "needs_evidence": False, "mandatory": False},
        ]
        return ChecklistTemplate.objects.create(
            name=f"检查表 {scope} {level}", scope=scope, level=level, items=items, **more
        )

    return make
