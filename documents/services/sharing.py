"""Showing a document to somebody of the team beyond its type's audience; cutting links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import TeamMember
from contracts.services import lock_contract
from documents.anchors import anchor_of
from documents.models import Document, DocumentLink, DocumentShare
from documents.queries import readers, team_departments, team_people
from erp.access import allowed, demand
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


@transaction.atomic
def open_to_workers(thing: Any, *, actor: User) -> None:
    """Whoever works on a thing reads what hangs on it: named to it, they get the shares they need. The
    right to name them is the caller's question. Raises Blocked (read-only)."""
    people, kind = anchor_of(thing).people(thing), ContentType.objects.get_for_model(thing)
    links = DocumentLink.objects.filter(target_type=kind, target_id=thing.pk).order_by().values("document")
    for document in Document.objects.filter(pk__in=links, deleted_at=None).select_related("contract"):
        open_document(document, people, actor)


def open_document(document: Document, people: Iterable[Person | None], actor: User) -> None:
    """Share it with those of `people` who do not read it yet."""
    for person in people:
        if person is None or person.user is None or allowed(person.user, "view", document):
            continue
        create(DocumentShare(document=document, person=person), actor=actor, verb="share")


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
