"""Late arrivals across contracts."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contracts.exports import WRITERS
from erp.htmx import Request, page
from orgchart.models import Department
from procurement.exports import export
from procurement.late import (
    KINDS,
    STATES,
    LateFilter,
    heads,
    late_items,
    late_rows,
    lines,
    turned,
)
from procurement.models import Supplier


@require_safe
def late(request: Request) -> HttpResponse:
    """What should be here or will come too late, the worst first, and who waits for it."""
    chosen = LateFilter.read(request.GET)
    rows = late_items(request.user, chosen)
    if (kind := request.GET.get("export", "")) in WRITERS:
        told = request.GET.dict()
        return export(kind, "late-arrivals", _("Late arrivals"), heads(), lines(rows), told)
    page_of = turned(rows, request.GET)
    context = {
        "rows": list(late_rows(page_of)),
        "page": page_of,
        "chosen": chosen,
        "kinds": KINDS.items(),
        "states": STATES.items(),
        "crumbs": [
            {"url": reverse("procurement:list"), "label": _("Purchases")},
            {"label": _("Late arrivals")},
        ],
        **_choices(request),
        "xlsx_url": chosen.link(export="xlsx"),
        "csv_url": chosen.link(export="csv"),
    }
    return page(request, "procurement/late.html", context, fragment="table")


def _choices(request: Request) -> dict[str, Any]:
    """Suppliers and departments of what is late."""
    seen = late_items(request.user).order_by()
    suppliers = Supplier.objects.filter(pk__in=seen.values("supplier")).order_by("name", "id")
    departments = Department.objects.filter(pk__in=seen.values("department"))
    return {
        "suppliers": list(suppliers.values_list("pk", "name")),
        "departments": list(departments.values_list("pk", "name")),
    }
