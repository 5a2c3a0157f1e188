"""Who gets what from every URL. A route missing from the table fails the build.

Every route × method × person × (own, foreign, archived contract); the expected answer comes from
`tests/access_rows`. Each request runs in a savepoint that is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from tests.access_rows import CUSTOMERS, OFFICE, TOP, Row, every_row

ROWS = every_row()
PEOPLE = sorted(OFFICE | CUSTOMERS)
STRANGERS = ("anonymous", "disabled")
SERVED = {200, 204, 302, 303, 400, 409, 422}
SEEN_OFF = {302}
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


def routes(resolver: Any = None, namespace: str = "") -> Iterator[str]:
    entry: Any
    for entry in (resolver or get_resolver()).url_patterns:
        if hasattr(entry, "url_patterns"):
            if entry.namespace != "admin":
                yield from routes(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        else:
            yield f"{namespace}{entry.name}"


def test_table_and_urlconf_name_the_same_routes():
    assert set(routes()) == set(ROWS)


class Visitor:
    """Clients signed in as everybody, whose requests leave no trace."""

    def __init__(self, cast: Any) -> None:
        self.clients = {name: Client(raise_request_exception=True) for name in (*PEOPLE, *STRANGERS)}
        for name in (*PEOPLE, "disabled"):
            self.clients[name].force_login(cast[name])

    def status(self, name: str, method: str, url: str, data: dict[str, Any], **headers: str) -> int:
        with transaction.atomic():
            client = self.clients[name]
            if method in ("GET", "POST"):
                response = getattr(client, method.lower())(url, data, headers=headers)
            else:
                response = client.generic(method, url)
            if response.streaming:
                b"".join(response.streaming_content)  # a file that nobody reads stays open
            transaction.set_rollback(True)
        return int(response.status_code)


def expected(row: Row, name: str, kind: str) -> set[int]:
    """The answers allowed to `name` for a method the view knows."""
    if row.scope == "public":
        return SERVED
    if name in STRANGERS:
        return SEEN_OFF
    if (name in CUSTOMERS) and not (row.may & CUSTOMERS):
        return {404, 302} if row.scope == "site" else {404}  # `/` takes customers to the portal
    if kind == "foreign" and name not in TOP and not (row.scope == "portal" and name == "customer.b"):
        return {404}
    if kind == "foreign" and row.scope == "portal":
        return SERVED if name == "customer.b" else {404}
    if name in row.may:
        return SERVED
    if row.scope == "site" or name in row.sees:
        return {403}
    return {404}


@pytest.mark.parametrize("route", sorted(ROWS))
def test_access(cast: Any, route: str) -> None:
    row = ROWS[route]
    contracts = (
        {"own": cast.own, "foreign": cast.foreign, "archived": cast.archived}
        if row.scope in ("contract", "portal") and row.kwargs(cast, cast.own)
        else {"site": None}
    )
    urls = {kind: reverse(route, kwargs=row.kwargs(cast, c)) for kind, c in contracts.items()}
    visitor = Visitor(cast)
    wrong = []
    for kind, url in urls.items():
        for name in (*PEOPLE, *STRANGERS):
            for method in row.methods:
                data = row.data if method == "POST" else row.get
                status = visitor.status(name, method, url, data)
                allowed = expected(row, name, kind)
                if status not in allowed:
                    wrong.append(f"{kind} {name} {method} {url}: {status}, expected {sorted(allowed)}")
    someone = sorted(row.may & set(PEOPLE))[:1]
    for name in someone:
        visitor.clients[name].force_login(cast[name])  # a deed may have renewed the session
        for method in set(METHODS) - set(row.methods):
            status = visitor.status(name, method, next(iter(urls.values())), {})
            if status != 405:
                wrong.append(f"{name} {method}: {status}, expected 405")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("route", sorted(r for r, row in ROWS.items() if row.scope in ("contract", "portal")))
def test_foreign_and_missing_answer_the_same(cast: Any, route: str) -> None:
    """A foreign object and one that never existed cannot be told apart."""
    row = ROWS[route]
    if not row.kwargs(cast, cast.foreign) or "GET" not in row.methods:
        return
    client = Client()
    client.force_login(cast["outsider"])
    kwargs = row.kwargs(cast, cast.foreign)
    missing = {key: 999_999_999 if isinstance(value, int) else value for key, value in kwargs.items()}
    answers = [client.get(reverse(route, kwargs=k)) for k in (kwargs, missing)]
    assert [a.status_code for a in answers] == [404, 404]
    first, second = (a.content.replace(a["X-Request-ID"].encode(), b"") for a in answers)
    assert first.replace(str(next(iter(kwargs.values()))).encode(), b"") == second.replace(b"999999999", b"")
