"""The 45 classes of hostile file content: each is refused for the right reason, or shown without harm."""

from __future__ import annotations

import io
import os
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from documents import store
from documents.conversion import office as engine
from documents.conversion import reasons, sandbox
from documents.conversion.convert import Rendering, convert, why_without
from documents.conversion.errors import Refused
from documents.conversion.prescan import check
from documents.conversion.text import extract_text
from documents.kinds import KINDS, Family, agrees
from tests.documents import hostile, papers

pytestmark = pytest.mark.alone


@dataclass(frozen=True)
class Case:
    """A class of hostile content: what it is called, what it is, and what must come of it: a reason, or
    a function that looks at the rendering and its bytes."""

    number: int
    extension: str
    build: Callable[[], bytes]
    outcome: str | Callable[[Rendering, bytes], None]
    note: str = ""

    @property
    def is_office(self) -> bool:
        return KINDS[self.extension].family is Family.OFFICE and callable(self.outcome)

    def __str__(self) -> str:
        return f"{self.number}-{self.extension}{'-' * bool(self.note)}{self.note}"


def one_page(made: Rendering, content: bytes) -> None:
    assert (made.media_type, made.pages) == ("application/pdf", 1)
    assert len(pypdfium2.PdfDocument(content)) == 1


def first_pages(made: Rendering, content: bytes) -> None:
    assert (made.pages, made.remark) == (300, reasons.FIRST_PAGES)
    assert len(pypdfium2.PdfDocument(content)) == 300


def plain(made: Rendering, content: bytes) -> None:
    assert made.media_type == "text/plain"
    content.decode()


def first_frames(made: Rendering, content: bytes) -> None:
    assert made.remark == reasons.FIRST_FRAMES
    picture: Any = Image.open(io.BytesIO(content))
    assert picture.n_frames <= 200


def clean_picture(made: Rendering, content: bytes) -> None:
    shown = Image.open(io.BytesIO(content))
    assert (shown.format, dict(shown.getexif())) == ("WEBP", {})
    assert not {b"EXIF", b"XMP ", b"script", b"GPS"} & {content[n : n + 6][:4] for n in range(len(content))}
    assert b"<script" not in content


def without_macro(made: Rendering, content: bytes) -> None:
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))
    assert papers.SENTENCE in text.replace("\r\n", "")
    assert "MACRO" not in text


def gps() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 3.0)
    return papers.picture("JPEG", exif=exif.tobytes())


def exif_script() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "<script>alert(1)</script>"
    return papers.picture("JPEG", exif=exif.tobytes())


