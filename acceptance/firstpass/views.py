"""First-pass yield: a page with a period, and the tile of quality people."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from acceptance.firstpass.charts import department_option, month_option
from acceptance.firstpass.queries import Period, by_department, by_month, rejected, total
from acceptance.firstpass.tables import rejected_rows
from erp.htmx import Request, page
from production.filters import page_number

ROWS = 50


@require_safe
def first_pass(request: Request) -> HttpResponse:
    """Per department and per month, of what one may see."""
    period = Period.read(request.GET)
    lines, months = by_department(request.user, period), by_month(request.user, period)
    all_lines = total(lines)
    pages = Paginator(rejected(request.user, period), ROWS)
    pages.count = all_lines.failed  # counted already
    window = pages.get_page(page_number(request.GET))
    context = {
        "period": period,
        "lines": lines,
        "together": all_lines,
        "months": months,
        "department_option": department_option(lines),
        "department_height": 48 + 34 * max(3, len(lines)),
        "month_option": month_option(months),
        "page": window,
        "rows": rejected_rows(list(window)),
        "crumbs": [{"url": "/acceptance/", "label": _("Acceptance")}, {"label": _("First-pass yield")}],
    }
    return page(request, "acceptance/first_pass.html", context, fragment="figures")


@require_safe
def tile_first_pass(request: Request) -> HttpResponse:
    """Half a year of first rounds: passed and not, as a chart and as a table."""
    months = by_month(request.user, Period.usual())
    context = {"months": months, "together": total(months), "option": month_option(months)}
    return page(request, "acceptance/tile_first_pass.html", context, fragment="tile")
