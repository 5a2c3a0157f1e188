"""What boss and administrator keep of messages: reminder rules, own words, and the dry run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from erp.access import fetch
from erp.conflict import conflict_page
from erp.dates import moment
from erp.htmx import Request, done, page
from erp.roles import REACH_ALL
from erp.workflow import Stale
from notifications import services, wordings
from notifications.dryrun import Verdict, dry_run, robots_for
from notifications.events import Event, Words, known
from notifications.forms import RulesForm, WordingForm
from notifications.models import Rules, Template
from notifications.subjects import subject
from orgchart.views.desk import attempt

TABS = (
    ("rules", gettext_lazy("Reminder rules")),
    ("wordings", gettext_lazy("Message templates")),
    ("dry_run", gettext_lazy("Dry run")),
)


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: Request) -> HttpResponse:
    _demand_top(request)
    form = RulesForm(request.POST if request.method == "POST" else None, instance=Rules.objects.first())
    if form.is_valid():
        fields = dict(form.cleaned_data)
        version = fields.pop("version", None)
        try:
            saved = attempt(form, lambda: services.save_rules(actor=request.user, version=version, **fields))
        except Stale as stale:
            return conflict_page(request, form, stale, request.path)
        if saved is not None:
            return done(request, request.path, message=_("The reminder rules are saved."))
    return _tab(request, "rules", {"form": form}, status=422 if form.errors else 200)


@require_safe
def wording_list(request: Request) -> HttpResponse:
    """Every event with the words people get, and whether they are our own."""
    _demand_top(request)
    own = {(row.event, row.language): row for row in Template.objects.for_user(request.user)}
    rows = []
    for name, event in wordings.wordable().items():
        words = []
        for code, label in settings.LANGUAGES:
            row = own.get((name, code))
            with translation.override(code):
                title, text = (row.title, row.text) if row and row.active else wordings.product_words(name)
            url = reverse("notifications:wording", args=[name, code])
            words.append(
                {"label": label, "title": title, "text": text, "own": bool(row and row.active), "url": url}
            )
        rows.append({"title": str(event.title), "topic": str(event.topic), "words": words})
    return _tab(
        request, "wordings", {"rows": rows, "languages": [label for _code, label in settings.LANGUAGES]}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def wording(request: Request, event: str, language: str) -> HttpResponse:
    """Own words of one event in one language; `preview` shows them with example values, saving nothing."""
    _demand_top(request)
    if event not in wordings.wordable() or language not in dict(settings.LANGUAGES):
        raise Http404
    row = Template.objects.for_user(request.user).filter(event=event, language=language).first()
    with translation.override(language):
        title, text = wordings.product_words(event)
    data = request.POST if request.method == "POST" else None
    form = WordingForm(data, instance=row, initial=None if row else {"title": title, "text": text})
    if form.is_valid() and "preview" in request.POST:
        _check(form, event)
    elif form.is_valid():
        try:
            if attempt(form, lambda: _save_wording(request, form, event, language)) is not None:
                return done(request, reverse("notifications:wordings"), message=_("The words are saved."))
        except Stale as stale:
            return conflict_page(request, form, stale, request.path)
    return _wording_page(request, form, event, language, Words(title, text))


def _save_wording(request: Request, form: WordingForm, event: str, language: str) -> Template:
    fields = dict(form.cleaned_data)
    version = fields.pop("version", None)
    return services.save_wording(event, language, actor=request.user, version=version, **fields)


def _wording_page(
    request: Request, form: WordingForm, event: str, language: str, usual: Words
) -> HttpResponse:
    context = {
        "form": form,
        "event": str(known(event).title),
        "language": dict(settings.LANGUAGES)[language],
        "names": wordings.placeholders(event),
        "usual": usual,
        "sample": _sample(form, event, usual),
        "back": reverse("notifications:wordings"),
    }
    return _tab(request, "wording", context, status=422 if form.errors else 200)


def _check(form: WordingForm, event: str) -> None:
    for name in ("title", "text"):
        try:
            wordings.check(event, form.cleaned_data[name])
        except ValidationError as wrong:
            form.add_error(name, wrong)


def _sample(form: WordingForm, event: str, usual: Words) -> Any:
    """The words as typed or stored, filled with example values; None while they are wrong."""
    if form.errors:
        return None
    source = form.cleaned_data if form.is_bound else form.initial
    return wordings.sample(event, source.get("title", usual.title), source.get("text", usual.text))


@require_safe
def dry_run_page(request: Request) -> HttpResponse:
    """`?event=` and a target: `?q=` finds some, `?target=<id>` is one."""
    _demand_top(request)
    events = {name: event for name, event in wordings.wordable().items() if event.about}
    name, query = request.GET.get("event", ""), request.GET.get("q", "").replace("\0", "").strip()[:100]
    context: dict[str, Any] = {
        "events": [(slug, event.title, event.topic) for slug, event in events.items()],
        "chosen": name if name in events else "",
        "q": query,
        "found": [],
        "target": None,
    }
    if name in events:
        context |= _target(request, name, events[name], query)
    return _tab(request, "dry_run", context)


def _target(request: Request, name: str, event: Event, query: str) -> dict[str, Any]:
    """What was found, or what would be told about the one that was chosen."""
    entry = subject(event.about)
    key = request.GET.get("target", "")
    if not (key.isascii() and key.isdecimal() and len(key) < 19):
        found = entry.find(request.user, query) if query else []
        return {"found": [(obj.pk, entry.name(obj)) for obj in found]}
    target = fetch(entry.rows(), request.user, pk=int(key))
    return {
        "target": entry.name(target),
        "rows": [_verdict(verdict) for verdict in dry_run(name, target)],
        "robots": [str(robot) for robot in robots_for(name, target)],
        "open_audience": event.audience is None,
        "title": event.title,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    soon = timezone.now() + timedelta(minutes=1)
    ways = [
        {"name": str(way.channel), "at": moment(way.at) if way.at > soon else "", "bundle": way.bundle}
        for way in verdict.ways
    ]
    return {"person": verdict.person, "told": verdict.told, "why": verdict.why, "ways": ways}


def _tab(request: Request, slug: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    shown = "wordings" if slug == "wording" else slug
    tabs = [
        {"label": label, "url": reverse(f"notifications:{name}"), "active": name == shown}
        for name, label in TABS
    ]
    crumbs: list[dict[str, Any]] = [{"label": _("Message settings"), "url": reverse("notifications:rules")}]
    crumbs.append({"label": next(label for name, label in TABS if name == shown)})
    whole = {"tabs": tabs, "crumbs": crumbs, **context}
    return page(request, f"notifications/office_{slug}.html", whole, status=status)


def _demand_top(request: Request) -> None:
    if request.user.role not in REACH_ALL:
        raise PermissionDenied
