"""The money tab and the receivables: what they show, what they refuse, what they cost."""

import io
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.utils import timezone

from contracts import services
from contracts.models import Contract, Payment, PaymentMilestone
from contracts.money.states import On
from erp.models import LogEntry
from tests.cast import make_contract
from tests.contracts.test_query_counts import queries

PART = {"title": "预付款", "kind": "deposit", "percent": "30", "event": "signed", "offset_days": "7"}


@pytest.fixture
def sales(sign_in):
    return sign_in("sales")


@pytest.fixture
def deal(cast):
    return services.edit_contract(cast.own, actor=cast["sales"], version=None, deal_amount=Decimal(1000))


def receipt(**more):
    return {"amount": "100", "received_on": timezone.localdate().isoformat(), "method": "transfer", **more}


def late(cast, contract, days, amount=100, title="进度款"):
    day = timezone.localdate() - timedelta(days=days)
    return services.add_milestone(
        contract, actor=cast["sales"], title=title, amount=Decimal(amount), event=On.FIXED, fixed_on=day
    )


def test_one_click_plans_the_whole_deal(deal, sales):
    url = f"/contracts/{deal.pk}/money/"
    assert b'value="3-3-3-1"' in sales.get(url).content
    assert sales.post(f"{url}plan/", {"plan": "3-3-3-1"}).status_code == 302
    page = sales.get(url).content.decode()
    assert "¥300.00" in page
    assert 'value="3-3-3-1"' not in page
    assert sales.post(f"{url}plan/", {"plan": "nonsense"}).status_code == 302
    assert deal.milestones.count() == 4


def test_a_payment_is_planned_edited_received_in_parts_and_taken_back(deal, sales):
    url = f"/contracts/{deal.pk}/money/"
    assert sales.post(f"{url}new/", PART).status_code == 302
    row = deal.milestones.get()
    edited = {**PART, "title": "首付款", "version": row.version}
    assert sales.post(f"{url}{row.pk}/", edited).status_code == 302
    assert sales.post(f"{url}{row.pk}/", edited).status_code == 409
    assert sales.post(f"{url}{row.pk}/receive/", receipt(amount="¥１００.50")).status_code == 302
    assert Payment.objects.get().amount == Decimal("100.50")
    page = sales.get(url).content.decode()
    assert "¥199.50" in page
    assert "壹佰玖拾玖元伍角整" in page
    payment = Payment.objects.get()
    back = f"{url}receipts/{payment.pk}/"
    assert sales.post(back, {"version": payment.version}).status_code == 422
    assert sales.post(back, {"version": payment.version, "reason": "记错"}).status_code == 302
    assert "记错" in sales.get(url).content.decode()


def test_more_than_is_open_asks_once_more(deal, sales):
    url = f"/contracts/{deal.pk}/money/"
    row = services.add_milestone(deal, actor=sales_of(deal), title="款", amount=Decimal(50))
    answer = sales.post(f"{url}{row.pk}/receive/", receipt(amount="50.01"))
    assert answer.status_code == 422
    assert 'type="checkbox"' in answer.content.decode()
    assert sales.post(f"{url}{row.pk}/receive/", receipt(amount="50.01", over="on")).status_code == 302


def sales_of(contract):
    return contract.team.get(person__user__username="sales").person.user


