"""The audit page: who reads what, filters, keyset pages, export."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contracts.services import edit_contract
from erp.audit.services import record
from erp.models import LogEntry
from tests.erp.pages import get

READERS = ["boss", "admin", "pm", "leader.mech", "leader.elec", "leader.assembly"]
OTHERS = ["sales", "staff.mech", "buyer", "qc", "service", "outsider", "ex-member"]


def entries(response):
    return response.context["lines"]


@pytest.mark.parametrize("who", READERS)
def test_audit_is_open_to_readers(cast, client, who):
    assert get(client, cast[who], "/audit/").status_code == 200


@pytest.mark.parametrize("who", OTHERS)
def test_audit_is_closed_to_others(cast, client, who):
    assert get(client, cast[who], "/audit/").status_code == 403
    assert "/audit/" not in get(client, cast[who], "/").content.decode()


def test_audit_shows_managers_their_contracts_only(cast, client):
    assert {line.contract for line in entries(get(client, cast["pm"], "/audit/"))} == {
        cast.own.pk,
        cast.archived.pk,
    }
    everything = {line.contract for line in entries(get(client, cast["boss"], "/audit/", contract="FOREIGN"))}
    assert everything == {cast.foreign.pk}


def test_audit_shows_leaders_their_department_only(cast, client):
    shown = entries(get(client, cast["leader.mech"], "/audit/"))
    found = LogEntry.objects.filter(pk__in=[line.pk for line in shown])
    assert set(found.values_list("department_id", flat=True)) == {cast.departments["mechanical"].pk}
    assert found.count() > 0


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ({}, True),
        ({"deed": "change"}, True),
        ({"deed": "create"}, False),
        ({"person": "陈销"}, True),
        ({"person": "王总"}, False),
        ({"contract": "HT-OWN"}, True),
        ({"contract": "HT-FOREIGN"}, False),
        ({"q": "HT-OWN"}, True),
        ({"q": "nothing like it"}, False),
        ({"start": "2020-01-01", "end": "9999-12-31"}, True),
        ({"end": "2020-01-01"}, False),
        ({"start": "0001-01-01"}, True),
    ],
)
def test_audit_filters(cast, client, query, hits):
    edited = edit_contract(cast.own, actor=cast["sales"], version=None, status_note="等图纸")
    entry = LogEntry.objects.filter(contract_id=edited.pk, verb="change").latest("pk")
    shown = {line.pk for line in entries(get(client, cast["boss"], "/audit/", **query))}
    assert (entry.pk in shown) is hits


def test_audit_filters_by_today(cast, client):
    today = timezone.localdate()
    assert entries(get(client, cast["boss"], "/audit/", start=str(today), end=str(today)))
    assert not entries(get(client, cast["boss"], "/audit/", start=str(today + timedelta(days=1))))


@pytest.mark.parametrize(
    "query",
    [
        {"start": "0000-00-00"}, {"end": "10000-01-01"}, {"start": "31.4.2026"}, {"kind": "9" * 30},
        {"kind": "x"}, {"deed": "password"}, {"after": "9" * 30}, {"after": "-1"}, {"after": "１２"},
        {"q": "x" * 10_000}, {"q": "\0"}, {"person": "%_["}, {"contract": "\0"}, {"export": "exe"},
        {"after": "\0"}, {"person": "\ud7ff\u202e"},
    ],
)  # fmt: skip
def test_audit_takes_any_parameter(cast, client, query):
    assert get(client, cast["boss"], "/audit/", **query).status_code == 200


def test_audit_pages_after_an_id_without_gaps(cast, client):
    for number in range(120):
        record("view", cast.own, number=number)
    url, seen = "/audit/?deed=view", []
    while url:
        response = get(client, cast["boss"], url)
        seen += [line.pk for line in entries(response)]
        url = response.context["next_url"]
    wanted = LogEntry.objects.filter(verb="view").order_by("-pk")
    assert seen == list(wanted.values_list("pk", flat=True))


def test_audit_shows_words_and_hides_amounts(cast, client):
    edit_contract(cast.own, actor=cast["sales"], version=None, deal_amount="98765.00", status_note="等图纸")
    assert "98765" in get(client, cast["boss"], "/audit/").content.decode()
    managers = get(client, cast["pm"], "/audit/").content.decode()
    assert "等图纸" in managers
    assert "98765" not in managers


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_audit_export_is_the_filtered_view_and_is_logged(cast, client, kind):
    edit_contract(cast.own, actor=cast["sales"], version=None, name="=1+1", deal_amount="98765.00")
    response = get(client, cast["pm"], "/audit/", export=kind, deed="change")
    if kind == "csv":
        assert response.content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    else:
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        rows = [[str(cell) for cell in row] for row in book.active.iter_rows(values_only=True)]
        book.close()
    assert len(rows) == 2
    assert "98765" not in str(rows)
    assert not [cell for row in rows for cell in row if cell.startswith("=")]
    logged = LogEntry.objects.latest("pk")
    assert (logged.verb, logged.additional_data) == ("export", {"rows": 1})


def test_audit_costs_the_same_for_one_row_and_three(cast, client):
    def cost(rows):
        for number in range(rows):
            record("view", cast.own, number=number)
        with CaptureQueriesContext(connection) as queries:
            assert len(entries(get(client, None, "/audit/", deed="view"))) in (1, 3)
        return len(queries)

    get(client, cast["pm"], "/audit/")
    assert cost(1) == cost(2)


def test_audit_fragment(cast, client):
    assert b"<html" not in get(client, cast["boss"], "/audit/", htmx=True).content
