"""Lists, board, tile, export, search, messages: everybody meets exactly what they see."""

import io
import json
import re
from datetime import timedelta

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contracts.models import Contract
from contracts.stations import with_stations
from erp import register
from feedback import board as boards
from feedback import services, tiles
from feedback.card import open_feedback, overdue
from feedback.models import Feedback, FeedbackRules
from feedback.search import find
from notifications.models import Message
from notifications.services import climb, remind
from notifications.subjects import subject
from tests.erp.pages import get
from tests.notifications.clockwork import at

SEERS = {"boss", "admin", "pm", "service", "sales", "qc", "leader.mech", "staff.mech"}
PEOPLE = [*SEERS, "leader.elec", "buyer", "outsider", "ex-member"]


def shown(html):
    return {int(pk) for pk in re.findall(r'href="/feedback/(\d+)/"', html)}


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_everybody_meets_what_they_see_everywhere(cast, client, handled, make_feedback, who):
    foreign = make_feedback(cast.foreign, who="boss", title="灌装阀外漏")
    seen = {handled.pk} if who in SEERS else set()
    if who in ("boss", "admin"):
        seen |= {foreign.pk}
    for url in ("/feedback/", "/feedback/board/"):
        assert shown(get(client, cast[who], url).content.decode()) == seen, url
    csv = get(client, cast[who], "/feedback/", export="csv").content.decode("utf-8-sig")
    assert csv.count("灌装阀") == len(seen)
    assert {int(hit.url.split("/")[2]) for hit in find(cast[who], "灌装阀", 9)} == seen
    assert len(open_feedback(cast[who]).rows) == len(seen)
    assert {row.pk for row in subject("feedback").find(cast[who], "灌装阀")} == seen


def test_customers_have_no_office_lists(cast, client, feedback):
    assert find(cast["customer.a"], "灌装阀", 9) == []
    for url in ("/feedback/", "/feedback/board/", "/tiles/feedback/", feedback.get_absolute_url()):
        assert get(client, cast["customer.a"], url).status_code == 404


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"kind": "question"}, {"咨询一"}),
        ({"severity": "critical"}, {"停机"}),
        ({"status": "overdue"}, {"停机"}),
        ({"status": "open"}, {"停机", "咨询一", "保修外"}),
        ({"status": "resolved"}, {"已好"}),
        ({"coverage": "paid"}, {"保修外"}),
        ({"q": "停"}, {"停机"}),
        ({"q": "HT-OWN"}, {"停机", "咨询一", "保修外", "已好"}),
        ({"age": "more"}, {"停机"}),
        ({"status": "open", "age": "3"}, {"咨询一", "保修外"}),
        ({"kind": "nonsense", "handler": "9" * 30}, {"停机", "咨询一", "保修外", "已好"}),
    ],
)
def test_lists_are_narrowed(cast, client, make_feedback, query, titles):
    Feedback.objects.filter(pk=make_feedback(title="停机", severity="critical").pk).update(
        due_at=timezone.now() - timedelta(hours=5), reported_on=timezone.localdate() - timedelta(days=40)
    )
    make_feedback(title="咨询一", kind="question")
    services.set_coverage(make_feedback(title="保修外"), actor=cast["pm"], coverage="paid", reason="过保")
    Feedback.objects.filter(pk=make_feedback(title="已好").pk).update(status="resolved")
    page = get(client, cast["pm"], "/feedback/", **query).content.decode()
    rows = {row.title for row in Feedback.objects.filter(pk__in=shown(page))}
    assert rows == titles


def test_by_handler_and_of_mine(cast, client, handled, make_feedback):
    make_feedback(title="没人管")
    handler = cast.people["staff.mech"].pk
    assert shown(get(client, cast["qc"], "/feedback/", handler=handler).content.decode()) == {handled.pk}
    assert shown(get(client, cast["staff.mech"], "/feedback/", scope="own").content.decode()) == {handled.pk}
    assert shown(get(client, cast["qc"], "/feedback/", scope="own").content.decode()) == set()


def test_the_board_has_a_column_for_each_state(cast, client, make_feedback):
    rows = {}
    for status in boards.COLUMNS:
        rows[status.value] = make_feedback(title=status.value)
        Feedback.objects.filter(pk=rows[status.value].pk).update(status=status, closed_at=timezone.now())
    html = get(client, cast["boss"], "/feedback/board/").content.decode()
    for status, row in rows.items():
        assert re.findall(rf'data-card="(\d+)" data-status="{status}"', html) == [str(row.pk)]
    counts = re.findall(r'kanban-top"><span[^>]*>[^<]*</span> <span class="count">(\d+)', html)
    assert counts == ["1"] * 5
    steps = json.loads(boards.steps())
    assert set(steps) == {
        "new>in_progress", "reopened>in_progress", "in_progress>resolved", "resolved>closed",
        "resolved>reopened", "closed>reopened",
    }  # fmt: skip


