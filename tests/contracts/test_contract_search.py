"""Change orders and deliveries in the global search: found by what people have in hand, only in sight."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts import services
from contracts.models import ChangeOrder, Delivery
from contracts.search import find_changes, find_deliveries
from erp import register
from erp.search import find

SCOPE = "增加一套相机"


@pytest.fixture
def change(cast):
    services.create_change(
        cast.foreign, actor=cast["boss"], title="加装视觉检测", reason="客户要求", scope=SCOPE
    )
    return services.create_change(
        cast.own, actor=cast["boss"], title="加装视觉检测", reason="客户要求", scope=SCOPE
    )


@pytest.fixture
def delivery(cast, monkeypatch):
    monkeypatch.setitem(register._entries, "contracts.gates", {})
    for contract in (cast.foreign, cast.own):
        services.deliver(contract, actor=cast["boss"], waybill="DB-998877", carrier="德邦", place="青岛工厂")
    return Delivery.objects.get(contract=cast.own)


@pytest.mark.parametrize("text", ["视觉检测", "相机", "客户要求"])
def test_a_change_order_is_found_by_its_words(cast, change, text):
    (hit,) = find_changes(cast["pm"], text, 9)
    assert hit.title == "BG-01 加装视觉检测"
    assert hit.note == str(cast.own)
    assert hit.url == change.get_absolute_url()


@pytest.mark.parametrize("text", ["db-9988", "德邦", "青岛"])
def test_a_delivery_is_found_by_its_waybill(cast, delivery, text):
    (hit,) = find_deliveries(cast["pm"], text, 9)
    assert hit.title.endswith("DB-998877")
    assert hit.note == str(cast.own)
    assert hit.url == delivery.get_absolute_url()


def test_the_boss_finds_both_contracts_others_only_theirs(cast, change, delivery):
    def found(who):
        groups = [*find(cast[who], "DB-998877"), *find(cast[who], SCOPE)]
        return {hit.note for group in groups for hit in group.hits}

    assert found("boss") == {str(cast.own), str(cast.foreign)}
    assert found("staff.mech") == {str(cast.own)}
    assert found("outsider") == found("ex-member") == set()


def test_what_was_sent_to_a_customer_is_no_hit_for_another(cast, change):
    services.send_change(change, actor=cast["boss"])
    assert find_changes(cast["customer.b"], SCOPE, 9) == []


def test_a_void_delivery_is_not_found(cast):
    services.deliver(cast.own, actor=cast["boss"], partial=True, waybill="DB-1")
    part = Delivery.objects.get()
    assert [hit.url for hit in find_deliveries(cast["boss"], "DB-1", 9)] == [part.get_absolute_url()]
    services.void_delivery(part, actor=cast["boss"], reason="写错")
    assert find_deliveries(cast["boss"], "DB-1", 9) == []


def test_hits_take_one_query_however_many(cast):
    def one(nth):
        services.create_change(cast.own, actor=cast["boss"], title=f"改 {nth}", reason="r", scope=SCOPE)

    def asked():
        with CaptureQueriesContext(connection) as found:
            find_changes(cast["boss"], SCOPE, 9)
        return len(found)

    one(1)
    first = asked()
    one(2)
    one(3)
    assert ChangeOrder.objects.count() == 3
    assert asked() == first
