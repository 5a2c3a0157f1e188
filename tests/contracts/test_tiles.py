"""Every figure of the dashboard is the number of rows of the list that it links to."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from contracts import tiles
from contracts.models import Contract
from tests.cast import make_contract


@pytest.fixture
def mixed(cast):
    """Contracts in every stage and status, delivered and due in several months."""
    today, stages = (
        timezone.localdate(),
        ("draft", "released", "delivered", "confirmed", "archived", "cancelled"),
    )
    statuses = ("unstarted", "processing", "production", "issue", "accepted")
    for n in range(14):
        contract = make_contract(
            cast,
            number=f"HT-M-{n}",
            team={"staff.mech": "member"} if n % 2 else {},
            signed_on=today - timedelta(days=300),
            planned_delivery=today + timedelta(days=40 - 17 * n),
        )
        stage = stages[n % len(stages)]
        done = today - timedelta(days=20 * n) if stage in stages[2:5] else None
        Contract.objects.filter(pk=contract.pk).update(
            stage=stage, status=statuses[n % 5], delivered_on=done,
            next_task_end=today - timedelta(days=n - 5) if n % 3 else None,
        )  # fmt: skip
    return cast


def rows(client, url):
    text = client.get(html.unescape(url)).content.decode()
    found = re.search(r'<h1 tabindex="-1">\S+<span class="count">([\d,]+)', text)
    shown = len(re.findall(r'class="sub number">', text))
    assert int(found[1]) == shown
    return shown


@pytest.mark.parametrize("who", ["boss", "staff.mech", "sales", "outsider"])
def test_kpi_equals_its_list(mixed, sign_in, who):
    client = sign_in(who)
    for tile in (tiles.active, tiles.month, tiles.risk):
        kpi = tile(mixed[who])
        assert kpi.count == rows(client, kpi.url), tile
        for part in kpi.parts:
            assert part.count == rows(client, part.url), part
    active = tiles.active(mixed[who])
    assert sum(part.count for part in active.parts) == active.count


def test_kpi_note_links_to_as_many(mixed, boss):
    note = str(tiles.month(mixed["boss"]).note)
    url, count = re.search(r'href="([^"]+)">\D*(\d+)', note).groups()
    assert rows(boss, url) == int(count)


@pytest.mark.parametrize("who", ["boss", "staff.mech"])
def test_tile_pipeline_equals_its_lists(mixed, sign_in, who):
    client = sign_in(who)
    text = client.get("/contracts/tiles/pipeline/", headers={"HX-Request": "true"}).content.decode()
    assert text.lstrip().startswith("<section")
    bars = re.findall(r'<a href="([^"]+)">.*?<b>(\d+)</b>', text, re.S)
    assert len(bars) == 6
    for url, count in bars:
        assert rows(client, url) == int(count)


@pytest.mark.parametrize("who", ["boss", "staff.mech"])
def test_tile_trend_equals_its_lists(mixed, sign_in, who):
    client = sign_in(who)
    text = client.get("/contracts/tiles/trend/").content.decode()
    cells = re.findall(r'<td class="num"><a href="([^"]+)">(\d+)</a>', text)
    assert len(cells) == 12
    for url, count in cells:
        assert rows(client, url) == int(count)
    months = tiles.trend(mixed[who])
    option = tiles.chart(months)
    assert option["series"][0]["data"] == [m.planned for m in months]
    if who == "boss":
        assert sum(m.delivered for m in months) >= 3


def test_risk_names_the_worst_three(mixed):
    with translation.override("en"):
        note = str(tiles.risk(mixed["boss"]).note)
    days = [int(n) for n in re.findall(r"(\d+) days? overdue", note)]
    assert len(days) == 3
    worst = sorted((c.days_late() for c in Contract.objects.late()), reverse=True)[:3]
    assert days == worst


def test_tiles_answer_the_dashboard(mixed, boss):
    text = boss.get("/").content.decode()
    for name in ("kpi-active", "kpi-month", "kpi-risk", "pipeline", "trend6m"):
        assert f'data-tile="{name}"' in text


def test_search_finds_contracts_in_sight(mixed, sign_in):
    assert "HT-FOREIGN-1" in sign_in("boss").get("/search/?q=foreign").content.decode()
    assert "HT-FOREIGN-1" not in sign_in("staff.mech").get("/search/?q=foreign-1").content.decode()
    text = sign_in("boss").get("/search/?q=ｈｔ－Ｍ－１").content.decode()
    assert text.index("HT-M-1 ") < text.index("HT-M-13")
