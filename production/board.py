"""The board: running tasks as cards, in columns by status and lanes by department."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import QueryDict
from django.utils import timezone

from contracts.filters import plain
from orgchart.models import Department, Person
from production.filters import number
from production.models import Task, TaskQuerySet
from production.states import LIFE, OPEN, Status
from production.tables import Button, TaskRow, task_rows

if TYPE_CHECKING:
    from orgchart.models import User

#: A board shows at most this many cards, and of what is done the last days only.
MOST, MOST_DONE, DONE_DAYS = 200, 50, 14
COLUMNS = (*OPEN, Status.DONE)


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """The understood part of a query string: `contract` is a piece of its number or name."""

    q: str = ""
    contract: str = ""
    department: int = 0
    person: int = 0

    @classmethod
    def read(cls, query: QueryDict) -> BoardFilter:
        return cls(
            q=plain(query.get("q", "")),
            contract=plain(query.get("contract", "")),
            department=number(query.get("department", "")),
            person=number(query.get("person", "")),
        )

    @property
    def active(self) -> bool:
        return self != BoardFilter()

    def link(self, **more: str) -> str:
        """The same choice as a query string for a list of tasks."""
        words = {"q": self.q or self.contract, "department": self.department, "person": self.person}
        return urlencode({name: value for name, value in (words | more).items() if value})

    def narrow(self, rows: TaskQuerySet) -> TaskQuerySet:
        if self.q:
            rows = rows.filter(name__icontains=self.q)
        if self.contract:
            named = Q(contract__number__icontains=self.contract) | Q(contract__name__icontains=self.contract)
            rows = rows.filter(named)
        if self.department:
            rows = rows.filter(department=self.department)
        return rows.filter(assignee=self.person) if self.person else rows


@dataclass(frozen=True, slots=True)
class Move:
    """A step as the move menu offers it; `to` is the column it leads to."""

    button: Button
    to: str


@dataclass(frozen=True, slots=True)
class Card:
    row: TaskRow
    moves: Sequence[Move]
    inspected: bool


@dataclass(frozen=True, slots=True)
class Column:
    status: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Lane:
    """One department: its cards, a list for each column."""

    name: str
    cells: list[tuple[Column, list[Card]]]
    count: int


@dataclass(slots=True)
class Board:
    columns: list[Column]
    lanes: list[Lane] = field(default_factory=list)
    shown: int = 0
    total: int = 0

    @property
    def clipped(self) -> bool:
        return self.shown < self.total


def board(rows: TaskQuerySet, user: User) -> Board:
    """Cards of `rows` (narrowed already): what is due first of all that is open, and what was done
    lately. A constant number of queries."""
    since = timezone.localdate() - timedelta(days=DONE_DAYS)
    rows = rows.filter(Q(status__in=OPEN) | Q(status=Status.DONE, actual_end__gte=since))
    counts = dict(rows.order_by().values_list("status").annotate(n=Count("pk")))
    done = _keys(rows.filter(status=Status.DONE).order_by("-actual_end", "-id"), MOST_DONE)
    first = _keys(rows.filter(status__in=OPEN).order_by("planned_end", "id"), MOST - len(done))
    joined = Task.objects.select_related("contract", "department", "assignee").in_bulk([*first, *done])
    tasks = [joined[pk] for pk in (*first, *done) if pk in joined]
    columns = [Column(status.value, str(status.label), counts.get(status, 0)) for status in COLUMNS]
    return Board(columns, _lanes(tasks, columns, user), len(tasks), sum(counts.values()))


def _keys(rows: Any, most: int) -> list[int]:
    """Keys first: sorting whole rows with what is joined to them costs more than reading them by key."""
    return list(rows.select_related(None).values_list("pk", flat=True)[:most])


def _lanes(tasks: Sequence[Task], columns: list[Column], user: User) -> list[Lane]:
    rows = {row.pk: row for row in task_rows(tasks, user)}
    lanes: dict[tuple[int, int, str], dict[str, list[Card]]] = defaultdict(lambda: defaultdict(list))
    for task in tasks:
        department = task.department
        cards = lanes[(department.position, department.pk, department.name)][task.status]
        cards.append(_card(task, rows[task.pk]))
    return [
        Lane(
            name,
            [(column, cells.get(column.status, [])) for column in columns],
            sum(map(len, cells.values())),
        )
        for (_position, _pk, name), cells in sorted(lanes.items())
    ]


def _card(task: Task, row: TaskRow) -> Card:
    moves = [Move(button, str(LIFE[button.verb].target)) for button in row.buttons]
    return Card(row, moves, task.needs_acceptance)


def steps() -> str:
    """Every step between two columns as JSON: "from>to" → what the step is called."""
    found = {
        f"{source}>{step.target}": str(step.label)
        for step in LIFE
        for source in step.sources
        if step.target in COLUMNS
    }
    return json.dumps(found, ensure_ascii=False)


def choices(rows: TaskQuerySet) -> dict[str, Iterable[tuple[int, str]]]:
    """What the board of `rows` may be narrowed to: departments and people with open tasks there."""
    running = rows.filter(status__in=OPEN).order_by()
    departments = Department.objects.filter(pk__in=running.values("department"))
    people = Person.objects.filter(pk__in=running.values("assignee"))
    return {
        "departments": departments.values_list("pk", "name"),
        "people": people.values_list("pk", "name"),
    }
