"""The contract list: what it finds, what it ignores, what it costs."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contracts import services, tables
from contracts.filters import ContractFilter
from contracts.models import Contract
from orgchart.models import Company
from tests.cast import make_contract


def numbers(response):
    return re.findall(r'class="sub number">(\S+) ·', response.content.decode())


@pytest.fixture
def three(cast):
    """Beside the cast's own: a late one and a cancelled one of the other company."""
    today = timezone.localdate()
    cast.late = make_contract(
        cast, number="HT-LATE-1", company="b", planned_delivery=today - timedelta(days=3)
    )
    cast.gone = make_contract(cast, number="HT-GONE-1")
    services.cancel(cast.gone, actor=cast["boss"], reason="客户取消")
    return cast


def test_contract_list_hides_archived_and_cancelled(three, boss):
    assert numbers(boss.get("/contracts/")) == ["HT-LATE-1", "HT-FOREIGN-1", "HT-OWN-1"]
    assert set(numbers(boss.get("/contracts/?archived=1"))) == {"HT-GONE-1", "HT-ARCHIVED-1"}
    assert len(numbers(boss.get("/contracts/?archived=all"))) == 5
    assert set(numbers(boss.get("/contracts/?archived=kept"))) >= {"HT-ARCHIVED-1", "HT-OWN-1"}
    assert "HT-GONE-1" not in numbers(boss.get("/contracts/?archived=kept"))
    assert numbers(boss.get("/contracts/?stage=cancelled")) == ["HT-GONE-1"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=own", ["HT-OWN-1"]),
        ("q=ＨＴ－ＯＷＮ", ["HT-OWN-1"]),
        ("q=灌装线 late", ["HT-LATE-1"]),
        ("q=北辰", ["HT-LATE-1", "HT-FOREIGN-1"]),
        ("q=bcdz", ["HT-LATE-1", "HT-FOREIGN-1"]),
        ("q=%25", []),
        ("q=_", []),
        ("risk=1", ["HT-LATE-1"]),
        ("risk=0", ["HT-FOREIGN-1", "HT-OWN-1"]),
        ("stage=draft", ["HT-LATE-1", "HT-FOREIGN-1", "HT-OWN-1"]),
        ("stage=released", []),
        ("status=accepted", []),
        ("sort=number", ["HT-FOREIGN-1", "HT-LATE-1", "HT-OWN-1"]),
        ("sort=-number", ["HT-OWN-1", "HT-LATE-1", "HT-FOREIGN-1"]),
        ("sort=due&risk=", ["HT-LATE-1", "HT-OWN-1", "HT-FOREIGN-1"]),
    ],
)
def test_contract_list_finds(three, boss, query, found):
    Company.objects.filter(name="北辰电子").update(pinyin="beichendianzi bcdz")
    assert numbers(boss.get(f"/contracts/?{query}")) == found


def test_contract_list_by_company_manager_and_month(three, boss):
    company, manager = three.own.company_id, three.own.manager_id
    assert numbers(boss.get(f"/contracts/?company={company}")) == ["HT-OWN-1"]
    assert numbers(boss.get(f"/contracts/?manager={manager}&company={company}")) == ["HT-OWN-1"]
    month = f"{three.late.planned_delivery:%Y-%m}"
    assert "HT-LATE-1" in numbers(boss.get(f"/contracts/?due={month}"))
    assert numbers(boss.get("/contracts/?due=2001-01")) == []


def test_contract_list_mine(three, sign_in, boss):
    assert numbers(boss.get("/contracts/?mine=1")) == ["HT-FOREIGN-1"]
    assert set(numbers(sign_in("staff.mech").get("/contracts/?mine=1"))) == {"HT-LATE-1", "HT-OWN-1"}


def test_contract_list_shows_only_what_one_may_see(three, sign_in):
    assert "HT-FOREIGN-1" not in numbers(sign_in("staff.mech").get("/contracts/?archived=all"))
    page = sign_in("outsider").get("/contracts/?archived=all")
    assert numbers(page) == []
    assert "HT-OWN-1" not in page.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "sort=password",
        "sort=-",
        "sort=__",
        "sort=company__password",
        "status=lost",
        "stage=%00",
        "risk=2",
        "company=9999999999999999999999",
        "company=-1",
        "company=abc",
        "company=１",
        "manager=9223372036854775808",
        "page=0",
        "page=-1",
        "page=1e9",
        "page=999999999999",
        "view=tiles",
        "archived=maybe",
        "due=0000-00",
        "due=2026-13",
        "due=9999-12",
        "q=%00",
        "export=pdf",
        "mine=2",
        "amount__gt=1",
        "number__regex=(a%2B)%2B$",
    ],
)
def test_contract_list_ignores_junk(three, boss, query):
    response = boss.get(f"/contracts/?{query}")
    assert response.status_code == 200
    if not query.startswith(("company", "manager")):
        assert len(numbers(response)) == 3


def test_contract_list_survives_long_text(three, boss):
    assert boss.get("/contracts/", {"q": "x" * 10_000}).status_code == 200


