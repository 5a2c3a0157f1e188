"""The virus scanner: with `CLAMD` set, no content is handed out before it was found clean."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from documents import clamd, store
from documents.fulltext_models import Errand
from documents.models import DocumentVersion
from documents.services import errands
from documents.services.errands import Later
from erp.audit import acting_as
from erp.roles import Role
from notifications.services import tell
from orgchart.models import User

log = logging.getLogger(__name__)
Scan = DocumentVersion.Scan
UNANSWERED = _("The virus scanner does not answer; the file is looked at as soon as it does.")
TOO_BIG = _("The virus scanner takes no file of this size; your administrator can raise its limit.")
DAMAGED = _("The stored content of this version is damaged.")


def first_state() -> str:
    """What a new version is before anybody looked at it."""
    return Scan.PENDING if settings.CLAMD else Scan.NONE


def why_pending(version: DocumentVersion) -> str:
    """What keeps the scanner from this version, as a sentence; "" when it is just not its turn yet."""
    reason = Errand.objects.filter(version=version, kind=Errand.Kind.SCAN).values_list("reason", flat=True)
    return gettext(found) if (found := reason.first()) else ""


def work_off_scans(limit: int = 20) -> int:
    """Ask the scanner about what waits for it; returns how many were answered."""
    return errands.work_off(Errand.Kind.SCAN, _scan, limit)


def settle_scan(version: DocumentVersion, state: str, virus: str = "") -> None:
    """Write what the scanner said of a pending version, in archived contracts, too: nobody's deed, and
    no content waits for ever. Clean content goes on to its preview and the index; an infected one is kept
    and handed to nobody, and its owner and the administrators are told."""
    verb = {Scan.INFECTED: "virus_found", Scan.CLEAN: "scan_clean"}.get(Scan(state), "scan_waived")
    with transaction.atomic(), acting_as(None, verb=verb, reason=virus):
        row = DocumentVersion.objects.select_for_update().get(pk=version.pk)
        if row.scan != Scan.PENDING:
            return
        row.scan, row.version = state, row.version + 1
        row._change_reason = verb
        row.save(update_fields=["scan", "version", "changed"])
        if state == Scan.INFECTED:
            _tell(row, virus)
        else:
            proceed(row)


def proceed(version: DocumentVersion) -> None:
    """What follows once the content of a version may be read: its text, and after the commit its preview."""

    def ring() -> None:
        from documents.services.previews import request_preview

        request_preview(version)

    errands.leave_errand(version, Errand.Kind.TEXT)
    transaction.on_commit(ring, robust=True)


def receive(version: DocumentVersion) -> None:
    """Start a new version on its way; in the transaction that writes it."""
    if version.scan == Scan.PENDING:
        errands.leave_errand(version, Errand.Kind.SCAN)
    else:
        proceed(version)


def _scan(errand: Errand) -> None:
    version = errand.version
    if not settings.CLAMD:  # the operator has no scanner any more: as every version that comes now
        settle_scan(version, Scan.NONE)
        return
    if store.size(version.key) != version.size:
        raise Later(DAMAGED)
    try:
        with store.open(version.key) as content:
            virus = clamd.scan(settings.CLAMD, content)
    except clamd.TooBig:
        raise Later(TOO_BIG) from None
    except clamd.Unanswered as why:
        log.warning("clamd: %s", why)
        raise Later(UNANSWERED, rest=True) from None
    settle_scan(
        version, Scan.INFECTED if virus else Scan.CLEAN, "".join(filter(str.isprintable, virus))[:100]
    )


def _tell(version: DocumentVersion, virus: str) -> None:
    document = version.document
    admins = User.objects.filter(role=Role.ADMIN, is_active=True).values_list("pk", flat=True)
    params = {"contract": document.contract.number, "title": document.title, "n": version.number}
    told = {version.uploaded_by_id, document.owner_id, *admins}
    tell("virus_found", document, told, key=f"virus_found:{version.pk}", params={**params, "virus": virus})
