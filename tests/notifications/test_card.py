"""The morning card: each figure is the number of rows in the list it leads to, to each what they see."""

import re
from datetime import time, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone, translation

from contracts.models import Contract
from erp import register
from notifications.cards import Figure, Measure, card
from notifications.letters import letter_for
from notifications.models import Dispatch, Message
from notifications.services import add_report, deliver, remove_report, send_now, send_reports
from tests.cast import make_contract
from tests.notifications.clockwork import at, mailbox, task_until
from tests.notifications.sinks.services import DingTalkRobot


@pytest.fixture
def troubles(cast):
    """Two late contracts, one of them by a task, one delivery today, two overdue tasks."""
    today = timezone.localdate()
    late = make_contract(cast, number="HT-LATE")
    Contract.objects.filter(pk=late.pk).update(planned_delivery=today - timedelta(days=4))
    due = make_contract(cast, number="HT-TODAY")
    Contract.objects.filter(pk=due.pk).update(planned_delivery=today)
    task_until(cast, today - timedelta(days=3))
    task_until(cast, today - timedelta(days=2), name="调试", who="qc", department="quality")
    Contract.objects.filter(pk=cast.own.pk).update(next_task_end=today - timedelta(days=3))
    return cast


def figures(user):
    return {str(figure.label): measure for figure, measure in card(user)}


@pytest.mark.parametrize("who", ["boss", "pm", "leader.mech", "staff.mech", "outsider"])
def test_the_list_behind_a_figure_has_as_many_rows(client, troubles, who):
    client.force_login(troubles[who])
    for figure, measure in card(troubles[who]):
        page = client.get(measure.url)
        assert page.status_code == 200
        rows = page.context["page"].paginator.count if "page" in page.context else page.context["total"]
        assert rows == measure.count, (figure.label, measure.url)
        assert len(measure.points) == min(measure.count, len(measure.points))


def test_what_the_boss_reads(troubles):
    with translation.override("en"):
        found = figures(troubles["boss"])
        assert {name: measure.count for name, measure in found.items() if measure.count} == {
            "Contracts at risk": 2,
            "Deliveries planned for today": 1,
            "Overdue tasks": 2,
        }
        first, second = found["Contracts at risk"].points
    assert re.search(r"HT-LATE.*delivery is 4 days late", first.text)
    assert re.search(r"HT-OWN-1.*“机架焊接” is 3 days overdue \(小张\)", second.text)


def test_reasons_name_no_task_that_one_may_not_see(troubles):
    with translation.override("en"):
        points = figures(troubles["staff.elec"])["Contracts at risk"].points
        assert points == []
        own = figures(troubles["staff.mech"])["Overdue tasks"]
    assert own.count == 1
    assert all("调试" not in point.text for point in own.points)


def test_the_page_links_every_figure(client, troubles):
    client.force_login(troubles["boss"])
    text = client.get("/notifications/card/").content.decode()
    for _figure, measure in card(troubles["boss"]):
        assert f'href="{measure.url}"'.replace("&", "&amp;") in text


def test_other_apps_add_their_figures(monkeypatch, client, cast):
    entry = Figure("到期款项", 5, lambda user: Measure(7, "/contracts/"))
    monkeypatch.setitem(register.entries("notifications.figures"), "money", entry)
    assert str(card(cast["boss"])[0][0].label) == "到期款项"
    client.force_login(cast["boss"])
    assert "到期款项" in client.get("/notifications/card/").content.decode()


def subscribe(cast, who="boss", **fields):
    facts = {"subject": "card", "form": "card", "medium": "email", "at": time(8), "working_days_only": True}
    with time_machine.travel(at("09-01 07:00")):
        return add_report(actor=cast[who], **{**facts, **fields})


def sent_at(text):
    with time_machine.travel(at(text), tick=False):
        return send_reports()


