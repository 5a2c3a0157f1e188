"""Real Office files, drawings and pictures, built here: nothing comes from elsewhere."""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import docx
import pptx
import xlsxwriter
from ezdxf.filemanagement import new as new_drawing
from PIL import Image

SENTENCE = "灌装线改造：传送带与灌装头的技术要求。"


def docx_file(pages: int = 1, text: str = SENTENCE) -> bytes:
    document = docx.Document()
    for number in range(1, pages + 1):
        document.add_heading(f"第{number}章", 1)
        document.add_paragraph(text)
        if number < pages:
            document.add_page_break()
    table = document.add_table(2, 2)
    table.cell(0, 0).text = "序号"
    table.cell(0, 1).text = "名称"
    return saved(document)


def xlsx_file(rows: int = 20, sheets: int = 1) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    for number in range(sheets):
        sheet = book.add_worksheet(f"清单{number + 1}")
        for row in range(rows):
            sheet.write_row(row, 0, [f"零件{row}", row, "不锈钢"])
        sheet.write_formula(rows, 1, f"=SUM(B1:B{rows})", value=sum(range(rows)))
    book.close()
    return out.getvalue()


def chart_file() -> bytes:
    """A sheet with a chart: an embedded object that strict settings of newer LibreOffice refuse."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("进度")
    sheet.write_column(0, 0, [1, 4, 9, 16])
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=进度!$A$1:$A$4"})
    sheet.insert_chart("C2", chart)
    book.close()
    return out.getvalue()


def pptx_file(slides: int = 3) -> bytes:
    show = pptx.Presentation()
    for number in range(1, slides + 1):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = f"方案评审 {number}"
        slide.placeholders[1].text = SENTENCE
    return saved(show)


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def odf_file(kind: str, body: str, extra: dict[str, str] | None = None, styles: str = "") -> bytes:
    """An OpenDocument file; `kind` is text, spreadsheet or presentation, `body` what is in office:body."""
    media = f"application/vnd.oasis.opendocument.{kind}"
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{urn}:1.0"'
        for name, urn in (
            ("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"),
            ("script", "script"), ("presentation", "presentation"),
            ("svg", "svg-compatible"), ("style", "style"),
        )
    ) + ' xmlns:xlink="http://www.w3.org/1999/xlink"'  # fmt: skip
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces} office:version="1.2">'
        f"{styles}<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        + "".join(
            f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
            for name in extra or ()
        )
        + "</manifest:manifest>"
    )
    parts: dict[str, str | bytes] = {
        "mimetype": media,
        "content.xml": content,
        "META-INF/manifest.xml": manifest,
        **(extra or {}),
    }
    return zipped(parts)


def odt_file(text: str = SENTENCE) -> bytes:
    return odf_file("text", f"<text:p>{text}</text:p>")


def ods_file() -> bytes:
    cell = f'<table:table-cell office:value-type="string"><text:p>{SENTENCE}</text:p></table:table-cell>'
    return odf_file(
        "spreadsheet", f'<table:table table:name="表"><table:table-row>{cell}</table:table-row></table:table>'
    )


def odp_file() -> bytes:
    frame = (
        '<draw:frame svg:x="2cm" svg:y="2cm" svg:width="20cm" svg:height="3cm">'
        f"<draw:text-box><text:p>{SENTENCE}</text:p></draw:text-box></draw:frame>"
    )
    return odf_file("presentation", f'<draw:page draw:name="页">{frame}</draw:page>')


def zipped(parts: dict[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def rezipped(file: bytes, change: dict[str, Any]) -> bytes:
    """The same archive with parts replaced: a function of the old content, or the new content."""
    parts: dict[str, str | bytes] = {}
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        for name in archive.namelist():
            parts[name] = archive.read(name)
    for name, new in change.items():
        parts[name] = new(parts[name].decode()) if callable(new) else new  # type: ignore[union-attr]
    return zipped(parts)


def old_format(file: bytes, extension: str, folder: Path) -> bytes:
    """doc, xls, ppt as LibreOffice writes them; `extension` is the old one."""
    source = folder / f"new.{extension}x"
    source.write_bytes(file)
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore"]
    subprocess.run(  # noqa: S603
        [*command, "--convert-to", extension, "--outdir", str(folder), str(source)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return (folder / f"new.{extension}").read_bytes()


def pdf_file(pages: int = 1, extra: bytes = b"", words: str = "Page") -> bytes:
    """A plain PDF with a line of text on each page; `extra` goes into the catalogue."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % extra,
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number in range(pages):
        stream = f"BT /F1 24 Tf 72 700 Td ({words} {number + 1}) Tj ET".encode()
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>"
            b"/Contents %d 0 R>>" % (5 + 2 * number)
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **options)
    return out.getvalue()


def dxf_file(text: str = "灌装头装配图", entities: int = 1) -> bytes:
    drawing = new_drawing("R2010")
    space = drawing.modelspace()
    for number in range(entities):
        space.add_line((0, number), (400, number))
    space.add_circle((100, 100), 50)
    space.add_text(text, height=12).set_placement((10, 20))
    out = io.StringIO()
    drawing.write(out)
    return out.getvalue().encode()


STL = (
    b"solid part\nfacet normal 0 0 1\nouter loop\n"
    b"vertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid part\n"
)
STEP = b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"