def text(content: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: content.encode(encoding)


EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
FLAT = (
    '<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"/>'
)
#: Where nobody answers; what is fetched at all is the business of `test_nothing_is_fetched…`.
AWAY = "http://127.0.0.1:9/canary"

CASES = [
    Case(168, "docx", bytes, reasons.EMPTY),
    Case(168, "txt", bytes, reasons.EMPTY),
    Case(169, "docx", text("x"), reasons.OTHER_KIND),
    Case(169, "pdf", text("%"), reasons.OTHER_KIND),
    Case(169, "txt", text("x"), plain),
    Case(172, "pdf", lambda: papers.picture("PNG"), reasons.OTHER_KIND),
    Case(173, "png", papers.docx_file, reasons.OTHER_KIND),
    Case(173, "docx", papers.xlsx_file, reasons.OTHER_KIND),
    Case(174, "pdf", lambda: papers.pdf_file() + b"<html><script>alert(1)</script></html>", one_page),
    Case(174, "pdf", lambda: b"<html><script>" + papers.pdf_file(), reasons.OTHER_KIND, "html"),
    Case(175, "gif", text("GIF89a/*" + " " * 40 + "*/=1;alert(1)"), reasons.DAMAGED),
    Case(176, "pdf", lambda: papers.pdf_file(extra=hostile.SCRIPT), one_page),
    Case(177, "pdf", lambda: papers.pdf_file(extra=hostile.LAUNCH), one_page),
    Case(178, "pdf", hostile.locked_pdf, reasons.PASSWORD),
    Case(179, "pdf", lambda: papers.pdf_file(5000), first_pages),
    Case(180, "pdf", lambda: papers.pdf_file().replace(b"startxref\n", b"startxref\n9"), one_page),
    Case(180, "pdf", lambda: papers.pdf_file()[:60], reasons.DAMAGED, "half"),
    Case(181, "svg", text(SVG), reasons.NO_ACTIVE),
    Case(182, "svg", text(SVG.replace("script", "use")), reasons.NO_ACTIVE),
    Case(183, "txt", text("<html><script>alert(1)</script>"), plain),
    Case(184, "txt", text(EICAR), plain),
    Case(185, "docx", hostile.locked_office, reasons.PASSWORD),
    Case(185, "docx", hostile.locked_zip, reasons.PASSWORD, "zip"),
    Case(185, "odt", hostile.locked_odt, reasons.PASSWORD),
    Case(186, "docx", lambda: hostile.docx_image(AWAY), one_page),
    Case(187, "docx", lambda: hostile.docx_template(AWAY), one_page),
    Case(188, "docx", lambda: hostile.docx_field(f'INCLUDEPICTURE "{AWAY}" \\d'), one_page, "picture"),
    Case(188, "docx", lambda: hostile.docx_field('DDEAUTO c:\\\\cmd.exe "/c calc"'), one_page, "dde"),
    Case(189, "xlsx", lambda: hostile.xlsx_link(AWAY), one_page),
    Case(189, "xlsx", lambda: hostile.xlsx_formulas(f'=WEBSERVICE("{AWAY}")'), one_page, "webservice"),
    Case(189, "xlsx", lambda: hostile.xlsx_formulas('=DDE("soffice";"/etc/passwd";"A1")'), one_page, "dde"),
    Case(190, "xlsx", hostile.million_rows, reasons.TOO_LARGE),
    Case(191, "xlsx", lambda: hostile.crowd(10_000), reasons.BOMB),
    Case(192, "docm", hostile.docm, without_macro),
    Case(193, "odt", hostile.odt_macro, without_macro),
    Case(194, "fodt", text(FLAT), reasons.NO_ACTIVE),
    Case(194, "fods", text(FLAT), reasons.NO_ACTIVE),
    Case(194, "odt", text(FLAT), reasons.OTHER_KIND, "renamed"),
    Case(195, "pptx", hostile.pptx_ole, one_page),
    Case(196, "docx", hostile.laughs, reasons.ENTITIES),
    Case(196, "docx", lambda: hostile.laughs("utf-16"), reasons.ENTITIES, "utf16"),
    Case(197, "docx", lambda: hostile.docx_with({hostile.RELS: "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"}),
         reasons.ENTITIES),
    Case(198, "docx", hostile.bomb, reasons.BOMB),
    Case(198, "docx", hostile.overlapping, reasons.BOMB, "overlapping"),
    Case(199, "docx", lambda: hostile.nested(4), reasons.NESTED),
    Case(200, "docx", lambda: hostile.slipping("../../evil"), reasons.UNSAFE_NAMES),
    Case(200, "docx", lambda: hostile.slipping("/etc/evil"), reasons.UNSAFE_NAMES, "absolute"),
    Case(200, "docx", lambda: hostile.slipping("C:\\evil"), reasons.UNSAFE_NAMES, "drive"),
    Case(201, "docx", hostile.linked, reasons.UNSAFE_NAMES),
    Case(202, "docx", hostile.forged, reasons.BOMB),
    Case(203, "docx", lambda: hostile.crowd(100_000), reasons.BOMB),
    Case(204, "docx", lambda: papers.docx_file()[:-200], reasons.DAMAGED),
    Case(204, "docx", lambda: papers.docx_file()[:9000], reasons.DAMAGED, "half"),
    Case(205, "docx", hostile.docx_font, one_page),
    Case(206, "png", lambda: hostile.png(50_000, 50_000), reasons.TOO_LARGE),
    Case(207, "png", hostile.png_text_bomb, reasons.BOMB),
    Case(208, "gif", lambda: hostile.gif(10_000), first_frames),
    Case(209, "tif", lambda: b"II*\0\x08\0\0\0\xff\xff" + b"\xff" * 200, reasons.DAMAGED),
    Case(209, "webp", lambda: papers.picture("WEBP", size=(300, 300))[:60], reasons.DAMAGED),
    Case(209, "heic", lambda: b"\0\0\0\x18ftypheic" + bytes(100), reasons.NO_HEIC),
    Case(210, "jpg", gps, clean_picture),
    Case(211, "jpg", exif_script, clean_picture),
    Case(212, "dwg", lambda: b"AC1032\0\0", reasons.NO_DWG),
    Case(212, "sldprt", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), reasons.NO_CAD),
    Case(212, "dxf", papers.dxf_file, one_page),
    Case(212, "dxf", text("0\nSECTION\n2\nENTITIES\n" + "0\nLINE\n8\n" * 500), reasons.DAMAGED, "broken"),
]  # fmt: skip


