"""The board: feedback as cards, in columns by state."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Case, Count, F, Q, Value, When
from django.utils import timezone

from contracts.states import FROZEN
from feedback.models import Feedback, FeedbackQuerySet
from feedback.states import LIFE, Status
from feedback.tables import JOINED, FeedbackRow, feedback_rows
from production.tables import Button

if TYPE_CHECKING:
    from orgchart.models import User

#: A board shows at most this many cards, and of what is closed the last days only.
MOST, MOST_CLOSED, CLOSED_DAYS = 200, 50, 30
COLUMNS = (Status.NEW, Status.REOPENED, Status.IN_PROGRESS, Status.RESOLVED, Status.CLOSED)


@dataclass(frozen=True, slots=True)
class Move:
    """A step as the move menu offers it; `to` is the column it leads to."""

    button: Button
    to: str


@dataclass(frozen=True, slots=True)
class Card:
    row: FeedbackRow
    moves: Sequence[Move]


@dataclass(slots=True)
class Column:
    status: str
    label: str
    count: int
    cards: list[Card] = field(default_factory=list)


@dataclass(slots=True)
class Board:
    columns: list[Column]
    shown: int
    total: int

    @property
    def clipped(self) -> bool:
        return self.shown < self.total


def board(rows: FeedbackQuerySet, user: User) -> Board:
    """Cards of `rows` (narrowed already): what is due first of all that is open or resolved, and what was
    closed lately. A constant number of queries."""
    since = timezone.now() - timedelta(days=CLOSED_DAYS)
    rows = rows.exclude(contract__stage__in=FROZEN)
    rows = rows.filter(~Q(status=Status.CLOSED) | Q(closed_at__gte=since))
    counts = dict(rows.order_by().values_list("status").annotate(n=Count("pk")))
    shown = _shown(rows)
    columns = {
        status.value: Column(status.value, str(status.label), counts.get(status.value, 0))
        for status in COLUMNS
    }
    for row in feedback_rows(shown, user):
        moves = [Move(button, str(LIFE[button.verb].target)) for button in row.buttons]
        columns[row.status].cards.append(Card(row, moves))
    return Board(list(columns.values()), len(shown), sum(counts.values()))


def _shown(rows: FeedbackQuerySet) -> list[Feedback]:
    """What is due first, then what was closed last, in one query."""
    over = Case(When(status=Status.CLOSED, then=Value(1)), default=Value(0))
    due = Case(When(~Q(status=Status.CLOSED), then=F("due_at")))
    ordered = rows.select_related(*JOINED).order_by(over, due, "-closed_at", "-id")
    found = list(ordered[:MOST])
    closed = [row for row in found if row.status == Status.CLOSED]
    return [row for row in found if row.status != Status.CLOSED] + closed[:MOST_CLOSED]


def steps() -> str:
    """Every step between two columns as JSON: "from>to" → what the step is called."""
    found = {f"{source}>{step.target}": str(step.label) for step in LIFE for source in step.sources}
    return json.dumps(found, ensure_ascii=False)
