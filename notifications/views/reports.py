"""The morning card, and what one has sent at fixed hours."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from erp import register
from erp.access import fetch
from erp.dates import long_day
from erp.htmx import Request, done, page
from erp.roles import REACH_ALL
from notifications import services
from notifications.cards import card as figures
from notifications.forms import ReportForm
from notifications.models import Channel, Report
from notifications.papers import NoFont, chinese_font
from notifications.routing import active_channels, open_media
from orgchart.views.desk import attempt

REPORTS = "notifications:reports"


@require_safe
def card(request: Request) -> HttpResponse:
    """The card as it would be sent now; every figure leads to the list with as many rows."""
    context = {
        "figures": figures(request.user),
        "day": long_day(timezone.localdate()),
        "crumbs": _crumbs(_("Morning card")),
    }
    return page(request, "notifications/card.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def reports(request: Request) -> HttpResponse:
    media = [(medium.value, medium.label) for medium in open_media()]
    data = request.POST if request.method == "POST" else None
    form = ReportForm(data, media=media, robots=_robots(request))
    if form.is_valid():
        made = attempt(form, lambda: services.add_report(actor=request.user, **form.cleaned_data))
        if made is not None:
            return done(request, reverse(REPORTS), message=_("It comes every day from now on."))
    papers = register.entries("notifications.reports")
    rows = Report.objects.for_user(request.user).select_related("robot")
    context = {
        "form": form,
        "rows": [
            {
                "report": row,
                "label": papers[row.subject].label if row.subject in papers else _("Morning card"),
            }
            for row in rows
        ],
        "media": media,
        "no_font": _no_font(),
        "crumbs": _crumbs(_("Scheduled reports")),
    }
    return page(request, "notifications/reports.html", context, status=422 if form.errors else 200)


def _robots(request: Request) -> list[Channel]:
    """Those one may send the card to: a group would read what one person sees."""
    if request.user.role not in REACH_ALL:
        return []
    return [channel for channel in active_channels() if channel.is_robot]


def _crumbs(label: str) -> list[dict[str, str]]:
    return [{"label": _("Notifications"), "url": reverse("notifications:inbox")}, {"label": label}]


def _no_font() -> str:
    try:
        chinese_font()
    except NoFont as why:
        return str(why)
    return ""


@require_POST
def report_send(request: Request, pk: int) -> HttpResponse:
    """Once now, besides its hour."""
    services.send_now(fetch(Report.objects.all(), request.user, pk=pk))
    return done(request, reverse(REPORTS), message=_("It is on its way."))


@require_POST
def report_remove(request: Request, pk: int) -> HttpResponse:
    services.remove_report(fetch(Report.objects.all(), request.user, pk=pk), actor=request.user)
    return done(request, reverse(REPORTS), message=_("It does not come any more."))
