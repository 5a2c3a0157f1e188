"""Rejected work and waiting, as causes of a late delivery: dates in March 2026 (the 2nd is a Monday)."""

from __future__ import annotations

from datetime import date

import pytest

from acceptance import services
from acceptance.models import Acceptance
from acceptance.tracing import delays
from contracts.services import edit_contract, release_plan
from production import services as production
from production.models import Task
from production.tracing import Tracing
from tests.acceptance.conftest import step_of


def march(day: int) -> date:
    return date(2026, 3, day)


@pytest.fixture
def plan(cast, make_task, time_machine):
    """Build 2–6 March and, beside it, wire 2–3; test on the 9th waits for both, delivery on the 9th."""
    time_machine.move_to("2026-03-02 08:00:00+08:00")
    contract = cast.own
    edit_contract(
        contract, actor=cast["boss"], version=contract.version, signed_on=march(2), planned_delivery=march(9)
    )
    tasks = {}
    for name, first, last in (("build", 2, 6), ("wire", 2, 3), ("test", 9, 9)):
        days = {"planned_start": march(first), "planned_end": march(last)}
        tasks[name] = make_task(contract, name=name, **days)
    for name in ("build", "wire"):
        production.link_tasks(tasks[name], tasks["test"], actor=cast["boss"])
    contract.refresh_from_db()
    release_plan(contract, actor=cast["pm"])
    return tasks


@pytest.fixture
def on(cast, plan, time_machine):
    """Do something to a task on a day of March."""

    def deed(day: int, verb: str, name: str) -> None:
        time_machine.move_to(f"2026-03-{day:02} 10:00:00+08:00")
        task = Task.objects.get(pk=plan[name].pk)
        if verb in ("start", "submit"):
            production.STEPS[verb](task, actor=cast["staff.mech"])
            return
        found = Acceptance.objects.get(task=task)
        for level, who in ((1, "leader.mech"), (2, "qc")):
            if verb == "reject" and level == 2:
                services.reject_step(step_of(found), actor=cast[who], reason="超差")
            else:
                services.pass_step(step_of(found), actor=cast[who])

    return deed


def causes(cast):
    tracing = Tracing(type(cast.own).objects.get(pk=cast.own.pk), cast["boss"])
    return tracing, {(line.kind, line.task): float(line.days) for line in tracing.lines}


def test_work_that_passes_in_time_blames_nobody(cast, plan, on):
    for name, day in (("wire", 3), ("build", 6)):
        on(2, "start", name)
        on(day, "submit", name)
        on(day, "pass", name)
    assert causes(cast)[1] == {}


def test_rejected_work_is_blamed_with_the_days_it_costs(cast, plan, on):
    on(2, "start", "wire")
    on(2, "start", "build")
    on(3, "submit", "wire")
    on(3, "pass", "wire")
    on(6, "submit", "build")
    on(6, "reject", "build")
    on(11, "submit", "build")
    on(11, "pass", "build")  # three working days later than planned: the 9th, 10th and 11th
    tracing, found = causes(cast)
    assert found == {("验收驳回返工", "build"): 3.0}
    line = tracing.lines[0]
    assert (line.percent, tracing.late) == (100, 3)
    assert line.url == Acceptance.objects.get(task=plan["build"]).get_absolute_url()
    assert line.label == "验收第 1 轮"


def test_rejected_work_that_float_absorbs_is_no_cause(cast, plan, on):
    on(2, "start", "wire")
    on(2, "start", "build")
    on(3, "submit", "wire")
    on(3, "reject", "wire")
    on(5, "submit", "wire")
    on(5, "pass", "wire")  # two days late, with three days of float
    on(6, "submit", "build")
    on(6, "pass", "build")
    tracing, found = causes(cast)
    assert (found, tracing.late) == ({}, 0)


def test_waiting_for_a_decision_is_told_apart_from_slow_work(cast, plan, on):
    on(2, "start", "wire")
    on(2, "start", "build")
    on(3, "submit", "wire")
    on(3, "pass", "wire")
    on(9, "submit", "build")  # a day too slow
    on(11, "pass", "build")  # two days on somebody's table
    found = causes(cast)[1]
    assert found == {("耗时超出计划", "build"): 1.0, ("等待验收", "build"): 2.0}


def test_what_is_still_in_rework_is_late_today(cast, plan, on, time_machine):
    on(2, "start", "wire")
    on(2, "start", "build")
    on(3, "submit", "wire")
    on(3, "pass", "wire")
    on(6, "submit", "build")
    on(6, "reject", "build")
    time_machine.move_to("2026-03-10 10:00:00+08:00")
    found = causes(cast)[1]
    assert found == {("验收驳回返工", "build"): 2.0}


def test_nobody_is_told_of_acceptances_they_do_not_see(cast, plan, on):
    on(2, "start", "build")
    on(6, "submit", "build")
    assert [delay.task for delay in delays(cast.own, cast["boss"])] == [plan["build"].pk]
    assert list(delays(cast.own, cast["outsider"])) == []
