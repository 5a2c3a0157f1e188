"""What one hears, by which media, and when: everybody's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from erp import register
from erp.conflict import conflict_page
from erp.htmx import Request, done, page
from erp.workflow import Stale
from notifications import services
from notifications.declared import BY_HAND
from notifications.events import Event
from notifications.forms import RhythmForm
from notifications.models import Preference, Rhythm
from notifications.routing import active_channels, open_media, reaches
from notifications.states import Medium
from orgchart.views.desk import attempt


@dataclass(frozen=True, slots=True)
class Cell:
    name: str
    label: str
    wanted: bool


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: Request) -> HttpResponse:
    """The table event × medium; posting saves the boxes as they stand."""
    if request.method != "POST":
        return _page(request, _form(request))
    media = open_media()
    among = [(event, medium) for event in offered() for medium in media]
    ticked = set(request.POST.getlist("wanted"))
    wanted = [(event, medium) for event, medium in among if f"{event}:{medium}" in ticked]
    changed = services.save_preferences(wanted, actor=request.user, among=among)
    message = _("Your choice is saved and holds from now on.") if changed else _("Nothing was changed.")
    return done(request, reverse("notifications:settings"), message=message)


@require_POST
def rhythm(request: Request) -> HttpResponse:
    """Quiet hours, digest, days, language."""
    form = _form(request, request.POST)
    if form.is_valid():
        fields = dict(form.cleaned_data)
        version = fields.pop("version", None)
        try:
            saved = attempt(form, lambda: services.save_rhythm(actor=request.user, version=version, **fields))
        except Stale as stale:
            return conflict_page(request, form, stale, request.path)
        if saved is not None:
            message = _("Your hours are saved.")
            return done(request, reverse("notifications:settings"), message=message)
    return _page(request, form, status=422)


def offered() -> dict[str, Event]:
    """The events one may choose about: those that somebody or something else causes."""
    events = register.entries("notifications.events").items()
    return {
        name: event for name, event in events if name not in BY_HAND and event.topic and not event.outside
    }


def _form(request: Request, data: Any = None) -> RhythmForm:
    return RhythmForm(data, instance=Rhythm.objects.for_user(request.user).first())


def _page(request: Request, form: RhythmForm, *, status: int = 200) -> HttpResponse:
    media = open_media()
    channels = [channel for channel in active_channels() if not channel.is_robot]
    missing = [
        medium.label
        for medium in media
        if not any(reaches(channel, request.user) for channel in channels if channel.medium == medium)
    ]
    context = {
        "form": form,
        "media": [medium.label for medium in media],
        "groups": _groups(request, media),
        "missing": missing,
        "crumbs": [
            {"label": _("Notifications"), "url": reverse("notifications:inbox")},
            {"label": _("Notification settings")},
        ],
    }
    return page(request, "notifications/settings.html", context, status=status)


def _groups(request: Request, media: list[Medium]) -> list[tuple[str, list[tuple[str, list[Cell]]]]]:
    """Events under their topics, each with one box per medium."""
    own = {
        (row.event, row.medium): row.wanted
        for row in Preference.objects.for_user(request.user).order_by("id")
    }
    groups: dict[str, list[tuple[str, list[Cell]]]] = {}
    for name, event in offered().items():
        usual = event.media_for(request.user.role)
        cells = [
            Cell(f"{name}:{medium}", str(medium.label), own.get((name, medium), medium in usual))
            for medium in media
        ]
        groups.setdefault(str(event.topic), []).append((str(event.title), cells))
    return list(groups.items())
