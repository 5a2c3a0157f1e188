"""Bulk data: acceptances of finished tasks, passed at first try."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from django.db.models import Max
from django.utils import timezone

from acceptance.models import Acceptance, AcceptanceRound, AcceptanceStep
from acceptance.states import Level, Result, Scope, State
from erp.volume import Plan, insert
from production.models import Task
from production.states import Status

FIELDS = (
    "contract", "department", "scope", "task", "kind", "title", "state", "internal_on", "passed_on",
)  # fmt: skip
#: Of so many finished tasks one was accepted here; the others were before us.
SHARE = 5


def load_acceptances(plan: Plan) -> int:
    """Write an acceptance with one round and its two levels for every fifth finished task of
    `kept["contracts"]`."""
    before = Acceptance.objects.aggregate(Max("pk"))["pk__max"] or 0
    rows = insert(Acceptance, FIELDS, _acceptances(plan))
    new = Acceptance.objects.filter(pk__gt=before).order_by("pk")
    rows += insert(
        AcceptanceRound, ("acceptance", "number", "opened_at", "closed_at", "note", "result"), _rounds(new)
    )
    first = AcceptanceRound.objects.filter(acceptance__pk__gt=before).order_by("pk")
    return rows + insert(
        AcceptanceStep, ("round", "level", "result", "decided_at", "reason", "on_behalf"), _steps(first)
    )


def _acceptances(plan: Plan) -> Iterator[tuple[Any, ...]]:
    contracts = [contract for contract, *_rest in plan.kept["contracts"]]
    done = Task.objects.filter(status=Status.DONE, needs_acceptance=True, acceptance=None)
    if contracts:
        done = done.filter(contract__gte=min(contracts), contract__lte=max(contracts))
    fields = ("pk", "contract_id", "department_id", "name", "actual_end")
    for nth, row in enumerate(done.order_by("pk").values_list(*fields).iterator(5000)):
        pk, contract, department, name, day = row
        if nth % SHARE == 0:
            state = State.PASSED.value
            yield contract, department, Scope.TASK.value, pk, "", name, state, day, day


def _rounds(new: Any) -> Iterator[tuple[Any, ...]]:
    for pk, day in new.values_list("pk", "passed_on").iterator(5000):
        at = timezone.make_aware(datetime.combine(day or timezone.localdate(), time(12)))
        yield pk, 1, at, at, "", State.PASSED.value


def _steps(rounds: Any) -> Iterator[tuple[Any, ...]]:
    for pk, at in rounds.values_list("pk", "closed_at").iterator(5000):
        for level in (Level.SELF, Level.QUALITY):
            yield pk, level.value, Result.PASSED.value, at, "", False
