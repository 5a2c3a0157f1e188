"""Amounts that nobody would write by chance, put everywhere an amount can be, and a walk over all that
people can ask of us, looking for them.

The routes come from `tests/access_rows`: a new one is walked without a word here. A new field for an
amount goes into `FIELDS`.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pypdfium2
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contracts import services
from contracts.models import ChangeOrder, Contract, Payment, PaymentMilestone
from contracts.money.states import On
from erp import register
from erp.access import allowed
from notifications.rules import rules
from notifications.services import notify
from orgchart.services import edit_department
from procurement.models import ProcurementItem, Supplier
from procurement.services import create_item, order_item
from production.models import Task
from production.services import report_progress
from tests.access_rows import CUSTOMERS, OFFICE, Row

FINANCE, PRICE = "view_finance", "view_purchase_price"
PEOPLE = sorted(OFFICE | CUSTOMERS)


@dataclass(frozen=True)
class Sentinel:
    """An amount to look for by its digits, of `contract`, that takes `verb` to read. `also` reads it by
    another rule: the customer the price of a change order."""

    name: str
    value: Decimal
    verb: str
    contract: Contract
    also: frozenset[str] = frozenset()

    @property
    def digits(self) -> str:
        return str(int(self.value))

    def may(self, user: Any) -> bool:
        return user.username in self.also or allowed(user, self.verb, self.contract)


#: name → (model, path to its contract, field, verb, value of the own contract, of the foreign one).
FIELDS: dict[str, tuple[Any, str, str, str, str, str]] = {
    "quote": (Contract, "pk", "quote_amount", FINANCE, "7391846.27", "8264917.53"),
    "deal": (Contract, "pk", "deal_amount", FINANCE, "6482917.35", "5846129.73"),
    "milestone": (PaymentMilestone, "contract", "amount", FINANCE, "3957281.40", "7153829.64"),
    "receipt": (Payment, "milestone__contract", "amount", FINANCE, "2618394.15", "1846275.39"),
    "price": (ProcurementItem, "contract", "price", PRICE, "4827193.50", "6042738.97"),
    "change": (ChangeOrder, "contract", "price_change", FINANCE, "5739164.20", "4916382.75"),
    "deal before": (ChangeOrder, "contract", "deal_before", FINANCE, "9184736.52", "8517392.64"),
    "deal after": (ChangeOrder, "contract", "deal_after", FINANCE, "9473615.28", "8736415.92"),
}
RATE, HOURS, QUANTITY = Decimal("918273.46"), Decimal("2.5"), Decimal(3)


def paint(contract: Contract, *, own: bool) -> None:
    """Every amount of `contract` becomes a sentinel, whoever wrote it."""
    for model, path, field, _verb, mine, theirs in FIELDS.values():
        rows = model._base_manager.filter(**{path: contract.pk})
        if field != "quote_amount" and field != "deal_amount":
            rows = rows.exclude(**{field: None})
        rows.update(**{field: Decimal(mine if own else theirs)})


def plant(cast: Any) -> list[Sentinel]:
    """Amounts in the own and the foreign contract, through the services, so that history, log and
    messages have them too. Returns what to look for."""
    edit_department(cast.departments["mechanical"], actor=cast["boss"], version=None, hourly_rate=RATE)
    for contract, own in ((cast.own, True), (cast.foreign, False)):
        _money(cast, contract, own)
        _purchases(cast, contract, own)
        _hours(cast, contract)
        _change(cast, contract, own)
    _reminded(cast)
    return sentinels(cast)


def sentinels(cast: Any) -> list[Sentinel]:
    found = [
        Sentinel(name, Decimal(value), verb, contract, _readers(name, contract, cast))
        for name, (_model, _path, _field, verb, mine, theirs) in FIELDS.items()
        for contract, value in ((cast.own, mine), (cast.foreign, theirs))
    ]
    own = cast.own
    share = (Decimal(FIELDS["deal"][4]) * 30 / 100).quantize(Decimal("0.01"))
    left = Decimal(FIELDS["milestone"][4]) - Decimal(FIELDS["receipt"][4])
    return [
        *found,
        Sentinel("share of the deal", share, FINANCE, own),
        Sentinel("open amount", left, FINANCE, own),
        Sentinel("rate", RATE, FINANCE, own),
        Sentinel("cost of hours", RATE * HOURS, FINANCE, own),
        Sentinel("price of all", Decimal(FIELDS["price"][4]) * QUANTITY, PRICE, own),
    ]


def _readers(name: str, contract: Contract, cast: Any) -> frozenset[str]:
    """The one exception: the price of a change order that was sent to the customer."""
    if name != "change":
        return frozenset()
    return frozenset({"customer.a" if contract.pk == cast.own.pk else "customer.b"})


def _value(name: str, own: bool) -> Decimal:
    return Decimal(FIELDS[name][4 if own else 5])


def _money(cast: Any, contract: Contract, own: bool) -> None:
    boss, today = cast["boss"], timezone.localdate()
    services.edit_contract(
        contract,
        actor=boss,
        version=None,
        quote_amount=_value("quote", own),
        deal_amount=_value("deal", own),
        sales_person=cast.people["sales"] if own else None,
    )
    late = {"event": On.FIXED, "fixed_on": today - timedelta(days=40)}
    row = services.add_milestone(
        contract, actor=boss, title="发货款", amount=_value("milestone", own), **late
    )
    services.add_milestone(contract, actor=boss, title="预付款", percent=Decimal(30), event=On.SIGNED)
    services.add_milestone(contract, actor=boss, title="验收款", percent=Decimal(30), event=On.DELIVERED)
    for _twice in range(2):  # one stays, one is taken back
        payment = services.receive_payment(
            row, actor=boss, amount=_value("receipt", own), received_on=today, over=True
        )
    services.take_back_payment(payment, actor=boss, reason="记错合同")


def _purchases(cast: Any, contract: Contract, own: bool) -> None:
    supplier, _made = Supplier.objects.get_or_create(name="苏州阀门")
    item = create_item(
        contract,
        actor=cast["boss"],
        department=cast.departments["mechanical"],
        name="灌装阀",
        quantity=QUANTITY,
        unit="件",
        price=_value("price", own),
    )
    order_item(item, actor=cast["boss"], supplier=supplier)


def _hours(cast: Any, contract: Contract) -> None:
    today = timezone.localdate()
    task = Task.objects.create(
        contract=contract,
        department=cast.departments["mechanical"],
        assignee=cast.people["staff.mech"],
        name="机加工",
        planned_start=today,
        planned_end=today,
    )
    report_progress(task, actor=cast["boss"], progress=20, hours=HOURS)


def _change(cast: Any, contract: Contract, own: bool) -> None:
    order = services.create_change(
        contract,
        actor=cast["boss"],
        title="加一台输送机",
        scope="输送机一台",
        reason="客户要求",
        price_change=_value("change", own),
    )
    services.send_change(order, actor=cast["boss"])


def _reminded(cast: Any) -> None:
    """What the clock would say today of payments that are late."""
    for name, reminder in register.entries("notifications.reminders").items():
        if name.startswith("payment"):
            for matter in reminder.find(timezone.localdate(), rules()):
                people = [*matter.people, *cast.people.values()]
                notify(reminder.event, matter.target, people, key=f"{matter.key}-walk", **matter.params)


# --- looking ------------------------------------------------------------------------------------

BETWEEN = re.compile(r"(?<=\d)[,\s\u00a0\u202f'](?=\d)")


def digits(text: str) -> str:
    """Without what stands between the digits of an amount."""
    return BETWEEN.sub("", text)


def text_of(response: Any) -> str:
    """Everything an answer says: head, page, cells of a workbook, files of an archive, text of a PDF."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return digits(f"{response.headers}\n{_unpacked(content)}")


