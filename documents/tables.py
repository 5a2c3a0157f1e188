"""Documents and versions as templates print them: plain text and addresses, worked out once per list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from documents.filters import DocumentFilter, page_number
from documents.fulltext import Quote
from documents.kinds import Family, kind_of
from documents.models import Document, DocumentVersion
from erp.dates import moment

if TYPE_CHECKING:
    from orgchart.models import User

ROWS = 50
JOINED = ("type", "current", "owner", "checked_out_by", "published")
#: Family of a kind → icon; kinds of their own before their family.
ICONS = {
    Family.PDF: "file-type-pdf",
    Family.IMAGE: "photo",
    Family.TEXT: "file-text",
    Family.DRAWING: "file-vector",
    Family.MODEL: "file-3d",
    Family.ARCHIVE: "file-zip",
}
OWN_ICONS = {
    **dict.fromkeys(("docx", "docm", "doc", "odt", "wps", "rtf"), "file-word"),
    **dict.fromkeys(("xlsx", "xlsm", "xls", "ods", "et", "csv"), "file-spreadsheet"),
    **dict.fromkeys(("pptx", "pptm", "ppt", "odp", "dps"), "presentation"),
    **dict.fromkeys(("dwg", "slddrw", "idw"), "file-vector"),
    **dict.fromkeys(("sldprt", "sldasm", "prt", "asm", "ipt", "iam", "igs", "iges"), "file-3d"),
    **dict.fromkeys(("mp4", "mov"), "movie"),
}


#: Colour of the chip of a state.
TONES = {"draft": "tone-warn", "released": "tone-ok", "superseded": ""}


def icon_of(extension: str) -> str:
    kind = kind_of(extension)
    return OWN_ICONS.get(extension) or (ICONS.get(kind.family, "file") if kind else "file")


@dataclass(frozen=True, slots=True)
class DocumentRow:
    pk: int
    url: str
    preview_url: str
    icon: str
    extension: str
    title: str
    file_name: str
    type: str
    version: int
    status: str
    status_label: str
    tone: str
    size: str
    owner: str
    changed: str
    published: str
    held_by: str
    deleted: str
    quote: Quote | None


def document_rows(
    documents: Iterable[Document], quoted: Mapping[int, Quote] | None = None
) -> list[DocumentRow]:
    """Documents (with `JOINED` joined) as rows; asks the database nothing. `quoted`: id → what was found."""
    return [_row(document, (quoted or {}).get(document.pk)) for document in documents]


def _row(document: Document, quote: Quote | None) -> DocumentRow:
    version, published, holder = document.current, document.published, document.holder()
    url = f"/documents/{document.pk}/"
    shown = document.type.controlled and version is not None
    return DocumentRow(
        pk=document.pk,
        url=url,
        preview_url=f"{url}v/{version.number}/preview/" if version else "",
        icon=icon_of(version.extension) if version else "file",
        extension=version.extension.upper() if version else "",
        title=document.title,
        file_name=version.file_name if version else "",
        type=str(document.type),
        version=version.number if version else 0,
        status=version.status if version and shown else "",
        status_label=str(version.get_status_display()) if version and shown else "",
        tone=TONES[version.status] if version and shown else "",
        size=filesizeformat(version.size) if version else "",
        owner=document.owner.name,
        changed=moment(document.changed),
        published=_("Customer sees v%(n)s") % {"n": published.number} if published else "",
        held_by=_("Checked out by %(person)s") % {"person": holder.name} if holder else "",
        deleted=moment(document.deleted_at) if document.deleted_at else "",
        quote=quote,
    )


@dataclass(frozen=True, slots=True)
class VersionRow:
    pk: int
    number: int
    url: str
    icon: str
    file_name: str
    size: str
    sha256: str
    who: str
    at: str
    note: str
    status: str
    status_label: str
    tone: str
    published: bool
    infected: bool
    may_release: bool
    may_publish: bool
    may_restore: bool


def version_rows(document: Document, versions: Iterable[DocumentVersion], held: set[str]) -> list[VersionRow]:
    """The versions of one document with what somebody who holds the verbs `held` may do to each."""
    return [_version(document, version, held) for version in versions]


def _version(document: Document, version: DocumentVersion, held: set[str]) -> VersionRow:
    controlled, current = document.type.controlled, version.pk == document.current_id
    draft, clean = version.status == "draft", version.scan != DocumentVersion.Scan.INFECTED
    published = version.pk == document.published_id
    presentable = clean and (not controlled or version.status == "released")
    return VersionRow(
        pk=version.pk,
        number=version.number,
        url=f"/documents/{document.pk}/v/{version.number}/",
        icon=icon_of(version.extension),
        file_name=version.file_name,
        size=filesizeformat(version.size),
        sha256=version.sha256,
        who=version.uploaded_by.name,
        at=moment(version.created),
        note=version.note,
        status=version.status if controlled else "",
        status_label=str(version.get_status_display()) if controlled else "",
        tone=TONES[version.status] if controlled else "",
        published=published,
        infected=not clean,
        may_release="release" in held and controlled and current and draft,
        may_publish="publish" in held and presentable and not published,
        may_restore="change" in held and not current,
    )


def turn_pages(rows: Any, query: Any) -> Page[Document]:
    """The asked page. A list that fits on its first page is not counted by itself."""
    pages, asked = Paginator(rows, ROWS), page_number(query)
    if asked == 1 and len(first := list(rows[: ROWS + 1])) <= ROWS:
        pages.count, pages.object_list = len(first), first
    turned: Page[Document] = pages.get_page(asked)
    return turned


def headings(chosen: DocumentFilter) -> list[dict[str, Any]]:
    """The columns that sort, with the address of the list sorted by each."""
    words = {
        "title": _("Document"),
        "type": _("Type"),
        "size": _("Size"),
        "owner": _("Uploaded by"),
        "changed": _("In the bin since") if chosen.bin else _("Last changed"),
    }
    return [_heading(name, label, chosen) for name, label in words.items()]


def _heading(name: str, label: str, chosen: DocumentFilter) -> dict[str, Any]:
    here, down = chosen.sort.removeprefix("-") == name, chosen.sort.startswith("-")
    turned = name if here and down else f"-{name}" if here or name in ("changed", "size") else name
    return {
        "label": label,
        "url": chosen.link(sort=turned),
        "sorted": ("descending" if down else "ascending") if here else "",
        "number": name == "size",
    }


def owners_of(rows: Any, user: User) -> list[tuple[int, str]]:
    """Who uploaded the documents that `user` sees here: choices of the filter."""
    pairs = rows.order_by().values_list("owner", "owner__name").distinct()
    return sorted(pairs, key=lambda pair: pair[1])
