"""What somebody is shown of a version, and as what: one answer for page, content, pictures and download."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext as _

from documents import store, watermark
from documents.models import Document, DocumentVersion, Preview
from documents.services.previews import reason_text, request_preview
from documents.states import State
from erp.access import allowed, fetch
from erp.audit.services import record
from erp.dates import moment
from erp.roles import Role

if TYPE_CHECKING:
    from orgchart.models import User

VERSIONS = DocumentVersion.objects.select_related("document__contract", "document__type", "uploaded_by")
#: How a rendering is shown, by its media type.
LOOKS = {
    "application/pdf": "pdf",
    "image/webp": "image",
    "text/plain": "text",
    "text/csv": "table",
    "model/stl": "stl",
    "model/step": "step",
}
MODELS = ("stl", "step")
#: Rows, columns and letters of a table or text that a page shows; the rest is in the file.
ROWS, CELLS, LETTERS = 1000, 60, 400_000
#: Models larger than this would stall the browser.
LARGEST_MODEL = 80 * 1024 * 1024
#: Seconds until a page that waits asks again; the last holds.
PAUSES = (1, 1, 2, 2, 3, 4, 5)
#: How long a page may load content that was noted in the log when it was opened.
SEEN = 12 * 3600
SALT = "documents.seen"


def find(user: User, document: int, number: int) -> DocumentVersion:
    """The version, for somebody who may see it; 404 for everybody else."""
    documents = Document.objects.filter(pk=document)  # asked so, an id beyond any integer is just not there
    found: DocumentVersion = fetch(VERSIONS, user, document__in=documents, number=number)
    return found


def may_download(user: User, document: Document) -> bool:
    """Whoever sees a document takes it away, unless it is for reading only; then who changes it does."""
    return not document.preview_only or allowed(user, "change", document)


def withheld(version: DocumentVersion) -> str:
    """Why nobody gets the content now: the virus scanner has not cleared it. "" where all is well."""
    if version.scan == DocumentVersion.Scan.PENDING:
        from documents.services.scanning import why_pending

        return why_pending(version) or _("The virus scanner has not looked at this file yet.")
    if version.scan == DocumentVersion.Scan.INFECTED:
        return _("The virus scanner found a virus in this file. It is kept, but handed to nobody.")
    return ""


def watermark_of(user: User, version: DocumentVersion) -> str:
    """Who looks at which contract, and when."""
    name = str(user) if watermark.can_write(str(user)) else user.username
    return f"{name} · {moment(timezone.now())} · {version.document.contract.number}"


def ticket(user: User, version: DocumentVersion) -> str:
    """Says that this person's viewing is in the log already. It opens nothing."""
    return signing.dumps([user.pk, version.pk], salt=SALT, compress=False)


def note_viewing(user: User, version: DocumentVersion, seen: str) -> None:
    """Log a viewing, unless `seen` is the ticket of a page that logged it."""
    try:
        noted = signing.loads(seen, salt=SALT, max_age=SEEN) == [user.pk, version.pk]
    except signing.BadSignature:
        noted = False
    if not noted:
        record("preview", version)


