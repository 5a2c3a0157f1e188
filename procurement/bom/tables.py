"""A comparison as rows of a page: plain text, amounts only where they may be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from erp.dates import short_day
from procurement.bom.columns import LABELS
from procurement.bom.comparing import Changed, Comparison, Held
from procurement.bom.parsing import Line
from procurement.models import ProcurementItem
from procurement.numbers import number

#: Rows of each kind on the page; the rest is a number.
SHOWN = 200


@dataclass(frozen=True, slots=True)
class BomRow:
    place: str  # row in the file
    part: str
    name: str
    specification: str
    quantity: str
    price: str = ""
    supplier: str = ""
    need_by: str = ""
    changes: list[tuple[str, str, str]] = field(default_factory=list)  # (what, before, after)
    why: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of rows: its heading, how many there are, the first of them."""

    slug: str
    title: str
    help: str
    count: int
    rows: list[BomRow]
    tone: str = ""


def parts_of(found: Comparison) -> list[Part]:
    """The kinds that have rows, what is to be written first."""
    held_help = _("An import never changes or cancels what is ordered. Talk to purchasing about these.")
    gone_help = _("Not ordered yet, but no longer in the list. They stay unless you say otherwise below.")
    kinds: tuple[tuple[str, str, str, Sequence[Any], Callable[[Any], BomRow], str], ...] = (
        ("new", _("New"), "", found.new, _of_line, "ok"),
        ("changed", _("Changed"), "", found.changed, _changed, "info"),
        ("gone", _("No longer in the list"), gone_help, found.gone, _of_item, "warn"),
        ("held", _("Ordered already: talk to purchasing"), held_help, found.held, _held, "bad"),
        ("same", _("Unchanged"), "", found.same, _of_line, ""),
    )
    return [
        Part(slug, title, words, len(all_of), [row(one) for one in all_of[:SHOWN]], tone)
        for slug, title, words, all_of, row, tone in kinds
        if all_of
    ]


def _of_line(line: Line, **more: Any) -> BomRow:
    return BomRow(
        place=_(", ").join(str(row) for row in line.rows[:5]),
        part=line.part_number,
        name=line.name,
        specification=line.specification,
        quantity=f"{number(line.quantity)} {line.unit}",
        price=number(line.price) if line.price is not None else "",
        supplier=line.supplier,
        need_by=short_day(line.need_by),
        **more,
    )


def _of_item(item: ProcurementItem, **more: Any) -> BomRow:
    return BomRow(
        place="",
        part=item.part_number,
        name=item.name,
        specification=item.specification,
        quantity=f"{number(item.quantity)} {item.unit}",
        url=item.get_absolute_url(),
        **more,
    )


def _changed(changed: Changed) -> BomRow:
    told = [
        (str(_label(name)), _shown(getattr(changed.item, name)), _shown(value))
        for name, value in changed.fields.items()
    ]
    return _of_line(changed.line, changes=told, url=changed.item.get_absolute_url())


def _held(held: Held) -> BomRow:
    item, line = held.items[0], held.line
    states = _(", ").join(dict.fromkeys(str(one.get_status_display()) for one in held.items))
    why = f"{states} · {held.why}"
    if line is None:
        return _of_item(item, why=why)
    return _of_line(line, why=why, url=item.get_absolute_url())


def _label(name: str) -> Any:
    return _("task") if name == "task" else LABELS[name]


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return number(value)
    return short_day(value) if isinstance(value, date) else str(value or "—")
