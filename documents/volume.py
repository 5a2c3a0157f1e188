"""Bulk data: rows of documents for every new contract, so that lists can be tried at volume.

Rows only: no bytes lie under their keys, so these documents can be listed, filtered and found, but not
opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Max, OuterRef, Subquery

from documents.kinds import KINDS
from documents.models import Document, DocumentType, DocumentVersion
from erp.volume import Plan, insert

NAMES = (
    ("technical", "技术方案", "docx"),
    ("drawing", "总装图", "dxf"),
    ("technical", "外购件清单", "xlsx"),
    ("photo", "现场照片", "jpg"),
    ("acceptance", "检验记录", "pdf"),
)
FIELDS = ("contract", "type", "department", "title", "owner")
VERSION_FIELDS = (
    "document", "number", "key", "file_name", "extension", "media_type", "size", "sha256", "uploaded_by",
)  # fmt: skip


def load_documents(plan: Plan) -> int:
    """Write one document for every second task of each of `kept["contracts"]`, with its version."""
    before = Document.objects.aggregate(Max("pk"))["pk__max"] or 0
    rows = insert(Document, FIELDS, _documents(plan))
    new = Document.objects.filter(pk__gt=before)
    rows += insert(DocumentVersion, VERSION_FIELDS, _versions(plan, new))
    version = DocumentVersion.objects.filter(document=OuterRef("pk")).order_by().values("pk")
    new.update(current=Subquery(version))
    return rows


def _documents(plan: Plan) -> Iterator[tuple[Any, ...]]:
    account = {person[0]: person[1] for person in plan.kept["people"]}
    types = dict(DocumentType.objects.values_list("slug", "pk"))
    for contract, _stage, _signed, team in plan.kept["contracts"]:
        for place in range(plan.tasks_per_contract // 2):
            slug, name, _extension = NAMES[place % len(NAMES)]
            person, department = plan.random.choice(team)
            yield (contract, types[slug], department, f"{name} {place + 1}", account[person])


def _versions(plan: Plan, new: Any) -> Iterator[tuple[Any, ...]]:
    extensions = {name: extension for _slug, name, extension in NAMES}
    for pk, contract, title, owner in (
        new.order_by("pk").values_list("pk", "contract_id", "title", "owner_id").iterator(5000)
    ):
        extension = extensions[title.partition(" ")[0]]
        size = plan.random.randint(20_000, 8_000_000)
        digest = f"{plan.random.getrandbits(256):064x}"
        key = f"contracts/{contract}/{pk}/v1"
        media_type = KINDS[extension].media_type
        yield (pk, 1, key, f"{title}.{extension}", extension, media_type, size, digest, owner)
