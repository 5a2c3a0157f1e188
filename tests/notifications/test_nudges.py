"""Nudges: who may, whom, what arrives, and answers with and without signing in."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from contracts.models import Contract, TeamMember
from contracts.services import remove_member
from erp.models import LogEntry
from erp.workflow import Blocked
from notifications import answers
from notifications.letters import letter_for
from notifications.models import Dispatch, Message, Nudge, NudgeReceiver
from notifications.services import answer_nudge, climb, remind, save_rules, send_nudge
from orgchart.models import Person
from tests.notifications.clockwork import at, mailbox, task_until, told

TODAY = timezone.localdate


@pytest.fixture
def task(cast):
    return task_until(cast, timezone.localdate() - timedelta(days=3))


def nudge(cast, target, who="pm", whom=("staff.mech",), media=("email",), text="请今天更新进度"):
    people = [cast.people[name] for name in whom]
    return send_nudge(target, actor=cast[who], people=people, media=media, text=text)


def open_to(cast, who, target):
    from notifications.subjects import kind_of, subject

    return {p.user.username for p in subject(kind_of(target)).people(cast[who], target)}


TEAM = {"leader.mech", "leader.elec", "leader.assembly", "staff.mech", "sales", "buyer", "qc", "service"}


@pytest.mark.parametrize(
    ("who", "whom"),
    [
        ("boss", {"pm", *TEAM}),
        ("pm", TEAM),
        ("sales", {"pm", *TEAM} - {"sales"}),
        ("leader.mech", {"staff.mech"}),
        *((name, set()) for name in ("leader.elec", "staff.mech", "qc", "outsider")),
    ],
)
def test_whom_one_may_nudge_in_a_contract(cast, who, whom):
    assert open_to(cast, who, cast.own) == whom


def test_about_a_task_one_nudges_those_who_answer_for_it(cast, task):
    assert open_to(cast, "boss", task) == {"staff.mech", "leader.mech", "pm"}
    assert open_to(cast, "pm", task) == {"staff.mech", "leader.mech"}
    assert open_to(cast, "leader.mech", task) == {"staff.mech"}
    assert open_to(cast, "leader.elec", task) == set()


@pytest.mark.parametrize(("who", "whom"), [("leader.mech", "qc"), ("staff.mech", "qc"), ("pm", "outsider")])
def test_nobody_else_is_nudged(cast, who, whom):
    with pytest.raises(PermissionDenied):
        nudge(cast, cast.own, who=who, whom=[whom])
    assert not Nudge.objects.exists()


def test_it_goes_by_the_media_chosen_by_hand_whatever_people_prefer(cast, task):
    from notifications.services import save_preferences, save_rhythm

    mailbox()
    save_preferences([], actor=cast["staff.mech"], among=[("task_assigned", "email")])
    save_rhythm(actor=cast["staff.mech"], version=None, digest_at="17:00")
    sent = nudge(cast, task)
    (row,) = Dispatch.objects.filter(key=sent.key)
    assert (row.recipient, row.bundle, row.channel.kind) == (cast["staff.mech"], False, "email")
    assert row.next_at <= timezone.now()
    silent = nudge(cast, task, media=())
    assert not Dispatch.objects.filter(key=silent.key).exists()
    assert Message.objects.filter(key=silent.key, recipient=cast["staff.mech"]).exists()


def test_it_is_written_with_actor_contract_and_history(cast, task):
    sent = nudge(cast, task)
    entry = LogEntry.objects.filter(verb="nudge", object_pk=str(sent.pk)).first()
    assert (entry.actor, entry.contract_id) == (cast["pm"], cast.own.pk)
    assert sent.history.count() == 1
    assert (sent.contract_id, sent.media, sent.target) == (cast.own.pk, ["email"], task)


@pytest.mark.parametrize("why", ["nobody", "no account", "unseen", "archived", "medium"])
def test_what_cannot_be_is_refused_with_a_sentence(cast, task, why):
    from django.core.exceptions import ValidationError

    target, whom, media = task, ["staff.mech"], ("email",)
    if why == "nobody":
        whom = []
    elif why == "no account":
        Person.objects.filter(pk=cast.people["staff.mech"].pk).update(user=None)
        cast.people["staff.mech"].refresh_from_db()
    elif why == "unseen":  # the leader may not see a task any more that went elsewhere
        target = task_until(cast, timezone.localdate(), who="leader.mech")
        TeamMember.objects.filter(person=cast.people["staff.mech"]).update(duty="leader")
        whom = ["staff.mech"]
    elif why == "archived":
        Contract.objects.filter(pk=cast.own.pk).update(stage="archived")
        target.contract.refresh_from_db()
    else:
        media = ("pigeon",)
    with pytest.raises((Blocked, ValidationError)) as refused:
        nudge(cast, target, whom=whom, media=media)
    assert str(refused.value)
    assert not Message.objects.filter(event="nudge").exists()


def test_an_answer_is_told_to_the_author_and_kept(cast, task):
    sent = nudge(cast, task)
    receiver = sent.receivers.get()
    promised = TODAY() + timedelta(days=2)
    answer_nudge(receiver, actor=cast["staff.mech"], promised_on=promised, reply="后天完成")
    receiver.refresh_from_db()
    assert (receiver.promised_on, receiver.reply) == (promised, "后天完成")
    assert receiver.acknowledged_at is not None
    assert told("nudge_answered") == ["pm"]
    text = str(Message.objects.get(event="nudge_answered"))
    assert "后天完成" in text
    assert promised.isoformat() in text
    first = receiver.acknowledged_at
    answer_nudge(receiver, actor=cast["staff.mech"], promised_on=None, reply="今天")
    receiver.refresh_from_db()
    assert (receiver.acknowledged_at, receiver.reply) == (first, "今天")


@pytest.mark.parametrize("days", [-1, 400])
def test_a_promise_lies_ahead(cast, task, days):
    receiver = nudge(cast, task).receivers.get()
    with pytest.raises(Blocked):
        answer_nudge(receiver, actor=cast["staff.mech"], promised_on=TODAY() + timedelta(days=days))


@pytest.mark.parametrize("who", ["pm", "boss", "leader.mech", "outsider"])
def test_nobody_answers_for_somebody_else(cast, task, who):
    receiver = nudge(cast, task).receivers.get()
    with pytest.raises(PermissionDenied):
        answer_nudge(receiver, actor=cast[who])


def test_an_answer_stops_the_ladder(cast):
    Contract.objects.update(signed_on=date(2026, 1, 5), planned_delivery=date(2027, 12, 1))
    task = task_until(cast, date(2026, 9, 30))
    with time_machine.travel(at("10-08 08:00"), tick=False):
        remind()
        receiver = nudge(cast, task).receivers.get()
        answer_nudge(receiver, actor=cast["staff.mech"])
    with time_machine.travel(at("10-20 08:00"), tick=False):
        assert climb() == 0


# --- the signed link ------------------------------------------------------------------------------


@pytest.fixture
def link(cast, task):
    receiver = nudge(cast, task).receivers.get()
    return receiver, "/" + answers.link_for_nudge(receiver).split("/", 3)[3]


def test_the_letter_carries_the_link(cast, task):
    mailbox()
    sent = nudge(cast, task)
    (row,) = Dispatch.objects.filter(key=sent.key)
    letter = letter_for(row)
    assert any("/notifications/acknowledge/" in line.url for line in letter.lines)
    assert any("请今天更新进度" in line.text for line in letter.lines)


def test_looking_acknowledges_nothing_posting_does_once(client, link):
    receiver, url = link
    for _ in range(2):
        page = client.get(url)
        assert page.status_code == 200
        assert "请今天更新进度" in page.content.decode()
    assert client.head(url).status_code == 200
    receiver.refresh_from_db()
    assert receiver.acknowledged_at is None
    answer = client.post(url, {"promised_on": TODAY().isoformat(), "reply": "好的"})
    assert answer.status_code == 200
    receiver.refresh_from_db()
    assert (receiver.reply, receiver.promised_on) == ("好的", TODAY())
    entry = LogEntry.objects.filter(verb="acknowledge", object_pk=str(receiver.pk)).get()
    assert entry.actor == receiver.person.user
    assert client.post(url, {"reply": "不是我说的"}).status_code == 200
    receiver.refresh_from_db()
    assert receiver.reply == "好的"


def test_a_wrong_day_by_link_is_said_and_kept(client, link):
    receiver, url = link
    answer = client.post(url, {"promised_on": "2001-01-01", "reply": "早就好了"})
    assert answer.status_code == 422
    assert "早就好了" in answer.content.decode()
    receiver.refresh_from_db()
    assert receiver.acknowledged_at is None


def test_made_up_foreign_and_old_links_answer_the_same(client, cast, link):
    receiver, url = link
    token = url.rstrip("/").split("/")[-1]
    bad = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        signing.dumps([answers.NUDGE, receiver.pk], salt="another"),
        signing.dumps([answers.NUDGE, 999_999], salt=answers.SALT),
        "x",
    ]
    for one in bad:
        for method in ("get", "post"):
            assert getattr(client, method)(f"/notifications/acknowledge/{one}/").status_code == 404
    receiver.refresh_from_db()
    assert receiver.acknowledged_at is None


def test_links_hold_as_long_as_the_site_says(client, cast, link):
    _receiver, url = link
    now = timezone.now()
    with time_machine.travel(now + timedelta(days=13)):
        assert client.get(url).status_code == 200
    with time_machine.travel(now + timedelta(days=15)):
        assert client.get(url).status_code == 404
        assert client.post(url).status_code == 404
    save_rules(actor=cast["boss"], version=None, link_days=20)
    with time_machine.travel(now + timedelta(days=15)):
        assert client.get(url).status_code == 200


@pytest.mark.parametrize("how", ["left the team", "inactive"])
def test_a_link_dies_with_the_right_to_see(client, cast, link, how):
    from production.models import Task

    receiver, url = link
    if how == "inactive":
        type(cast["staff.mech"]).objects.filter(pk=cast["staff.mech"].pk).update(is_active=False)
    else:
        Task.objects.filter(pk=receiver.nudge.target_id).update(assignee=None)
        member = TeamMember.objects.get(contract=cast.own, person=cast.people["staff.mech"])
        remove_member(member, actor=cast["boss"])
    assert client.post(url).status_code == 404
    receiver.refresh_from_db()
    assert receiver.acknowledged_at is None


def test_a_reminder_is_answered_by_link_too(client, cast):
    mailbox()
    Contract.objects.update(signed_on=date(2026, 1, 5), planned_delivery=date(2027, 12, 1))
    task_until(cast, date(2026, 9, 30))
    with time_machine.travel(at("10-08 08:00"), tick=False):
        remind()
        row = Dispatch.objects.get(event="task_overdue")
        (url,) = [line.url for line in letter_for(row).lines if "acknowledge" in line.url]
        path = "/" + url.split("/", 3)[3]
        assert client.get(path).status_code == 200
        assert client.post(path).status_code == 200
    with time_machine.travel(at("10-12 08:00"), tick=False):
        assert climb() == 0
    assert LogEntry.objects.filter(verb="acknowledge").get().actor == cast["staff.mech"]


# --- pages ------------------------------------------------------------------------------------------


def test_a_nudge_from_the_page_of_a_task(client, cast, task):
    mailbox()
    client.force_login(cast["leader.mech"])
    url = f"/notifications/about/task/{task.pk}/nudge/"
    page = client.get(url)
    assert [str(person) for person in page.context["form"].fields["people"].queryset] == ["小张"]
    wrong = client.post(url, {"people": [cast.people["qc"].pk], "text": "喂"})
    assert wrong.status_code == 422
    assert "喂" in wrong.content.decode()
    sent = client.post(url, {"people": [cast.people["staff.mech"].pk], "ways": ["email"], "text": "请更新"})
    assert sent.status_code == 302
    page = client.get(sent.url)
    (line,) = page.context["lines"]
    assert (line.person, line.about) == ("小张", "HT-OWN-1 · 机架焊接")
    assert [way.name for way in line.ways] == ["收件箱", "信箱"]


def test_the_receiver_answers_on_the_page_others_look(client, cast, task):
    sent = nudge(cast, task)
    client.force_login(cast["leader.mech"])
    page = client.get(f"/notifications/nudges/{sent.pk}/")
    assert page.context["form"] is None
    assert client.post(f"/notifications/nudges/{sent.pk}/answer/").status_code == 403
    client.force_login(cast["staff.mech"])
    assert client.get(f"/notifications/nudges/{sent.pk}/").context["form"] is not None
    day = (TODAY() + timedelta(days=1)).isoformat()
    answer = client.post(f"/notifications/nudges/{sent.pk}/answer/", {"promised_on": day, "reply": "明天"})
    assert answer.status_code == 302
    client.force_login(cast["pm"])
    (line,) = client.get(f"/notifications/nudges/{sent.pk}/").context["lines"]
    assert (line.reply, bool(line.answered), line.promised) == ("回复：明天", True, day)


def test_the_ledger_shows_to_each_what_they_may_see(client, cast, task):
    first = nudge(cast, task)
    second = nudge(cast, cast.own, whom=["qc", "staff.mech"])
    foreign = nudge(cast, cast.foreign, who="admin", whom=["boss"])

    def seen(who, query=""):
        client.force_login(cast[who])
        page = client.get(f"/notifications/nudges/{query}")
        return sorted((line.url.split("/")[-2], line.person) for line in page.context["lines"])

    own = sorted([(str(first.pk), "小张"), (str(second.pk), "小张"), (str(second.pk), "赵质检")])
    assert seen("pm") == seen("sales") == own
    assert seen("boss") == sorted([*own, (str(foreign.pk), "王总")])
    assert seen("leader.mech") == [line for line in own if line[1] == "小张"]
    assert seen("qc") == [(str(second.pk), "赵质检")]
    assert seen("outsider") == seen("leader.elec") == []
    assert seen("boss", f"?contract={cast.foreign.pk}") == [(str(foreign.pk), "王总")]
    assert seen("pm", f"?person={cast.people['qc'].pk}") == [(str(second.pk), "赵质检")]
    assert seen("staff.mech", "?show=mine") == [line for line in own if line[1] == "小张"]
    answer_nudge(first.receivers.get(), actor=cast["staff.mech"])
    assert (str(first.pk), "小张") not in seen("pm", "?show=open")


def test_who_loses_sight_loses_the_nudge(client, cast):
    sent = nudge(cast, cast.own, whom=["qc"])
    member = TeamMember.objects.get(contract=cast.own, person=cast.people["qc"])
    remove_member(member, actor=cast["boss"])
    client.force_login(cast["qc"])
    assert client.get(f"/notifications/nudges/{sent.pk}/").status_code == 404
    assert client.get("/notifications/nudges/").context["lines"] == []


def test_pages_cost_the_same_for_one_nudge_and_for_three(client, cast, task, django_assert_max_num_queries):
    client.force_login(cast["pm"])

    def cost(url, most):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.get(url)
        assert len(seen) <= most
        return len(seen)

    urls = {"/notifications/nudges/": 12, f"/notifications/about/contract/{cast.own.pk}/": 18}
    mailbox()
    nudge(cast, task, whom=["staff.mech"])
    few = [cost(url, most) for url, most in urls.items()]
    nudge(cast, task, whom=["staff.mech", "leader.mech"])
    assert [cost(url, most) for url, most in urls.items()] == few


def test_overdue_lists_lead_to_a_nudge_for_those_who_may(client, cast, task):
    url = f"/notifications/about/task/{task.pk}/nudge/"
    for who, shown in (
        ("pm", True),
        ("leader.mech", True),
        ("boss", True),
        ("leader.elec", False),
        ("staff.mech", False),
    ):
        client.force_login(cast[who])
        for page in ("/tasks/by-department/?status=overdue", "/tasks/by-person/"):
            assert (url in client.get(page).content.decode()) is shown, (who, page)


def test_task_and_team_pages_bring_the_panel(client, cast, task):
    client.force_login(cast["pm"])
    assert f"/notifications/about/task/{task.pk}/" in client.get(f"/tasks/{task.pk}/").content.decode()
    team = client.get(f"/contracts/{cast.own.pk}/team/").content.decode()
    assert f"/notifications/about/contract/{cast.own.pk}/" in team
    nudge(cast, task)
    panel = client.get(f"/notifications/about/task/{task.pk}/")
    assert panel.context["may_nudge"]
    assert len(panel.context["lines"]) == NudgeReceiver.objects.count() == 1
