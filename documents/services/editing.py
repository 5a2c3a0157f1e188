"""What is said of a document, and the bin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.services import lock_contract
from documents.models import Document
from documents.names import clean_title
from documents.services.checkout import held_by_other
from erp.access import demand
from erp.workflow import Blocked, change

if TYPE_CHECKING:
    from orgchart.models import User

#: What decides who reads a document; changing it asks for the right to share.
AUDIENCE = ("type", "preview_only")


@transaction.atomic
def edit_document(document: Document, *, actor: User, version: int | None = None, **fields: Any) -> Document:
    """Change title, type or `preview_only`; what decides who reads it needs the right to share.

    Raises PermissionDenied, Blocked, Stale, ValidationError."""
    lock_contract(document.contract_id)
    stored = Document.objects.select_related("type", "current").get(pk=document.pk)
    if any(name in fields and fields[name] != getattr(stored, name) for name in AUDIENCE):
        demand(actor, "share", document)
    if "title" in fields:
        fields["title"] = clean_title(fields["title"])
        if not fields["title"]:
            raise ValidationError({"title": _("A document has a title.")})
    kind = fields.get("type", stored.type)
    if stored.current and not kind.allows(stored.current.extension):
        text = _("A document of the type “%(type)s” is no “.%(extension)s” file.")
        raise ValidationError({"type": text % {"type": kind, "extension": stored.current.extension}})
    return change(document, actor=actor, version=version, **fields)


@transaction.atomic
def remove_document(document: Document, *, actor: User) -> Document:
    """Put it in the bin: nobody reads it there, the customer neither; nothing of it is deleted.

    Raises PermissionDenied, Blocked (checked out, read-only)."""
    lock_contract(document.contract_id)
    stored = Document.objects.select_related("checked_out_by").get(pk=document.pk)
    if why := held_by_other(stored, actor):
        raise Blocked(why)
    return change(
        document,
        actor=actor,
        verb="remove_document",
        right="remove",
        deleted_at=timezone.now(),
        deleted_by=actor,
        published=None,
        checked_out_by=None,
        checked_out_until=None,
    )


@transaction.atomic
def restore_document(document: Document, *, actor: User) -> Document:
    """Take it out of the bin with all its versions; it is not released to the customer again.

    Raises PermissionDenied, Blocked."""
    lock_contract(document.contract_id)
    return change(
        document, actor=actor, verb="restore_document", right="restore", deleted_at=None, deleted_by=None
    )
