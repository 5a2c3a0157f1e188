"""Reminders on beat: when work begins, in working days, once; each rule of the site changes them."""

from datetime import date, time

import pytest
import time_machine
from django.utils import timezone

from contracts.models import Contract
from erp.workdays import WorkCalendar
from erp.workhours import WorkHours
from notifications.models import Message, Rules
from notifications.services import remind, save_rules
from orgchart.models import Leave, WorkWeek
from production import services as production
from production.models import Task
from tests.notifications.clockwork import SITE, at, task_until, told

FAR = date(2027, 12, 1)


@pytest.fixture(autouse=True)
def _quiet_contracts(cast):
    """No contract is near its delivery unless a test says so."""
    Contract.objects.update(signed_on=date(2026, 1, 5), planned_delivery=FAR)


def remind_at(text):
    with time_machine.travel(at(text), tick=False):
        return remind()


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("10-08 08:00", 8, "10-08 16:00"),
        ("10-08 16:00", 8, "10-09 14:00"),
        ("10-09 17:00", 4, "10-10 11:00"),  # Saturday is made up
        ("10-10 17:00", 4, "10-12 11:00"),  # Sunday is not
        ("09-30 17:30", 1, "10-08 08:30"),  # over the holidays
        ("10-03 12:00", 2, "10-08 10:00"),
        ("10-08 06:00", 10, "10-08 18:00"),
    ],
)
def test_hours_of_work_pass_in_working_time(start, hours, end):
    october = WorkCalendar(
        off=frozenset(date(2026, 10, day) for day in range(1, 8)), on=frozenset({date(2026, 10, 10)})
    )
    assert WorkHours(october, time(8), time(18)).after(at(start), hours) == at(end)


def test_half_a_day_of_leave_is_no_working_time():
    afternoon = date(2026, 10, 8).toordinal() * 2 + 1
    hours = WorkHours(WorkCalendar(away=frozenset({afternoon})), time(8), time(18))
    assert hours.after(at("10-08 12:00"), 2) == at("10-09 09:00")
    assert hours.next_open(at("10-08 15:00")) == at("10-09 08:00")


def test_due_soon_counts_working_days_over_the_holidays(cast):
    task_until(cast, date(2026, 10, 8))
    assert remind_at("09-28 09:00") == 0  # three working days ahead
    assert remind_at("09-29 09:00") == 1
    assert told("task_due_soon") == ["staff.mech"]
    assert remind_at("09-30 09:00") == 0  # once
    assert "2026-10-08" in str(Message.objects.get(event="task_due_soon"))


def test_the_days_beforehand_are_the_sites(cast):
    task_until(cast, date(2026, 10, 8))
    with time_machine.travel(at("09-28 09:00"), tick=False):
        save_rules(actor=cast["admin"], version=None, soon_days=3)
        assert remind() == 1
    Message.objects.all().delete()
    task_until(cast, date(2026, 10, 9))
    with time_machine.travel(at("10-08 09:00"), tick=False):
        save_rules(actor=cast["admin"], version=None, soon_days=0)
        remind()
    assert told("task_due_soon") == []


def test_nothing_goes_out_before_the_working_day_begins(cast):
    task_until(cast, date(2026, 9, 30))
    assert remind_at("10-08 07:59") == 0
    save_rules(actor=cast["boss"], version=None, day_begins=time(7))
    assert remind_at("10-08 07:59") == 1


def test_overdue_waits_for_the_first_working_day(cast):
    task_until(cast, date(2026, 9, 30))
    for rest in ("10-01 09:00", "10-04 09:00", "10-07 23:00"):
        assert remind_at(rest) == 0
    assert remind_at("10-08 08:00") == 1
    assert told("task_overdue") == ["staff.mech"]


def test_a_make_up_saturday_is_a_day_for_reminders_a_sunday_is_not(cast):
    task_until(cast, date(2026, 10, 9))
    assert remind_at("10-10 08:00") == 1
    task_until(cast, date(2026, 10, 10), name="二")
    assert remind_at("10-11 09:00") == 0
    assert remind_at("10-12 09:00") == 1


def test_a_department_that_works_on_sundays_is_reminded_then(cast):
    department = cast.departments["mechanical"]
    WorkWeek.objects.create(department=department, place=department.pk, saturday=True, sunday=True)
    task_until(cast, date(2026, 10, 10))
    assert remind_at("10-11 08:00") == 1


def test_who_is_on_leave_is_not_reminded_beforehand_but_the_overdue_goes_on(cast):
    person = cast.people["staff.mech"]
    Leave.objects.create(person=person, first=date(2026, 10, 8), last=date(2026, 10, 9))
    task_until(cast, date(2026, 10, 12))
    assert remind_at("10-09 09:00") == 0
    assert remind_at("10-10 09:00") == 1
    task_until(cast, date(2026, 9, 30))
    Leave.objects.create(person=person, first=date(2026, 10, 13), last=date(2026, 10, 14))
    assert remind_at("10-13 09:00") == 2
    assert told("task_overdue") == ["staff.mech", "staff.mech"]


