"""All text of a document for the search: letters only, no looks."""

import re
import zipfile

from lxml import etree
from plain import decode
from python_calamine import CalamineWorkbook
from refusal import Refusal

#: Kind → the parts that hold its text, as a pattern.
PARTS = {
    "docx": r"word/(document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml",
    "pptx": r"ppt/(slides/slide|notesSlides/notesSlide)\d+\.xml",
    "odt": r"content\.xml",
    "odp": r"content\.xml",
}
#: Elements that end a line, by local name.
BREAKS = {"p", "h", "br", "tr", "line-break"}
GAPS = {"tab", "s", "tc"}


def text(source, target, kind, most):
    """Write the text of `source`, at most `most` characters, into `target`."""
    with open(target, "w", encoding="utf-8", errors="replace") as out:
        for piece in _pieces(source, kind):
            out.write(piece[:most])
            most -= len(piece)
            if most <= 0:
                break
    return {}


def _pieces(source, kind):
    if kind in PARTS:
        return _of_parts(source, re.compile(PARTS[kind]))
    if kind in ("xlsx", "xls", "ods"):
        return _of_sheets(source)
    return _of_plain(source)


def _of_parts(source, wanted):
    with zipfile.ZipFile(source) as archive:
        names = [name for name in archive.namelist() if wanted.fullmatch(name)]
        if not names:
            raise Refusal("DAMAGED")
        for name in sorted(names, key=lambda n: (len(n), n)):
            with archive.open(name) as part:
                yield from _of_xml(part)


def _of_xml(part):
    walk = etree.iterparse(
        part, resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True
    )
    for _event, element in walk:
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if name == "t" or "opendocument" in str(element.tag):
            yield element.text or ""
        if name in BREAKS:
            yield "\n"
        elif name in GAPS:
            yield "\t"
        if "opendocument" in str(element.tag):
            yield element.tail or ""
            element.tail = None
        element.clear(keep_tail=True)


def _of_sheets(source):
    book = CalamineWorkbook.from_path(source)
    for name in book.sheet_names:
        yield f"{name}\n"
        for row in book.get_sheet_by_name(name).iter_rows():
            if line := "\t".join(str(cell) for cell in row if cell != "").strip():
                yield line + "\n"


def _of_plain(source):
    with open(source, "rb") as file:
        yield decode(file.read(4 << 20))
