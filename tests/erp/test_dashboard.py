"""The first page: tiles by seat, figures at once, each tile failing alone."""

import pytest

from erp import register
from erp.dashboard import LAYOUT, Kpi, Part, Tile, seat, tiles_of
from tests.erp.pages import get

SEATS = {
    "admin": "admin", "boss": "boss", "leader.mech": "leader", "qc": "quality",
    "buyer": "procurement", "sales": "sales", "staff.mech": "staff", "outsider": "staff",
}  # fmt: skip


@pytest.fixture
def tiles(monkeypatch):
    """An empty register of tiles that a test fills."""
    found: dict[str, Tile] = {}
    monkeypatch.setitem(register._entries, "erp.tiles", found)
    return found


@pytest.mark.parametrize("who", SEATS)
def test_seat(cast, who):
    assert seat(cast[who]) == SEATS[who]


@pytest.mark.parametrize("who", SEATS)
def test_dashboard_shows_figures_at_once_and_the_rest_lazily(cast, client, tiles, who):
    tiles["count"] = Tile(
        "Figure", "kpi-todo", kpi=lambda user: Kpi(4711, "/x/", parts=[Part("issue", "", 3, "")])
    )
    tiles["later"] = Tile("Later", "quick", url_name="quick")
    text = get(client, cast[who], "/").content.decode()
    assert ("4711" in text) is (who != "admin")
    assert 'hx-get="/tiles/quick/"' in text
    assert cast[who].name in text


def test_dashboard_for_customers_is_the_portal(cast, client):
    assert get(client, cast["customer.a"], "/").headers["Location"] == "/portal/"


def test_dashboard_within_twenty_queries(cast, client, django_assert_max_num_queries):
    client.force_login(cast["boss"])
    with django_assert_max_num_queries(20):
        assert client.get("/").status_code == 200


def test_dashboard_figure_fails_alone_and_can_be_tried_again(cast, client, tiles, caplog):
    def broken(user):
        raise RuntimeError("secret detail")

    tiles["broken"] = Tile("Broken", "kpi-todo", kpi=broken)
    tiles["fine"] = Tile("Fine", "kpi-risk", kpi=lambda user: Kpi(12345, "/x/"))
    text = get(client, cast["boss"], "/").content.decode()
    assert "12345" in text
    assert "secret detail" not in text
    assert 'hx-get="/?tile=broken"' in text
    tiles["broken"] = Tile("Broken", "kpi-todo", kpi=lambda user: Kpi(777, "/x/"))
    again = get(client, cast["boss"], "/", htmx=True, tile="broken").content.decode()
    assert "777" in again
    assert "12345" not in again
    assert "<html" not in again
    assert get(client, cast["boss"], "/", tile="unknown\0").status_code == 200


def test_dashboard_areas_go_to_the_highest_app(cast, tiles):
    tiles["low"] = Tile("Low", "kpi-todo", kpi=lambda user: Kpi(1, ""))
    tiles["high"] = Tile("High", "kpi-todo", kpi=lambda user: Kpi(2, ""))
    tiles["hidden"] = Tile("Hidden", "kpi-risk", visible=lambda user: False)
    assert list(tiles_of(cast["boss"])) == ["high"]


def test_dashboard_registered_tiles_have_a_place():
    for slug, tile in register.entries("erp.tiles").items():
        assert tile.area in LAYOUT, slug
        assert bool(tile.kpi) != bool(tile.url_name), slug


def test_quick_offers_at_most_six_ways_on(cast, client):
    for who in SEATS:
        text = get(client, cast[who], "/tiles/quick/", htmx=True).content.decode()
        assert text.count("<a href=") <= 6
        assert "<html" not in text
        assert "<html" in get(client, cast[who], "/tiles/quick/").content.decode()
