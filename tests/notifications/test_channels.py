"""Every kind of channel against a far end that checks signatures, limits and addresses."""

import json

import pytest
from django.utils import timezone

from erp.audit import acting_as
from notifications import http, pace
from notifications.models import Dispatch, Meter
from notifications.services import deliver, edit_channel, send_test
from notifications.states import MEDIUM_OF, PERSONAL, Medium
from orgchart.models import Person
from tests.notifications.sinks import (
    AliyunSms,
    DingTalkRobot,
    Gateway,
    MailSink,
    Reply,
    TencentSms,
    WebSink,
    WeComApp,
    WeComRobot,
)
from tests.notifications.test_http import certificate

pytestmark = pytest.mark.usefixtures("reachable")
APPRISE = "ignore:.*imghdr.*:DeprecationWarning"  # of a library that Apprise brings
SINKS = {"sms_aliyun": AliyunSms, "sms_tencent": TencentSms, "sms_http": Gateway, "wecom_app": WeComApp}


def states(rows):
    return [(row.state, row.why) for row in rows]


def test_mail_has_text_and_page_a_way_back_and_no_strange_headers(cast, channel, told):
    person = cast.people["boss"]
    person.email = "wang@factory.example"
    person.save()
    with MailSink() as sink:
        channel("email", sink)
        with acting_as(cast["boss"]):
            (row,) = told("pm", name="灌装\r\nBcc: evil@example.org <b>")
        ((receiver, mail, _),) = sink.mails
    assert states([row]) == [("sent", "")]
    assert receiver == "pm@example.org"
    assert mail["Subject"] == "任务下达"
    assert mail["Reply-To"] == "wang@factory.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == f"<dispatch-{row.pk}@factory.example>"
    assert "Bcc" not in mail
    link = f"/notifications/{row.message_id}/open/"
    text = mail.get_body(("plain",)).get_content()
    page = mail.get_body(("html",)).get_content()
    assert "灌装 Bcc: evil@example.org <b>" in text
    assert "&lt;b&gt;" in page
    assert link in text
    assert link in page


def test_mail_refused_for_good_dies_and_later_waits(cast, channel, told, later):
    with MailSink() as sink:
        channel("email", sink)
        sink.script = ["reject", "greylist", "busy"]
        (row,) = told("pm")
        assert (row.state, row.attempts) == ("dead", 1)
        assert "550" in row.last_error
        (row,) = told("qc", key="b")
        later()
        deliver()
        later()
        deliver()
        row.refresh_from_db()
        assert (row.state, row.attempts, row.possibly_repeated) == ("sent", 3, False)
        assert [receiver for receiver, *_ in sink.mails] == ["qc@example.org"]


def test_a_line_that_breaks_after_the_text_may_have_delivered(cast, channel, told, later):
    with MailSink() as sink:
        channel("email", sink)
        sink.script = ["close"]
        (row,) = told("pm")
        assert (row.state, row.possibly_repeated) == ("waiting", True)
        later()
        deliver()
        first, second = (mail for _, mail, _ in sink.mails)
    assert first["Message-ID"] == second["Message-ID"]
    assert (first["Subject"], second["Subject"]) == ("任务下达", "任务下达（可能重复）")


def test_mail_over_tls_checks_the_certificate(cast, channel, told, later, tmp_path, monkeypatch):
    pem, context = certificate(tmp_path)
    with MailSink(context=context) as sink:
        channel("email", sink, security="ssl", host="localhost")
        (row,) = told("pm")
        assert row.state == "waiting"
        assert "CERTIFICATE_VERIFY_FAILED" in row.last_error
        assert not sink.mails
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        later()
        deliver()
        assert len(sink.mails) == 1


def test_mail_turns_secret_before_it_says_who_it_is(cast, channel, told, later, tmp_path, monkeypatch):
    pem, context = certificate(tmp_path)
    with MailSink(starttls=context, users={"erp": "right"}) as sink:
        made = channel(
            "email", sink, security="tls", host="localhost", user="erp", secrets={"password": "right"}
        )
        (row,) = told("pm")
        assert "CERTIFICATE_VERIFY_FAILED" in row.last_error
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        later()
        deliver()
        assert len(sink.mails) == 1
        edit_channel(made, actor=cast["admin"], secrets={"password": "wrong"})
        (row,) = told("qc", key="b")
        assert (row.state, len(sink.mails)) == ("dead", 1)
        assert "535" in row.last_error