@pytest.mark.parametrize(
    "amount", ["", "0", "-1", "NaN", "inf", "1e3", "1e309", "0.001", "9999999999999", "1,2.3.4", "abc", "０"]
)
def test_bad_amounts_are_a_sentence_and_change_nothing(deal, sales, amount):
    url = f"/contracts/{deal.pk}/money/"
    row = services.add_milestone(deal, actor=sales_of(deal), title="款", amount=Decimal(50))
    answer = sales.post(f"{url}{row.pk}/receive/", receipt(amount=amount, note="记下的话"))
    assert answer.status_code == 422
    assert "记下的话" in answer.content.decode()
    bad = {**PART, "percent": "", "amount": amount}
    assert sales.post(f"{url}new/", bad).status_code == 422
    assert (Payment.objects.count(), PaymentMilestone.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    "day", ["", "2026-02-29", "2026-13-01", "0001-01-01", "9999-12-31", "3000-01-01", "2099-01-01", "x"]
)
def test_bad_days_are_a_sentence_and_change_nothing(deal, sales, day):
    url = f"/contracts/{deal.pk}/money/"
    row = services.add_milestone(deal, actor=sales_of(deal), title="款", amount=Decimal(50))
    assert sales.post(f"{url}{row.pk}/receive/", receipt(amount="1", received_on=day)).status_code == 422
    if day != "2099-01-01":
        fixed = {**PART, "event": "fixed", "fixed_on": day}
        assert sales.post(f"{url}new/", fixed).status_code == 422
    assert (Payment.objects.count(), PaymentMilestone.objects.count()) == (0, 1)


@pytest.mark.parametrize("percent", ["0", "-5", "100.01", "33.333", "NaN"])
def test_bad_shares_are_a_sentence(deal, sales, percent):
    assert sales.post(f"/contracts/{deal.pk}/money/new/", {**PART, "percent": percent}).status_code == 422
    assert PaymentMilestone.objects.count() == 0


def test_a_plan_that_is_not_the_deal_warns(cast, deal, sales):
    services.add_milestone(deal, actor=cast["sales"], title="款", percent=Decimal(90))
    assert "¥100.00" in sales.get(f"/contracts/{deal.pk}/money/").context["plan"].gap
    services.add_milestone(deal, actor=cast["sales"], title="款", amount=Decimal(100))
    assert sales.get(f"/contracts/{deal.pk}/money/").context["plan"].gap == ""


def test_an_archived_contract_shows_its_money_without_buttons(cast, sales):
    PaymentMilestone.objects.create(contract=cast.archived, title="质保金", amount=Decimal(100))
    page = sales.get(f"/contracts/{cast.archived.pk}/money/").content.decode()
    assert "质保金" in page
    assert "/receive/" not in page


@pytest.mark.parametrize(("who", "shown"), [("sales", True), ("boss", True), ("pm", False), ("buyer", False)])
def test_tab_menu_and_tile_are_for_those_who_read_amounts(cast, sign_in, who, shown):
    client = sign_in(who)
    page = client.get(f"/contracts/{cast.own.pk}/").content.decode()
    assert (f"/contracts/{cast.own.pk}/money/" in page) is shown
    assert ('href="/money/"' in page) is shown
    assert ("/contracts/tiles/receivables/" in client.get("/").content.decode()) is shown


def test_the_list_filters_sorts_and_exports_what_it_shows(cast, deal, sales):
    late(cast, deal, 5, 100, "甲款")
    late(cast, deal, 40, 200, "乙款")
    late(cast, deal, -90, 300, "丙款")
    titles = lambda query: [row.title for row in sales.get(f"/money/{query}").context["rows"]]  # noqa: E731
    assert titles("") == ["乙款", "甲款", "丙款"]
    assert titles("?sort=-amount") == ["丙款", "乙款", "甲款"]
    assert titles("?age=60") == ["乙款"]
    assert titles("?state=overdue&sort=amount") == ["甲款", "乙款"]
    assert titles("?q=丙") == ["丙款"]
    assert titles("?currency=USD") == []
    assert titles("?state=junk&age=1&sort=x&page=99999999999&currency=%00") == ["乙款", "甲款", "丙款"]
    book = openpyxl.load_workbook(io.BytesIO(sales.get("/money/?export=xlsx&state=overdue").content))
    rows = list(book.active.values)
    assert [row[4] for row in rows[1:]] == ["乙款", "甲款"]
    assert [row[-1] for row in rows[1:]] == [200, 100]
    assert "甲款" in sales.get("/money/?export=csv").content.decode("utf-8-sig")
    assert LogEntry.objects.filter(verb="export").count() == 2


