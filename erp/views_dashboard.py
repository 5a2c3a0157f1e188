"""The first page and the kernel's own tiles."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from erp import register
from erp.audit.models import LogEntry
from erp.audit.services import log_health
from erp.audit.timeline import lines, readable, recent
from erp.dashboard import Kpi, Tile, shape, tiles_of
from erp.dates import long_day
from erp.htmx import Request, page
from erp.roles import Role

ROWS = 8
SECURITY_VERBS = ("sign_in_failed", "locked_out")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Placed:
    """A tile as the template draws it: a figure, a lazy frame, or the note that it failed."""

    tile: Tile
    url: str
    kpi: Kpi | None = None

    @property
    def size(self) -> str:
        return f"tile-{self.tile.size}"

    @property
    def bad(self) -> bool:
        return self.kpi is not None and self.kpi.tone == "risk" and self.kpi.count > 0


@require_safe
def dashboard(request: Request) -> HttpResponse:
    """Figures at once, everything else when it comes into view; `?tile=` one figure again."""
    tiles = tiles_of(request.user)
    slug = request.GET.get("tile", "")
    shown = {slug: tiles[slug]} if slug in tiles else tiles
    placed = [_place(slug, tile, request) for slug, tile in shown.items()]
    now = timezone.localtime()
    context = {
        "tiles": placed,
        "shape": shape({p.tile.area for p in placed}),
        "greeting": _greeting(now.hour) % {"name": request.user},
        "today": long_day(now.date()),
    }
    return page(request, "erp/dashboard.html", context, fragment="tiles")


@require_safe
def quick(request: Request) -> HttpResponse:
    """Up to six ways on: what apps offer as shortcuts, then the menu."""
    wanted = {**register.entries("erp.quick"), **register.entries("erp.nav")}
    links = {
        reverse(item.url_name): item
        for item in sorted(wanted.values(), key=lambda item: item.order)
        if item.visible(request.user) and item.url_name != "dashboard"
    }
    context = {"links": list(links.items())[:6]}
    return page(request, "erp/quick.html", context, fragment="tile")


@require_safe
def activity(request: Request) -> HttpResponse:
    """Named deeds on what one may see, without values."""
    context = {"lines": recent(request.user, ROWS), "more": readable(request.user)}
    return page(request, "erp/activity.html", context, fragment="tile")


@require_safe
def security(request: Request) -> HttpResponse:
    """Sign-ins that failed and accounts that were locked, for administrators."""
    if request.user.role != Role.ADMIN:
        raise PermissionDenied
    rows = LogEntry.objects.filter(verb__in=SECURITY_VERBS).order_by("-pk")[:ROWS]
    context = {"lines": lines(rows, request.user, values=True)}
    return page(request, "erp/security.html", context, fragment="tile")


@require_safe
def health(request: Request) -> HttpResponse:
    """How the operation log and the background work stand, for administrators."""
    if request.user.role != Role.ADMIN:
        raise PermissionDenied
    parts = [part() for part in register.entries("erp.health").values()]
    return page(request, "erp/health.html", {"health": log_health(), "parts": parts}, fragment="tile")


def _place(slug: str, tile: Tile, request: Request) -> Placed:
    if tile.kpi is None:
        return Placed(tile, reverse(tile.url_name))
    url = f"{reverse('dashboard')}?{urlencode({'tile': slug})}"
    try:
        return Placed(tile, url, tile.kpi(request.user))
    except Exception:  # a tile fails alone
        log.exception("tile %s", slug)
        return Placed(tile, url)


def _greeting(hour: int) -> Any:
    if hour < 12:
        return _("Good morning, %(name)s")
    return _("Good afternoon, %(name)s") if hour < 18 else _("Good evening, %(name)s")
