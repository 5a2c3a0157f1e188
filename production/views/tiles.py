"""Tiles of the first page that load when they come into view."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from erp.htmx import Request, page
from production.charts import light
from production.models import Task
from production.tiles import STACKS, department_load, load_option

#: Days the timeline looks ahead, and bars it draws.
AHEAD, BARS = 30, 30


@require_safe
def tile_ahead(request: Request) -> HttpResponse:
    """All overdue work one may see and that of the next thirty days, the most urgent first."""
    rows = Task.objects.for_user(request.user).open().select_related("contract", "assignee")
    last = timezone.localdate() + timedelta(days=AHEAD)
    tasks = list(rows.filter(planned_start__lte=last).order_by("planned_end", "id")[:BARS])
    return page(request, "production/tile_ahead.html", light(tasks, links=False), fragment="tile")


@require_safe
def tile_load(request: Request) -> HttpResponse:
    """Open tasks by department as stacked bars, and as a table."""
    rows = department_load(request.user)
    cells = [(row["name"], row["url"], [row[key] for key, _l, _c in STACKS], row["all"]) for row in rows]
    context = {
        "rows": cells,
        "heads": [label for _k, label, _c in STACKS],
        "legend": [(colour.removeprefix("--").removesuffix("-line"), label) for _k, label, colour in STACKS],
        "option": load_option(rows),
        "height": 48 + 30 * max(3, len(rows)),
    }
    return page(request, "production/tile_load.html", context, fragment="tile")
