"""What a level still lacks before it can be passed: findings, photos and documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from acceptance.states import Mark
from documents.models import DocumentLink, DocumentVersion

if TYPE_CHECKING:
    from acceptance.models import AcceptanceItem, AcceptanceStep

#: A sentence names so many items.
NAMED = 3


def lacking(step: AcceptanceStep) -> str:
    """The first thing that keeps a level from being passed, naming the items; "" when nothing does."""
    items = list(step.items.order_by("position"))
    if step.on_behalf and step.evidence is None:
        return _("Deciding for the customer needs the paper the customer signed: choose the document.")
    if wrong := [item for item in items if item.mark == Mark.NOT_OK]:
        return _("Not OK: %(items)s. Reject, or check again.") % {"items": named(wrong)}
    if unchecked := [item for item in items if item.mandatory and item.mark == Mark.OPEN]:
        return _("Not checked yet: %(items)s.") % {"items": named(unchecked)}
    silent = [item for item in items if item.mandatory and item.mark == Mark.NOT_APPLICABLE and not item.note]
    if silent:
        return _("Say in a note why it does not apply: %(items)s.") % {"items": named(silent)}
    if bare := without_evidence(items):
        return _("A photo or document is missing for: %(items)s.") % {"items": named(bare)}
    return ""


def without_evidence(items: list[AcceptanceItem]) -> list[AcceptanceItem]:
    """Items found OK that need a photo or document and have none; carried ones keep theirs."""
    asked = [item for item in items if item.needs_evidence and item.mark == Mark.OK]
    shown = documented({item.pk for item in asked} | {item.origin_id for item in asked if item.origin_id})
    return [item for item in asked if not {item.pk, item.origin_id} & shown]


def documented(items: Iterable[int]) -> set[int]:
    """Ids of those items on which a document hangs that is neither in the bin nor infected."""
    kind = ContentType.objects.get_for_model(apps.get_model("acceptance", "AcceptanceItem"))
    links = DocumentLink.objects.filter(
        target_type=kind, target_id__in=list(items), document__deleted_at__isnull=True
    ).exclude(document__current__scan=DocumentVersion.Scan.INFECTED)
    return set(links.order_by().values_list("target_id", flat=True))


def named(items: list[AcceptanceItem]) -> str:
    words = _(", ").join(f"“{item.text}”" for item in items[:NAMED])
    more = len(items) - NAMED
    return _("%(items)s and %(n)s more") % {"items": words, "n": more} if more > 0 else words
