"""The ladder: assignee, leader, boss, in working time; each step once; an answer stops it."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from contracts.models import Contract, TeamMember
from erp.models import LogEntry
from notifications.models import Escalation, Message
from notifications.services import climb, remind, save_rules, settle
from production.models import Task
from tests.notifications.clockwork import at, task_until, told


@pytest.fixture(autouse=True)
def _quiet_contracts(cast):
    Contract.objects.update(signed_on=date(2026, 1, 5), planned_delivery=date(2027, 12, 1))


@pytest.fixture
def overdue(cast):
    """A task that fell overdue over the holidays; its assignee was reminded on Thursday at eight."""
    task = task_until(cast, date(2026, 9, 30))
    with time_machine.travel(at("10-08 08:00"), tick=False):
        remind()
    return task


def climb_at(text):
    with time_machine.travel(at(text), tick=False):
        return climb()


def test_leader_and_boss_hear_in_working_time_each_once(cast, overdue):
    assert climb_at("10-08 15:59") == 0
    assert climb_at("10-08 16:00") == 1  # eight hours of work
    assert told("task_escalated") == ["leader.mech"]
    assert climb_at("10-09 17:59") == 0
    assert climb_at("10-09 18:00") == 1  # twenty
    assert told("task_escalated") == ["leader.mech", "boss"]
    assert climb_at("10-20 18:00") == 0
    text = str(Message.objects.filter(event="task_escalated").last())
    assert "小张" in text
    assert "机架焊接" in text


def test_a_make_up_day_counts_a_sunday_does_not(cast):
    task_until(cast, date(2026, 10, 9))
    with time_machine.travel(at("10-10 08:00"), tick=False):
        remind()
    assert climb_at("10-10 16:00") == 1
    assert climb_at("10-11 18:00") == 0
    assert climb_at("10-12 17:59") == 0
    assert climb_at("10-12 18:00") == 1


@pytest.mark.parametrize(
    ("rules", "steps"),
    [
        ({"leader_after": 2, "boss_after": 4}, {"leader.mech": "10-08 10:00", "boss": "10-08 12:00"}),
        ({"leader_after": 0, "boss_after": 4}, {"boss": "10-08 12:00"}),
        ({"leader_after": 2, "boss_after": 0}, {"leader.mech": "10-08 10:00"}),
        ({"leader_after": 0, "boss_after": 0}, {}),
    ],
)
def test_the_steps_are_the_sites(cast, rules, steps):
    save_rules(actor=cast["boss"], version=None, **rules)
    task_until(cast, date(2026, 9, 30))
    with time_machine.travel(at("10-08 08:00"), tick=False):
        remind()
    climb_at("11-30 12:00")
    assert sorted(told("task_escalated")) == sorted(steps)
    due = dict(Escalation.objects.exclude(step=0).values_list("step", "due_at"))
    assert sorted(due.values()) == sorted(at(text) for text in steps.values())


def test_an_answer_stops_it_and_is_logged(cast, overdue):
    with time_machine.travel(at("10-08 10:00"), tick=False):
        assert settle(overdue, actor=cast["staff.mech"]) == 1
    assert climb_at("11-30 12:00") == 0
    assert told("task_escalated") == []
    entry = LogEntry.objects.filter(verb="acknowledge", object_pk=str(overdue.pk)).get()
    assert (entry.actor, entry.contract_id) == (cast["staff.mech"], cast.own.pk)
    assert settle(overdue, actor=cast["staff.mech"]) == 0


def test_the_leader_may_answer_once_told_and_nobody_before(cast, overdue):
    for name in ("leader.mech", "pm", "boss"):
        with pytest.raises(PermissionDenied):
            settle(overdue, actor=cast[name])
    climb_at("10-08 16:00")
    settle(overdue, actor=cast["leader.mech"])
    assert climb_at("11-30 12:00") == 0
    assert told("task_escalated") == ["leader.mech"]


def test_what_is_done_or_moved_climbs_no_further(cast, overdue):
    Task.objects.filter(pk=overdue.pk).update(planned_end=date(2026, 12, 1))
    assert climb_at("10-08 16:00") == 0
    assert told("task_escalated") == []
    assert not Escalation.objects.filter(settled_at=None).exists()


def test_a_frozen_contract_is_silent(cast, overdue):
    Contract.objects.filter(pk=cast.own.pk).update(stage="cancelled")
    assert climb_at("10-09 18:00") == 0


def test_a_leader_who_does_it_is_not_told_again(cast):
    task_until(cast, date(2026, 9, 30), who="leader.mech")
    with time_machine.travel(at("10-08 08:00"), tick=False):
        remind()
    climb_at("10-09 18:00")
    assert told("task_overdue") == ["leader.mech"]
    assert told("task_escalated") == ["boss"]


def test_without_a_leader_in_the_team_the_departments_own_hears(cast):
    department = cast.departments["mechanical"]
    type(department).objects.filter(pk=department.pk).update(leader=cast.people["leader.mech"])
    TeamMember.objects.filter(contract=cast.own, person=cast.people["leader.mech"]).update(duty="member")
    task_until(cast, date(2026, 9, 30))
    with time_machine.travel(at("10-08 08:00"), tick=False):
        remind()
    climb_at("10-08 16:00")
    assert told("task_escalated") == ["leader.mech"]


def test_an_overdue_delivery_climbs_to_the_boss(cast):
    Contract.objects.filter(pk=cast.own.pk).update(planned_delivery=date(2026, 9, 30))
    with time_machine.travel(at("10-08 08:00"), tick=False):
        remind()
    assert told("contract_overdue") == ["pm"]
    climb_at("10-09 18:00")
    assert told("contract_escalated") == ["boss"]


def test_the_page_shows_the_ladder_and_stops_it(client, cast, overdue):
    url = f"/notifications/about/task/{overdue.pk}/"
    client.force_login(cast["staff.mech"])
    page = client.get(url)
    assert page.context["may_settle"]
    assert [rung["settled"] for rung in page.context["rungs"]] == [""]
    assert client.post(f"{url}settle/").status_code == 302
    page = client.get(url)
    assert not page.context["may_settle"]
    assert "小张" in page.context["rungs"][0]["settled"]
    client.force_login(cast["leader.mech"])
    assert not client.get(url).context["may_settle"]
    assert client.post(f"{url}settle/").status_code == 403
