"""Tiles of the first page that load when they come into view."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from erp.htmx import Request, page
from procurement import tiles


@require_safe
def tile_trend(request: Request) -> HttpResponse:
    """How much of what was promised came in time, month by month."""
    months = tiles.trend(request.user)
    context = {"months": months, "option": tiles.chart(months)}
    return page(request, "procurement/tile_trend.html", context, fragment="tile")