def test_the_board_offers_the_steps_one_may_take(cast, client, handled):
    def moves(who):
        html = get(client, cast[who], "/feedback/board/").content.decode()
        return set(re.findall(r'data-to="(\w+)"', html))

    assert moves("staff.mech") == moves("service") == {"resolved"}
    assert moves("qc") == set()


def test_the_tile_counts_what_its_lists_show(cast, client, make_feedback):
    for days in (0, 5, 20, 29):
        row = make_feedback(title=f"{days} 天")
        Feedback.objects.filter(pk=row.pk).update(reported_on=timezone.localdate() - timedelta(days=days))
    found = tiles.by_age(cast["boss"])
    assert [bar["count"] for bar in found["bars"]] == [1, 1, 2, 0]
    for bar in found["bars"]:
        page = get(client, cast["boss"], bar["url"]).content.decode()
        assert len(shown(page)) == bar["count"]
    assert get(client, cast["boss"], "/tiles/feedback/", htmx=True).status_code == 200
    assert tiles.by_age(cast["outsider"])["all"] == 0


def test_excel_and_text_hold_the_same_and_no_formula(cast, client, make_feedback):
    make_feedback(title="=1+1", text="-2+3", caller="@林")
    csv = get(client, cast["pm"], "/feedback/", export="csv").content.decode("utf-8-sig")
    assert "'=1+1" in csv
    assert "'-2+3" in csv
    file = io.BytesIO(get(client, cast["pm"], "/feedback/", export="xlsx").content)
    cells = [cell for row in openpyxl.load_workbook(file).active.iter_rows() for cell in row]
    assert {cell.value: cell.data_type for cell in cells}["=1+1"] == "s"
    one = get(client, cast["pm"], f"/contracts/{cast.own.pk}/feedback/", export="csv")
    assert "=1+1" in one.content.decode("utf-8-sig")


def test_the_export_of_a_contract_has_its_sheet(cast, feedback):
    sheet = register.entries("contracts.export_sheets")["feedback"]
    (line,) = list(sheet.rows(cast.own))
    assert len(line) == len(sheet.heads)
    assert "灌装阀滴漏" in line


@pytest.mark.parametrize("who", ["boss", "pm", "service", "leader.mech", "staff.mech"])
@pytest.mark.parametrize("url", ["/feedback/", "/feedback/board/", "/contracts/{0}/feedback/"])
def test_lists_cost_the_same_for_more_rows(cast, client, handled, make_feedback, who, url):
    url = url.format(cast.own.pk)

    def queries():
        get(client, cast[who], url)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        return len(asked)

    before = queries()
    for _ in range(2):
        services.assign_feedback(make_feedback(), actor=cast["pm"], person=cast.people["staff.mech"])
    assert queries() == before
    assert before <= (18 if "contracts" in url else 12)


@pytest.mark.parametrize("who", ["boss", "pm", "staff.mech", "customer.a"])
def test_one_page_is_cheap(cast, client, handled, who):
    for n in range(3):
        services.add_comment(handled, actor=cast["pm"], text=f"第 {n} 条", visible=True)
    url = handled.get_portal_url() if who == "customer.a" else handled.get_absolute_url()
    get(client, cast[who], url)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    assert len(asked) <= (10 if who == "customer.a" else 18)


