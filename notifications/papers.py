"""Lists on paper: PDF by typst, workbooks by XlsxWriter."""

from __future__ import annotations

import io
import json
from functools import cache
from typing import TYPE_CHECKING

import typst
import xlsxwriter
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from erp.dates import moment

if TYPE_CHECKING:
    from notifications.cards import Table

#: Typefaces with Chinese letters, as they come with the systems we run on; the first there is is used.
CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "DengXian",
    "SimHei",
    "SimSun",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Noto Serif CJK SC",
)
#: Data goes in as data: nothing of it is read as markup.
_LAYOUT = """
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title)
#set page(paper: "a4", flipped: true, margin: (x: 14mm, y: 16mm),
  footer: context [#set text(8pt, fill: luma(90)); #data.foot #h(1fr)
    #counter(page).display() / #counter(page).final().first()])
#set text(font: data.fonts, size: 9pt, lang: data.lang)
#text(16pt, weight: "bold", data.title)
#v(2mm)
#if data.rows.len() == 0 [#data.empty] else {
  set table(stroke: (x, y) => if y == 0 { (bottom: 0.8pt + luma(40)) } else { (bottom: 0.4pt + luma(200)) })
  table(columns: data.widths.map(w => w * 1fr), inset: (x: 4pt, y: 5pt), align: left + horizon,
    table.header(..data.heads.map(h => text(weight: "bold", h))),
    ..data.rows.flatten())
}
"""


class NoFont(Exception):
    """No typeface with Chinese letters is installed: the text is for whoever looks after the server."""


def as_pdf(table: Table) -> bytes:
    """`table` on A4 sheets. Raises NoFont where no typeface of this machine knows Chinese."""
    content = {
        "title": table.title,
        "heads": list(table.heads),
        "rows": [list(row) for row in table.rows],
        "widths": list(table.widths) or [1] * len(table.heads),
        "fonts": [chinese_font(), "Libertinus Serif"],
        "lang": (get_language() or "zh")[:2],
        "foot": _foot(),
        "empty": _("Nothing to list today."),
    }
    inputs = {"data": json.dumps(content, ensure_ascii=False)}
    made = typst.compile(_LAYOUT.encode(), format="pdf", sys_inputs=inputs, font_paths=fonts())
    return bytes(made)


def _foot() -> str:
    return f"{settings.APP_BASE_URL} · {moment(timezone.now())}"


@cache
def fonts() -> typst.Fonts:
    """The typefaces of this machine, looked for once, and what lies in `DATA_DIR/fonts`."""
    own = settings.DATA_DIR / "fonts"
    return typst.Fonts(font_paths=[own] if own.is_dir() else [])


@cache
def chinese_font() -> str:
    """The typeface for Chinese. Raises NoFont."""
    here = set(fonts().families())
    found = next((name for name in CHINESE if name in here), "")
    if not found:
        raise NoFont(
            _(
                "No typeface with Chinese letters is installed here, so no PDF can be made. "
                "The administrator installs one (Debian: fonts-noto-cjk) or puts a font file into the "
                "folder fonts of the data folder, and starts the program again."
            )
        )
    return found


def as_xlsx(table: Table) -> bytes:
    """`table` as a workbook. Texts stay texts: nothing is read as a formula or an address."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet(_sheet_name(table.title))
    bold = book.add_format({"bold": True})
    for column, head in enumerate(table.heads):
        sheet.write_string(0, column, head, bold)
        share = table.widths[column] if table.widths else 2
        sheet.set_column(column, column, 8 * share)
    for number, row in enumerate(table.rows, 1):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.heads) - 1)
    book.close()
    return out.getvalue()


def _sheet_name(title: str) -> str:
    return "".join(sign for sign in title if sign not in "[]:*?/\\'")[:31] or "1"
