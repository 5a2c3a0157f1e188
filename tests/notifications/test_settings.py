"""What each person chose holds: event × medium, quiet hours, days, digest, language."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.utils import translation

from erp import register
from erp.roles import Role
from notifications.events import Event
from notifications.models import Dispatch, Preference, Rhythm
from notifications.routing import routes_for
from notifications.services import save_preferences, save_rhythm
from notifications.states import Medium
from notifications.wishes import language_of, moments
from orgchart.models import Leave, Person
from tests.notifications.clockwork import at, mailbox


@pytest.fixture(autouse=True)
def _channels(cast):
    mailbox()
    type(mailbox("企业微信")).objects.filter(name="企业微信").update(kind="wecom_app", position=5)
    Person.objects.filter(pk=cast.people["pm"].pk).update(wecom_id="pm")
    for name in cast.users:
        cast[name].refresh_from_db()


@pytest.fixture
def event(monkeypatch):
    """An event that goes by e-mail by default, to the boss not at all."""
    made = Event("事件", "%(contract)s", media=(Medium.EMAIL,), roles={Role.BOSS: ()}, topic="测试")
    monkeypatch.setitem(register.entries("notifications.events"), "sample", made)
    return "sample"


def media_of(user, event):
    return [route.channel.medium for route in routes_for([user], event).get(user.pk, [])]


def moment_of(cast, text, event="task_assigned", who="pm"):
    with time_machine.travel(at(text), tick=False):
        found = moments([cast[who]], event, at(text)).get(cast[who].pk)
    return (found.at, found.bundle) if found else None


def rhythm(cast, who="pm", **fields):
    save_rhythm(actor=cast[who], version=None, **fields)


def test_defaults_differ_by_role(cast, event):
    assert media_of(cast["pm"], event) == ["email"]
    assert media_of(cast["boss"], event) == []


def test_a_choice_switches_a_medium_on_and_off_and_back(cast, event):
    among = [(event, "email"), (event, "wecom")]
    assert save_preferences([(event, "wecom")], actor=cast["pm"], among=among) == 2
    assert media_of(cast["pm"], event) == ["wecom"]
    assert save_preferences([(event, "email")], actor=cast["pm"], among=among) == 2
    assert media_of(cast["pm"], event) == ["email"]
    assert not Preference.objects.exists()  # as by default: nothing to keep


def test_one_persons_choice_is_nobody_elses(cast, event):
    save_preferences([], actor=cast["pm"], among=[(event, "email")])
    assert media_of(cast["pm"], event) == []
    assert media_of(cast["qc"], event) == ["email"]


def test_the_choice_holds_when_something_is_told(cast, told):
    among = [("plan_released", "email"), ("plan_released", "wecom")]
    save_preferences([("plan_released", "wecom")], actor=cast["pm"], among=among)
    rows = told("pm", "qc", send=False)
    assert {(row.recipient.username, row.channel.medium) for row in rows} == {
        ("pm", "wecom"),
        ("qc", "email"),
    }


def test_quiet_hours_hold_back_until_they_end(cast):
    rhythm(cast, quiet_from=time(21), quiet_until=time(7, 30))
    assert moment_of(cast, "10-08 20:59") == (at("10-08 20:59"), False)
    assert moment_of(cast, "10-08 21:00") == (at("10-09 07:30"), False)
    assert moment_of(cast, "10-09 03:00") == (at("10-09 07:30"), False)
    assert moment_of(cast, "10-09 07:30") == (at("10-09 07:30"), False)


def test_quiet_hours_within_a_day(cast):
    rhythm(cast, quiet_from=time(12), quiet_until=time(13))
    assert moment_of(cast, "10-08 12:20") == (at("10-08 13:00"), False)
    assert moment_of(cast, "10-08 13:20") == (at("10-08 13:20"), False)


def test_urgent_events_pass_quiet_hours_and_digest(cast):
    rhythm(cast, quiet_from=time(0), quiet_until=time(23, 59), digest_at=time(9))
    assert moment_of(cast, "10-08 12:20", "password_reset") is None
    assert moment_of(cast, "10-08 12:20") is not None


def test_working_days_only_waits_over_the_holidays_and_for_leave(cast):
    assert moment_of(cast, "10-03 10:00") is None  # nobody asked for it
    rhythm(cast, working_days_only=True)
    assert moment_of(cast, "10-03 10:00") == (at("10-08 08:00"), False)
    assert moment_of(cast, "10-10 10:00") == (at("10-10 10:00"), False)  # made up
    assert moment_of(cast, "10-11 10:00") == (at("10-12 08:00"), False)
    Leave.objects.create(person=cast.people["pm"], first=date(2026, 10, 12), last=date(2026, 10, 12))
    assert moment_of(cast, "10-11 10:00") == (at("10-13 08:00"), False)


def test_quiet_hours_and_working_days_together(cast):
    rhythm(cast, quiet_from=time(22), quiet_until=time(9), working_days_only=True)
    assert moment_of(cast, "10-10 23:00") == (at("10-12 09:00"), False)


def test_the_digest_comes_once_a_day(cast):
    rhythm(cast, digest_at=time(17))
    assert moment_of(cast, "10-08 10:00") == (at("10-08 17:00"), True)
    assert moment_of(cast, "10-08 17:01") == (at("10-09 17:00"), True)
    row = Rhythm.objects.get()
    save_rhythm(actor=cast["pm"], version=row.version, working_days_only=True)
    assert moment_of(cast, "10-10 17:01") == (at("10-12 17:00"), True)


def test_a_digest_is_one_letter(cast, told):
    rhythm(cast, digest_at=time(17))
    with time_machine.travel(at("10-08 10:00"), tick=False):
        told("pm", key="a", send=False)
        told("pm", key="b", send=False)
    rows = Dispatch.objects.filter(recipient=cast["pm"])
    assert {(row.next_at, row.bundle) for row in rows} == {(at("10-08 17:00"), True)}


def test_the_language_of_letters_is_ones_own(cast):
    assert language_of(cast["pm"]) == "zh-hans"
    rhythm(cast, language="en")
    assert language_of(cast["pm"]) == "en"
    assert language_of(cast["qc"]) == "zh-hans"


def test_the_page_saves_the_boxes_as_they_stand(client, cast):
    client.force_login(cast["pm"])
    page = client.get("/notifications/settings/")
    text = page.content.decode()
    assert 'value="task_assigned:email" checked' in text
    assert "task_assigned:sms" not in text  # no channel serves it: the box would do nothing
    assert "nudge:email" not in text
    wanted = [
        c.name for _topic, rows in page.context["groups"] for _t, cells in rows for c in cells if c.wanted
    ]
    wanted.remove("task_assigned:email")
    assert client.post("/notifications/settings/", {"wanted": wanted}).status_code == 302
    assert list(Preference.objects.values_list("user", "event", "medium", "wanted")) == [
        (cast["pm"].pk, "task_assigned", "email", False)
    ]
    assert (
        'value="task_assigned:email" checked' not in client.get("/notifications/settings/").content.decode()
    )


def test_hours_on_the_page_need_both_ends_and_keep_what_was_typed(client, cast):
    client.force_login(cast["pm"])
    answer = client.post("/notifications/settings/rhythm/", {"quiet_from": "21:00"})
    assert answer.status_code == 422
    assert 'value="21:00"' in answer.content.decode()
    data = {"quiet_from": "21:00", "quiet_until": "07:00", "language": "en"}
    assert client.post("/notifications/settings/rhythm/", data).status_code == 302
    row = Rhythm.objects.get()
    assert (row.user, row.quiet_from, row.language) == (cast["pm"], time(21), "en")
    stale = client.post("/notifications/settings/rhythm/", {**data, "version": "7"})
    assert stale.status_code == 409


def test_wishes_are_ones_own_even_for_the_boss(cast):
    rhythm(cast)
    assert not Rhythm.objects.for_user(cast["boss"]).exists()
    assert Rhythm.objects.for_user(cast["pm"]).exists()


def test_every_event_people_choose_about_has_a_heading_and_words_in_both_languages():
    for name, event in register.entries("notifications.events").items():
        if not event.topic:
            continue
        with translation.override("en"):
            english = (str(event.title), str(event.text), str(event.topic))
        with translation.override("zh-hans"):
            chinese = (str(event.title), str(event.text), str(event.topic))
        assert all(one != other for one, other in zip(english, chinese, strict=True)), name


def test_a_missing_address_is_said(client, cast):
    client.force_login(cast["qc"])
    assert client.get("/notifications/settings/").context["missing"] == ["企业微信"]
    client.force_login(cast["pm"])
    assert client.get("/notifications/settings/").context["missing"] == []


def test_a_new_place_is_told_to_the_account_itself(client, cast):
    from notifications.models import Message

    user = cast["pm"]
    user.set_password("flow-demo-2026")
    user.save()
    sign_in = {"username": "pm", "password": "flow-demo-2026"}

    def enter(address):
        client.logout()
        assert client.post("/login/", sign_in, REMOTE_ADDR=address).status_code == 302
        return Message.objects.filter(event="sign_in_new_place", recipient=user).count()

    assert enter("203.0.113.7") == 0  # the first sign-in ever
    assert enter("203.0.113.7") == 0
    assert enter("198.51.100.9") == 1
    assert enter("198.51.100.9") == 1
    assert "198.51.100.9" in str(Message.objects.get(event="sign_in_new_place"))
    with time_machine.travel(at("10-08 10:00") + timedelta(days=400)):
        assert enter("203.0.113.7") == 2  # forgotten meanwhile


def test_what_reaches_customers_only_is_not_asked_in_the_office(client, cast):
    client.force_login(cast["boss"])
    html = client.get("/notifications/settings/").content.decode()
    assert "document_shared" in html
    assert "document_published" not in html
