"""An archived contract is read-only everywhere: in every record, on every route, in the back office."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contracts import services
from contracts.models import Contract
from erp.models import Record
from erp.workflow import Blocked
from tests.access_rows import every_row

ROWS = {
    route: row
    for route, row in every_row().items()
    if row.scope in ("contract", "portal") and "POST" in row.methods
}
#: What the archive leaves open: the way out of it, and taking a copy.
OPEN = {"contracts:reopen", "contracts:export"}


def hanging() -> list[type[Record]]:
    """Every record that belongs to a contract, by a key of its own or through what it hangs on."""
    records = [model for model in apps.get_models() if issubclass(model, Record)]
    found: set[type[Record]] = {Contract}
    while more := {m for m in records if m not in found and {f.related_model for f in keys(m)} & found}:
        found |= more
    return sorted(found - {Contract}, key=lambda model: model._meta.label)


def keys(model: type[Record]) -> list[Any]:
    fields: Any = model._meta.concrete_fields
    return [f for f in fields if f.many_to_one and issubclass(f.related_model, Record)]


def one_of(model: type[Record], contract: Contract, depth: int = 0) -> Record:
    """An unsaved row that hangs on `contract`, whichever way."""
    row = model()
    for field in keys(model):
        if field.related_model is Contract:
            setattr(row, field.name, contract)
        elif field.related_model in hanging() and depth < 4 and field.related_model is not model:
            setattr(row, field.name, one_of(field.related_model, contract, depth + 1))
    return row


@pytest.mark.parametrize("model", hanging(), ids=lambda model: model._meta.label)
def test_every_record_of_an_archived_contract_is_frozen(cast: Any, model: type[Record]) -> None:
    assert one_of(model, cast.archived).frozen()
    assert not one_of(model, cast.own).frozen()


class Filled(HTMLParser):
    """The forms of a page, filled in as somebody would: what stands there stays, gaps get an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, str] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name, value = found.get("name", ""), found.get("value", "")
        if tag == "option" and self._select and value and not self.data.get(self._select):
            self.data[self._select] = value
        if tag == "select":
            self._select = name
        if tag == "textarea" and name:
            self.data.setdefault(name, "理由")
        if tag == "input" and name and name != "csrfmiddlewaretoken":
            usual = {"date": timezone.localdate().isoformat(), "number": "1", "checkbox": "on"}
            self.data.setdefault(name, value or usual.get(found.get("type", ""), "1"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


def filled(client: Client, row: Any, url: str) -> dict[str, str]:
    form = Filled()
    if "GET" in row.methods:
        form.feed(client.get(url).content.decode())
    return {"reason": "理由", "version": "1", **form.data, **row.data}


def everything() -> dict[str, list[Any]]:
    models: list[Any] = [Contract, *hanging()]
    return {m._meta.label: list(m._base_manager.order_by("pk").values()) for m in models}


@pytest.mark.parametrize("route", sorted(ROWS.keys() - OPEN))
def test_no_route_changes_an_archived_contract(cast: Any, route: str) -> None:
    """Forms are filled from the live contract, where they are offered, and sent to the archived one."""
    row = ROWS[route]
    urls = [reverse(route, kwargs=row.kwargs(cast, contract)) for contract in (cast.own, cast.archived)]
    before = everything()
    people = [who for who in ("boss", "pm", "sales", "customer.a") if who in row.may] or sorted(row.may)[:1]
    for who in people:
        client = Client(raise_request_exception=True)
        client.force_login(cast[who])
        with transaction.atomic():
            data = filled(client, row, urls[0])
            answer = client.post(urls[1], data)
            changed = [label for label, rows in everything().items() if rows != before[label]]
            transaction.set_rollback(True)
        assert changed == [], (who, answer.status_code)


def test_the_same_forms_do_change_a_live_contract(cast: Any) -> None:
    """The proof above has teeth: what it fills in is accepted where the contract is live."""
    worked = set()
    for route, row in ROWS.items():
        if "boss" not in row.may or row.scope != "contract":
            continue
        client = Client(raise_request_exception=True)
        client.force_login(cast["boss"])
        with transaction.atomic():
            url = reverse(route, kwargs=row.kwargs(cast, cast.own))
            before = everything()
            client.post(url, filled(client, row, url))
            if everything() != before:
                worked.add(route)
            transaction.set_rollback(True)
    assert {"contracts:edit", "contracts:note", "contracts:change_new", "contracts:deliver"} <= worked
    assert len(worked) >= 20


@pytest.mark.parametrize("who", ["boss", "admin"])
def test_the_back_office_changes_nothing_archived(cast: Any, who: str) -> None:
    client = Client()
    client.force_login(cast["admin"])
    for row in (cast.archived, cast.archived.team.first()):
        url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        page = client.get(url).content.decode()
        assert 'name="_save"' not in page
        assert client.post(url, {"duty": "leader", "name": "x"}).status_code == 403


def test_it_is_found_listed_and_read(cast: Any, client: Client) -> None:
    client.force_login(cast["pm"])
    number = cast.archived.number
    assert number not in client.get("/contracts/").content.decode()
    assert number in client.get("/contracts/?archived=1").content.decode()
    assert number in client.get(f"/search/?q={number}").content.decode()
    for tab in ("", "team/", "history/", "delivery/", "changes/", "tasks/", "documents/"):
        assert client.get(f"/contracts/{cast.archived.pk}/{tab}").status_code == 200


def test_the_boss_reopens_it_with_a_reason_and_it_lives_again(cast: Any, client: Client) -> None:
    client.force_login(cast["boss"])
    url = f"/contracts/{cast.archived.pk}/reopen/"
    version = cast.archived.version
    assert client.post(url, {"version": version, "reason": " "}).status_code == 422
    with pytest.raises(Blocked):
        services.edit_contract(cast.archived, actor=cast["boss"], version=None, status_note="x")
    assert client.post(url, {"version": version, "reason": "补充资料"}).status_code == 302
    contract = Contract.objects.get(pk=cast.archived.pk)
    assert (contract.stage, contract.archived_at) == ("confirmed", None)
    assert (
        services.edit_contract(contract, actor=cast["boss"], version=None, status_note="x").status_note == "x"
    )
