"""The page of the outbox, and who hears of a contract."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.services import set_group_robots
from erp import register
from erp.models import LogEntry
from erp.workflow import Blocked
from notifications.events import Event
from notifications.models import Dispatch, GroupRoute
from tests.notifications.sinks import MailSink, WeComRobot

URL = "/notifications/outbox/"


@pytest.fixture
def mail(channel):
    with MailSink() as sink:
        channel("email", sink)
        yield sink


def test_the_dead_are_shown_sent_again_and_put_aside(client, cast, mail, told):
    mail.script = ["reject", "reject"]
    told("pm", key="a", name="秘密")
    told("qc", key="b")
    client.force_login(cast["boss"])
    page = client.get(URL)
    text = page.content.decode()
    assert "550" in text
    assert "秘密" not in text  # what it says is for its receiver
    first, second = Dispatch.objects.dead().order_by("pk")
    assert [line.pk for line in page.context["lines"]] == [second.pk, first.pk]
    assert client.post(f"{URL}resend/", {"row": [first.pk]})["Location"] == URL
    assert client.post(f"{URL}put-aside/", {"row": [second.pk, first.pk, "x", "999999"]})["Location"] == URL
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("waiting", "dropped")
    verbs = set(LogEntry.objects.filter(verb__in=("resend", "put_aside")).values_list("verb", "actor_name"))
    assert verbs == {("resend", "王总"), ("put_aside", "王总")}
    assert client.get(URL).context["lines"] == []
    assert [line.pk for line in client.get(f"{URL}?show=waiting").context["lines"]] == [first.pk]
    assert len(client.get(f"{URL}?show=all").context["lines"]) == 2


@pytest.mark.parametrize("query", ["?show=x", "?channel=x", "?channel=999", "?after=x", "?after=9e9"])
def test_nonsense_in_the_address_hurts_nobody(client, cast, query):
    client.force_login(cast["admin"])
    assert client.get(URL + query).status_code == 200


def test_the_outbox_filters_by_channel(client, cast, mail, channel, told):
    other = channel("sms_http", name="sms", base="http://127.0.0.1:9/")
    told("pm")
    client.force_login(cast["admin"])
    assert len(client.get(f"{URL}?show=all").context["lines"]) == 1
    assert client.get(f"{URL}?show=all&channel={other.pk}").context["lines"] == []


def test_the_outbox_costs_the_same_for_one_and_three(client, cast, mail, told):
    client.force_login(cast["admin"])
    costs = []
    for name in ("pm", "qc", "sales"):
        told(name, key=name)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{URL}?show=all")
        costs.append(len(queries))
    assert costs[0] == costs[2] <= 12


def contract_url(contract, more=""):
    return f"/contracts/{contract.pk}/notify/{more}"


def test_a_contract_shows_what_left_to_those_who_see_to_it_and_ones_own_to_others(
    client, cast, mail, channel, told, group_event, monkeypatch
):
    paid = Event("收款", "%(name)s", right="view_finance", media=("email",))
    entries = register.entries("notifications.events")
    monkeypatch.setitem(entries, "paid", paid)
    plain = Event(entries["plan_released"].title, entries["plan_released"].text, media=("email",))
    monkeypatch.setitem(entries, "plain", plain)
    with WeComRobot() as sink:
        set_group_robots(cast.own, [channel("wecom_robot", sink)], actor=cast["pm"])
        told("pm", "qc", event="plain", key="a")
        told("qc", event=group_event, key="b")
        told("sales", event="paid", key="c")
    seen = {}
    for name in ("pm", "boss", "sales", "qc", "staff.mech"):
        client.force_login(cast[name])
        lines = client.get(contract_url(cast.own)).context["lines"]
        seen[name] = sorted((line.event, line.receiver) for line in lines)
    plain = [("任务下达", "何项目"), ("任务下达", "赵质检")]
    group = ("任务下达", "群组")
    assert seen["pm"] == seen["boss"] == sorted([*plain, group])
    assert seen["sales"] == sorted([*plain, group, ("收款", "陈销售")])
    assert seen["qc"] == sorted([plain[1], group])
    assert seen["staff.mech"] == [group]


def test_the_manager_chooses_the_robots_and_their_order(client, cast, channel):
    one, two = channel("wecom_robot", name="一群"), channel("wecom_robot", name="二群")
    mail = channel("email", name="m")
    client.force_login(cast["pm"])
    url = contract_url(cast.own, "robots/")
    assert client.post(url, {"first": two.pk, "second": one.pk})["Location"] == contract_url(cast.own)
    text = client.get(contract_url(cast.own)).content.decode()
    assert text.index("二群") < text.index("一群")
    assert client.post(url, {"first": mail.pk}).status_code == 422  # a mailbox is no group
    client.post(url, {"first": one.pk, "second": one.pk})
    found = GroupRoute.objects.filter(contract_id=cast.own.pk, active=True)
    assert [route.channel for route in found] == [one]
    client.post(url, {})
    assert not GroupRoute.objects.filter(contract_id=cast.own.pk, active=True).exists()
    client.post(url, {"first": two.pk})
    assert [route.channel for route in found.all()] == [two]
    logged = LogEntry.objects.filter(contract_id=cast.own.pk, content_type__model="grouproute")
    assert set(logged.values_list("actor_name", flat=True)) == {"何项目"}


def test_only_the_manager_may_and_only_while_the_contract_lives(client, cast, channel):
    made = channel("wecom_robot")
    for name in ("sales", "leader.mech", "staff.mech"):
        client.force_login(cast[name])
        assert client.post(contract_url(cast.own, "robots/"), {"first": made.pk}).status_code == 403
    with pytest.raises(Blocked):
        set_group_robots(cast.archived, [made], actor=cast["boss"])
    client.force_login(cast["boss"])
    assert client.post(contract_url(cast.archived, "robots/"), {"first": made.pk}).status_code == 422
    assert not GroupRoute.objects.exists()


def test_the_contracts_page_costs_the_same_for_one_and_three(client, cast, mail, told):
    client.force_login(cast["pm"])
    costs = []
    for name in ("pm", "qc", "sales"):
        told(name, key=name)
        with CaptureQueriesContext(connection) as queries:
            client.get(contract_url(cast.own))
        costs.append(len(queries))
    assert costs[0] == costs[2] <= 18
