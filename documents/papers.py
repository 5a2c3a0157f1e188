"""Contents of demo documents: small, real files of each kind in Chinese."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contracts.models import Contract

SECTIONS = (
    ("一、项目概述", "本方案针对{company}的{name}，在不改变厂房布局的前提下提升节拍与清洗效率。"),
    ("二、工艺流程", "进瓶、冲洗、灌装、旋盖、检测、出瓶六个工位依次衔接，单线节拍不低于每小时六千瓶。"),
    ("三、机械结构", "底座采用 Q235B 方管焊接，整体退火后加工；与物料接触部分采用 316L 不锈钢。"),
    ("四、电气控制", "主控为 PLC，伺服驱动经现场总线连接；触摸屏提供配方、报警与产量统计。"),
)
EXTRA = ("五、安全联锁", "各防护门装安全开关，任一打开即停机；急停回路为双通道，等级不低于 PL d。")
CHECKS = ("底座水平度", "灌装精度", "旋盖扭矩", "急停与联锁", "运行噪声", "接地电阻", "连续运行两小时")


def proposal(contract: Contract, sections: Any = SECTIONS) -> bytes:
    """A Word document of one or two pages."""
    from docx import Document

    words = {"company": contract.company.name, "name": contract.name}
    paper = Document()
    paper.add_heading(f"{contract.name}技术方案", level=0)
    paper.add_paragraph(f"合同编号：{contract.number}　客户：{contract.company.name}")
    for title, text in sections:
        paper.add_heading(title, level=1)
        paper.add_paragraph(text.format(**words))
    table = paper.add_table(rows=1, cols=3)
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, ("序号", "主要部件", "数量"), strict=True):
        cell.text = text
    for line in (("1", "灌装阀", "24"), ("2", "伺服电机", "6"), ("3", "电控柜", "1")):
        for cell, text in zip(table.add_row().cells, line, strict=True):
            cell.text = text
    return _saved(paper)


def proposal_revised(contract: Contract) -> bytes:
    return proposal(contract, (*SECTIONS, EXTRA))


def checklist(contract: Contract) -> bytes:
    """An Excel workbook with a sheet to tick off."""
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet, bold = book.add_worksheet("检验项目"), book.add_format({"bold": True})
        sheet.set_column(0, 3, 18)
        sheet.write_row(0, 0, (f"{contract.number} {contract.name}",), bold)
        sheet.write_row(2, 0, ("序号", "检验项目", "要求", "结果"), bold)
        for row, check in enumerate(CHECKS, 1):
            sheet.write_row(row + 2, 0, (row, check, "符合技术方案", "合格"))
    return stream.getvalue()


def slides(contract: Contract) -> bytes:
    """A PowerPoint presentation of three slides."""
    from pptx import Presentation

    show = Presentation()
    title = show.slides.add_slide(show.slide_layouts[0])
    title.shapes.title.text = f"{contract.name}方案评审"
    title.placeholders[1].text = f"{contract.number}　{contract.company.name}"
    for head, text in SECTIONS[1:3]:
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = head
        slide.placeholders[1].text = text
    return _saved(show)


def agreement(contract: Contract) -> bytes:
    """The signed contract as a PDF."""
    lines = [
        f"= 设备采购合同\n\n合同编号：{contract.number} #h(1fr) 签订日期：{contract.signed_on.isoformat()}\n",
        f"甲方（买方）：{contract.company.name}\n\n乙方（卖方）：我方\n",
        f"== 一、标的\n乙方为甲方制造并交付“{contract.name}”一套，技术要求见附件技术方案。",
        f"== 二、交付\n交付日期：{contract.planned_delivery.isoformat()}，交付地点为甲方工厂。",
        "== 三、验收\n按双方确认的验收大纲进行预验收与终验收，合格后签署验收报告。",
        "== 四、质保\n质保期自终验收合格之日起十二个月。",
    ]
    return _pdf("\n\n".join(lines))


def cabinet(contract: Contract) -> bytes:
    """A layout drawing as a PDF."""
    boxes = "".join(
        f"rect(width: 100%, height: {height}mm, stroke: 0.5pt)[#align(center + horizon)[{name}]],"
        for name, height in (("断路器", 18), ("PLC 主控", 26), ("伺服驱动器 ×6", 40), ("端子排", 18))
    )
    text = f"= 电控柜布置图\n{contract.number} {contract.name}\n\n#stack(spacing: 4mm, {boxes})"
    return _pdf(text)


def drawing(contract: Contract, hole: float = 9) -> bytes:
    """A base plate as DXF, holes in millimetres."""
    from ezdxf.filemanagement import new

    paper = new("R2010", setup=True)
    space = paper.modelspace()
    space.add_lwpolyline([(0, 0), (1200, 0), (1200, 800), (0, 800)], close=True)
    space.add_lwpolyline([(60, 60), (1140, 60), (1140, 740), (60, 740)], close=True)
    for x in (120, 600, 1080):
        for y in (120, 680):
            space.add_circle((x, y), hole)
    space.add_text(f"灌装机底座 {contract.number}", height=40).set_placement((60, -80))
    stream = io.StringIO()
    paper.write(stream)
    return stream.getvalue().encode()


def drawing_with_holes(contract: Contract) -> bytes:
    return drawing(contract, hole=14)


def photo(contract: Contract) -> bytes:
    """A picture as a workshop might take it: a frame on a grey floor."""
    from PIL import Image, ImageDraw

    picture = Image.linear_gradient("L").resize((960, 640)).convert("RGB")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((140, 180, 820, 470), outline=(64, 96, 140), width=26)
    for x in (240, 480, 720):
        pen.line((x, 180, x, 470), fill=(64, 96, 140), width=16)
    for x in (180, 780):
        pen.rectangle((x - 18, 470, x + 18, 590), fill=(48, 70, 104))
    pen.ellipse((455, 300, 505, 350), fill=(255, 196, 84))
    return _saved(picture, format="PNG")


def old_quote(contract: Contract) -> bytes:
    return "名称,数量\n灌装阀,24\n伺服电机,6\n".encode("utf-8-sig")


def _pdf(text: str) -> bytes:
    import typst

    fonts = '("Noto Sans CJK SC", "Noto Serif CJK SC", "WenQuanYi Micro Hei", "Microsoft YaHei", "SimSun")'
    head = f'#set page("a4", margin: 25mm)\n#set text(font: {fonts}, size: 11pt, lang: "zh")\n'
    made: bytes = typst.compile((head + text).encode())
    return made


def _saved(thing: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    thing.save(stream, **options)
    return stream.getvalue()
