"""DXF drawings as PDF: the model first, then each layout, drawn as lines on white paper."""

import tempfile
from pathlib import Path

import typst
from ezdxf import recover
from ezdxf.addons.drawing import Frontend, RenderContext, layout, properties, svg
from ezdxf.fonts import fonts
from refusal import Refusal

MOST_ENTITIES, MOST_LAYOUTS = 200_000, 20
A3 = (420, 297)  # mm
#: Fonts with Chinese letters, best first; AutoCAD's own (hztxt.shx, simsun) are on no server.
CHINESE = (
    "NotoSansCJK-Regular.ttc",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "simhei.ttf",
)


def drawing(source, target):
    """Write a PDF into `target`, one page per layout that has something on it."""
    document, _audit = recover.readfile(source)
    if len(document.entitydb) > MOST_ENTITIES:
        raise Refusal("TOO_LARGE")
    _dress(document)
    sheets = [document.modelspace(), *_layouts(document)][:MOST_LAYOUTS]
    with tempfile.TemporaryDirectory() as folder:
        pages = []
        for sheet in sheets:
            if drawn := _draw(document, sheet):
                pages.append(f"{len(pages)}.svg")
                Path(folder, pages[-1]).write_text(drawn, encoding="utf-8")
        if not pages:
            raise Refusal("NOTHING")
        body = "#pagebreak()\n".join(f'#image("{name}")\n' for name in pages)
        main = Path(folder, "main.typ")
        main.write_text("#set page(width: auto, height: auto, margin: 0mm)\n" + body, encoding="utf-8")
        Path(target).write_bytes(typst.compile(str(main), root=folder, format="pdf"))
    return {"pages": len(pages)}


def _dress(document):
    """Every text in a font that has its letters, where there is one."""
    font = next((name for name in CHINESE if fonts.font_manager.has_font(name)), "")
    for style in document.styles if font else ():
        style.dxf.font, style.dxf.bigfont = font, ""


def _layouts(document):
    return [sheet for sheet in document.layouts if sheet.is_any_paperspace and len(sheet) > 1]


def _draw(document, sheet):
    if not len(sheet):
        return ""
    paper = properties.LayoutProperties.from_layout(sheet)
    paper.set_colors("#ffffff")
    backend = svg.SVGBackend()
    Frontend(RenderContext(document), backend).draw_layout(sheet, layout_properties=paper)
    page = layout.Page(0, 0, layout.Units.mm, layout.Margins.all(5), max_width=A3[0], max_height=A3[1])
    return backend.get_string(page)
