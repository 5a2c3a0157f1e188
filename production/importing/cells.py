"""One cell to one value: dates, amounts, percentages and texts as offices type them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from erp.dates import FIRST_DAY, LAST_DAY

EPOCH = date(1899, 12, 30)  # day 0 of a workbook's serial dates
DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
)
MONEY = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?")
YES = {"是", "√", "✓", "y", "yes", "true", "1", "x", "里程碑"}


class Wrong(ValueError):
    """The cell cannot be understood. The text is for the user."""


def text(cell: Any, most: int) -> str:
    """Plain text: numbers without a needless .0, no control characters, spaces at the ends gone."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    if isinstance(cell, datetime | date):
        cell = cell.strftime("%Y-%m-%d")
    plain = unicodedata.normalize("NFC", str(cell))
    plain = "".join(c for c in plain if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
    if len(plain) > most:
        raise Wrong(_("longer than %(most)s characters") % {"most": most})
    return plain


def day(cell: Any) -> date:
    """A date cell, a serial number, 2026/1/2, 2026-01-02, 2026.1.2, 2026年1月2日 or 20260102."""
    found = _day(cell)
    if found is None or not FIRST_DAY <= found <= LAST_DAY:
        shown = str(cell)[:40]
        raise Wrong(_("“%(cell)s” is no date (write 2026-01-02)") % {"cell": shown})
    return found


def _day(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return EPOCH + timedelta(days=int(cell)) if 20_000 <= cell <= 80_000 else None
    plain = unicodedata.normalize("NFKC", str(cell)).strip()
    if re.fullmatch(r"\d{5}(\.\d+)?", plain):
        return _day(float(plain))
    if re.fullmatch(r"\d{8}", plain):
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    match = DATE.fullmatch(plain)
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


def money(cell: Any) -> Decimal:
    """A positive amount in yuan; `¥1,234.5`, `１２３`, `12.5万` are understood."""
    plain = unicodedata.normalize("NFKC", str(cell)).strip().lower()
    plain = re.sub(r"[¥￥$€,\s元]|cny|rmb", "", plain)
    tens = 10_000 if plain.endswith("万") else 1
    plain = plain.removesuffix("万")
    if isinstance(cell, float):
        plain = f"{cell:.6f}".rstrip("0").rstrip(".") if abs(cell) < 1e12 else "?"
    if tens > 1 and re.fullmatch(r"\d{1,8}(\.\d{1,6})?", plain):
        plain = f"{(Decimal(plain) * tens).normalize():f}"
    if not MONEY.fullmatch(plain):
        raise Wrong(_("“%(cell)s” is no amount (digits, at most two decimals)") % {"cell": str(cell)[:40]})
    return Decimal(plain)


def whole(cell: Any, least: int, most: int) -> int:
    plain = unicodedata.normalize("NFKC", str(cell)).strip().removesuffix("天").removesuffix("d").strip()
    try:
        number = Decimal(plain) if re.fullmatch(r"\d{1,9}(\.\d{1,3})?", plain) else Decimal(-1)
    except InvalidOperation:
        number = Decimal(-1)
    if number != number.to_integral_value() or not least <= number <= most:
        raise Wrong(
            _("“%(cell)s” is no whole number from %(least)s to %(most)s")
            % {"cell": str(cell)[:40], "least": least, "most": most}
        )
    return int(number)


def percent(cell: Any) -> int:
    """0–100; a percent cell of a workbook (0.5) and `50%` mean the same."""
    if isinstance(cell, float) and 0 <= cell <= 1:
        return round(cell * 100)
    if isinstance(cell, str):
        cell = unicodedata.normalize("NFKC", cell).strip().removesuffix("%").strip()
    return whole(cell, 0, 100)


def yes(cell: Any) -> bool:
    return cell is True or unicodedata.normalize("NFKC", str(cell)).strip().casefold() in YES
