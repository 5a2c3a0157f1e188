"""A file or pasted cells to one table, kept small enough to lie in an import between its two steps."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from erp.reading import MOST_BYTES, Sheet, Unreadable, read
from procurement.bom.columns import MOST_COLUMNS, guess, heading_row
from procurement.bom.parsing import MOST_LINES

#: Rows kept, titles and totals among them; no cell of a list says more than this, nor all together.
MOST_ROWS, MOST_CHARS, MOST_TEXT = MOST_LINES + 500, 2_500, 4_000_000


@dataclass
class Table:
    """The rows of one sheet; `at`: the row of its headings, from 0."""

    rows: list[list[Any]] = field(default_factory=list)
    at: int = 0
    since_1904: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def headings(self) -> list[Any]:
        return self.rows[self.at] if self.rows else []

    @property
    def below(self) -> list[list[Any]]:
        return self.rows[self.at + 1 :]

    def as_json(self) -> dict[str, Any]:
        rows = [[_kept(cell) for cell in row] for row in self.rows]
        return {"rows": rows, "at": self.at, "since_1904": self.since_1904, "file_notes": self.notes}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Table:
        rows = [[_back(cell) for cell in row] for row in stored.get("rows", [])]
        return cls(rows, stored.get("at", 0), stored.get("since_1904", False), stored.get("file_notes", []))


def read_file(name: str, data: bytes) -> Table:
    """The sheet that looks most like a bill of materials. Raises Unreadable."""
    sheets, notes = read(name, data)
    best = max(sheets, key=lambda sheet: (_known(sheet), -sheets.index(sheet)))
    if len(sheets) > 1:
        notes.append(_("Only the sheet “%(sheet)s” is read.") % {"sheet": best.name})
    return _table(best, notes)


def read_paste(text: str) -> Table:
    """Cells copied out of a workbook: tabs between, quotation marks only around breaks. Raises
    Unreadable."""
    if len(text.encode()) > MOST_BYTES:
        raise Unreadable(_("The file is larger than 10 MB."))
    if "\t" not in text:
        return read_file("", text.encode())
    return _table(Sheet("", _cells(text.replace("\0", ""))), [])


def _cells(text: str) -> list[list[Any]]:
    """An inch mark at the beginning of a cell (`"A" 型`) opens no quotation: then marks are text."""
    csv.field_size_limit(MOST_BYTES)
    lines = text.lstrip("\ufeff")
    try:
        return [list(row) for row in csv.reader(io.StringIO(lines, newline=""), delimiter="\t", strict=True)]
    except csv.Error:
        plain = io.StringIO(lines, newline=None)
        return [list(row) for row in csv.reader(plain, delimiter="\t", quoting=csv.QUOTE_NONE)]


def _known(sheet: Sheet) -> int:
    at = heading_row(sheet.rows)
    return len(guess(sheet.rows[at])) if sheet.rows else 0


def _table(sheet: Sheet, notes: list[str]) -> Table:
    for at, column in sheet.errors:
        if at < len(sheet.rows) and column < len(sheet.rows[at]):
            sheet.rows[at][column] = "#REF!"
    rows = sheet.rows
    while rows and not any(str(cell).strip() for cell in rows[-1]):
        rows.pop()
    if not rows:
        raise Unreadable(_("The file has no rows."))
    if len(rows) > MOST_ROWS:
        raise Unreadable(_("The list has more than 2,000 lines. Split it."))
    at = heading_row(rows)
    if any(str(cell).strip() for row in rows for cell in row[MOST_COLUMNS:]):
        notes.append(_("Columns after the 60th are not read."))
    kept = [[_short(cell) for cell in row[:MOST_COLUMNS]] for row in rows]
    if sum(len(cell) for row in kept for cell in row if isinstance(cell, str)) > MOST_TEXT:
        raise Unreadable(_("The list holds more text than a bill of materials."))
    return Table(kept, at, sheet.since_1904, notes)


def _short(cell: Any) -> Any:
    known = cell is None or isinstance(cell, bool | int | float | date)
    return cell if known else str(cell)[:MOST_CHARS]


def _kept(cell: Any) -> Any:
    """A cell as JSON keeps it: days stay days."""
    return {"day": cell.isoformat()} if isinstance(cell, date) else cell


def _back(cell: Any) -> Any:
    return datetime.fromisoformat(cell["day"]).date() if isinstance(cell, dict) else cell
