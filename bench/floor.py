"""The cheapest honest pages: fifty rows by an index in a bare table, and our shell with nothing in it."""

from functools import cache
from typing import Any

from django.http import HttpResponse
from django.template import engines

from contracts.models import Contract
from erp.htmx import Request

TABLE = """<!doctype html><title>floor</title><table>{% for row in rows %}<tr>{% for cell in row %}
<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"""
SHELL = """{% extends "base.html" %}{% block main %}{% endblock %}"""
COLUMNS = ("id", "number", "name", "company__name", "manager__name", "planned_delivery", "status", "stage")


@cache
def template(text: str) -> Any:
    return engines["django"].from_string(text)


def floor(request: Request) -> HttpResponse:
    rows = Contract.objects.order_by("-id").values_list(*COLUMNS)[:50]
    cells = [[str(cell) for cell in row] for row in rows]
    return HttpResponse(template(TABLE).render({"rows": cells}, request))


def shell(request: Request) -> HttpResponse:
    return HttpResponse(template(SHELL).render({}, request))
