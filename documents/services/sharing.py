"""Showing a document to somebody of the team beyond its type's audience; cutting links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import TeamMember
from contracts.services import lock_contract
from documents.models import Document, DocumentLink, DocumentShare
from documents.queries import readers, team_departments, team_people
from erp.access import demand
from erp.audit import acting_as
from erp.workflow import Blocked, create, remove
from notifications.services import notify
from orgchart.models import Department, Person

if TYPE_CHECKING:
    from orgchart.models import User


@transaction.atomic
def share_document(
    document: Document, *, actor: User, person: Person | None = None, department: Department | None = None
) -> DocumentShare:
    """Show it to a person or a department of the team; twice is once.

    Raises PermissionDenied, Blocked (not in the team, read-only), ValidationError (both or neither)."""
    demand(actor, "share", document)
    lock_contract(document.contract_id)
    for whom, team in ((person, team_people), (department, team_departments)):
        if whom is not None and not team(document.contract).filter(pk=whom.pk).exists():
            raise Blocked(_("%(whom)s is not in the team of this contract.") % {"whom": whom})
    old = DocumentShare.objects.filter(document=document, person=person, department=department).first()
    if old is not None:
        return old
    share = DocumentShare(document=document, person=person, department=department)
    create(share, actor=actor, verb="share")
    _tell(share, actor)
    return share


def unshare_document(share: DocumentShare, *, actor: User) -> None:
    """Take a share back; it holds from the next request on. Raises PermissionDenied, Blocked."""
    remove(share, actor=actor, verb="unshare", right="share")


def unlink_document(link: DocumentLink, *, actor: User) -> None:
    """Take the document off what it hangs on; it stays in the contract. Raises PermissionDenied, Blocked."""
    remove(link, actor=actor, verb="take_off", right="change")


def _tell(share: DocumentShare, actor: User) -> None:
    document = share.document
    with acting_as(actor):
        notify(
            "document_shared",
            document,
            readers(document, _receivers(share)),
            key=f"document_shared:{share.pk}",
            contract=document.contract.number,
            title=document.title,
        )


def _receivers(share: DocumentShare) -> list[Any]:
    if share.person is not None:
        return [share.person]
    places = TeamMember.objects.filter(
        contract=share.document.contract_id, department=share.department
    ).select_related("person__user")
    return [place.person for place in places]
