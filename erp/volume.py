"""Plausible bulk data for benchmarks: a plan, and the parts that apps put on the register.

An app adds `register.add("erp.volume", <order>, function)`; `function(plan)` writes its part with
`bulk_create` and returns the number of rows written. Orders: organisation 10, contracts 20, tasks 30, history
of the operation log 90. Parts skip the services on purpose: no messages, no history, one derivation
at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from django.db import transaction

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
