"""Planning: who may, what follows, what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from acceptance.models import AcceptanceStep
from acceptance.services import pass_step, set_levels
from contracts.models import Contract
from contracts.services import deliver, release_plan, remove_member
from contracts.stations import stations, with_stations
from erp.workflow import Blocked, Stale
from notifications.models import Message
from production import services
from production.calendar import dragged, duration_of, end_after
from production.models import Task, TaskDependency


@pytest.mark.parametrize("who", ["boss", "admin", "pm", "leader.mech"])
def test_planners_create_tasks(cast, make_task, who):
    assert make_task(actor=cast[who]).pk


@pytest.mark.parametrize("who", ["leader.elec", "staff.mech", "sales", "qc", "outsider", "ex-member"])
def test_others_do_not_plan(cast, make_task, who):
    with pytest.raises(PermissionDenied):
        make_task(actor=cast[who])
    assert not Task.objects.exists()


def test_naming_somebody_puts_them_in_the_team_and_tells_them(cast, make_task):
    task = make_task(who="outsider", actor=cast["leader.mech"])
    assert task in Task.objects.for_user(cast["outsider"])
    assert cast.own in Contract.objects.for_user(cast["outsider"])
    events = set(Message.objects.for_user(cast["outsider"]).values_list("event", flat=True))
    assert events == {"team_assigned", "task_assigned"}


def test_only_active_people_are_named(cast, task):
    with pytest.raises(Blocked):
        services.assign(task, actor=cast["boss"], person=cast.people["disabled"])


def test_a_leader_does_not_push_a_task_to_another_department(cast, task):
    with pytest.raises(PermissionDenied):
        services.edit_task(task, actor=cast["leader.mech"], department=cast.departments["electrical"])
    moved = services.edit_task(task, actor=cast["pm"], department=cast.departments["electrical"])
    assert moved.department == cast.departments["electrical"]


def test_edit_keeps_to_the_version(cast, task):
    services.edit_task(task, actor=cast["pm"], version=1, name="机架焊接与打磨")
    with pytest.raises(Stale):
        services.edit_task(task, actor=cast["leader.mech"], version=1, name="另一个名字")


def test_reschedule_tells_the_assignee_and_moves_the_contracts_next_end(cast, make_task, time_machine):
    time_machine.move_to("2026-11-25 08:00:00+08:00")  # a Wednesday
    task = make_task()
    start = task.planned_start + timedelta(days=7)
    end = start + timedelta(days=2)
    services.reschedule_task(task, actor=cast["leader.mech"], start=start, end=end, version=1)
    assert Message.objects.filter(event="task_rescheduled", recipient=cast["staff.mech"]).count() == 1
    cast.own.refresh_from_db()
    assert cast.own.next_task_end == end


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 5, 2), date(2026, 5, 1)),
        (date(1, 1, 1), date(2026, 5, 1)),
        (date(2026, 5, 1), date(9999, 12, 31)),
        (date(2026, 5, 1), date(2099, 5, 1)),
    ],
)
def test_impossible_dates_are_refused(cast, task, start, end):
    with pytest.raises(ValidationError):
        services.reschedule_task(task, actor=cast["boss"], start=start, end=end)


def test_a_finished_task_no_longer_moves(cast, make_task):
    task = make_task(needs_acceptance=False)
    task = services.start_task(task, actor=cast["boss"])
    task = services.finish_task(task, actor=cast["boss"])
    with pytest.raises(Blocked):
        services.reschedule_task(
            task, actor=cast["boss"], start=task.planned_start, end=task.planned_end + timedelta(days=1)
        )


def test_order_moves_within_the_department(cast, make_task):
    first, other, second = make_task(), make_task(department="electrical", who=None), make_task()
    services.move_task(second, actor=cast["leader.mech"], up=True)
    order = list(Task.objects.filter(contract=cast.own).order_by("position").values_list("pk", flat=True))
    assert order == [second.pk, other.pk, first.pk]


def test_leaving_waits_for_a_successor(cast, task):
    member = cast.own.team.get(person=cast.people["staff.mech"])
    with pytest.raises(Blocked, match="小张"):
        remove_member(member, actor=cast["pm"])
    count = services.hand_over(
        cast.own,
        actor=cast["pm"],
        person=cast.people["staff.mech"],
        successor=cast.people["leader.mech"],
    )
    assert count == 1
    remove_member(member, actor=cast["pm"])
    assert not Task.objects.for_user(cast["staff.mech"]).exists()


def test_gates_ask_for_a_plan_and_for_its_end(cast, make_task):
    with pytest.raises(Blocked):
        release_plan(cast.own, actor=cast["pm"])
    with pytest.raises(Blocked, match="计划中还没有任务"):
        deliver(cast.own, actor=cast["pm"], delivered_on=timezone.localdate())
    task, _ = make_task(needs_acceptance=False), make_task(mandatory=False)
    release_plan(cast.own, actor=cast["pm"])
    with pytest.raises(Blocked, match=task.name):
        deliver(cast.own, actor=cast["pm"], delivered_on=timezone.localdate())
    task = services.start_task(task, actor=cast["boss"])
    services.finish_task(task, actor=cast["boss"])
    set_levels(cast.own, actor=cast["pm"], contract_self=False, contract_quality=False)
    delivered = deliver(cast.own, actor=cast["pm"], delivered_on=timezone.localdate())
    assert delivered.stage == "delivered"


def test_production_is_where_it_stands_until_it_is_done(cast, make_task):
    def line():
        contract = with_stations(Contract.objects.filter(pk=cast.own.pk)).get()
        return {one.key: one.state for one in stations(contract, late=False)}

    task, other = make_task(needs_acceptance=False), make_task(needs_acceptance=False, name="调试")
    release_plan(cast.own, actor=cast["pm"])
    task = services.start_task(task, actor=cast["boss"])
    assert (line()["released"], line()["production"], line()["acceptance"]) == ("done", "current", "open")
    services.finish_task(task, actor=cast["boss"])
    assert line()["production"] == "current"
    services.finish_task(services.start_task(other, actor=cast["boss"]), actor=cast["boss"])
    assert (line()["production"], line()["delivered"]) == ("done", "open")


# --- links ----------------------------------------------------------------------------------------


def test_links_carry_type_and_lag(cast, make_task):
    first, second = make_task(name="设计"), make_task(name="加工")
    link = services.link_tasks(first, second, actor=cast["leader.mech"], type="SS", lag=2)
    again = services.link_tasks(first, second, actor=cast["leader.mech"], type="FF")
    assert (again.pk, again.type, again.lag, TaskDependency.objects.count()) == (link.pk, "FF", 0, 1)
    services.unlink_tasks(again, actor=cast["leader.mech"])
    assert not TaskDependency.objects.exists()
    assert TaskDependency.history.filter(history_type="-").count() == 1


def test_a_circle_is_refused_by_name(cast, make_task):
    a, b, c = (make_task(name=name) for name in ("设计", "加工", "装配"))
    services.link_tasks(a, b, actor=cast["pm"])
    services.link_tasks(b, c, actor=cast["pm"])
    with pytest.raises(Blocked, match="设计 → 加工 → 装配 → 设计"):
        services.link_tasks(c, a, actor=cast["pm"])
    with pytest.raises(Blocked):
        services.link_tasks(a, a, actor=cast["pm"])
    assert TaskDependency.objects.count() == 2


def test_links_stay_inside_the_contract_and_the_right(cast, make_task):
    own, foreign = make_task(), make_task(cast.foreign, who=None)
    with pytest.raises(Blocked):
        services.link_tasks(own, foreign, actor=cast["boss"])
    with pytest.raises(PermissionDenied):
        services.link_tasks(foreign, own, actor=cast["leader.mech"])
    with pytest.raises(PermissionDenied):
        services.link_tasks(own, make_task(department="electrical", who=None), actor=cast["leader.mech"])


# --- the calendar ------------------------------------------------------------------------------------


def test_working_days_know_holidays_and_make_up_days():
    assert duration_of(date(2026, 9, 28), date(2026, 10, 8)) == 4  # 28–30 September, 8 October
    assert duration_of(date(2026, 2, 14), date(2026, 2, 14)) == 1  # a Saturday worked for the festival
    assert end_after(date(2026, 9, 30), 2) == date(2026, 10, 8)
    assert duration_of(date(2026, 10, 1), date(2026, 10, 1)) == 1  # planned on a rest day: still a day


@pytest.mark.parametrize(
    ("was", "now", "rests"),
    [
        (((12, 7), (12, 17)), ((12, 10), (12, 20)), ((12, 10), (12, 22))),  # nine working days stay nine
        (((12, 7), (12, 17)), ((12, 12), (12, 22)), ((12, 14), (12, 24))),  # to the right of a weekend
        (((12, 7), (12, 11)), ((12, 6), (12, 10)), ((12, 4), (12, 10))),  # to the left of it
        (((12, 7), (12, 11)), ((12, 7), (12, 12)), ((12, 7), (12, 14))),  # a drawn end only
        (((12, 7), (12, 15)), ((12, 7), (12, 13)), ((12, 7), (12, 11))),
        (((12, 7), (12, 11)), ((12, 5), (12, 11)), ((12, 4), (12, 11))),  # a drawn start only
        (((12, 5), (12, 6)), ((12, 5), (12, 6)), ((12, 5), (12, 6))),  # planned on rest days, left alone
    ],
)
def test_bars_come_to_rest_on_working_days(was, now, rests):
    def days(span):
        return tuple(date(2026, *day) for day in span)

    assert dragged(days(was), days(now)) == days(rests)


def test_nobody_sidesteps_the_decision_on_their_own_task(cast, make_task):
    """Submitting it oneself, dropping the assignee, waiving the acceptance: none of them is a way round."""
    lead = cast["leader.mech"]
    task = make_task(who="leader.mech")
    with pytest.raises(Blocked):
        services.edit_task(task, actor=lead, needs_acceptance=False)
    task = services.submit_task(services.start_task(task, actor=lead), actor=lead)
    with pytest.raises(Blocked):
        services.edit_task(task, actor=lead, assignee=None)
    other = make_task()
    other = services.submit_task(services.start_task(other, actor=lead), actor=lead)
    for waiting in (task, other):
        step = AcceptanceStep.objects.get(round__acceptance__task=waiting, level=1)
        with pytest.raises(Blocked):
            pass_step(step, actor=lead)
    assert pass_step(step, actor=cast["boss"]).result == "passed"


def test_a_task_that_is_over_is_not_replanned(cast, make_task):
    task = services.cancel_task(make_task(), actor=cast["pm"], reason="不做了")
    with pytest.raises(Blocked):
        services.edit_task(task, actor=cast["pm"], planned_end=task.planned_end + timedelta(days=9))
    assert services.edit_task(task, actor=cast["pm"], description="客户取消").description == "客户取消"
