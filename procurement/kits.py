"""Kits: which of the parts that a task needs are here, and when the rest will be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from erp.dates import short_day
from procurement.models import ProcurementItem
from procurement.numbers import number
from procurement.states import AWAITED, Status
from production.models import Task

if TYPE_CHECKING:
    from orgchart.models import User


@dataclass(frozen=True, slots=True)
class KitPart:
    """One item of a kit as a row prints it."""

    name: str
    part_number: str
    url: str
    status: str
    status_label: str
    quantity: str
    missing: str  # quantity still to come; "" when it is here
    comes: str  # the day promised
    overdue: bool
    here: bool


@dataclass(frozen=True, slots=True)
class Kit:
    """The parts of one task. `state`: complete, coming (in time as promised), late, or open (nobody
    knows when)."""

    task: Task
    parts: Sequence[KitPart]
    here: int
    state: str
    verdict: str

    @property
    def total(self) -> int:
        return len(self.parts)

    @property
    def percent(self) -> int:
        """Never 100 while something is missing."""
        return 100 * self.here // self.total

    @property
    def tone(self) -> str:
        return {"complete": "ok", "coming": "info", "late": "bad"}.get(self.state, "warn")

    @property
    def missing(self) -> list[KitPart]:
        return [part for part in self.parts if not part.here]

    @property
    def start(self) -> str:
        return short_day(self.task.planned_start)

    @property
    def url(self) -> str:
        return f"/tasks/{self.task.pk}/"


def items_of_kits(user: User) -> Any:
    """What counts in kits, as far as one may see it."""
    rows = ProcurementItem.objects.for_user(user).exclude(status=Status.CANCELLED)
    return rows.filter(task__isnull=False)


def kits_of(user: User, tasks: Iterable[Task], today: date | None = None) -> list[Kit]:
    """The kits of `tasks` in their order, without those that need nothing one may see. One query."""
    wanted = list(tasks)
    parts: dict[int, list[Any]] = defaultdict(list)
    rows = items_of_kits(user).filter(task__in=[task.pk for task in wanted]).with_arrived()
    for item in rows.order_by("status", "id"):
        parts[item.task_id].append(item)
    today = today or timezone.localdate()
    return [kit(task, parts[task.pk], today) for task in wanted if parts[task.pk]]


def kit(task: Task, items: Sequence[Any], today: date) -> Kit:
    """`items`: those of the task that are not cancelled, `with_arrived`; missing ones are shown first."""
    labels = {str(value): str(label) for value, label in Status.choices}
    parts = sorted((_part(item, labels, today) for item in items), key=lambda part: part.here)
    missing = [item for item in items if item.status != Status.ARRIVED]
    state, verdict = _verdict(task, missing, today)
    return Kit(task, parts, len(items) - len(missing), state, verdict)


def _part(item: Any, labels: dict[str, str], today: date) -> KitPart:
    here = item.status == Status.ARRIVED
    missing = max(item.quantity - item.usable, Decimal(0))
    return KitPart(
        name=item.name,
        part_number=item.part_number,
        url=f"/procurement/{item.pk}/",
        status=item.status,
        status_label=labels[item.status],
        quantity=_amount(item.quantity, item.unit),
        missing="" if here else _amount(missing, item.unit),
        comes="" if here else short_day(item.promised_on),
        overdue=not here and item.promised_on is not None and item.promised_on < today,
        here=here,
    )


def _amount(quantity: Decimal, unit: str) -> str:
    return f"{number(quantity)} {unit}"


def _verdict(task: Task, missing: Sequence[Any], today: date) -> tuple[str, str]:
    """The state and a sentence: complete; complete by a day, in time or not; or what keeps it open."""
    if not missing:
        return "complete", _("Kit complete")
    short = ngettext("%(n)s part missing", "%(n)s parts missing", len(missing)) % {"n": len(missing)}
    overdue = [item for item in missing if item.promised_on and item.promised_on < today]
    planned = [item for item in missing if item.status not in AWAITED]
    silent = [item for item in missing if item.status in AWAITED and not item.promised_on]
    told = [short]
    for rows, words in (
        (overdue, _("%(n)s too late")),
        (planned, _("%(n)s not ordered")),
        (silent, _("%(n)s without a promised day")),
    ):
        if rows:
            told.append(words % {"n": len(rows)})
    if planned or silent or overdue:
        begun = task.planned_start <= today
        return ("late" if overdue or begun else "open"), _(", ").join(told)
    day = max(item.promised_on for item in missing)
    behind = (day - task.planned_start).days
    if behind <= 0:
        told.append(_("complete on %(day)s, before the start") % {"day": short_day(day)})
        return "coming", _(", ").join(told)
    late = ngettext(
        "complete on %(day)s, %(n)s day after the start",
        "complete on %(day)s, %(n)s days after the start",
        behind,
    )
    told.append(late % {"day": short_day(day), "n": behind})
    return "late", _(", ").join(told)
