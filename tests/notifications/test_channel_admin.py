"""Channels in the back office: secrets go in and never come out; the test shows the real answer."""

import json

import pytest
from django.core.management import CommandError, call_command

from erp.models import LogEntry
from notifications import vault
from notifications.models import Channel, ChannelSecret, Dispatch, GroupRoute, Meter
from notifications.services import create_channel, edit_channel
from notifications.services.accounts import account_of
from tests.notifications.sinks import MailSink, Reply, WeComRobot

ADD = "/admin/notifications/channel/add/"
SECRET = "Sehr-Geheim-4711"  # noqa: S105


def change_url(row, page="change"):
    return f"/admin/notifications/channel/{row.pk}/{page}/"


@pytest.fixture
def office(client, cast):
    client.force_login(cast["admin"])
    return client


@pytest.fixture
def robot(office):
    """A WeCom robot made in the two steps of the back office, in use."""
    made = office.post(ADD, {"kind": "wecom_robot", "name": "车间群"})
    row = Channel.objects.get(name="车间群")
    assert made["Location"] == change_url(row)
    assert not row.active
    done = office.post(change_url(row), typed(row, secret_key=SECRET))
    assert done.status_code == 302, done.context["errors"]
    row.refresh_from_db()
    return row


def typed(row, **more):
    return {
        "name": row.name, "active": "on", "position": "0", "rate": "18", "base_url": "",
        "set_format": "markdown", "secret_key": "", "seen": str(row.version), **more,
    }  # fmt: skip


def test_a_channel_in_two_steps(robot):
    assert (robot.active, robot.config) == (True, {"format": "markdown"})
    assert account_of(robot).secrets == {"key": SECRET}


def test_a_secret_is_never_shown_again(office, robot, client):
    page = office.get(change_url(robot)).content.decode()
    assert "已保存" in page
    everything = [page, office.get(change_url(robot, "history")).content.decode()]
    everything += [str(row) for row in Channel.history.values()]
    everything += [f"{row.changes} {row.additional_data} {row.object_repr}" for row in LogEntry.objects.all()]
    everything += [row.sealed for row in ChannelSecret.objects.all()]
    assert not [text for text in everything if SECRET in text]
    named = LogEntry.objects.get(verb="set_secret")
    assert named.additional_data == {"names": ["key"]}


def test_an_empty_secret_keeps_the_old_one_and_a_new_one_replaces_it(office, robot):
    office.post(change_url(robot), typed(robot, set_format="text"))
    robot.refresh_from_db()
    assert (robot.config["format"], account_of(robot).secrets["key"]) == ("text", SECRET)
    office.post(change_url(robot), typed(robot, secret_key="other"))
    assert account_of(robot).secrets["key"] == "other"


def test_optional_secrets_can_be_forgotten(office, cast):
    row = create_channel(
        Channel(kind="dingtalk_robot", name="d", active=False),
        actor=cast["admin"], secrets={"token": "t", "secret": "SEC1"},
    )  # fmt: skip
    done = office.post(change_url(row), {**typed(row), "set_keyword": "", "forget_secret": "on"})
    assert done.status_code == 302
    assert account_of(row).secrets == {"token": "t"}


@pytest.mark.parametrize(
    "more",
    [
        {"rate": "19"},
        {"rate": "0"},
        {"base_url": "ftp://x"},
        {"base_url": "https://u:p@x.example"},
        {"base_url": "x"},
        {"set_format": "html"},
    ],
)
def test_what_cannot_be_is_a_sentence_in_the_form(office, robot, more):
    page = office.post(change_url(robot), typed(robot, **more))
    assert page.status_code == 200
    assert page.context["errors"]


def test_a_channel_in_use_needs_what_its_kind_needs(office):
    office.post(ADD, {"kind": "sms_aliyun", "name": "短信"})
    row = Channel.objects.get(name="短信")
    usual = {
        "name": "短信", "position": "0", "rate": "0", "base_url": "", "set_key": "AK", "secret_secret": "",
        "set_signature": "签", "set_template": "SMS_1", "set_longest": "35", "set_params": '{"a": "{title}"}',
        "seen": str(row.version),
    }  # fmt: skip
    assert office.post(change_url(row), {**usual, "active": "on"}).status_code == 200
    assert office.post(change_url(row), usual).status_code == 302  # not in use: kept as far as it is
    row.refresh_from_db()
    wrong = {**usual, "seen": str(row.version)}
    for name, text in (
        ("set_params", "{title}"),
        ("set_params", '{"a": "{nonsense}"}'),
        ("set_longest", "x"),
    ):
        assert office.post(change_url(row), {**wrong, name: text}).status_code == 200


def test_apprise_addresses_are_checked_against_the_list(office, settings):
    settings.APPRISE_SCHEMES = ["tgram"]
    office.post(ADD, {"kind": "apprise", "name": "其它"})
    row = Channel.objects.get(name="其它")
    usual = {"name": "其它", "active": "on", "position": "0", "rate": "0", "base_url": "",
             "set_audience": "person", "seen": str(row.version)}  # fmt: skip
    page = office.post(change_url(row), {**usual, "secret_url": "json://10.0.0.1/"})
    assert "tgram" in str(page.context["errors"])
    assert office.post(change_url(row), {**usual, "secret_url": "tgram://1:a/{mobile}/"}).status_code == 302