@dataclass(frozen=True)
class Screen:
    """The viewer of one version for one person; templates read it."""

    version: DocumentVersion
    user: Any
    preview: Preview | None
    waited: int = 0

    @cached_property
    def document(self) -> Document:
        return self.version.document

    @cached_property
    def customer(self) -> bool:
        return bool(self.user.role == Role.CUSTOMER)

    @property
    def status(self) -> str:
        """Draft, released or superseded, where the type knows that."""
        return str(self.version.get_status_display()) if self.document.type.controlled else ""

    @cached_property
    def download(self) -> bool:
        return not withheld(self.version) and self.own

    @cached_property
    def own(self) -> bool:
        """Whether the content itself may reach this person's browser; else only pictures of it."""
        return may_download(self.user, self.document)

    @property
    def state(self) -> str:
        """A `State`, or what stands before it: scanning, infected."""
        scans = {DocumentVersion.Scan.PENDING: "scanning", DocumentVersion.Scan.INFECTED: "infected"}
        if self.version.scan in scans:
            return scans[DocumentVersion.Scan(self.version.scan)]
        if self.preview is None or (self.preview.state == State.READY and not self.look):
            return State.UNAVAILABLE
        return str(self.preview.state)

    @property
    def busy(self) -> bool:
        return self.state in ("scanning", State.QUEUED, State.CONVERTING)

    @property
    def ready(self) -> bool:
        return self.state == State.READY

    @property
    def title(self) -> str:
        return {
            "scanning": _("Waiting for the virus scanner"),
            "infected": _("Virus found"),
            State.QUEUED: _("Waiting for its turn"),
            State.CONVERTING: _("The preview is being made"),
            State.FAILED: _("The preview could not be made"),
        }.get(self.state, _("There is no preview"))

    @cached_property
    def reason(self) -> str:
        """Why there is nothing to see; for a ready one a remark to read with it."""
        if why := withheld(self.version):
            return why
        if self.preview is None:
            return ""
        if self.preview.state == State.READY and not self.look:
            if self.preview.media_type in LOOKS and not self.own:
                return _("This document is for reading only, and a model cannot be shown without sending it.")
            return _("The model is too large to be drawn in a browser.")
        return reason_text(self.preview)

    @property
    def seconds(self) -> int:
        """Since the conversion was asked for."""
        return int((timezone.now() - self.preview.created).total_seconds()) if self.preview else 0

    @property
    def pause(self) -> int:
        return PAUSES[min(self.waited, len(PAUSES) - 1)]

    @property
    def next(self) -> int:
        return self.waited + 1

    @cached_property
    def retry(self) -> bool:
        """Whether this person may have a preview that failed made again."""
        stuck = self.preview is not None and self.preview.state == State.FAILED
        return stuck and self.state == State.FAILED and allowed(self.user, "change", self.document)

    @cached_property
    def look(self) -> str:
        """pdf, image, text, table, stl, step; `pages` where only pictures may be sent; "" for nothing."""
        preview = self.preview
        look = LOOKS.get(preview.media_type, "") if preview and preview.state == State.READY else ""
        if look in MODELS:
            return look if self.own and self.version.size <= LARGEST_MODEL else ""
        return look if self.own or not look else "pages"

    @cached_property
    def pages(self) -> int:
        """How many pages there are as pictures."""
        preview = self.preview
        if not preview or self.look in ("", *MODELS):
            return 0
        if preview.media_type.startswith("text/"):
            return len(watermark.text_pages(self.text))
        return max(1, preview.pages)

    @property
    def numbers(self) -> range:
        return range(1, self.pages + 1)

    @cached_property
    def mark(self) -> str:
        return watermark_of(self.user, self.version)

    @cached_property
    def seen(self) -> str:
        return ticket(self.user, self.version)

    @cached_property
    def text(self) -> str:
        """The rendering of a text, as far as a page shows it."""
        return self._read[:LETTERS]

    @cached_property
    def cut(self) -> bool:
        """Whether the page shows less than there is."""
        if self.look == "table":
            return len(self._rows) > ROWS or any(len(row) > CELLS for row in self._rows)
        return self.look == "text" and len(self._read) > LETTERS

    @property
    def table(self) -> list[list[str]]:
        return [row[:CELLS] for row in self._rows[:ROWS]]

    @cached_property
    def _rows(self) -> list[list[str]]:
        rows, lines = [], csv.reader(io.StringIO(self._read))
        try:
            for row in lines:
                rows.append(row)
                if len(rows) > ROWS:
                    break
        except csv.Error:  # a cell longer than the reader takes
            return [[line] for line in self._read.splitlines()]
        return rows

    @cached_property
    def _read(self) -> str:
        if self.preview is None:
            return ""
        with store.open(self.preview.result) as file:
            return file.read(4 * LETTERS).decode("utf-8", "replace")


def screen(user: User, version: DocumentVersion, *, waited: int = 0) -> Screen:
    """What the viewer shows; asks for the preview where there is none yet."""
    preview = None if withheld(version) else request_preview(version)
    return Screen(version, user, preview, waited)