def test_contract_list_pages(cast, boss, monkeypatch):
    monkeypatch.setattr(tables, "PAGE", 2)
    for n in range(5):
        make_contract(cast, number=f"HT-P-{n}", team={})
    first, second = boss.get("/contracts/?sort=number"), boss.get("/contracts/?sort=number&page=2")
    last = boss.get("/contracts/?sort=number&page=99")
    assert numbers(first) + numbers(second) == ["HT-FOREIGN-1", "HT-OWN-1", "HT-P-0", "HT-P-1"]
    assert numbers(last) == ["HT-P-4"]
    assert "page=1" in last.content.decode()
    monkeypatch.setattr(tables, "PAGE", 1)
    assert numbers(boss.get("/contracts/?sort=number&page=7")) == ["HT-P-4"]


def test_count_stops_at_ten_thousand(cast, monkeypatch):
    monkeypatch.setattr(tables, "CAP", 2)
    boss, one = cast["boss"], Contract.objects.filter(pk=cast.own.pk)
    make_contract(cast, number="HT-THIRD-1")
    assert str(tables.count(one, boss, ContractFilter())) == "2+"
    assert str(tables.count(one, boss, ContractFilter(q="own"))) == "1"


def test_contract_list_fragment_and_cards(three, boss):
    fragment = boss.get("/contracts/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert 'id="contracts"' in fragment
    cards = boss.get("/contracts/?view=cards").content.decode()
    assert "<table" not in cards
    assert cards.count('<article class="panel') == 3


def test_contract_list_escapes(cast, boss):
    make_contract(cast, number="HT-X", name="<b>%(url)s {{ 7 }} 100%</b>", team={})
    text = boss.get("/contracts/").content.decode()
    assert "&lt;b&gt;%(url)s {{ 7 }} 100%&lt;/b&gt;" in text


def test_contract_list_amounts_only_where_they_may_be_read(cast, sign_in, boss):
    Contract.objects.filter(pk=cast.own.pk).update(deal_amount="123456.78")
    assert "¥123,456.78" in boss.get("/contracts/").content.decode()
    assert "¥123,456.78" in sign_in("sales").get("/contracts/").content.decode()
    for who in ("pm", "leader.mech", "staff.mech", "buyer", "qc"):
        assert "123,456" not in sign_in(who).get("/contracts/").content.decode()


@pytest.mark.parametrize("who", ["boss", "sales", "staff.mech"])
def test_contract_list_costs_the_same_for_one_and_three(cast, sign_in, who):
    client, url = sign_in(who), "/contracts/"
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    make_contract(cast, number="HT-2")
    make_contract(cast, number="HT-3")
    with CaptureQueriesContext(connection) as three:
        assert len(numbers(client.get(url))) >= 3
    assert len(three) == len(one) <= 12


def test_contract_list_names_only_customers_of_contracts_in_sight(cast, sign_in):
    Company.objects.create(name="无合同客户", pinyin="w")
    shown = {
        who: sign_in(who).get("/contracts/?more=1").content.decode() for who in ("boss", "pm", "outsider")
    }
    for name, sees in (("蓝海食品", {"boss", "pm"}), ("北辰电子", {"boss"}), ("无合同客户", set())):
        assert {who for who, text in shown.items() if name in text} == sees


def test_live_contracts_are_counted_by_grants(cast, boss):
    """What the grants say is what the list says, for everybody and through a contract's life."""

    def check():
        for user in cast.users.values():
            rows = Contract.objects.for_user(user).live()
            assert Contract.objects.count_live(user, 100) == rows.count(), user

    def act(verb, stage, reason):
        Contract.objects.filter(pk=cast.own.pk).update(stage=stage)
        cast.own.refresh_from_db()
        getattr(services, verb)(cast.own, actor=cast["boss"], reason=reason)
        check()

    check()
    act("archive", "confirmed", "客户急需结项")
    staff = cast["staff.mech"]
    assert Contract.objects.count_live(staff, 100) == 0
    act("reopen", "archived", "补资料")
    assert Contract.objects.count_live(staff, 100) == 1
    assert Contract.objects.count_live(staff, 0) == 0
    act("cancel", "draft", "客户取消")
    assert Contract.objects.count_live(staff, 100) == 0
    assert services.grant_differences() == []


@pytest.mark.parametrize(
    "query", ["", "sort=-due", "view=cards", "more=1", "q=own", "mine=1", "archived=all"]
)
def test_the_title_counts_what_the_list_holds(three, sign_in, monkeypatch, query):
    """Also where the page is not the first, and the count is asked apart from the rows."""
    monkeypatch.setattr(tables, "PAGE", 1)
    for who in ("boss", "staff.mech", "outsider"):
        client = sign_in(who)
        rows = Contract.objects.for_user(three[who])
        wanted = ContractFilter.read(QueryDict(query)).apply(rows, three[who]).count()
        shown = re.search(
            r'<h1[^>]*>[^<]*<span class="count">([\d,]+)<',
            client.get(f"/contracts/?{query}").content.decode(),
        )
        assert int(shown[1]) == wanted
