"""One's own tasks as a calendar subscription: its address, a new one, none; and the feed itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from erp.htmx import Request, done, page
from production.interchange.feed import calendar_of, feed_of, renew_feed, revoke_feed, token_of
from production.interchange.models import CalendarFeed


def _own(request: Request) -> CalendarFeed | None:
    found: CalendarFeed | None = CalendarFeed.objects.filter(user=request.user).first()
    return found


@require_safe
def feed(request: Request) -> HttpResponse:
    """The address to subscribe to, if there is one."""
    own = _own(request)
    context: dict[str, Any] = {"feed": own, "address": ""}
    if own and own.revoked_at is None:
        path = reverse("production:feed_ics", args=[token_of(own)])
        context["address"] = settings.APP_BASE_URL + path
    answer = page(request, "production/feed.html", context)
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
def feed_renew(request: Request) -> HttpResponse:
    """Make an address, or another one: the old address closes."""
    had = _own(request) is not None
    renew_feed(actor=request.user)
    told = _("The old address is closed; subscribe to the new one.") if had else _("Your address is ready.")
    return done(request, reverse("production:feed"), message=told)


@require_POST
def feed_revoke(request: Request) -> HttpResponse:
    """Close the address at once."""
    own = _own(request)
    if own is not None and own.revoked_at is None:
        revoke_feed(own, actor=request.user)
    return done(request, reverse("production:feed"), message=_("The address is closed."))


@login_not_required
@require_safe
def feed_ics(request: HttpRequest, token: str) -> HttpResponse:
    """What calendar programmes fetch, without sign-in: two queries, or 404."""
    found = feed_of(token)
    if found is None:
        raise Http404
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": 'inline; filename="tasks.ics"',
        "X-Robots-Tag": "noindex",
    }
    return HttpResponse(calendar_of(found.user), content_type="text/calendar; charset=utf-8", headers=headers)
