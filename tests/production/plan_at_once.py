"""Run by test_plan_at_once in a process of its own: several people change one plan at the same instant."""

import sys
from datetime import date, timedelta

from tests import side_by_side

MONDAY = date(2026, 12, 7)


def plan(cast, number):
    """设计 (机械) → 加工 (机械) → 接线 (电气) in a contract of their own."""
    from production import services
    from tests.cast import TEAM, make_contract

    days = {"signed_on": date(2026, 11, 2), "planned_delivery": date(2026, 12, 21)}
    contract, made = make_contract(cast, number=number, team=TEAM, **days), []
    rows = [("设计", "mechanical", "staff.mech"), ("加工", "mechanical", None), ("接线", "electrical", None)]
    for nth, (name, department, who) in enumerate(rows):
        start = MONDAY + timedelta(days=nth)
        task = services.create_task(
            contract, actor=cast["boss"], name=name, department=cast.departments[department],
            assignee=cast.people.get(who), planned_start=start, planned_end=start,
            not_before=None if nth else MONDAY,
        )  # fmt: skip
        if made:
            services.link_tasks(made[-1], task, actor=cast["boss"])
        made.append(task)
    return contract, made


def at_once(*deeds, rounds=1):
    """Begin the deeds at once, each `rounds` times; how often one was refused in words."""
    from django.core.exceptions import PermissionDenied, ValidationError

    from erp.workflow import Blocked, Stale
    from production.services import Overtaken

    def repeated(deed):
        refused = 0
        for number in range(rounds):
            try:
                deed(number)
            except (Blocked, Stale, PermissionDenied, ValidationError, Overtaken):
                refused += 1
        return refused

    return sum(side_by_side.at_once(*[lambda deed=deed: repeated(deed) for deed in deeds]))


def moved(task, days, actor):
    """Move a task as it stands now."""
    from production import services
    from production.models import Task
    from production.spans import Span

    row, shift = Task.objects.select_related("contract").get(pk=task.pk), timedelta(days=days)
    wish = services.reschedule_wish(row, Span(row.planned_start + shift, row.planned_end + shift))
    return services.change_plan(row.contract, wish, actor=actor, cause="internal")


def starts(tasks):
    from production.models import Task

    return [Task.objects.get(pk=task.pk).planned_start.day for task in tasks]


def same_confirmation(cast, contract, tasks):
    from production import services
    from production.foresight import foresee
    from production.spans import Span

    tuesday = MONDAY + timedelta(days=1)
    wish = services.reschedule_wish(tasks[0], Span(tuesday, tuesday))
    confirmed = {"actor": cast["pm"], "cause": "internal", "seen": foresee(contract, wish, cast["pm"]).digest}
    confirm = lambda _n: services.change_plan(contract, wish, **confirmed)  # noqa: E731
    assert at_once(confirm, confirm, confirm) == 2
    assert (starts(tasks), contract.plan_changes.count()) == ([8, 9, 10], 1), starts(tasks)


def crossing_changes(cast, contract, tasks):
    """The first pushes the last, which its leader moves himself: in the end no task is before its links."""
    at_once(
        lambda _n: moved(tasks[0], 1, cast["pm"]),
        lambda _n: moved(tasks[2], 1, cast["leader.elec"]),
        lambda n: moved(tasks[1], 1 - n % 2 * 2, cast["pm"]),
        rounds=5,
    )
    first, second, third = starts(tasks)
    assert first < second < third, starts(tasks)


def one_proposal(cast, contract, tasks):
    from production import services

    change = moved(tasks[0], 21, cast["leader.mech"])
    assert change.state == "proposed"
    agree = lambda _n: services.apply_change(change, actor=cast["pm"])  # noqa: E731
    refuse = lambda _n: services.decline_change(change, actor=cast["boss"], reason="不行")  # noqa: E731
    assert at_once(agree, refuse, agree) == 2
    change.refresh_from_db()
    assert starts(tasks) == ([28, 29, 30] if change.state == "applied" else [7, 8, 9]), starts(tasks)


def undo_and_change(cast, contract, tasks):
    from production import services

    change = moved(tasks[0], 1, cast["pm"])
    undo = lambda _n: services.undo_change(change, actor=cast["pm"])  # noqa: E731
    at_once(undo, undo, lambda _n: moved(tasks[0], 1, cast["pm"]))
    change.refresh_from_db()
    assert starts(tasks) in {"applied": [[9, 10, 11]], "undone": [[8, 9, 10], [9, 10, 11]]}[change.state]


def both_ways(cast, contract, tasks):
    """Links drawn in the back office at the same instant, each the other way: one of them would close a
    circle."""
    from production import services
    from production.models import TaskDependency

    TaskDependency.objects.filter(successor__contract=contract).delete()
    first, last = tasks[0], tasks[2]
    refused = at_once(
        lambda _n: services.link_tasks(first, last, actor=cast["boss"]),
        lambda _n: services.link_tasks(last, first, actor=cast["boss"]),
    )
    assert refused == 1, refused
    link = TaskDependency.objects.get(successor__contract=contract)
    at_once(
        lambda _n: services.unlink_tasks(link, actor=cast["boss"]),
        lambda _n: moved(first, 1, cast["pm"]),
    )
    assert not TaskDependency.objects.filter(successor__contract=contract).exists()


def work_goes_on(cast, contract, tasks):
    """Whoever works on a task, edits it, moves the plan or the calendar: they never lock each other out."""
    from orgchart import services as orgchart
    from orgchart.calendars import Rule
    from production import services
    from production.models import Task

    def work(number):
        verb = "start" if not number else "resume" if number % 2 == 0 else "pause"
        reason = {"reason": "缺料"} if verb == "pause" else {}
        services.STEPS[verb](Task.objects.get(pk=tasks[0].pk), actor=cast["staff.mech"], **reason)

    def edit(number):
        who = cast.people["staff.elec" if number % 2 else "leader.elec"]
        services.assign(Task.objects.get(pk=tasks[2].pk), actor=cast["boss"], person=who)
        end = date(2027, 6, 1 + number)
        services.edit_task(
            Task.objects.get(pk=tasks[2].pk), actor=cast["boss"], name=f"接线{number}", planned_end=end
        )

    def calendar(number):
        day = MONDAY + timedelta(days=number % 3)
        orgchart.set_days(None, {day: Rule(working=bool(number % 2))}, actor=cast["boss"])

    at_once(
        work, edit, calendar,
        lambda n: moved(tasks[0], 1 - n % 2 * 2, cast["pm"]),
        lambda n: moved(tasks[1], n % 2 * 2 - 1, cast["leader.mech"]),
        rounds=10,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(
        side_by_side.play(
            same_confirmation,
            crossing_changes,
            one_proposal,
            undo_and_change,
            both_ways,
            work_goes_on,
            given=plan,
        )
    )
