"""Documents as papers of the contract: evidence for what a customer said, files of its export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType

from contracts.joints import Evidence
from documents.models import Document, DocumentLink, DocumentVersion

if TYPE_CHECKING:
    from orgchart.models import User


def answering(row: Any) -> list[Any]:
    """Who answers for the contract of a delivery or a change order."""
    return [row.contract.manager, row.contract.sales_person]


def evidence_on(row: Any, user: User) -> list[Evidence]:
    """The documents that hang on `row` and that `user` reads; what the scanner withholds proves nothing."""
    kind = ContentType.objects.get_for_model(row)
    links = DocumentLink.objects.filter(target_type=kind, target_id=row.pk).order_by().values("document")
    rows = Document.objects.for_user(user).filter(pk__in=links, current__isnull=False)
    rows = rows.exclude(current__scan=DocumentVersion.Scan.INFECTED)
    return [_paper(found) for found in rows.select_related("current").order_by("-id")]


def _paper(found: Document) -> Evidence:
    version: Any = found.current
    return Evidence(
        str(found.pk), f"{found.title} v{version.number}", found.get_absolute_url(), version.sha256
    )
