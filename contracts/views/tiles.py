"""Tiles of the dashboard that load themselves; each also opens as a page."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from contracts import tiles
from erp.htmx import Request, page


@require_safe
def tile_pipeline(request: Request) -> HttpResponse:
    context = {"bars": tiles.pipeline(request.user)}
    return page(request, "contracts/tile_pipeline.html", context, fragment="tile")


@require_safe
def tile_trend(request: Request) -> HttpResponse:
    months = tiles.trend(request.user)
    context = {"months": months, "option": tiles.chart(months)}
    return page(request, "contracts/tile_trend.html", context, fragment="tile")
