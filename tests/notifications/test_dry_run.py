"""The dry run says exactly who would get what by which channel, and what happens then is the same."""

from datetime import time

import pytest
import time_machine

from erp import register
from notifications.dryrun import dry_run
from notifications.events import known
from notifications.models import Dispatch, Message
from notifications.services import save_preferences, save_rhythm
from orgchart.models import Person
from production import services as production
from tests.notifications.clockwork import at, mailbox, task_until


@pytest.fixture
def mail(cast):
    return mailbox()


@pytest.fixture
def task(cast):
    from django.utils import timezone

    return task_until(cast, timezone.localdate())


def verdicts(event, target):
    target = type(target).objects.get(pk=target.pk)
    return {
        verdict.person.user.username: verdict for verdict in dry_run(event, target) if verdict.person.user
    }


def would(event, target):
    """(user, channel) pairs, and users told."""
    found = verdicts(event, target)
    told = {name for name, verdict in found.items() if verdict.told}
    return told, {(name, way.channel.name) for name in told for way in found[name].ways}


def happened(event=""):
    """Who was told, and by which channel: of one event, or of all."""
    asked = {"event": event} if event else {}
    told = set(Message.objects.filter(**asked).values_list("recipient__username", flat=True))
    ways = Dispatch.objects.filter(**asked)
    return told, set(ways.values_list("recipient__username", "channel__name"))


@pytest.mark.parametrize("event", ["task_paused", "task_submitted", "task_rejected", "task_cancelled"])
def test_what_it_says_is_what_happens(cast, mail, task, event):
    verb = event.removeprefix("task_").removesuffix("d").removesuffix("e")
    steps = {
        "paus": "pause",
        "submitt": "submit",
        "reject": "reject",
        "cancell": "cancel",
        "cancel": "cancel",
    }
    verb = steps.get(verb, verb)
    save_preferences([], actor=cast["leader.mech"], among=[(event, "email")])
    task = production.start_task(task, actor=cast["admin"])
    if verb == "reject":
        task = production.submit_task(task, actor=cast["admin"])
    Message.objects.all().delete()
    said = would(event, task)
    assert said[0]
    reason = {"reason": "试"} if verb in ("pause", "reject", "cancel") else {}
    actor = cast["boss"] if verb == "reject" else cast["admin"]
    deed = production.reject_task if verb == "reject" else production.STEPS[verb]
    deed(task, actor=actor, **reason)
    assert happened(event) == said


def test_a_released_plan_too(cast, mail, task):
    from contracts.services import release_plan

    said = would("plan_released", cast.own)
    release_plan(cast.own, actor=cast["boss"])
    assert happened("plan_released") == said
    assert {name for name, _channel in said[1]} == said[0]


def test_it_says_why_not(cast, task):
    def why(who, event="task_assigned"):
        return verdicts(event, task)[who].why

    assert verdicts("task_assigned", task)["staff.mech"].told
    assert why("staff.mech") == [_text("No channel is set up.")]
    assert why("qc") == [_text("This event does not concern them.")]
    mailbox()
    assert why("staff.mech") == []
    assert why("pm", "task_finished") == ["邮件：默认不发"]
    save_preferences([], actor=cast["staff.mech"], among=[("task_assigned", "email")])
    assert why("staff.mech") == ["邮件：本人已关闭"]
    save_preferences(
        [("task_assigned", "email")], actor=cast["staff.mech"], among=[("task_assigned", "email")]
    )
    users = type(cast["staff.mech"]).objects.filter(username="staff.mech")
    users.update(email="")
    Person.objects.filter(name="小张").update(email="")
    assert why("staff.mech") == ["邮件：没有联系方式"]
    users.update(is_active=False)
    assert why("staff.mech") == [_text("The account is inactive.")]


def test_who_may_not_see_it_is_named_with_the_reason(cast, mail, monkeypatch, task):
    from dataclasses import replace

    entries = register.entries("notifications.events")
    outsider, manager = cast.people["outsider"], cast.people["pm"]
    open_to_all = replace(known("plan_released"), audience=lambda contract: [outsider, manager])
    monkeypatch.setitem(entries, "open", open_to_all)
    found = verdicts("open", cast.own)
    assert not found["outsider"].told
    assert found["outsider"].why == [_text("They may not see it.")]
    assert found["pm"].told
    monkeypatch.setitem(entries, "open", replace(open_to_all, right="view_finance"))
    assert verdicts("open", cast.own)["pm"].why == [_text("They lack the right to it.")]


def test_it_says_when(cast, mail, task):
    save_rhythm(actor=cast["staff.mech"], version=None, digest_at=time(17))
    with time_machine.travel(at("10-08 10:00"), tick=False):
        (way,) = verdicts("task_assigned", task)["staff.mech"].ways
    assert (way.at, way.bundle) == (at("10-08 17:00"), True)


def test_the_page_finds_and_tells_and_sends_nothing(client, cast, mail, task):
    client.force_login(cast["boss"])
    page = client.get("/notifications/dry-run/", {"event": "task_assigned", "q": "机架"})
    assert [pk for pk, _name in page.context["found"]] == [task.pk]
    page = client.get("/notifications/dry-run/", {"event": "task_assigned", "target": task.pk})
    first = page.context["rows"][0]
    assert (first["person"].name, [way["name"] for way in first["ways"]]) == ("小张", ["信箱"])
    assert (
        client.get("/notifications/dry-run/", {"event": "task_assigned", "target": 999_999}).status_code
        == 404
    )
    page = client.get("/notifications/dry-run/", {"event": "contract_overdue", "q": "HT-OWN-1"})
    assert [pk for pk, _name in page.context["found"]] == [cast.own.pk]
    assert happened() == (set(), set())


def test_every_event_about_something_can_be_tried(client, cast, mail, task):
    client.force_login(cast["admin"])
    targets = {"task": task.pk, "contract": cast.own.pk}
    tried = 0
    for name, event in register.entries("notifications.events").items():
        if event.about in targets:
            page = client.get("/notifications/dry-run/", {"event": name, "target": targets[event.about]})
            assert page.context["rows"], name
            tried += 1
    assert tried > 15


def test_the_robot_that_would_hear_is_named(client, cast, channel, route):
    robot = channel("wecom_robot", name="项目群")
    route(robot, contract=cast.own)
    client.force_login(cast["boss"])
    page = client.get("/notifications/dry-run/", {"event": "plan_released", "target": cast.own.pk})
    assert page.context["robots"] == ["项目群"]
    page = client.get("/notifications/dry-run/", {"event": "contract_assigned", "target": cast.own.pk})
    assert page.context["robots"] == []


def _text(message):
    from django.utils.translation import gettext

    return gettext(message)