def test_a_new_end_is_a_new_matter(cast):
    task = task_until(cast, date(2026, 9, 30))
    remind_at("10-08 09:00")
    Task.objects.filter(pk=task.pk).update(planned_end=date(2026, 10, 8), planned_start=date(2026, 10, 8))
    remind_at("10-09 09:00")
    assert told("task_overdue") == ["staff.mech", "staff.mech"]


def test_done_work_and_archived_contracts_are_not_reminded_of(cast):
    task = task_until(cast, date(2026, 9, 30))
    production.start_task(task, actor=cast["boss"])
    task_until(cast, date(2026, 9, 30), name="另一件")
    Task.objects.filter(pk=task.pk).update(status="done")
    Contract.objects.filter(pk=cast.own.pk).update(stage="cancelled")
    assert remind_at("10-08 09:00") == 0
    Contract.objects.filter(pk=cast.own.pk).update(stage="released")
    assert remind_at("10-09 09:00") == 1


def test_contracts_are_reminded_of_before_and_after_their_delivery(cast):
    Contract.objects.filter(pk=cast.own.pk).update(planned_delivery=date(2026, 10, 9))
    remind_at("09-29 09:00")
    assert told("contract_due_soon") == []
    remind_at("09-30 09:00")
    assert told("contract_due_soon") == ["pm"]
    remind_at("10-10 09:00")
    assert told("contract_overdue") == ["pm"]
    remind_at("10-12 09:00")
    assert told("contract_overdue") == ["pm"]


def test_a_round_is_done_once_a_day_and_taken_up_when_its_worker_died(cast, monkeypatch):
    task_until(cast, date(2026, 9, 30))
    with time_machine.travel(at("10-08 09:00"), tick=False) as clock:
        from notifications.services import ladders

        def broken(*_):
            raise SystemExit("killed")

        monkeypatch.setattr(ladders, "_tell_matter", broken)
        with pytest.raises(SystemExit):
            remind()
        monkeypatch.undo()
        assert remind() == 0  # somebody is at it
        clock.shift(700)
        assert remind() == 1
        task_until(cast, date(2026, 9, 29), name="后来的")
        assert remind() == 0  # tomorrow


def test_rules_are_kept_by_boss_and_administrator_and_checked(cast):
    from django.core.exceptions import PermissionDenied, ValidationError

    with pytest.raises(PermissionDenied):
        save_rules(actor=cast["pm"], version=None, soon_days=1)
    with pytest.raises(ValidationError):
        save_rules(actor=cast["boss"], version=None, leader_after=9, boss_after=9)
    with pytest.raises(ValidationError):
        save_rules(actor=cast["boss"], version=None, day_begins=time(18), day_ends=time(8))
    assert not Rules.objects.exists()
    assert timezone.get_default_timezone() == SITE


def test_the_back_office_and_the_page_keep_one_row_of_rules(client, cast):
    client.force_login(cast["admin"])
    data = {
        "day_begins": "08:30",
        "day_ends": "17:30",
        "soon_days": "3",
        "leader_after": "4",
        "boss_after": "12",
        "link_days": "7",
    }
    assert client.post("/admin/notifications/rules/add/", data).status_code == 302
    assert (Rules.objects.get().soon_days, Rules.objects.get().day_begins) == (3, time(8, 30))
    assert client.get("/admin/notifications/rules/add/").status_code == 403
    row = Rules.objects.get()
    page = client.post("/notifications/rules/", {**data, "soon_days": "5", "version": row.version})
    assert page.status_code == 302
    change = f"/admin/notifications/rules/{row.pk}/change/"
    wrong = client.post(change, {**data, "boss_after": "3", "seen": row.version + 1})
    assert wrong.status_code == 200
    assert Rules.objects.get().soon_days == 5
    assert client.post(change, {**data, "boss_after": "6", "seen": row.version + 1}).status_code == 302
    assert Rules.objects.get().boss_after == 6
    assert client.post("/notifications/rules/", {**data, "version": row.version}).status_code == 409
    assert client.post("/notifications/rules/", {**data, "day_ends": "08:00"}).status_code == 422


def test_one_broken_matter_does_not_silence_the_others(cast, monkeypatch, caplog):
    from notifications.services import ladders

    task_until(cast, date(2026, 9, 30), name="坏的")
    task_until(cast, date(2026, 9, 30), name="好的")
    real = ladders._tell_matter

    def broken(slug, reminder, matter, ours):
        if matter.target.name == "坏的":
            raise RuntimeError("broken")
        return real(slug, reminder, matter, ours)

    monkeypatch.setattr(ladders, "_tell_matter", broken)
    assert remind_at("10-08 09:00") == 1
    assert "task_overdue" in caplog.text
