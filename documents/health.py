"""How previews and the virus scanner stand, for administrators: what LibreOffice may reach, what waits."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.conversion.office import program
from documents.conversion.sandbox import BWRAP, OFFLINE, UNSHARE, isolation
from documents.fulltext_models import Errand
from documents.models import Preview
from documents.services.scanning import UNANSWERED
from documents.states import State
from erp.dashboard import HealthLine

#: Whoever waits longer than this waits for a worker that is not there.
LATE = timedelta(minutes=10)
WALLS = {
    BWRAP: gettext_lazy("Isolated by bubblewrap"),
    UNSHARE: gettext_lazy("Isolated by unshare"),
    OFFLINE: gettext_lazy("No network; nothing else is isolated"),
}


def walls() -> HealthLine:
    """Whether Office files are opened on this server, and behind which walls."""
    label, level = _("Previews of Office files"), isolation()
    if program() is None:
        return HealthLine(label, _("LibreOffice is missing"), "warn")
    if level.safe:
        return HealthLine(label, WALLS[level], "warn" if level is OFFLINE else "ok")
    if settings.PREVIEW_UNSAFE:
        return HealthLine(label, _("Not isolated, allowed by PREVIEW_UNSAFE"), "bad")
    return HealthLine(label, _("Off: LibreOffice cannot be isolated"), "warn")


def queue() -> HealthLine:
    """How many previews wait, and whether somebody makes them."""
    waiting = Preview.objects.filter(state=State.QUEUED)
    late = waiting.filter(next_at__lt=timezone.now() - LATE).exists()
    return HealthLine(_("Previews waiting"), waiting.count(), "bad" if late else "ok")


def scanner() -> HealthLine:
    """Whether files are looked at for viruses, and how many wait for it."""
    label, waiting = _("Virus scanner"), Errand.objects.filter(kind=Errand.Kind.SCAN)
    if not settings.CLAMD:
        return HealthLine(label, _("Not set up"))
    if waiting.filter(reason=UNANSWERED).exists():
        return HealthLine(label, _("Does not answer"), "bad")
    return HealthLine(label, _("%(n)s files wait") % {"n": waiting.count()})
