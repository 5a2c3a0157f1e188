"""What is asked, as whom, and how much it may cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the report. `goal` is CPU ms, `times` a multiple of the floor; 0 is no goal."""

    name: str
    who: str
    url: str
    goal: float = 0
    times: float = 0
    method: str = "GET"
    data: Callable[[], dict[str, Any]] | None = field(default=None, compare=False)


def people() -> dict[str, Any]:
    """The boss, and the staff member with the most contracts."""
    from django.db.models import Count

    from orgchart.models import User

    staff = User.objects.filter(role="staff").annotate(n=Count("person__memberships")).order_by("-n", "pk")
    boss = User.objects.filter(role="boss").first() or User.objects.create(username="bench.boss", role="boss")
    return {"boss": boss, "staff": staff[0]}


def measures(who: dict[str, Any]) -> Iterator[Measure]:
    from contracts.models import Contract
    from erp.models import LogEntry
    from production.models import Task

    contract = Contract.objects.for_user(who["staff"]).filter(stage="released").order_by("pk")[:1].get()
    planner = Contract.objects.latest("pk")
    word = contract.number[-4:]
    newest = LogEntry.objects.latest("pk").pk
    deep = max(2, newest - 50 * 149)
    yield Measure("floor: 50 rows, nothing else", "boss", "/bench/floor/")
    yield Measure("shell: navigation around nothing", "boss", "/bench/shell/")
    for person in ("boss", "staff"):
        yield Measure("contract list, page 1", person, "/contracts/", 20, 3)
        yield Measure("contract list, page 150", person, "/contracts/?page=150", 20, 3)
    yield Measure("contract list, search", "boss", f"/contracts/?q={word}", 20)
    yield Measure("my tasks", "staff", "/tasks/mine/", 20)
    yield Measure("tasks of a contract", "boss", f"/contracts/{contract.pk}/tasks/", 20)
    yield Measure("contract page", "boss", f"/contracts/{contract.pk}/", 20)
    yield Measure("contract page", "staff", f"/contracts/{contract.pk}/", 20)
    yield Measure("Gantt data, 200 tasks", "boss", f"/contracts/{planner.pk}/gantt/data/", 12)
    yield Measure("dashboard", "boss", "/", 20)
    yield Measure("dashboard", "staff", "/", 20)
    yield Measure("audit, page 1", "boss", "/audit/", 12)
    yield Measure("audit, page 150", "boss", f"/audit/?after={deep}", 12)
    yield Measure("search", "boss", f"/search/?q={word}", 20)
    yield Measure("search", "staff", f"/search/?q={word}", 20)
    own = Task.objects.filter(status="in_progress", contract__stage="released").order_by("pk")[:1].get()
    values = count(1)
    yield Measure(
        "progress update with history, audit, status", "boss", f"/tasks/{own.pk}/progress/", 15,
        method="POST", data=lambda: {"progress": next(values) % 90 + 5, "version": _version(own)},
    )  # fmt: skip


def _version(task: Any) -> int:
    task.refresh_from_db(fields=["version"])
    return int(task.version)
