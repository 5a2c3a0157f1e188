"""Files become versions: checked against their type, stored, and only then written down."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from contracts.models import Contract
from contracts.services import lock_contract
from documents import store
from documents.anchors import anchor_of
from documents.kinds import KINDS, agrees
from documents.models import Document, DocumentLink, DocumentType, DocumentVersion
from documents.names import clean_file_name, clean_title
from documents.queries import followers, may_upload, place_of
from documents.services.checkout import held_by_other
from documents.services.scanning import first_state, receive
from documents.services.sharing import open_document
from erp.access import allowed, demand
from erp.audit import acting_as
from erp.roles import Role
from erp.workflow import Blocked, change, create, follow
from notifications.services import notify

if TYPE_CHECKING:
    from orgchart.models import User

#: What the customer's people send beside photos and videos.
FROM_CUSTOMERS = frozenset(("pdf", "docx", "doc", "xlsx", "xls", "pptx", "ppt", "txt"))


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file with the name it came with. The same `token` of the same person stores it once."""

    spooled: store.Spooled
    name: str
    token: str = ""


def upload_document(
    contract: Contract,
    upload: Upload,
    *,
    actor: User,
    type: DocumentType,
    title: str = "",
    note: str = "",
    anchor: Any = None,
) -> DocumentVersion:
    """A new document with its first version; on `anchor`, a row of an anchored model, it also hangs.

    Raises PermissionDenied, Blocked, ValidationError (kind, type), store.NoSpace."""
    if not may_upload(actor, contract):
        raise PermissionDenied("may not upload here")
    if anchor is not None and not (
        anchor.contract_id == contract.pk and anchor_of(anchor).may_attach(actor, anchor)
    ):
        raise PermissionDenied("may not hang documents there")
    place = place_of(actor, contract)
    document = Document(contract=contract, type=type, department=place, title=clean_title(title), owner=actor)
    return _first(document, upload, anchor=anchor, note=note)


def upload_from_customer(anchor: Any, upload: Upload, *, actor: User) -> DocumentVersion:
    """What the customer's people send in the portal: a photo, video, PDF or office file, checked like any
    other, hanging on `anchor`, which they see. The office reads it as it reads the type; whoever works on
    the thing reads it too; the company finds it among what it may see.

    Raises PermissionDenied, Blocked (read-only), ValidationError (kind), store.NoSpace."""
    contract = anchor.contract
    if actor.role != Role.CUSTOMER or not allowed(actor, "follow", contract):
        raise PermissionDenied("only the people of the customer's company")
    if not anchor_of(anchor).may_attach(actor, anchor):
        raise PermissionDenied("may not hang documents there")
    document = Document(contract=contract, type=_customer_type(upload.name), owner=actor)
    return _first(document, upload, anchor=anchor, workers=anchor_of(anchor).people(anchor))


def _first(
    document: Document, upload: Upload, *, anchor: Any, note: str = "", workers: Any = None
) -> DocumentVersion:
    """The first version of `document`, which is named as its file where it has no title; the same form
    sent twice is one document. What a customer sends has `workers`, who get to read it, and is released
    to the company."""
    contract, actor = document.contract, document.owner
    name, extension = accepted(upload, document.type)
    token = _token(actor, f"contract {contract.pk}", upload)
    staged = store.stage(upload.spooled)
    try:
        with transaction.atomic():
            lock_contract(contract.pk)
            if found := _already(token):
                return found
            stem = name.removesuffix(f".{name.rpartition('.')[2]}") if extension else name
            document.title = document.title or clean_title(stem)
            create(document, actor=actor)
            if anchor is not None:
                _hang(document, anchor, actor)
            told: dict[str, Any] = {"note": note, "token": token, "given": workers is not None}
            version = _store(document, staged, name, extension, actor=actor, **told)
            open_document(version.document, workers or (), actor)
            return version
    finally:
        staged.discard()


def _customer_type(file_name: str) -> DocumentType:
    """Photos and videos are photos, PDF and office files are other documents; nothing else comes in by
    the portal. Raises ValidationError."""
    name, extension = clean_file_name(file_name)
    wanted: dict[str, DocumentType] = {
        kind.slug: kind for kind in DocumentType.objects.active().filter(slug__in=("photo", "other"))
    }
    photo = wanted.get("photo")
    if photo is not None and photo.allows(extension):
        return photo
    if extension in FROM_CUSTOMERS and "other" in wanted:
        return wanted["other"]
    raise ValidationError(
        {"file": _("“%(name)s”: send photos, videos, PDF or office files.") % {"name": name}}
    )


