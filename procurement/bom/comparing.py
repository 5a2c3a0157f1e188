"""A new list against what the contract has already: new, changed, gone, and what nobody may touch."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from procurement.bom.parsing import Line, key, line_key
from procurement.models import ProcurementItem
from procurement.numbers import number
from procurement.states import Status

#: What a list says of an item besides its quantity; a blank cell says nothing.
SAID = ("part_number", "name", "specification", "unit", "price", "need_by", "note")
#: Of what is ordered only these would be a matter for purchasing.
OF_ORDER = ("name", "specification", "unit")


@dataclass(slots=True)
class Changed:
    """A planned item and what would become of it."""

    item: ProcurementItem
    line: Line
    fields: dict[str, Any]


@dataclass(slots=True)
class Held:
    """Ordered already: the list says something else, and only purchasing may act on it."""

    items: list[ProcurementItem]
    line: Line | None
    why: str


@dataclass
class Comparison:
    """`where`: department and task that the list is for."""

    where: tuple[int | None, int | None] = (None, None)
    new: list[Line] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    same: list[Line] = field(default_factory=list)
    gone: list[ProcurementItem] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        return bool(self.new or self.changed or self.gone)

    @property
    def digest(self) -> str:
        """The same as long as the same would be done to the same rows."""
        told: list[Any] = [
            self.where,
            [line.as_json() for line in self.new],
            [[c.item.pk, c.item.version, _plain(c.fields)] for c in self.changed],
            [[item.pk, item.version] for item in self.gone],
            [[[item.pk, item.version] for item in held.items] for held in self.held],
        ]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the list belongs: items of the department, those for `task` when the list is for one.
    `suppliers`: name → supplier, for whoever may choose one."""

    department: int
    task: Any = None
    suppliers: dict[str, Any] = field(default_factory=dict)


def compare(lines: Sequence[Line], items: Iterable[ProcurementItem], place: Place) -> Comparison:
    """`items`: those of the department in the contract that are not cancelled, oldest first. What hangs
    on another task than the list's is somebody else's."""
    mine = [item for item in items if place.task is None or item.task_id in (None, place.task.pk)]
    stock: dict[str, list[ProcurementItem]] = defaultdict(list)
    for item in mine:
        stock[line_key(item.part_number, item.name, item.specification)].append(item)
    found = Comparison((place.department, place.task.pk if place.task else None))
    for line in lines:
        _one(found, line, _take(stock, line), place)
    for rows in stock.values():
        _left(found, rows, place)
    return found


def _take(stock: dict[str, list[ProcurementItem]], line: Line) -> list[ProcurementItem]:
    """The items that are this line; one that was listed before its part number was known is found by
    its name."""
    return stock.pop(line.key, None) or stock.pop(line_key("", line.name, line.specification), None) or []


def _one(found: Comparison, line: Line, rows: list[ProcurementItem], place: Place) -> None:
    planned = [item for item in rows if item.status == Status.PLANNED]
    bought = [item for item in rows if item.status != Status.PLANNED]
    if not rows:
        found.new.append(line)
        return
    ordered = sum((item.quantity for item in bought), Decimal(0))
    others = sum((item.quantity for item in planned[1:]), Decimal(0))
    rest = line.quantity - ordered - others
    if bought and (why := _conflict(line, bought, ordered, alone=not planned)):
        found.held.append(Held(bought, line, why))
    elif not planned:
        found.same.append(line)
    elif rest > 0:
        _change(found, line, planned[0], rest, place)
    elif not others:
        found.gone.append(planned[0])  # what is ordered is enough already
    else:
        found.held.append(Held(rows, line, _("several items of this part: correct them one by one")))


def _conflict(line: Line, bought: list[ProcurementItem], ordered: Decimal, *, alone: bool) -> str:
    """What of a line contradicts an order; "" when nothing does."""
    if line.quantity < ordered or (alone and line.quantity != ordered):
        text = _("the list says %(wanted)s, ordered are %(ordered)s")
        return text % {"wanted": number(line.quantity), "ordered": number(ordered)}
    for name in OF_ORDER:
        said = getattr(line, name)
        if said and any(key(getattr(item, name)) != key(said) for item in bought):
            return _("the list says “%(said)s” now") % {"said": said}
    return ""


def _change(found: Comparison, line: Line, item: ProcurementItem, quantity: Decimal, place: Place) -> None:
    fields: dict[str, Any] = {} if item.quantity == quantity else {"quantity": quantity}
    for name in SAID:
        said = getattr(line, name)
        if said not in (None, "") and said != getattr(item, name):
            fields[name] = said
    supplier = place.suppliers.get(key(line.supplier)) if line.supplier else None
    if supplier is not None and supplier.pk != item.supplier_id:
        fields["supplier"] = supplier
    if place.task is not None and item.task_id is None:
        fields["task"] = place.task
    if fields:
        found.changed.append(Changed(item, line, fields))
    else:
        found.same.append(line)


def _left(found: Comparison, rows: list[ProcurementItem], place: Place) -> None:
    """What the list no longer names: dropped when asked to as long as nobody has ordered it. A list for
    one task says nothing of what hangs on none."""
    rows = [item for item in rows if place.task is None or item.task_id == place.task.pk]
    found.gone += [item for item in rows if item.status == Status.PLANNED]
    bought = [item for item in rows if item.status != Status.PLANNED]
    if bought:
        found.held.append(Held(bought, None, _("the list does not name it any more")))


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: getattr(value, "pk", None) or (str(value) if isinstance(value, Decimal | date) else value)
        for name, value in fields.items()
    }