def _unpacked(content: bytes) -> str:
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(_unpacked(archive.read(name)) for name in archive.namelist())
    plain = content.decode("utf-8", "replace")
    if content[:5] == b"%PDF-":
        with suppress(pypdfium2.PdfiumError):  # a file somebody uploaded need not be one
            pages = pypdfium2.PdfDocument(content)
            return plain + "\n".join(page.get_textpage().get_text_range() for page in pages)
    return plain


class Walk:
    """Asks every route as everybody and notes which amounts came to whom."""

    def __init__(self, cast: Any, wanted: list[Sentinel], people: Iterable[str] = PEOPLE) -> None:
        self._cast, self._wanted, self.people = cast, wanted, list(people)
        self.seen: set[tuple[str, str]] = set()
        self.leaks: list[str] = []
        self._may = {
            (who, s.name, s.contract.pk): s.may(cast[who]) for who in self.people for s in self._wanted
        }
        self._clients = {who: Client() for who in self.people}
        for who, client in self._clients.items():
            client.force_login(cast[who])

    def route(self, route: str, row: Row) -> None:
        """Every way to ask it, as everybody; what the row made for it is gone afterwards."""
        with transaction.atomic():
            self._route(route, row)
            transaction.set_rollback(True)

    def _route(self, route: str, row: Row) -> None:
        kwargs = row.kwargs(self._cast, self._cast.own)
        urls = [reverse(route, kwargs=kwargs)]
        if kwargs and row.scope in ("contract", "portal"):
            urls.append(reverse(route, kwargs=row.kwargs(self._cast, self._cast.foreign)))
        for contract, own in ((self._cast.own, True), (self._cast.foreign, False)):
            paint(contract, own=own)
        for who in self.people:
            for url in urls:
                self._url(who, url, row)

    def _url(self, who: str, url: str, row: Row) -> None:
        """Looking, exporting, and sending an empty or ordinary form."""
        if "GET" in row.methods:
            for query in self._queries(url, row):
                self.ask(who, "get", url, query)
        if "POST" in row.methods:
            self.ask(who, "post", url, row.data)

    def _queries(self, url: str, row: Row) -> list[dict[str, Any]]:
        """The page itself, and the files it can be had as: what answers another type when asked."""
        if url not in (known := self.__dict__.setdefault("_known", {})):
            boss = Client()
            boss.force_login(self._cast["boss"])
            forms = [{**row.get, "export": form} for form in ("xlsx", "csv")]
            types = [self._type(boss, url, query) for query in ({**row.get}, *forms)]
            known[url] = [row.get, *(f for f, kind in zip(forms, types[1:], strict=True) if kind != types[0])]
        found: list[dict[str, Any]] = known[url]
        return found

    @staticmethod
    def _type(client: Client, url: str, query: dict[str, Any]) -> str:
        with transaction.atomic():
            response: Any = client.get(url, query)
            if response.streaming:
                b"".join(response.streaming_content)
            transaction.set_rollback(True)
        return str(response.headers.get("Content-Type", ""))

    def ask(self, who: str, method: str, url: str, data: dict[str, Any]) -> None:
        with transaction.atomic():
            response = getattr(self._clients[who], method)(url, data)
            text = text_of(response)
            transaction.set_rollback(True)
        self.look(who, f"{method.upper()} {url} {data or ''}", text)

    def look(self, who: str, where: str, text: str) -> None:
        for sentinel in self._wanted:
            if sentinel.digits in text:
                self.seen.add((who, sentinel.name))
                if not self._may[who, sentinel.name, sentinel.contract.pk]:
                    number = sentinel.contract.number
                    self.leaks.append(f"{who} reads {sentinel.name} of {number} at {where}")
