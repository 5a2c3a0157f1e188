"""When a task is planned: first and last half-day, as its row stores them and as the engine counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from erp.workdays import day_of, in_afternoon, slot_of

if TYPE_CHECKING:
    from production.models import Task


@dataclass(frozen=True, slots=True)
class Span:
    """Planned dates, both counted, with their half-day marks."""

    start: date
    end: date
    begins_afternoon: bool = False
    ends_noon: bool = False

    @classmethod
    def of(cls, task: Task) -> Span:
        return cls(task.planned_start, task.planned_end, task.begins_afternoon, task.ends_noon)

    @classmethod
    def between(cls, first: int, end: int, *, milestone: bool = False) -> Span:
        """From the slot `first` to the boundary `end`; a milestone is the day on which it ends."""
        last = end - 1
        if milestone:
            return cls(day_of(last), day_of(last), ends_noon=not in_afternoon(last))
        return cls(day_of(first), day_of(last), in_afternoon(first), not in_afternoon(last))

    @classmethod
    def stored(cls, fields: Mapping[str, Any]) -> Span:
        """From the fields of a task as JSON keeps them."""
        start, end = (date.fromisoformat(fields[name]) for name in ("planned_start", "planned_end"))
        return cls(start, end, fields["begins_afternoon"], fields["ends_noon"])

    @property
    def first(self) -> int:
        """The slot it begins with."""
        return slot_of(self.start, afternoon=self.begins_afternoon)

    @property
    def until(self) -> int:
        """The boundary at which it ends."""
        return slot_of(self.end) + (1 if self.ends_noon else 2)

    def fields(self) -> dict[str, Any]:
        """What a task stores."""
        return {
            "planned_start": self.start,
            "planned_end": self.end,
            "begins_afternoon": self.begins_afternoon,
            "ends_noon": self.ends_noon,
        }
