"""Calendar subscriptions: valid for calendar programmes, only what one may see, closed at once."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from contracts.services import remove_member
from erp.models import LogEntry
from production.interchange.feed import calendar_of, feed_of, renew_feed, revoke_feed, token_of
from production.services import cancel_task

MONDAY = date(2026, 3, 2)


@pytest.fixture
def fetch(cast):
    """The feed behind a token as a calendar programme gets it."""

    def fetch(token):
        return Client().get(reverse("production:feed_ics", args=[token]))

    return fetch


def events(data):
    return list(Calendar.from_ical(data).walk("VEVENT"))


@pytest.fixture
def token(cast):
    return token_of(renew_feed(actor=cast["staff.mech"]))


def test_the_feed_is_read_back(cast, fetch, token, make_task):
    name = "机架焊接，含退火；第一段与第二段（需要与电气部确认接口位置）的总装配件\\测试, 完" * 2
    make_task(name=name, planned_start=MONDAY, planned_end=MONDAY + timedelta(days=4))
    make_task(name="半天", planned_start=MONDAY, planned_end=MONDAY, begins_afternoon=True)
    make_task(name="节点", planned_start=MONDAY, planned_end=MONDAY, milestone=True)
    answer = fetch(token)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]
    raw = answer.content
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    whole, half, milestone = sorted(events(raw), key=lambda event: str(event["UID"]))
    assert str(whole["SUMMARY"]) == f"{name} · {cast.own.number}"
    assert (whole.decoded("dtstart"), whole.decoded("dtend")) == (MONDAY, MONDAY + timedelta(days=5))
    assert str(half.decoded("dtstart")) == "2026-03-02 05:00:00+00:00"  # 13:00 in Shanghai
    assert str(half.decoded("dtend")) == "2026-03-02 09:00:00+00:00"
    assert str(milestone["SUMMARY"]).startswith("◆ ")


def test_the_same_task_stays_the_same_event(cast, token, fetch, make_task):
    from production.services import edit_task

    task = make_task()
    (first,) = events(fetch(token).content)
    edit_task(task, actor=cast["boss"], name="换个名字")
    (second,) = events(fetch(token).content)
    assert first["UID"] == second["UID"]
    assert int(second["SEQUENCE"]) == int(first["SEQUENCE"]) + 1


def test_only_ones_own_open_work_as_one_may_see_it_now(cast, token, fetch, make_task):
    mine, gone = make_task(name="我的"), make_task(name="取消的")
    make_task(name="别人的", who="leader.mech")
    cancel_task(gone, actor=cast["boss"], reason="不做了")
    assert [str(e["SUMMARY"]) for e in events(fetch(token).content)] == [f"我的 · {cast.own.number}"]
    cast.own.team.filter(person=cast.people["staff.mech"]).first()
    type(mine).objects.filter(pk=mine.pk).update(assignee=None)
    for member in cast.own.team.filter(person=cast.people["staff.mech"]):
        remove_member(member, actor=cast["boss"])
    type(mine).objects.filter(pk=mine.pk).update(assignee=cast.people["staff.mech"])
    assert events(fetch(token).content) == []


def test_managers_see_the_milestones_of_their_contracts(cast, make_task):
    make_task(name="节点", who=None, days=1, milestone=True)
    make_task(name="任务", who=None)
    assert [str(e["SUMMARY"]) for e in events(calendar_of(cast["pm"]))] == [f"◆ 节点 · {cast.own.number}"]
    assert events(calendar_of(cast["staff.elec"])) == []


def test_no_customer_and_no_money_is_named(cast, token, fetch, make_task):
    type(cast.own).objects.filter(pk=cast.own.pk).update(deal_amount=987654, quote_amount=876543)
    make_task()
    text = fetch(token).content.decode()
    assert "蓝海" not in text
    assert "987654" not in text
    assert "876543" not in text


def test_a_revoked_or_renewed_address_is_closed_at_once(cast, token, fetch):
    assert fetch(token).status_code == 200
    feed = renew_feed(actor=cast["staff.mech"])
    assert fetch(token).status_code == 404
    new = token_of(feed)
    assert fetch(new).status_code == 200
    revoke_feed(feed, actor=cast["staff.mech"])
    assert fetch(new).status_code == 404
    assert list(LogEntry.objects.filter(verb__endswith="_feed").values_list("verb", flat=True)) != []


def test_disabled_people_and_customers_have_no_feed(cast, token, fetch):
    user = cast["staff.mech"]
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert fetch(token).status_code == 404
    type(user).objects.filter(pk=user.pk).update(is_active=True, role="customer", company=cast.companies["a"])
    assert fetch(token).status_code == 404


def test_tokens_are_not_guessed(cast, token, fetch):
    nonce, _signature = token.rsplit(".", 1)
    for wrong in (nonce, f"{nonce}.", f"{nonce}.x", token[:-1], token + "x", "x" * 500, "%00", "."):
        assert feed_of(wrong) is None
    assert fetch("nothing").status_code == 404
    other = token_of(renew_feed(actor=cast["staff.elec"]))
    assert feed_of(other).user == cast["staff.elec"]
    assert feed_of(f"{nonce}.{other.rsplit('.', 1)[1]}") is None


def test_nobody_reaches_the_address_of_another(cast, token):
    from production.models import CalendarFeed

    assert list(CalendarFeed.objects.for_user(cast["staff.elec"])) == []
    client = Client()
    client.force_login(cast["boss"])
    assert token not in client.get(reverse("production:feed")).content.decode()


def test_the_page_makes_renews_and_closes(cast, fetch):
    client = Client()
    client.force_login(cast["staff.mech"])
    page, renew, revoke = (reverse(f"production:{name}") for name in ("feed", "feed_renew", "feed_revoke"))
    assert ".ics" not in client.get(page).content.decode()
    client.post(renew)
    text = client.get(page).content.decode()
    token = re.search(r'/calendar/feed/([^"/]+)\.ics', text)[1]
    assert fetch(token).status_code == 200
    client.post(renew)
    assert fetch(token).status_code == 404
    client.post(revoke)
    assert ".ics" not in client.get(page).content.decode()
    client.post(revoke)
    assert "no-store" in client.get(page)["Cache-Control"]


def test_a_feed_asks_the_same_for_many_tasks(cast, token, make_task, django_assert_num_queries, fetch):
    for number in range(4):
        make_task(name=f"任务 {number}")
    fetch(token)
    with django_assert_num_queries(2):
        fetch(token)
