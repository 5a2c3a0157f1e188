"""One cell of a bill of materials to one value: quantities, prices, part numbers, days."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from production.importing import cells
from production.importing.cells import Wrong

#: What offices write where nothing is to be said.
NOTHING = {"/", "\\", "-", "--", "—", "——", "－", "无", "none", "n/a", "na", "n.a."}
ERROR = re.compile(r"#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA|\#+)")
NUMBER = re.compile(
    r"(?P<sign>[-+]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?P<places>\.\d*)?\s*(?P<rest>[^\W\d_][^\d\s]{0,9}[²³23]?)?"
)
EXPONENT = re.compile(r"[-+]?\d+(\.\d+)?\s*e\s*[-+]?\d+", re.IGNORECASE)
SHORTENED = re.compile(r"\d(\.\d+)?E\+\d{2,}", re.IGNORECASE)
#: Days between the two ways in which workbooks count them.
FROM_1904 = timedelta(days=1462)
MOST_DIGITS = 11


def blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and cell.strip().casefold() in NOTHING | {""})


def broken(cell: Any) -> bool:
    """A cell that shows an error of a formula, or `####`."""
    return isinstance(cell, str) and ERROR.fullmatch(cell.strip()) is not None


def quantity(cell: Any) -> tuple[Decimal, str]:
    """More than nothing, with at most three decimals, and the unit written behind it: `12`, `１２`,
    `1,200`, `2.5 m`, `4个`. Raises Wrong."""
    number, rest = _number(cell, 3, _("quantity"))
    if number <= 0:
        raise Wrong(_("“%(cell)s” is no quantity: it must be more than 0") % {"cell": _shown(cell)})
    return number, rest


def price(cell: Any) -> Decimal:
    """An amount of money with at most four decimals: `¥1,234.5`, `12.3元/件`. Raises Wrong."""
    if isinstance(cell, str):
        plain = re.sub(
            r"^(¥|￥|rmb|cny)\s*", "", unicodedata.normalize("NFKC", cell).strip(), flags=re.IGNORECASE
        )
        cell = re.sub(r"\s*(元|rmb|cny)?\s*(/\s*\S{1,10})?$", "", plain, flags=re.IGNORECASE)
    number, rest = _number(cell, 4, _("unit price"))
    if rest or number < 0:
        raise Wrong(_("“%(cell)s” is no unit price (write 12.50)") % {"cell": _shown(cell)})
    return number


def _number(cell: Any, places: int, what: str) -> tuple[Decimal, str]:
    if isinstance(cell, bool | date | datetime):
        raise Wrong(
            _("“%(cell)s” is no number: the cell is formatted as something else") % {"cell": _shown(cell)}
        )
    if isinstance(cell, int | float):
        if not abs(cell) < 10**MOST_DIGITS:
            raise Wrong(_("“%(cell)s” is too large") % {"cell": _shown(cell)})
        return _fitting(Decimal(repr(round(float(cell), 8))), places, cell), ""
    plain = unicodedata.normalize("NFKC", str(cell)).strip().lstrip("'")
    if EXPONENT.fullmatch(plain):
        text = _("“%(cell)s” is written with an exponent: write the number in full")
        raise Wrong(text % {"cell": _shown(cell)})
    match = NUMBER.fullmatch(plain)
    if match is None or (match["rest"] or "").lower().startswith("x"):
        raise Wrong(
            _("“%(cell)s” is no %(what)s (write a number such as 12 or 2.5)")
            % {"cell": _shown(cell), "what": what}
        )
    whole = match["whole"].replace(",", "").lstrip("0") or "0"
    if len(whole) > MOST_DIGITS:
        raise Wrong(_("“%(cell)s” is too large") % {"cell": _shown(cell)})
    number = Decimal(match["sign"] + whole + (match["places"] or "").rstrip("."))
    return _fitting(number, places, cell), (match["rest"] or "").strip()


def _fitting(number: Decimal, places: int, cell: Any) -> Decimal:
    kept = number.quantize(Decimal(1).scaleb(-places))
    if kept != number:
        text = _("“%(cell)s” has more than %(n)s decimals")
        raise Wrong(text % {"cell": _shown(cell), "n": places})
    return kept


def part_number(cell: Any, most: int) -> str:
    """A part number as text; what Excel made of it by mistake is told. Raises Wrong."""
    if isinstance(cell, date | datetime):
        text = _("“%(cell)s”: Excel made a date of this part number; format the column as text")
        raise Wrong(text % {"cell": _shown(cell)})
    long = isinstance(cell, float) and abs(cell) >= 1e15
    if long or (isinstance(cell, str) and SHORTENED.fullmatch(cell.strip())):
        text = _("“%(cell)s”: Excel has shortened this number; format the column as text")
        raise Wrong(text % {"cell": _shown(cell)})
    return one_line(cell, most)


def one_line(cell: Any, most: int) -> str:
    """Text with every run of spaces and breaks as one space. Raises Wrong."""
    return cells.text(re.sub(r"\s+", " ", cells.text(cell, 100_000)), most)


def day(cell: Any, *, since_1904: bool = False) -> date:
    """A date cell, a serial number of the workbook's own counting, or a date as people write it.
    Raises Wrong."""
    number = isinstance(cell, int | float) and not isinstance(cell, bool)
    if since_1904 and number and 0 < cell < 80_000:
        cell = cell + FROM_1904.days
    return cells.day(cell)


def _shown(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    if isinstance(cell, datetime):
        cell = cell.date()
    return str(cell)[:40]
