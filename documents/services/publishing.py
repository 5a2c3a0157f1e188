"""Versions that hold: released inside the office, released to the customer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.services import lock_contract
from documents.models import Document, DocumentVersion
from documents.queries import followers
from documents.states import Status
from erp.audit import acting_as
from erp.workflow import Blocked, advance, change, follow
from notifications.services import notify

if TYPE_CHECKING:
    from orgchart.models import User


@transaction.atomic
def release_version(version: DocumentVersion, *, actor: User) -> DocumentVersion:
    """Say that the newest version holds; the one released before it is superseded, people are told.

    Raises PermissionDenied, Blocked (state, not the newest, read-only)."""
    document = version.document
    lock_contract(document.contract_id)
    released = advance(version, "release", actor=actor)
    for old in document.versions.filter(status=Status.RELEASED).exclude(pk=released.pk):
        follow(old, actor=actor, verb="supersede", status=Status.SUPERSEDED)
    _tell("document_released", released, followers(document), actor)
    return released


@transaction.atomic
def publish_version(version: DocumentVersion, *, actor: User) -> Document:
    """Show exactly this version to the customer, whose people are told; it takes the place of another.

    Raises PermissionDenied, Blocked (not released yet, infected, read-only)."""
    document = version.document
    lock_contract(document.contract_id)
    stored = DocumentVersion.objects.get(pk=version.pk)
    if document.type.controlled and stored.status != Status.RELEASED:
        raise Blocked(_("Only a released version of a drawing goes to the customer."))
    if stored.scan == DocumentVersion.Scan.INFECTED:
        raise Blocked(_("A virus was found in this version."))
    document = change(document, actor=actor, verb="publish", published=stored)
    _tell("document_published", stored, _customers(document), actor)
    return document


@transaction.atomic
def withdraw_document(document: Document, *, actor: User) -> Document:
    """The customer sees it no longer, from the next request on. Raises PermissionDenied, Blocked."""
    lock_contract(document.contract_id)
    return change(document, actor=actor, verb="withdraw", right="publish", published=None)


def _customers(document: Document) -> list[Any]:
    """The accounts of the customer's company, as receivers: they are no people of ours."""
    accounts = document.contract.company.users.filter(is_active=True)
    return [SimpleNamespace(user_id=pk) for pk in accounts.values_list("pk", flat=True)]


def _tell(event: str, version: DocumentVersion, people: Any, actor: User) -> None:
    document = version.document
    with acting_as(actor):
        notify(
            event,
            document,
            people,
            key=f"{event}:{version.pk}:{version.version}:{document.version}",
            contract=document.contract.number,
            title=document.title,
            n=version.number,
        )
