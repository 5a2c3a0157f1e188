"""Bytes to sheets of plain cells, with limits. Pure: no models here."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 200
MOST_CHARS = 32_767
MARKS = ",;\t，"
#: A workbook unpacks to at most this much, in at most so many parts.
MOST_UNPACKED, MOST_PARTS = 200 * 1024 * 1024, 2_000
SINCE_1904 = re.compile(rb'<workbookPr\s[^>]*?date1904="(?:1|true)"')
ERROR_CELL = re.compile(rb'<c\s[^>]*?r="([A-Z]{1,3})(\d{1,7})"[^>]*?\st="e"')
HIDDEN_ROW = re.compile(rb"<row\s[^>]*?hidden=\"(?:1|true)\"")


class Unreadable(Exception):
    """The file cannot be read at all. The text is for the user."""


@dataclass(slots=True)
class Sheet:
    """`rows[0]` is row 1 of the file; `errors` are (row, column) of cells such as #REF!, from 0.
    `since_1904`: bare numbers that mean days count from 1904, as old workbooks of the Mac do."""

    name: str
    rows: list[list[Any]]
    errors: set[tuple[int, int]] = field(default_factory=set)
    since_1904: bool = False


def read(name: str, data: bytes) -> tuple[list[Sheet], list[str]]:
    """The visible sheets with content, and what a reader should know. Raises Unreadable."""
    if not data:
        raise Unreadable(_("The file is empty."))
    if len(data) > MOST_BYTES:
        raise Unreadable(_("The file is larger than 10 MB."))
    if data[:4] == b"PK\x03\x04":
        sheets, notes = _workbook(data)
    elif data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unreadable(_("This is an old or protected workbook. Save it as .xlsx without a password."))
    else:
        sheets, notes = [Sheet(name[:31], _csv(data))], []
    sheets = [sheet for sheet in sheets if any(any(cell != "" for cell in row) for row in sheet.rows)]
    if not sheets:
        raise Unreadable(_("The file has no rows."))
    for sheet in sheets:
        _limits(sheet)
    if sum(len(sheet.rows) for sheet in sheets) > MOST_ROWS + len(sheets):
        raise Unreadable(_("The file has more than 50,000 rows. Split it."))
    return sheets, notes


def _limits(sheet: Sheet) -> None:
    if max(map(len, sheet.rows), default=0) > MOST_COLUMNS:
        raise Unreadable(_("Sheet “%(sheet)s” has more than 200 columns.") % {"sheet": sheet.name})
    for number, row in enumerate(sheet.rows, 1):
        for cell in row:
            if isinstance(cell, str) and len(cell) > MOST_CHARS:
                text = _("Sheet “%(sheet)s”, row %(row)s: a cell has more than 32,767 characters.")
                raise Unreadable(text % {"sheet": sheet.name, "row": number})


# --- workbooks --------------------------------------------------------------------------------------


def _workbook(data: bytes) -> tuple[list[Sheet], list[str]]:
    broken = _("The workbook is damaged. Open it in Excel and save it again.")
    try:
        parts, since_1904 = _parts(data)
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets, notes = [], []
        for index, about in enumerate(book.sheets_metadata):
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            if about.visible != SheetVisibleEnum.Visible:
                notes.append(_("Hidden sheet “%(sheet)s” was skipped.") % {"sheet": about.name})
                continue
            sheets.append(_sheet(book, index, about.name, parts.get(index, b""), notes))
            sheets[-1].since_1904 = since_1904
        return sheets, notes
    except PasswordError:
        raise Unreadable(_("The workbook is protected by a password.")) from None
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, KeyError, OverflowError):
        raise Unreadable(broken) from None


def _sheet(book: CalamineWorkbook, index: int, name: str, xml: bytes, notes: list[str]) -> Sheet:
    found = book.get_sheet_by_index(index)
    if found.total_height > MOST_ROWS * 2:
        raise Unreadable(_("The file has more than 50,000 rows. Split it."))
    rows = found.to_python(skip_empty_area=False, nrows=MOST_ROWS + 2)
    while rows and all(cell == "" for cell in rows[-1]):
        rows.pop()
    if HIDDEN_ROW.search(xml):
        notes.append(_("Sheet “%(sheet)s” has hidden rows; they are read too.") % {"sheet": name})
    for (top, left), (bottom, right) in found.merged_cell_ranges or ():
        _spread(rows, top, left, bottom, right)
    errors = {(int(row) - 1, _column(letters)) for letters, row in ERROR_CELL.findall(xml)}
    return Sheet(name, [list(row) for row in rows], errors)


def _spread(rows: list[list[Any]], top: int, left: int, bottom: int, right: int) -> None:
    """A merged cell says the same on every row that it covers (not on every column)."""
    if right - left > 20 or top >= len(rows) or left >= len(rows[top]):
        return
    for row in rows[top + 1 : bottom + 1]:
        if left < len(row) and row[left] == "":
            row[left] = rows[top][left]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _parts(data: bytes) -> tuple[dict[int, bytes], bool]:
    """The XML of each worksheet in the order of the workbook, and whether its days count from 1904;
    refuses what unpacks too large."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        infos = packed.infolist()
        if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > MOST_UNPACKED:
            raise Unreadable(_("The workbook unpacks to more than we accept."))
        names = {info.filename for info in infos}
        if "xl/workbook.xml" not in names:
            return {}, False
        book = packed.read("xl/workbook.xml")
        links = packed.read("xl/_rels/workbook.xml.rels") if "xl/_rels/workbook.xml.rels" in names else b""
        targets = {}
        for tag in re.findall(rb"<Relationship\s[^>]*>", links):
            key, target = re.search(rb'Id="([^"]+)"', tag), re.search(rb'Target="([^"]+)"', tag)
            if key and target:
                targets[key[1]] = target[1].decode("utf-8", "replace").lstrip("/").removeprefix("xl/")
        order = re.findall(rb'<sheet\s[^>]*?r:id="([^"]+)"', book)
        found = {index: f"xl/{targets.get(key, '')}" for index, key in enumerate(order)}
        parts = {index: packed.read(name) for index, name in found.items() if name in names}
        return parts, bool(SINCE_1904.search(book))


# --- text -------------------------------------------------------------------------------------------


def _csv(data: bytes) -> list[list[Any]]:
    text = _decoded(data)
    if "\0" in text:
        raise Unreadable(_("This is neither a workbook nor a table of text."))
    lines = (line for line in text.splitlines() if line.strip())
    first = next((line for line in lines if any(mark in line for mark in MARKS)), "")  # titles have none
    separator = max(MARKS, key=first.count)
    csv.field_size_limit(MOST_BYTES)
    if separator == "，":
        text, separator = text.replace("，", ","), ","
    try:
        rows = []
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            rows.append(list(row))
            if len(rows) > MOST_ROWS + 2:
                raise Unreadable(_("The file has more than 50,000 rows. Split it."))
        return rows
    except csv.Error:
        text = _("After row %(row)s a quotation mark is opened and never closed.")
        raise Unreadable(text % {"row": len(rows)}) from None


def _decoded(data: bytes) -> str:
    """UTF-8 with or without mark, UTF-16 with mark or by its zeros, else the Chinese of Excel."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif b"\0" in data[:4000]:  # no other text has zeros
        encodings = ["utf-16-le" if data[1:4000:2].count(0) > data[0:4000:2].count(0) else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(_("The text is neither UTF-8 nor GBK nor UTF-16."))
