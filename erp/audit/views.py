"""The operation log: filtered pages and their export."""

from __future__ import annotations

from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from erp.audit.filters import LogFilter
from erp.audit.models import LogEntry
from erp.audit.services import record
from erp.audit.timeline import Line, lines, readable
from erp.htmx import Request, page
from erp.sheets import TYPES, sheet

SIZE = 50
#: Rows of one export; the file says nothing silently: the log names how many were written.
MOST = 10_000


@require_safe
def audit(request: Request) -> HttpResponse:
    """Entries whose values one may read, newest first, in pages after an id."""
    if not readable(request.user):
        raise PermissionDenied
    form = LogFilter(request.GET)
    rows = form.apply(LogEntry.objects.for_user(request.user), request.user).order_by("-pk")
    if request.GET.get("export") in TYPES:
        return _export(request, rows)
    after = _number(request.GET.get("after", ""))
    found = list((rows.filter(pk__lt=after) if after else rows)[: SIZE + 1])
    shown = lines(found[:SIZE], request.user, values=True)
    context = {
        "form": form,
        "deeds": form.options("deed"),
        "kinds": form.options("kind"),
        "lines": shown,
        "next_url": _url(request, after=found[SIZE - 1].pk) if len(found) > SIZE else "",
        "first_url": _url(request) if after else "",
        "export_url": _url(request, export=""),
    }
    return page(request, "erp/audit.html", context, fragment="entries")


def _export(request: Request, rows: QuerySet[LogEntry]) -> HttpResponse:
    """The filtered rows as a file, bounded, and a row in the log that says so."""
    shown = lines(list(islice(rows.iterator(2000), MOST)), request.user, values=True)
    heads = [
        _("Time"),
        _("Person"),
        _("Deed"),
        _("Object type"),
        _("Object"),
        _("Contract"),
        _("Changes"),
        _("Reason"),
        _("Source"),
        _("Address"),
    ]
    record("export", LogEntry, rows=len(shown))
    name = f"audit-{timezone.localdate():%Y%m%d}"
    cells = (_cells(line) for line in shown)
    return sheet(request.GET["export"], name, heads, cells)


def _cells(line: Line) -> list[str]:
    changes = "\n".join(f"{c.label}: {c.before} → {c.after}" for c in line.changes)
    return [
        line.at,
        line.who,
        line.deed,
        line.kind,
        line.object,
        line.place.title if line.place else "",
        changes,
        line.reason,
        line.source,
        line.ip,
    ]


def _number(text: str) -> int:
    """An id to continue after; 0 for none. Longer than any id is no id."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _url(request: Request, **more: Any) -> str:
    query = {k: v for k, v in request.GET.items() if v and k not in ("after", "export")} | more
    return f"{request.path}?{urlencode(query)}" if query else request.path
