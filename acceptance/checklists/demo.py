"""Checklists of the demo company, and levels checked as an inspector would."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from acceptance.checklists.services import take_standard
from acceptance.states import Mark
from documents import papers, store
from documents.models import DocumentType
from documents.services import Upload, upload_document

if TYPE_CHECKING:
    from acceptance.models import AcceptanceItem, AcceptanceStep
    from acceptance.services.deciding import Findings
    from orgchart.models import User

#: The contract that shows everything.
SHOW = "HT-2026-018"
NOTES = {"尺寸与形位公差符合图纸": "关键尺寸 12 处，均在公差内", "绝缘与接地测试": "绝缘 200 MΩ，接地 0.05 Ω"}


def build(cast: dict[str, Any]) -> None:
    """Demo part 25, before anything is accepted: the standard checklists, kept by the head of quality."""
    take_standard(actor=cast["users"]["qc"])


def findings(step: AcceptanceStep, actor: User) -> Findings:
    """Every item OK, with the photos that are asked for; where these are optional, the show contract has
    them, the others go without."""
    items = list(step.items.select_related("contract").filter(origin=None).order_by("position"))
    checked = [
        item for item in items if item.mandatory or not item.needs_evidence or item.contract.number == SHOW
    ]
    for item in checked:
        if item.needs_evidence:
            _show(item, actor)
    return {item.pk: (Mark.OK.value, NOTES.get(item.text, "")) for item in checked}


def _show(item: AcceptanceItem, actor: User) -> None:
    """Hang a photo on an item, each a content of its own."""
    content = _photo() + f"{item.contract.number} {item.pk}".encode()
    upload = Upload(store.spool([content], store.upload_limit()), f"{item.text[:40]}.png")
    kind = DocumentType.objects.get(slug="acceptance")
    upload_document(item.contract, upload, actor=actor, type=kind, anchor=item)


@cache
def _photo() -> bytes:
    return papers.photo(None)  # type: ignore[arg-type]  # the picture shows no contract
