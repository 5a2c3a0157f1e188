"""What documents bring into the export of a contract: the list of all versions, and the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.joints import ExportFile, Sheet
from documents import store
from documents.models import DocumentVersion
from documents.viewing import withheld

if TYPE_CHECKING:
    from contracts.models import Contract


def versions(contract: Contract) -> Any:
    """Every version of every document, of those in the bin as well."""
    rows = DocumentVersion.objects.filter(document__contract=contract)
    rows = rows.select_related("document__type", "document__department", "uploaded_by")
    return rows.order_by("document_id", "number")


def listed(contract: Contract) -> Iterator[Sequence[Any]]:
    for row in versions(contract).iterator(500):
        document = row.document
        yield (
            document.pk, document.title, str(document.type), str(document.department or ""), row.number,
            row.file_name, row.size, row.sha256, row.created, str(row.uploaded_by), row.note,
            row.get_status_display(), row.get_scan_display(), document.deleted_at, withheld(row) or path(row),
        )  # fmt: skip


def files(contract: Contract) -> Iterator[ExportFile]:
    """The contents. What the virus scanner withholds stays here; the list says so."""
    for row in versions(contract).iterator(500):
        if not withheld(row):
            made = timezone.localdate(row.created)
            yield ExportFile(path(row), made, row.sha256, partial(store.open, row.key))


def path(version: DocumentVersion) -> str:
    """`技术文档/12 总图/v2 总图.pdf`: a folder per document; its number keeps equal titles apart."""
    document = version.document
    folder, title, name = (
        text.replace("/", "_") for text in (document.type.name, document.title, version.file_name)
    )
    return f"{folder}/{document.pk} {title}/v{version.number} {name}"


SHEETS = {
    "documents": Sheet(
        _("Documents"),
        (
            _("Number"), _("Title"), _("Type"), _("Department"), _("Version"), _("File name"), _("Size"),
            _("SHA-256 hash"), _("Uploaded at"), _("Uploaded by"), _("Note"), _("State"),
            _("Virus scan"), _("Deleted at"), _("File in the export"),
        ),
        listed,
        50,
    ),
}  # fmt: skip
