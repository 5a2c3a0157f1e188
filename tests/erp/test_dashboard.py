"""The first page: tiles by seat, figures at once, each tile failing alone."""

import pytest
from django.core.management import call_command

from contracts.services import edit_contract
from erp import register
from erp.audit.services import record, seal
from erp.audit.timeline import recent
from erp.dashboard import LAYOUT, Kpi, Part, Tile, seat, tiles_of
from erp.models import LogEntry
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


def test_dashboard_tiles_made_for_a_seat_go_before_all_others(cast, tiles):
    tiles["own"] = Tile("Own", "kpi-todo", kpi=lambda user: Kpi(1, ""), seats=("quality",))
    tiles["high"] = Tile("High", "kpi-todo", kpi=lambda user: Kpi(2, ""))
    assert {who: list(tiles_of(cast[who])) for who in ("qc", "boss", "buyer")} == {
        "qc": ["own"], "boss": ["high"], "buyer": ["high"],
    }  # fmt: skip


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


def test_activity_names_deeds_on_what_one_sees_without_values(cast, client):
    edit_contract(cast.own, actor=cast["sales"], version=None, status_note="秘密备注", deal_amount="5.00")
    edit_contract(cast.foreign, actor=cast["boss"], version=None, status_note="x")
    record("sign_in", cast["staff.mech"])
    text = get(client, cast["staff.mech"], "/tiles/activity/", htmx=True).content.decode()
    assert "HT-OWN-1" in text
    assert "HT-FOREIGN" not in text
    assert "秘密备注" not in text
    assert not [line for line in recent(cast["boss"], 50) if "sign_in" in line.deed]
    assert "<html" not in text
    assert "HT-OWN-1" not in get(client, cast["outsider"], "/tiles/activity/").content.decode()


def test_security_shows_administrators_failed_sign_ins(cast, client):
    record("sign_in_failed", cast["sales"])
    text = get(client, cast["admin"], "/tiles/security/").content.decode()
    assert "陈销售" in text
    assert get(client, cast["boss"], "/tiles/security/").status_code == 403


def test_health_tells_of_the_seal_and_the_last_proof(cast, client, time_machine):
    time_machine.move_to(LogEntry.objects.latest("timestamp").timestamp, tick=False)  # just written
    first = get(client, cast["admin"], "/tiles/health/").context["health"]
    assert (first.sealed, first.late, first.verified) == (0, False, None)
    seal()
    call_command("audit_verify")
    then = get(client, cast["admin"], "/tiles/health/").context["health"]
    assert (then.waiting, then.sealed) == (1, first.waiting)
    assert then.verified.additional_data == {"problems": 0}


@pytest.mark.parametrize(
    ("who", "opens"), [("boss", True), ("sales", True), ("pm", False), ("staff.mech", False)]
)
def test_shortcuts_offer_a_new_contract_to_those_who_open_one(cast, client, who, opens):
    shown = 'href="/contracts/new/"' in get(client, cast[who], "/tiles/quick/").content.decode()
    assert shown is opens
