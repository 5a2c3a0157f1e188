"""The filtered list as a workbook or as text for Excel, with exactly what its reader may see."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import xlsxwriter
from django.utils.translation import gettext as _

from contracts.models import Contract
from contracts.states import Stage, Status
from contracts.tables import with_money

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from orgchart.models import User

FORMULA = ("=", "+", "-", "@", "\t", "\r")
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
FIELDS = (
    "number", "code", "name", "company__name", "contact", "contact_phone", "manager__name",
    "stage", "status", "signed_on", "planned_delivery", "released_on", "delivered_on", "status_note",
)  # fmt: skip


def heads(money: bool) -> list[str]:
    words = [
        _("Contract number"),
        _("Project code"),
        _("Name"),
        _("Customer company"),
        _("Contact"),
        _("Contact phone"),
        _("Project manager"),
        _("Stage"),
        _("Status"),
        _("Signed on"),
        _("Planned delivery"),
        _("Released on"),
        _("Delivered on"),
        _("Status note"),
    ]
    return words + ([_("Currency"), _("Quote"), _("Deal")] if money else [])


def lines(rows: QuerySet[Contract], user: User) -> tuple[list[str], Iterator[list[Any]]]:
    """Column heads and the lines below; amounts only where the user may read them."""
    money = Contract.objects.for_user(user, "view_finance").exists()
    labels = {str(v): str(text) for v, text in (*Stage.choices, *Status.choices)}
    names = (*FIELDS, "currency", "quote", "deal") if money else FIELDS

    def each() -> Iterator[list[Any]]:
        source = with_money(rows, user, "quote", "deal") if money else rows
        for row in source.values_list(*names).iterator(2000):
            cells = list(row)
            cells[7], cells[8] = labels[cells[7]], labels[cells[8]]
            if money and cells[-1] is None and cells[-2] is None:
                cells[-3] = ""
            yield cells

    return heads(money), each()


def write_csv(heads: list[str], lines: Iterator[list[Any]]) -> tuple[bytes, int]:
    """UTF-8 with the mark by which Excel knows it; no cell starts a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    count = 0
    for line in lines:
        writer.writerow([harmless(cell) for cell in line])
        count += 1
    return out.getvalue().encode("utf-8-sig"), count


def write_xlsx(heads: list[str], lines: Iterator[list[Any]], title: str = "") -> tuple[bytes, int]:
    """Texts stay texts: nothing is read as a formula, an address or a number."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet((title or str(_("Contracts")))[:31])
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    money = book.add_format({"num_format": "#,##0.00##"})
    sheet.write_row(0, 0, heads, bold)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(heads) - 1, 16)
    count = 0
    for count, line in enumerate(lines, 1):
        for column, cell in enumerate(line):
            _write(sheet, count, column, cell, day, money)
    sheet.autofilter(0, 0, count, len(heads) - 1)
    book.close()
    return out.getvalue(), count


def _write(sheet: Any, row: int, column: int, cell: Any, day: Any, money: Any) -> None:
    if cell in (None, ""):
        return
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif hasattr(cell, "isoformat"):
        # days before 1900 do not exist in a workbook
        if cell.year >= 1900:
            sheet.write_datetime(row, column, cell, day)
        else:
            sheet.write_string(row, column, cell.isoformat())
    else:
        sheet.write_number(row, column, cell, None if isinstance(cell, int) else money)


def harmless(cell: Any) -> str:
    text = "" if cell is None else _plain(cell) if isinstance(cell, Decimal) else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def _plain(number: Decimal) -> str:
    """Two decimals, more where there are more."""
    return f"{number:.2f}" if number == round(number, 2) else f"{number.normalize():f}"


WRITERS = {"xlsx": write_xlsx, "csv": write_csv}