def test_currencies_stand_apart(cast, deal, sales):
    late(cast, deal, 5, 100)
    late(cast, make_contract(cast, number="HT-USD", currency="USD"), 5, 77)
    found = sales.get("/money/").context["ageing"]
    assert [(row.currency, row.whole.text) for row in found] == [("CNY", "¥100.00"), ("USD", "US$77.00")]
    tile = sales.get("/contracts/tiles/receivables/").content.decode()
    assert "¥100.00" in tile
    assert "US$77.00" in tile


@pytest.mark.parametrize("who", ["boss", "sales"])
def test_pages_of_money_cost_the_same_for_more_rows(cast, deal, sign_in, who):
    client = sign_in(who)
    tab = f"/contracts/{deal.pk}/money/"
    first = late(cast, deal, 5)
    services.receive_payment(first, actor=cast["sales"], amount=Decimal(1), received_on=timezone.localdate())
    urls = (tab, "/money/", "/money/?export=csv", "/contracts/tiles/receivables/")
    before = {url: queries(client, url) for url in urls}
    for number in ("HT-M1", "HT-M2"):
        late(cast, make_contract(cast, number=number), 40)
        row = late(cast, deal, 3)
        services.receive_payment(
            row, actor=cast["sales"], amount=Decimal(1), received_on=timezone.localdate()
        )
    assert {url: queries(client, url) for url in urls} == before
    assert before["/money/"] <= 12
    assert before[tab] <= 18


def test_a_browser_shows_fifty_rows_a_page(cast, deal, sales):
    PaymentMilestone.objects.bulk_create(
        PaymentMilestone(contract=deal, title=f"第 {n} 期", amount=Decimal(1)) for n in range(51)
    )
    page = sales.get("/money/?page=2")
    assert len(page.context["rows"]) == 1


# --- costs and margin -----------------------------------------------------------------------------


@pytest.fixture
def hours(cast, deal):
    """Twelve and a half hours of mechanics at 80 yuan."""
    from orgchart.services import edit_department
    from production.models import Task
    from production.services import report_progress

    edit_department(
        cast.departments["mechanical"], actor=cast["boss"], version=None, hourly_rate=Decimal("80.10")
    )
    today = timezone.localdate()
    task = Task.objects.create(
        contract=deal,
        department=cast.departments["mechanical"],
        name="装配",
        planned_start=today,
        planned_end=today,
    )
    return report_progress(task, actor=cast["boss"], progress=10, hours=Decimal("12.5"))


def test_hours_times_rate_are_costs_and_leave_a_margin(deal, hours, sales):
    costs = sales.get(f"/contracts/{deal.pk}/money/").context["costs"]
    assert [line.spent for line in costs.lines if "80.10" in str(line.note)] == ["¥1,001.25"]
    assert costs.margin.now == Decimal("-1.25")


def test_costs_in_another_currency_are_never_mixed_into_the_margin(cast, deal, hours, sales):
    Contract.objects.filter(pk=deal.pk).update(currency="USD")
    costs = sales.get(f"/contracts/{deal.pk}/money/").context["costs"]
    assert costs.margin is None
    assert [(total.currency, total.spent) for total in costs.totals] == [("CNY", Decimal("1001.25"))]


def test_who_reads_only_one_of_both_amounts_sees_no_total(cast, deal, hours, sign_in, monkeypatch):
    from contracts.joints import Cost
    from erp import register

    entries = register.entries("contracts.costs")
    monkeypatch.setitem(entries, "test", lambda contract: [Cost("外购件", Decimal("31415.92"))])
    from contracts.models import ContractUserGrant

    right = ContractUserGrant.objects.filter(
        user=cast["sales"], content_object=deal, permission__codename="view_purchase_price_contract"
    )
    full = sign_in("sales").get(f"/contracts/{deal.pk}/money/")
    assert "31,415.92" in full.content.decode()
    right.delete()
    cut = sign_in("sales").get(f"/contracts/{deal.pk}/money/")
    costs = cut.context["costs"]
    assert (costs.totals, costs.margin) == ([], None)
    assert "31,415.92" not in cut.content.decode()
    assert "1,001.25" in cut.content.decode()
