"""Feedback as lists: across contracts, as a board, of one contract, of a task; and the dashboard's tile."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contracts.frame import frame
from contracts.models import Contract
from erp.access import fetch, held
from erp.audit.services import record
from erp.htmx import Request, page
from erp.roles import REACH_ALL
from erp.sheets import TYPES, sheet
from feedback import board as boards
from feedback import exports, tiles
from feedback.filters import AGES, STATUS_CHOICES, FeedbackFilter
from feedback.models import Feedback, FeedbackQuerySet, FeedbackRework
from feedback.queries import newest_first
from feedback.services import may_report
from feedback.states import OPEN, SEVERITY_WORDS, Coverage, Kind
from feedback.tables import JOINED, feedback_rows, turn_pages
from feedback.views.answers import CONTRACTS
from orgchart.models import Person
from production.models import Task

#: Lines of a panel; the rest is one click away.
SHORT = 6


@require_safe
def feedback_list(request: Request) -> HttpResponse:
    """Everything one sees; `?export=xlsx|csv` takes the same rows away."""
    chosen, seen = FeedbackFilter.read(request.GET), Feedback.objects.for_user(request.user)
    rows = newest_first(chosen.narrow(seen, request.user))
    if (kind := request.GET.get("export", "")) in TYPES:
        return _export(request, kind, rows, chosen)
    context = {**_table(request, rows), **_controls(seen, chosen, handlers=True), "here": request.path}
    context["may_set"] = request.user.role in REACH_ALL
    return page(request, "feedback/list.html", context, fragment="table")


@require_safe
def feedback_board(request: Request) -> HttpResponse:
    """The same as cards, in columns by state."""
    chosen, seen = FeedbackFilter.read(request.GET), Feedback.objects.for_user(request.user)
    context = {
        "board": boards.board(chosen.narrow(seen, request.user), request.user),
        "steps": boards.steps(),
        "closed_days": boards.CLOSED_DAYS,
        "most_closed": boards.MOST_CLOSED,
        "list_url": reverse("feedback:list") + chosen.link(),
        "closed_url": reverse("feedback:list") + chosen.link(status="closed"),
        **_controls(seen, chosen, handlers=True),
    }
    return page(request, "feedback/board.html", context, fragment="board")


@require_safe
def contract_feedback(request: Request, pk: int) -> HttpResponse:
    """The feedback tab of a contract."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    chosen = FeedbackFilter.read(request.GET)
    seen = Feedback.objects.for_user(request.user).filter(contract=contract)
    rows = newest_first(chosen.narrow(seen, request.user))
    if (kind := request.GET.get("export", "")) in TYPES:
        return _export(request, kind, rows, chosen, contract)
    enters = not contract.frozen() and may_report(request.user, contract)
    context = {
        **_table(request, rows),
        **_controls(seen, chosen),
        "here": request.path,
        "new_url": reverse("feedback:new", args=[pk]) if enters else "",
        "origins": _origins(request, contract),
    }
    return frame(request, contract, "feedback", "feedback/contract_feedback.html", context, fragment="table")


@require_safe
def panel(request: Request, pk: int) -> HttpResponse:
    """On the overview: what is not resolved, also of an archived contract, and the feedback it follows."""
    contract = fetch(CONTRACTS, request.user, pk=pk)
    rows = Feedback.objects.for_user(request.user).filter(contract=contract, status__in=OPEN)
    shown = newest_first(rows.select_related(*JOINED))[:SHORT]
    context = {
        "contract": contract,
        "rows": feedback_rows(list(shown), request.user),
        "all_url": reverse("feedback:contract_feedback", args=[pk]),
        "origins": _origins(request, contract),
        "follow_ups": _follow_ups(request, contract),
        "reads": bool(held(request.user, {"view_feedback", "manage_feedback"}, contract)),
    }
    return page(request, "feedback/panel.html", context, fragment="panel")


@require_safe
def of_task(request: Request, pk: int) -> HttpResponse:
    """On the page of a task: the feedback it mends, and feedback about it."""
    task = fetch(Task.objects.select_related("contract"), request.user, pk=pk)
    mends = FeedbackRework.objects.for_user(request.user).filter(task=task).select_related("feedback")
    about = Feedback.objects.for_user(request.user).filter(task=task).order_by("-id")[:SHORT]
    context = {"task": task, "mends": [row.feedback for row in mends], "about": about}
    return page(request, "feedback/of_task.html", context, fragment="panel")


@require_safe
def tile(request: Request) -> HttpResponse:
    return page(request, "feedback/tile.html", tiles.by_age(request.user), fragment="tile")


def _origins(request: Request, contract: Contract) -> list[Feedback]:
    """The feedback that a contract was opened for, as far as one sees it."""
    rows = Feedback.objects.for_user(request.user).filter(follow_up=contract)
    return list(rows.select_related("contract"))


def _follow_ups(request: Request, contract: Contract) -> list[Contract]:
    """The contracts that came of feedback of this one, as far as one sees both."""
    rows = Feedback.objects.for_user(request.user).filter(contract=contract, follow_up__isnull=False)
    wanted = rows.order_by().values("follow_up")
    return list(Contract.objects.for_user(request.user).filter(pk__in=wanted).order_by("id"))


def _table(request: Request, rows: FeedbackQuerySet) -> dict[str, Any]:
    turned = turn_pages(rows.select_related(*JOINED), request.GET)
    return {"rows": feedback_rows(list(turned), request.user), "page": turned}


def _controls(seen: FeedbackQuerySet, chosen: FeedbackFilter, *, handlers: bool = False) -> dict[str, Any]:
    """The selects of the query row."""
    controls: dict[str, Any] = {
        "chosen": chosen,
        "statuses": STATUS_CHOICES,
        "kinds": Kind.choices,
        "severities": SEVERITY_WORDS.items(),
        "coverages": Coverage.choices,
        "ages": [(age, label) for age, (_first, _until, label) in AGES.items()],
        "xlsx_url": chosen.link(export="xlsx"),
        "csv_url": chosen.link(export="csv"),
        "board_url": reverse("feedback:board") + chosen.link(),
    }
    if handlers:
        people = Person.objects.filter(pk__in=seen.filter(handler__isnull=False).order_by().values("handler"))
        controls["handlers"] = people.values_list("pk", "name")
    return controls


def _export(
    request: Request, kind: str, rows: FeedbackQuerySet, chosen: FeedbackFilter, place: Any = None
) -> HttpResponse:
    """Every row of the filtered view as a file; who took what is logged."""
    found = list(rows.select_related(*exports.JOINED))
    follow_ups = {row.follow_up_id for row in found if row.follow_up_id}
    seen = set(Contract.objects.for_user(request.user).filter(pk__in=follow_ups).values_list("pk", flat=True))
    lines = exports.lines(found, follow_ups=seen)
    record("export", place or Feedback, rows=len(found), format=kind, filters=chosen.values())
    name = f"{_('feedback')}-{timezone.localdate():%Y-%m-%d}"
    return sheet(kind, name, exports.heads(), lines)
