"""The global search and the help page."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from erp import search as frame
from erp.htmx import Request, page


@require_safe
def search(request: Request) -> HttpResponse:
    """Hits of every source that the reader may see, grouped."""
    text = frame.clean(request.GET.get("q", ""))
    asked = frame.long_enough(text)
    groups = frame.find(request.user, text) if asked else []
    context = {
        "q": text,
        "groups": groups,
        "asked": asked,
        "total": sum(len(group.hits) for group in groups),
    }
    return page(request, "erp/search.html", context, fragment="results")


@require_safe
def help_page(request: Request) -> HttpResponse:
    """How the work flows and what the keys do."""
    return page(request, "erp/help.html", {})
