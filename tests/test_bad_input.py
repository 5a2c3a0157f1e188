"""No text, number, date or id brings a page down: every route, query parameter and form field.

The routes come from the access table, the fields from the pages' own forms; nothing is listed by hand.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.access_rows import CUSTOMERS, every_row

ROWS = every_row()
PARAMETERS = (
    "q status stage risk company manager sort page archived export view after from to person contract action "
    "verb department kind assignee priority next tab scale days unread type dir"
).split()
HOSTILE = [
    "",
    "   ",
    "\x00",
    "a\x00b",
    "\r\n",
    "\u2028\u202e\u200d\ufeff",
    "\ud7ff\ue000🏗️👩‍🔧",
    "%_[",
    "null",
    "NaN",
    "<script>alert(1)</script>",
    "{{ 7|add:7 }}{% debug %}${x}",
    "%s%d{0.__class__}",
    "=1+1",
    "-0",
    "-1",
    "0",
    "1e309",
    "Infinity",
    "0x10",
    "1_000",
    "１２３",
    "¥1,234.5",
    "3.999999999",
    "9" * 30,
    str(2**31),
    str(2**63),
    "101",
    "0000-00-00",
    "2026-02-29",
    "2026-04-31",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "2026年1月2日",
    "password",
    "-",
    "__",
    "owner__password",
    "//evil.example/",
    "javascript:alert(1)",
    "true",
    "x" * 10_000,
]

#: Sent alone into one field of an otherwise good form: what gets past a form is what a service meets.
SHARP = [
    "\x00",
    "9" * 30,
    str(2**63),
    "NaN",
    "1e309",
    "-1",
    "9999-12-31",
    "0001-01-01",
    "１２３",
    "x" * 10_000,
]


class Fields(HTMLParser):
    """Names of the form controls on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = dict(attrs).get("name")
        if tag in ("input", "select", "textarea") and name and name != "csrfmiddlewaretoken":
            self.names.add(name)


def visitor(cast: Any, row: Any) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(cast["customer.a" if row.may and row.may <= CUSTOMERS else "boss"])
    return client


def status(client: Client, method: str, url: str, data: dict[str, Any]) -> int:
    with transaction.atomic():
        response = getattr(client, method)(url, data)
        getattr(response, "getvalue", lambda: b"")()
        transaction.set_rollback(True)
    return int(response.status_code)


@pytest.mark.parametrize("route", sorted(r for r, row in ROWS.items() if "GET" in row.methods))
def test_query_parameters(cast: Any, route: str) -> None:
    row = ROWS[route]
    client, url = visitor(cast, row), reverse(route, kwargs=row.kwargs(cast, cast.own))
    bad = [
        (text[:40], code)
        for text in HOSTILE
        if (code := status(client, "get", url, dict.fromkeys(PARAMETERS, text))) >= 500
    ]
    assert bad == []


@pytest.mark.parametrize("route", sorted(r for r, row in ROWS.items() if "POST" in row.methods))
def test_form_fields(cast: Any, route: str) -> None:
    row = ROWS[route]
    client, url = visitor(cast, row), reverse(route, kwargs=row.kwargs(cast, cast.own))
    names = set(row.data)
    if "GET" in row.methods:
        form = Fields()
        form.feed(client.get(url).content.decode())
        names |= form.names
    names |= {"name", "reason", "version", "progress", "start", "end", "next", "value"}
    tries = [(text, {**row.data, **dict.fromkeys(names, text)}) for text in HOSTILE]
    tries += [(text, {**row.data, name: text}) for text in SHARP for name in sorted(names)]
    bad = [(text[:40], list(data)[:5]) for text, data in tries if status(client, "post", url, data) >= 500]
    assert bad == []


def test_ids_from_anywhere(cast: Any) -> None:
    """Ids beyond any row, or beyond any integer, are simply not found."""
    client = Client(raise_request_exception=True)
    client.force_login(cast["boss"])
    for route, row in ROWS.items():
        kwargs = row.kwargs(cast, cast.own)
        for key in (k for k, v in kwargs.items() if isinstance(v, int)):
            for wild in (0, 999_999_999, 2**31, 2**63, 10**30):
                url = reverse(route, kwargs={**kwargs, key: wild})
                method = "get" if "GET" in row.methods else "post"
                assert status(client, method, url, dict(row.data)) in (403, 404), (url, method)
