"""Many purchases at once: ordered or received all together, or none of them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from procurement import services
from procurement.models import Arrival, ProcurementItem, PromisedDate
from tests.contracts.test_query_counts import queries
from tests.procurement.conftest import ago

ORDER, ARRIVE = "/procurement/order/", "/procurement/arrive/"


@pytest.fixture
def three(make_item):
    return [make_item(part_number=f"P-{n}", name=f"件{n}", quantity=Decimal(n)) for n in (1, 2, 3)]


def sent(items, **more):
    return {"row": [i.pk for i in items], **{f"version_{i.pk}": i.version for i in items}, **more}


def order_of(items, supplier, **more):
    day = timezone.localdate()
    values = {"supplier": supplier.pk, "ordered_on": day.isoformat(), **more}
    return sent(items, **values)


def states():
    return list(ProcurementItem.objects.order_by("id").values_list("status", flat=True))


def test_bulk_order_writes_every_row(cast, sign_in, three, supplier):
    promised = timezone.localdate() + timedelta(days=20)
    prices = {f"price_{item.pk}": price for item, price in zip(three, ("１２", "¥1,200.5", ""), strict=True)}
    more = {"promised_on": promised.isoformat(), "order_number": "PO-7", **prices}
    client = sign_in("buyer")
    assert "件2" in client.get(ORDER, {"row": [i.pk for i in three]}).content.decode()
    response = client.post(ORDER, order_of(three, supplier, **more))
    assert (response.status_code, response.url) == (302, f"/contracts/{cast.own.pk}/procurement/")
    rows = ProcurementItem.objects.order_by("id").values_list(
        "status", "supplier", "price", "promised_on", "order_number"
    )
    assert list(rows) == [
        ("ordered", supplier.pk, price, promised, "PO-7") for price in (Decimal(12), Decimal("1200.5"), None)
    ]
    assert PromisedDate.objects.count() == 3


def test_bulk_arrive_takes_the_rest_of_every_row(cast, sign_in, three, supplier):
    for item in three:
        services.order_item(item, actor=cast["buyer"], supplier=supplier, ordered_on=ago(5))
    services.record_arrival(three[2], actor=cast["buyer"], quantity=Decimal(1), arrived_on=ago(2))
    rows = list(ProcurementItem.objects.order_by("id"))
    client = sign_in("buyer")
    assert "2 件" in client.get(ARRIVE, {"row": [three[2].pk]}).content.decode()
    receiver = cast.people["staff.mech"]
    values = sent(rows, arrived_on=ago(1).isoformat(), receiver=receiver.pk, note="一车到齐")
    assert client.post(ARRIVE, values).status_code == 302
    assert states() == ["arrived"] * 3
    came = Arrival.objects.filter(note="一车到齐").order_by("item")
    assert [(a.quantity, a.arrived_on, a.receiver) for a in came] == [
        (Decimal(n), ago(1), receiver) for n in (1, 2, 2)
    ]


def test_one_row_in_another_state_stops_all(cast, sign_in, three, supplier):
    values = order_of(three, supplier)
    services.order_item(three[1], actor=cast["buyer"], supplier=supplier)
    response = sign_in("buyer").post(ORDER, values)
    assert response.status_code == 422
    assert "件2" in response.content.decode()
    assert states() == ["planned", "ordered", "planned"]


def test_one_row_changed_meanwhile_stops_all_and_is_named(cast, sign_in, three, supplier):
    values = order_of(three, supplier)
    services.edit_item(three[2], actor=cast["buyer"], quantity=Decimal(9))
    client = sign_in("buyer")
    response = client.post(ORDER, values)
    assert response.status_code == 422
    assert "件3" in response.content.decode()
    assert states() == ["planned"] * 3
    three[2].refresh_from_db()
    again = order_of(three, supplier)
    assert client.post(ORDER, again).status_code == 302


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price_{pk}", "-1"), ("price_{pk}", "1e309"), ("price_{pk}", "NaN"), ("price_{pk}", "1.23456"),
        ("price_{pk}", "9" * 30), ("ordered_on", "2026-02-30"), ("ordered_on", "9999-12-31"),
        ("promised_on", "0001-01-01"), ("supplier", "9" * 30), ("supplier", ""), ("supplier", str(2**63)),
        ("order_number", "x" * 61), ("version_{pk}", "x"), ("version_{pk}", "-1"), ("version_{pk}", "9" * 30),
        ("order_number", "\x00"),
    ],
)  # fmt: skip
def test_wrong_values_change_nothing_and_are_kept(sign_in, three, supplier, field, value):
    field = field.format(pk=three[0].pk)
    values = order_of(three, supplier) | {field: value}
    response = sign_in("buyer").post(ORDER, values)
    assert response.status_code == 422
    assert states() == ["planned"] * 3


def test_a_future_order_or_arrival_is_refused(cast, sign_in, three, supplier):
    day = (timezone.localdate() + timedelta(days=2)).isoformat()
    client = sign_in("buyer")
    assert client.post(ORDER, order_of(three, supplier, ordered_on=day)).status_code == 422
    services.order_item(three[0], actor=cast["buyer"], supplier=supplier)
    item = ProcurementItem.objects.get(pk=three[0].pk)
    values = sent([item], arrived_on=day, receiver=cast.people["buyer"].pk)
    assert client.post(ARRIVE, values).status_code == 422
    assert not Arrival.objects.exists()


def test_an_inactive_supplier_is_refused(cast, sign_in, three, supplier):
    services.edit_supplier(supplier, actor=cast["buyer"], active=False)
    assert sign_in("buyer").post(ORDER, order_of(three, supplier)).status_code == 422
    assert states() == ["planned"] * 3


def test_rows_out_of_sight_do_not_exist(cast, sign_in, make_item, three, supplier):
    foreign = make_item(cast.foreign, actor="boss")
    client = sign_in("buyer")
    assert client.get(ORDER, {"row": [three[0].pk, foreign.pk]}).status_code == 404
    assert client.post(ORDER, order_of([*three, foreign], supplier)).status_code == 404
    assert client.get(ORDER, {"row": ["9" * 17]}).status_code == 404
    assert states() == ["planned"] * 4


@pytest.mark.parametrize(("who", "answer"), [("leader.mech", 403), ("staff.mech", 404), ("outsider", 404)])
def test_whoever_does_not_manage_purchases_orders_none(sign_in, three, supplier, who, answer):
    assert sign_in(who).post(ORDER, order_of(three, supplier)).status_code == answer
    assert states() == ["planned"] * 3


def test_prices_are_asked_of_their_readers_only(cast, sign_in, three, supplier):
    ProcurementItem.objects.update(price=Decimal("8888.5"))
    seen = sign_in("buyer").get(ORDER, {"row": [i.pk for i in three]}).content.decode()
    hidden = sign_in("pm").get(ORDER, {"row": [i.pk for i in three]}).content.decode()
    assert f"price_{three[0].pk}" in seen
    assert "8888.5" in seen
    assert "price_" not in hidden
    assert "8888" not in hidden
    values = order_of(three, supplier, **{f"price_{three[0].pk}": "1"})
    assert sign_in("pm").post(ORDER, values).status_code == 302
    assert set(ProcurementItem.objects.values_list("price", flat=True)) == {Decimal("8888.5")}


def test_the_last_price_stands_beside(cast, sign_in, make_item, supplier):
    before = make_item()
    services.order_item(before, actor=cast["buyer"], supplier=supplier, price=Decimal("777.5"))
    text = sign_in("buyer").get(ORDER, {"row": [make_item().pk]}).content.decode()
    assert "777.5" in text
    assert supplier.name in text


def test_nothing_selected_says_what_to_do(sign_in):
    client = sign_in("buyer")
    for url in (ORDER, ARRIVE):
        assert client.get(url).status_code == 200
        assert client.post(url, {}).status_code == 422
        assert client.get(url, {"row": ["x", "-1", "", "9" * 40]}).status_code == 200


def test_more_rows_cost_no_more_queries(sign_in, three, make_item):
    client = sign_in("buyer")
    before = queries(client, f"{ORDER}?row={three[0].pk}")
    more = "&".join(f"row={item.pk}" for item in three)
    assert queries(client, f"{ORDER}?{more}") == before
    assert before <= 14


def test_the_list_offers_selection_only_where_something_can_be_done(cast, sign_in, three):
    url = f"/contracts/{cast.own.pk}/procurement/"
    assert "data-all-rows" in sign_in("buyer").get(url).content.decode()
    assert "data-all-rows" not in sign_in("leader.mech").get(url).content.decode()
