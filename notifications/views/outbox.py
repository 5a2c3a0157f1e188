"""What left the house, what waits, and what failed for good: for those who look after the site."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from erp.htmx import Request, done, page
from erp.paging import older
from erp.roles import REACH_ALL
from erp.workflow import Blocked
from notifications import services
from notifications.models import Channel, Dispatch
from notifications.queries import OUTBOX_VIEWS, dispatch_lines, dispatches

OUTBOX = "/notifications/outbox/"


@require_safe
def outbox(request: Request) -> HttpResponse:
    """`?show=` dead (usual), waiting or all; `?channel=<id>`; `?after=<id>` goes on below that row."""
    _demand_keeper(request)
    show = request.GET.get("show", "")
    show = show if show in OUTBOX_VIEWS else "dead"
    channels = list(Channel.objects.for_user(request.user))
    channel = next((c for c in channels if str(c.pk) == request.GET.get("channel")), None)
    chosen = f"show={show}&" + (f"channel={channel.pk}&" if channel else "")
    found, pager = older(request, dispatches(show, channel), chosen)
    context = {
        "lines": dispatch_lines(found),
        "show": show,
        "views": OUTBOX_VIEWS.items(),
        "channels": channels,
        "channel": channel,
        "crumbs": [{"label": _("Outbox")}],
        **pager,
    }
    return page(request, "notifications/outbox.html", context, fragment="list")


@require_POST
def outbox_resend(request: Request) -> HttpResponse:
    """Try the chosen failed ones again."""
    count = _each(request, services.resend)
    text = ngettext("%(n)s message is sent again.", "%(n)s messages are sent again.", count)
    return done(request, OUTBOX, message=text % {"n": count})


@require_POST
def outbox_put_aside(request: Request) -> HttpResponse:
    """The chosen failed ones need not arrive any more."""
    count = _each(request, services.put_aside)
    text = ngettext("%(n)s message is put aside.", "%(n)s messages are put aside.", count)
    return done(request, OUTBOX, message=text % {"n": count})


def _each(request: Request, deed: Any) -> int:
    """Do `deed` to the rows ticked; what somebody else settled meanwhile is passed over."""
    _demand_keeper(request)
    keys = [int(key) for key in request.POST.getlist("row")[:200] if key.isascii() and key.isdecimal()]
    count = 0
    for row in Dispatch.objects.for_user(request.user).filter(pk__in=keys):
        try:
            deed(row, actor=request.user)
            count += 1
        except Blocked:
            continue
    return count


def _demand_keeper(request: Request) -> None:
    if request.user.role not in REACH_ALL:
        raise PermissionDenied
