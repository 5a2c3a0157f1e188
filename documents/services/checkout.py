"""Check-out: one person works on the next version until the end of the day, others wait."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.services import lock_contract
from documents.models import Document
from erp.dates import moment
from erp.workflow import Blocked, change

if TYPE_CHECKING:
    from orgchart.models import User


def end_of_day() -> datetime:
    """When a check-out of today ends: midnight in the zone of the site."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, time.min))


def held_by_other(document: Document, actor: User) -> str:
    """Why `actor` cannot give the document a new version now, as a sentence; "" when free."""
    holder, until = document.holder(), document.checked_out_until
    if until is None or holder is None or holder == actor:
        return ""
    words = {"person": holder, "until": moment(until)}
    return _("%(person)s has checked this document out until %(until)s.") % words


@transaction.atomic
def check_out(document: Document, *, actor: User) -> Document:
    """Keep the next version for oneself until the end of the day; again: nothing changes.

    Raises PermissionDenied, Blocked (somebody else has it; read-only)."""
    lock_contract(document.contract_id)
    stored = Document.objects.select_related("checked_out_by").get(pk=document.pk)
    if why := held_by_other(stored, actor):
        raise Blocked(why)
    fields: dict[str, Any] = {"checked_out_by": actor, "checked_out_until": end_of_day()}
    return change(document, actor=actor, verb="check_out", right="change", **fields)


@transaction.atomic
def check_in(document: Document, *, actor: User) -> Document:
    """Give a check-out back; another person's is broken only by whoever manages all documents.

    Raises PermissionDenied, Blocked."""
    lock_contract(document.contract_id)
    stored = Document.objects.select_related("checked_out_by").get(pk=document.pk)
    holder = stored.holder()
    own = holder is None or holder == actor
    verb, right = ("check_in", "change") if own else ("break_check_out", "break_check_out")
    return change(document, actor=actor, verb=verb, right=right, checked_out_by=None, checked_out_until=None)
