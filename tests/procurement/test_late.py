"""Late arrivals, kits, the purchaser's tiles, and what leaves as a file."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import openpyxl
import pytest
from django.utils import timezone, translation

from erp.dashboard import tiles_of
from erp.models import LogEntry
from procurement import services, tiles
from procurement.kits import kits_of
from procurement.late import LateFilter, late_items, paper
from procurement.models import ProcurementItem
from procurement.queries import worst_first
from production.services import create_task
from tests.contracts.test_query_counts import queries
from tests.procurement.conftest import ago, ahead

LATE = "/procurement/late/"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def order(cast, make_item, supplier):
    """An item ordered long ago, promised for a day (days from today)."""

    def order(promised=None, need_by=None, **fields):
        need = ahead(need_by) if need_by is not None else None
        item = make_item(need_by=need, **fields)
        day = ahead(promised) if promised is not None else None
        return services.order_item(
            item, actor=cast["buyer"], supplier=supplier, promised_on=day, ordered_on=ago(200)
        )

    return order


@pytest.fixture
def lot(order, make_item):
    """Five items: three days over, ten over, not ordered but needed, promised too late, and in time."""
    return [
        order(promised=-3, name="过三天"),
        order(promised=-10, name="过十天"),
        make_item(need_by=ago(5), name="没下单"),
        order(promised=9, need_by=2, name="要晚到"),
        order(promised=5, need_by=8, name="来得及"),
    ]


# --- the list ----------------------------------------------------------------------------------------


def test_the_worst_comes_first(cast, lot):
    rows = ProcurementItem.objects.in_bulk(worst_first(late_items(cast["buyer"])))
    names = [rows[pk].name for pk in worst_first(late_items(cast["buyer"]))]
    assert names == ["过十天", "要晚到", "没下单", "过三天"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"kind": "past"}, {"过三天", "过十天", "没下单"}),
        ({"kind": "ahead"}, {"要晚到"}),
        ({"state": "planned"}, {"没下单"}),
        ({"state": "awaited"}, {"过三天", "过十天", "要晚到"}),
        ({"q": "过 三天"}, {"过三天"}),
        ({"q": "HT-OWN"}, {"过三天", "过十天", "没下单", "要晚到"}),
        ({"q": "苏州阀门"}, {"过三天", "过十天", "要晚到"}),
        ({"kind": "x", "state": "y", "supplier": "z"}, {"过三天", "过十天", "没下单", "要晚到"}),
        ({"department": "999"}, set()),
    ],
)
def test_the_list_is_narrowed(cast, rf, lot, query, names):
    chosen = LateFilter.read(rf.get(LATE, query).GET)
    assert {item.name for item in late_items(cast["buyer"], chosen)} == names


def test_the_page_names_who_waits(cast, sign_in, order):
    task = create_task(
        cast.own, actor=cast["boss"], department=cast.departments["mechanical"], name="阀组装配",
        planned_start=ahead(1), planned_end=ahead(3), assignee=cast.people["staff.mech"],
    )  # fmt: skip
    order(promised=-2, task=task)
    text = sign_in("buyer").get(LATE).content.decode()
    for word in ("阀组装配", "小张", "HT-OWN-1", cast.own.planned_delivery.isoformat(), f"/tasks/{task.pk}/"):
        assert word in text


def test_what_is_out_of_sight_is_in_no_list(cast, sign_in, make_item, order):
    order(promised=-3, name="自家的")
    foreign = make_item(cast.foreign, actor="boss", name="别家的", need_by=ago(9))
    for who in ("buyer", "leader.mech", "leader.elec", "staff.mech", "sales", "outsider"):
        client = sign_in(who)
        sees = who in ("buyer", "leader.mech")
        for url in (LATE, f"{LATE}?export=csv"):
            text = client.get(url).content.decode()
            assert ("自家的" in text) is sees, (who, url)
            assert "别家的" not in text
    assert foreign.pk in worst_first(late_items(cast["boss"]))


def test_archived_contracts_are_late_no_more(cast, make_item, sign_in):
    item = make_item(need_by=ago(9))
    ProcurementItem.objects.filter(pk=item.pk).update(contract=cast.archived)
    assert not late_items(cast["boss"]).exists()


def test_the_list_costs_the_same_for_more_rows(sign_in, order):
    client = sign_in("buyer")
    order(promised=-1)
    before = queries(client, LATE)
    for days in (-2, -3, -4):
        order(promised=days)
    assert queries(client, LATE) == before <= 12


def test_an_empty_list_says_so(sign_in):
    assert "没有逾期" in sign_in("buyer").get(LATE).content.decode()


def test_the_report_names_the_worst(cast, lot):
    table = paper(cast["buyer"])
    assert [row[0] for row in table.rows] == [
        "FV-100 过十天",
        "FV-100 要晚到",
        "FV-100 没下单",
        "FV-100 过三天",
    ]
    assert len(table.heads) == len(table.widths) == len(table.rows[0])


# --- files -------------------------------------------------------------------------------------------


def as_csv(client, url):
    text = client.get(url).content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def as_xlsx(client, url):
    body = client.get(url.replace("export=csv", "export=xlsx")).content
    rows = openpyxl.load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True)
    return [["" if cell is None else str(cell) for cell in row] for row in rows]


@pytest.mark.parametrize("read", [as_csv, as_xlsx])
def test_late_arrivals_leave_as_a_file_and_it_is_logged(sign_in, lot, read):
    rows = read(sign_in("buyer"), f"{LATE}?export=csv&kind=past")
    assert [row[2] for row in rows[1:]] == ["过十天", "没下单", "过三天"]
    assert [row[0] for row in rows[1:]] == ["10", "5", "3"]
    entry = LogEntry.objects.filter(verb="export").latest("pk")
    assert (entry.additional_data["rows"], entry.additional_data["filters"]) == (3, {"kind": "past"})


@pytest.mark.parametrize("read", [as_csv, as_xlsx])
@pytest.mark.parametrize("url", ["/procurement/", "/contracts/{pk}/procurement/"])
def test_purchases_leave_as_a_file_with_prices_for_their_readers(cast, sign_in, make_item, read, url):
    make_item(name="贵重件", quantity=Decimal("1.125"))
    ProcurementItem.objects.update(price=Decimal("8888.1234"))
    url = url.format(pk=cast.own.pk) + "?export=csv"
    rows = read(sign_in("buyer"), url)
    assert (len(rows), "贵重件" in rows[1], "1.125" in rows[1]) == (2, True, True)
    assert rows[1][-3:-1] == ["CNY", "8888.1234"]
    for who in ("pm", "leader.mech"):
        rows = read(sign_in(who), url)
        assert (len(rows[0]), "贵重件" in rows[1]) == (20, True)
        assert "8888" not in str(rows)
    assert len(read(sign_in("staff.mech"), url)) == 1


def test_a_file_starts_no_formula(sign_in, make_item):
    make_item(name="=cmd|' /C calc'!A0", specification="+1")
    row = as_csv(sign_in("buyer"), "/procurement/?export=csv")[1]
    assert (row[3], row[4]) == ("'=cmd|' /C calc'!A0", "'+1")


def test_a_file_holds_the_narrowed_list(sign_in, lot):
    rows = as_csv(sign_in("buyer"), "/procurement/?export=csv&status=todo")
    assert [row[3] for row in rows[1:]] == ["没下单"]


# --- kits --------------------------------------------------------------------------------------------


def kit(cast, task, who="buyer"):
    return next(iter(kits_of(cast[who], [task])), None)


def test_a_kit_is_complete_when_every_part_is_here(cast, task, order):
    first, second = order(task=task), order(task=task)
    services.record_arrival(first, actor=cast["buyer"])
    found = kit(cast, task)
    assert (found.here, found.total, found.percent, found.state) == (1, 2, 50, "open")
    assert found.verdict == "1 part missing, 1 without a promised day"
    services.record_arrival(second, actor=cast["buyer"])
    found = kit(cast, task)
    assert (found.percent, found.state, found.verdict) == (100, "complete", "Kit complete")


def test_a_kit_that_comes_in_time_or_late_says_when(cast, task, order):
    start = (task.planned_start - timezone.localdate()).days
    order(task=task, promised=start - 2)
    assert (kit(cast, task).state, kit(cast, task).verdict) == (
        "coming",
        f"1 part missing, complete on {short(start - 2)}, before the start",
    )
    item = order(task=task)
    ProcurementItem.objects.filter(pk=item.pk).update(promised_on=ahead(start + 4))
    assert (kit(cast, task).state, kit(cast, task).verdict) == (
        "late",
        f"2 parts missing, complete on {short(start + 4)}, 4 days after the start",
    )


def short(days):
    from erp.dates import short_day

    return short_day(ahead(days))


def test_a_kit_tells_what_keeps_it_open(cast, task, order, make_item):
    order(task=task, promised=-1)
    make_item(task=task)
    found = kit(cast, task)
    assert (found.state, found.verdict) == ("late", "2 parts missing, 1 too late, 1 not ordered")


def test_what_came_in_part_is_still_missing(cast, task, order):
    item = order(task=task, quantity=Decimal(10))
    services.record_arrival(item, actor=cast["buyer"], quantity=Decimal(4))
    (part,) = kit(cast, task).missing
    assert (part.quantity, part.missing) == ("10 件", "6 件")


def test_cancelled_items_belong_to_no_kit(cast, task, make_item):
    item = make_item(task=task)
    services.cancel_item(item, actor=cast["buyer"], reason="改型")
    assert kit(cast, task) is None


def test_kits_of_a_contract_and_of_a_task_are_pages(cast, sign_in, task, order):
    order(task=task, promised=-1, name="迟到的阀")
    client = sign_in("buyer")
    for url in (f"/contracts/{cast.own.pk}/procurement/kits/", f"/tasks/{task.pk}/kit/"):
        assert "迟到的阀" in client.get(url).content.decode()
    assert f"/tasks/{task.pk}/kit/" in client.get(f"/tasks/{task.pk}/").content.decode()
    assert "迟到的阀" in client.get(f"/contracts/{cast.own.pk}/procurement/kits/?show=short").content.decode()


def test_whoever_sees_no_purchases_sees_no_kit(cast, sign_in, task, order):
    order(task=task, name="看不见的阀")
    client = sign_in("staff.mech")
    answer = client.get(f"/tasks/{task.pk}/kit/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert "看不见的阀" not in client.get(f"/tasks/{task.pk}/kit/").content.decode()
    assert kit(cast, task, "leader.elec") is None


def test_kits_cost_the_same_for_more_parts(cast, sign_in, task, order):
    client, url = sign_in("buyer"), f"/contracts/{cast.own.pk}/procurement/kits/"
    order(task=task)
    before = queries(client, url)
    order(task=task)
    order(task=task)
    assert queries(client, url) == before <= 18
    assert queries(client, f"/tasks/{task.pk}/kit/") <= 12


# --- tiles -------------------------------------------------------------------------------------------


def test_purchasers_have_figures_of_their_own(cast):
    mine = {tile.area: slug for slug, tile in tiles_of(cast["buyer"]).items()}
    assert mine["kpi-todo"] == "buy-todo"
    assert (mine["kpi-month"], mine["kpi-risk"], mine["trend6m"]) == ("buy-month", "buy-risk", "buy-trend")
    for who in ("boss", "leader.mech", "sales"):
        assert not any(slug.startswith("buy-") for slug in tiles_of(cast[who]))


@pytest.mark.parametrize("name", ["todo", "month", "risk"])
def test_each_figure_is_the_length_of_its_list(cast, sign_in, make_item, order, lot, name):
    came = order(promised=-20, name="到了")
    services.record_arrival(came, actor=cast["buyer"], quantity=Decimal(3))
    services.record_arrival(came, actor=cast["buyer"])
    make_item(cast.foreign, actor="boss", need_by=ago(9))
    figure = getattr(tiles, name)(cast["buyer"])
    response = sign_in("buyer").get(figure.url)
    assert response.context["page"].paginator.count == figure.count
    assert figure.count == {"todo": 1, "month": 1, "risk": 4}[name]


def test_the_share_on_time_counts_what_was_due(cast, order, supplier):
    for promised, came in ((-40, 41), (-40, 30), (-35, None), (5, None)):
        item = order(promised=promised)
        if came:
            services.record_arrival(item, actor=cast["buyer"], arrived_on=ago(came))
    months = tiles.trend(cast["buyer"])
    assert len(months) == 6
    assert (sum(m.due for m in months), sum(m.kept for m in months)) == (3, 1)
    assert tiles.trend(cast["outsider"])[0].rate is None


def test_the_first_page_of_a_purchaser_shows_the_figures(sign_in, lot):
    client = sign_in("buyer")
    text = client.get("/").content.decode()
    assert "/procurement/late/" in text
    assert "过十天" in text
    assert client.get("/tiles/arrivals/").status_code == 200
