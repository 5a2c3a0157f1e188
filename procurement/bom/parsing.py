"""Rows of a bill of materials to lines, and everything that is wrong with them, row by row. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from procurement.bom import cells
from procurement.bom.columns import LABELS, plain
from production.importing.cells import Wrong

MOST_LINES = 2_000
MOST_PROBLEMS = 500
#: Longest texts; the fields of an item hold as much.
MOST = {"part_number": 80, "name": 200, "specification": 300, "unit": 20, "supplier": 100, "note": 2000}
MOST_SETS = 10_000
LARGEST = Decimal(10) ** 11

TOTAL = re.compile(
    r"^(小\s*计|合\s*计|总\s*计|共\s*计|累\s*计|本页合计|sub\s*-?total|grand total|total|sum)\s*[:：]?",
    re.IGNORECASE,
)
SIGNED = re.compile(
    r"^(编\s*制|制\s*表|审\s*核|批\s*准|校\s*对|设\s*计|会\s*签|工\s*艺|标准化|日\s*期|第.{1,5}页|共.{1,5}页|注|说明|"
    r"prepared by|approved by|checked by|page)(人|者|日期)?\s*([:：]|$)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Line:
    """One thing to be bought. `rows`: where it stands in the file, from 1."""

    rows: list[int]
    part_number: str
    name: str
    specification: str
    quantity: Decimal
    unit: str
    price: Decimal | None = None
    supplier: str = ""
    need_by: date | None = None
    note: str = ""

    @property
    def key(self) -> str:
        return line_key(self.part_number, self.name, self.specification)

    def as_json(self) -> dict[str, Any]:
        return {
            name: str(value) if isinstance(value, Decimal | date) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Line:
        values = dict(stored)
        values["quantity"] = Decimal(values["quantity"])
        values["price"] = Decimal(values["price"]) if values["price"] is not None else None
        values["need_by"] = date.fromisoformat(values["need_by"]) if values["need_by"] else None
        return cls(**values)


def key(text: str) -> str:
    """Texts that mean the same are equal: width, case and spaces are no difference."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def line_key(part_number: str, name: str, specification: str) -> str:
    """What makes two lines the same thing: the part number, without one name and specification."""
    return f"p:{key(part_number)}" if part_number else f"n:{key(name)}\x1f{key(specification)}"