@pytest.mark.parametrize(
    "address",
    ["a@b.c\nBcc: x@y.z", "no-at.example.org", '"a b"@example.org\r\n', "x" * 240 + "@example.org", "a@b"],
)
def test_addresses_that_are_none_are_refused_here(cast, channel, told, address):
    Person.objects.filter(pk=cast.people["pm"].pk).update(email=address)
    with MailSink() as sink:
        channel("email", sink)
        (row,) = told("pm")
        assert row.state == "dead"
        assert not sink.mails


def test_wecom_application_reaches_the_person(cast, channel, told):
    with WeComApp() as sink:
        channel("wecom_app", sink)
        (row,) = told("pm", name="<a href='x'>&")
        (call,) = sink.taken
    body = call.json()
    assert row.state == "sent"
    assert (body["touser"], body["agentid"]) == (f"w-{cast.people['pm'].pk}", 1000002)
    assert "&lt;a href=" in body["text"]["content"]
    assert f"/notifications/{row.message_id}/open/" in body["text"]["content"]


def test_wecom_application_asks_for_a_token_once_and_anew_when_it_is_stale(cast, channel, told):
    with WeComApp() as sink:
        channel("wecom_app", sink)
        told("pm", "qc", "sales")
        assert sink.issued == 1
        sink.tokens = set()  # withdrawn on the far side
        (row,) = told("buyer", key="b")
        assert row.state == "sent"
        assert (sink.issued, len(sink.taken)) == (2, 4)


def test_wecom_application_wrong_secret_and_unknown_person_die(cast, channel, told):
    with WeComApp(unknown={f"w-{cast.people['pm'].pk}"}) as sink:
        made = channel("wecom_app", sink)
        (row,) = told("pm")
        assert row.state == "dead"
        made.config = {**made.config, "corp": "other"}
        made.save()
        (row,) = told("qc", key="b")
        assert row.state == "dead"
        assert "40001" in row.last_error


def test_wecom_robot_says_it_in_markdown_and_calls_people_by_id(cast, channel, route, told, group_event):
    with WeComRobot() as sink:
        route(channel("wecom_robot", sink), contract=cast.own)
        told("pm", "staff.mech", event=group_event, name="@all 灌装线")
        (call,) = sink.taken
    body = call.json()
    content = body["markdown"]["content"]
    assert "＠all 灌装线" in content
    assert "@all" not in content
    for name in ("pm", "staff.mech"):
        assert f"<@w-{cast.people[name].pk}>" in content
    assert f"]({'http://127.0.0.1:8000' + cast.own.get_absolute_url()})" in content


def test_wecom_robot_calls_by_mobile_in_plain_text(cast, channel, route, told, group_event):
    Person.objects.filter(pk=cast.people["pm"].pk).update(wecom_id="")
    with WeComRobot() as sink:
        route(channel("wecom_robot", sink), contract=cast.own)
        told("pm", "qc", event=group_event, name="验" * 900)
        (call,) = sink.taken
    text = call.json()["text"]
    assert len(text["content"].encode()) <= 2048
    assert text["content"].endswith(cast.own.get_absolute_url())
    assert text["mentioned_mobile_list"] == [cast.people["pm"].mobile]
    assert text["mentioned_list"] == [f"w-{cast.people['qc'].pk}"]


def test_the_format_and_the_pace_of_a_robot_are_ones_choice(cast, channel, route, told, group_event):
    with WeComRobot() as sink:
        made = channel("wecom_robot", sink, rate=5)
        route(made, contract=cast.own)
        for number in range(3):
            told("pm", event=group_event, key=f"k{number}")
        assert len(sink.taken) == 1  # five a minute: one, and then one by one
        assert sink.taken[0].json()["msgtype"] == "markdown"
        edit_channel(made, actor=cast["admin"], secrets={}, config={"format": "text"}, rate=18)
        Meter.objects.update(filled_at=None)
        deliver()
        assert [call.json()["msgtype"] for call in sink.taken] == ["markdown", "text", "text"]


def test_dingtalk_robot_signs_and_calls_by_mobile(cast, channel, route, told, group_event):
    with DingTalkRobot() as sink:
        route(channel("dingtalk_robot", sink), contract=cast.own)
        (row,) = told("pm", event=group_event, name="@所有人 [x](javascript:1)")
        (call,) = sink.taken
    body = call.json()
    mobile = cast.people["pm"].mobile
    assert row.state == "sent"
    assert body["at"] == {"atMobiles": [mobile], "isAtAll": False}
    assert body["markdown"]["text"].endswith(f"@{mobile}")
    assert body["markdown"]["text"].count("@") == 1
    assert "](javascript" not in body["markdown"]["text"]


