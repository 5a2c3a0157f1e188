"""Every transition of a task: goes, is blocked, is refused, is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from acceptance.models import AcceptanceStep
from acceptance.services import reject_step
from erp.models import LogEntry
from erp.workflow import Blocked, Stale
from notifications.models import Message
from production import services
from production.models import Task
from production.states import CONSEQUENCES, LIFE, Status

#: verb → how the task gets to where the verb starts, who does it, who may not, where it leads, who is told
STEPS = {
    "start": ([], "staff.mech", "leader.elec", "in_progress", None),
    "pause": (["start"], "staff.mech", "sales", "paused", "leader.mech"),
    "resume": (["start", "pause"], "staff.mech", "qc", "in_progress", None),
    "submit": (["start"], "staff.mech", "leader.elec", "waiting_qc", "pm"),
    "finish": (["start"], "staff.mech", "leader.elec", "done", "leader.mech"),
    "cancel": (["start"], "leader.mech", "staff.mech", "cancelled", "staff.mech"),
}
WITH_REASON = {"pause", "cancel"}


def rejected(task, actor, reason):
    """Its acceptance is rejected at the first level."""
    step = AcceptanceStep.objects.get(round__acceptance__task=task, round__result="pending", level=1)
    reject_step(step, actor=actor, reason=reason)


def take(task, verb, actor, **more):
    if verb in WITH_REASON:
        more.setdefault("reason", "因为材料没到")
    return services.STEPS[verb](task, actor=actor, **more)


@pytest.fixture
def at(cast, make_task):
    """A task brought to where `verb` starts."""

    def bring(verb):
        task = make_task(needs_acceptance=verb != "finish")
        for step in STEPS[verb][0]:
            task = take(task, step, cast["boss"])
        return task

    return bring


def test_every_step_has_a_row_here():
    assert set(STEPS) == {step.verb for step in LIFE} - CONSEQUENCES == set(services.STEPS)


@pytest.mark.parametrize("who", ["boss", "admin", "pm", "leader.mech", "staff.mech", "qc"])
def test_what_acceptance_does_to_a_task_is_in_nobodys_hands(cast, task, who):
    for verb in CONSEQUENCES:
        assert not Task.objects.for_user(cast[who], verb).exists()
    Task.objects.filter(pk=task.pk).update(status="waiting_qc")
    task.refresh_from_db()
    assert not CONSEQUENCES & {step.verb for step in LIFE.open_to(cast[who], task)}


@pytest.mark.parametrize("verb", STEPS)
def test_step_goes(cast, at, verb):
    task, (_, who, _, target, told) = at(verb), STEPS[verb]
    before = Message.objects.count()
    moved = take(task, verb, cast[who], version=task.version)
    assert (moved.status, moved.version) == (target, task.version + 1)
    assert moved.history.first().history_user == cast[who]
    entry = LogEntry.objects.filter(verb=verb, object_pk=str(task.pk)).first()
    assert entry.actor == cast[who]
    assert entry.contract_id == task.contract_id
    assert entry.department_id == task.department_id
    assert entry.changes["status"][1] == target
    if told:
        message = Message.objects.order_by("id").last()
        assert message.recipient in [cast[told], cast["pm"]]
        assert task.name in str(message)
    else:
        assert Message.objects.count() == before


@pytest.mark.parametrize("verb", STEPS)
def test_step_is_refused(cast, at, verb):
    task, stranger = at(verb), cast[STEPS[verb][2]]
    with pytest.raises(PermissionDenied):
        take(task, verb, stranger)
    task.refresh_from_db()
    assert task.version == Task.objects.get(pk=task.pk).version
    assert not LogEntry.objects.filter(actor=stranger).exists()


@pytest.mark.parametrize("verb", STEPS)
def test_step_is_blocked_from_every_other_state(cast, at, verb):
    for other in Status.values:
        if other in LIFE[verb].sources:
            continue
        task = at(verb)
        Task.objects.filter(pk=task.pk).update(status=other)
        with pytest.raises(Blocked):
            take(task, verb, cast["boss"])
        assert Task.objects.get(pk=task.pk).status == other


@pytest.mark.parametrize("verb", sorted(WITH_REASON))
def test_step_needs_a_reason(cast, at, verb):
    with pytest.raises(Blocked):
        take(at(verb), verb, cast["boss"], reason="  ")


@pytest.mark.parametrize("verb", STEPS)
def test_step_over_somebody_elses_change_is_stale(cast, at, verb):
    task = at(verb)
    with pytest.raises(Stale):
        take(task, verb, cast["boss"], version=task.version - 1 or 99)


@pytest.mark.parametrize("verb", STEPS)
def test_step_in_a_frozen_contract_is_blocked(cast, at, verb):
    task = at(verb)
    type(cast.own).objects.filter(pk=cast.own.pk).update(stage="archived")
    with pytest.raises(Blocked):
        take(task, verb, cast["boss"])


def test_dates_and_progress_follow_the_work(cast, task):
    today = timezone.localdate()
    task = services.start_task(task, actor=cast["staff.mech"])
    assert task.actual_start == today
    task = services.submit_task(task, actor=cast["staff.mech"])
    task = services.pass_task(task, actor=cast["qc"])
    assert (task.actual_end, task.progress) == (today, 100)


def test_work_is_back_dated_but_not_into_the_future(cast, task):
    today = timezone.localdate()
    with pytest.raises(Blocked):
        services.start_task(task, actor=cast["boss"], on=today + timedelta(days=1))
    task = services.start_task(task, actor=cast["boss"], on=today - timedelta(days=3))
    assert task.actual_start == today - timedelta(days=3)
    task = services.submit_task(task, actor=cast["boss"])
    with pytest.raises(Blocked):
        services.pass_task(task, actor=cast["boss"], on=today - timedelta(days=4))


def test_rejection_counts_and_shows_until_submitted_again(cast, task):
    task = services.start_task(task, actor=cast["staff.mech"])
    for round_ in (1, 2):
        task = services.submit_task(task, actor=cast["staff.mech"])
        assert not task.reworking
        rejected(task, cast["leader.mech"], "焊缝超差")
        task.refresh_from_db()
        assert (task.rework_count, task.reworking) == (round_, True)
        cast.own.refresh_from_db()
        assert cast.own.status == "issue"
    services.submit_task(task, actor=cast["staff.mech"])
    cast.own.refresh_from_db()
    assert cast.own.status == "processing"


def test_finish_and_submit_exclude_each_other(cast, make_task):
    plain, inspected = make_task(needs_acceptance=False), make_task()
    for task in (plain, inspected):
        services.start_task(task, actor=cast["boss"])
    with pytest.raises(Blocked):
        services.submit_task(plain, actor=cast["boss"])
    with pytest.raises(Blocked):
        services.finish_task(inspected, actor=cast["boss"])


# --- progress -------------------------------------------------------------------------------------


def test_progress_is_reported_by_the_assignee(cast, task):
    task = services.start_task(task, actor=cast["staff.mech"])
    task = services.report_progress(task, actor=cast["staff.mech"], progress=100)
    assert (task.progress, task.status) == (100, "in_progress")
    with pytest.raises(PermissionDenied):
        services.report_progress(task, actor=cast["leader.elec"], progress=10)


def test_reporting_on_a_task_not_begun_starts_it(cast, task):
    assert services.report_progress(task, actor=cast["staff.mech"], progress=0).status == "not_started"
    task = services.report_progress(task, actor=cast["staff.mech"], progress=15)
    assert (task.status, task.progress, task.actual_start) == ("in_progress", 15, timezone.localdate())


def test_progress_rests_while_the_task_does(cast, task):
    task = services.start_task(task, actor=cast["boss"])
    task = services.pause_task(task, actor=cast["boss"], reason="停电")
    with pytest.raises(Blocked):
        services.report_progress(task, actor=cast["boss"], progress=50)


@pytest.mark.parametrize("percent", [-1, 101, 2**31])
def test_progress_is_a_percentage(cast, task, percent):
    with pytest.raises(ValidationError):
        services.report_progress(task, actor=cast["boss"], progress=percent)


# --- the contract's colour --------------------------------------------------------------------------


def test_status_and_next_end_follow_the_tasks(cast, make_task):
    mech, assembly = make_task(days=9), make_task(department="assembly", who=None, days=4)
    own = cast.own

    def now():
        own.refresh_from_db()
        return own.status, own.next_task_end

    assert now() == ("unstarted", assembly.planned_end)
    mech = services.start_task(mech, actor=cast["boss"])
    assert now()[0] == "processing"
    assembly = services.start_task(assembly, actor=cast["boss"])
    assert now()[0] == "production"
    services.cancel_task(assembly, actor=cast["boss"], reason="外包")
    assert now() == ("processing", mech.planned_end)
    services.cancel_task(mech, actor=cast["boss"], reason="外包")
    assert now() == ("unstarted", None)