def upload_version(
    document: Document, upload: Upload, *, actor: User, note: str = "", **origin: Any
) -> DocumentVersion:
    """The next version of a document; it ends the actor's check-out. Two at once become two versions.

    Raises PermissionDenied, Blocked (checked out, read-only), ValidationError, store.NoSpace."""
    demand(actor, "change", document)
    name, extension = accepted(upload, document.type)
    token = _token(actor, f"document {document.pk}", upload)
    staged = store.stage(upload.spooled)
    try:
        with transaction.atomic():
            lock_contract(document.contract_id)
            stored = Document.objects.select_for_update().get(pk=document.pk)
            if found := _already(token):
                return found
            if why := held_by_other(stored, actor):
                raise Blocked(why)
            version = _store(stored, staged, name, extension, actor=actor, note=note, token=token, **origin)
            _tell(version, actor)
            return version
    finally:
        staged.discard()


def restore_version(version: DocumentVersion, *, actor: User) -> DocumentVersion:
    """The content of an old version again, as the newest one; nothing is overwritten.

    Raises PermissionDenied, Blocked (checked out, read-only, damaged content), store.NoSpace."""
    document = version.document
    demand(actor, "change", document)
    if document.current_id == version.pk:
        raise Blocked(_("This is the current version already."))
    spooled = store.spool(_pieces(version.key), version.size)
    if spooled.sha256 != version.sha256:
        spooled.discard()
        raise Blocked(_("The stored content of this version is damaged."))
    note = _("Version %(n)s restored") % {"n": version.number}
    upload = Upload(spooled, version.file_name)
    return upload_version(document, upload, actor=actor, note=note, restored_from=version.number)


def accepted(upload: Upload, type: DocumentType) -> tuple[str, str]:
    """The clean name and extension of a file that its content and its type agree to.

    Raises ValidationError on `file`."""
    name, extension = clean_file_name(upload.name)
    if not extension:
        raise ValidationError({"file": _("“%(name)s” has no extension.") % {"name": name}})
    if why := agrees(extension, upload.spooled.path):
        raise ValidationError({"file": _("%(name)s: %(why)s") % {"name": name, "why": why}})
    if not type.allows(extension):
        text = _("%(name)s: a document of the type “%(type)s” is one of these files: %(kinds)s.")
        words = {"name": name, "type": type, "kinds": ", ".join(type.extensions.split())}
        raise ValidationError({"file": text % words})
    return name, extension


def _store(
    document: Document,
    staged: store.Spooled,
    name: str,
    extension: str,
    *,
    actor: User,
    given: bool = False,
    **about: Any,
) -> DocumentVersion:
    """Bytes first, then their row. The caller holds the document. `given`: by the customer, who goes on
    seeing it."""
    if why := document.frozen():
        raise Blocked(why)
    number = (document.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    key = store.version_key(document, number)
    store.put(staged, key)
    version = DocumentVersion(
        document=document,
        number=number,
        key=key,
        file_name=name,
        extension=extension,
        media_type=KINDS[extension].media_type,
        size=staged.size,
        sha256=staged.sha256,
        uploaded_by=actor,
        scan=first_state(),
        **about,
    )
    create(version, actor=actor, verb="upload")
    free: dict[str, Any] = {"checked_out_by": None, "checked_out_until": None}
    verb = "upload_document" if number == 1 else "new_version"
    if given:
        version.document = follow(document, actor=actor, verb=verb, current=version, published=version)
    else:
        version.document = change(document, actor=actor, verb=verb, right="change", current=version, **free)
    receive(version)
    return version


def _hang(document: Document, anchor: Any, actor: User) -> None:
    kind = ContentType.objects.get_for_model(anchor)
    create(DocumentLink(document=document, target_type=kind, target_id=anchor.pk), actor=actor, verb="hang")


def _tell(version: DocumentVersion, actor: User) -> None:
    document = version.document
    with acting_as(actor):
        notify(
            "document_version",
            document,
            followers(document),
            key=f"document_version:{version.pk}",
            contract=document.contract.number,
            title=document.title,
            n=version.number,
        )


def _token(actor: User, place: str, upload: Upload) -> str:
    """The form a file came with, bound to who sent it and where to: nobody meets another's token."""
    if not upload.token:
        return ""
    return hashlib.sha256(f"{actor.pk} {place} {upload.token}".encode()).hexdigest()


def _already(token: str) -> DocumentVersion | None:
    """What this form stored when it was sent before."""
    rows = DocumentVersion.objects.select_related("document")
    return rows.filter(token=token).first() if token else None


def _pieces(key: str) -> Iterator[bytes]:
    with store.open(key) as blob:
        while piece := blob.read(store.CHUNK):
            yield piece
