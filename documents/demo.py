"""Documents of the demo contracts: real small files, made here, stored through the services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps

from contracts.models import Contract
from documents import papers, store
from documents.models import Document, DocumentType, DocumentVersion
from documents.services import (
    Upload,
    check_out,
    publish_version,
    release_version,
    remove_document,
    share_document,
    upload_document,
    upload_version,
)
from erp import register
from orgchart.models import User

#: The contract that shows everything documents can be.
FULL = "HT-2026-018"


def build(cast: dict[str, Any]) -> None:
    """Demo part 40: every contract gets its papers, one of them a whole life of documents."""
    for contract in Contract.objects.select_related("manager__user", "company").order_by("number"):
        if contract.frozen():
            continue
        _usual(contract, cast["users"])
        if contract.number == FULL:
            _whole_life(contract, cast["users"])


def _usual(contract: Contract, users: dict[str, User]) -> None:
    manager = contract.manager.user or users["boss"]
    name = contract.name
    signed = _file(contract, users["sales"], "contract", f"合同 {contract.number}.pdf", papers.agreement)
    _file(contract, manager, "technical", f"{name}技术方案.docx", papers.proposal)
    report = _file(contract, manager, "acceptance", f"{name}预验收记录.xlsx", papers.checklist)
    publish_version(report, actor=manager)
    share_document(signed.document, actor=users["sales"], person=contract.manager)


def _whole_life(contract: Contract, users: dict[str, User]) -> None:
    mech, staff, elec, pm = (users[name] for name in ("leader.mech", "staff.mech", "leader.elec", "pm"))
    slides = _file(contract, pm, "technical", "灌装线改造评审汇报.pptx", papers.slides)
    check_out(slides.document, actor=pm)
    base = _file(contract, staff, "drawing", "灌装机底座.dxf", papers.drawing)
    release_version(base, actor=mech)
    _version(base.document, staff, "灌装机底座.dxf", papers.drawing_with_holes, "按评审意见加大安装孔")
    cabinet = _file(contract, elec, "drawing", "电控柜布置图.pdf", papers.cabinet)
    publish_version(release_version(cabinet, actor=elec), actor=pm)
    proposal = contract.documents.get(title=f"{contract.name}技术方案")
    _version(proposal, pm, f"{contract.name}技术方案.docx", papers.proposal_revised, "补充安全联锁一节")
    _file(contract, staff, "photo", "底座焊接现场.png", papers.photo, anchor=_thing(contract, staff))
    quote = _file(contract, users["sales"], "other", "旧版报价.csv", papers.old_quote)
    remove_document(quote.document, actor=users["sales"])


def _file(
    contract: Contract,
    actor: User,
    slug: str,
    name: str,
    made: Callable[[Contract], bytes],
    anchor: Any = None,
) -> DocumentVersion:
    type = DocumentType.objects.get(slug=slug)
    return upload_document(contract, _upload(name, made(contract)), actor=actor, type=type, anchor=anchor)


def _version(
    document: Document, actor: User, name: str, made: Callable[[Contract], bytes], note: str
) -> DocumentVersion:
    return upload_version(document, _upload(name, made(document.contract)), actor=actor, note=note)


def _upload(name: str, content: bytes) -> Upload:
    return Upload(store.spool([content], store.upload_limit()), name)


def _thing(contract: Contract, user: User) -> Any:
    """Something of the contract that documents hang on and `user` sees; None where there is none."""
    for label in register.entries("documents.anchors"):
        model: Any = apps.get_model(label)
        found = model.objects.for_user(user).filter(contract=contract).order_by("pk").first()
        if found is not None:
            return found
    return None