def test_dingtalk_wrong_signature_dies_and_the_keyword_is_said(cast, channel, route, told, group_event):
    with DingTalkRobot(secret="SEC-other") as sink:
        route(channel("dingtalk_robot", sink), contract=cast.own)
        (row,) = told("pm", event=group_event)
        assert row.state == "dead"
        assert "310000" in row.last_error
    with DingTalkRobot(secret="") as sink:
        made = channel("dingtalk_robot", sink, name="b", keyword="工厂", secrets={"secret": ""})
        send_test(made, actor=cast["admin"])
        assert "工厂" in sink.taken[0].json()["markdown"]["text"]


@pytest.mark.parametrize(
    ("kind", "sink_class", "code", "seconds"),
    [("wecom_robot", WeComRobot, 45009, 60), ("dingtalk_robot", DingTalkRobot, 130101, 600)],
)
def test_too_fast_means_silence(
    cast, channel, route, told, group_event, later, kind, sink_class, code, seconds
):
    """HTTP 200 with an errcode is a failure; the whole channel pauses, and no attempt is counted."""
    with sink_class() as sink:
        made = channel(kind, sink)
        route(made, contract=cast.own)
        sink.faults = [Reply.of({"errcode": code, "errmsg": "too fast"})]
        (row,) = told("pm", event=group_event)
        assert (row.state, row.attempts) == ("waiting", 0)
        left = (Meter.objects.get(channel=made).paused_until - timezone.now()).total_seconds()
        assert seconds - 5 < left <= seconds
        (other,) = told("pm", event=group_event, key="b")
        assert (other.state, len(sink.calls)) == ("waiting", 1)
        later()
        deliver()
        assert set(Dispatch.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.parametrize(
    "reply",
    [Reply(200, b"<html>hello</html>"), Reply(200, b"x" * 10_000_000), Reply.of({"errcode": -1}), Reply(500),
     Reply(cut=True), Reply.of({"ok": True})],
    ids=["html", "10 MB", "system busy", "500", "cut", "no errcode"],
)  # fmt: skip
def test_robot_bad_days_are_tried_again(cast, channel, route, told, group_event, later, reply):
    with WeComRobot() as sink:
        route(channel("wecom_robot", sink), contract=cast.own)
        sink.faults = [reply]
        (row,) = told("pm", event=group_event)
        assert (row.state, row.attempts) == ("waiting", 1)
        later()
        deliver()
        row.refresh_from_db()
        assert row.state == "sent"


@pytest.mark.parametrize(
    "reply",
    [
        Reply.of({"errcode": 93000}),
        Reply(302, headers={"Location": "http://127.0.0.1/"}),
        Reply(404),
        Reply(403),
    ],
    ids=["unknown robot", "redirect", "404", "403"],
)
def test_robot_final_refusals_die_at_once(cast, channel, route, told, group_event, reply):
    with WeComRobot() as sink:
        route(channel("wecom_robot", sink), contract=cast.own)
        sink.faults = [reply]
        (row,) = told("pm", event=group_event)
        assert (row.state, row.attempts) == ("dead", 1)


@pytest.mark.parametrize("kind", ["sms_aliyun", "sms_tencent", "sms_http"])
def test_sms_is_signed_and_says_who_and_what(cast, channel, told, kind):
    with SINKS[kind]() as sink:
        channel(kind, sink)
        (row,) = told("pm", name="{text} 灌装线" + "长" * 80, media=[Medium.SMS])
        (call,) = sink.taken
    mobile = cast.people["pm"].mobile
    assert row.state == "sent", row.last_error
    if kind == "sms_aliyun":
        said = sink.params(call)
        assert (call.query["PhoneNumbers"], call.query["SignName"]) == (mobile, "测试机械")
        assert call.query["OutId"] == f"dispatch-{row.pk}"
        assert said["title"] == "任务下达"
        assert "{text}" in said["text"]  # a placeholder in a name is only text
        assert len(said["text"]) == 35
    elif kind == "sms_tencent":
        body = call.json()
        assert (body["PhoneNumberSet"], body["SessionContext"]) == ([f"+86{mobile}"], f"dispatch-{row.pk}")
        assert body["TemplateParamSet"][0] == "任务下达"
        assert len(body["TemplateParamSet"][1]) == 12
    else:
        assert call.json()["mobile"] == mobile
        assert "{text} 灌装线" in call.json()["content"]


@pytest.mark.parametrize("kind", ["sms_aliyun", "sms_tencent", "sms_http", "wecom_app"])
def test_a_wrong_secret_is_final(cast, channel, told, kind):
    name = {"sms_http": "token"}.get(kind, "secret")
    with SINKS[kind]() as sink:
        channel(kind, sink, secrets={name: "wrong"}, **({"final": "401"} if kind == "sms_http" else {}))
        (row,) = told("pm", media=[Medium.SMS, Medium.WECOM])
        assert row.state == "dead", row.last_error
        assert not sink.taken
        assert "wrong" not in row.last_error


@pytest.mark.parametrize(
    ("kind", "code", "state"),
    [
        ("sms_aliyun", "isv.AMOUNT_NOT_ENOUGH", "dead"),
        ("sms_aliyun", "isv.BUSINESS_LIMIT_CONTROL", "waiting"),
        ("sms_aliyun", "Throttling.User", "waiting"),
        ("sms_tencent", "FailedOperation.InsufficientBalanceInSmsPackage", "dead"),
        ("sms_tencent", "LimitExceeded.PhoneNumberOneHourLimit", "waiting"),
        ("sms_tencent", "RequestLimitExceeded", "waiting"),
    ],
)
def test_sms_refusals(cast, channel, told, kind, code, state):
    with SINKS[kind]() as sink, MailSink() as mail:
        channel(kind, sink)
        channel("email", mail)
        sink.code = code
        rows = told("pm", media=[Medium.SMS, Medium.EMAIL])
        found = {row.channel.kind: row.state for row in rows}
        assert found == {kind: state, "email": "sent"}  # other channels go on


def test_sms_gateway_takes_forms_too(cast, channel, told):
    with WebSink() as sink:
        channel("sms_http", sink, format="form", body='{"m": "{mobile}", "c": "{text}"}', field="")
        (row,) = told("pm", media=[Medium.SMS])
        assert row.state == "sent"
        assert b"m=138001380" in sink.calls[0].body


@pytest.mark.parametrize(
    ("mobile", "sent"),
    [("+86 138 0013 8000", True), ("0086-13800138000", True), ("13800138000", True), ("138001380", False),
     ("abc", False), ("", False), ("１３８００１３８０００", True)],
)  # fmt: skip
def test_mobile_numbers_as_people_write_them(cast, channel, told, mobile, sent):
    Person.objects.filter(pk=cast.people["pm"].pk).update(mobile=mobile)
    with Gateway() as sink:
        channel("sms_http", sink)
        rows = told("pm", media=[Medium.SMS])
        assert [call.json()["mobile"] for call in sink.taken] == (["13800138000"] if sent else [])
        assert len(rows) == int(sent)


@pytest.mark.filterwarnings(APPRISE)
def test_apprise_only_for_services_on_the_list(cast, channel, told, settings):
    with WebSink() as sink:
        url = f"json://{sink.url.removeprefix('http://')}/{{wecom_id}}/"
        channel("apprise", secrets={"url": url}, rate=0)
        settings.APPRISE_SCHEMES = ["tgram"]
        (row,) = told("pm", media=[Medium.OTHER])
        assert row.state == "dead"
        assert not sink.calls
        settings.APPRISE_SCHEMES = ["json"]
        (row,) = told("pm", key="b", media=[Medium.OTHER])
        (call,) = sink.taken
    assert row.state == "sent", row.last_error
    assert call.path.strip("/") == f"w-{cast.people['pm'].pk}"
    assert "HT-OWN-1" in json.loads(call.body)["message"]


@pytest.mark.filterwarnings(APPRISE)
def test_apprise_failures_are_tried_again(cast, channel, told, settings):
    settings.APPRISE_SCHEMES = ["json"]
    with WebSink() as sink:
        channel("apprise", secrets={"url": f"json://{sink.url.removeprefix('http://')}/"}, rate=0)
        sink.faults = [Reply(500)]
        (row,) = told("pm", media=[Medium.OTHER])
        assert (row.state, row.attempts) == ("waiting", 1)


@pytest.mark.filterwarnings(APPRISE)
def test_a_robot_behind_apprise_speaks_to_its_group(cast, channel, route, told, settings, group_event):
    settings.APPRISE_SCHEMES = ["json"]
    with WebSink() as sink:
        secrets = {"url": f"json://{sink.url.removeprefix('http://')}/"}
        made = channel("apprise", secrets=secrets, audience="group", rate=18)
        route(made, contract=cast.own)
        rows = told("pm", event=group_event, media=None)
        assert states(rows) == [("sent", "")]
        assert rows[0].recipient is None


def test_every_medium_of_a_person_has_a_channel_that_serves_it():
    assert set(PERSONAL) <= set(MEDIUM_OF.values())


def test_nothing_is_called_for_longer_than_a_lease():
    assert http.SECONDS < pace.LEASE / 2
