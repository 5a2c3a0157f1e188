"""The inbox: what one was told, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from erp.access import fetch
from erp.htmx import Request, done, open_to_customers, page
from erp.paging import older
from erp.roles import Role
from notifications.events import wording
from notifications.models import Message
from notifications.services import read_all, read_message

TILE = 6
INBOX = "/notifications/"


@dataclass(frozen=True, slots=True)
class Line:
    url: str
    title: str
    text: str
    unread: bool
    at: str
    iso: str


@require_safe
def inbox(request: Request) -> HttpResponse:
    """`?unread=1` keeps the unread ones, `?after=<id>` goes on below that message."""
    only_unread = request.GET.get("unread") == "1"
    mine = Message.objects.for_user(request.user)
    rows = mine.unread() if only_unread else mine
    found, pager = older(request, rows, "unread=1&" if only_unread else "")
    context = {
        "lines": [_line(message) for message in found],
        "only_unread": only_unread,
        "crumbs": [{"label": _("Notifications")}],
        **pager,
    }
    return page(request, "notifications/inbox.html", context, fragment="list")


@require_safe
def tile_inbox(request: Request) -> HttpResponse:
    """The newest unread messages, for the dashboard."""
    found = list(Message.objects.unread().for_user(request.user)[: TILE + 1])
    context = {"lines": [_line(message) for message in found[:TILE]], "more": len(found) > TILE}
    return page(request, "notifications/tile_inbox.html", context, fragment="tile")


@open_to_customers
@require_GET
def open(request: Request, pk: int) -> HttpResponse:
    """Read a message by going where it points. Reading changes nothing for anybody else, so a
    plain link may do it; what has no page of its own leads back to the inbox."""
    message = read_message(fetch(Message.objects.all(), request.user, pk=pk))
    outside = request.user.role == Role.CUSTOMER
    goal = getattr(message.target, "get_portal_url" if outside else "get_absolute_url", None)
    return redirect(goal() if goal else "/portal/" if outside else INBOX)


@require_POST
def read(request: Request) -> HttpResponse:
    count = read_all(request.user)
    text = ngettext("%(n)s message is marked read.", "%(n)s messages are marked read.", count) % {"n": count}
    return done(request, INBOX, message=text)


def _line(message: Message) -> Line:
    words = wording(message.event, message.params)
    title, text = words.title, words.text
    said = " · ".join(part for part in (text if text != title else "", message.actor_name) if part)
    local = timezone.localtime(message.created)
    at = date_format(local, "SHORT_DATETIME_FORMAT")
    return Line(f"{INBOX}{message.pk}/open/", title, said, message.read_at is None, at, local.isoformat())
