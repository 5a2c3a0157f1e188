"""What deliveries say of a supplier: against the first day promised, and in pieces."""

from __future__ import annotations

from decimal import Decimal

from procurement import services, tiles
from procurement.models import Supplier
from procurement.queries import suppliers_rated
from procurement.tables import supplier_rows
from tests.contracts.test_query_counts import queries
from tests.procurement.conftest import ago


def test_the_rating_follows_from_the_arrivals(sign_in, cast, make_item, supplier):
    for days, late in ((10, False), (10, True), (10, False)):
        item = make_item()
        services.order_item(
            item, actor=cast["buyer"], supplier=supplier, ordered_on=ago(days), promised_on=ago(5)
        )
        services.record_arrival(item, actor=cast["buyer"], arrived_on=ago(2 if late else 6))
    flawed = make_item()
    services.order_item(flawed, actor=cast["buyer"], supplier=supplier, ordered_on=ago(9))
    came = {"quantity": Decimal(10), "defective_quantity": Decimal(2), "defect": "划伤"}
    services.record_arrival(flawed, actor=cast["buyer"], **came)
    for url in ("/procurement/suppliers/", supplier.get_absolute_url()):
        page = sign_in("buyer").get(url).content.decode()
        assert "67%" in page, url
        assert "5%" in page, url  # two of the forty that came, although it was one arrival of four


def rating(cast, supplier):
    (row,) = supplier_rows(suppliers_rated(cast["buyer"], Supplier.objects.filter(pk=supplier.pk)))
    return row


def test_a_day_that_is_moved_makes_no_supplier_punctual(cast, make_item, supplier):
    item = make_item()
    services.order_item(item, actor=cast["buyer"], supplier=supplier, ordered_on=ago(20), promised_on=ago(10))
    services.set_promised_date(item, ago(2), actor=cast["buyer"], reason="缺料")
    services.record_arrival(item, actor=cast["buyer"], arrived_on=ago(3))
    assert rating(cast, supplier).on_time == "0%"
    early = make_item()
    services.order_item(early, actor=cast["buyer"], supplier=supplier, ordered_on=ago(20), promised_on=ago(5))
    services.set_promised_date(early, ago(9), actor=cast["buyer"])  # sooner, but they kept their word
    services.record_arrival(early, actor=cast["buyer"], arrived_on=ago(6))
    assert rating(cast, supplier).on_time == "50%"


def test_what_never_came_is_not_on_time_and_what_is_not_due_counts_for_nothing(cast, make_item, supplier):
    assert rating(cast, supplier).on_time == ""
    for day in (ago(1), ago(-5)):
        services.order_item(
            make_item(), actor=cast["buyer"], supplier=supplier, ordered_on=ago(20), promised_on=day
        )
    assert rating(cast, supplier).on_time == "0%"


def test_a_small_share_of_defects_is_not_rounded_away(cast, make_item, supplier):
    item = make_item(quantity=Decimal(1000))
    services.order_item(item, actor=cast["buyer"], supplier=supplier, ordered_on=ago(9))
    came = {"quantity": Decimal(1000), "defective_quantity": Decimal(1), "defect": "划伤"}
    services.record_arrival(item, actor=cast["buyer"], **came)
    assert (rating(cast, supplier).flawed, rating(cast, supplier).came) == ("<1%", "1,000")


def test_ratings_cost_the_same_for_more_suppliers(sign_in, cast, make_item, supplier):
    client, url = sign_in("buyer"), "/procurement/suppliers/"
    queries(client, url)
    few = queries(client, url)
    for n in range(2):
        other = services.create_supplier(actor=cast["buyer"], name=f"厂 {n}")
        item = make_item()
        services.order_item(item, actor=cast["buyer"], supplier=other, ordered_on=ago(9), promised_on=ago(3))
        services.record_arrival(item, actor=cast["buyer"])
    assert queries(client, url) == few <= 12


def test_the_share_on_time_of_the_first_page_counts_from_the_first_promise_too(cast, make_item, supplier):
    item = make_item()
    services.order_item(item, actor=cast["buyer"], supplier=supplier, ordered_on=ago(20), promised_on=ago(10))
    services.set_promised_date(item, ago(-20), actor=cast["buyer"], reason="缺料")
    months = tiles.trend(cast["buyer"])
    assert (sum(m.due for m in months), sum(m.kept for m in months)) == (1, 0)
