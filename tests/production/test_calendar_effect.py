"""A changed working calendar moves what was planned in it, shown before it is done."""

from datetime import date

import pytest

from contracts.models import Contract
from notifications.models import Message
from orgchart import services as orgchart
from orgchart.calendars import Rule
from orgchart.effects import effects_of
from orgchart.models import Leave
from orgchart.services.calendar import changes_of_days, changes_of_leave
from production.models import PlanChange
from production.spans import Span
from tests.production.test_changes import MONDAY, chain, dates

__all__ = ["chain"]
TUESDAY, OFF = date(2026, 12, 8), Rule(working=False)


def test_a_day_off_moves_the_plan_and_keeps_its_durations(cast, chain):
    design, make, wire = chain
    orgchart.set_days(None, {TUESDAY: OFF}, actor=cast["boss"], name="厂庆")
    assert dates(design) == (MONDAY, date(2026, 12, 10))
    assert dates(make) == (date(2026, 12, 11), date(2026, 12, 14))
    assert dates(wire) == (date(2026, 12, 15), date(2026, 12, 17))
    change = PlanChange.objects.get()
    assert (change.deed, change.cause, change.state) == ("calendar", "calendar", "applied")
    assert Message.objects.filter(event="plan_changed", recipient=cast["leader.elec"]).exists()
    orgchart.set_days(None, {TUESDAY: Rule(working=True)}, actor=cast["boss"])
    assert dates(wire) == (date(2026, 12, 14), date(2026, 12, 16))


def test_leave_moves_ones_own_work_and_what_waits_for_it(cast, chain):
    design, make, wire = chain
    fields = {"first": MONDAY, "last": TUESDAY, "begins_afternoon": False, "ends_noon": True, "note": ""}
    orgchart.add_leave(cast.people["staff.mech"], actor=cast["boss"], **fields)
    design.refresh_from_db()
    assert Span.of(design) == Span(TUESDAY, date(2026, 12, 11), True, True)
    assert dates(wire)[0] == date(2026, 12, 15)


def test_what_would_move_is_told_and_nothing_is_written(cast, chain):
    was = [dates(task) for task in chain]
    lines = effects_of(changes_of_days(None, {TUESDAY: OFF}), cast["boss"])
    assert len(lines) == 1
    assert "HT-OWN-1" in lines[0].text
    assert "3" in lines[0].text
    assert lines[0].detail == "2026-12-16 → 2026-12-17"
    assert ([dates(task) for task in chain], PlanChange.objects.count()) == (was, 0)
    assert effects_of(changes_of_days(None, {date(2026, 12, 12): OFF}), cast["boss"]) == []  # a Saturday


def test_contracts_out_of_sight_have_no_name(cast, chain):
    leave = Leave(person=cast.people["staff.mech"], first=MONDAY, last=TUESDAY)
    (line,) = effects_of(changes_of_leave(leave), cast["outsider"])
    assert "HT-OWN-1" not in line.text + line.url + line.detail
    assert line.url == ""


@pytest.mark.parametrize("stage", ["archived", "cancelled"])
def test_what_is_over_stays(cast, chain, stage):
    Contract.objects.filter(pk=cast.own.pk).update(stage=stage)
    was = [dates(task) for task in chain]
    orgchart.set_days(None, {TUESDAY: OFF}, actor=cast["boss"])
    assert [dates(task) for task in chain] == was


def test_work_by_hand_and_done_work_stay(cast, chain):
    design, make, _ = chain
    type(design).objects.filter(pk=design.pk).update(mode="manual")
    orgchart.set_days(None, {TUESDAY: OFF}, actor=cast["boss"])
    assert dates(design) == (MONDAY, date(2026, 12, 9))
    assert dates(make)[0] == date(2026, 12, 10)
