"""Health, preferences and errors. The dashboard and search frames have files of their own."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from erp.shell import DENSITIES, THEMES

YEAR = 365 * 24 * 3600


def is_migrated() -> bool:
    """The database answers, and its tables are those of this program."""
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"ok": True})


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers and is migrated; 503 otherwise."""
    ready = is_migrated()
    return JsonResponse({"ok": ready}, status=200 if ready else 503)


@login_not_required
@require_POST
def preference(request: HttpRequest, name: str) -> HttpResponse:
    """Keep one display choice in a cookie and go back to the page it was made on."""
    choices = {"theme": THEMES, "density": DENSITIES}.get(name, ())
    back = request.POST.get("next", "")
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(back, {request.get_host()})
    response = HttpResponseRedirect(back if safe else "/")
    value = request.POST.get("value", "")
    if value in choices:
        response.set_cookie(name, value, YEAR, secure=settings.SECURE, samesite="Lax")
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403.html", {"csrf": True}, status=403)
