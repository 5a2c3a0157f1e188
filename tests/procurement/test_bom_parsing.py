"""Bills of materials as offices write them: which column is what, and what stands in every cell."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter
from django.utils import translation

from erp.reading import Unreadable
from procurement.bom import cells
from procurement.bom.columns import fingerprint, guess, heading_row
from procurement.bom.parsing import Parts
from procurement.bom.reading import Table, read_file, read_paste
from production.importing.cells import Wrong


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def csv_of(rows, encoding="utf-8"):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def workbook(rows, *, options=None, formats=(), merge=()):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, **(options or {})})
    page, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(at, column, cell, day)
            elif isinstance(cell, str) and cell.startswith("="):
                page.write_formula(at, column, cell, None, "#DIV/0!")
            else:
                page.write(at, column, cell)
    for span in merge:
        page.merge_range(*span)
    book.close()
    return out.getvalue()


def understood(table, **options):
    parts = Parts(
        table.headings, guess(table.headings), since_1904=table.since_1904, **{"unit": "件", **options}
    )
    parts.read(table.below, table.at + 2)
    return parts


def parse(rows, **options):
    return understood(read_file("x.csv", csv_of(rows)), **options)


def told(parts):
    return [(p["row"], p["column"], p["text"]) for p in parts.problems]


HEAD = ["序号", "图号", "名称", "规格型号", "材料", "数量", "单位", "单价", "供应商", "备注", "需求日期"]
ROW = ["1", "GZX-01-003", "轴承座", "Φ60", "45#", "4", "件", "¥1,280.5", "洛阳轴承", "调质", "2026-03-02"]


# --- which column is what ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headings", "meanings"),
    [
        (HEAD, "ref part_number name specification material quantity unit price supplier note need_by"),
        (
            ["项次", "物料编码", "物料名称", "型号", "品牌", "总数量", "计量单位"],
            "ref part_number name specification brand quantity unit",
        ),
        (
            ["Item", "Part No.", "Description", "Material", "Qty", "UoM", "Unit Price", "Vendor", "Remarks"],
            "ref part_number name material quantity unit price supplier note",
        ),
        (["*名 称（必填）", "规格/型号", "数 量(件)"], "name specification quantity"),
        (["名称 Name", "数量\nQty", "单位 Unit"], "name quantity unit"),
        (["零件名称", "单台数量", "台数", "总数量"], "name - - quantity"),
        (["名称", "数量", "单价", "金额", "库存数量", "到货数量"], "name quantity price - - -"),
        (["编号", "名称", "数量"], "ref name quantity"),
        (["序号", "编号", "名称", "数量"], "ref part_number name quantity"),
        (["名称", "本次需要的数量", "要求进厂日期"], "name quantity need_by"),
    ],
)  # fmt: skip
def test_headings_of_offices_are_known(headings, meanings):
    found = guess(headings)
    assert [found.get(place, "-") for place in range(len(headings))] == meanings.split()


def test_the_headings_are_found_below_titles_and_blank_rows():
    rows = [["灌装线 设备物料清单"], [], ["合同编号：HT-2026-018", "", "日期：2026-01-05"], HEAD, ROW]
    assert heading_row(rows) == 3


def test_the_same_headings_have_one_fingerprint_whatever_stands_below():
    assert fingerprint(["名 称", "数量(件)", "", ""]) == fingerprint(["名称", "*数量"])
    assert fingerprint(["名称", "数量"]) != fingerprint(["数量", "名称"])


# --- files and pasted cells -------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_table_of_text_is_read_in_every_encoding_of_excel(encoding):
    parts = understood(read_file("清单.csv", csv_of([["设备物料清单"], HEAD, ROW], encoding)))
    assert told(parts) == []
    (line,) = parts.lines
    assert (line.part_number, line.name, line.specification) == ("GZX-01-003", "轴承座", "Φ60, 45#")
    assert (line.quantity, line.unit, line.price) == (Decimal(4), "件", Decimal("1280.5"))
    assert (line.supplier, line.note, line.need_by) == ("洛阳轴承", "调质", date(2026, 3, 2))
    assert line.rows == [3]


@pytest.mark.parametrize("separator", [";", "\t", "，"])
def test_other_separators_are_known_below_a_title(separator):
    text = "设备物料清单\n" + "\n".join(
        separator.join(row) for row in (["名称", "图号", "数量"], ["轴", "A1", "2"])
    )
    parts = understood(read_file("x.txt", text.encode()))
    assert [(line.name, line.quantity) for line in parts.lines] == [("轴", Decimal(2))]


def test_pasted_cells_are_read():
    text = "\n".join("\t".join(row) for row in (["物料清单，第 1 版"], HEAD, ROW))
    parts = understood(read_paste(text))
    assert told(parts) == []
    assert parts.lines[0].name == "轴承座"


def test_pasted_cells_with_breaks_and_inch_marks_are_read():
    text = '名称\t规格\t数量\n"法兰\n（带孔）"\tDN50\t2\n'
    assert understood(read_paste(text)).lines[0].name == "法兰 （带孔）"
    text = '名称\t规格\t数量\n"A" 型管\t1/2"\t2\n螺母\tM8\t9\n'
    parts = understood(read_paste(text))
    assert [(line.name, line.specification) for line in parts.lines] == [('"A" 型管', '1/2"'), ("螺母", "M8")]


def test_a_workbook_is_read_with_merged_titles_dates_and_broken_formulas():
    rows = [
        ["", "", "", "", ""],
        ["名称", "图号", "数量", "单价", "需求日期"],
        ["电机", "M-1", 2.0, 0.1 + 0.2, date(2026, 5, 1)],
        ["泵", "P-1", "=1/0", 3, 46143],
    ]
    table = read_file("x.xlsx", workbook(rows, merge=[(0, 0, 0, 4, "电气物料清单")]))
    parts = understood(Table.from_json(table.as_json()))
    assert told(parts) == [(4, "数量", "the cell holds an error such as #REF!")]
    (line,) = parts.lines
    assert (line.quantity, line.price, line.need_by) == (Decimal(2), Decimal("0.3"), date(2026, 5, 1))


def test_bare_day_numbers_count_from_1904_where_the_workbook_does():
    rows = [
        ["名称", "数量", "需求日期"],
        ["泵", 1, date(2026, 5, 1)],
        ["阀", 1, 46143 - 1462],
        ["管", 1, 46143],
    ]
    parts = understood(read_file("x.xlsx", workbook(rows, options={"date_1904": True})))
    assert [line.need_by for line in parts.lines] == [date(2026, 5, 1), date(2026, 5, 1), date(2030, 5, 2)]


def test_a_table_survives_being_kept():
    rows = [["名称", "图号", "数量"], ["泵", date(2026, 3, 1), 1.5]]
    table = read_file("x.xlsx", workbook(rows))
    kept = Table.from_json(table.as_json())
    assert (kept.rows, kept.at, kept.since_1904) == (table.rows, table.at, table.since_1904)


def test_the_sheet_with_the_parts_is_taken():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    book.add_worksheet("封面").write(0, 0, "灌装线")
    page = book.add_worksheet("明细")
    page.write_row(0, 0, ["名称", "数量"])
    page.write_row(1, 0, ["轴", 2])
    book.close()
    table = read_file("x.xlsx", out.getvalue())
    assert table.notes == ["Only the sheet “明细” is read."]
    assert len(understood(table).lines) == 1


# --- hostile files ----------------------------------------------------------------------------------


def test_huge_tables_are_refused():
    with pytest.raises(Unreadable, match="2,000 lines"):
        read_file("x.csv", csv_of([["名称", "数量"], *[["轴", "1"]] * 3000]))
    with pytest.raises(Unreadable, match="50,000 rows"):
        read_file("x.csv", b"a,b\n" * 100_000)
    with pytest.raises(Unreadable, match="2,000 lines"):
        read_paste("名称\t数量\n" + "轴\t1\n" * 100_000)
    with pytest.raises(Unreadable, match="10 MB"):
        read_paste("名称\t数量\n" + "轴" * 4_000_000)


def test_blank_rows_behind_a_list_do_not_make_it_long():
    assert (
        len(understood(read_file("x.csv", csv_of([["名称", "数量"], ["轴", "1"], *[["", ""]] * 5000]))).lines)
        == 1
    )


def test_a_list_longer_than_is_bought_at_once_is_refused():
    parts = parse([["名称", "数量"], *[[f"轴{n}", "1"] for n in range(2001)]])
    assert told(parts) == [(0, "", "The list has more than 2,000 lines. Split it.")]
    assert parts.lines == []


def test_a_workbook_that_unpacks_too_large_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (201 * 1024 * 1024))
    with pytest.raises(Unreadable, match="unpacks"):
        read_file("x.xlsx", out.getvalue())


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04junk", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\0\1\2\3" * 3 + b"\xff", b'a,"b\nc'],
)
def test_what_is_no_table_is_refused(data):
    with pytest.raises(Unreadable):
        read_file("x", data)


def test_a_text_too_large_for_a_list_is_refused():
    rows = [["名称", "数量"], *[["轴" * 2500, "1"]] * 1700]
    with pytest.raises(Unreadable, match="more text"):
        read_file("x.xlsx", workbook(rows))


# --- rows -------------------------------------------------------------------------------------------


def test_rows_that_are_no_parts_are_skipped_and_named():
    parts = parse(
        [
            ["序号", "图号", "名称", "数量", "单价"],
            ["", "", "一、机架部分", "", ""],
            ["1", "A1", "机架", "1", "500"],
            ["", "", "小计", "1", "500"],
            ["序号", "图号", "名称", "数量", "单价"],
            ["二", "", "电气部分", "", ""],
            ["2", "E1", "电机", "2", "300"],
            ["合计", "", "", "3", "1100"],
            ["编制：张三", "", "审核：李四", "", ""],
        ]
    )
    assert told(parts) == []
    assert [line.name for line in parts.lines] == ["机架", "电机"]
    assert [(row["row"], row["why"]) for row in parts.skipped] == [
        (2, "a heading between the lines"),
        (4, "a total"),
        (5, "the headings again"),
        (6, "a heading between the lines"),
        (8, "a total"),
        (9, "a signature or a remark"),
    ]


def test_a_part_without_a_quantity_is_told_not_skipped():
    parts = parse([["序号", "图号", "名称", "数量"], ["1", "", "机架", ""], ["2", "A2", "轴", "/"]])
    assert told(parts) == [(2, "数量", "is missing"), (3, "数量", "is missing")]


def test_a_part_whose_name_begins_like_a_total_is_a_part():
    parts = parse([["图号", "名称", "数量"], ["T-1", "总计量泵", "1"]])
    assert [line.name for line in parts.lines] == ["总计量泵"]


def test_the_same_part_twice_is_bought_once():
    parts = parse(
        [
            ["图号", "名称", "数量", "需求日期"],
            ["A1", "轴", "2", "2026-05-01"],
            ["B1", "键", "1", ""],
            [" a1", "轴", "3", "2026-04-01"],
        ]
    )
    assert [(line.part_number, line.quantity, line.rows, line.need_by) for line in parts.lines] == [
        ("A1", Decimal(5), [2, 4], date(2026, 4, 1)),
        ("B1", Decimal(1), [3], None),
    ]
    assert parts.notes == ["1 rows name a part that stands above already; their quantities were added."]


def test_the_same_number_for_different_parts_is_wrong():
    parts = parse([["图号", "名称", "数量"], ["A1", "轴", "2"], ["A1", "键", "3"]])
    assert told(parts) == [(3, "名称", "differs from row 2 with the same part")]


def test_quantities_count_for_as_many_machines_as_are_built():
    assert parse([["名称", "数量"], ["轴", "1.5"]], sets=4).lines[0].quantity == Decimal("6.0")


def test_whoever_may_not_enter_prices_has_none_read():
    parts = parse([["名称", "数量", "单价"], ["轴", "1", "abc"]], prices=False)
    assert told(parts) == []
    assert parts.lines[0].price is None


def test_units_are_found_beside_or_behind_the_quantity():
    parts = parse(
        [
            ["名称", "数量", "单位"],
            ["轴", "2件", ""],
            ["管", "3.5 m", "m"],
            ["板", "2", ""],
            ["带", "2米", "卷"],
        ]
    )
    assert [(line.name, line.unit) for line in parts.lines] == [("轴", "件"), ("管", "m"), ("板", "件")]
    assert told(parts) == [(5, "数量", "“2米”: the unit differs from the column of units (卷)")]
    parts = parse([["名称", "数量"], ["轴", "2"]], unit="")
    assert told(parts) == [(2, "unit", "is missing: say below what such rows are counted in")]


def test_columns_that_must_be_chosen_are_named():
    parts = Parts(["x", "y"], {})
    parts.read([["1", "2"]], 2)
    assert [p["text"] for p in parts.problems] == [
        "choose the column of the name or of the part number",
        "choose the column of the quantity",
    ]


def test_a_row_with_more_cells_than_headings_is_told():
    parts = parse([["名称", "数量"], ["轴", "1", "多余"]])
    assert told(parts) == [(2, "", "this row has more cells than there are headings")]


def test_a_list_full_of_mistakes_tells_the_first_ones():
    parts = parse([["名称", "数量"], *[[f"轴{n}", "x"] for n in range(900)]])
    assert len(parts.problems) == 500


# --- cells ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "number", "unit"),
    [
        (4, "4", ""),
        (2.5, "2.5", ""),
        (0.1 + 0.2, "0.3", ""),
        ("4", "4", ""),
        (" 4 ", "4", ""),
        ("'4", "4", ""),
        ("１２", "12", ""),
        ("1,200", "1200", ""),
        ("2.500", "2.5", ""),
        ("4个", "4", "个"),
        ("3.5 m", "3.5", "m"),
        ("10 m2", "10", "m2"),
        ("2㎡", "2", "m2"),
        ("+3", "3", ""),
    ],
)
def test_quantities_are_understood(cell, number, unit):
    assert cells.quantity(cell) == (Decimal(number), unit)


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (0, "more than 0"), (-1, "more than 0"), ("-3", "more than 0"), ("0", "more than 0"),
        ("-0", "more than 0"),
        ("1E+3", "exponent"), ("1.5e-2", "exponent"), ("１Ｅ３", "exponent"), (1e300, "too large"),
        (float("inf"), "too large"),
        (float("nan"), "too large"), ("NaN", "no quantity"), ("Infinity", "no quantity"),
        ("1,5", "no quantity"), ("1.2.3", "no quantity"),
        ("1_000", "no quantity"), ("0x10", "no quantity"), ("2x3", "no quantity"), ("3-5", "no quantity"),
        ("约10", "no quantity"),
        ("十", "no quantity"), ("若干", "no quantity"), ("1.2345", "decimals"), (1.2345, "decimals"),
        ("123456789012", "too large"),
        (True, "no number"), (date(2026, 1, 1), "no number"), ("12 34", "no quantity"),
    ],
)  # fmt: skip
def test_wrong_quantities_are_told_in_a_sentence(cell, why):
    with pytest.raises(Wrong, match=why):
        cells.quantity(cell)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("¥1,234.5", "1234.5"),
        ("￥１２", "12"),
        (0, "0"),
        ("12.3元/件", "12.3"),
        ("RMB 8", "8"),
        (0.0001, "0.0001"),
        ("15元", "15"),
    ],
)
def test_prices_are_understood(cell, amount):
    assert cells.price(cell) == Decimal(amount)


@pytest.mark.parametrize("cell", [-1, "-1", "abc", "1.23456", "1e5", "12.5万", "面议", True, "$5", "1,5"])
def test_wrong_prices_are_told(cell):
    with pytest.raises(Wrong):
        cells.price(cell)


def test_part_numbers_that_excel_spoilt_are_told():
    assert cells.part_number(12345.0, 80) == "12345"
    assert cells.part_number("00123", 80) == "00123"
    for spoilt in (date(2026, 3, 1), 1.234567890123456e17, "1.23E+17"):
        with pytest.raises(Wrong, match="format the column as text"):
            cells.part_number(spoilt, 80)
    with pytest.raises(Wrong, match="80 characters"):
        cells.part_number("x" * 81, 80)


@pytest.mark.parametrize("cell", ["2026-02-30", "0000-00-00", "26/3/2", 60, "9999-12-31", "明天", True, -5])
def test_wrong_days_are_told(cell):
    with pytest.raises(Wrong, match="no date"):
        cells.day(cell)


@pytest.mark.parametrize("cell", ["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "####", "#NAME?"])
def test_broken_cells_are_told(cell):
    assert "error such as" in told(parse([["名称", "数量"], ["轴", cell]]))[0][2]


def test_nothing_is_a_stroke_as_well():
    parts = parse([["名称", "规格", "数量", "单价", "需求日期"], ["轴", "/", "1", "-", "—"]])
    assert told(parts) == []
    assert (parts.lines[0].specification, parts.lines[0].price, parts.lines[0].need_by) == ("", None, None)


def test_too_long_texts_are_told():
    parts = parse([["名称", "数量"], ["轴" * 201, "1"]])
    assert told(parts) == [(2, "名称", "longer than 200 characters")]
