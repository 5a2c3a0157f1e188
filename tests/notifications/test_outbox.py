"""The outbox: written with the deed, sent once, repeated as declared, never to those who may not know."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from contracts.services import remove_member
from erp import register
from erp.audit import acting_as
from erp.roles import Role
from notifications import pace
from notifications.events import Event
from notifications.models import Channel, Dispatch, GroupRoute, Message, Meter
from notifications.services import deliver, notify, put_aside, resend
from notifications.services.claims import claim, release_lost, settle, start
from notifications.services.delivery import PATIENCE
from notifications.states import DispatchState, Medium
from orgchart.models import Person, User
from tests.notifications.sinks import Gateway, MailSink, Reply, WeComApp, WeComRobot

pytestmark = pytest.mark.usefixtures("reachable")


@pytest.fixture
def event(monkeypatch):
    """event(**fields) → the name of an event like the released plan, but with these fields."""
    entries = register.entries("notifications.events")
    usual = entries["plan_released"]

    def make(name="trial", **fields):
        monkeypatch.setitem(entries, name, Event(usual.title, usual.text, **fields))
        return name

    return make


@pytest.fixture
def mail(channel):
    with MailSink() as sink:
        channel("email", sink)
        yield sink


@pytest.fixture
def robot(cast, channel, route):
    with WeComRobot() as sink:
        route(channel("wecom_robot", sink), contract=cast.own)
        yield sink


# --- written with the deed ---


def test_nothing_is_queued_without_channels(cast, told):
    assert told("pm", "qc") == []
    assert Message.objects.filter(key="k").count() == 2


def test_what_is_rolled_back_was_never_queued(cast, mail):
    with transaction.atomic():
        notify("plan_released", cast.own, [cast.people["pm"]], key="k", contract="HT", name="x")
        assert Dispatch.objects.count() == 1
        transaction.set_rollback(True)
    deliver()
    assert (Dispatch.objects.count(), mail.mails) == (0, [])


def test_told_twice_leaves_once(cast, mail, told):
    told("pm", "qc")
    told("pm", "qc", "sales")
    assert sorted(receiver for receiver, *_ in mail.mails) == [
        "pm@example.org", "qc@example.org", "sales@example.org",
    ]  # fmt: skip
    assert Dispatch.objects.filter(key="k", state="sent").count() == 3


def test_the_actor_is_told_nothing_by_mail_either(cast, mail):
    with acting_as(cast["pm"]):
        people = [cast.people["pm"], cast.people["qc"]]
        notify("plan_released", cast.own, people, key="k", contract="HT", name="x")
    deliver()
    assert [receiver for receiver, *_ in mail.mails] == ["qc@example.org"]


def test_the_bell_rings_once_after_the_commit(cast, mail, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr("notifications.tasks.deliver_task.apply_async", lambda **how: rung.append(how))
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(5):
            people = [cast.people["pm"], cast.people["qc"]]
            notify("plan_released", cast.own, people, key=f"k{number}", contract="HT", name="x")
        assert rung == []
    assert rung == [{"retry": False, "expires": 60}]


def test_a_broker_that_is_down_hurts_nobody(cast, mail, monkeypatch, django_capture_on_commit_callbacks):
    def down(**_):
        raise ConnectionError("no broker")

    monkeypatch.setattr("notifications.tasks.deliver_task.apply_async", down)
    with django_capture_on_commit_callbacks(execute=True):
        notify("plan_released", cast.own, [cast.people["pm"]], key="k", contract="HT", name="x")
    deliver()  # what the sweep does
    assert len(mail.mails) == 1


# --- by which channel ---


def test_defaults_of_the_event_and_of_single_roles(cast, channel, told, event):
    both = event(media=(Medium.EMAIL,), roles={Role.LEADER: (Medium.SMS,), Role.BOSS: ()})
    with MailSink() as mail, Gateway() as sms:
        channel("email", mail)
        channel("sms_http", sms)
        told("pm", "leader.mech", "boss", event=both)
        assert [receiver for receiver, *_ in mail.mails] == ["pm@example.org"]
        assert [call.json()["mobile"] for call in sms.taken] == [cast.people["leader.mech"].mobile]
    assert Message.objects.filter(key="k").count() == 3  # the inbox always


def test_chosen_by_hand_wins_over_defaults(cast, channel, told, event):
    quiet = event(media=())
    with MailSink() as mail:
        channel("email", mail)
        told("pm", event=quiet, key="a")
        assert mail.mails == []
        told("pm", event=quiet, key="b", media=[Medium.EMAIL])
        assert len(mail.mails) == 1


def test_of_two_channels_of_a_medium_the_first_that_knows_the_person_serves(cast, channel, told):
    with MailSink() as first, MailSink() as second:
        channel("email", first, name="b")
        channel("email", second, name="a")
        Channel.objects.filter(name="a").update(position=9)
        told("pm")
        assert (len(first.mails), len(second.mails)) == (1, 0)
        Channel.objects.filter(name="b").update(active=False)
        told("pm", key="b")
        assert (len(first.mails), len(second.mails)) == (1, 1)


def test_customers_hear_at_the_address_of_their_account(cast, channel, told):
    cast["customer.a"].email = "li@blue.example"
    cast["customer.a"].save()
    with MailSink() as sink:
        channel("email", sink)
        (row,) = told("customer.a", target=cast["customer.a"], event="password_reset")
        assert row.state == "sent"
        assert sink.mails[0][0] == "li@blue.example"


# --- asked again when it leaves ---


def test_who_left_the_team_hears_nothing_more(cast, mail, told):
    rows = told("staff.mech", "qc", send=False)
    remove_member(cast.own.team.get(person=cast.people["staff.mech"]), actor=cast["boss"])
    Dispatch.objects.exclude(pk__in=[row.pk for row in rows]).delete()
    deliver()
    assert [receiver for receiver, *_ in mail.mails] == ["qc@example.org"]
    assert list(Dispatch.objects.filter(state="dropped").values_list("why", flat=True)) == ["unseen"]


def test_money_only_for_those_with_the_right(client, cast, mail, told, event):
    paid = event(right="view_finance", media=(Medium.EMAIL,))
    told("pm", "sales", "boss", "leader.mech", event=paid, name="¥120,000")
    heard = sorted(receiver for receiver, *_ in mail.mails)
    assert heard == ["boss@example.org", "sales@example.org"]
    seen = {name for name in ("pm", "sales", "boss", "leader.mech")
            if Message.objects.for_user(cast[name]).filter(event=paid).exists()}  # fmt: skip
    assert seen == {"boss", "sales"}
    client.force_login(cast["pm"])
    assert "120,000" not in client.get("/notifications/").content.decode()
    told("pm", key="plain")  # what has no price is still seen beside it
    assert Message.objects.for_user(cast["pm"]).filter(key="plain").exists()


def test_money_never_reaches_a_group(cast, robot, told, event):
    told("boss", event=event(right="view_finance", group=True, media=()))
    assert (robot.calls, Dispatch.objects.filter(recipient=None).count()) == ([], 0)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (
            lambda cast: User.objects.filter(pk=cast["pm"].pk).update(is_active=False),
            "inactive",
        ),
        (lambda cast: Channel.objects.update(active=False), "channel_off"),
        (lambda cast: Person.objects.filter(user=cast["pm"]).update(wecom_id=""), "no_address"),
    ],
)
def test_what_changed_meanwhile_is_noticed(cast, channel, told, spoil, why):
    with WeComApp() as sink:
        channel("wecom_app", sink)
        (row,) = told("pm", send=False)
        spoil(cast)
        deliver()
        row.refresh_from_db()
        assert (row.state, row.why, sink.calls) == ("dropped", why, [])


# --- repeats ---


def test_retries_come_as_declared_and_then_it_is_dead(cast, mail, told, later):
    mail.script = ["greylist"] * 8
    (row,) = told("pm")
    waits = []
    for _ in range(7):
        row.refresh_from_db()
        waits.append((row.next_at - timezone.now()).total_seconds())
        deliver()  # not due: nothing happens
        later()
        deliver()
    for wait, seconds in zip(waits, pace.RETRIES, strict=True):
        assert seconds * 0.75 < wait <= seconds * 1.2
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("dead", 8)
    assert mail.mails == []


def test_five_failures_and_the_channel_rests(cast, mail, told):
    mail.script = ["busy"] * 5
    told("pm", "qc", "sales", "buyer", "leader.mech", "service", send=False)
    for _ in range(5):
        deliver()
    meter = Meter.objects.get()
    assert meter.failures == 5
    assert 115 < (meter.open_until - timezone.now()).total_seconds() <= 120
    deliver()
    assert mail.mails == []  # the sixth waits although it is due
    Meter.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    deliver()
    assert [receiver for receiver, *_ in mail.mails]
    assert Meter.objects.get().failures == 0


def test_one_broken_channel_stops_no_other(cast, channel, told):
    with WeComApp() as broken, MailSink() as mail:
        channel("wecom_app", broken)
        channel("email", mail)
        broken.faults = [Reply(500) for _ in range(50)]
        told("pm", "qc", "sales")
        assert len(mail.mails) == 3
        assert len(broken.calls) == 1  # it had its turn


def test_one_wrong_address_keeps_nobody_waiting(cast, mail, told):
    Person.objects.filter(user=cast["pm"]).update(email="no-address")
    rows = told("pm", "qc", "sales")
    assert sorted(row.state for row in rows) == ["dead", "sent", "sent"]


def test_a_row_that_cannot_even_be_read_blocks_nothing(cast, mail, told, event, monkeypatch):
    def crooked(*_):
        raise RuntimeError("crooked")

    told("pm", event=event("crooked", compose=crooked, media=(Medium.EMAIL,)), key="a", send=False)
    told("qc", key="b", send=False)
    deliver()
    deliver()
    assert [receiver for receiver, *_ in mail.mails] == ["qc@example.org"]
    bad = Dispatch.objects.get(key="a")
    assert (bad.state, bad.attempts) == ("waiting", 1)
    assert "crooked" in bad.last_error


# --- crashes ---


def test_a_worker_that_died_before_the_call_leaves_no_mark(cast, mail, told):
    (row,) = told("pm", send=False)
    assert claim(row.channel, "dead worker").rows == [row]
    deliver()
    assert mail.mails == []  # leased
    Dispatch.objects.update(lease_until=timezone.now())
    deliver()
    row.refresh_from_db()
    assert (row.state, row.attempts, row.possibly_repeated) == ("sent", 1, False)


def test_a_worker_that_died_in_the_call_leaves_a_mark(cast, mail, told):
    (row,) = told("pm", send=False)
    claim(row.channel, "dead worker")
    assert start(row, "dead worker")
    deliver()
    assert mail.mails == []
    Dispatch.objects.update(lease_until=timezone.now())
    deliver()
    row.refresh_from_db()
    assert (row.state, row.attempts, row.possibly_repeated) == ("sent", 2, True)
    assert mail.mails[0][1]["Subject"].endswith("（可能重复）")


def test_a_lease_lost_is_not_begun_and_a_late_success_still_counts(cast, mail, told):
    (row,) = told("pm", send=False)
    claim(row.channel, "slow")
    Dispatch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert not start(row, "slow")
    claim(row.channel, "quick")
    assert not start(row, "slow")
    assert start(row, "quick")
    Dispatch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    release_lost()
    assert settle(row, "quick", DispatchState.SENT)
    deliver()
    assert mail.mails == []


def test_two_workers_never_lease_the_same_row(cast, mail, told):
    told("pm", "qc", "sales", send=False)
    made = Channel.objects.get()
    first, second = claim(made, "a").rows, claim(made, "b").rows
    assert (len(first), second) == (3, [])


# --- dead letters ---


def test_the_dead_are_reported_once_a_day_and_can_be_sent_again(cast, mail, told, later):
    mail.script = ["reject", "reject"]
    told("pm", "qc")
    deliver()
    dead = list(Dispatch.objects.dead())
    assert len(dead) == 2
    for name in ("boss", "admin"):
        (message,) = Message.objects.filter(recipient=cast[name], event="dispatch_dead")
        assert "550" in str(message)
        assert message in Message.objects.for_user(cast[name])
    resend(dead[0], actor=cast["admin"])
    put_aside(dead[1], actor=cast["boss"])
    deliver()
    dead[0].refresh_from_db()
    dead[1].refresh_from_db()
    assert (dead[0].state, dead[1].state, dead[1].why) == ("sent", "dropped", "by_hand")
    assert len(mail.mails) == 1


# --- groups ---


def test_groups_hear_what_is_for_groups_and_call_those_concerned(cast, robot, told, event, group_event):
    told("pm", event=event(media=()))
    assert robot.calls == []
    told("pm", "qc", event=group_event, key="g")
    told("pm", "qc", "sales", event=group_event, key="g")  # again: the group knows
    (call,) = robot.taken
    assert call.json()["markdown"]["content"].count("<@") == 2


def test_people_who_may_not_see_it_are_not_called(cast, robot, told, group_event):
    told("pm", "outsider", event=group_event)
    assert robot.taken[0].json()["markdown"]["content"].count("<@") == 1


def test_the_contracts_robot_comes_before_the_departments(cast, channel, route, told, group_event):
    from production.services import create_task

    task = create_task(
        cast.own, actor=cast["pm"], name="装配", department=cast.departments["assembly"],
        planned_start=timezone.localdate(), planned_end=timezone.localdate(),
    )  # fmt: skip
    Dispatch.objects.all().delete()
    with WeComRobot() as own, WeComRobot() as department:
        route(channel("wecom_robot", department, name="d"), department=cast.departments["assembly"])
        told("pm", event=group_event, target=task, key="a")
        assert (len(own.taken), len(department.taken)) == (0, 1)
        route(channel("wecom_robot", own, name="c"), contract=cast.own)
        told("pm", event=group_event, target=task, key="b")
        assert (len(own.taken), len(department.taken)) == (1, 1)


def test_a_robot_that_is_gone_hands_on_to_the_next(cast, channel, route, told, group_event):
    with WeComRobot(key="renewed") as gone, WeComRobot() as other:
        route(channel("wecom_robot", gone, name="1"), contract=cast.own, position=0)
        route(channel("wecom_robot", other, name="2"), contract=cast.own, position=1)
        told("pm", event=group_event)
        deliver()
        assert [(row.state, row.why) for row in Dispatch.objects.order_by("pk")] == [
            ("dropped", "passed_on"), ("sent", ""),
        ]  # fmt: skip
        assert len(other.taken) == 1


def test_a_robot_that_fails_again_and_again_hands_on_too(cast, channel, route, told, group_event, later):
    with WeComRobot() as ill, WeComRobot() as other:
        route(channel("wecom_robot", ill, name="1"), contract=cast.own, position=0)
        route(channel("wecom_robot", other, name="2"), contract=cast.own, position=1)
        ill.faults = [Reply(503) for _ in range(PATIENCE)]
        told("pm", event=group_event)
        for _ in range(PATIENCE - 1):
            assert len(other.taken) == 0
            later()
            deliver()
        deliver()
        assert (len(ill.calls), len(other.taken)) == (PATIENCE, 1)


def test_the_last_robot_has_nobody_to_hand_on_to(cast, robot, told, group_event):
    robot.faults = [Reply.of({"errcode": 93000})]
    (row,) = told("pm", event=group_event)
    assert row.state == "dead"


def test_a_group_taken_off_a_contract_hears_nothing_more(cast, robot, told, group_event):
    (row,) = told("pm", event=group_event, send=False)
    GroupRoute.objects.update(active=False)
    deliver()
    row.refresh_from_db()
    assert (row.state, row.why, robot.calls) == ("dropped", "route_off", [])


# --- pace and digests ---


def test_a_robot_takes_a_burst_and_then_one_by_one(cast, robot, told, group_event):
    for number in range(10):
        told("pm", event=group_event, key=f"k{number}", send=False)
    deliver()
    deliver()
    assert len(robot.taken) == pace.Bucket(18, 0, timezone.now()).burst == 4
    assert Dispatch.objects.filter(state="waiting").count() == 6


def test_more_than_twelve_waiting_for_a_robot_become_one_digest(cast, robot, told, group_event):
    for number in range(30):
        told("pm", event=group_event, key=f"k{number}", name=f"线{number}", send=False)
    deliver()
    (call,) = robot.taken
    content = call.json()["markdown"]["content"]
    assert content.startswith("**30 条消息**")
    assert sum(f"线{number} " in content for number in range(30)) == 20
    assert "还有 10 条" in content
    digest = Dispatch.objects.get(event="digest")
    assert digest.state == "sent"
    assert set(digest.merged.values_list("state", flat=True)) == {"merged"}
    assert digest.merged.count() == 30


def test_twelve_are_no_crowd(cast, robot, told, group_event):
    for number in range(12):
        told("pm", event=group_event, key=f"k{number}", send=False)
    deliver()
    assert not Dispatch.objects.filter(event="digest").exists()


def test_a_crowd_for_one_person_is_one_mail_and_leaves_out_what_became_invisible(cast, mail, told):
    for number in range(13):
        told("staff.mech", key=f"k{number}", name=f"线{number}", send=False)
    told("qc", key="k1", send=False)
    for number in range(2):
        told("staff.mech", key=f"f{number}", target=cast.foreign, name="别人的", send=False)
    deliver()
    mails = {receiver: mail for receiver, mail, _ in mail.mails}
    assert set(mails) == {"staff.mech@example.org", "qc@example.org"}
    text = mails["staff.mech@example.org"].get_body(("plain",)).get_content()
    assert "线12" in text
    assert "别人的" not in text
    assert Dispatch.objects.filter(state="dropped", why="unseen").count() == 2


def test_a_digest_with_nothing_left_stays(cast, mail, told):
    for number in range(13):
        told("staff.mech", key=f"f{number}", target=cast.foreign, send=False)
    deliver()
    assert mail.mails == []
    assert set(Dispatch.objects.values_list("state", flat=True)) == {"dropped"}


def test_what_waits_for_the_daily_digest_comes_together(cast, mail, told):
    for number in range(3):
        told("pm", key=f"k{number}", name=f"线{number}", send=False)
    Dispatch.objects.update(bundle=True)
    deliver()
    ((_, found, _),) = mail.mails
    assert found["Subject"] == "3 条消息"
    told("pm", key="alone", send=False)
    Dispatch.objects.filter(key="alone").update(bundle=True)
    deliver()
    assert mail.mails[1][1]["Subject"] == "任务下达"  # one alone needs no cover


def test_a_dead_digest_is_sent_again_as_a_whole(cast, mail, told):
    for number in range(13):
        told("pm", key=f"k{number}", name=f"线{number}", send=False)
    mail.script = ["reject"]
    deliver()
    (dead,) = Dispatch.objects.dead()
    resend(dead, actor=cast["boss"])
    deliver()
    ((_, found, _),) = mail.mails
    assert "线12" in found.get_body(("plain",)).get_content()


def test_cards_and_reports_are_never_swallowed_by_a_digest(cast, mail, told, event):
    from notifications.letters import Attachment, Letter

    def card(row, reader):
        return Letter("早报", [], files=[Attachment("表.pdf", b"%PDF-1.7", "application/pdf")])

    made = event("card-like", compose=card, media=(Medium.EMAIL,))
    for number in range(13):
        told("pm", key=f"k{number}", send=False)
    told("pm", key="card", event=made, send=False)
    deliver()
    subjects = sorted(found["Subject"] for _, found, _ in mail.mails)
    assert subjects == ["13 条消息", "早报"]
    (mine,) = (found for _, found, _ in mail.mails if found["Subject"] == "早报")
    assert [part.get_filename() for part in mine.iter_attachments()] == ["表.pdf"]
