"""Lists as files for Excel: a workbook, or text with the mark by which Excel knows UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header

FORMULA = ("=", "+", "-", "@", "\t", "\r")
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def sheet(kind: str, name: str, heads: list[str], rows: Iterable[Iterable[str]]) -> HttpResponse:
    """The download `name`.`kind` (kind xlsx or csv); no cell ever starts a formula."""
    body = as_xlsx(heads, rows) if kind == "xlsx" else as_csv(heads, rows)
    headers = {"Content-Disposition": content_disposition_header(True, f"{name}.{kind}") or ""}
    return HttpResponse(body, content_type=TYPES[kind], headers=headers)


def as_csv(heads: list[str], rows: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(heads: list[str], rows: Iterable[Iterable[str]]) -> bytes:
    """Texts stay texts: nothing is read as a formula, an address or a number."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    page = book.add_worksheet()
    page.write_row(0, 0, heads, book.add_format({"bold": True}))
    page.freeze_panes(1, 0)
    page.set_column(0, len(heads) - 1, 18)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            page.write_string(number, column, cell[:32_000])
    book.close()
    return out.getvalue()


def harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
