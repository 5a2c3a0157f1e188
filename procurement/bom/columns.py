"""Which column of a bill of materials is what: guessed from its headings, corrected by people."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from production.importing.columns import normal

#: Column → its name for people, in the order in which it is asked for.
LABELS = {
    "ref": _("No."),
    "part_number": _("part number"),
    "name": _("name"),
    "specification": _("specification"),
    "material": _("material"),
    "brand": _("brand"),
    "quantity": _("quantity"),
    "unit": _("unit"),
    "price": _("unit price"),
    "supplier": _("supplier"),
    "need_by": _("needed by"),
    "note": _("note"),
}
#: Column → headings that people write, the surest first: of two columns that could be the quantity the
#: one with the earlier word is (总数量 before 单台数量).
HEADINGS: dict[str, tuple[str, ...]] = {
    "ref": ("序号", "项次", "行号", "项号", "no", "#", "item", "item no", "pos", "seq", "编号"),
    "part_number": (
        "零件号", "图号", "物料编码", "物料编号", "料号", "零件图号", "零件编号", "零件代号", "代号",
        "物料号", "物料代码",
        "图纸编号", "存货编码", "产品编码", "编码", "品号", "订货号", "part number", "part no", "p/n", "pn",
        "drawing no", "drawing number", "item code", "material code", "material no", "order number", "mpn",
        "编号",
    ),
    "name": (
        "名称", "零件名称", "物料名称", "品名", "材料名称", "产品名称", "货物名称", "存货名称", "设备名称",
        "元件名称",
        "物品名称", "name", "part name", "item name", "description", "designation", "物料描述", "描述",
        "item description",
    ),
    "specification": (
        "规格型号", "型号规格", "规格", "型号", "规格/型号", "型号/规格", "规格参数", "技术参数", "技术要求",
        "尺寸", "参数",
        "specification", "spec", "model", "type", "size", "specifications", "dimensions",
    ),
    "material": ("材料", "材质", "材料牌号", "牌号", "material", "grade"),
    "brand": (
        "品牌", "厂家", "厂商", "生产厂家", "制造商", "品牌/厂家", "brand", "maker", "manufacturer", "make",
    ),
    "quantity": (
        "采购数量", "需求数量", "总数量", "总数", "合计数量", "数量合计", "需求量", "用量合计", "数量",
        "用量", "单台数量", "单机数量",
        "台套数量", "件数", "个数", "total quantity", "total qty", "order qty", "required qty", "quantity",
        "qty", "q'ty",
        "qty per", "count", "amount",
    ),
    "unit": ("单位", "计量单位", "unit", "uom", "u/m", "units"),
    "price": (
        "单价", "不含税单价", "含税单价", "采购单价", "单价(含税)", "参考单价", "预算单价", "unit price",
        "price", "unit cost",
        "price each",
    ),
    "supplier": ("供应商", "供货商", "供方", "供应商名称", "采购厂家", "supplier", "vendor", "source"),
    "need_by": (
        "需求日期", "需用日期", "要求到货日期", "到货日期", "要求到货", "交货日期", "要求日期", "需求时间",
        "计划到货", "交期",
        "need by", "needed by", "need date", "required date", "required by", "due date", "delivery date",
        "due",
    ),
    "note": ("备注", "说明", "附注", "备注说明", "note", "notes", "remark", "remarks", "comment", "comments"),
}  # fmt: skip
#: Last resort: what a heading that nobody knows ends with or holds.
PARTS: tuple[tuple[str, str], ...] = (
    ("单价", "price"), ("数量", "quantity"), ("图号", "part_number"), ("料号", "part_number"),
    ("编码", "part_number"), ("型号", "specification"), ("规格", "specification"), ("供应商", "supplier"),
    ("到货", "need_by"), ("日期", "need_by"), ("材质", "material"), ("品牌", "brand"), ("名称", "name"),
    ("单位", "unit"), ("备注", "note"), ("part num", "part_number"), ("qty", "quantity"),
    ("spec", "specification"),
)  # fmt: skip
#: Headings that hold a known word but say something else.
OTHER = (
    "金额",
    "总价",
    "小计",
    "库存",
    "已到",
    "到货数量",
    "已采",
    "下单",
    "重量",
    "总重",
    "单重",
    "采购员",
    "责任",
)
#: Rows among which the headings may stand, and how wide a table may be.
TOP, MOST_COLUMNS = 30, 60
CHINESE = re.compile("[\u4e00-\u9fff]")


def plain(cell: Any) -> str:
    """A heading as it is compared: `*数 量 (件)` → `数量`, `Part No.` → `part no`."""
    word = re.sub(r"\(.*?\)|\[.*?\]|【.*?】", "", normal(cell))
    word = re.sub(r"\s*/\s*", "/", word)
    if CHINESE.search(word):
        word = word.replace(" ", "")
    return word.strip(" *:：.、") or normal(cell)


RANKS: dict[str, list[tuple[int, str]]] = {}
for _meaning, _words in HEADINGS.items():
    for _rank, _word in enumerate(_words):
        RANKS.setdefault(plain(_word), []).append((_rank, _meaning))


def _choices(cell: Any) -> list[tuple[int, str]]:
    """(rank, meaning) of a heading; the Chinese or the English half of `名称 Name` will do."""
    word = plain(cell)
    if found := RANKS.get(word):
        return found
    if CHINESE.search(word) and re.search("[a-z]", word):
        halves = ("".join(re.findall("[\u4e00-\u9fff]+", word)), " ".join(re.findall("[a-z]+", normal(cell))))
        for half in halves:
            if found := RANKS.get(half):
                return found
    if len(word) <= 20 and not any(other in word for other in OTHER):
        return [(50, meaning) for part, meaning in PARTS if part in word][:1]
    return []


def heading_row(rows: Sequence[Sequence[Any]]) -> int:
    """The row (from 0) in which most columns are known; else the first that is not empty."""
    counts = [len({m for cell in row for _rank, m in _choices(cell)[:1]}) for row in rows[:TOP]]
    if max(counts, default=0) >= 2:
        return counts.index(max(counts))
    return next((n for n, row in enumerate(rows) if any(str(cell).strip() for cell in row)), 0)


def guess(headings: Sequence[Any]) -> dict[int, str]:
    """Place of a column → what it is; every meaning once, the surest heading first."""
    wanted = sorted(
        (rank, place, meaning)
        for place, cell in enumerate(headings[:MOST_COLUMNS])
        for rank, meaning in _choices(cell)
    )
    chosen: dict[int, str] = {}
    for _rank, place, meaning in wanted:
        if place not in chosen and meaning not in chosen.values():
            chosen[place] = meaning
    return dict(sorted(chosen.items()))


def fingerprint(headings: Sequence[Any]) -> str:
    """The same for every file of the same headings in the same order."""
    words = [plain(cell) for cell in headings[:MOST_COLUMNS]]
    while words and not words[-1]:
        words.pop()
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()


def known(mapping: Mapping[Any, Any], width: int) -> dict[int, str]:
    """What of a stored mapping fits a table of `width` columns."""
    pairs = ((int(place), meaning) for place, meaning in mapping.items())
    return {place: meaning for place, meaning in pairs if meaning in LABELS and place < width}