@dataclass
class Parts:
    """One reading of a table. `mapping`: place of a column → what it is; `sets`: how many machines the
    list is for; `unit`: that of rows without one; `prices`: whether the reader may enter prices."""

    headings: Sequence[Any]
    mapping: Mapping[int, str]
    sets: int = 1
    unit: str = ""
    prices: bool = True
    since_1904: bool = False
    lines: list[Line] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def read(self, rows: Sequence[Sequence[Any]], first: int) -> None:
        """Fill lines, problems, skipped rows and notes; the first of `rows` is row `first` of the file."""
        meanings = set(self.mapping.values())
        if not meanings & {"name", "part_number", "specification"}:
            self.problem(0, "name", _("choose the column of the name or of the part number"))
        if "quantity" not in meanings:
            self.problem(0, "quantity", _("choose the column of the quantity"))
        if self.problems:
            return
        for number, row in enumerate(rows, first):
            self._row(number, row)
            if len(self.lines) > MOST_LINES:
                self.lines.clear()
                self.problem(0, "", _("The list has more than 2,000 lines. Split it."))
                return
        if not self.lines and not self.problems:
            self.problem(0, "", _("The list has no lines with a quantity."))
        self._gather()

    def problem(self, row: int, column: str, text: Any) -> None:
        """People are told the heading that they wrote."""
        if len(self.problems) < MOST_PROBLEMS:
            written = {name: str(self.headings[place]).strip()[:60] for place, name in self.mapping.items()}
            shown = written.get(column) or str(LABELS.get(column, ""))
            self.problems.append({"row": row, "column": shown, "text": str(text)})

    # --- one row ------------------------------------------------------------------------------------

    def _row(self, number: int, row: Sequence[Any]) -> None:
        found = {
            name: row[place]
            for place, name in self.mapping.items()
            if place < len(row) and not cells.blank(row[place])
        }
        if why := self._no_line(row, found):
            self.skipped.append({"row": number, "text": _joined(row), "why": why})
            return
        if not found.keys() - {"ref"}:
            return
        if any(str(cell).strip() for cell in row[len(self.headings) :]):
            self.problem(number, "", _("this row has more cells than there are headings"))
        self._line(number, found)

    def _no_line(self, row: Sequence[Any], found: Mapping[str, Any]) -> str:
        """Why a row names nothing to be bought: totals, headings between, signatures; "" when it does."""
        words = [str(cell).strip() for cell in row if str(cell).strip()]
        if not words:
            return ""
        if TOTAL.match(words[0]) and "part_number" not in found:
            return _("a total")
        heads = {plain(cell) for cell in self.headings} - {""}
        if len(words) > 1 and sum(plain(word) in heads for word in words) * 2 > len(words):
            return _("the headings again")
        if "quantity" in found:
            return ""
        if SIGNED.match(words[0]):
            return _("a signature or a remark")
        numbered = str(found.get("ref", "")).strip().removesuffix(".0").isdigit()
        bare = len(words) == 1 or found.keys() <= {"ref", "name"}
        return _("a heading between the lines") if bare and not numbered else ""

    def _line(self, number: int, found: Mapping[str, Any]) -> None:
        before = len(self.problems)
        texts = {
            name: self._value(number, name, partial(cells.one_line, most=MOST[name]), found) or ""
            for name in ("name", "specification", "unit", "supplier", "note")
        }
        part = (
            self._value(number, "part_number", partial(cells.part_number, most=MOST["part_number"]), found)
            or ""
        )
        for name in ("material", "brand"):
            self._append(number, name, texts, found)
        amount, unit = self._quantity(number, found)
        if texts["unit"] and unit and key(unit) != key(texts["unit"]):
            text = _("“%(cell)s”: the unit differs from the column of units (%(unit)s)")
            self.problem(
                number, "quantity", text % {"cell": str(found["quantity"])[:40], "unit": texts["unit"]}
            )
        price = self._value(number, "price", cells.price, found) if self.prices else None
        day = self._value(number, "need_by", partial(cells.day, since_1904=self.since_1904), found)
        unit = texts["unit"] or unit or self.unit
        if not unit:
            self.problem(number, "unit", _("is missing: say below what such rows are counted in"))
        name = texts["name"] or texts["specification"][: MOST["name"]] or part
        if not name and not any(word in found for word in ("name", "specification", "part_number")):
            self.problem(number, "name", _("is missing"))
        if len(self.problems) == before and amount is not None:
            line = Line(
                [number],
                part,
                name,
                texts["specification"],
                amount,
                unit,
                price,
                texts["supplier"],
                day,
                texts["note"],
            )
            self.lines.append(line)

    def _value(self, number: int, name: str, read: Callable[[Any], Any], found: Mapping[str, Any]) -> Any:
        """The value of a column in this row; None when it is empty or wrong."""
        cell = found.get(name)
        if cell is None:
            return None
        if cells.broken(cell):
            self.problem(number, name, _("the cell holds an error such as #REF!"))
            return None
        try:
            return read(cell)
        except Wrong as why:
            self.problem(number, name, why)
            return None

    def _append(self, number: int, name: str, texts: dict[str, str], found: Mapping[str, Any]) -> None:
        """Material and brand are part of what is asked for: they stand behind the specification."""
        more = self._value(number, name, partial(cells.one_line, most=100), found)
        if more and key(more) not in key(texts["specification"]):
            whole = _(", ").join(filter(None, (texts["specification"], more)))
            if len(whole) > MOST["specification"]:
                self.problem(
                    number, name, _("longer than %(most)s characters") % {"most": MOST["specification"]}
                )
            texts["specification"] = whole

    def _quantity(self, number: int, found: Mapping[str, Any]) -> tuple[Decimal | None, str]:
        if "quantity" not in found:
            self.problem(number, "quantity", _("is missing"))
            return None, ""
        amount, unit = self._value(number, "quantity", cells.quantity, found) or (None, "")
        if amount is not None and (amount := amount * self.sets) >= LARGEST:
            self.problem(number, "quantity", _("“%(cell)s” is too large") % {"cell": amount})
        return amount, unit

    # --- lines of the same thing --------------------------------------------------------------------

    def _gather(self) -> None:
        """The same part on several rows is bought once: quantities are added where all else agrees."""
        same: dict[str, list[Line]] = defaultdict(list)
        for line in self.lines:
            same[line.key].append(line)
        gathered: list[Line] = []
        doubled = 0
        for first, *others in same.values():
            for other in others:
                if differs := _differs(first, other):
                    self.problem(
                        other.rows[0],
                        differs,
                        _("differs from row %(row)s with the same part") % {"row": first.rows[0]},
                    )
                    continue
                if first.quantity + other.quantity >= LARGEST:
                    self.problem(
                        other.rows[0], "quantity", _("“%(cell)s” is too large") % {"cell": other.quantity}
                    )
                    continue
                first.rows += other.rows
                first.quantity += other.quantity
                first.price = first.price if first.price is not None else other.price
                first.need_by = min(filter(None, (first.need_by, other.need_by)), default=None)
                doubled += 1
            gathered.append(first)
        self.lines = gathered
        if doubled:
            self.notes.append(
                _("%(n)s rows name a part that stands above already; their quantities were added.")
                % {"n": doubled}
            )


def _differs(first: Line, other: Line) -> str:
    for name in ("name", "specification", "unit"):
        if key(getattr(first, name)) != key(getattr(other, name)):
            return name
    both = first.price is not None and other.price is not None
    return "price" if both and first.price != other.price else ""


def _joined(row: Sequence[Any]) -> str:
    words = [str(cell).strip() for cell in row if str(cell).strip()]
    return " ".join(words)[:80]
