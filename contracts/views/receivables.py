"""What is owed to us over all contracts: the list, its ageing, its files, the tile."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contracts.exports import TYPES, write_csv, write_xlsx
from contracts.models import Currency, PaymentMilestone
from contracts.money.due import Claim, claims
from contracts.money.ledger import LedgerFilter, ageing, reads_money
from contracts.money.states import Due
from contracts.money.tables import AGE_HEADS, age_rows, headings, lines, rows
from contracts.money.tiles import receivables_tile
from contracts.tables import PAGE
from erp.audit.services import record
from erp.htmx import Request, page


@require_safe
def receivables(request: Request) -> HttpResponse:
    if not reads_money(request.user):
        raise PermissionDenied
    query = LedgerFilter.read(request.GET)
    every = claims(query.rows(request.user))
    found = query.choose(every)
    if query.export:
        return _export(query, found)
    window = Paginator(found, PAGE).get_page(query.page)
    context = {
        "query": query,
        "page": window,
        "rows": rows(list(window)),
        "headings": headings(query),
        "ageing": age_rows(ageing(every), query),
        "age_heads": AGE_HEADS.values(),
        "xlsx_url": query.link(export="xlsx") or "?export=xlsx",
        "csv_url": query.link(export="csv") or "?export=csv",
        **_controls(query),
    }
    return page(request, "contracts/receivables.html", context, fragment="table")


def _export(query: LedgerFilter, found: list[Claim]) -> HttpResponse:
    """Every row of the filtered list as a file; who took what is logged."""
    heads, each = lines(found)
    if query.export == "xlsx":
        content, count = write_xlsx(heads, each, _("Receivables"))
    else:
        content, count = write_csv(heads, each)
    record("export", PaymentMilestone, rows=count, format=query.export, filters=query.values())
    response = HttpResponse(content, content_type=TYPES[query.export])
    name = f"receivables-{timezone.localdate():%Y-%m-%d}.{query.export}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _controls(query: LedgerFilter) -> dict[str, Any]:
    saved = [
        (_("All receivables"), ""),
        (str(Due.OVERDUE.label), Due.OVERDUE),
        (str(Due.DUE.label), Due.DUE),
        (str(Due.RECEIVED.label), Due.RECEIVED),
    ]
    views = [
        {"label": label, "url": LedgerFilter(state=state).link() or "?", "active": query.state == state}
        for label, state in saved
    ]
    return {
        "views": views,
        "states": [*Due.choices, ("all", _("Received ones too"))],
        "currencies": Currency.choices,
        "ages": [(key, _("%(days)s days") % {"days": text}) for key, text in AGE_HEADS.items()],
    }


@require_safe
def tile_receivables(request: Request) -> HttpResponse:
    if not reads_money(request.user):
        raise PermissionDenied
    context = {"rows": receivables_tile(request.user)}
    return page(request, "contracts/tile_receivables.html", context, fragment="tile")
