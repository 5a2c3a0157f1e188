"""Every step of a contract's life: goes, blocked, refused, told; on its page and in its service."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from contracts import services
from contracts.frame import Missing
from contracts.models import Contract
from contracts.states import LIFE
from erp import register
from erp.models import LogEntry
from erp.workflow import Blocked, Stale
from notifications.models import Message
from tests.cast import make_contract

#: verb → who does it, from which stage, what it needs, who is told, who sees it but may not.
STEPS = {
    "release_plan": ("pm", "draft", {}, "staff.mech", "sales"),
    "deliver": ("pm", "released", {}, None, "leader.mech"),
    "confirm_delivery": ("customer.a", "delivered", {}, "pm", "boss"),
    "archive": ("boss", "confirmed", {}, None, "pm"),
    "reopen": ("boss", "archived", {"reason": "补资料"}, None, "admin"),
    "cancel": ("boss", "draft", {"reason": "客户停产"}, "staff.mech", "admin"),
}


@pytest.fixture(autouse=True)
def no_gates(monkeypatch):
    monkeypatch.setitem(register._entries, "contracts.gates", {})


def at(contract, stage):
    today = timezone.localdate()
    Contract.objects.filter(pk=contract.pk).update(
        stage=stage, delivered_on=today - timedelta(days=2) if stage not in ("draft", "released") else None
    )
    contract.refresh_from_db()
    return contract


def test_every_step_is_walked():
    assert {step.verb for step in LIFE} == set(STEPS)


@pytest.mark.parametrize("verb", STEPS)
def test_step_goes_and_tells(cast, verb):
    who, source, needs, told, _refused = STEPS[verb]
    contract = at(cast.own, source)
    Message.objects.all().delete()
    done = getattr(services, verb)(contract, actor=cast[who], **needs)
    assert done.stage == LIFE[verb].target
    assert done.version == contract.version + 1
    entry = LogEntry.objects.filter(verb=verb).latest("pk")
    assert (entry.contract_id, entry.actor) == (contract.pk, cast[who])
    assert entry.reason == needs.get("reason", "")
    assert done.history.first().stage == done.stage
    if told:
        assert Message.objects.filter(recipient=cast[told]).exists()


@pytest.mark.parametrize("verb", STEPS)
def test_step_is_blocked_elsewhere(cast, verb):
    who, _source, needs, _told, _refused = STEPS[verb]
    for stage in ("draft", "released", "delivered", "confirmed", "archived", "cancelled"):
        if stage in LIFE[verb].sources:
            continue
        contract = at(cast.own, stage)
        with pytest.raises(Blocked):
            getattr(services, verb)(contract, actor=cast[who], **needs)
        contract.refresh_from_db()
        assert contract.stage == stage


@pytest.mark.parametrize("verb", STEPS)
def test_step_is_refused_to_others(cast, verb):
    _who, source, needs, _told, refused = STEPS[verb]
    contract = at(cast.own, source)
    with pytest.raises(PermissionDenied):
        getattr(services, verb)(contract, actor=cast[refused], **needs)
    contract.refresh_from_db()
    assert contract.stage == source


@pytest.mark.parametrize("verb", ["reopen", "cancel"])
def test_step_needs_a_reason(cast, verb):
    contract = at(cast.own, STEPS[verb][1])
    with pytest.raises(Blocked, match=r"."):
        getattr(services, verb)(contract, actor=cast["boss"], reason="  ")


def test_step_stale(cast):
    with pytest.raises(Stale):
        services.release_plan(cast.own, actor=cast["pm"], version=cast.own.version - 1)


@pytest.mark.parametrize("days", [1, -31])
def test_deliver_day_lies_between_signing_and_today(cast, days):
    with pytest.raises(Blocked):
        services.deliver(cast.own, actor=cast["pm"], delivered_on=timezone.localdate() + timedelta(days=days))
    services.deliver(cast.own, actor=cast["pm"], delivered_on=cast.own.signed_on)


@pytest.fixture
def gate(monkeypatch):
    """Something is missing for delivery, always."""

    def check(contract):
        return [
            Missing("Task 装配 is not done.", "/tasks/1/"),
            Missing("Task 调试 is not done.", "/tasks/2/"),
        ]

    monkeypatch.setitem(register._entries["contracts.gates"], ("deliver", "tests"), check)


def test_gate_lists_everything_missing(cast, sign_in, gate):
    page = sign_in("pm").get(f"/contracts/{cast.own.pk}/deliver/").content.decode()
    assert 'href="/tasks/1/"' in page
    assert 'href="/tasks/2/"' in page
    answer = sign_in("pm").post(
        f"/contracts/{cast.own.pk}/deliver/",
        {"version": cast.own.version, "delivered_on": timezone.localdate().isoformat()},
    )
    assert answer.status_code == 422
    assert "Task 装配 is not done." in answer.content.decode()
    cast.own.refresh_from_db()
    assert cast.own.stage == "draft"


def dialog(client, url, **data):
    """What htmx gets from a form in a dialog."""
    return client.post(url, data, headers={"HX-Request": "true"})


def test_what_a_gate_refuses_stays_in_its_dialog(cast, sign_in, gate):
    at(cast.own, "released")
    url, client = f"/contracts/{cast.own.pk}/deliver/", sign_in("boss")
    form = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert f'hx-post="{url}"' in form
    today, data = timezone.localdate(), {"version": cast.own.version, "waybill": "DB-77", "reason": ""}
    refused = dialog(client, url, **data, delivered_on=today.isoformat())  # the boss gives no reason
    later = (today + timedelta(days=3)).isoformat()
    wrong = dialog(client, url, **data | {"reason": "客户催货"}, delivered_on=later)
    for answer in (refused, wrong):
        text = answer.content.decode()
        assert answer.status_code == 422
        assert "<html" not in text
        assert 'role="alert"' in text
        assert 'value="DB-77"' in text
    assert "客户催货" in wrong.content.decode()
    assert Contract.objects.get(pk=cast.own.pk).stage == "released"
    done = dialog(client, url, **data | {"reason": "客户催货"}, delivered_on=today.isoformat())
    assert done["HX-Redirect"] == cast.own.get_absolute_url()


@pytest.mark.parametrize(
    ("verb", "stage", "data"), [("cancel", "released", {"reason": ""}), ("release_plan", "draft", {})]
)
def test_every_step_of_life_answers_in_its_dialog(cast, sign_in, verb, stage, data):
    at(cast.own, stage)
    url = f"/contracts/{cast.own.pk}/{verb}/"
    assert f'hx-post="{url}"' in sign_in("boss").get(url, headers={"HX-Request": "true"}).content.decode()
    stale = dialog(sign_in("boss"), url, version=cast.own.version + 5, **data | {"reason": "客户停产"})
    assert stale.status_code == 409
    assert "<html" not in stale.content.decode()


def test_gate_is_overruled_by_the_boss_with_a_reason(cast, gate):
    for actor, reason in (("boss", ""), ("pm", "急用"), ("admin", "急用")):
        with pytest.raises(Blocked):
            services.deliver(cast.own, actor=cast[actor], reason=reason)
    services.deliver(cast.own, actor=cast["boss"], reason="客户急用")
    entry = LogEntry.objects.get(verb="overrule_gate")
    assert entry.reason == "客户急用"
    assert entry.additional_data["missing"] == ["Task 装配 is not done.", "Task 调试 is not done."]


@pytest.mark.parametrize("verb", [v for v in STEPS if v != "confirm_delivery"])
def test_step_page(cast, sign_in, verb):
    who, source, needs, _told, refused = STEPS[verb]
    contract = at(cast.own, source)
    url = f"/contracts/{contract.pk}/{verb}/"
    assert sign_in(who).get(url).status_code == 200
    assert sign_in(refused).get(url).status_code == 403
    assert sign_in("outsider").get(url).status_code == 404
    data = {"version": contract.version, "delivered_on": timezone.localdate().isoformat(), **needs}
    stale = sign_in(who).post(url, {**data, "version": contract.version + 5})
    assert stale.status_code == 409
    assert f'name="version" value="{contract.version}"' in stale.content.decode()
    missing = sign_in(who).post(url, {})
    assert missing.status_code == 422
    answer = sign_in(who).post(url, data)
    assert answer.status_code == 302
    assert answer.url == f"/contracts/{contract.pk}/"
    contract.refresh_from_db()
    assert contract.stage == LIFE[verb].target
    again = sign_in(who).post(url, {**data, "version": contract.version})
    assert again.status_code == 422


def test_nothing_happens_before_the_contract_is_signed(cast, sign_in):
    tomorrow = timezone.localdate() + timedelta(days=1)
    contract = make_contract(cast, number="HT-SOON", signed_on=tomorrow)
    for verb in ("release_plan", "deliver"):
        with pytest.raises(Blocked, match=tomorrow.isoformat()):
            getattr(services, verb)(contract, actor=cast["pm"])
    answer = sign_in("pm").post(f"/contracts/{contract.pk}/release_plan/", {"version": contract.version})
    assert answer.status_code == 422
    assert tomorrow.isoformat() in answer.content.decode()
    contract.refresh_from_db()
    assert (contract.stage, contract.released_on) == ("draft", None)


def test_dates_stay_in_order(cast):
    today = timezone.localdate()
    released, delivered = today - timedelta(days=4), today - timedelta(days=2)
    contract = services.release_plan(cast.own, actor=cast["pm"], released_on=released)
    with pytest.raises(Blocked):
        services.deliver(contract, actor=cast["pm"], delivered_on=released - timedelta(days=1))
    contract = services.deliver(contract, actor=cast["pm"], delivered_on=delivered)
    for day in (released + timedelta(days=1), today):
        with pytest.raises(ValidationError) as why:
            services.edit_contract(contract, actor=cast["pm"], version=None, signed_on=day)
        assert set(why.value.error_dict) == {"signed_on"}
    contract = services.edit_contract(contract, actor=cast["pm"], version=None, signed_on=released)
    assert contract.signed_on == released


def test_buttons_are_those_open_to_the_user(cast, sign_in):
    url = cast.own.get_absolute_url()
    shown = {who: sign_in(who).get(url).content.decode() for who in ("boss", "pm", "sales", "staff.mech")}
    for verb in ("release_plan", "deliver"):
        assert f"{url}{verb}/" in shown["boss"]
        assert f"{url}{verb}/" in shown["pm"]
        assert f"{url}{verb}/" not in shown["sales"] + shown["staff.mech"]
    assert f"{url}cancel/" in shown["boss"]
    assert f"{url}cancel/" not in shown["pm"]
    assert f"{url}archive/" not in "".join(shown.values())


def test_archived_contract_is_read_only(cast, boss):
    contract, url = cast.archived, cast.archived.get_absolute_url()
    page = boss.get(url).content.decode()
    assert f"{url}edit/" not in page
    assert f"{url}note/" not in page
    assert f"{url}reopen/" in page
    assert boss.get(f"{url}edit/").status_code == 302
    assert boss.post(f"{url}note/", {"version": contract.version, "status_note": "x"}).status_code == 422
    member = contract.team.first()
    with pytest.raises(Blocked):
        services.remove_member(member, actor=cast["boss"])
    with pytest.raises(Blocked):
        services.change_manager(contract, actor=cast["boss"], manager=cast.people["sales"])


def test_stations_follow_the_life(cast, boss):
    contract = make_contract(cast, number="HT-ST")
    today = timezone.localdate()
    services.release_plan(contract, actor=cast["pm"], released_on=today - timedelta(days=9))
    services.deliver(contract, actor=cast["pm"], delivered_on=today)
    page = boss.get(contract.get_absolute_url()).content.decode()
    for day in (contract.signed_on, today - timedelta(days=9), today):
        assert f"<time>{day.isoformat()}</time>" in page
    assert page.count('<li class="done"') == 5  # passed, though nobody noted a day for the work
    assert page.count('<li class="current"') == 1


def test_a_late_task_is_not_called_a_late_delivery(cast, client):
    today = timezone.localdate()
    days = {"planned_delivery": today + timedelta(days=9), "next_task_end": today - timedelta(days=4)}
    Contract.objects.filter(pk=cast.own.pk).update(**days)
    client.force_login(cast["boss"])
    page = client.get(cast.own.get_absolute_url(), headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "任务逾期 4 天" in page
    Contract.objects.filter(pk=cast.own.pk).update(planned_delivery=today - timedelta(days=2))
    page = client.get(cast.own.get_absolute_url()).content.decode()
    assert "逾期 2 天" in page
    assert "任务逾期" not in page.split('class="stations')[0]
