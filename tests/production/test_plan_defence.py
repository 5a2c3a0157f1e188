"""What people send to plans that they should not, and what plans refuse to everybody."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from contracts.models import Contract, TeamMember
from contracts.services import sync_grants
from erp.roles import Duty
from erp.workflow import Blocked
from notifications.models import Message
from orgchart import services as orgchart
from orgchart.calendars import Rule
from orgchart.effects import effects_of
from orgchart.services.calendar import changes_of_days
from production import services
from production.foresight import Wish, foresee
from production.models import PlanChange, Task, TaskDependency
from production.replanning import roll_wish
from production.spans import Span
from tests.production.test_changes import MONDAY, chain, dates, wish_for
from tests.production.test_plan_pages import act

__all__ = ["act", "chain"]
TUESDAY, OFF = date(2026, 12, 8), Rule(working=False)


def edit(**more):
    return {"planned_start": "2026-12-08", "planned_end": "2026-12-10", **more}


def changed(cast, wish, who="pm"):
    return services.change_plan(cast.own, wish, actor=cast[who], cause="internal")


def linked(before, after, kind="FS", lag=0):
    return Wish("link", links={(before.pk, after.pk): (kind, Decimal(lag))})


# --- edits that a page carries ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["begins_afternoon", "ends_noon", "not_before_afternoon"])
@pytest.mark.parametrize("value", ["True", "t", "0", 1, 1.0])
@pytest.mark.parametrize("seen", ["", "x"])
def test_half_day_marks_are_marks_whatever_is_sent(act, chain, name, value, seen):
    sent = {"edits": json.dumps({str(chain[0].pk): edit(**{name: value})}), "cause": "internal"}
    sent |= {"seen": seen} if seen else {}
    answer = act("pm", f"/contracts/{chain[0].contract_id}/plan/backward/", sent)
    assert answer.status_code == (409 if seen else 200)


@pytest.mark.parametrize("key", ["9" * 30, str(2**63), "-1", "0", "x", "1_0", "９９"])
@pytest.mark.parametrize("seen", ["", "x"])
def test_tasks_that_cannot_be_are_refused(act, chain, key, seen):
    sent = {"edits": json.dumps({key: edit()}), "cause": "internal"} | ({"seen": seen} if seen else {})
    answer = act("pm", f"/contracts/{chain[0].contract_id}/plan/level/", sent)
    assert answer.status_code in (302, 403)
    assert not PlanChange.objects.exists()


def test_only_what_a_plan_may_change_is_taken(cast, chain, make_task):
    other = make_task(cast.foreign, who=None)
    sent = {str(chain[0].pk): edit(status="done", contract=other.contract_id, name="x", progress=100)}
    changed(cast, services.wish_from("level", json.dumps(sent)))
    chain[0].refresh_from_db()
    assert (chain[0].status, chain[0].name, chain[0].progress) == ("not_started", "设计", 0)
    for who in ("boss", "pm"):
        with pytest.raises(PermissionDenied):
            changed(cast, services.wish_from("level", json.dumps({str(other.pk): edit()})), who)


def test_begun_work_keeps_its_start_whatever_is_sent(cast, chain, time_machine):
    time_machine.move_to("2026-12-07 08:00:00+08:00")
    services.start_task(chain[0], actor=cast["staff.mech"])
    sent = {str(chain[0].pk): edit(planned_start="2026-12-01", planned_end="2026-12-11")}
    changed(cast, services.wish_from("level", json.dumps(sent)))
    assert dates(chain[0]) == (MONDAY, date(2026, 12, 11))


# --- proposals and undo ---------------------------------------------------------------------------------


@pytest.fixture
def day_long(cast, chain):
    """设计 takes one day; returns the change that made it so."""
    change = changed(cast, services.reschedule_wish(chain[0], Span(MONDAY, MONDAY)))
    chain[0].refresh_from_db()
    return change


def test_undo_of_what_became_a_milestone_is_refused_in_words(act, chain, cast, day_long):
    services.edit_task(chain[0], actor=cast["pm"], milestone=True)
    assert act("pm", f"/plan-changes/{day_long.pk}/undo/").status_code == 302
    day_long.refresh_from_db()
    assert day_long.state == "applied"


def test_a_proposal_for_what_became_a_milestone_is_refused_in_words(act, client, chain, cast, day_long):
    longer = Span(MONDAY + timedelta(days=14), MONDAY + timedelta(days=18))
    change = changed(cast, services.reschedule_wish(chain[0], longer), "leader.mech")
    assert change.state == "proposed"
    services.edit_task(chain[0], actor=cast["pm"], milestone=True)
    assert act("pm", f"/plan-changes/{change.pk}/apply/").status_code == 302
    assert client.get(f"/plan-changes/{change.pk}/").status_code == 200
    assert dates(chain[0])[0] == MONDAY


@pytest.mark.parametrize("status", ["done", "cancelled"])
def test_what_is_over_is_not_taken_back(chain, cast, status):
    change = changed(cast, wish_for(chain[0], 1))
    Task.objects.filter(pk=chain[0].pk).update(status=status)
    with pytest.raises(Blocked, match="设计"):
        services.undo_change(change, actor=cast["pm"])


def test_a_link_changed_since_is_not_taken_back(chain, cast):
    change = changed(cast, linked(chain[0], chain[2]))
    changed(cast, linked(chain[0], chain[2], "SS", 1))
    with pytest.raises(Blocked, match="接线"):
        services.undo_change(change, actor=cast["pm"])
    assert TaskDependency.objects.get(predecessor=chain[0], successor=chain[2]).type == "SS"


def test_undo_restores_the_link_that_stood_when_a_proposal_was_applied(chain, cast):
    design, make, _wire = chain
    change = changed(cast, linked(design, make, lag=30), "leader.mech")
    assert change.state == "proposed"
    changed(cast, linked(design, make, lag=1))
    services.undo_change(services.apply_change(change, actor=cast["pm"]), actor=cast["pm"])
    assert TaskDependency.objects.get(predecessor=design, successor=make).lag == 1


def test_nobody_takes_back_what_they_may_no_longer_plan(chain, cast):
    change = changed(cast, wish_for(chain[0], 1), "leader.mech")
    place = TeamMember.objects.filter(contract=cast.own, person=cast.people["leader.mech"])
    place.update(duty=Duty.MEMBER, department=cast.departments["quality"])
    sync_grants(cast.own)
    assert PlanChange.objects.for_user(cast["leader.mech"]).filter(pk=change.pk).exists()  # quality reads
    with pytest.raises(PermissionDenied):
        services.undo_change(change, actor=cast["leader.mech"])
    assert dates(chain[0])[0] == TUESDAY


def test_what_the_calendar_moved_is_not_taken_back_by_a_leader(chain, cast):
    orgchart.set_days(cast.departments["mechanical"], {TUESDAY: OFF}, actor=cast["boss"])
    change = PlanChange.objects.get()
    PlanChange.objects.update(author=cast["leader.mech"])
    with pytest.raises(PermissionDenied):
        services.undo_change(change, actor=cast["leader.mech"])
    assert services.undo_change(change, actor=cast["pm"]).state == "undone"


def test_taking_back_is_told(chain, cast):
    change = changed(cast, wish_for(chain[0], 1))
    told = Message.objects.filter(event="own_tasks_moved", recipient=cast["staff.mech"])
    before = told.count()
    services.undo_change(change, actor=cast["pm"])
    assert told.count() == before + 1


# --- what a leader may not --------------------------------------------------------------------------------


def test_drift_gives_no_room(chain, cast):
    """接线 stands at the delivery already, later than its links ask: the leader pushes it no further."""
    wire = chain[2]
    Task.objects.filter(pk=wire.pk).update(planned_start=date(2026, 12, 17), planned_end=date(2026, 12, 21))
    assert changed(cast, wish_for(chain[0], 6), "leader.mech").state == "proposed"
    assert dates(wire) == (date(2026, 12, 17), date(2026, 12, 21))


def test_small_steps_reach_no_further_than_one_large(chain, cast):
    """Three working days of float are three, in one step or in many."""
    states = []
    for first, last in ((8, 10), (9, 11), (10, 14), (11, 15)):
        chain[0].refresh_from_db()
        wish = services.reschedule_wish(chain[0], Span(date(2026, 12, first), date(2026, 12, last)))
        states.append(changed(cast, wish, "leader.mech").state)
    assert states == ["applied", "applied", "applied", "proposed"]
    assert dates(chain[2])[1] == date(2026, 12, 21)


@pytest.mark.parametrize("who", ["staff.mech", "sales", "qc", "outsider", "customer.a"])
def test_rolling_needs_a_place_to_plan(chain, cast, who, time_machine):
    time_machine.move_to("2026-12-09 08:00:00+08:00")
    with pytest.raises(PermissionDenied):
        changed(cast, roll_wish(), who)


# --- calendars -----------------------------------------------------------------------------------------


def test_of_contracts_out_of_sight_neither_number_nor_dates_are_told(chain, cast):
    for who in ("outsider", "staff.mech"):  # 小张 is in the team, but reads only the tasks of his own
        (line,) = effects_of(changes_of_days(None, {TUESDAY: OFF}), cast[who])
        assert (line.url, line.detail) == ("", "")
        assert not any(mark in line.text for mark in ("HT-OWN-1", "3", "1"))


def test_the_manager_hears_what_the_calendar_moved(chain, cast):
    orgchart.set_days(None, {TUESDAY: OFF}, actor=cast["boss"])
    assert Message.objects.filter(event="plan_changed", recipient=cast["pm"]).count() == 1


def test_a_plan_to_the_last_day_does_not_hold_up_the_calendar(chain, cast):
    last = date(2100, 12, 31)
    Contract.objects.filter(pk=cast.own.pk).update(planned_delivery=last)
    Task.objects.filter(pk=chain[2].pk).update(
        planned_start=date(2100, 12, 30), planned_end=last, not_before=date(2100, 12, 30)
    )
    orgchart.set_days(None, {date(2100, 12, 30): OFF}, actor=cast["boss"])
    assert dates(chain[2]) == (date(2100, 12, 30), last)


# --- odd plans -----------------------------------------------------------------------------------------


def test_a_day_on_rest_days_stays_a_day(chain, cast):
    saturday = date(2026, 12, 12)
    changed(cast, services.reschedule_wish(chain[0], Span(saturday, saturday)))
    assert dates(chain[0]) == (date(2026, 12, 14), date(2026, 12, 14))
    assert not chain[0].ends_noon


@pytest.mark.parametrize("milestones", [0, 3])
def test_plans_without_work_have_pages(act, client, cast, make_task, milestones):
    rows = [make_task(milestone=True, days=1) for _number in range(milestones)]
    if rows:
        services.link_tasks(rows[0], rows[1], actor=cast["pm"], type="SF", lag=-365)
        services.link_tasks(rows[1], rows[2], actor=cast["pm"], type="FF", lag=365)
        services.cancel_task(rows[0], actor=cast["pm"], reason="改了")
    for deed in ("roll", "backward", "level"):
        answer = act("pm", f"/contracts/{cast.own.pk}/plan/{deed}/", {"seconds": 1})
        assert answer.status_code in (200, 302)
    pages = [
        f"/contracts/{cast.own.pk}/{name}/" for name in ("plan", "gantt/print", "gantt/analysis", "board")
    ]
    for url in [*pages, *(f"/tasks/{task.pk}/why/" for task in rows)]:
        assert client.get(url).status_code == 200, url


def test_two_thousand_years_of_lag_are_drawn_at_the_end_of_all_dates(client, cast):
    """As a file may bring them: links that no dates can follow."""
    days = {"planned_start": date(2026, 1, 1), "planned_end": date(2036, 1, 1)}
    place = {"contract": cast.own, "department": cast.departments["mechanical"]}
    rows = Task.objects.bulk_create(Task(name=f"t{n}", position=n, **days, **place) for n in range(400))
    TaskDependency.objects.bulk_create(
        TaskDependency(predecessor=a, successor=b, lag=365) for a, b in zip(rows, rows[1:], strict=False)
    )
    client.force_login(cast["pm"])
    for name in ("plan/", "gantt/analysis/", "gantt/print/"):
        assert client.get(f"/contracts/{cast.own.pk}/{name}").status_code == 200, name
    assert client.get(f"/tasks/{rows[-1].pk}/why/").status_code == 200
    for deed in ("roll", "backward"):
        assert client.post(f"/contracts/{cast.own.pk}/plan/{deed}/").status_code in (200, 302)
    assert foresee(cast.own, roll_wish(), cast["pm"]).ends_after.year > 4000


# --- what those learn who move along ------------------------------------------------------------------


@pytest.mark.parametrize("note", ["", "暗号"])
def test_who_moves_along_learns_neither_name_nor_note(client, cast, chain, make_task, note):
    """小张 reads his own tasks: the one that made his wait is not his business, nor why it moved."""
    tail = make_task(
        name="尾", planned_start=date(2026, 12, 17), planned_end=date(2026, 12, 17), not_before=None
    )
    services.link_tasks(chain[2], tail, actor=cast["boss"])
    later = services.reschedule_wish(chain[2], Span(date(2026, 12, 16), date(2026, 12, 18)))
    later = Wish(later.deed, "接线", later.edits)
    change = services.change_plan(cast.own, later, actor=cast["pm"], cause="internal", note=note)
    services.undo_change(change, actor=cast["pm"])
    services.change_plan(cast.own, later, actor=cast["pm"], cause="internal", note=note)
    assert dates(tail)[0] == date(2026, 12, 21)
    client.force_login(cast["staff.mech"])
    own = f"/contracts/{cast.own.pk}/"
    for url in (
        f"/tasks/{tail.pk}/",
        f"/tasks/{tail.pk}/why/",
        own,
        f"{own}history/",
        "/notifications/",
        "/tiles/activity/",
    ):
        text = client.get(url).content.decode()
        assert "接线" not in text, url
        assert "暗号" not in text, url


def test_nobody_agrees_to_what_was_not_shown(act, chain, cast):
    wish = services.reschedule_wish(chain[0], Span(MONDAY + timedelta(days=14), MONDAY + timedelta(days=16)))
    change = changed(cast, wish, "leader.mech")
    for seen in ({}, {"seen": ""}, {"seen": "x" * 32}):
        assert act("pm", f"/plan-changes/{change.pk}/apply/", seen).status_code == 302
        assert dates(chain[0])[0] == MONDAY
