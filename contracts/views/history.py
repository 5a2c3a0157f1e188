"""The timeline tab."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from contracts.frame import frame
from contracts.history import HistoryFilter, choices, history
from contracts.views.pages import contract_for
from erp.htmx import Request


@require_safe
def contract_history(request: Request, pk: int) -> HttpResponse:
    contract = contract_for(request, pk)
    query = HistoryFilter.read(request.GET)
    found = history(contract, request.user, query)
    days = [
        (day, list(lines)) for day, lines in groupby(found.lines, lambda line: line.at.rpartition(" ")[0])
    ]
    context = {"days": days, "history": found, "query": query, **choices(contract, request.user)}
    return frame(request, contract, "history", "contracts/contract_history.html", context)
