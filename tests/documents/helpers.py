"""Files, documents and uploads for the tests of documents."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from PIL import Image

from documents import store
from documents.models import Document, DocumentLink, DocumentShare, DocumentType, DocumentVersion, Preview
from documents.services import Upload, upload_document, upload_version
from documents.services.previews import request_preview

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
TEXT = "底座图纸说明\n".encode()


def docx(text: str = "技术方案") -> bytes:
    """The smallest file that Word's own kind is recognised by."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:document>{text}</w:document>")
    return stream.getvalue()


def upload(content: bytes = PDF, name: str = "图纸.pdf", token: str = "") -> Upload:
    return Upload(store.spool([content], store.upload_limit()), name, token)


def put(
    contract: Any, actor: Any, *, type: str = "technical", name: str = "图纸.pdf", **more: Any
) -> Document:
    """A document through the service."""
    content = more.pop("content", PDF)
    kind = DocumentType.objects.get(slug=type)
    version = upload_document(contract, upload(content, name), actor=actor, type=kind, **more)
    return version.document


def again(document: Document, actor: Any, *, content: bytes = PDF + b"\n", **more: Any) -> DocumentVersion:
    """Its next version through the service."""
    name = document.versions.get(number=1).file_name
    return upload_version(document, upload(content, name), actor=actor, **more)


def posted(*names: str, content: bytes = PDF) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(name, content, "application/octet-stream") for name in names]


def row(contract: Any, owner: Any, **fields: Any) -> Document:
    """A document with one stored version, written past the services: archived contracts have some too."""
    slug, versions = fields.pop("type", "technical"), fields.pop("versions", 1)
    document = Document.objects.create(
        contract=contract,
        owner=owner,
        type=DocumentType.objects.get(slug=slug),
        **{"title": "机架图纸", **fields},
    )
    for number in range(1, versions + 1):
        document.current = version_row(document, number, owner)
    document.save()
    return document


def version_row(document: Document, number: int, user: Any, content: bytes = PDF) -> DocumentVersion:
    spooled, key = store.spool([content], store.upload_limit()), store.version_key(document, number)
    store.put(spooled, key)
    return DocumentVersion.objects.create(
        document=document, number=number, key=key, file_name="机架图纸.pdf", extension="pdf",
        media_type="application/pdf", size=spooled.size, sha256=spooled.sha256, uploaded_by=user,
    )  # fmt: skip


def picture_row(version: DocumentVersion) -> Preview:
    """The preview of a version, made: a small picture."""
    stream = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(stream, "WEBP")
    return preview_row(version, stream.getvalue(), "image/webp")


def preview_row(version: DocumentVersion, content: bytes, media_type: str, **fields: Any) -> Preview:
    """The preview of a version as the worker leaves it."""
    preview = request_preview(version)
    key = store.preview_key(version.document.contract, version.sha256, "test", str(version.pk))
    store.put(store.spool([content], store.upload_limit()), key)
    values = {"state": "ready", "result": key, "media_type": media_type, "pages": 1, "reason": "", **fields}
    Preview.objects.filter(pk=preview.pk).update(**values)
    preview.refresh_from_db()
    return preview


def share_row(document: Document, person: Any) -> DocumentShare:
    return DocumentShare.objects.create(document=document, person=person)


def link_row(document: Document, thing: models.Model) -> DocumentLink:
    kind = ContentType.objects.get_for_model(thing)
    return DocumentLink.objects.create(document=document, target_type=kind, target_id=thing.pk)
