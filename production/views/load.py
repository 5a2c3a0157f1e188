"""The load of people and departments as a table of percentages, and the tasks behind a cell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from erp import sheets
from erp.audit.services import record
from erp.dates import WEEKDAYS, short_day, tick
from erp.htmx import Request, page
from production.filters import number
from production.load import Line, Window, behind, day_in, load
from production.models import Task

#: From this percentage on a cell counts as full.
FULL = 85


@dataclass(frozen=True, slots=True)
class Cell:
    """What is printed: `level` is the look, `fill` how high the cell is filled (0 to 100)."""

    text: str
    level: str
    fill: int
    title: str
    url: str


@require_safe
def load_map(request: Request) -> HttpResponse:
    """Departments with their people by weeks or days."""
    window, department = Window.read(request.GET), number(request.GET.get("department", ""))
    over = request.GET.get("over") == "1"
    lines = load(request.user, window, department)
    if request.GET.get("export") == "xlsx":
        return _export(window, department, lines)
    shown = [_row(window, line, over) for line in lines if not over or _overfull(line)]
    context = {
        "window": window,
        "heads": [_head(window, day) for day in window.starts],
        "rows": shown,
        "over": over,
        "department": department,
        "departments": [(line.pk, line.name) for line in lines] if not department else [],
        "overfull": sum(person.over for line in lines for person in line.people),
        "spans": [("weeks", _("12 weeks")), ("days", _("28 days"))],
        "before": window.shifted(-1),
        "after": window.shifted(1),
        "columns": window.columns + 1,
    }
    return page(request, "production/load.html", context, fragment="table")


def _overfull(line: Line) -> bool:
    return (line.whole and line.over) or any(person.over for person in line.people)


def _head(window: Window, day: date) -> dict[str, Any]:
    """A column's heading: the month and day, the year or the weekday below, whether it is now."""
    week = window.span == "weeks"
    below = _("week %(n)s") % {"n": day.isocalendar().week} if week else WEEKDAYS[day.weekday()]
    now = window.column(timezone.localdate()).first == day
    return {"day": tick(day), "full": short_day(day), "below": below, "now": now}


def _row(window: Window, line: Line, over: bool) -> dict[str, Any]:
    people = [person for person in line.people if person.over or not over]
    return {
        "name": line.name,
        "cells": _cells(window, line, "department") if line.whole else [],
        "people": [{"name": p.name, "cells": _cells(window, p, "person")} for p in people],
    }


def _cells(window: Window, line: Line, kind: str) -> list[Cell]:
    ask = f"?span={window.span}&{kind}={line.pk}&at="
    columns = zip(window.starts, line.planned, line.available, strict=True)
    return [_cell(planned, there, f"{ask}{day.isoformat()}") for day, planned, there in columns]


def _cell(planned: int, there: int, url: str) -> Cell:
    title = _("%(planned)s of %(there)s half-days") % {"planned": planned, "there": there}
    if not planned:
        return Cell("0%" if there else "–", "none" if there else "off", 0, title, "")
    if planned > there:
        text = percent(planned, there)
        return Cell(f"▲ {text}", "over", 100, title, url)
    share = planned * 100 // there
    return Cell(f"{share}%", "full" if share >= FULL else "some", share, title, url)


def percent(planned: int, there: int) -> str:
    """`75%`; where nobody is there to do it, the half-days."""
    if not there:
        return half_days(planned) if planned else "–"
    return f"{planned * 100 // there}%"


def half_days(count: int) -> str:
    return ngettext("%(n)s half-day", "%(n)s half-days", count) % {"n": count}


def _export(window: Window, department: int, lines: list[Line]) -> HttpResponse:
    """The whole table as a workbook; who took it is logged."""
    heads = [_("Department"), _("Person"), *(short_day(day) for day in window.starts)]
    rows: list[list[str]] = []
    for line in lines:
        if line.whole:
            rows.append([line.name, _("All"), *_numbers(line)])
        rows += [[line.name, person.name, *_numbers(person)] for person in line.people]
    asked = {"span": window.span, "from": window.first.isoformat(), "department": department}
    record("export", Task, rows=len(rows), format="xlsx", filters=asked)
    return sheets.sheet("xlsx", f"load-{window.first.isoformat()}", heads, rows)


def _numbers(line: Line) -> list[str]:
    pairs = zip(line.planned, line.available, strict=True)
    return [f"{percent(planned, there)} ({planned}/{there})" for planned, there in pairs]


@require_safe
def load_cell(request: Request) -> HttpResponse:
    """The tasks behind one cell; without a name, one's own."""
    person, department = (number(request.GET.get(name, "")) for name in ("person", "department"))
    if not (person or department):
        person = getattr(getattr(request.user, "person", None), "pk", 0)
    column = Window.read(request.GET).column(day_in(request.GET.get("at", "")) or timezone.localdate())
    found = behind(request.user, column, person=person, department=department)
    if found is None:
        raise Http404
    context = {"found": found, "days": _days(column), "rows": [_behind(*pair) for pair in found.tasks]}
    return page(request, "production/load_cell.html", context, fragment="cell")


def _days(window: Window) -> str:
    first, last = short_day(window.first), short_day(window.last)
    return first if first == last else f"{first} – {last}"


def _behind(task: Task, count: int) -> dict[str, Any]:
    return {
        "url": task.get_absolute_url(),
        "name": task.name,
        "contract": task.contract.number,
        "assignee": task.assignee.name if task.assignee else "",
        "start": short_day(task.planned_start),
        "end": short_day(task.planned_end),
        "status": task.status,
        "label": task.get_status_display(),
        "count": half_days(count),
    }
