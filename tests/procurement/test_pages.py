"""Pages of purchases: who sees what, what is refused how, what a page costs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contracts.models import Contract
from contracts.states import missing_for
from procurement import services
from procurement.models import Arrival, ProcurementItem, PromisedDate, Supplier
from production.models import Task
from tests.procurement.conftest import ago

HTMX = {"HX-Request": "true"}
PRICE = "777.77"


@pytest.fixture
def as_user(client, cast):
    def sign_in(who):
        client.force_login(cast[who])
        return client

    return sign_in


@pytest.fixture
def priced(cast, item, supplier):
    return services.order_item(
        item, actor=cast["buyer"], supplier=supplier, price=Decimal(PRICE), ordered_on=ago(7)
    )


def stored(item):
    return ProcurementItem.objects.get(pk=item.pk)


def text(response):
    return response.content.decode()


def addresses(item):
    return [
        "/procurement/",
        f"/contracts/{item.contract_id}/procurement/",
        f"/procurement/{item.pk}/",
        f"/procurement/suppliers/{item.supplier_id}/",
        f"/procurement/{item.pk}/edit/",
        f"/search/?q={item.name}",
        "/audit/",
        f"/contracts/{item.contract_id}/history/",
    ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_empty_and_filled(cast, as_user, language, make_item, supplier, task):
    client = as_user("boss")
    client.cookies["django_language"] = language
    empty = ["/procurement/", f"/contracts/{cast.own.pk}/procurement/", "/procurement/suppliers/",
             "/procurement/suppliers/new/", f"/contracts/{cast.own.pk}/procurement/new/"]  # fmt: skip
    for url in empty:
        assert client.get(url).status_code == 200, url
    item = make_item(task=task)
    services.order_item(item, actor=cast["buyer"], supplier=supplier, promised_on=ago(-4), ordered_on=ago(9))
    services.set_promised_date(item, ago(-8), actor=cast["buyer"], reason="缺料")
    services.record_arrival(
        item, actor=cast["buyer"], quantity=Decimal(3), defect="划伤", defective_quantity=Decimal(1)
    )
    arrival = Arrival.objects.get()
    deeds = ("", "edit/", "promise/", "arrive/")
    more = [f"/procurement/{item.pk}/{deed}" for deed in deeds]
    more += [f"/procurement/arrivals/{arrival.pk}/take-back/", supplier.get_absolute_url()]
    more += [f"{supplier.get_absolute_url()}edit/", f"/contracts/{cast.own.pk}/procurement/prices/?name=x"]
    for url in [*empty, *more]:
        for headers in ({}, HTMX):
            response = client.get(url, headers=headers)
            assert response.status_code == 200, url
            assert ("<html" in text(response)) is not bool(headers), url


@pytest.mark.parametrize("who", ["boss", "buyer"])
def test_who_reads_prices_sees_them(as_user, priced, who):
    client = as_user(who)
    for url in addresses(priced)[:5]:
        page = text(client.get(url))
        assert PRICE in page or "7,777.70" in page, url


@pytest.mark.parametrize("who", ["pm", "leader.mech", "leader.elec", "staff.mech", "sales", "qc", "service"])
def test_nobody_else_meets_a_price_anywhere(as_user, cast, priced, who):
    """Sales reads prices, but no purchases; the manager manages purchases, but reads no prices."""
    services.edit_item(priced, actor=cast["buyer"], price=Decimal("888.88"))
    client = as_user(who)
    for url in addresses(priced):
        page = text(client.get(url))
        assert "777.77" not in page, url
        assert "888.88" not in page, url
        assert "7,777" not in page, url
        assert "8,888" not in page, url


def test_the_manager_with_the_right_sees_prices(as_user, cast, priced):
    from contracts.services import sync_grants
    from orgchart.models import Organisation

    Organisation.objects.update(manager_sees_finance=True)
    sync_grants(Contract.objects.get(pk=cast.own.pk))
    assert PRICE in text(as_user("pm").get(f"/procurement/{priced.pk}/"))


def test_prices_of_other_contracts_stay_there(as_user, cast, make_item, supplier):
    """The same part, bought in a contract the purchaser is not in."""
    foreign = make_item(cast.foreign, actor="boss")
    services.order_item(foreign, actor=cast["boss"], supplier=supplier, price=Decimal("123.45"))
    item = make_item()
    client = as_user("buyer")
    urls = [
        f"/procurement/{item.pk}/order/",
        f"/procurement/{item.pk}/edit/",
        supplier.get_absolute_url(),
        f"/contracts/{cast.own.pk}/procurement/prices/?part_number=fv-100",
        "/procurement/?status=all",
    ]
    for url in urls:
        page = text(client.get(url))
        assert "123.45" not in page, url
        assert cast.foreign.number not in page, url
    assert "123.45" in text(as_user("boss").get(f"/procurement/{item.pk}/order/"))


def test_price_history_stands_at_the_order_with_the_last_supplier(as_user, cast, priced, make_item, supplier):
    again = make_item(part_number="fv - 100")
    page = text(as_user("buyer").get(f"/procurement/{again.pk}/order/"))
    assert PRICE in page
    assert f'<option value="{supplier.pk}" selected>' in page
    assert PRICE in text(
        as_user("buyer").get(f"/contracts/{cast.own.pk}/procurement/prices/", {"part_number": "ＦＶ－１００"})
    )


def test_the_tab_is_for_those_who_see_something_there(as_user, cast):
    url = f"/contracts/{cast.own.pk}/"
    shown = f'href="/contracts/{cast.own.pk}/procurement/"'
    for who in ("boss", "pm", "buyer", "leader.elec"):
        assert shown in text(as_user(who).get(url)), who
    for who in ("staff.mech", "sales", "qc", "service"):
        assert shown not in text(as_user(who).get(url)), who


def test_leaders_see_only_their_department(as_user, cast, item, make_item):
    make_item(department="electrical", actor="leader.elec", name="伺服驱动")
    page = text(as_user("leader.mech").get(f"/contracts/{cast.own.pk}/procurement/"))
    assert "灌装阀" in page
    assert "伺服驱动" not in page
    assert "伺服驱动" in text(as_user("buyer").get(f"/contracts/{cast.own.pk}/procurement/"))


def test_an_item_is_requested_by_hand(as_user, cast, task):
    client = as_user("leader.mech")
    url = f"/contracts/{cast.own.pk}/procurement/new/"
    assert "unit price" not in text(client.get(url))
    data = {
        "name": "密封圈", "part_number": "ＭＦ－９", "quantity": "１，２００．５", "unit": "个",
        "department": cast.departments["mechanical"].pk, "task": task.pk, "need_by": "2026年12月20日",
    }  # fmt: skip
    assert client.post(url, data).status_code == 302
    item = ProcurementItem.objects.get()
    assert (item.quantity, item.part_key, item.task, item.need_by.isoformat()) == (
        Decimal("1200.5"), "MF-9", task, "2026-12-20",
    )  # fmt: skip


BAD_NUMBERS = [
    "",
    "0",
    "-1",
    "NaN",
    "Infinity",
    "1e3",
    "1.2345",
    "123456789012",
    "abc",
    "９" * 30,
    "\x00",
    "1,2,3.x",
    "1,5",
    "1.200,5",
]


@pytest.mark.parametrize("quantity", BAD_NUMBERS)
def test_a_bad_quantity_is_a_sentence_and_changes_nothing(as_user, cast, quantity):
    client = as_user("leader.mech")
    data = {
        "name": "密封圈", "quantity": quantity, "unit": "个", "department": cast.departments["mechanical"].pk,
    }  # fmt: skip
    response = client.post(f"/contracts/{cast.own.pk}/procurement/new/", data, headers=HTMX)
    assert response.status_code == 422
    assert "密封圈" in text(response)
    assert "error" in text(response)
    assert not ProcurementItem.objects.exists()


@pytest.mark.parametrize("price", ["-1", "NaN", "1e309", "1.23456", "9" * 12, "¥abc"])
def test_a_bad_price_is_a_sentence_and_changes_nothing(as_user, cast, item, supplier, price):
    data = {
        "version": 1, "supplier": supplier.pk, "price": price, "currency": "CNY", "ordered_on": ago(0),
    }  # fmt: skip
    assert as_user("buyer").post(f"/procurement/{item.pk}/order/", data, headers=HTMX).status_code == 422
    assert stored(item).status == "planned"


@pytest.mark.parametrize("day", ["2026-02-30", "1999-12-31", "2101-01-01", "0001-01-01", "99999-01-01", "x"])
def test_an_impossible_day_is_a_sentence_and_changes_nothing(as_user, priced, day):
    data = {"version": priced.version, "promised_on": day, "told_on": ago(0)}
    response = as_user("buyer").post(f"/procurement/{priced.pk}/promise/", data, headers=HTMX)
    assert response.status_code == 422
    assert not PromisedDate.objects.exists()


@pytest.mark.parametrize("key", ["0", "-1", str(2**63), "9" * 30, "x", "１"])
def test_keys_out_of_range_find_nothing(as_user, cast, item, supplier, key):
    client = as_user("boss")
    for name in ("supplier", "contract", "department", "page", "status"):
        assert client.get("/procurement/", {name: key}).status_code == 200
    data = {"version": 1, "supplier": key, "currency": "CNY", "ordered_on": ago(0)}
    status = client.post(f"/procurement/{item.pk}/order/", data, headers=HTMX).status_code
    assert (status, stored(item).status) == (422, "planned") or Supplier.objects.filter(pk=1).exists()


def test_an_order_by_hand(as_user, item, supplier):
    data = {
        "version": 1, "supplier": supplier.pk, "price": "¥1,960.5", "currency": "CNY", "ordered_on": ago(2),
        "promised_on": ago(-20), "order_number": " PO-1 ",
    }  # fmt: skip
    response = as_user("buyer").post(f"/procurement/{item.pk}/order/", data, headers=HTMX)
    assert (response.status_code, "items-changed" in response["HX-Trigger"]) == (204, True)
    found = stored(item)
    assert (found.status, found.price, found.promised_on, found.order_number) == (
        "ordered", Decimal("1960.5"), ago(-20), "PO-1",
    )  # fmt: skip


def test_a_price_smuggled_into_the_managers_order_is_passed_over(as_user, item, supplier):
    data = {"version": 1, "supplier": supplier.pk, "price": "5", "currency": "USD", "ordered_on": ago(0)}
    assert as_user("pm").post(f"/procurement/{item.pk}/order/", data).status_code == 302
    assert (stored(item).price, stored(item).currency) == (None, "CNY")


def arrived(**changed):
    return {"quantity": "4", "unit": "件", "arrived_on": ago(0), **changed}


def test_more_than_ordered_is_asked_once_more(as_user, cast, priced):
    client, url = as_user("buyer"), f"/procurement/{priced.pk}/arrive/"
    data = arrived(version=priced.version, quantity="11", receiver=cast.people["buyer"].pk)
    asked = client.post(url, data, headers=HTMX)
    assert asked.status_code == 422
    assert 'type="checkbox" name="confirmed"' in text(asked)
    assert not Arrival.objects.exists()
    assert client.post(url, {**data, "confirmed": "on"}, headers=HTMX).status_code == 204
    assert stored(priced).status == "arrived"


def test_somebody_was_faster(as_user, cast, priced):
    client, url = as_user("buyer"), f"/procurement/{priced.pk}/arrive/"
    data = arrived(version=priced.version, receiver=cast.people["buyer"].pk)
    services.set_promised_date(priced, ago(-3), actor=cast["pm"])
    first = client.post(url, data, headers=HTMX)
    assert (first.status_code, Arrival.objects.count()) == (409, 0)
    again = {**data, "version": stored(priced).version}
    assert client.post(url, again, headers=HTMX).status_code == 204


def test_two_edits_of_one_item_are_shown_side_by_side(as_user, cast, priced):
    client, url = as_user("buyer"), f"/procurement/{priced.pk}/edit/"
    services.edit_item(priced, actor=cast["pm"], specification="DN25")
    data = {
        "version": priced.version, "name": "灌装阀 A", "quantity": "10", "unit": "件", "currency": "CNY",
        "price": PRICE, "department": cast.departments["mechanical"].pk, "supplier": priced.supplier_id,
    }  # fmt: skip
    response = client.post(url, data)
    assert response.status_code == 409
    assert "DN25" in text(response)


def test_a_supplier_by_hand(as_user, supplier):
    client = as_user("buyer")
    data = {"name": "上海申达", "contact": "邵工", "lead_days": "１０"}
    assert client.post("/procurement/suppliers/new/", data).status_code == 302
    assert Supplier.objects.get(name="上海申达").lead_days == 10
    assert client.post("/procurement/suppliers/new/", data).status_code == 422
    for days in ("-1", "501", "1.5", "x", "9" * 30):
        bad = {"name": f"厂 {days}", "lead_days": days}
        assert client.post("/procurement/suppliers/new/", bad).status_code == 422


LISTS = ["/procurement/", "/procurement/?status=late&q=灌", "/contracts/{pk}/procurement/", "{supplier}"]


@pytest.mark.parametrize("who", ["boss", "buyer"])
@pytest.mark.parametrize("url", LISTS)
def test_lists_ask_as_much_for_three_rows_as_for_one(as_user, cast, make_item, supplier, task, url, who):
    client = as_user(who)
    url = url.format(pk=cast.own.pk, supplier=supplier.get_absolute_url())

    def add():
        item = make_item(task=task, need_by=ago(3))
        services.order_item(item, actor=cast["buyer"], supplier=supplier, price=Decimal(2), ordered_on=ago(9))

    def asked():
        client.get(url, headers=HTMX)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url, headers=HTMX).status_code == 200
        return len(queries)

    add()
    few = asked()
    add()
    add()
    assert asked() == few <= 12


@pytest.mark.parametrize("who", ["boss", "buyer", "leader.mech"])
def test_an_item_with_much_history_costs_as_little(as_user, cast, task, make_item, supplier, who):
    item = make_item(task=task)
    services.order_item(item, actor=cast["buyer"], supplier=supplier, ordered_on=ago(9))
    client, url = as_user(who), f"/procurement/{item.pk}/"

    def asked():
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    few = asked()
    for n in range(3):
        services.set_promised_date(item, ago(-n - 1), actor=cast["buyer"])
        services.record_arrival(item, actor=cast["buyer"], quantity=Decimal(1))
    assert asked() == few <= 18


def test_what_if_asks_about_the_task_that_waits(as_user, cast, make_item, task):
    item = make_item(task=task)
    page = text(as_user("buyer").get(f"/procurement/{item.pk}/"))
    assert f"/tasks/{task.pk}/what-if/?days=5" in page
    assert as_user("buyer").get(f"/tasks/{task.pk}/what-if/?days=5").status_code == 200


def test_what_if_of_a_late_item_counts_the_working_days_until_it_comes(
    as_user, cast, make_item, task, supplier
):
    item = make_item(task=task)
    day = task.planned_start + timedelta(days=14)
    services.order_item(item, actor=cast["buyer"], supplier=supplier, promised_on=day)
    task.refresh_from_db()
    Task.objects.filter(pk=task.pk).update(planned_start=day - timedelta(days=14))
    page = text(as_user("buyer").get(f"/procurement/{item.pk}/"))
    assert f"/tasks/{task.pk}/what-if/?on={day.isoformat()}" in page
    asked = {}
    for on in (day.isoformat(), "9999-12-31", "gestern", ""):
        answer = as_user("buyer").get(f"/tasks/{task.pk}/what-if/", {"on": on})
        assert answer.status_code == 200
        asked[on] = answer.context["form"]["days"].value()
    assert 1 <= int(asked.pop(day.isoformat())) < 14
    assert asked == {"9999-12-31": "250", "gestern": "3", "": "3"}


def test_the_gate_lists_what_is_missing_with_links(cast, item, ordered):
    found = [m for m in missing_for("deliver", cast.own) if "/procurement/" in m.url]
    assert [m.url for m in found] == [ordered.get_absolute_url()]
    services.record_arrival(ordered, actor=cast["buyer"])
    assert not [m for m in missing_for("deliver", cast.own) if "/procurement/" in m.url]


def test_the_station_is_reached_by_the_first_order(as_user, cast, ordered, task):
    from contracts.stations import stations, with_stations

    row = with_stations(Contract.objects.filter(pk=cast.own.pk)).get()
    line = {station.key: station for station in stations(row, late=False)}
    assert line["production"].date == ago(7).isoformat()


def test_late_means_late(cast, make_item, supplier, task):
    today = timezone.localdate()
    kinds = {
        "promise gone by": make_item(),
        "promised too late": make_item(need_by=today + timedelta(days=3)),
        "needed already": make_item(need_by=today - timedelta(days=1)),
        "in time": make_item(task=task),
        "nobody knows": make_item(),
    }
    for name, day in (("promise gone by", ago(1)), ("promised too late", ago(-9)), ("in time", ago(-2))):
        services.order_item(
            kinds[name], actor=cast["buyer"], supplier=supplier, ordered_on=ago(5), promised_on=day
        )
    late = set(ProcurementItem.objects.late().values_list("pk", flat=True))
    assert late == {kinds[name].pk for name in ("promise gone by", "promised too late", "needed already")}
    days = {name: stored(item).days_late() for name, item in kinds.items()}
    assert days == {
        "promise gone by": 1, "promised too late": 6, "needed already": 1, "in time": 0, "nobody knows": 0,
    }  # fmt: skip


def test_search_finds_only_what_one_sees(as_user, cast, item, supplier):
    assert "FV-100" in text(as_user("buyer").get("/search/?q=fv-1"))
    for who in ("leader.elec", "sales", "outsider", "ex-member"):
        page = text(as_user(who).get("/search/?q=fv-1"))
        assert f"/procurement/{item.pk}/" not in page, who
        assert "苏州阀门有限公司" not in text(as_user(who).get("/search/?q=苏州阀门")), who
    assert "苏州阀门有限公司" in text(as_user("buyer").get("/search/?q=苏州阀门"))


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        ("850", "¥850.00"), ("0.85", "¥0.85"), ("1.2367", "¥1.2367"), ("1234.5", "¥1,234.50"),
        ("0.0001", "¥0.0001"),
    ],
)  # fmt: skip
def test_unit_prices_keep_all_their_places(price, shown):
    from procurement.tables import price_text

    assert price_text(Decimal(price), "CNY") == shown
