"""Channels that lead to sinks on loopback, and people one can reach by them."""

from __future__ import annotations

import pytest

from notifications.models import Channel, Dispatch, GroupRoute, Message, Meter
from notifications.services import create_channel, deliver, tell

#: kind → (settings, secrets)
USUAL = {
    "email": ({"security": "none", "sender": "erp@factory.example"}, {}),
    "wecom_robot": ({}, {"key": "robot-key"}),
    "wecom_app": ({"corp": "corp", "agent": "1000002"}, {"secret": "app-secret"}),
    "dingtalk_robot": ({}, {"token": "robot-token", "secret": "SEC-signing"}),
    "sms_aliyun": ({"key": "AK", "signature": "测试机械", "template": "SMS_1"}, {"secret": "AS"}),
    "sms_tencent": (
        {"key": "AKID", "app": "1400", "signature": "测试机械", "template": "77"},
        {"secret": "AKSECRET"},
    ),
    "sms_http": ({}, {"token": "gateway-token"}),
}
GROUP = ("wecom_robot", "dingtalk_robot")


@pytest.fixture(autouse=True)
def _nothing_told_yet(request):
    """What building the cast told is not the matter of these tests."""
    if "cast" in request.fixturenames:
        request.getfixturevalue("cast")
        Message.objects.all().delete()


@pytest.fixture
def channel(cast):
    """channel(kind, sink, **settings) → a channel of that kind that leads to the sink."""

    def make(kind, sink=None, *, name="", secrets=None, base="", rate=None, **config):
        usual, hidden = USUAL.get(kind, ({}, {}))
        if kind == "email" and sink is not None:
            config = {"host": "127.0.0.1", "port": str(sink.port), **config}
        elif sink is not None:
            base = sink.url
        pace = rate if rate is not None else (18 if kind in GROUP else 0)
        made = Channel(kind=kind, name=name or kind, config={**usual, **config}, base_url=base, rate=pace)
        return create_channel(made, actor=cast["admin"], secrets={**hidden, **(secrets or {})})

    return make


@pytest.fixture
def reachable(cast):
    """Everybody of the office has a mobile number and a WeCom id."""
    for number, person in enumerate(cast.people.values()):
        person.mobile, person.wecom_id = f"138001380{number:02}", f"w-{person.pk}"
        person.save()
    return cast


@pytest.fixture
def route(cast):
    """route(channel, contract=…|department=…, position=0): a group hears of it."""

    def make(channel, *, contract=None, department=None, position=0):
        place = {"contract_id": contract.pk} if contract else {"department": department}
        return GroupRoute.objects.create(channel=channel, position=position, **place)

    return make


@pytest.fixture
def told(cast):
    """told("pm", "qc", key=…): they are told of the own contract, and what is due is sent at once."""

    def make(*names, key="k", event="plan_released", target=None, media=None, send=True, **params):
        target = target or cast.own
        words = {"contract": "HT-OWN-1", "name": "灌装线", **params}
        users = {cast[name].pk for name in names}
        tell(event, target, users, key=key, params=words, media=media)
        if send:
            deliver()
        return list(Dispatch.objects.filter(key=key).order_by("pk"))

    return make


@pytest.fixture
def later():
    """later(): everything that waits is due now; no channel rests or pauses; every bucket is full."""

    def make():
        from django.utils import timezone

        Dispatch.objects.filter(state="waiting").update(next_at=timezone.now())
        Meter.objects.update(open_until=None, paused_until=None, filled_at=None)

    return make


@pytest.fixture
def group_event(monkeypatch):
    """An event that groups hear of, with the words of a released plan; people get it in the inbox only."""
    from erp import register
    from notifications.events import Event

    entries = register.entries("notifications.events")
    usual = entries["plan_released"]
    made = Event(usual.title, usual.text, media=(), group=True)
    monkeypatch.setitem(entries, "for_groups", made)
    return "for_groups"
