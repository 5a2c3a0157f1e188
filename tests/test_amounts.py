"""No amount reaches a person without its verb: `view_finance` for quote, deal, payments and costs,
`view_purchase_price` for purchase prices. Whatever people can ask of us is asked as everybody."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from erp import register
from erp.audit.timeline import lines
from erp.models import LogEntry
from erp.search import find
from notifications.cards import card
from notifications.events import wording
from notifications.models import Message
from tests.access_rows import every_row
from tests.amounts import FIELDS, PEOPLE, Walk, digits, plant

ROWS = every_row()
#: All routes, in parts of about the same work.
PARTS = [sorted(ROWS)[start : start + 16] for start in range(0, len(ROWS), 16)]


@pytest.fixture
def walk(cast):
    return Walk(cast, plant(cast))


@pytest.mark.parametrize("routes", PARTS, ids=lambda routes: f"{routes[0]}..{routes[-1]}")
def test_no_route_tells_an_amount_without_its_verb(walk, routes):
    for route in routes:
        walk.route(route, ROWS[route])
    assert walk.leaks == []


@pytest.mark.parametrize(
    ("route", "who", "names"),
    [
        ("contracts:detail", "sales", {"quote", "deal"}),
        ("contracts:list", "sales", {"deal"}),
        ("contracts:money", "sales", {"milestone", "receipt", "share of the deal", "open amount"}),
        ("contracts:money", "boss", {"rate", "cost of hours", "price of all"}),
        ("contracts:receivables", "sales", {"milestone", "open amount"}),
        ("contracts:history", "boss", {"deal", "milestone", "receipt", "price", "change"}),
        ("contracts:portal_change", "customer.a", {"change"}),
        ("procurement:item", "buyer", {"price"}),
        ("audit", "admin", {"deal", "receipt", "rate"}),
        ("notifications:inbox", "sales", {"receipt", "open amount"}),
    ],
)
def test_whoever_may_reads_them_there(walk, route, who, names):
    """Were they nowhere to be seen, the walk would prove nothing."""
    walk.people = [who]
    walk.route(route, ROWS[route])
    assert names <= {name for person, name in walk.seen if person == who}


# --- surfaces that are no route ------------------------------------------------------------------


def test_the_log_hides_amounts_in_differences(cast, walk):
    for who in PEOPLE:
        rows = LogEntry.objects.for_user(cast[who]).order_by("-pk")[:500]
        for line in lines(rows, cast[who], values=True):
            walk.look(who, f"log {line.deed}", digits(repr(line)))
    assert walk.leaks == []
    assert ("boss", "receipt") in walk.seen


def test_messages_speak_of_amounts_to_those_who_may_read_them(cast, walk):
    for who in PEOPLE:
        for message in Message.objects.for_user(cast[who]).filter(recipient=cast[who]):
            walk.look(who, message.event, digits(repr(wording(message.event, message.params))))
    assert walk.leaks == []
    assert ("sales", "receipt") in walk.seen


def test_cards_and_papers_have_what_their_receiver_may_read(cast, walk):
    for who in PEOPLE:
        if cast[who].role == "customer":
            continue
        walk.look(who, "card", digits(repr([measure for _figure, measure in card(cast[who])])))
        for name, paper in register.entries("notifications.reports").items():
            walk.look(who, name, digits(repr(paper.table(cast[who]))))
    assert walk.leaks == []
    assert ("sales", "open amount") in walk.seen


def test_every_event_that_names_an_amount_asks_for_a_right():
    bare = [
        name
        for name, event in register.entries("notifications.events").items()
        if re.search(r"%\((amount|price|total|cost|deal)\)s", f"{event.title} {event.text}")
        and not event.right
        and not event.outside
    ]
    assert bare == []


def test_search_does_not_find_by_amount(cast, walk):
    for who in PEOPLE:
        for name, (*_rest, mine, theirs) in FIELDS.items():
            for value in (mine, theirs, str(int(Decimal(mine)))):
                hits = repr(find(cast[who], value))
                assert "/contracts/" not in hits, (who, name, hits)


def test_the_back_office_is_shut_to_all_but_administrators(cast, walk):
    for who in PEOPLE:
        client = Client()
        client.force_login(cast[who])
        for model in admin.site._registry:
            meta = model._meta
            response = client.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"))
            walk.look(who, str(meta), digits(response.content.decode()))
    assert walk.leaks == []
    assert ("admin", "receipt") in walk.seen


# --- the walk finds what it is made to find --------------------------------------------------------


def test_a_page_that_forgets_the_right_is_found(walk, monkeypatch):
    """A leak planted on the contract page: quote and deal for everybody in the team."""
    from contracts.views import pages
    from erp.money import amount

    monkeypatch.setattr(
        pages,
        "finance",
        lambda contract, user: {"quote": amount(contract.quote_amount, "CNY"), "deal": "—"},
    )
    walk.route("contracts:detail", ROWS["contracts:detail"])
    own = [leak for leak in walk.leaks if "HT-OWN-1" in leak]
    assert {leak.split()[0] for leak in own} >= {"pm", "buyer", "qc", "leader.mech", "staff.mech"}
    assert all("reads quote of" in leak for leak in walk.leaks)


def test_a_file_that_forgets_the_right_is_found(walk, monkeypatch):
    """A leak planted in the export of the contract list: amounts of all rows once one is readable."""
    from django.db.models import F

    from contracts import exports

    monkeypatch.setattr(
        exports,
        "with_money",
        lambda rows, user, *names: rows.annotate(**{name: F(f"{name}_amount") for name in names}),
    )
    monkeypatch.setattr(
        exports.Contract.objects.__class__, "for_user", lambda rows, user, verb="view": rows.all()
    )
    walk.people = ["pm"]
    walk.route("contracts:list", ROWS["contracts:list"])
    assert any("export" in leak for leak in walk.leaks)


def test_a_log_that_forgets_the_right_is_found(cast, walk, monkeypatch):
    """A leak planted in the log: the register of amounts is empty."""
    monkeypatch.setitem(register._entries, "erp.money_fields", {})
    walk.people = ["pm"]
    walk.route("contracts:history", ROWS["contracts:history"])
    assert any("reads receipt of HT-OWN-1" in leak for leak in walk.leaks)
