"""From any file to what a browser shows: which converter a kind has, and its result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from documents.conversion import reasons
from documents.conversion.child import run
from documents.conversion.errors import Refused
from documents.conversion.office import convert_alone, office, uno_python, version
from documents.conversion.pdf import MOST_PAGES, own_pages, pages_of
from documents.conversion.prescan import check
from documents.kinds import Family, Kind

#: Raised by whoever changes how a family is rendered: previews are made anew then.
REVISIONS = {
    Family.OFFICE: 1,
    Family.PDF: 1,
    Family.IMAGE: 1,
    Family.TEXT: 1,
    Family.DRAWING: 1,
    Family.MODEL: 1,
}
PDF = "application/pdf"
_CAD = ("igs", "iges", "sldprt", "sldasm", "slddrw", "prt", "asm", "ipt", "iam", "idw", "x_t", "x_b")
_WITHOUT: dict[str, str] = {
    "dwg": reasons.NO_DWG,
    **dict.fromkeys(("svg", "rtf", "fodt", "fods", "fodp"), reasons.NO_ACTIVE),
    **dict.fromkeys(("mp4", "mov"), reasons.NO_VIDEO),
    **dict.fromkeys((*_CAD, "catpart", "catproduct"), reasons.NO_CAD),
    **dict.fromkeys(("heic", "heif"), reasons.NO_HEIC),
}


@dataclass(frozen=True, slots=True)
class Rendering:
    """What came out: `made` says whether it lies in the target, else the original itself is shown."""

    media_type: str
    pages: int = 0
    made: bool = True
    remark: str = ""


def why_without(kind: Kind | None) -> str:
    """The reason why files of this kind are never previewed; "" for those that are."""
    if kind is None:
        return reasons.NO_KIND
    if kind.family is Family.ARCHIVE:
        return reasons.NO_ARCHIVE
    return _WITHOUT.get(kind.extension) or ("" if kind.family in REVISIONS else reasons.NO_KIND)


def converter_of(kind: Kind | None) -> str:
    """Name and version of what renders this kind; part of a preview's key."""
    if kind is None or why_without(kind):
        return f"none {kind.extension if kind else ''}".strip()
    if kind.family is Family.OFFICE:
        return f"libreoffice {version() or 'missing'} r{REVISIONS[kind.family]}"
    name = kind.extension if kind.extension == "csv" else kind.family.value
    return f"{name} r{REVISIONS[kind.family]}"


def convert(source: Path, kind: Kind, target: Path) -> Rendering:
    """Render `source` into `target`. Office files need the lock of `office`.

    Raises Refused (nothing to be done), Broken (worth another try), Missing (worth waiting)."""
    check(source, kind)
    return _HOW[kind.family](source, kind, target)


def _office(source: Path, kind: Kind, target: Path) -> Rendering:
    if uno_python():
        office.convert(source, kind.extension, target)
    else:
        convert_alone(source, kind.extension, target)
    return _paged(own_pages(target))


def _pdf(source: Path, kind: Kind, target: Path) -> Rendering:
    pages, cut = pages_of(source, target)
    return Rendering(PDF, pages, made=cut, remark=reasons.FIRST_PAGES if cut else "")


def _image(source: Path, kind: Kind, target: Path) -> Rendering:
    answer = run("image", source, target)
    remark = getattr(reasons, answer.get("cut") or "", "")
    return _written(target, Rendering(answer["media"], answer["pages"], remark=remark))


def _text(source: Path, kind: Kind, target: Path) -> Rendering:
    table = kind.extension == "csv"
    answer = run("plain", source, target, table=table)
    remark = reasons.FIRST_LINES if answer["cut"] else ""
    return Rendering("text/csv" if table else "text/plain", 1, remark=remark)


def _drawing(source: Path, kind: Kind, target: Path) -> Rendering:
    return _written(target, _paged(run("drawing", source, target)["pages"]))


def _model(source: Path, kind: Kind, target: Path) -> Rendering:
    return Rendering(kind.media_type, 1, made=False)


def _paged(pages: int) -> Rendering:
    return Rendering(PDF, pages, remark=reasons.FIRST_PAGES if pages >= MOST_PAGES else "")


def _written(target: Path, rendering: Rendering) -> Rendering:
    if not target.is_file() or not target.stat().st_size:
        raise Refused(reasons.NOTHING)
    return rendering


_HOW = {
    Family.OFFICE: _office,
    Family.PDF: _pdf,
    Family.IMAGE: _image,
    Family.TEXT: _text,
    Family.DRAWING: _drawing,
    Family.MODEL: _model,
}
