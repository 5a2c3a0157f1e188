"""Nudges: sent from a thing, read in the ledger, answered with or without signing in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from erp.access import fetch
from erp.audit import acting_as
from erp.dates import moment
from erp.htmx import Request, done, page
from erp.paging import older
from erp.roles import REACH_ALL
from erp.workflow import Blocked
from notifications import answers, ledger, services
from notifications.forms import AnswerForm, NudgeForm
from notifications.models import Nudge, NudgeReceiver
from notifications.routing import open_media
from notifications.services.ladders import FIRST, LEADER
from notifications.states import Medium
from notifications.subjects import name_of, subject
from orgchart.views.desk import attempt

form_methods = require_http_methods(["GET", "HEAD", "POST"])
#: What is ticked until one says otherwise.
USUAL = (Medium.WECOM.value,)
VIEWS = ("all", "mine", "sent", "open")
#: A panel shows so many lines; the ledger has them all.
SHOWN = 8


@require_safe
def nudges(request: Request) -> HttpResponse:
    """`?show=` all, mine (to me), sent (by me) or open; `?contract=<id>`, `?person=<id>`; `?after=`."""
    show = request.GET.get("show", "")
    show = show if show in VIEWS else "all"
    rows, kept = _narrowed(request, _shown(request, show))
    found, pager = older(request, rows, f"show={show}&{kept}")
    context = {
        "lines": ledger.lines(found),
        "show": show,
        "views": [("all", _("All")), ("open", _("Unanswered")), ("mine", _("To me")), ("sent", _("By me"))],
        "kept": kept,
        "crumbs": [
            {"label": _("Notifications"), "url": reverse("notifications:inbox")},
            {"label": _("Nudges")},
        ],
        **pager,
    }
    return page(request, "notifications/nudges.html", context, fragment="list")


def _shown(request: Request, show: str) -> Any:
    rows = ledger.receivers().for_user(request.user)
    if show == "mine":
        return rows.filter(person__user=request.user)
    if show == "sent":
        return rows.filter(nudge__author=request.user)
    return rows.open() if show == "open" else rows


def _narrowed(request: Request, rows: Any) -> tuple[Any, str]:
    """`rows` of the contract and person that the address names, and that part of the address."""
    kept = ""
    for name, field in (("contract", "nudge__contract_id"), ("person", "person_id")):
        value = request.GET.get(name, "")
        if value.isascii() and value.isdecimal() and len(value) < 19:
            rows, kept = rows.filter(**{field: int(value)}), f"{kept}{name}={value}&"
    return rows, kept


@form_methods
def nudge(request: Request, kind: str, pk: int) -> HttpResponse:
    """Nudge people about a thing. 403 for those who may nudge nobody about it."""
    entry = subject(kind)
    target = fetch(entry.rows(), request.user, pk=pk)
    people = entry.people(request.user, target)
    if not people and request.user.role not in REACH_ALL:
        raise PermissionDenied
    media = [(medium.value, medium.label) for medium in open_media()]
    first = {"people": entry.first(target), "ways": USUAL}
    data = request.POST if request.method == "POST" else None
    form = NudgeForm(data, people=people, media=media, initial=first)
    if form.is_valid():
        sent = attempt(form, lambda: _send(request, target, form))
        if sent is not None:
            return done(request, sent.get_absolute_url(), message=_("The nudge is on its way."))
    return _ask(request, target, entry.name(target), form)


def _ask(request: Request, target: Any, name: str, form: NudgeForm) -> HttpResponse:
    back = target.get_absolute_url()
    context = {
        "form": form,
        "about": name,
        "url": request.get_full_path(),
        "back": back,
        "frozen": target.frozen(),
        "crumbs": [{"label": name, "url": back}, {"label": _("Nudge")}],
    }
    status = 422 if form.errors else 200
    return page(request, "notifications/nudge_form.html", context, fragment="form", status=status)


def _send(request: Request, target: Any, form: NudgeForm) -> Nudge:
    return services.send_nudge(
        target,
        actor=request.user,
        people=list(form.cleaned_data["people"]),
        media=form.cleaned_data.get("ways", []),
        text=form.cleaned_data["text"],
    )


@require_safe
def nudge_detail(request: Request, pk: int) -> HttpResponse:
    sent = fetch(Nudge.objects.select_related("author"), request.user, pk=pk)
    rows = list(ledger.receivers().for_user(request.user).filter(nudge=sent))
    return _detail(request, sent, rows, None)


@require_POST
def answer(request: Request, pk: int) -> HttpResponse:
    """Acknowledge a nudge to oneself, signed in."""
    sent = fetch(Nudge.objects.select_related("author"), request.user, pk=pk)
    rows = list(ledger.receivers().for_user(request.user).filter(nudge=sent))
    mine = next((row for row in rows if row.person.user_id == request.user.pk), None)
    if mine is None:
        raise PermissionDenied
    form = AnswerForm(request.POST)
    if form.is_valid():
        kept = attempt(form, lambda: services.answer_nudge(mine, actor=request.user, **form.cleaned_data))
        if kept is not None:
            return done(request, sent.get_absolute_url(), message=_("Your answer is sent."))
    return _detail(request, sent, rows, form, status=422)


def _detail(
    request: Request, sent: Nudge, rows: list[NudgeReceiver], form: AnswerForm | None, *, status: int = 200
) -> HttpResponse:
    mine = next((row for row in rows if row.person.user_id == request.user.pk), None)
    if mine is not None and form is None:
        form = AnswerForm(initial={"promised_on": mine.promised_on, "reply": mine.reply})
    found = ledger.lines(rows)
    context = {
        "nudge": sent,
        "lines": found,
        "about": found[0].about if found else "",
        "about_url": found[0].about_url if found else "",
        "form": form if mine is not None else None,
        "answered": mine is not None and mine.acknowledged_at is not None,
        "at": moment(sent.created),
        "crumbs": [{"label": _("Nudges"), "url": reverse("notifications:nudges")}, {"label": sent}],
    }
    return page(request, "notifications/nudge.html", context, status=status)


@require_safe
def nudges_about(request: Request, kind: str, pk: int) -> HttpResponse:
    """The panel of a thing: its nudges, its reminders, and what one may do about it."""
    entry = subject(kind)
    target = fetch(entry.rows(), request.user, pk=pk)
    rows = ledger.receivers().for_user(request.user).filter(_of(kind, target))
    rungs = services.ladder_of(target)
    context = {
        "kind": kind,
        "pk": pk,
        "lines": ledger.lines(rows[:SHOWN]),
        "ledger": f"{reverse('notifications:nudges')}?contract={pk}" if kind == "contract" else "",
        "may_nudge": not target.frozen() and bool(entry.people(request.user, target)),
        "may_settle": not target.frozen() and bool(services.told_of(request.user, target)),
        "rungs": [_rung(rung) for rung in rungs if rung.told_at],
    }
    return page(request, "notifications/nudges_about.html", context, fragment="panel")


def _of(kind: str, target: Any) -> Q:
    if kind == "contract":
        return Q(nudge__contract_id=target.pk)
    return Q(nudge__target_type=ContentType.objects.get_for_model(target), nudge__target_id=target.pk)


def _rung(rung: Any) -> dict[str, Any]:
    labels = {FIRST: _("First reminder"), LEADER: _("Department leader")}
    settled = ""
    if rung.settled_at:
        who = str(rung.settled_by or "")
        settled = _("Answered by %(name)s") % {"name": who} if who else _("Settled")
    return {"label": labels.get(rung.step, _("Boss")), "at": moment(rung.told_at), "settled": settled}


@require_POST
def settle(request: Request, kind: str, pk: int) -> HttpResponse:
    """Say that one looks after it: the reminder climbs no further."""
    target = fetch(subject(kind).rows(), request.user, pk=pk)
    services.settle(target, actor=request.user)
    return done(request, target.get_absolute_url(), message=_("Noted: the reminder climbs no further."))


@never_cache
@login_not_required
@form_methods
def acknowledge(request: Request, token: str) -> HttpResponse:
    """A signed link: GET shows, POST acknowledges. Whatever is wrong with a link, the answer is the same."""
    found = answers.read(token)
    if found is None:
        return page(request, "notifications/acknowledge_gone.html", {}, status=404)
    row, user = found
    is_nudge = isinstance(row, NudgeReceiver)
    target: Any = row.nudge.target if isinstance(row, NudgeReceiver) else row.target
    closed = bool(row.acknowledged_at if isinstance(row, NudgeReceiver) else row.settled_at)
    form = AnswerForm(request.POST if request.method == "POST" else None) if is_nudge else None
    context = {
        "form": form,
        "closed": closed,
        "nudge": row.nudge if isinstance(row, NudgeReceiver) else None,
        "about": name_of(target),
        "who": str(user),
        "why": "",
    }
    if request.method == "POST" and not closed and (form is None or form.is_valid()):
        context["why"] = _acknowledge(row, user, target, form)
        context["closed"] = not context["why"] and not (form and form.errors)
    status = 422 if request.method == "POST" and not context["closed"] else 200
    return page(request, "notifications/acknowledge.html", context, status=status)


def _acknowledge(row: Any, user: Any, target: Any, form: AnswerForm | None) -> str:
    """Do it in the receiver's name; a sentence when it cannot be done."""
    try:
        with acting_as(user, reason=_("by signed link")):
            if form is None:
                services.settle(target, actor=user, key=row.key)
            else:
                services.answer_nudge(row, actor=user, once=True, **form.cleaned_data)
    except Blocked as why:
        return str(why)
    return ""