def test_it_comes_at_its_hour_on_working_days_once(cast):
    mailbox()
    subscribe(cast)
    assert sent_at("10-02 09:00") == 0  # holiday
    assert sent_at("10-08 07:59") == 0
    assert sent_at("10-08 08:00") == 1
    assert sent_at("10-08 08:01") == 0
    assert sent_at("10-10 08:30") == 1  # a make-up Saturday
    assert sent_at("10-11 08:30") == 0
    (first, _second) = Dispatch.objects.filter(event="card").order_by("id")
    assert (first.recipient, first.channel.medium, first.bundle) == (cast["boss"], "email", False)


def test_hour_days_and_medium_are_ones_own(cast):
    mailbox()
    type(mailbox("企业微信")).objects.filter(name="企业微信").update(kind="wecom_app")
    type(cast.people["boss"]).objects.filter(user=cast["boss"]).update(wecom_id="boss")
    subscribe(cast, at=time(6, 30), working_days_only=False, medium="wecom")
    assert sent_at("10-04 06:29") == 0
    assert sent_at("10-04 06:30") == 1
    assert Dispatch.objects.get(event="card").channel.medium == "wecom"


def test_set_up_after_its_hour_it_begins_tomorrow(cast):
    mailbox()
    with time_machine.travel(at("10-08 10:00"), tick=False):
        add_report(actor=cast["boss"], subject="card", form="card", medium="email", at=time(8))
        assert send_reports() == 0
    assert sent_at("10-09 08:00") == 1


def test_the_letter_has_every_figure_with_its_link(troubles):
    mailbox()
    report = subscribe(troubles)
    send_now(report)
    row = Dispatch.objects.get(event="card")
    letter = letter_for(row)
    assert timezone.localdate().isoformat()[:4] in letter.title
    for figure, measure in card(troubles["boss"]):
        line = next(line for line in letter.lines if line.text == f"{figure.label}：{measure.count}")
        assert line.url.endswith(measure.url)


def test_a_stopped_card_comes_no_more(cast, client):
    report = subscribe(cast)
    remove_report(report, actor=cast["boss"])
    assert sent_at("10-08 08:00") == 0
    again = subscribe(cast)
    assert Message.objects.filter(event="card").count() == 0
    client.force_login(cast["boss"])
    assert client.post(f"/notifications/reports/{again.pk}/send/").status_code == 302
    message = Message.objects.get(event="card")
    assert client.get(f"/notifications/{message.pk}/open/").url == "/notifications/card/"


def test_the_boss_sends_it_to_a_group_and_it_says_what_the_boss_sees(troubles, channel, later):
    with DingTalkRobot() as service:
        robot = channel("dingtalk_robot", service)
        report = subscribe(troubles, medium="group", robot=robot)
        with time_machine.travel(at("10-08 08:00"), tick=False):
            assert send_reports() == 1
            assert send_reports() == 0
        send_now(report)
        row = Dispatch.objects.order_by("id").first()
        assert (row.recipient, row.channel) == (None, robot)
        letter = letter_for(row)
        later()
        deliver()
        texts = [call.json()["markdown"]["text"] for call in service.taken]
    assert any(line.text == "有风险的合同：2" for line in letter.lines)
    type(troubles["boss"]).objects.filter(username="boss").update(role="staff")
    report.user.refresh_from_db()
    assert send_now(report) == 0
    assert len(texts) == 2
    assert all("有风险的合同：2" in text for text in texts)


@pytest.mark.parametrize("who", ["pm", "leader.mech"])
def test_nobody_else_shows_a_group_what_they_see(client, cast, channel, who):
    robot = channel("wecom_robot", name="群")
    with pytest.raises(PermissionDenied):
        subscribe(cast, who, medium="group", robot=robot)
    client.force_login(cast[who])
    assert "robot" not in client.get("/notifications/reports/").context["form"].fields
    client.force_login(cast["boss"])
    data = {"subject": "card", "form": "card", "medium": "group", "at": "08:00"}
    assert client.post("/notifications/reports/", data).status_code == 422
    assert client.post("/notifications/reports/", {**data, "robot": robot.pk}).status_code == 302
    mail = mailbox()
    assert (
        client.post("/notifications/reports/", {**data, "medium": "email", "robot": mail.pk}).status_code
        == 422
    )
