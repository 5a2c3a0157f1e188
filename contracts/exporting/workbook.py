"""Every list of a contract in one workbook, a sheet each, written row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlsxwriter
from django.utils import timezone

from contracts.joints import Sheet
from erp import register
from erp.dates import moment

if TYPE_CHECKING:
    from contracts.models import Contract

#: Rows of one sheet; Excel takes 1,048,576.
MOST_ROWS = 1_000_000
MOST_LETTERS = 32_000


def sheets() -> list[Sheet]:
    """The sheets of all apps in their order."""
    return sorted(register.entries("contracts.export_sheets").values(), key=lambda sheet: sheet.order)


def write(contract: Contract, path: Path) -> list[tuple[str, int]]:
    """Write the workbook; returns the title of each sheet with its number of rows. Texts stay texts:
    nothing is read as a formula, an address or a number."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), {**options, "tmpdir": str(path.parent)})
    looks = {
        "head": book.add_format({"bold": True}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "number": book.add_format({"num_format": "#,##0.00##"}),
    }
    told, taken = [], set[str]()
    for sheet in sheets():
        page = book.add_worksheet(_free_title(str(sheet.title), taken))
        heads = [str(head) for head in sheet.heads]
        page.freeze_panes(1, 0)
        page.set_column(0, max(len(heads) - 1, 0), 18)
        _row(page, 0, heads, looks, looks["head"])
        told.append((str(sheet.title), _rows(page, sheet.rows(contract), looks)))
    book.close()
    return told


def _rows(page: Any, rows: Iterable[Sequence[Any]], looks: dict[str, Any]) -> int:
    number = 0
    for number, row in enumerate(rows, 1):  # noqa: B007  the last one is their number
        if number > MOST_ROWS:
            return MOST_ROWS
        _row(page, number, row, looks)
    return number


def _row(page: Any, number: int, row: Sequence[Any], looks: dict[str, Any], look: Any = None) -> None:
    for column, cell in enumerate(row):
        _cell(page, number, column, cell, looks, look)


def _cell(page: Any, row: int, column: int, value: Any, looks: dict[str, Any], look: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, datetime):
        page.write_string(
            row, column, moment(value if timezone.is_aware(value) else timezone.make_aware(value))
        )
    elif isinstance(value, date):
        page.write_datetime(row, column, datetime(value.year, value.month, value.day), looks["day"])  # noqa: DTZ001
    elif isinstance(value, Decimal):
        page.write_number(row, column, value, looks["number"])
    elif isinstance(value, int):
        page.write_number(row, column, value)
    else:
        page.write_string(row, column, _plain(str(value)), look)


def _plain(text: str) -> str:
    """What a cell takes: no controls, not too long."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)[:MOST_LETTERS]


def _free_title(title: str, taken: set[str]) -> str:
    """At most 31 letters, none of those that Excel forbids, and not twice."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:31] or "-"
    name, number = plain, 2
    while name.casefold() in taken:
        tail = f" {number}"
        name, number = plain[: 31 - len(tail)] + tail, number + 1
    taken.add(name.casefold())
    return name
