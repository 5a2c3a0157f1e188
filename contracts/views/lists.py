"""The contract list and its exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contracts.exports import TYPES, WRITERS, lines
from contracts.filters import ContractFilter, all_of
from contracts.models import Contract, ContractQuerySet
from contracts.services import may_create
from contracts.states import Stage, Status
from contracts.tables import ContractTable, headings, labels
from erp.audit.services import record
from erp.htmx import Request, page
from orgchart.models import Company, Person

if TYPE_CHECKING:
    from orgchart.models import User


@require_safe
def contract_list(request: Request) -> HttpResponse:
    query = ContractFilter.read(request.GET)
    seen = all_of(request.user)
    rows = query.apply(seen, request.user)
    if query.export:
        return export(request, query, rows)
    walked = query.apply(seen, request.user, walk=True)
    table, opens = ContractTable(request.user, query, rows, walked), may_create(request.user)
    context = {
        "query": query,
        "table": table,
        "rows": table.html(f"contracts/contract_list.html#{'card' if query.view == 'cards' else 'row'}"),
        "headings": headings(query),
        "words": labels(),
        "more_url": query.link(more="1"),
        "table_url": query.link(view=""),
        "cards_url": query.link(view="cards"),
        "xlsx_url": query.link(export="xlsx"),
        "csv_url": query.link(export="csv"),
        "views": _views(query),
        **_controls(query, request.user),
        "new_url": reverse("contracts:new") if opens else "",
        "import_url": reverse("production:import") if opens else "",
    }
    return page(request, "contracts/contract_list.html", context, fragment="table")


def export(request: Request, query: ContractFilter, rows: ContractQuerySet) -> HttpResponse:
    """Every row of the filtered view as a file; who took what is logged."""
    heads, found = lines(query.ordered(rows), request.user)
    content, count = WRITERS[query.export](heads, found)
    record("export", Contract, rows=count, format=query.export, filters=query.values())
    response = HttpResponse(content, content_type=TYPES[query.export])
    name = f"contracts-{timezone.localdate():%Y-%m-%d}.{query.export}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _views(query: ContractFilter) -> list[dict[str, Any]]:
    """The saved views: each an address; here is the one whose address this is."""
    saved: list[tuple[str, dict[str, str]]] = [
        (_("All contracts"), {}),
        (_("My contracts"), {"mine": "1"}),
        (_("Overdue"), {"risk": "1"}),
        (_("Archive"), {"archived": "1"}),
    ]
    now = {name: query.values().get(name, "") for name in ("mine", "risk", "archived")}
    return [
        {
            "label": label,
            "url": ContractFilter(view=query.view).link(**values),
            "active": now == {"mine": "", "risk": "", "archived": "", **values},
        }
        for label, values in saved
    ]


def _controls(query: ContractFilter, user: User) -> dict[str, Any]:
    """The selects of the query row; people and companies are asked for only when shown."""
    shown = {"q", "status", "stage", "company", "manager", "risk"}
    controls: dict[str, Any] = {
        "statuses": Status.choices,
        "stages": Stage.choices,
        "hidden": [pair for pair in query.values().items() if pair[0] not in shown],
        "risks": [("1", _("Overdue")), ("0", _("In time"))],
    }
    if query.more:
        bought = all_of(user).filter(company=OuterRef("pk")).order_by()
        companies = Company.objects.filter(Exists(bought)).order_by("pinyin", "id")
        managed = all_of(user).filter(manager=OuterRef("pk")).order_by()
        people = Person.objects.filter(Exists(managed))
        controls["companies"] = [(str(company.pk), str(company)) for company in companies]
        controls["managers"] = [(str(pk), name) for pk, name in people.values_list("pk", "name")]
    return controls
