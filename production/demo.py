"""Plans of the demo contracts, worked on through the services as people would have."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from contracts.models import Contract
from erp.roles import Function
from erp.workdays import slot_of
from orgchart.models import Department, Person, User
from production.calendar import working_calendar
from production.layout import span_of
from production.models import Task
from production.services import (
    create_task,
    finish_task,
    link_tasks,
    pause_task,
    report_progress,
    start_task,
    submit_task,
)
from production.spans import Span

#: (department function, name, working days, index of the task waited for or -1, milestone)
PLAN = (
    (Function.MECHANICAL, "总体方案设计", 5, -1, False),
    (Function.MECHANICAL, "机械结构设计", 10, 0, False),
    (Function.MECHANICAL, "机械图纸评审", 1, 1, True),
    (Function.ELECTRICAL, "电气原理图设计", 8, 0, False),
    (Function.ELECTRICAL, "电控柜制作", 6, 3, False),
    (Function.PROCUREMENT, "外购件下单", 4, 1, False),
    (Function.MECHANICAL, "机加工件制作", 12, 1, False),
    (Function.SOFTWARE, "PLC 程序编写", 9, 3, False),
    (Function.ASSEMBLY, "机械装配", 8, 6, False),
    (Function.ASSEMBLY, "电气接线", 5, 8, False),
    (Function.ASSEMBLY, "整机调试", 7, 9, False),
    (Function.QUALITY, "出厂检验", 2, 10, False),
    (Function.ASSEMBLY, "预验收", 1, 11, True),
)
#: The contract that is in production and late, and how its plan is stretched.
LATE, LATE_SCALE = "HT-2026-018", 1.1
PAUSE = "等待客户确认图纸"


def build(cast: dict[str, Any]) -> None:
    """Demo part 30: every contract of the cast gets a plan and, by its dates, its work. What is submitted
    waits for acceptance in `cast["submitted"]`: task id → the day it passes on, None where it does not."""
    boss: User = cast["users"]["boss"]
    submitted: dict[int, date | None] = cast.setdefault("submitted", {})
    for nth, contract in enumerate(Contract.objects.order_by("number")):
        if contract.frozen():
            continue
        tasks = _plan(contract, boss)
        _work(contract, tasks, boss, nth, submitted, whole=contract.number in cast.get("finished", ()))


def _plan(contract: Contract, boss: User) -> list[Task]:
    """The plan above, stretched to the contract's own length."""
    days = working_calendar().between(contract.signed_on, contract.planned_delivery)
    scale = LATE_SCALE if contract.number == LATE else max(0.4, min(2.0, days / 62))
    people = _people(contract)
    tasks: list[Task] = []
    for function, name, length, after, milestone in PLAN:
        department = Department.objects.filter(function=function).order_by("position").first()
        if department is None:
            continue
        person = people.get(function)
        first = _after(tasks[after] if after >= 0 else None, contract, milestone=milestone)
        who = {"department": department, "assignee": person}
        blank = Task(contract=contract, planned_start=first, planned_end=first, **who)
        work = Decimal(max(1, round(length * scale)))
        span = Span(first, first) if milestone else span_of(blank, slot_of(first), work)
        rules: dict[str, Any] = {"not_before": None} if after >= 0 else {}  # as early as its links allow
        task = create_task(
            contract,
            actor=boss,
            department=department,
            name=name,
            **span.fields(),
            assignee=person,
            milestone=milestone,
            needs_acceptance=not milestone,
            **rules,
        )
        if after >= 0:
            link_tasks(tasks[after], task, actor=boss)
        tasks.append(task)
    return tasks


def _after(before: Task | None, contract: Contract, *, milestone: bool) -> date:
    """A milestone is reached on the day on which the work before it ends, work begins after that."""
    if before is not None and milestone:
        return before.planned_end
    return (before.planned_end if before else contract.signed_on) + timedelta(days=1)


def _people(contract: Contract) -> dict[str, Person]:
    """Who does the work of a function: the first in the team, members before leaders."""
    found: dict[str, Person] = {}
    for place in contract.team.select_related("person", "department").order_by("-duty", "id"):
        found.setdefault(place.department.function, place.person)
    return found


def _work(
    contract: Contract,
    tasks: list[Task],
    boss: User,
    nth: int,
    submitted: dict[int, date | None],
    *,
    whole: bool,
) -> None:
    """What is due is done, what runs is half done; every contract has its own trouble."""
    today = timezone.localdate()
    if contract.number == LATE:
        finished, running = tasks[:8], tasks[8:9]  # assembly has begun, and is late
    else:
        finished = [t for t in tasks if whole or t.planned_end < today]
        running = [t for t in tasks if t not in finished and t.planned_start <= today]
    troubled = finished.pop() if finished and not whole and nth % 3 == 0 else None
    for task in finished:
        _done(task, boss, submitted)
    for task in [*running, *([troubled] if troubled else [])]:
        _half_done(task, boss)
    if troubled:
        _trouble(troubled, boss, submitted)
    elif running and nth % 4 == 1:
        pause_task(running[0], actor=boss, reason=PAUSE)


def _done(task: Task, boss: User, submitted: dict[int, date | None]) -> None:
    end = min(task.planned_end, timezone.localdate())
    task = start_task(task, actor=_worker(task, boss), on=min(task.planned_start, end))
    if task.needs_acceptance:
        submitted[submit_task(task, actor=_worker(task, boss), on=end).pk] = end
    else:
        finish_task(task, actor=boss, on=end)


def _half_done(task: Task, boss: User) -> None:
    worker, today = _worker(task, boss), timezone.localdate()
    task = start_task(task, actor=worker, on=min(task.planned_start, today))
    spent, whole = (today - task.planned_start).days, (task.planned_end - task.planned_start).days + 1
    report_progress(task, actor=worker, progress=min(70, max(10, 100 * spent // whole // 5 * 5)))


def _trouble(task: Task, boss: User, submitted: dict[int, date | None]) -> None:
    """Waits for acceptance, or comes back from it."""
    if task.needs_acceptance:
        submitted[submit_task(task, actor=_worker(task, boss)).pk] = None


def _worker(task: Task, boss: User) -> User:
    """The assignee; the manager for a task nobody has."""
    person = task.assignee or task.contract.manager
    return person.user or boss