def rendered(case: Case, folder: Any) -> tuple[Rendering, bytes]:
    kind, source, target = KINDS[case.extension], folder / f"in.{case.extension}", folder / "out"
    source.write_bytes(case.build())
    if why := why_without(kind):
        raise Refused(why)
    made = convert(source, kind, target)
    return made, (target if made.made else source).read_bytes()


@pytest.mark.parametrize(
    "case",
    [pytest.param(c, marks=pytest.mark.libreoffice) if c.is_office else c for c in CASES],
    ids=str,
)
def test_class(case, tmp_path):
    if isinstance(case.outcome, str):
        with pytest.raises(Refused) as refused:
            rendered(case, tmp_path)
        assert refused.value.reason == case.outcome
    else:
        case.outcome(*rendered(case, tmp_path))


def test_all_classes_are_in_the_table():
    """170 and 171 are about size alone (below)."""
    assert {case.number for case in CASES} | {170, 171} == set(range(168, 213))


def test_the_limit_and_one_more():
    assert store.spool([b"x" * 100], 100).size == 100
    with pytest.raises(store.TooLarge):
        store.spool([b"x" * 101], 100)


@pytest.mark.parametrize("extension", ["pdf", "docx", "png", "txt", "dxf", "stl", "dwg"])
def test_two_empty_gigabytes_are_refused_without_reading_them(extension, tmp_path):
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(2 << 30)
    with pytest.raises(Refused) as refused:
        check(path, KINDS[extension])
    assert refused.value.reason == reasons.OTHER_KIND
    assert agrees(extension, path)


SAMPLES: dict[str, Callable[[], bytes]] = {
    "pdf": papers.pdf_file, "docx": papers.docx_file, "xlsx": papers.xlsx_file, "pptx": papers.pptx_file,
    "odt": papers.odt_file, "ods": papers.ods_file, "odp": papers.odp_file,
    "doc": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "png": papers.picture,
    "jpg": lambda: papers.picture("JPEG"), "webp": lambda: papers.picture("WEBP"),
    "gif": lambda: papers.picture("GIF"), "tif": lambda: papers.picture("TIFF"),
    "bmp": lambda: papers.picture("BMP"), "heic": lambda: b"\0\0\0\x18ftypheic" + bytes(80),
    "txt": text("说明"), "dxf": papers.dxf_file, "stl": lambda: papers.STL, "step": lambda: papers.STEP,
    "dwg": lambda: b"AC1032\0\0", "zip": lambda: papers.zipped({"a": b"x"}), "svg": text(SVG),
    "rar": lambda: b"Rar!\x1a\x07\x01\0" + bytes(20), "mp4": lambda: b"\0\0\0\x18ftypisom" + bytes(80),
}  # fmt: skip
#: Content that another extension may have as well.
ALSO = {
    "docx": {"zip"}, "xlsx": {"zip"}, "pptx": {"zip"}, "odt": {"zip"}, "ods": {"zip"}, "odp": {"zip"},
    "stl": {"txt"}, "step": {"txt"}, "dxf": {"txt"}, "svg": {"txt"},
}  # fmt: skip


@pytest.mark.parametrize("content", SAMPLES)
def test_a_lying_extension_is_seen(content, tmp_path):
    """24 kinds of content under 24 names."""
    path = tmp_path / "f"
    path.write_bytes(SAMPLES[content]())
    accepted = {extension for extension in SAMPLES if agrees(extension, path) == ""}
    assert accepted == {content} | ALSO.get(content, set())


@pytest.mark.parametrize("program", [b"MZ\x90\0", b"\x7fELF\x02\x01", b"\xca\xfe\xba\xbe\0\0"])
def test_programs_are_no_documents(program, tmp_path):
    path = tmp_path / "f"
    path.write_bytes(program + bytes(200))
    assert {name for name in KINDS if agrees(name, path) == ""} == set()