def test_a_seal_that_was_touched_moved_or_made_elsewhere_does_not_open(office, robot, cast, settings):
    secret = ChannelSecret.objects.get(channel=robot)
    other = create_channel(
        Channel(kind="wecom_robot", name="b"), actor=cast["admin"], secrets={"key": "harmless"}
    )
    for sealed in (
        secret.sealed[:-3] + ("AAA" if not secret.sealed.endswith("AAA") else "BBB"),
        ChannelSecret.objects.get(channel=other).sealed,
        secret.sealed.replace("v1.", "v2."),
        SECRET,
        "",
    ):
        ChannelSecret.objects.filter(pk=secret.pk).update(sealed=sealed)
        page = office.post(change_url(robot, "test"))
        assert page.context["outcome"].sent is False
        assert "does not open" in page.context["outcome"].answer
    ChannelSecret.objects.filter(pk=secret.pk).update(sealed=secret.sealed)
    settings.CHANNEL_KEY = b"another installation"
    with pytest.raises(vault.Broken):
        vault.unseal(secret.sealed, f"{robot.pk}:key")


def test_the_test_button_shows_the_real_answer(office, robot):
    with WeComRobot(key=SECRET) as sink:
        office.post(change_url(robot), typed(robot, base_url=sink.url))
        assert office.get(change_url(robot, "test")).status_code == 200
        assert sink.calls == []  # looking sends nothing
        page = office.post(change_url(robot, "test"))
        assert page.context["outcome"].sent
        assert len(sink.taken) == 1
        sink.faults = [Reply.of({"errcode": 93000, "errmsg": "invalid webhook url, hint: [17]"})]
        page = office.post(change_url(robot, "test"))
        assert "invalid webhook url, hint: [17]" in page.content.decode()
    assert not Dispatch.objects.exists()
    found = [row.additional_data["sent"] for row in LogEntry.objects.filter(verb="send_test").order_by("pk")]
    assert found == [True, False]


def test_the_test_of_a_personal_channel_goes_where_one_says(office, cast):
    with MailSink() as sink:
        row = create_channel(
            Channel(kind="email", name="m", rate=0,
                    config={"host": "127.0.0.1", "port": str(sink.port), "security": "none"}),
            actor=cast["admin"], secrets={},
        )  # fmt: skip
        office.post(change_url(row, "test"), {"to": cast["pm"].pk})
        office.post(change_url(row, "test"), {"to": ""})
        assert [receiver for receiver, *_ in sink.mails] == ["pm@example.org", "admin@example.org"]
        page = office.post(change_url(row, "test"), {"to": cast["customer.a"].pk})
        assert page.context["outcome"] is None  # customers are not for trying things out
        cast["qc"].email = ""
        cast["qc"].save()
        page = office.post(change_url(row, "test"), {"to": cast["qc"].pk})
        assert page.context["outcome"].sent is False


@pytest.mark.parametrize("who", ["boss", "pm", "customer.a"])
def test_channels_are_closed_to_others(client, cast, robot, who):
    client.force_login(cast[who])
    for url in (ADD, change_url(robot), change_url(robot, "test")):
        assert client.get(url).status_code in (302, 404)
        assert client.post(url).status_code in (302, 404)


def test_saving_a_channel_lets_it_try_again_at_once(cast, robot):
    Meter.objects.filter(channel=robot).update(failures=5, open_until="2099-01-01T00:00Z")
    edit_channel(robot, actor=cast["admin"], secrets={"key": "new"})
    meter = Meter.objects.get(channel=robot)
    assert (meter.failures, meter.open_until) == (0, None)


def test_department_robots_are_set_here(office, robot, cast):
    url = "/admin/notifications/grouproute/add/"
    data = {
        "channel": robot.pk,
        "department": cast.departments["assembly"].pk,
        "position": "0",
        "active": "on",
    }
    assert office.post(url, {**data, "department": ""}).status_code == 200
    assert office.post(url, data).status_code == 302
    (route,) = GroupRoute.objects.all()
    assert (route.channel, route.department) == (robot, cast.departments["assembly"])
    mail = create_channel(Channel(kind="email", name="m", rate=0), actor=cast["admin"], secrets={})
    assert office.post(url, {**data, "channel": mail.pk}).status_code == 200


def test_send_test_lists_sends_and_says_what_came_back(cast, robot, capsys):
    call_command("send_test", "--json")
    (row,) = json.loads(capsys.readouterr().out)
    assert row == {"id": robot.pk, "name": "车间群", "kind": "wecom_robot", "active": True}
    with WeComRobot(key=SECRET) as sink:
        edit_channel(robot, actor=cast["admin"], secrets={}, base_url=sink.url)
        call_command("send_test", "车间群")
        assert "OK" in capsys.readouterr().out
        sink.faults = [Reply.of({"errcode": 93000})]
        with pytest.raises(SystemExit) as stop:
            call_command("send_test", str(robot.pk), "--json")
        assert stop.value.code == 1
        found = json.loads(capsys.readouterr().out)
        assert (found["sent"], "93000" in found["answer"]) == (False, True)
    with pytest.raises(CommandError, match="nowhere"):
        call_command("send_test", "nowhere")
    with pytest.raises(CommandError, match="nobody"):
        call_command("send_test", "车间群", "--to", "nobody")
