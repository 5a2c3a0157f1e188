"""Every kind of document as a browser gets it, by the real programs."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image

from documents.conversion import office as engine
from documents.conversion import reasons
from documents.conversion.convert import convert, converter_of, why_without
from documents.conversion.errors import Missing, Refused
from documents.conversion.pdf import page_image
from documents.conversion.sandbox import isolation
from documents.conversion.text import extract_text
from documents.kinds import KINDS
from tests.documents import papers

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module", autouse=True)
def _office_ends():
    yield
    assert engine.office.end() == []


@pytest.fixture
def render(tmp_path):
    """Write `content`, render it, give (rendering, the result as bytes)."""

    def run(content: bytes, extension: str):
        source, target = tmp_path / f"in.{extension}", tmp_path / "out"
        source.write_bytes(content)
        made = convert(source, KINDS[extension], target)
        return made, target.read_bytes() if made.made else content

    return run


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    """All text without its spaces: LibreOffice sets some between letters and digits."""
    return "".join("".join(page.get_textpage().get_text_range() for page in document).split())


@pytest.mark.libreoffice
@pytest.mark.parametrize(
    ("extension", "build", "pages", "words"),
    [
        ("docx", lambda: papers.docx_file(3), 3, ("第3章", papers.SENTENCE, "序号")),
        ("xlsx", lambda: papers.xlsx_file(20), 1, ("零件19", "190")),
        ("xlsx", lambda: papers.xlsx_file(5, sheets=3), 3, ("零件4",)),
        ("xlsx", papers.chart_file, 1, ("16",)),
        ("pptx", lambda: papers.pptx_file(4), 4, ("方案评审4", papers.SENTENCE)),
        ("odt", papers.odt_file, 1, (papers.SENTENCE,)),
        ("ods", papers.ods_file, 1, (papers.SENTENCE,)),
        ("odp", papers.odp_file, 1, (papers.SENTENCE,)),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_office_files_become_pdf_with_their_chinese_text(render, extension, build, pages, words):
    made, pdf = render(build(), extension)
    assert (made.media_type, made.pages, made.remark) == ("application/pdf", pages, "")
    assert len(pypdfium2.PdfDocument(pdf)) == pages
    found = text_of(pdf)
    assert [word for word in words if word not in found] == []


@pytest.mark.libreoffice
@pytest.mark.parametrize(
    ("extension", "build", "pages", "word"),
    [
        ("doc", lambda: papers.docx_file(2), 2, papers.SENTENCE),
        ("xls", papers.xlsx_file, 1, "零件19"),
        ("ppt", papers.pptx_file, 3, papers.SENTENCE),
    ],
)
def test_old_office_files_become_pdf(render, tmp_path, extension, build, pages, word):
    made, pdf = render(papers.old_format(build(), extension, tmp_path), extension)
    assert made.pages == len(pypdfium2.PdfDocument(pdf)) == pages
    assert word in text_of(pdf)


@pytest.mark.libreoffice
def test_the_same_without_a_warm_office(render, monkeypatch):
    monkeypatch.setattr("documents.conversion.convert.uno_python", lambda: None)
    made, pdf = render(papers.docx_file(2), "docx")
    assert made.pages == 2
    assert papers.SENTENCE in text_of(pdf)


@pytest.mark.libreoffice
def test_at_most_300_pages_are_made(render):
    made, pdf = render(papers.docx_file(305), "docx")
    assert made.pages == len(pypdfium2.PdfDocument(pdf)) == 300
    assert made.remark == reasons.FIRST_PAGES


@pytest.mark.libreoffice
def test_paper_is_a4_and_wide_sheets_fit_it(render):
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    book.add_worksheet().write_row(0, 0, [f"列{n}" for n in range(30)])
    book.close()
    made, pdf = render(out.getvalue(), "xlsx")
    assert made.pages == 1
    across, down = sorted(pypdfium2.PdfDocument(pdf)[0].get_size())
    assert (round(across), round(down)) == (595, 842)


@pytest.mark.libreoffice
def test_every_chinese_letter_has_a_shape(render):
    """A missing glyph would be the number 0 in the font, drawn as an empty box."""
    letters = "灌装线传送带气缸伺服电机编码器触摸屏减速机法兰轴承密封圈不锈钢喷涂验收调试售后采购图纸"
    _made, pdf = render(papers.docx_file(text=letters), "docx")
    assert letters in text_of(pdf)
    page = pypdfium2.PdfDocument(pdf)[0]
    ink = page.render(scale=2).to_pil().convert("L").histogram()
    assert sum(ink[:128]) > 2000


def test_a_pdf_is_shown_as_it_is_and_cut_when_long(render):
    made, _same = render(papers.pdf_file(4), "pdf")
    assert (made.made, made.pages, made.remark) == (False, 4, "")
    made, cut = render(papers.pdf_file(320), "pdf")
    assert (made.made, made.pages, made.remark) == (True, 300, reasons.FIRST_PAGES)
    assert len(pypdfium2.PdfDocument(cut)) == 300


def test_a_page_of_a_pdf_is_drawn(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(papers.pdf_file(3))
    drawn = Image.open(io.BytesIO(page_image(path, 3, 900)))
    assert (drawn.format, drawn.width) == ("PNG", 900)
    with pytest.raises(Refused):
        page_image(path, 4, 900)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP"])
def test_pictures_become_webp(render, kind):
    made, content = render(papers.picture(kind), {"TIFF": "tif", "JPEG": "jpg"}.get(kind, kind.lower()))
    shown = Image.open(io.BytesIO(content))
    assert (made.media_type, shown.format, shown.size) == ("image/webp", "WEBP", (40, 30))


def test_a_photo_is_upright_and_forgets_its_camera(render):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90°
    exif[0x010F] = "<script>alert(1)</script>"
    exif.get_ifd(0x8825)[1] = "N"
    source = papers.picture("JPEG", exif=exif.tobytes())
    assert b"script" in source
    made, content = render(source, "jpg")
    shown = Image.open(io.BytesIO(content))
    assert shown.size == (30, 40)
    assert dict(shown.getexif()) == {}
    assert b"script" not in content
    assert b"EXIF" not in content


def test_large_pictures_shrink(render):
    _made, content = render(papers.picture("PNG", size=(7000, 100)), "png")
    assert Image.open(io.BytesIO(content)).width == 6000


def test_a_scan_of_several_pages_becomes_pdf(render):
    frames = [Image.new("1", (800, 600), n % 2) for n in range(3)]
    out = io.BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:])
    made, pdf = render(out.getvalue(), "tif")
    assert (made.media_type, made.pages) == ("application/pdf", 3)
    assert len(pypdfium2.PdfDocument(pdf)) == 3


def test_an_animation_stays_one(render):
    frames = [Image.new("RGB", (20, 20), (n * 10, 0, 0)) for n in range(12)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=80, loop=0)
    made, content = render(out.getvalue(), "gif")
    assert Image.open(io.BytesIO(content)).n_frames == 12
    assert made.remark == ""


TABLE = '序号;名称;数量\n1;气缸;4\n2;"阀;门";2\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_text_of_any_encoding_is_readable(render, encoding):
    made, content = render("底座图纸说明\r\n第二行\n".encode(encoding), "txt")
    assert made.media_type == "text/plain"
    assert content.decode() == "底座图纸说明\n第二行"
    made, content = render(TABLE.encode(encoding), "csv")
    assert made.media_type == "text/csv"
    assert content.decode() == "序号,名称,数量\n1,气缸,4\n2,阀;门,2\n"


def test_long_text_is_cut_between_letters(render):
    made, content = render(("汉" * 99 + "\n").encode() * 20_000, "txt")
    assert made.remark == reasons.FIRST_LINES
    assert set(content.decode()) == {"汉", "\n"}
    assert len(content) <= 1 << 20


def test_a_drawing_becomes_pdf(render):
    made, pdf = render(papers.dxf_file(), "dxf")
    assert (made.media_type, made.pages) == ("application/pdf", 1)
    page = pypdfium2.PdfDocument(pdf)[0]
    ink = page.render(scale=1).to_pil().convert("L").histogram()
    assert sum(ink[:128]) > 500


@pytest.mark.parametrize(("extension", "content"), [("stl", papers.STL), ("step", papers.STEP)])
def test_models_are_for_the_browser(render, extension, content):
    made, _same = render(content, extension)
    assert (made.made, made.media_type) == (False, KINDS[extension].media_type)


@pytest.mark.parametrize(
    ("extension", "reason"),
    [
        ("dwg", reasons.NO_DWG), ("sldprt", reasons.NO_CAD), ("zip", reasons.NO_ARCHIVE),
        ("svg", reasons.NO_ACTIVE), ("fods", reasons.NO_ACTIVE), ("rtf", reasons.NO_ACTIVE),
        ("heic", reasons.NO_HEIC), ("mp4", reasons.NO_VIDEO), ("ofd", reasons.NO_KIND),
        ("docx", ""), ("pdf", ""),
    ],
)  # fmt: skip
def test_what_has_no_preview_says_what_to_do(extension, reason):
    assert why_without(KINDS[extension]) == reason


def test_every_kind_has_a_converter_or_a_reason():
    names = {name: converter_of(kind) for name, kind in KINDS.items()}
    assert {name for name, tool in names.items() if tool.startswith("none")} == {
        name for name, kind in KINDS.items() if why_without(kind)
    }
    assert max(len(tool) for tool in names.values()) <= 60
    assert names["csv"] != names["txt"]


@pytest.mark.parametrize(
    ("extension", "build"),
    [
        ("docx", papers.docx_file), ("xlsx", papers.xlsx_file), ("pptx", papers.pptx_file),
        ("odt", papers.odt_file), ("ods", papers.ods_file), ("odp", papers.odp_file),
    ],
)  # fmt: skip
def test_text_for_the_search(tmp_path, extension, build):
    path = tmp_path / "f"
    path.write_bytes(build())
    found = extract_text(path, extension)
    assert ("零件19" if extension == "xlsx" else papers.SENTENCE) in found


def test_text_of_plain_files_and_pdf(tmp_path):
    path = tmp_path / "f"
    path.write_bytes("密封圈更换说明".encode("gbk"))
    assert extract_text(path, "txt") == "密封圈更换说明"
    path.write_bytes(TABLE.encode())
    assert "气缸" in extract_text(path, "csv")
    path.write_bytes(papers.pdf_file(2, words="Flange"))
    assert "Flange 2" in extract_text(path, "pdf")
    path.write_bytes(papers.picture())
    assert extract_text(path, "png") == extract_text(path, "nothing") == ""


def test_a_missing_libreoffice_is_a_missing_part(render, settings):
    settings.SOFFICE = "no-such-program"
    with pytest.raises(Missing) as missing:
        render(papers.docx_file(), "docx")
    assert missing.value.reason == reasons.NO_OFFICE


@pytest.mark.libreoffice
def test_without_walls_nothing_is_opened_unless_allowed(render, settings, monkeypatch):
    from documents.conversion import sandbox

    for module in (engine, sandbox):
        monkeypatch.setattr(module, "isolation", lambda: sandbox.NONE)
    engine.office.end()
    with pytest.raises(Missing) as missing:
        render(papers.docx_file(), "docx")
    assert missing.value.reason == reasons.NO_WALLS
    settings.PREVIEW_UNSAFE = True
    made, _pdf = render(papers.docx_file(), "docx")
    assert made.pages == 1
    assert engine.office.end() == []


@pytest.mark.libreoffice
def test_a_program_that_writes_nothing_is_no_success(render, monkeypatch, tmp_path, settings):
    settings.SOFFICE = "/usr/bin/true"
    monkeypatch.setattr("documents.conversion.convert.uno_python", lambda: None)
    with pytest.raises(Refused):
        render(papers.docx_file(), "docx")


def test_isolation_is_known_here():
    assert isolation().name in ("bubblewrap", "unshare", "no network", "none")
