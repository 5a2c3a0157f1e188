"""Changing a plan: what follows, who may, what is told, and taking it back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from contracts.models import Contract
from erp.models import LogEntry
from erp.workdays import day_of
from erp.workflow import Blocked, Stale
from notifications.models import Message
from production import services
from production.analysis import Analysis
from production.foresight import Wish, foresee
from production.models import Baseline, PlanChange, PlanMove, Task, TaskDependency
from production.replanning import backward_plan, level_plan, roll_wish
from production.spans import Span

MONDAY = date(2026, 12, 7)


@pytest.fixture
def chain(cast, make_task, time_machine):
    """设计 (机械, Mon–Wed) → 加工 (机械, Thu–Fri) → 接线 (电气, Mon–Wed), delivery on 2026-12-21; it is
    the end of November."""
    time_machine.move_to("2026-11-25T09:00:00+08:00", tick=False)
    days = {"signed_on": date(2026, 10, 26), "planned_delivery": date(2026, 12, 21)}
    Contract.objects.filter(pk=cast.own.pk).update(**days)
    cast.own.refresh_from_db()

    def task(name, start, days, department="mechanical", who="staff.mech", **fields):
        return make_task(
            name=name, planned_start=start, planned_end=start + timedelta(days=days - 1),
            department=department, who=who, **fields,
        )  # fmt: skip

    design = task("设计", MONDAY, 3)
    make = task("加工", MONDAY + timedelta(days=3), 2, not_before=None)
    wire = task("接线", MONDAY + timedelta(days=7), 3, "electrical", "leader.elec", not_before=None)
    services.link_tasks(design, make, actor=cast["boss"])
    services.link_tasks(make, wire, actor=cast["boss"])
    return design, make, wire


def wish_for(task, days, **rules):
    task.refresh_from_db()
    shift = timedelta(days=days)
    span = Span(task.planned_start + shift, task.planned_end + shift)
    return services.reschedule_wish(task, span, **rules)


def dates(task):
    task.refresh_from_db()
    return task.planned_start, task.planned_end


def test_successors_follow_over_the_weekend_in_both_directions(cast, chain):
    design, make, wire = chain
    change = services.change_plan(cast.own, wish_for(design, 1), actor=cast["pm"], cause="customer")
    assert dates(design) == (date(2026, 12, 8), date(2026, 12, 10))
    assert dates(make) == (date(2026, 12, 11), date(2026, 12, 14))
    assert dates(wire) == (date(2026, 12, 15), date(2026, 12, 17))
    assert [move.slip for move in change.moves.order_by("id")] == [1, 1, 1]
    services.change_plan(cast.own, wish_for(design, -1), actor=cast["pm"], cause="customer")
    assert dates(wire) == (date(2026, 12, 14), date(2026, 12, 16))


def test_a_foresight_writes_nothing_and_names_what_it_saw(cast, chain):
    design, *_ = chain
    before = (LogEntry.objects.count(), Task.history.count())
    found = foresee(cast.own, wish_for(design, 1), cast["pm"])
    assert [move.task.name for move in found.moves] == ["设计", "加工", "接线"]
    assert (found.ends_before, found.ends_after) == (date(2026, 12, 16), date(2026, 12, 17))
    assert (LogEntry.objects.count(), Task.history.count()) == before
    assert foresee(cast.own, wish_for(design, 1), cast["pm"]).digest == found.digest
    assert foresee(cast.own, wish_for(design, 2), cast["pm"]).digest != found.digest


def test_what_was_seen_is_what_is_done(cast, chain):
    design, make, _ = chain
    found = foresee(cast.own, wish_for(design, 1), cast["pm"])
    services.edit_task(make, actor=cast["pm"], name="加工与打磨")
    with pytest.raises(services.Overtaken) as late:
        services.change_plan(
            cast.own, wish_for(design, 1), actor=cast["pm"], cause="internal", seen=found.digest
        )
    assert late.value.foresight.digest != found.digest
    assert not PlanChange.objects.exists()
    assert dates(design)[0] == MONDAY


def test_drift_is_left_where_it_is(cast, chain):
    """A task that is not where its links would put it moves only with what it waits for."""
    design, make, wire = chain
    Task.objects.filter(pk=wire.pk).update(planned_start=date(2026, 12, 16), planned_end=date(2026, 12, 18))
    tail = foresee(cast.own, Wish("reschedule", edits={}), cast["pm"])
    assert tail.moves == ()
    longer = services.reschedule_wish(make, Span(date(2026, 12, 10), date(2026, 12, 11), ends_noon=True))
    found = foresee(cast.own, longer, cast["pm"])
    assert {move.task.name for move in found.moves} == {"加工", "接线"}


def test_one_undo_takes_all_of_it_back(cast, chain):
    design, make, wire = chain
    was = [dates(task) for task in chain]
    rules = {"mode": "fixed", "not_after": date(2026, 12, 18)}
    change = services.change_plan(cast.own, wish_for(design, 1, **rules), actor=cast["pm"], cause="design")
    assert services.undo_change(change, actor=cast["pm"]).state == "undone"
    assert [dates(task) for task in chain] == was
    design.refresh_from_db()
    assert (design.mode, design.not_after, design.not_before) == ("auto", None, MONDAY)
    with pytest.raises(Blocked):
        services.undo_change(change, actor=cast["pm"])


def test_undo_stops_at_what_others_did_since(cast, chain):
    design, make, wire = chain
    change = services.change_plan(cast.own, wish_for(design, 1), actor=cast["pm"], cause="design")
    services.change_plan(cast.own, wish_for(wire, 1), actor=cast["leader.elec"], cause="supplier")
    with pytest.raises(Blocked, match="接线"):
        services.undo_change(change, actor=cast["pm"])
    assert dates(design)[0] == date(2026, 12, 8)
    change.refresh_from_db()
    assert change.state == "applied"


def test_links_come_and_go_with_what_they_move(cast, chain):
    design, _, wire = chain
    wish = Wish("link", "接线", links={(design.pk, wire.pk): ("FS", Decimal(5))})
    change = services.change_plan(cast.own, wish, actor=cast["pm"], cause="design")
    assert dates(wire) == (date(2026, 12, 17), date(2026, 12, 21))
    services.undo_change(change, actor=cast["pm"])
    assert dates(wire)[0] == date(2026, 12, 14)
    assert TaskDependency.objects.count() == 2
    unlink = Wish("unlink", "接线", links={(chain[1].pk, wire.pk): None})
    change = services.change_plan(cast.own, unlink, actor=cast["pm"], cause="design")
    assert TaskDependency.objects.count() == 1
    services.undo_change(change, actor=cast["pm"])
    assert TaskDependency.objects.filter(successor=wire).count() == 1


def test_a_circle_is_named(cast, chain):
    design, _make, wire = chain
    with pytest.raises(Blocked, match="设计.*加工.*接线.*设计|接线.*设计.*加工.*接线"):
        foresee(cast.own, Wish("link", links={(wire.pk, design.pk): ("SS", Decimal(0))}), cast["pm"])


# --- who may ---------------------------------------------------------------------------------------


def test_inside_their_float_others_move_along(cast, chain):
    """接线 could be three days later (16 → 21 December): a leader of 机械 pushes it by two."""
    design, _make, wire = chain
    change = services.change_plan(cast.own, wish_for(design, 2), actor=cast["leader.mech"], cause="internal")
    assert change.state == "applied"
    assert dates(wire) == (date(2026, 12, 16), date(2026, 12, 18))
    assert Message.objects.filter(event="plan_changed", recipient=cast["leader.elec"]).count() == 1
    entry = LogEntry.objects.filter(verb="follow_plan", object_pk=str(wire.pk)).get()
    assert entry.actor == cast["leader.mech"]


def test_beyond_their_float_it_is_a_proposal(cast, chain):
    design, _make, wire = chain
    was = [dates(task) for task in chain]
    wish = wish_for(design, 7)
    assert foresee(cast.own, wish, cast["leader.mech"]).needs_proposal
    change = services.change_plan(cast.own, wish, actor=cast["leader.mech"], cause="internal", note="缺料")
    assert (change.state, [dates(task) for task in chain]) == ("proposed", was)
    assert not change.moves.exists()
    assert Message.objects.filter(event="plan_change_proposed", recipient=cast["pm"]).count() == 1
    with pytest.raises(PermissionDenied):
        services.apply_change(change, actor=cast["leader.mech"])
    services.apply_change(change, actor=cast["pm"])
    assert dates(wire) == (date(2026, 12, 21), date(2026, 12, 23))
    assert Message.objects.filter(event="plan_change_applied", recipient=cast["leader.mech"]).count() == 1
    with pytest.raises(Blocked):
        services.decline_change(change, actor=cast["pm"], reason="晚了")


def test_a_declined_proposal_tells_why(cast, chain):
    wish = wish_for(chain[0], 7)
    change = services.change_plan(cast.own, wish, actor=cast["leader.mech"], cause="internal")
    with pytest.raises(Blocked):
        services.decline_change(change, actor=cast["pm"], reason=" ")
    services.decline_change(change, actor=cast["pm"], reason="客户等着")
    told = Message.objects.get(event="plan_change_declined")
    assert (told.recipient, told.params["reason"]) == (cast["leader.mech"], "客户等着")


@pytest.mark.parametrize("who", ["staff.mech", "leader.elec", "sales", "outsider"])
def test_nobody_wishes_for_others_tasks(cast, chain, who):
    with pytest.raises(PermissionDenied):
        services.change_plan(cast.own, wish_for(chain[0], 1), actor=cast[who], cause="internal")


def test_a_wish_reaches_no_other_contract(cast, chain, make_task):
    foreign = make_task(cast.foreign, who=None)
    with pytest.raises(PermissionDenied):
        services.change_plan(cast.own, wish_for(foreign, 1), actor=cast["leader.mech"], cause="internal")
    with pytest.raises((PermissionDenied, Blocked)):
        services.change_plan(cast.own, wish_for(foreign, 1), actor=cast["boss"], cause="internal")


def test_an_archived_contract_does_not_move(cast, chain):
    Contract.objects.filter(pk=cast.own.pk).update(stage="archived")
    with pytest.raises(Blocked):
        services.change_plan(cast.own, wish_for(chain[0], 1), actor=cast["pm"], cause="internal")


# --- rules of a task --------------------------------------------------------------------------------


def test_by_hand_and_fixed_tasks_stay(cast, chain):
    design, make, wire = chain
    Task.objects.filter(pk=make.pk).update(mode="manual")
    services.change_plan(cast.own, wish_for(design, 7), actor=cast["pm"], cause="internal")
    assert dates(make) == (date(2026, 12, 10), date(2026, 12, 11))
    assert dates(wire)[0] == date(2026, 12, 14)
    conflicts = foresee(cast.own, Wish("reschedule"), cast["pm"]).layout.schedule.conflicts
    assert [conflict.key for conflict in conflicts] == [make.pk]


def test_half_days_are_kept_and_followed(cast, chain):
    design, make, _ = chain
    wish = services.reschedule_wish(design, Span(MONDAY, MONDAY + timedelta(days=2), ends_noon=True))
    services.change_plan(cast.own, wish, actor=cast["pm"], cause="internal")
    make.refresh_from_db()
    assert Span.of(make) == Span(date(2026, 12, 9), date(2026, 12, 11), True, True)


def test_begun_work_keeps_its_start_and_done_work_its_dates(cast, chain):
    design, make, wire = chain
    services.start_task(design, actor=cast["staff.mech"])
    wish = services.reschedule_wish(design, Span(MONDAY, MONDAY + timedelta(days=4)))
    services.change_plan(cast.own, wish, actor=cast["pm"], cause="internal")
    assert dates(design) == (MONDAY, date(2026, 12, 11))
    assert dates(make) == (date(2026, 12, 14), date(2026, 12, 15))


def test_stale_drags_are_told(cast, chain):
    with pytest.raises(Stale):
        services.reschedule_task(
            chain[0], actor=cast["pm"], start=MONDAY, end=MONDAY + timedelta(days=9), version=7
        )


# --- whole plans -------------------------------------------------------------------------------------


def test_rolling_brings_the_plan_up_to_today(cast, chain, time_machine):
    design, make, wire = chain
    time_machine.move_to("2026-12-09T09:00:00+08:00", tick=False)
    services.change_plan(cast.own, roll_wish(), actor=cast["pm"], cause="internal")
    assert dates(design) == (date(2026, 12, 9), date(2026, 12, 11))
    assert dates(make) == (date(2026, 12, 14), date(2026, 12, 15))
    assert services.change_plan(cast.own, roll_wish(), actor=cast["pm"], cause="internal") is None


def test_planning_back_puts_all_at_their_latest(cast, chain):
    found = backward_plan(cast.own)
    services.change_plan(cast.own, found.wish, actor=cast["pm"], cause="customer")
    assert dates(chain[2]) == (date(2026, 12, 17), date(2026, 12, 21))
    assert dates(chain[1]) == (date(2026, 12, 15), date(2026, 12, 16))
    assert (found.late_by, found.too_early) == (0, ())


def test_planning_back_says_that_it_was_late_at_signing(cast, chain):
    Contract.objects.filter(pk=cast.own.pk).update(signed_on=date(2026, 12, 16))
    cast.own.refresh_from_db()
    assert backward_plan(cast.own).late_by == 8  # half-days: eight days of work, four of them left


def test_levelling_leaves_nobody_two_tasks_at_once(cast, chain, make_task):
    twin = make_task(name="打样", planned_start=MONDAY, planned_end=MONDAY + timedelta(days=1))
    found = level_plan(cast.own, 5)
    assert found.wish.edits
    change = services.change_plan(cast.own, found.wish, actor=cast["pm"], cause="internal")
    spans = sorted(
        (Span.of(Task.objects.get(pk=pk)) for pk in (chain[0].pk, chain[1].pk, twin.pk)),
        key=lambda s: s.first,
    )
    assert all(one.until <= two.first for one, two in zip(spans, spans[1:], strict=False))
    assert change.state == "applied"
    assert found.result.makespan <= found.result.heuristic


def test_levelling_respects_work_in_other_contracts(cast, chain, make_task):
    make_task(cast.foreign, name="别处的活", planned_start=MONDAY, planned_end=MONDAY + timedelta(days=4))
    found = level_plan(cast.own, 5)
    services.change_plan(cast.own, found.wish, actor=cast["pm"], cause="internal")
    assert dates(chain[0])[0] == date(2026, 12, 14)


def test_levelling_tells_the_end_of_this_plan_not_of_others(cast, chain, make_task):
    make_task(cast.foreign, name="别处的活", planned_start=date(2027, 3, 1), planned_end=date(2027, 3, 31))
    make_task(name="打样", planned_start=MONDAY, planned_end=MONDAY + timedelta(days=1))
    found = level_plan(cast.own, 5)
    assert day_of(found.result.makespan - 1) == date(2026, 12, 16)
    assert found.result.proven
    change = services.change_plan(cast.own, found.wish, actor=cast["pm"], cause="internal")
    assert change.state == "applied"
    assert max(task.planned_end for task in Task.objects.filter(contract=cast.own)) == date(2026, 12, 16)


# --- baselines and reasons ---------------------------------------------------------------------------


def test_the_contract_baseline_is_taken_with_the_release(cast, chain):
    from contracts.services import release_plan

    release_plan(cast.own, actor=cast["pm"])
    baseline = Baseline.objects.get(contract=cast.own, of_contract=True)
    assert baseline.planned_delivery == cast.own.planned_delivery
    assert baseline.tasks.count() == 3
    services.change_plan(cast.own, wish_for(chain[0], 1), actor=cast["pm"], cause="internal")
    assert baseline.tasks.get(task=chain[0]).planned_start == MONDAY


def test_named_baselines(cast, chain):
    services.take_baseline(cast.own, actor=cast["pm"], name="评审后")
    with pytest.raises(Blocked):
        services.take_baseline(cast.own, actor=cast["pm"], name="评审后")
    with pytest.raises(PermissionDenied):
        services.take_baseline(cast.own, actor=cast["leader.mech"], name="我的")


def test_slips_are_summed_by_department_and_cause(cast, chain):
    from production.analysis import slips

    services.change_plan(cast.own, wish_for(chain[0], 1), actor=cast["pm"], cause="supplier")
    change = services.change_plan(cast.own, wish_for(chain[2], 7), actor=cast["pm"], cause="customer")
    found = [
        (name, days, [(line.days, line.share) for line in lines])
        for name, days, lines in slips(PlanMove.objects.all())
    ]
    assert found == [("电气部", "6", [("5", 83), ("1", 17)]), ("机械部", "2", [("2", 100)])]
    services.undo_change(change, actor=cast["pm"])
    assert slips(PlanMove.objects.all())[0][0] == "机械部"


def test_dragging_on_is_no_lateness_at_signing(cast, chain):
    from contracts.services import release_plan

    release_plan(cast.own, actor=cast["pm"])
    least = Analysis(cast.own, cast["pm"]).least
    assert least == date(2026, 11, 4)  # eight days from 26 October on
    Task.objects.filter(pk=chain[0].pk).update(planned_end=date(2026, 12, 31))
    assert Analysis(cast.own, cast["pm"]).least == least


def test_links_that_fixed_dates_break_are_told_whatever_their_type(cast, chain):
    design, make, wire = chain
    services.link_tasks(design, wire, actor=cast["boss"], type="FF")
    assert Analysis(cast.own, cast["pm"]).broken == []
    Task.objects.filter(pk=wire.pk).update(mode="fixed", planned_start=MONDAY, planned_end=MONDAY)
    assert set(Analysis(cast.own, cast["pm"]).broken) == {(design.pk, wire.pk), (make.pk, wire.pk)}
