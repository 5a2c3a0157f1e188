"""Rounds of an acceptance: applied for, decided level by level, rejected, applied for again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from acceptance import services
from acceptance.models import Acceptance, AcceptanceRound
from contracts.models import Contract
from erp.models import LogEntry
from erp.workflow import Blocked, Stale
from production.models import Task
from production.services import cancel_task, submit_task
from tests.acceptance.conftest import step_of, submitted


def test_submitting_a_task_opens_its_first_round(cast, of_task):
    round_ = of_task.round
    assert (of_task.scope, of_task.state, of_task.level) == ("task", "pending", 1)
    assert (round_.number, round_.applied_by, round_.worker) == (
        1,
        cast["staff.mech"],
        cast.people["staff.mech"],
    )
    assert list(round_.steps.values_list("level", "result")) == [(1, "pending"), (2, "pending")]


def test_the_last_level_passed_makes_the_task_done(cast, of_task, decide):
    of_task = decide(of_task)
    assert (of_task.state, of_task.level, of_task.task.status) == ("pending", 2, "waiting_qc")
    of_task = decide(of_task)
    task = of_task.task
    assert (of_task.state, of_task.level, of_task.passed_on) == ("passed", None, timezone.localdate())
    assert (task.status, task.progress, task.actual_end) == ("done", 100, timezone.localdate())
    assert of_task.round.result == "passed"


@pytest.mark.parametrize("level", [1, 2])
def test_a_rejected_level_sends_the_task_back_to_work(cast, of_task, decide, level):
    for _ in range(level - 1):
        of_task = decide(of_task)
    of_task = decide(of_task, "reject")
    task, step = of_task.task, of_task.round.steps.get(level=level)
    assert (of_task.state, task.status, task.rework_count, task.reworking) == (
        "rejected",
        "in_progress",
        1,
        True,
    )
    assert (step.result, step.reason) == ("rejected", "尺寸超差")
    assert Contract.objects.get(pk=cast.own.pk).status == "issue"


def test_submitting_again_is_round_two_and_the_first_stays_as_it_was(cast, of_task, decide):
    of_task = decide(of_task, "reject")
    again = submitted(of_task.task, cast["staff.mech"])
    assert again.pk == of_task.pk
    assert list(again.rounds.values_list("number", "result")) == [(1, "rejected"), (2, "pending")]
    assert Contract.objects.get(pk=cast.own.pk).status == "processing"
    again = decide(decide(again))
    assert (again.state, again.task.status, again.task.rework_count) == ("passed", "done", 1)


def test_levels_are_decided_in_order(cast, of_task):
    second = of_task.round.steps.get(level=2)
    with pytest.raises(Blocked, match=r"上一级|before"):
        services.pass_step(second, actor=cast["qc"])
    with pytest.raises(Blocked):
        services.reject_step(second, actor=cast["qc"], reason="不行")


def test_a_rejection_needs_a_reason(cast, of_task):
    with pytest.raises(Blocked):
        services.reject_step(step_of(of_task), actor=cast["leader.mech"], reason="  ")
    assert Acceptance.objects.get(pk=of_task.pk).state == "pending"


def test_a_decided_level_is_not_decided_again(cast, of_task, decide):
    step = step_of(of_task)
    decide(of_task)
    for deed in (services.pass_step, services.reject_step):
        more = {"reason": "不行"} if deed is services.reject_step else {}
        with pytest.raises(Blocked):
            deed(step, actor=cast["boss"], **more)


def test_over_somebody_elses_findings_a_decision_is_stale(cast, of_task):
    step = step_of(of_task)
    with pytest.raises(Stale):
        services.pass_step(step, actor=cast["leader.mech"], version=step.version + 1)


def test_a_decided_round_takes_no_more(cast, of_task, decide):
    of_task = decide(of_task, "reject")
    round_ = of_task.round
    assert round_.frozen()
    step = round_.steps.get(level=2)
    with pytest.raises(Blocked):
        services.pass_step(step, actor=cast["boss"])
    assert AcceptanceRound.objects.get(pk=round_.pk).version == round_.version


def test_the_contract_is_accepted_when_the_customer_passes_it(cast, of_contract, decide):
    cast.own.refresh_from_db()
    assert cast.own.status == "issue"
    of_contract = decide(decide(of_contract))
    assert (of_contract.level, of_contract.internal_on) == (3, timezone.localdate())
    of_contract = decide(of_contract)
    cast.own.refresh_from_db()
    assert (of_contract.state, cast.own.status) == ("passed", "accepted")


def test_the_contract_is_applied_for_once_at_a_time(cast, of_contract, decide):
    with pytest.raises(Blocked):
        services.apply_acceptance(cast.own, actor=cast["pm"], kind="sat")
    rejected = decide(of_contract, "reject")
    with pytest.raises(Blocked):
        services.apply_acceptance(cast.own, actor=cast["pm"], kind="sat")
    again = services.reapply_acceptance(rejected, actor=cast["pm"])
    assert (again.state, again.level, again.round.number) == ("pending", 1, 2)


@pytest.mark.parametrize("who", ["staff.mech", "leader.mech", "sales", "qc", "customer.a", "outsider"])
def test_others_do_not_apply_for_the_contract(cast, who):
    with pytest.raises(PermissionDenied):
        services.apply_acceptance(cast.own, actor=cast[who], kind="fat")


def test_an_application_nobody_decided_is_withdrawn_and_its_task_goes_on(cast, of_task):
    gone = services.withdraw_acceptance(of_task, actor=cast["staff.mech"])
    assert (gone.state, gone.round.result, gone.task.status) == ("withdrawn", "withdrawn", "in_progress")
    assert (gone.task.rework_count, gone.task.reworking) == (0, False)
    again = submitted(gone.task, cast["staff.mech"])
    assert (again.pk, again.round.number) == (gone.pk, 2)


def test_a_withdrawn_repetition_is_rejected_again(cast, of_task, decide):
    decide(of_task, "reject")
    again = submitted(of_task.task, cast["staff.mech"])
    gone = services.withdraw_acceptance(again, actor=cast["staff.mech"])
    assert (gone.state, gone.task.reworking, gone.task.rework_count) == ("rejected", True, 1)
    assert Contract.objects.get(pk=cast.own.pk).status == "issue"


def test_what_somebody_decided_is_not_withdrawn(cast, of_task, decide):
    of_task = decide(of_task)
    with pytest.raises(Blocked):
        services.withdraw_acceptance(of_task, actor=cast["staff.mech"])


def test_whoever_did_not_apply_withdraws_nothing(cast, of_task):
    for who in ("qc", "leader.mech", "sales"):
        with pytest.raises(PermissionDenied):
            services.withdraw_acceptance(of_task, actor=cast[who])


def test_a_cancelled_task_withdraws_its_acceptance(cast, of_task):
    cancel_task(of_task.task, actor=cast["leader.mech"], reason="客户取消")
    of_task.refresh_from_db()
    assert (of_task.state, of_task.round.result, of_task.level) == ("withdrawn", "withdrawn", None)


@pytest.mark.parametrize("stage", ["archived", "cancelled"])
def test_in_a_read_only_contract_nothing_is_decided(cast, of_task, stage):
    Contract.objects.filter(pk=cast.own.pk).update(stage=stage)
    step = step_of(of_task)
    with pytest.raises(Blocked):
        services.pass_step(step, actor=cast["leader.mech"])
    with pytest.raises(Blocked):
        services.reject_step(step, actor=cast["leader.mech"], reason="不行")
    with pytest.raises(Blocked):
        services.withdraw_acceptance(of_task, actor=cast["staff.mech"])
    with pytest.raises(Blocked):
        services.apply_acceptance(cast.own, actor=cast["boss"], kind="fat")
    with pytest.raises(Blocked):
        services.set_levels(cast.own, actor=cast["boss"], task_quality=False)
    assert not Acceptance.objects.open().exists()


def test_levels_are_chosen_per_contract(cast, make_task, decide):
    services.set_levels(cast.own, actor=cast["pm"], task_self=False, contract_customer=False)
    found = submitted(make_task(), cast["staff.mech"])
    assert list(found.round.steps.values_list("level", flat=True)) == [2]
    assert decide(found).task.status == "done"
    whole = services.apply_acceptance(cast.own, actor=cast["boss"], kind="final")
    assert list(whole.round.steps.values_list("level", flat=True)) == [1, 2]
    assert decide(decide(whole)).state == "passed"


def test_open_rounds_keep_their_levels(cast, of_task):
    services.set_levels(cast.own, actor=cast["pm"], task_self=False)
    assert of_task.round.steps.count() == 2


def test_some_level_is_left(cast):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        services.set_levels(cast.own, actor=cast["pm"], task_self=False, task_quality=False)
    with pytest.raises(PermissionDenied):
        services.set_levels(cast.own, actor=cast["leader.mech"], task_self=False)


def test_a_decision_may_be_back_dated_but_not_before_the_application(cast, make_task):
    today = timezone.localdate()
    found = make_task(starts_in=-10)
    from production.services import start_task

    start_task(found, actor=cast["staff.mech"], on=today - timedelta(days=9))
    submit_task(Task.objects.get(pk=found.pk), actor=cast["staff.mech"], on=today - timedelta(days=4))
    found = Acceptance.objects.get(task=found)
    with pytest.raises(Blocked):
        services.pass_step(step_of(found), actor=cast["leader.mech"], on=today - timedelta(days=5))
    with pytest.raises(Blocked):
        services.pass_step(step_of(found), actor=cast["leader.mech"], on=today + timedelta(days=1))
    services.pass_step(step_of(found), actor=cast["leader.mech"], on=today - timedelta(days=4))
    services.pass_step(step_of(found), actor=cast["qc"], on=today - timedelta(days=3))
    assert Task.objects.get(pk=found.task_id).actual_end == today - timedelta(days=3)


def test_every_deed_is_in_the_log_with_its_place(cast, of_task, decide):
    decide(of_task, "reject")
    entries = LogEntry.objects.filter(verb="reject_step")
    assert entries.count() == 1
    entry = entries.get()
    assert (entry.actor, entry.contract_id) == (cast["leader.mech"], cast.own.pk)
    assert (entry.department_id, entry.reason) == (cast.departments["mechanical"].pk, "尺寸超差")
