"""Every kind of file the product knows: its media type, how it is previewed, and what its bytes must be.

A file whose name says one kind and whose bytes say another is not accepted (`agrees`).
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.utils.translation import gettext as _

from documents.archives import TooManyEntries, Unreadable, open_zip


class Family(StrEnum):
    """How a kind is previewed; ARCHIVE and NONE are not."""

    OFFICE = "office"
    PDF = "pdf"
    IMAGE = "image"
    TEXT = "text"
    DRAWING = "drawing"
    MODEL = "model"
    ARCHIVE = "archive"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Kind:
    """A file extension (lower case, no dot) with what it means; `contents` are answers of `sniff`."""

    extension: str
    media_type: str
    family: Family
    contents: frozenset[str]

    @property
    def inline(self) -> bool:
        """Whether a browser may show the original itself, instead of saving it."""
        return self.extension in INLINE


INLINE = frozenset(("png", "jpg", "jpeg", "webp", "gif", "pdf", "txt"))
BINARY = "application/octet-stream"
_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
#: What text may look like: some kinds of text have a shape of their own.
_TEXT = "text xml html step dxf iges stl script rtf"
#: Programs keep their own formats here; anything may be inside except what would run.
_OWN = "ole zip binary text xml"
#: family, extensions, media type, contents
_TABLE: tuple[tuple[Family, str, str, str], ...] = (
    (Family.PDF, "pdf", "application/pdf", "pdf"),
    (Family.OFFICE, "docx", f"{_OOXML}.wordprocessingml.document", "docx protected"),
    (Family.OFFICE, "xlsx", f"{_OOXML}.spreadsheetml.sheet", "xlsx protected"),
    (Family.OFFICE, "pptx", f"{_OOXML}.presentationml.presentation", "pptx protected"),
    (Family.OFFICE, "docm", "application/vnd.ms-word.document.macroenabled.12", "docx protected"),
    (Family.OFFICE, "xlsm", "application/vnd.ms-excel.sheet.macroenabled.12", "xlsx protected"),
    (Family.OFFICE, "pptm", "application/vnd.ms-powerpoint.presentation.macroenabled.12", "pptx protected"),
    (Family.OFFICE, "doc", "application/msword", "ole"),
    (Family.OFFICE, "xls", "application/vnd.ms-excel", "ole"),
    (Family.OFFICE, "ppt", "application/vnd.ms-powerpoint", "ole"),
    (Family.OFFICE, "odt", f"{_ODF}.text", "odt"),
    (Family.OFFICE, "ods", f"{_ODF}.spreadsheet", "ods"),
    (Family.OFFICE, "odp", f"{_ODF}.presentation", "odp"),
    (Family.IMAGE, "png", "image/png", "png"),
    (Family.IMAGE, "jpg jpeg", "image/jpeg", "jpeg"),
    (Family.IMAGE, "webp", "image/webp", "webp"),
    (Family.IMAGE, "gif", "image/gif", "gif"),
    (Family.IMAGE, "tif tiff", "image/tiff", "tiff"),
    (Family.IMAGE, "bmp", "image/bmp", "bmp"),
    (Family.IMAGE, "heic heif", "image/heic", "heic"),
    (Family.TEXT, "txt log md ini", "text/plain", _TEXT),
    (Family.TEXT, "csv", "text/csv", _TEXT),
    (Family.TEXT, "json", "application/json", _TEXT),
    (Family.TEXT, "xml", "application/xml", "xml"),
    (Family.DRAWING, "dxf", "image/vnd.dxf", "dxf"),
    (Family.MODEL, "stl", "model/stl", "stl"),
    (Family.MODEL, "step stp", "model/step", "step"),
    (Family.NONE, "dwg", "image/vnd.dwg", "dwg"),
    (Family.NONE, "igs iges", "model/iges", "iges text"),
    (Family.NONE, "sldprt sldasm slddrw prt asm ipt iam idw catpart catproduct x_t x_b", BINARY, _OWN),
    (Family.NONE, "mpp vsd vsdx wps et dps", BINARY, "ole zip docx xlsx pptx"),
    (Family.NONE, "ofd", "application/ofd", "zip"),
    (Family.NONE, "fodt fods fodp", BINARY, "xml"),
    (Family.NONE, "rtf", "application/rtf", "rtf"),
    (Family.NONE, "svg", BINARY, "xml"),
    (Family.NONE, "mp4 mov", "video/mp4", "mp4"),
    (Family.ARCHIVE, "zip", "application/zip", "zip docx xlsx pptx odt ods odp"),
    (Family.ARCHIVE, "rar", "application/vnd.rar", "rar"),
    (Family.ARCHIVE, "7z", "application/x-7z-compressed", "7z"),
    (Family.ARCHIVE, "gz tgz", "application/gzip", "gzip"),
)
#: Extension → kind.
KINDS: dict[str, Kind] = {
    extension: Kind(extension, media_type, family, frozenset(contents.split()))
    for family, extensions, media_type, contents in _TABLE
    for extension in extensions.split()
}
HEAD = 8192  # bytes that `sniff` looks at

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "pdf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (8, b"WEBP", "webp"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (0, b"II+\x00", "tiff"),
    (0, b"MM\x00+", "tiff"),
    (0, b"AutoCAD Binary DXF", "dxf"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"{\\rtf", "rtf"),
    (0, b"MZ", "program"),
    (0, b"\x7fELF", "program"),
    (0, b"\xca\xfe\xba\xbe", "program"),
    (0, b"\xcf\xfa\xed\xfe", "program"),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "program"),
)
_BRANDS = {b"heic": "heic", b"heix": "heic", b"hevc": "heic", b"mif1": "heic", b"msf1": "heic"}
_TEXT_SHAPES: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"ISO-10303-21;"), "step"),
    (re.compile(rb"(999[^\n]*\n[^\n]*\n\s*)*0\r?\n\s*SECTION"), "dxf"),
    (re.compile(rb"solid\b"), "stl"),
    (re.compile(rb"#!"), "script"),
    (
        re.compile(
            rb"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!doctype html|<html|<head|<body|<script)", re.I | re.S
        ),
        "html",
    ),
    (re.compile(rb"<\?xml|<[a-z][\w:.-]*[\s/>]|<!doctype", re.I), "xml"),
)
_OOXML_PARTS = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}


def kind_of(extension: str) -> Kind | None:
    """The kind of an extension (no dot, any case); None for what the product does not know."""
    return KINDS.get(extension.lower())


def sniff(head: bytes, path: Path) -> frozenset[str]:
    """What a file may be, by its first `HEAD` bytes and, for containers, its inside.

    Words of `Kind.contents`; "program" for what would run, "damaged" for half a zip file."""
    for offset, magic, name in _MAGIC:
        if head[offset : offset + len(magic)] == magic and (name != "webp" or head[:4] == b"RIFF"):
            return frozenset({name} | ({"protected"} if name == "ole" and _encrypted(path) else set()))
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zipped(path)
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return frozenset(("bmp",))
    if re.match(rb"AC1[0-9.]{3}", head) and b"\0" in head:
        return frozenset(("dwg",))
    if head[4:8] == b"ftyp":
        return frozenset((_BRANDS.get(head[8:12], "mp4"),))
    if _is_text(head):
        return _text_shape(head)
    return _binary_shape(head, path)


def agrees(extension: str, path: Path) -> str:
    """Why the file at `path` cannot be what its extension says, as a sentence; "" where it can."""
    kind = kind_of(extension)
    if kind is None:
        return _("Files of the kind “.%(extension)s” are not accepted.") % {"extension": extension}
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        return _("The file is empty.")
    found = sniff(head, path)
    if found & kind.contents:
        return ""
    if "program" in found:
        return _("This is a program, not a document.")
    if "damaged" in found:
        return _("The file is damaged or incomplete.")
    return _("The content of the file does not fit its name: it is no “.%(extension)s” file.") % {
        "extension": extension
    }


def _zipped(path: Path) -> frozenset[str]:
    """What kind of Office file a zip archive is, else just "zip"."""
    try:
        with open_zip(path) as archive:
            names = archive.namelist()
            if "[Content_Types].xml" in names:
                found = {
                    kind for part, kind in _OOXML_PARTS.items() if any(n.startswith(part) for n in names)
                }
                return frozenset(found or {"zip"}) if len(found) < 2 else frozenset({"zip"})
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                declared = archive.read("mimetype").decode("ascii", "replace").strip()
                for name in ("odt", "ods", "odp"):
                    if declared == KINDS[name].media_type:
                        return frozenset((name,))
    except Unreadable:
        return frozenset(("damaged",))
    except (TooManyEntries, zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError, ValueError):
        pass  # the converter explains what is wrong inside
    return frozenset(("zip",))


def _encrypted(path: Path) -> bool:
    """Whether an OLE file is a password-protected OOXML file; its name says docx, its bytes say OLE."""
    with path.open("rb") as file:
        start = file.read(1 << 20)
        size = file.seek(0, 2)
        file.seek(max(0, size - (1 << 20)))
        start += file.read()
    return "EncryptedPackage".encode("utf-16-le") in start


def _is_text(head: bytes) -> bool:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    return not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", head)


def _text_shape(head: bytes) -> frozenset[str]:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "replace").encode("utf-8", "replace")
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for shape, name in _TEXT_SHAPES:
        if shape.match(bare):
            return frozenset((name,))
    lines = head.splitlines()
    if lines and len(lines[0]) >= 73 and lines[0][72:73] == b"S":
        return frozenset(("iges",))
    return frozenset(("text",))


def _binary_shape(head: bytes, path: Path) -> frozenset[str]:
    """A binary STL has no signature, only a length that fits its number of triangles."""
    if len(head) >= 84:
        (triangles,) = struct.unpack("<I", head[80:84])
        if path.stat().st_size == 84 + 50 * triangles:
            return frozenset(("stl",))
    return frozenset(("binary",))