HOSTILE = [
    "\x00", "<script>alert(1)</script>", "{{ 7|add:7 }}", "%s%d{0.__class__}", "=1+1", "null",
    "🏗️👩‍🔧", "１２３",
    "\u202e反向", "\u2028", "javascript:alert(1)", "a\r\nb", "\x1b[31m红",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_kept_harmless_or_refused(cast, client, text):
    client.force_login(cast["sales"])
    data = {
        "kind": "bug", "severity": "low", "title": f"阀{text}", "text": text,
        "reported_on": timezone.localdate().isoformat(), "shared": "on",
    }  # fmt: skip
    answer = client.post(f"/contracts/{cast.own.pk}/feedback/new/", data)
    assert answer.status_code in (302, 422)
    if answer.status_code == 302:
        row = Feedback.objects.get()
        assert "\n" not in row.title
        assert "\u202e" not in row.title + row.text
        for url in (row.get_absolute_url(), "/feedback/", "/feedback/board/"):
            html = client.get(url).content.decode()
            assert "<script>alert" not in html
            assert "阀" in html


@pytest.mark.parametrize(
    "fields",
    [
        {"title": ""},
        {"title": "   "},
        {"title": "长" * 201},
        {"text": "长" * 10_001},
        {"kind": "gift"},
        {"severity": ""},
        {"reported_on": "0000-00-00"},
        {"reported_on": "2026-02-30"},
        {"reported_on": "0001-01-01"},
        {"reported_on": "9999-12-31"},
        {"task": "9" * 30},
        {"task": "999999"},
    ],
)
def test_what_cannot_be_is_a_sentence_and_changes_nothing(cast, client, fields):
    client.force_login(cast["sales"])
    good = {
        "kind": "bug", "severity": "low", "title": "阀", "text": "留着",
        "reported_on": timezone.localdate().isoformat(),
    }  # fmt: skip
    answer = client.post(f"/contracts/{cast.own.pk}/feedback/new/", {**good, **fields})
    assert answer.status_code == 422
    assert "error" in answer.content.decode()
    assert not Feedback.objects.exists()


def test_editing_over_somebody_shows_both(cast, client, feedback):
    client.force_login(cast["service"])
    url = f"{feedback.get_absolute_url()}edit/"
    data = {
        "version": feedback.version, "kind": "bug", "severity": "high", "title": "我的标题", "text": "",
        "reported_on": feedback.reported_on.isoformat(), "shared": "on",
    }  # fmt: skip
    services.edit_feedback(feedback, actor=cast["pm"], title="别人的标题")
    answer = client.post(url, data)
    assert answer.status_code == 409
    assert "我的标题" in answer.content.decode()
    assert "别人的标题" in answer.content.decode()
    assert client.post(url, {**data, "version": feedback.version + 1}).status_code == 302


def test_deeds_over_the_pages(cast, client, feedback):
    client.force_login(cast["service"])
    url = feedback.get_absolute_url()
    person = cast.people["staff.mech"].pk
    assert client.post(f"{url}assign/", {"version": 1, "person": person}).status_code == 302
    client.force_login(cast["staff.mech"])
    assert client.post(f"{url}start/", {"version": 2}, headers={"HX-Request": "true"}).status_code == 204
    assert client.post(f"{url}resolve/", {"version": 2, "solution": "好"}).status_code == 409
    assert client.post(f"{url}resolve/", {"version": 3, "solution": ""}).status_code == 422
    assert client.post(f"{url}resolve/", {"version": 3, "solution": "换件"}).status_code == 302
    assert client.post(f"{url}comment/", {"text": "已告知客户", "visible": "on"}).status_code == 302
    client.force_login(cast["service"])
    early = client.post(f"{url}close/", {"version": 4})
    assert early.status_code == 422
    assert "14" in early.content.decode()
    client.force_login(cast["sales"])
    assert client.post(f"{url}close/", {"version": 4}).status_code == 302


def test_the_rules_have_their_page(cast, client):
    client.force_login(cast["boss"])
    good = {
        "critical_hours": 2, "high_hours": 6, "normal_hours": 20, "low_hours": 60, "warranty_months": 18,
    }  # fmt: skip
    assert client.post("/feedback/settings/", good).status_code == 302
    row = FeedbackRules.objects.get()
    assert (
        client.post("/feedback/settings/", {**good, "low_hours": 70, "version": row.version}).status_code
        == 302
    )
    assert client.post("/feedback/settings/", {**good, "version": row.version}).status_code == 409
    assert client.post("/feedback/settings/", {**good, "low_hours": "0"}).status_code == 422


def test_who_is_late_is_reminded_and_it_climbs(cast, handled):
    Feedback.objects.filter(pk=handled.pk).update(due_at=at("10-12 12:00"))
    with time_machine.travel(at("10-13 08:00"), tick=False):
        remind()
        remind()
    told = Message.objects.filter(event="feedback_overdue")
    assert [m.recipient.username for m in told] == ["staff.mech"]
    with time_machine.travel(at("10-14 09:00"), tick=False):
        climb()
    assert {m.recipient.username for m in Message.objects.filter(event="feedback_escalated")} >= {
        "leader.mech"
    }


def test_the_morning_card_names_what_is_overdue(cast, feedback):
    assert overdue(cast["pm"]).count == 0
    Feedback.objects.filter(pk=feedback.pk).update(due_at=timezone.now() - timedelta(days=2))
    measure = overdue(cast["pm"])
    assert (measure.count, len(measure.points)) == (1, 1)
    assert "灌装阀滴漏" in measure.points[0].text
    assert overdue(cast["outsider"]).count == 0


def test_people_are_nudged_about_it(cast, handled):
    found = subject("feedback").people(cast["pm"], handled)
    assert cast.people["staff.mech"] in found
    assert subject("feedback").people(cast["qc"], handled) == []


def test_the_station_has_the_day_of_the_first_feedback_after_delivery(cast, make_feedback, deliver):

    make_feedback()
    contract = deliver(cast.own)
    rows = with_stations(Contract.objects.filter(pk=contract.pk))
    Contract.objects.filter(pk=contract.pk).update(delivered_on=timezone.localdate() + timedelta(days=1))
    assert rows.get().station_feedback is None
    Contract.objects.filter(pk=contract.pk).update(delivered_on=timezone.localdate())
    assert rows.get().station_feedback == timezone.localdate()


def test_the_overview_of_an_archived_contract_names_what_stayed_open(cast, client, feedback):
    Contract.objects.filter(pk=cast.own.pk).update(stage="archived")
    page = get(client, cast["boss"], f"/contracts/{cast.own.pk}/feedback/panel/", htmx=True).content.decode()
    assert feedback.title in page
