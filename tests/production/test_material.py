"""Late material pushes its task along the road of every change of a plan."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from contracts.models import Contract
from erp.models import LogEntry
from erp.workflow import Blocked
from notifications.models import Message
from production import services
from production.models import PlanChange, Task
from tests.production.test_changes import MONDAY, chain, dates

__all__ = ["chain"]
WEDNESDAY = date(2026, 12, 9)


def test_late_material_pushes_the_task_and_what_waits(cast, chain):
    """The buyer plans none of these tasks; inside their float they move all the same."""
    design, make, wire = chain
    change = services.set_material_date(design, WEDNESDAY, actor=cast["buyer"], note="阀门缺货")
    assert (change.state, change.cause, change.note) == ("applied", "supplier", "阀门缺货")
    assert dates(design) == (WEDNESDAY, date(2026, 12, 11))
    assert design.not_before == WEDNESDAY
    assert dates(make) == (date(2026, 12, 14), date(2026, 12, 15))
    assert dates(wire)[0] == date(2026, 12, 16)
    assert {move.task_id for move in change.moves.all()} == {task.pk for task in chain}
    told = Message.objects.filter(event__in=("plan_changed", "own_tasks_moved", "task_rescheduled"))
    assert sorted(message.recipient.username for message in told) == [
        "leader.elec", "leader.mech", "staff.mech",
    ]  # fmt: skip
    services.undo_change(change, actor=cast["pm"])
    assert dates(design)[0] == MONDAY


@pytest.mark.parametrize("day", [date(2026, 11, 26), date(2026, 12, 4), MONDAY])
def test_material_in_time_changes_nothing(cast, chain, day):
    before = Task.history.count()
    assert services.set_material_date(chain[0], day, actor=cast["buyer"]) is None
    assert (PlanChange.objects.count(), Task.history.count()) == (0, before)


def test_the_same_day_twice_changes_nothing_more(cast, chain):
    assert services.set_material_date(chain[0], WEDNESDAY, actor=cast["buyer"])
    assert services.set_material_date(chain[0], WEDNESDAY, actor=cast["buyer"]) is None
    assert services.set_material_date(chain[0], MONDAY, actor=cast["buyer"]) is None
    assert dates(chain[0])[0] == WEDNESDAY


def test_beyond_the_float_it_is_proposed_once(cast, chain):
    was = [dates(task) for task in chain]
    late = date(2026, 12, 18)
    change = services.set_material_date(chain[0], late, actor=cast["buyer"])
    assert (change.state, [dates(task) for task in chain]) == ("proposed", was)
    assert Message.objects.filter(event="plan_change_proposed", recipient=cast["pm"]).count() == 1
    assert services.set_material_date(chain[0], late, actor=cast["buyer"]) is None
    assert PlanChange.objects.count() == 1
    services.apply_change(change, actor=cast["pm"])
    assert dates(chain[0])[0] == late


def test_a_newer_date_replaces_the_proposal_that_waits(cast, chain):
    old = services.set_material_date(chain[0], date(2026, 12, 18), actor=cast["buyer"])
    new = services.set_material_date(chain[0], date(2026, 12, 22), actor=cast["buyer"])
    old.refresh_from_db()
    assert (old.state, new.state) == ("rejected", "proposed")
    assert PlanChange.objects.filter(state="proposed").get() == new
    assert LogEntry.objects.filter(verb="replace_plan", object_pk=str(old.pk)).exists()
    services.apply_change(new, actor=cast["pm"])
    assert dates(chain[0])[0] == date(2026, 12, 22)


def test_an_earlier_date_inside_the_float_replaces_the_proposal_and_moves_the_task(cast, chain):
    old = services.set_material_date(chain[0], date(2026, 12, 18), actor=cast["buyer"])
    new = services.set_material_date(chain[0], WEDNESDAY, actor=cast["buyer"])
    old.refresh_from_db()
    assert (old.state, new.state, dates(chain[0])[0]) == ("rejected", "applied", WEDNESDAY)


def test_material_that_comes_in_time_after_all_leaves_nothing_to_decide(cast, chain):
    old = services.set_material_date(chain[0], date(2026, 12, 18), actor=cast["buyer"])
    assert services.set_material_date(chain[0], MONDAY, actor=cast["buyer"]) is None
    old.refresh_from_db()
    assert (old.state, dates(chain[0])[0]) == ("rejected", MONDAY)


def test_a_newer_date_leaves_proposals_of_others_alone(cast, chain):
    """What the electrical leader asked for the wiring is still to be decided, and so is what waits for
    other material."""
    design, make, _wire = chain
    other = services.set_material_date(make, date(2026, 12, 22), actor=cast["buyer"])
    services.set_material_date(design, date(2026, 12, 18), actor=cast["buyer"])
    services.set_material_date(design, date(2026, 12, 21), actor=cast["buyer"])
    other.refresh_from_db()
    assert other.state == "proposed"
    assert PlanChange.objects.filter(state="proposed").count() == 2


def test_whoever_says_so_takes_no_plan_back(client, cast, chain):
    change = services.set_material_date(chain[0], WEDNESDAY, actor=cast["buyer"])
    for who, shown in (("buyer", False), ("pm", True)):
        client.force_login(cast[who])
        page = client.get(change.get_absolute_url()).content.decode()
        assert (f"/plan-changes/{change.pk}/undo/" in page) is shown
    with pytest.raises(PermissionDenied):
        services.undo_change(change, actor=cast["buyer"])


def test_the_manager_of_the_plan_pushes_it_at_once(cast, chain):
    change = services.set_material_date(chain[0], date(2026, 12, 18), actor=cast["pm"])
    assert change.state == "applied"
    assert dates(chain[0]) == (date(2026, 12, 18), date(2026, 12, 22))


@pytest.mark.parametrize("mode", ["fixed", "manual"])
def test_what_stands_fast_is_pushed_when_the_manager_agrees(cast, chain, mode):
    """It has no float; where it was pushed it stands fast again."""
    Task.objects.filter(pk=chain[0].pk).update(mode=mode)
    change = services.set_material_date(chain[0], WEDNESDAY, actor=cast["buyer"])
    assert (change.state, dates(chain[0])[0]) == ("proposed", MONDAY)
    services.apply_change(change, actor=cast["pm"])
    assert dates(chain[0]) == (WEDNESDAY, date(2026, 12, 11))
    assert chain[0].mode == mode


def test_on_a_day_of_rest_it_begins_on_the_next_working_day(cast, chain):
    services.set_material_date(chain[0], date(2026, 12, 12), actor=cast["pm"])
    assert dates(chain[0]) == (date(2026, 12, 14), date(2026, 12, 16))
    assert chain[0].not_before == date(2026, 12, 12)


def test_work_that_began_or_is_over_needs_no_material(cast, chain):
    services.start_task(chain[0], actor=cast["staff.mech"])
    services.cancel_task(chain[2], actor=cast["pm"], reason="改方案")
    for task in (chain[0], chain[2]):
        assert services.set_material_date(task, date(2026, 12, 30), actor=cast["buyer"]) is None
    assert not PlanChange.objects.exists()


def test_what_cannot_be_is_refused(cast, chain):
    with pytest.raises(PermissionDenied):
        services.set_material_date(chain[0], WEDNESDAY, actor=cast["outsider"])
    for day in (date(2101, 1, 1), date.max):
        with pytest.raises(ValidationError):
            services.set_material_date(chain[0], day, actor=cast["pm"])
    Contract.objects.filter(pk=cast.own.pk).update(stage="archived")
    with pytest.raises(Blocked):
        services.set_material_date(chain[0], WEDNESDAY, actor=cast["pm"])
    assert dates(chain[0])[0] == MONDAY