def test_every_kind_is_served_as_something_harmless():
    active = ("html", "svg", "javascript", "xhtml", "x-shockwave")
    assert [k.extension for k in KINDS.values() if any(word in k.media_type for word in active)] == []
    assert {name for name, kind in KINDS.items() if kind.inline} == {
        "png", "jpg", "jpeg", "webp", "gif", "pdf", "txt",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("extension", "build", "reason"),
    [
        ("docx", hostile.laughs, reasons.ENTITIES),
        ("xlsx", lambda: hostile.crowd(20_000), reasons.BOMB),
        ("docx", hostile.bomb, reasons.BOMB),
        ("pdf", hostile.locked_pdf, reasons.PASSWORD),
    ],
)
def test_the_search_does_not_open_them_either(extension, build, reason, tmp_path):
    path = tmp_path / "f"
    path.write_bytes(build())
    with pytest.raises(Refused) as refused:
        extract_text(path, extension)
    assert refused.value.reason == reason


# --- what a document reaches for --------------------------------------------------------------------


@pytest.fixture
def canary():
    """A server on loopback; `asked` are the paths that anybody asked it for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = asked
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


REACHING: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "image": ("docx", hostile.docx_image),
    "template": ("docx", hostile.docx_template),
    "include picture": ("docx", lambda a: hostile.docx_field(f'INCLUDEPICTURE "{a}" \\d')),
    "include text": ("docx", lambda a: hostile.docx_field(f'INCLUDETEXT "{a}"')),
    "workbook": ("xlsx", hostile.xlsx_link),
    "webservice": ("xlsx", lambda a: hostile.xlsx_formulas(f'=WEBSERVICE("{a}")')),
    "section": ("odt", hostile.odt_linked),
}


@pytest.mark.libreoffice
def test_nothing_is_fetched_from_the_network_or_the_disk(canary, tmp_path):
    """The walls do that; what stands in the profile alone does not (see the next test)."""
    secret = tmp_path / "secret.txt"
    secret.write_text(hostile.MARK)
    os.chmod(tmp_path, 0o755)  # noqa: S103
    picture = tmp_path / "secret.png"
    picture.write_bytes(papers.picture("PNG", size=(64, 64)))
    web = f"http://127.0.0.1:{canary.server_port}/canary.png"
    for name, (extension, build) in REACHING.items():
        for address in (web, secret.as_uri(), picture.as_uri()):
            source, target = tmp_path / f"in.{extension}", tmp_path / "out"
            source.write_bytes(build(address))
            convert(source, KINDS[extension], target)
            shown = target.read_bytes()
            document = pypdfium2.PdfDocument(shown)
            said = "".join(page.get_textpage().get_text_range() for page in document)
            assert hostile.MARK not in said, (name, address)
            assert (200, 30, 30) not in _colours(document), (name, address)
    assert engine.office.end() == []
    assert canary.asked == []


@pytest.mark.libreoffice
def test_the_canaries_sing_where_nothing_stands_in_between(canary, tmp_path):
    """The proof above is worth something: LibreOffice as it comes fetches and embeds. So it does with
    our profile and no walls, which is why Office previews are off there."""
    picture = tmp_path / "secret.png"
    picture.write_bytes(papers.picture("PNG", size=(64, 64)))
    for address in (f"http://127.0.0.1:{canary.server_port}/canary.png", picture.as_uri()):
        (tmp_path / "in.docx").write_bytes(hostile.docx_image(address))
        command = [
            "soffice",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
        ]
        command += ["pdf", "--outdir", str(tmp_path), str(tmp_path / "in.docx")]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert canary.asked
    assert (200, 30, 30) in _colours(pypdfium2.PdfDocument(tmp_path / "in.pdf"))


def _colours(document: Any) -> set[tuple[int, int, int]]:
    found: set[tuple[int, int, int]] = set()
    for page in document:
        counted = page.render(scale=0.5).to_pil().convert("RGB").getcolors(1 << 24) or []
        found |= {colour for _count, colour in counted}
    return found


@pytest.mark.libreoffice
def test_after_all_of_them_the_next_document_works(tmp_path):
    for case in (c for c in CASES if c.number in (192, 193, 195, 205)):
        rendered(case, tmp_path)
    one_page(*rendered(Case(0, "docx", papers.docx_file, one_page), tmp_path))
    assert engine.office.end() == []
    assert [path for path in Path(gettempdir()).iterdir() if path.name.startswith(sandbox.prefix())] == []
