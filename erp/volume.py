"""Plausible bulk data for benchmarks: a plan, and the parts that apps put on the register.

An app adds `register.add("erp.volume", <order>, function)`; `function(plan)` writes its part with
`insert` and returns the number of rows written. Orders: organisation 10, contracts 20, tasks 30, the
operation log 90. Parts skip the services on purpose: no messages, no history, one derivation at the
end. An earlier part leaves for later ones in `plan.kept`:
`"audited"`: list of (content type, id, text, contract id, department id) that the log may speak of.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from erp import register
from erp.audit import acting_as

Part = Callable[["Plan"], int]


@dataclass
class Plan:
    """How much, and the one source of chance: the same `seed` on the same database gives the same rows.

    `kept` carries what an earlier part leaves for later ones, such as ids under `"contracts"`."""

    contracts: int = 10_000
    tasks_per_contract: int = 10
    audit_rows: int = 100_000
    seed: int = 1
    kept: dict[str, Any] = field(default_factory=dict)
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311  plausible, not secret


@dataclass(frozen=True, slots=True)
class Done:
    """What one part did: its name, rows written, seconds taken."""

    part: str
    rows: int
    seconds: float


def load(plan: Plan, told: Callable[[Done], None] = lambda done: None) -> list[Done]:
    """Run every part in order, each in a transaction of its own; `told` hears of each at once."""
    report = []
    with acting_as(None, source="command"):
        for _order, part in sorted(register.entries("erp.volume").items()):
            start = time.perf_counter()
            with transaction.atomic():
                rows = part(plan)
            name = f"{part.__module__.partition('.')[0]}.{part.__name__}"
            report.append(Done(name, rows, time.perf_counter() - start))
            told(report[-1])
    return report


BATCH = 5000
#: Fields whose Python values the database driver takes as they are.
PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey)


def insert(model: type[models.Model], names: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> int:
    """Write `rows` (values in the order of the field `names`) many times faster than `bulk_create`.

    Fields not named take their default, dates of creation now. Returns the number of rows."""
    given = [model._meta.get_field(name) for name in names]
    others = [f for f in model._meta.concrete_fields if f not in given and not f.primary_key]
    fill = tuple(_prepared(f, _default(f)) for f in others)
    fields: list[Any] = [*given, *others]
    table, *columns = map(connection.ops.quote_name, [model._meta.db_table, *[f.column for f in fields]])
    marks = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  quoted names
    mend = [(i, f) for i, f in enumerate(given) if not isinstance(f, PLAIN)]
    lines, count = _lines(rows, mend, fill), 0
    with connection.cursor() as cursor:
        while batch := list(islice(lines, BATCH)):
            cursor.executemany(sql, batch)
            count += len(batch)
    return count


def _lines(rows: Iterable[tuple[Any, ...]], mend: Any, fill: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        line = list(row)
        for place, column in mend:
            line[place] = _prepared(column, line[place])
        yield (*line, *fill)


def _prepared(column: Any, value: Any) -> Any:
    return column.get_db_prep_save(value, connection)


def _default(column: Any) -> Any:
    moment = getattr(column, "auto_now_add", False) or getattr(column, "auto_now", False)
    return timezone.now() if moment else column.get_default()
